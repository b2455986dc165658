"""What is known of graphs that are not open: the gallery's templates, and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from grapheditor.engine.messages import Glance, Glanced, Message, Survey, Surveyed

if TYPE_CHECKING:
    from grapheditor.ui.engine import Engine


class Surveys(QObject):
    """Numbers of templates, with options of one's own as well, and what is in files."""

    changed = Signal()
    glanced = Signal(object)

    def __init__(self, engine: Engine, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self.gallery: dict[str, Surveyed] = {}
        self._sized: Surveyed | None = None
        """The newest answer about a template with options of one's own."""
        engine.received.connect(self._receive)

    def ask(self, template: str, options: dict[str, Any]) -> None:
        """Ask for the numbers of a template with options."""
        self._engine.send(Survey(template, options))

    def of(self, template: str, options: dict[str, Any]) -> Surveyed | None:
        """Return the numbers of a template with options, as far as they are known."""
        if not options:
            return self.gallery.get(template)
        found = self._sized
        return found if found and (found.template, found.options) == (template, options) else None

    def glance(self, path: str) -> None:
        """Ask what is in a file."""
        self._engine.send(Glance(path))

    def _receive(self, message: Message) -> None:
        match message:
            case Surveyed():
                if message.options:
                    self._sized = message
                else:
                    self.gallery[message.template] = message
                self.changed.emit()
            case Glanced():
                self.glanced.emit(message)
