"""Small painted parts of a row: the label that scrubs, the switch, the button that goes back to the default."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QWidget

from grapheditor.ui.inspector.stepping import MANY, PIXELS
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import figures, px, words
from grapheditor.ui.widgets import fixed, typed


class Name(QLabel):
    """A row's name, cut where it is too long. Dragging it left and right steps the value, as one step of undo."""

    pressed = Signal()
    scrubbed = Signal(int)
    released = Signal()

    def __init__(self, text: str) -> None:
        super().__init__(text)
        typed(self, words(12), 12)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.scrubs = False
        self._from: float | None = None

    def let_scrub(self) -> None:
        """Step the value from now on."""
        self.scrubs = True
        self.setCursor(Qt.CursorShape.SizeHorCursor)

    def minimumSizeHint(self) -> QSize:
        """A name is cut rather than the row widened."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
            painter.setPen(self.palette().windowText().color())
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), text)
        finally:
            painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to scrub."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._from = event.position().x()
            self.pressed.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Step by as many pixels as make a step."""
        if self._from is None or not self.scrubs:
            return
        steps = int((event.position().x() - self._from) / PIXELS)
        if steps:
            self._from += steps * PIXELS
            far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.scrubbed.emit(steps * (MANY if far else 1))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the one step of undo."""
        self._from = None
        self.released.emit()


class Switch(QPushButton):
    """On or off: a switch with the word beside it. Wants an expression at the key =, where one is possible."""

    expression_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(tr("off"))
        self.setProperty("field", True)
        self.setProperty("switch", True)
        self.setCheckable(True)
        self.setFont(figures(12))
        self.mixed = False

    def say(self, value: bool | None) -> None:
        """Show a value; None where the selected nodes differ."""
        self.mixed = value is None
        self.setChecked(bool(value))
        self.setText(tr("several") if value is None else tr("on") if value else tr("off"))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() == "=":
            self.expression_wanted.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            size = px(12)
            track = QRectF(px(8) + 0.5, (self.height() - size) / 2, px(22), size)
            on = self.isChecked() and not self.mixed
            colour = self.palette().highlight().color() if on else self.palette().placeholderText().color()
            painter.setPen(QPen(colour, 1.2))
            painter.setBrush(colour if on else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(track, size / 2, size / 2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().highlightedText().color() if on else colour)
            x = track.center().x() if self.mixed else track.right() - size / 2 if on else track.left() + size / 2
            painter.drawEllipse(QPointF(x, track.center().y()), 0.3 * size, 0.3 * size)
        finally:
            painter.end()


class Reset(QAbstractButton):
    """Says that a value is not the default, and goes back to it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        fixed(self, width=16, height=16)
        kept = self.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.setSizePolicy(kept)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            colour = self.palette().text().color() if self.underMouse() else self.palette().link().color()
            painter.setPen(QPen(colour, 1.3))
            middle, radius = QPointF(self.width() / 2, self.height() / 2), 4.2
            around = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
            painter.drawArc(around, 150 * 16, -290 * 16)
            tip = QPointF(middle.x() - radius * 0.87, middle.y() - radius * 0.5)
            head = QPainterPath(QPointF(tip.x() - 0.4, tip.y() - 3.4))
            head.lineTo(tip)
            head.lineTo(QPointF(tip.x() + 3.2, tip.y() - 0.2))
            painter.drawPath(head)
        finally:
            painter.end()
