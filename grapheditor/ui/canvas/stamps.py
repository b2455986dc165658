"""Stamps: cards, ports and pills painted once for a zoom and then copied; ten times faster than painting each anew.

A stamp is put on whole pixels of the screen, so it stays crisp at every zoom.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from grapheditor.ui.canvas.geometry import MODULE, PORT
from grapheditor.ui.canvas.painting import mixed, painting
from grapheditor.ui.theme import Theme

RADIUS = 9.0
STACK = 7.0
"""How far the last of the cards behind a module's sticks out."""
_MARGIN = 2.0
_MOST = 400


class Stamps:
    """Keeps the stamps of a theme. zoom scales what is painted; ratio is the screen's pixels for a pixel."""

    def __init__(self, theme: Theme, categories: list[QColor]) -> None:
        self._theme = theme
        self._categories = categories
        self._kept: dict[tuple[object, ...], QPixmap] = {}
        self.zoom = 1.0
        self.ratio = 1.0
        self.lines = False
        """Whether everything is drawn anew, as lines and not as pixels: for pictures that can be enlarged."""

    def aim(self, zoom: float, ratio: float) -> None:
        """Make stamps for a zoom and a screen from now on."""
        self.zoom, self.ratio = zoom, ratio

    def snap(self, x: float, y: float) -> tuple[float, float]:
        """Return the nearest place on whole pixels of the screen."""
        return round(x * self.ratio) / self.ratio, round(y * self.ratio) / self.ratio

    def draw_card(
        self, painter: QPainter, x: float, y: float, width: float, height: float, category: int, muted: bool = False
    ) -> None:
        """Draw a card with its category bar, its upper left corner at a snapped place; sizes in pixels.

        A module's is a stack; that of a bypassed node has dashed edges.
        """
        extra = STACK * self.zoom if category == MODULE else 0.0
        size = width + extra, height + extra
        self._put(painter, (x, y), ("card", width, height, category, muted), size, self._card)

    def _card(self, painter: QPainter, width: float, height: float, category: int, muted: bool) -> None:
        zoom, theme = self.zoom, self._theme
        line = max(1.2 * zoom, 1.0)
        pen = QPen(theme.colour("muted" if muted else "card_edge"), line)
        if muted:
            pen.setDashPattern([4.0, 3.0])
        painter.setPen(pen)
        if category == MODULE:
            painter.setBrush(mixed(theme.colour("card"), theme.colour("canvas"), 0.5))
            for shift in (STACK * zoom, STACK * zoom / 2):
                painter.drawRoundedRect(QRectF(shift, shift, width, height), RADIUS * zoom, RADIUS * zoom)
        painter.setBrush(theme.colour("card"))
        painter.drawRoundedRect(QRectF(0, 0, width, height), RADIUS * zoom, RADIUS * zoom)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._categories[category])
        bar = QRectF(5 * zoom, 7 * zoom, max(4 * zoom, 2.0), height - 14 * zoom)
        painter.drawRoundedRect(bar, bar.width() / 2, bar.width() / 2)

    def draw_port(self, painter: QPainter, x: float, y: float, filled: bool, lit: bool = False) -> None:
        """Draw a port with its middle at a place: a ring for an input, a disc for an output.

        lit: a dragged wire could be fastened there.
        """
        side = 2 * max(round((PORT + 3) * self.zoom * self.ratio / 2), 2) / self.ratio
        corner = self.snap(x - side / 2, y - side / 2)
        self._put(painter, corner, ("port", side, filled, lit), (side, side), self._port)

    def draw_outline(self, painter: QPainter, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Draw an outline around a card, its upper left corner at a snapped place; sizes in pixels."""
        self._put(painter, (x, y), ("outline", width, height, colour), (width, height), self._outline)

    def _outline(self, painter: QPainter, width: float, height: float, colour: str) -> None:
        painter.setPen(QPen(self._theme.colour(colour), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(0, 0, width, height), RADIUS * self.zoom, RADIUS * self.zoom)

    def _port(self, painter: QPainter, side: float, filled: bool, lit: bool) -> None:
        canvas, colour = self._theme.colour("canvas"), self._theme.colour("accent" if lit else "muted")
        middle, radius = QPointF(side / 2, side / 2), PORT / 2 * self.zoom
        painter.setPen(QPen(canvas if filled else colour, 1.6 * self.zoom))
        painter.setBrush(colour if filled else canvas)
        shown = radius + 0.4 * self.zoom if filled else radius - 0.8 * self.zoom
        painter.drawEllipse(middle, shown, shown)

    def draw_pill(self, painter: QPainter, x: float, y: float, width: float, height: float) -> None:
        """Draw the ground of a pill, its upper left corner at a snapped place; sizes in pixels."""
        self._put(painter, (x, y), ("pill", width, height), (width, height), self._pill)

    def _pill(self, painter: QPainter, width: float, height: float) -> None:
        painter.setPen(QPen(self._theme.colour("line"), max(self.zoom, 1.0)))
        painter.setBrush(self._theme.colour("canvas"))
        painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), height / 2, height / 2)

    def _put(
        self,
        painter: QPainter,
        at: tuple[float, float],
        what: tuple[object, ...],
        size: tuple[float, float],
        draw: Callable[..., None],
    ) -> None:
        """Put a stamp with its corner at a place, or draw what it shows there."""
        if self.lines:
            painter.save()
            painter.translate(*at)
            draw(painter, *what[1:])
            painter.restore()
        else:
            painter.drawPixmap(QPointF(at[0] - _MARGIN, at[1] - _MARGIN), self._stamp(what, *size, draw))

    def _stamp(self, what: tuple[object, ...], width: float, height: float, draw: Callable[..., None]) -> QPixmap:
        key = (*what, self.zoom, self.ratio)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            ratio = self.ratio
            found = QPixmap(round((width + 2 * _MARGIN) * ratio) + 1, round((height + 2 * _MARGIN) * ratio) + 1)
            found.setDevicePixelRatio(ratio)
            found.fill(Qt.GlobalColor.transparent)
            with painting(QPainter(found)) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.translate(_MARGIN, _MARGIN)
                draw(painter, *what[1:])
            self._kept[key] = found
        return found
