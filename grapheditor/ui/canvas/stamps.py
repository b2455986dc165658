"""Stamps: what is painted again and again, painted once and then copied, which is ten times faster.

A stamp is put on whole pixels of the screen, so it stays crisp at every zoom.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPixmap

from grapheditor.ui.canvas.painting import painting

_MOST = 8_000_000
"""Pixels that are kept, of four bytes each; the cards of a large screen take less than half of them."""


class Stamps:
    """Keeps the stamps of a theme. zoom is that of the canvas; ratio is the screen's pixels for a pixel."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], QPixmap] = {}
        self._pixels = 0
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

    def put(
        self,
        painter: QPainter,
        at: tuple[float, float],
        size: tuple[float, float],
        draw: Callable[..., None],
        *what: object,
        margin: int = 2,
    ) -> None:
        """Put what ``draw(painter, *what)`` paints, with its corner at a snapped place.

        size: in pixels, without the margin that it may need around. Equal things are painted once for a zoom.
        """
        if self.lines:
            painter.save()
            painter.translate(*at)
            draw(painter, *what)
            painter.restore()
            return
        painter.drawPixmap(QPointF(at[0] - margin, at[1] - margin), self.stamp(size, draw, *what, margin=margin))

    def stamp(self, size: tuple[float, float], draw: Callable[..., None], *what: object, margin: int = 2) -> QPixmap:
        """Return the stamp of what ``draw(painter, *what)`` paints, with its margin around it."""
        key = (draw.__name__, what, self.zoom, self.ratio)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._make(size, draw, what, margin)
        return found

    def _make(
        self, size: tuple[float, float], draw: Callable[..., None], what: tuple[object, ...], margin: int
    ) -> QPixmap:
        wide, high = (round((side + 2 * margin) * self.ratio) + 1 for side in size)
        self._pixels += wide * high
        if self._pixels > _MOST:
            self._kept.clear()
            self._pixels = wide * high
        made = QPixmap(wide, high)
        made.setDevicePixelRatio(self.ratio)
        made.fill(Qt.GlobalColor.transparent)
        with painting(QPainter(made)) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(margin, margin)
            draw(painter, *what)
        return made
