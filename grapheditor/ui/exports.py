"""Exporting the open graph: one at a time, by the engine, told at each step and given up at any."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from grapheditor.engine.messages import CancelExport, Export, Exported, Exporting, Message, Refused
from grapheditor.ui.telling import Notice
from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from grapheditor.ui.session import Session


class Exports(QObject):
    """The export that goes on, if there is one; notices tell the ends."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.path: Path | None = None
        """What is being written."""
        self.step = ""
        """Which step the export is at, as the engine calls it."""
        self._requests = 0
        self._lost = ""
        """What was being exported when the engine ended."""
        session.engine.received.connect(self._receive)
        session.engine.state_changed.connect(self._follow_engine)

    def start(self, path: Path) -> None:
        """Export the open graph with the weights that are wanted."""
        session = self._session
        why = session.engine.why_not()
        if why is not None:
            session.told.emit(Notice(why, wrong=True))
            return
        self._requests += 1
        self.path, self.step = path, ""
        self.changed.emit()
        session.weights.when_found(partial(self._send, self._requests, path))

    def _send(self, request: int, path: Path) -> None:
        """Ask for an export, unless it was given up or the engine went meanwhile."""
        if request == self._requests:
            self._session.engine.send(Export(request, str(path), self._session.weights.run))

    def give_up(self) -> bool:
        """Give up the export; tell whether there was one."""
        path, self.path = self.path, None
        if path is None:
            return False
        self._session.engine.send(CancelExport(self._requests))
        self._requests += 1
        self.changed.emit()
        self._session.told.emit(Notice(tr("The export was cancelled: {name} is as it was before.", name=path.name)))
        return True

    def take_loss(self) -> str:
        """Say what the engine's end has cost, once; nothing where nothing was being exported."""
        lost, self._lost = self._lost, ""
        return tr("{name} was not written. Export it again.", name=lost) if lost else ""

    def _follow_engine(self) -> None:
        """An engine that is gone takes its export with it."""
        if self.path is not None and not self._session.engine.is_ready:
            self._lost, self.path = self.path.name, None
            self._requests += 1
            self.changed.emit()

    def _receive(self, message: Message) -> None:
        match message:
            case Exporting(request=self._requests):
                self.step = message.step
                self.changed.emit()
            case Exported(request=self._requests) | Refused(request=self._requests):
                self.path = None
                self.changed.emit()
                self._tell(message)

    def _tell(self, message: Exported | Refused) -> None:
        if isinstance(message, Refused):
            self._session.told.emit(Notice(message.message, wrong=True, node=message.node))
            return
        path = Path(message.result["path"])
        text = tr("{name} written", name=path.name)
        if "max_relative_difference" in message.result:
            sizes = ", ".join(map(str, message.result["batches"]))
            worst = message.result["max_relative_difference"]
            text += tr("; onnxruntime agrees to {worst} at batches of {sizes}", worst=f"{worst:.0e}", sizes=sizes)
        if path.suffix != ".py":
            text += tr(". Weights: {weights}", weights=self._session.weights.title)
        self._session.told.emit(Notice(f"{text}.", folder=path.parent))
