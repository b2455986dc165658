"""Child processes for Qt: messages that arrive on a reader's thread become signals of the window's thread."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from grapheditor.engine.client import Child, Kind
from grapheditor.engine.messages import Edit, Message, Open, Ready

MOST_RESTARTS, WITHIN = 3, 60.0
HANGS = 60.0
"""Seconds without an answer after which an engine is taken to hang."""
"""An engine that ends more often than this in so many seconds is not started again by itself."""


class Process(QObject):
    """One child process."""

    received = Signal(object)
    ended = Signal(int, str)

    def __init__(self, kind: Kind, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.child = Child(kind, self.received.emit, self.ended.emit)

    def send(self, message: Message) -> bool:
        """Send a message; False where the process is gone."""
        return self.child.send(message)


class Engine(QObject):
    """The engine, started again where it ends by itself. ``state`` says what the window shows of it."""

    received = Signal(object)
    ready = Signal()
    state_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = "engine not started"
        self.is_ready = False
        self.stopped = False
        """Whether it ended too often to be started again by itself."""
        self._process: Process | None = None
        self._deaths: list[float] = []
        self._closing = False
        self._asked: float | None = None
        self._watch = QTimer(self)
        self._watch.setInterval(2000)
        self._watch.timeout.connect(self._look)

    def start(self) -> None:
        """Start the process."""
        self.is_ready = self.stopped = False
        self._asked = None
        self._watch.start()
        self._set("engine starting")
        self._process = Process("worker", self)
        self._process.received.connect(self._receive)
        self._process.ended.connect(self._end)

    def send(self, message: Message) -> bool:
        """Send a message; False where there is no engine that could take it."""
        if isinstance(message, Open | Edit) and self._asked is None:
            self._asked = time.monotonic()
        return self._process is not None and self._process.send(message)

    def restart(self) -> None:
        """Start it again by hand."""
        self._deaths.clear()
        self.start()

    def why_not(self) -> str | None:
        """Say why it cannot answer now, None where it can."""
        if self.stopped:
            return "The engine has stopped; Run, Start the engine again, gives you another."
        return None if self.is_ready else "The engine is still starting."

    def _look(self) -> None:
        """One that has not answered for long hangs: end it, so that another takes its place."""
        if self._asked is not None and time.monotonic() - self._asked > HANGS and self._process is not None:
            self._asked = None
            self._set("engine does not answer")
            self._process.child.kill()

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self._process.child.pid if self._process else None

    def leave(self) -> None:
        """Ask it to end, without waiting for that."""
        self._closing = True
        if self._process is not None:
            self._process.child.leave()

    def close(self) -> None:
        """End the process with the window."""
        self._closing = True
        self._watch.stop()
        if self._process is not None:
            self._process.child.close(patience=1.0)

    def _receive(self, message: Message) -> None:
        self._asked = None
        if isinstance(message, Ready):
            self.is_ready = True
            self._set("engine ready")
            self.received.emit(message)
            self.ready.emit()
        else:
            self.received.emit(message)

    def _end(self, code: int, log: str) -> None:
        if self._closing:
            return
        self.is_ready = False
        now = time.monotonic()
        self._deaths = [moment for moment in self._deaths if now - moment < WITHIN] + [now]
        if len(self._deaths) > MOST_RESTARTS:
            self.stopped = True
            last = log.strip().rsplit("\n", 1)[-1]
            self._set(f"engine stopped (code {code}). {last}".strip())
            return
        self.start()
        self._set("engine starting again")

    def _set(self, state: str) -> None:
        self.state = state
        self.state_changed.emit()
