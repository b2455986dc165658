"""A lock on a file: the operating system lets go of it when its holder ends, however that ends.

So no lock is ever stale, and nobody has to judge by process numbers whether its holder still lives.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BUSY = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
FAR = 2**30
"""The byte that is locked on Windows, where nobody else may read what is locked: far behind the text."""
LOOKS = 20
"""How often a lock is tried that somebody may only be looking at, and the seconds between."""
BETWEEN = 0.01


class FileLock:
    """The lock of one file, which holds a short text about its holder. Its folder must exist.

    The lock belongs to the process that took it: a child that it forks has no part in it, and so cannot keep it when
    its parent is killed.
    """

    def __init__(self, path: Path, mode: int = 0o600) -> None:
        self.path = path
        self._mode = mode
        self._descriptor: int | None = None

    @property
    def taken(self) -> bool:
        """Whether this object has it."""
        return self._descriptor is not None

    def take(self) -> bool:
        """Take the lock; False where somebody else has it, OSError where the file cannot be made or locked."""
        while self._descriptor is None:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), self._mode)
            try:
                _patiently(descriptor)
            except OSError as error:
                os.close(descriptor)
                if error.errno in BUSY:
                    return False
                raise
            if self._is_current(descriptor):
                self._descriptor = descriptor
                _HELD.add(self)
            else:
                os.close(descriptor)  # whoever had it removed the file in between
        return True

    def write(self, text: bytes) -> None:
        """Write over the text; OSError where the disk refuses. Nothing happens where the lock is not taken."""
        if self._descriptor is not None:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, text)
            os.ftruncate(self._descriptor, len(text))

    def release(self, *, remove: bool = True) -> None:
        """Let go of the lock. remove: the file goes too."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        _HELD.discard(self)
        if remove and os.name == "posix":
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)  # while it is held: nobody else can have taken this very file
        os.close(descriptor)
        if remove and os.name != "posix":
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except OSError:
            return False

    def _forget(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)  # the lock is the parent's as long as that has the file open


def is_held(path: Path) -> bool | None:
    """Whether somebody has the lock of a file; None where the file cannot be opened or locked. Takes nothing away."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        _patiently(descriptor, looking=True)
    except OSError as error:
        return True if error.errno in BUSY else None
    finally:
        os.close(descriptor)
    return False


def _patiently(descriptor: int, *, looking: bool = False) -> None:
    """Lock an open file. Somebody who only looks has it for microseconds, and must not turn away who wants it."""
    tries = 1 if looking and sys.platform != "win32" else LOOKS  # elsewhere those who look do not disturb each other
    for left in reversed(range(tries)):
        try:
            _lock(descriptor, looking=looking)
            return
        except OSError as error:
            if error.errno not in BUSY or not left:
                raise
        time.sleep(BETWEEN)


def _lock(descriptor: int, *, looking: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        if looking:
            os.lseek(descriptor, FAR, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, (fcntl.LOCK_SH if looking else fcntl.LOCK_EX) | fcntl.LOCK_NB)


_HELD: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _forget_all() -> None:
    for lock in list(_HELD):
        lock._forget()
    _HELD.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
