"""The line that values are typed into: steps by arrows and wheel, faint words behind, names offered while typing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView

from grapheditor.ui.inspector.stepping import MANY
from grapheditor.ui.theme import figures
from grapheditor.ui.widgets import ARROW, Edit

UP = (Qt.Key.Key_Up, Qt.Key.Key_PageUp)
DOWN = (Qt.Key.Key_Down, Qt.Key.Key_PageDown)
FAR = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
TAKES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
GAP = 10


class Line(Edit):
    """A line for a value. It says what the hands want; what becomes of that is the field's affair."""

    stepped = Signal(int)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFont(figures(12))
        self.steps = False
        """Whether there is a value to step from."""
        self.behind = ""
        self._offers: Offers | None = None

    def say_behind(self, text: str) -> None:
        """Show words at the right end, faintly; what is typed keeps clear of them."""
        if text == self.behind:
            return
        self.behind = text
        width = QFontMetrics(figures(11)).horizontalAdvance(text) + GAP if text else 0
        self.setTextMargins(0, 0, width, 0)
        self.update()

    def offer(self, names: Mapping[str, str]) -> None:
        """Offer names while one is being typed."""
        if self._offers is None and names:
            self._offers = Offers(self)
        if self._offers is not None:
            self._offers.names = dict(names)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.behind:
            painter = QPainter(self)
            try:
                painter.setFont(figures(11))
                painter.setPen(QGuiApplication.palette().placeholderText().color())  # not the colour of an expression
                painter.drawText(self.rect().adjusted(0, 0, -GAP, 0), int(ARROW), self.behind)
            finally:
                painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows step, Escape gives up; while names are offered both are theirs."""
        key = Qt.Key(event.key())
        if self._offers is not None and self._offers.take(key):
            return
        if key == Qt.Key.Key_Escape:
            self.given_up.emit()
        elif self.steps and key in (*UP, *DOWN):
            far = key in FAR or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.stepped.emit((MANY if far else 1) * (1 if key in UP else -1))
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step where the hands are; elsewhere the wheel scrolls the panel."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        if not (self.hasFocus() and self.steps and turned):
            event.ignore()
            return
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.stepped.emit((MANY if far else 1) * (1 if turned > 0 else -1))
        event.accept()


class Offers:
    """The names that begin like the word before the cursor, in a list below the line."""

    def __init__(self, line: QLineEdit) -> None:
        self.names: dict[str, str] = {}
        self._line = line
        self._model = QStringListModel(line)
        self._completer = QCompleter(self._model, line)
        self._completer.setWidget(line)
        self._completer.activated.connect(self._insert)
        self._popup = popup = QListView()
        self._completer.setPopup(popup)
        popup.setFont(figures(12))
        popup.setObjectName("offers")
        popup.setAccessibleName("Options that can be named")
        line.textEdited.connect(lambda _: self._offer())

    @property
    def visible(self) -> bool:
        """Whether the list is open."""
        return self._popup.isVisible()

    def take(self, key: Qt.Key) -> bool:
        """Do what a key means to the open list; False where it means nothing to it."""
        if not self.visible:
            return False
        popup = self._popup
        row = popup.currentIndex().row()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            count = self._model.rowCount()
            way = 1 if key == Qt.Key.Key_Down else -1
            popup.setCurrentIndex(popup.model().index((row + way) % count if row >= 0 else 0, 0))
            return True
        if key in TAKES and (row >= 0 or key == Qt.Key.Key_Tab):
            self._insert(str(popup.model().index(max(row, 0), 0).data()))
            return True
        popup.hide()
        return key == Qt.Key.Key_Escape

    def _word(self) -> str:
        before = self._line.text()[: self._line.cursorPosition()]
        found = re.search(r"[A-Za-z_]\w*$", before)
        return found[0] if found else ""

    def _offer(self) -> None:
        word = self._word()
        fitting = [name for name in self.names if word and name.startswith(word) and name != word]
        if not fitting:
            self._popup.hide()
            return
        self._model.setStringList(fitting)
        self._completer.setCompletionPrefix(word)
        self._popup.setCurrentIndex(self._model.index(-1, 0))
        if self._line.isVisible():
            self._completer.complete()

    def _insert(self, name: str) -> None:
        self._popup.hide()
        word, cursor, text = self._word(), self._line.cursorPosition(), self._line.text()
        before = text[: cursor - len(word)] + name
        self._line.setText(before + text[cursor:])
        self._line.setCursorPosition(len(before))
        self._line.setModified(True)
        self._line.textEdited.emit(self._line.text())
