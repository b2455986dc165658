"""The lock on a document: it ends with the process that has it, see :mod:`grapheditor.graph.lock`.

Lock files lie in the user's own folder and not beside the graph: a graph's folder stays clean, and may be one that
cannot be written to.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
from datetime import datetime
from pathlib import Path

from grapheditor.graph.lock import FileLock

LONGEST = 200


def document_key(path: Path) -> str:
    """Return what stands for a file in the user's folder: the same for every way to the same file."""
    return hashlib.sha256(os.path.normcase(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:20]


class Lock:
    """The lock of one document."""

    def __init__(self, folder: Path, key: str) -> None:
        self.path = folder / f"{key}.lock"
        self._lock = FileLock(self.path)

    def take(self) -> bool:
        """Take the lock; False where another process has it. Where files cannot be locked, everybody gets it."""
        if self._lock.taken:
            return True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self._lock.take():
                return False
            self._lock.write(f"{os.getpid()}\n{platform.node()}\n{datetime.now():%d %b %H:%M}\n".encode())
        except OSError:
            return True
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
        self._lock.release()
