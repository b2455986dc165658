"""The minimap: the whole graph in a corner, with a frame around what is shown; press or drag in it to go there."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from grapheditor.edit.layout import WIDTH
from grapheditor.ui.canvas.batches import draw_rects
from grapheditor.ui.canvas.geometry import CATEGORY, HEIGHT, Box, X, Y
from grapheditor.ui.canvas.paint import Artist
from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.canvas.view import View

WIDE, HIGH, MARGIN, INNER = 156.0, 108.0, 12.0, 8.0


class Minimap:
    """Painted only where something lies outside of the view. Its picture is kept until it is marked stale."""

    def __init__(self) -> None:
        self.shown = True
        """Whether people want to see it."""
        self._picture: QPixmap | None = None
        self._bounds: Box | None = None

    def mark_stale(self) -> None:
        """Make a new picture the next time."""
        self._picture = None

    def box(self, width: float, height: float) -> Box:
        """Return where the minimap lies in a widget of this size."""
        return Box(width - MARGIN - WIDE, height - MARGIN - HIGH, width - MARGIN, height - MARGIN)

    def needed(self, scene: Scene, view: View, width: float, height: float) -> bool:
        """Tell whether some of the graph is out of sight, and there is room for a minimap."""
        bounds = scene.geometry.bounds()
        if not self.shown or bounds is None or width < 3.6 * WIDE or height < 3.6 * HIGH:
            return False
        left, top, right, bottom = view.on_screen(bounds)
        return left < 0 or top < 0 or right > width or bottom > height

    def to_scene(self, x: float, y: float, width: float, height: float) -> tuple[float, float] | None:
        """Return the place of the plane under a point of the widget; None before the minimap has been painted."""
        if self._bounds is None:
            return None
        return _inner(self._bounds, self.box(width, height)).to_scene(x, y)

    def paint(self, painter: QPainter, scene: Scene, artist: Artist, view: View, width: float, height: float) -> None:
        """Paint the minimap into its corner."""
        theme, box = artist.theme, self.box(width, height)
        bounds = scene.geometry.bounds()
        assert bounds is not None
        if self._picture is None or self._bounds is None:
            self._bounds = bounds
            self._picture = self._draw(scene, artist, painter.device().devicePixelRatioF())
        ground = theme.colour("panel")
        ground.setAlphaF(0.92)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(box.left + 0.5, box.top + 0.5, WIDE - 1, HIGH - 1), 9, 9)
        painter.drawPixmap(QPointF(box.left, box.top), self._picture)
        frame = _inner(self._bounds, box).on_screen(view.shown(Box(0, 0, width, height)))
        left, top = max(frame.left, box.left + 3), max(frame.top, box.top + 3)
        right, bottom = min(frame.right, box.right - 3), min(frame.bottom, box.bottom - 3)
        if right > left and bottom > top:
            painter.setPen(QPen(theme.colour("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(left, top, right - left, bottom - top), 3, 3)

    def _draw(self, scene: Scene, artist: Artist, ratio: float) -> QPixmap:
        assert self._bounds is not None
        picture = QPixmap(round(WIDE * ratio), round(HIGH * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        inner = _inner(self._bounds, Box(0, 0, WIDE, HIGH))
        table = scene.geometry.nodes.table
        sizes = np.full(len(table), max(WIDTH * inner.zoom, 1.0)), np.maximum(table[:, HEIGHT] * inner.zoom, 1.0)
        rects = np.stack([table[:, X] * inner.zoom + inner.x, table[:, Y] * inner.zoom + inner.y, *sizes], axis=1)
        with painting(QPainter(picture)) as painter:
            painter.setPen(Qt.PenStyle.NoPen)
            for number in np.unique(table[:, CATEGORY]).astype(int).tolist():
                painter.setBrush(artist.categories[number])
                draw_rects(painter, rects[table[:, CATEGORY] == number])
        return picture


def _inner(bounds: Box, box: Box) -> View:
    """Return the view that shows the whole graph in the minimap."""
    wide, high = bounds.right - bounds.left, bounds.bottom - bounds.top
    view = View(min((WIDE - 2 * INNER) / wide, (HIGH - 2 * INNER) / high, 0.2))
    view.centre((bounds.left + bounds.right) / 2, (bounds.top + bounds.bottom) / 2, WIDE, HIGH)
    view.pan(box.left, box.top)
    return view
