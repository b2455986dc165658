"""Points of a plane that a network made, over those of its data: a frame with a scale, in the theme's colours."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.packed import image
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px, words

BELOW = 16
"""Pixels for what stands below the frame."""
FAINTEST = 0.4
"""How much of its colour a single point has."""


class Points(QWidget):
    """Shows where points lie: those of the data beneath, in a muted colour, and what was made over them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.half = 0.0
        """Both axes go from minus this to this."""
        self._made = self._data = QImage()

    def show_points(self, picture: Mapping[str, Any]) -> None:
        """Show points as the trainer packs them; KeyError, TypeError or ValueError where not so."""
        half = float(picture["half"])
        if not (isfinite(half) and half > 0) or picture["channels"] != 1:
            raise ValueError("points")
        made = image(picture)
        data = image({**picture, "pixels": picture["behind"]}) if "behind" in picture else QImage()
        self.half, self._made, self._data = half, made, data
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Show them in another theme."""
        self.theme = theme
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(px(60), px(60))

    def frame(self) -> QRectF:
        """Return where the points are, without the scale beside and below them."""
        beside = QFontMetricsF(figures(10)).horizontalAdvance(self._ends[0]) + 4
        side = max(min(self.width() - beside - 1, self.height() - px(BELOW) - 1), 1.0)
        left = (self.width() - side - beside) / 2 + beside
        return QRectF(round(left), round((self.height() - side - px(BELOW)) / 2), round(side), round(side))

    @property
    def _ends(self) -> tuple[str, str]:
        return f"−{self.half:g}", f"{self.half:g}"

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._made.isNull():
            return
        theme, frame = self.theme, self.frame()
        with painting(QPainter(self)) as painter:
            painter.fillRect(frame, theme.colour("canvas"))
            painter.setPen(theme.colour("line"))
            middle = frame.center()
            painter.drawLine(QPointF(middle.x(), frame.top()), QPointF(middle.x(), frame.bottom()))
            painter.drawLine(QPointF(frame.left(), middle.y()), QPointF(frame.right(), middle.y()))
            for shown, colour in ((self._data, theme.colour("muted")), (self._made, theme.colour("accent"))):
                if not shown.isNull():
                    painter.drawImage(frame, _tinted(shown, colour))
            painter.drawRect(frame)
            self._paint_scale(painter, frame)

    def _paint_scale(self, painter: QPainter, frame: QRectF) -> None:
        """Write the ends of both axes, and which colour is which."""
        low, high = self._ends
        right = Qt.AlignmentFlag.AlignRight
        painter.setFont(figures(10))
        painter.setPen(self.theme.colour("muted"))
        beside = QRectF(0, frame.top(), frame.left() - 4, frame.height())
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignTop, high)
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignBottom, low)
        below = QRectF(frame.left(), frame.bottom() + 2, frame.width(), px(BELOW) - 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, low)
        painter.drawText(below, right | Qt.AlignmentFlag.AlignVCenter, high)
        if self._data.isNull():
            return
        painter.setFont(words(10))
        data, made = tr("data"), tr("made")
        long = QFontMetricsF(painter.font()).horizontalAdvance(data + "  ")
        whole = long + QFontMetricsF(painter.font()).horizontalAdvance(made)
        named = QRectF(frame.center().x() - whole / 2, below.top(), whole + 2, below.height())
        painter.drawText(named, Qt.AlignmentFlag.AlignVCenter, data)
        painter.setPen(self.theme.colour("accent"))
        painter.drawText(named.adjusted(long, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, made)


def _tinted(counts: QImage, colour: QColor) -> QImage:
    """Return counts in a colour: more of it where there are more, and none where there are none."""
    table = [0]
    for step in range(1, 256):
        colour.setAlphaF(FAINTEST + (1 - FAINTEST) * (step / 255) ** 0.5)
        table.append(colour.rgba())
    found = counts.copy()
    found.reinterpretAsFormat(QImage.Format.Format_Indexed8)
    found.setColorTable(table)
    return found
