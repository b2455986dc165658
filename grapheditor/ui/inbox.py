"""Calls that other threads hand to the window's: no thread but that one touches anything of Qt's.

A signal that is emitted while what it belongs to is destroyed ends the program without a word, and when a window is
closed its threads are in the midst of something. So what a thread has to say waits in a queue, and a byte through a
socket tells Qt's event loop of it.
"""

from __future__ import annotations

import functools
import queue
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier
from shiboken6 import isValid

LONGEST = 0.005
"""Seconds for which calls are made one behind the other."""


class Inbox:
    """The calls that wait for the window's thread. It is made there."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[QObject, Callable[..., object], tuple[object, ...]]] = queue.SimpleQueue()
        self._bell, self._ear = socket.socketpair()
        for end in (self._bell, self._ear):
            end.setblocking(False)
        listener = QSocketNotifier(self._ear.fileno(), QSocketNotifier.Type.Read, QCoreApplication.instance())
        listener.activated.connect(self._empty)
        self._listener = listener

    def hand(self, owner: QObject, call: Callable[..., object], *given: object) -> None:
        """Have a call made by the window's thread, in the order of handing over, unless its owner is gone by then."""
        self._calls.put((owner, call, given))
        self._ring()

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # it rings without end already
            self._bell.send(b"\0")

    def _empty(self) -> None:
        """Make the calls; in a flood of them only so many at a time that there is room for hands."""
        with suppress(BlockingIOError):
            self._ear.recv(4096)
        until = time.perf_counter() + LONGEST
        with suppress(queue.Empty):
            while time.perf_counter() < until:
                owner, call, given = self._calls.get_nowait()
                if not self._calls.empty():
                    self._ring()  # before the call, which may fail, or have an event loop of its own
                if isValid(owner):
                    call(*given)


@functools.cache
def inbox() -> Inbox:
    """Return the one inbox of the process. Asked for first by the window's thread."""
    return Inbox()
