"""Work on a thread of its own, one piece after the other, whose results come back to the window's thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from grapheditor.graph import FileError
from grapheditor.runs.errors import TrainError
from grapheditor.ui.inbox import inbox

Work = Callable[[], Any]
Then = Callable[[Any], object]


class Background(QObject):
    """A thread that reads and waits so that the window need not. What it works on must be the thread's alone.

    failed: what could not be done, as a sentence.
    """

    failed = Signal(str)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: queue.SimpleQueue[tuple[Work, Then] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._name = name
        self._inbox = inbox()
        waiting = self._waiting
        self.destroyed.connect(lambda: waiting.put(None))  # with the window its thread ends

    def do(self, work: Work, then: Then) -> None:
        """Have something done, and ``then`` called with what it returned, by the window's thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._waiting.put((work, then))

    def _fail(self, why: str) -> None:
        self.failed.emit(why)

    def _run(self) -> None:
        while (wanted := self._waiting.get()) is not None:
            work, then = wanted
            try:
                result = work()
            except (TrainError, FileError, OSError) as error:
                self._inbox.hand(self, self._fail, getattr(error, "message", None) or str(error))
            else:
                self._inbox.hand(self, then, result)
