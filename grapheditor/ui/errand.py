"""One question to a process of its own: the window goes on, and what takes too long, or is not wanted, is killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

from grapheditor.engine.client import Kind
from grapheditor.engine.messages import Message, Underway
from grapheditor.ui.engine import Process
from grapheditor.ui.texts import tr


class Errand(QObject):
    """Asks processes of one kind, each for one answer; a new question gives up the one before."""

    def __init__(self, kind: Kind, parent: QObject) -> None:
        super().__init__(parent)
        self._kind: Kind = kind
        self._process: Process | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._give_up)
        self._done: Callable[[Any], object] = lambda _answer: None
        self._failed: Callable[[str], object] = lambda _why: None
        self._told: Callable[[Underway], object] = lambda _far: None

    @property
    def active(self) -> bool:
        """Whether an answer is waited for."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self._process.child.pid if self._process else None

    def ask(
        self,
        question: Message,
        done: Callable[[Any], object],
        failed: Callable[[str], object],
        limit: int,
        told: Callable[[Underway], object] = lambda _far: None,
    ) -> None:
        """Call ``done`` with the answer, or ``failed`` with why there is none.

        limit: in milliseconds. told: is called with how far it is, by what says so.
        """
        self.cancel()
        self._done, self._failed, self._told = done, failed, told
        self._process = Process(self._kind, self._receive, self._end, self)
        self._process.send(question)
        self._timer.start(limit)

    def cancel(self) -> bool:
        """Kill what is under way, which answers nothing any more; tell whether something was."""
        process, self._process = self._process, None
        self._timer.stop()
        if process is None:
            return False
        process.received.disconnect(self._receive)
        process.ended.disconnect(self._end)
        process.ended.connect(process.deleteLater)
        process.child.kill()
        return True

    def _receive(self, answer: Message) -> None:
        if isinstance(answer, Underway):
            self._told(answer)
        elif self.cancel():
            self._done(answer)

    def _end(self, _code: int, log: str) -> None:
        if self.cancel():
            self._failed(log.strip().rpartition("\n")[2] or tr("its process ended"))

    def _give_up(self) -> None:
        if self.cancel():
            self._failed(tr("it took longer than {n} seconds and was given up", n=f"{self._timer.interval() / 1000:g}"))
