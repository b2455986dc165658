"""The prober's process for one window: started at the first need, ended when nobody asked for a minute."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from grapheditor.engine.messages import Message, Probe, Probed
from grapheditor.ui.engine import Process, why_ended
from grapheditor.ui.texts import tr

IDLE = 60_000
"""Milliseconds without a question after which the process ends."""


class Probing(QObject):
    """Asks one question after the other. A process that dies over one is replaced once, and then told of."""

    answered = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: Process | None = None
        self._question: Probe | None = None
        self._leaving: list[Process] = []
        """Those that still have to end."""
        self._tried = 0
        self._number = 0
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE)
        self._idle.timeout.connect(self.leave)

    @property
    def pid(self) -> int | None:
        """The number of the process, None where there is none."""
        return self._process.child.pid if self._process is not None else None

    @property
    def busy(self) -> bool:
        """Whether an answer is waited for."""
        return self._question is not None

    def ask(self, question: Probe) -> None:
        """Ask; ``answered`` or ``failed`` tells what comes of it."""
        self._number += 1
        self._question, self._tried = question.changed(request=self._number), 0
        self._send()

    def leave(self) -> None:
        """Let the process end; what was asked is not answered any more."""
        self._retire(self._let_go())
        self._question = None

    def _retire(self, process: Process | None) -> None:
        """Let a process end that is not asked any more; one that is at a question is ended at once."""
        if process is not None:
            self._leaving.append(process)
            process.ended.connect(lambda *_: self._forget(process))
            if self._question is not None:
                process.child.kill()
            else:
                process.child.leave()

    def close(self) -> None:
        """End the process with the window."""
        process = self._let_go()
        for each in [*self._leaving, *([process] if process is not None else [])]:
            each.child.kill()
            each.child.close(patience=1.0)
        self._question = None

    def _forget(self, process: Process) -> None:
        self._leaving.remove(process)
        process.deleteLater()

    def _let_go(self) -> Process | None:
        process, self._process = self._process, None
        self._idle.stop()
        if process is not None:
            process.received.disconnect(self._receive)
            process.ended.disconnect(self._end)
        return process

    def _send(self) -> None:
        assert self._question is not None
        self._idle.stop()
        self._tried += 1
        if self._process is not None and not self._process.is_current:
            self._retire(self._let_go())
        if self._process is None:
            self._process = Process("prober", self._receive, self._end, self)
        self._process.send(self._question)

    def _receive(self, message: Message) -> None:
        if isinstance(message, Probed) and self._question is not None and message.request == self._question.request:
            self._question = None
            self._idle.start()
            self.answered.emit(message)

    def _end(self, code: int, log: str) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        if self._question is None:
            return
        if self._tried < 2:
            self._send()
            return
        self._question = None
        self.failed.emit(why_ended(tr("The process that looks inside"), code, log))
