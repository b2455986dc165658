"""What tells runs apart: a colour of the theme, and a sign on the curve for those who do not see the colour.

Signs and not dashes: a curve of many points is too dense for gaps to be seen in it.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPixmap, QPolygonF

from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.theme import Theme, px

COLOURS = (
    "accent", "warning", "pooling", "combine", "module", "activation", "dense", "loss", "normalisation", "source",
)  # fmt: skip
SIGNS = ("circle", "square", "triangle", "diamond", "plus", "wedge", "star", "cross")
"""As many as colours would be told apart by colour alone: with eight, the two together return only after forty."""


def colour_of(place: int) -> str:
    """Return the colour of a run, by its place among those that are shown."""
    return COLOURS[place % len(COLOURS)]


def sign_of(place: int) -> str:
    """Return the sign of a run."""
    return SIGNS[place % len(SIGNS)]


def shape(sign: str, at: QPointF, radius: float) -> QPainterPath:
    """Return the outline of a sign around a point."""
    path = QPainterPath()
    if sign == "circle":
        path.addEllipse(at, radius * 0.9, radius * 0.9)
        return path
    corners, inner, turn = _CORNERS[sign]
    points = []
    for i in range(corners):
        angle = turn + math.tau * i / corners
        far = radius * (1.15 if inner == 1 or i % 2 == 0 else inner)
        points.append(QPointF(at.x() + far * math.sin(angle), at.y() - far * math.cos(angle)))
    path.addPolygon(QPolygonF(points))
    path.closeSubpath()
    return path


_CORNERS: dict[str, tuple[int, float, float]] = {
    "square": (4, 1, math.pi / 4),
    "triangle": (3, 1, 0.0),
    "diamond": (4, 1, 0.0),
    "wedge": (3, 1, math.pi),
    "plus": (8, 0.35, 0.0),
    "star": (10, 0.45, 0.0),
    "cross": (8, 0.35, math.pi / 4),
}
"""Of a sign: its corners, how far in every other one is, and how it is turned."""


def swatch(painter: QPainter, theme: Theme, at: QPointF, colour: str, opacity: float, sign: str) -> None:
    """Draw what stands before a name in a legend: a square as the picture of the design has it, or a run's sign."""
    ink = QColor(theme.colour(colour))
    ink.setAlphaF(opacity)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    if sign:
        painter.drawPath(shape(sign, at, px(4)))
    else:
        half = px(4)
        painter.drawRoundedRect(QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half), 1.5, 1.5)


def picture(theme: Theme, place: int | None) -> QPixmap:
    """Return the sign of a run in its colour; of none, as much room."""
    side = px(14)
    found = QPixmap(2 * side, 2 * side)
    found.setDevicePixelRatio(2.0)
    found.fill(Qt.GlobalColor.transparent)
    if place is None:
        return found
    with painting(QPainter(found)) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        swatch(painter, theme, QPointF(side / 2, side / 2), colour_of(place), 1.0, sign_of(place))
    return found
