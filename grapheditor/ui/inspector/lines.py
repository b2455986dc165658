"""The line that values are typed into: steps by arrows and wheel, faint words behind, names offered while typing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QListWidget

from grapheditor.ui.inspector.stepping import MANY
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import figures, px
from grapheditor.ui.widgets import ARROW, Edit

UP = (Qt.Key.Key_Up, Qt.Key.Key_PageUp)
DOWN = (Qt.Key.Key_Down, Qt.Key.Key_PageDown)
FAR = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
TAKES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
GAP = 10
MOST_ROWS = 8


class Line(Edit):
    """A line for a value. It says what the hands want; what becomes of that is the field's affair."""

    stepped = Signal(int)
    given_up = Signal()
    offering = Signal(bool)
    """The list of names opens or closes."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(figures(12))
        self.steps = False
        """Whether there is a value to step from."""
        self.behind = ""
        self._names: Mapping[str, str] = {}
        self._offers: Offers | None = None
        self.textEdited.connect(lambda _: self._offer())

    def say_behind(self, text: str) -> None:
        """Show words at the right end, faintly; what is typed keeps clear of them."""
        if text == self.behind:
            return
        self.behind = text
        width = QFontMetrics(figures(11)).horizontalAdvance(text) + px(GAP) if text else 0
        self.setTextMargins(0, 0, width, 0)
        self.update()

    def offer(self, names: Mapping[str, str]) -> None:
        """Offer names while one is being typed."""
        self._names = names

    def _offer(self) -> None:
        if self._offers is None and self._names:
            self._offers = Offers(self)
        if self._offers is not None:
            self._offers.offer(self._names)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.behind:
            painter = QPainter(self)
            try:
                painter.setFont(figures(11))
                painter.setPen(QGuiApplication.palette().placeholderText().color())  # not the colour of an expression
                painter.drawText(self.rect().adjusted(0, 0, -px(GAP), 0), int(ARROW), self.behind)
            finally:
                painter.end()

    def event(self, event: QEvent) -> bool:
        """Let Tab take what is offered, before it moves on."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Tab
            and self._offers is not None
            and self._offers.take(Qt.Key.Key_Tab)
        ):
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Offer nothing any more."""
        super().focusOutEvent(event)
        if self._offers is not None:
            self._offers.hide()

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


class Offers(QListWidget):
    """The names that begin like the word before the cursor, in a list below the line. The line keeps the focus."""

    def __init__(self, line: Line) -> None:
        super().__init__(line.window())
        self._line = line
        self.setObjectName("offers")
        self.setAccessibleName(tr("Options that can be named"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFont(figures(12))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda item: self._insert(item.text()))
        line.destroyed.connect(self.deleteLater)
        self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._line.offering.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._line.offering.emit(False)

    def take(self, key: Qt.Key) -> bool:
        """Do what a key means to the open list; False where it means nothing to it."""
        if not self.isVisible():
            return False
        row = self.currentRow()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            way = 1 if key == Qt.Key.Key_Down else -1
            self.setCurrentRow((row + way) % self.count() if row >= 0 else 0)
            return True
        if key in TAKES and (row >= 0 or key == Qt.Key.Key_Tab):
            self._insert(self.item(max(row, 0)).text())
            return True
        if key in (*TAKES, Qt.Key.Key_Escape):
            self.hide()
        return key == Qt.Key.Key_Escape

    def _word(self) -> str:
        before = self._line.text()[: self._line.cursorPosition()]
        found = re.search(r"[A-Za-z_]\w*$", before)
        return found[0] if found else ""

    def offer(self, names: Mapping[str, str]) -> None:
        """Show those of the names that begin like the word before the cursor."""
        word = self._word()
        fitting = [name for name in names if word and name.startswith(word) and name != word]
        self.clear()
        for name in fitting:
            self.addItem(name)
            self.item(self.count() - 1).setToolTip(names[name])
        self.setCurrentRow(-1)
        if not fitting or not self._line.hasFocus():
            self.hide()
            return
        height = self.sizeHintForRow(0) * min(len(fitting), MOST_ROWS) + 10
        below = self._line.mapTo(self._line.window(), QPoint(0, self._line.height() + 2))
        if below.y() + height > self._line.window().height():
            below.setY(below.y() - self._line.height() - 4 - height)
        self.setGeometry(below.x(), below.y(), self._line.width(), height)
        self.show()
        self.raise_()

    def _insert(self, name: str) -> None:
        self.hide()
        word, cursor, text = self._word(), self._line.cursorPosition(), self._line.text()
        before = text[: cursor - len(word)] + name
        self._line.setText(before + text[cursor:])
        self._line.setCursorPosition(len(before))
        self._line.setModified(True)
        self._line.textEdited.emit(self._line.text())
