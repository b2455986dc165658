"""What a network said of numbers against what is true: a point a sample, right where it lies on the diagonal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px, words

AXIS = 16
"""Pixels for what the axes are, and for the numbers at their ends."""
NEAR = 6.0
"""Pixels within which a point is meant."""


class Scatter(QWidget):
    """Points with what is true to the right and what was said upwards, both on one scale."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("scatter")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.pairs: Sequence[Sequence[float]] = ()
        self.low, self.high = 0.0, 1.0
        """The ends of both axes."""
        self.show_pairs(())

    def show_pairs(self, pairs: Sequence[Sequence[float]]) -> None:
        """Show these: what is true and what was said, of each sample."""
        self.pairs = pairs
        numbers = [number for pair in pairs for number in pair] or [0.0, 1.0]
        self.low, self.high = min(numbers), max(numbers)
        if self.low == self.high:
            self.low, self.high = self.low - 1.0, self.high + 1.0
        self.setAccessibleName(tr("What was said against what is true, of {n:,} samples", n=len(pairs)))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Show it in another theme."""
        self.theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(300), px(220))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(150), px(120))

    @property
    def _ends(self) -> tuple[str, str]:
        return f"{self.low:.4g}", f"{self.high:.4g}"

    def frame(self) -> QRectF:
        """Return where the points are, without the axes."""
        metrics = QFontMetricsF(figures(10))
        left = px(AXIS) + max(map(metrics.horizontalAdvance, self._ends)) + 4
        side = max(min(self.width() - left - px(8), self.height() - 2.0 * px(AXIS) - px(8)), 1.0)
        return QRectF(left, px(4), side, side)

    def place_of(self, true: float, said: float) -> QPointF:
        """Return where a point is."""
        frame, whole = self.frame(), self.high - self.low
        x, y = (true - self.low) / whole, (said - self.low) / whole
        return QPointF(frame.left() + x * frame.width(), frame.bottom() - y * frame.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, frame = self.theme, self.frame()
        with painting(QPainter(self)) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(frame, theme.colour("canvas"))
            painter.setPen(theme.colour("line"))
            painter.drawRect(frame)
            painter.drawLine(frame.bottomLeft(), frame.topRight())
            colour = QColor(theme.accent)
            colour.setAlphaF(0.7)
            pen = QPen(colour, px(4))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints([self.place_of(true, said) for true, said in self.pairs])
            self._paint_axes(painter, frame)

    def _paint_axes(self, painter: QPainter, frame: QRectF) -> None:
        low, high = self._ends
        right, middle = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignCenter
        painter.setPen(QColor(self.theme.muted))
        painter.setFont(figures(10))
        beside = QRectF(0, frame.top(), frame.left() - 4, frame.height())
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignTop, high)
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignBottom, low)
        below = QRectF(frame.left(), frame.bottom() + 2, frame.width(), px(AXIS))
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, low)
        painter.drawText(below, right | Qt.AlignmentFlag.AlignVCenter, high)
        painter.setFont(words(10))
        painter.drawText(below, middle, tr("true"))
        painter.translate(0, frame.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, frame.height(), px(AXIS)), middle, tr("said"))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.said(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def said(self, point: QPointF) -> str:
        """Say what the point nearest to a place is; nothing where none is near."""
        found = [(math.dist(point.toTuple(), self.place_of(*pair).toTuple()), pair) for pair in self.pairs]
        distance, pair = min(found, default=(math.inf, ()), key=lambda item: item[0])
        if distance > px(NEAR):
            return ""
        true, said = pair
        return tr("{said} was said, {true} is true", said=f"{said:.6g}", true=f"{true:.6g}")
