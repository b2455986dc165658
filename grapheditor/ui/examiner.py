"""Asking a process about runs and data: it starts with the first question and ends when there were none for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer

from grapheditor.engine.messages import Message, Unanswered
from grapheditor.ui.engine import Process, why_ended
from grapheditor.ui.texts import tr

IDLE = 60_000
"""Milliseconds after the last question after which the process is ended."""


class _Asked(NamedTuple):
    done: Callable[[Any], object]
    failed: Callable[[str], object]


class Examiner(QObject):
    """One process that answers one question after the other; see grapheditor.engine.examiner."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests = 0
        self._waiting: dict[int, _Asked] = {}
        self._process: Process | None = None
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE)
        self._idle.timeout.connect(self._rest)

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self._process.child.pid if self._process is not None else None

    def ask(
        self, make: Callable[[int], Message], done: Callable[[Any], object], failed: Callable[[str], object]
    ) -> int:
        """Ask, and return the question's number.

        make: the question, from its number. done: is called with the answer. failed: with why there is none.
        """
        if self._process is not None and not self._waiting and not self._process.is_current:
            self.close()
        if self._process is None or not self._process.child.alive:
            self._process = Process("examiner", self._receive, self._end, self)
        self._requests += 1
        self._waiting[self._requests] = _Asked(done, failed)
        self._process.send(make(self._requests))
        self._idle.start()
        return self._requests

    def forget(self, request: int) -> None:
        """Be interested no more in the answer to a question."""
        self._waiting.pop(request, None)

    def close(self) -> None:
        """End the process; nobody is told."""
        process, self._process = self._process, None
        self._waiting.clear()
        if process is not None:
            process.received.disconnect(self._receive)
            process.ended.disconnect(self._end)
            process.ended.connect(process.deleteLater)
            process.child.kill()

    def _rest(self) -> None:
        if self._waiting:
            self._idle.start()
        else:
            self.close()

    def _receive(self, message: Message) -> None:
        self._idle.start()
        asked = self._waiting.pop(getattr(message, "request", 0), None)
        if asked is None:
            return
        if isinstance(message, Unanswered):
            asked.failed(message.message)
        else:
            asked.done(message)

    def _end(self, code: int, log: str) -> None:
        why = why_ended(tr("The process that measures"), code, log)
        waiting, self._waiting = list(self._waiting.values()), {}
        self._process = None
        for asked in waiting:
            asked.failed(why)
