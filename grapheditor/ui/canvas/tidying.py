"""Laying out in a process of its own: the window goes on, and what takes too long, or is not wanted, is killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict

from PySide6.QtCore import QObject, QTimer

from grapheditor.edit.layout import Task, solve
from grapheditor.engine.messages import Arrange, Arranged, Message
from grapheditor.ui.engine import Process

AT_ONCE = 60
"""Nodes that are laid out in some milliseconds, in the window's own process."""
LIMIT = 20_000
"""Milliseconds."""
Drawings = Mapping[str, Mapping[str, tuple[float, float]]]


class Tidying(QObject):
    """Lays out one set of drawings at a time, each under a name."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: Process | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._give_up)
        self._done: Callable[[Drawings], None] = lambda _places: None
        self._failed: Callable[[str], None] = lambda _why: None

    @property
    def active(self) -> bool:
        """Whether something is being laid out."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """The number of the process that does it."""
        return self._process.child.pid if self._process else None

    def start(
        self,
        tasks: Mapping[str, Task],
        done: Callable[[Drawings], None],
        failed: Callable[[str], None],
        limit: int = LIMIT,
    ) -> None:
        """Lay out drawings, small ones at once; call ``done`` with the places, or ``failed`` with a sentence."""
        self.cancel()
        if sum(len(task.names) for task in tasks.values()) <= AT_ONCE:
            done({name: solve(task) for name, task in tasks.items()})
            return
        self._done, self._failed = done, failed
        self._process = Process("arranger", self)
        self._process.received.connect(self._receive)
        self._process.ended.connect(self._end)
        self._process.send(Arrange({name: asdict(task) for name, task in tasks.items()}))
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

    def _receive(self, message: Message) -> None:
        if isinstance(message, Arranged) and self.cancel():
            places = {name: {node: (x, y) for node, (x, y) in at.items()} for name, at in message.places.items()}
            self._done(places)

    def _end(self, _code: int, log: str) -> None:
        if self.cancel():
            last = log.strip().rpartition("\n")[2]
            self._failed(f"The layout could not be made: {last or 'its process ended'}.")

    def _give_up(self) -> None:
        if self.cancel():
            self._failed(f"The layout took longer than {self._timer.interval() / 1000:g} seconds and was given up.")
