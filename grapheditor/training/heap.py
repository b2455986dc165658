"""The heap of a process that computes: what one step gives back is kept for the next."""

from __future__ import annotations

import ctypes
from functools import cache

TRIM_THRESHOLD, MMAP_MAX = -1, -4
"""Numbers of glibc's ``mallopt`` (malloc.h)."""


@cache
def keep_memory() -> None:
    """Let the C library keep freed memory, where it is glibc.

    By default it asks the system anew for every large tensor and hands it back after use; the system then clears each
    page when it is first touched, which takes up to a third of the time of a step on a CPU. With it the process keeps
    the memory of its largest step until it ends.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another library, or no way to open the process itself
        return
    mallopt(MMAP_MAX, 0)
    mallopt(TRIM_THRESHOLD, -1)
