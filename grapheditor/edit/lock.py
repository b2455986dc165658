"""The lock on a document: the operating system lets go of it when its holder ends, however that ends.

So no lock is ever stale, and nobody has to judge by process numbers whether its holder still lives. Lock files lie in
the user's own folder and not beside the graph: a graph's folder stays clean, and may be one that cannot be written to.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import platform
import sys
from datetime import datetime
from pathlib import Path

BUSY = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
FAR = 2**30
"""The byte that is locked on Windows, where nobody else may read what is locked: far behind the text."""
LONGEST = 200


def document_key(path: Path) -> str:
    """Return what stands for a file in the user's folder: the same for every way to the same file."""
    return hashlib.sha256(os.path.normcase(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:20]


class Lock:
    """The lock of one document."""

    def __init__(self, folder: Path, key: str) -> None:
        self.path = folder / f"{key}.lock"
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock; False where another process has it. Where files cannot be locked, everybody gets it."""
        while self._descriptor is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError:
                return True
            try:
                _lock(descriptor)
            except OSError as error:
                os.close(descriptor)
                return error.errno not in BUSY
            if self._is_current(descriptor):
                self._descriptor = descriptor
                self._sign()
            else:
                os.close(descriptor)  # whoever had it removed the file in between
        return True

    def holder(self) -> str:
        """Say who has the lock: ``process 42 on this machine, since 10:42``."""
        with contextlib.suppress(OSError, ValueError):
            with self.path.open("rb") as file:
                text = file.read(LONGEST).decode("utf-8", "replace")
            number, host, since = text.split("\n")[:3]
            where = "this machine" if host == platform.node() else host
            return f"process {int(number)} on {where}, since {since}"
        return "another process"

    def release(self) -> None:
        """Let go of the lock."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        if os.name == "posix":
            self.path.unlink(missing_ok=True)  # while it is held: nobody else can have taken this very file
        os.close(descriptor)
        if os.name != "posix":
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except OSError:
            return False

    def _sign(self) -> None:
        assert self._descriptor is not None
        text = f"{os.getpid()}\n{platform.node()}\n{datetime.now():%d %b %H:%M}\n"
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, text.encode())


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
