"""A pad to draw on with the mouse, light on dark, as the digits are."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px

SIDE = 140
"""Pixels of the drawing, whatever the pad's size is."""
PEN = 11.0
"""Pixels of a stroke, of the drawing's: as thick for its size as in MNIST."""
ASK_AFTER = 80
"""Milliseconds from a stroke to the question what it is; strokes meanwhile go into it."""


class Pad(QWidget):
    """Draws strokes; ``drawn`` tells of each, shortly after."""

    drawn = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("pad")
        self.setAccessibleName(tr("A pad to draw on"))
        self.setToolTip(tr("Draw with the mouse; a right click clears"))
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(QSize(px(SIDE), px(SIDE)))
        self.image = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
        self.image.fill(0)
        self.is_empty = True
        self._last: QPointF | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ASK_AFTER)
        self._timer.timeout.connect(self.drawn)

    def set_theme(self, theme: Theme) -> None:
        """Show it in another theme; what is drawn stays light on dark, as the network learned it."""
        self.theme = theme
        self.update()

    def wipe(self) -> None:
        """Begin anew."""
        self.image.fill(0)
        self.is_empty = True
        self.update()
        self._timer.start()

    @property
    def pixels(self) -> bytes:
        """What is drawn: rows of SIDE grey bytes."""
        stride = self.image.bytesPerLine()
        data = bytes(self.image.constBits())
        return b"".join(data[row * stride : row * stride + SIDE] for row in range(SIDE))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            self.wipe()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._last = self._place(event)
            self._stroke(self._last, self._last)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            here = self._place(event)
            self._stroke(self._last, here)
            self._last = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def _place(self, event: QMouseEvent) -> QPointF:
        return event.position() * (SIDE / self.width())

    def _stroke(self, start: QPointF, end: QPointF) -> None:
        with painting(QPainter(self.image)) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor("white"), PEN, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(start, end + QPointF(0.01, 0.0))  # a line without length is not drawn
        self.is_empty = False
        self.update()
        self._timer.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(QPainter(self)) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.rect(), self.image)
            painter.setPen(QColor(self.theme.line))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
            if self.is_empty:
                painter.setPen(QColor("#9aa4b5"))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("draw here"))
