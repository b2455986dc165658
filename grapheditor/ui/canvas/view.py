"""The part of the plane that the canvas shows: a zoom and an offset. Knows no widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grapheditor.ui.canvas.geometry import Box

LEAST, MOST = 0.02, 4.0


@dataclass(slots=True)
class View:
    """Scene to screen: ``screen = scene * zoom + (x, y)``; screen is in the widget's pixels."""

    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_scene(self, x: float, y: float) -> tuple[float, float]:
        """Return the place on the plane of a place on the screen."""
        return (x - self.x) / self.zoom, (y - self.y) / self.zoom

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        """Return the place on the screen of a place on the plane."""
        return x * self.zoom + self.x, y * self.zoom + self.y

    def shown(self, box: Box) -> Box:
        """Return the part of the plane under a box of the screen."""
        return Box(*self.to_scene(box.left, box.top), *self.to_scene(box.right, box.bottom))

    def on_screen(self, box: Box) -> Box:
        """Return the box on the screen of a box of the plane."""
        return Box(*self.to_screen(box.left, box.top), *self.to_screen(box.right, box.bottom))

    def pan(self, dx: float, dy: float) -> None:
        """Move what is shown by pixels of the screen."""
        self.x += dx
        self.y += dy

    def zoom_at(self, zoom: float, x: float, y: float) -> None:
        """Set the zoom, within its limits, so that what is at a place on the screen stays there."""
        sx, sy = self.to_scene(x, y)
        self.zoom = min(max(zoom, LEAST), MOST)
        self.x, self.y = x - sx * self.zoom, y - sy * self.zoom

    def centre(self, x: float, y: float, width: float, height: float) -> None:
        """Bring a place of the plane to the middle of a screen."""
        self.x, self.y = width / 2 - x * self.zoom, height / 2 - y * self.zoom

    def fit(self, box: Box, width: float, height: float, margin: float = 48.0, most: float = 1.0) -> None:
        """Show a box whole, in the middle, never larger than a zoom, by default life."""
        wide, high = max(box.right - box.left, 1.0), max(box.bottom - box.top, 1.0)
        zoom = min(max(width - 2 * margin, 1.0) / wide, max(height - 2 * margin, 1.0) / high, most)
        self.zoom = min(max(zoom, LEAST), MOST)
        self.centre((box.left + box.right) / 2, (box.top + box.bottom) / 2, width, height)

    def reveal(self, box: Box, area: Box, margin: float = 32.0) -> None:
        """Pan as little as shows a box in an area of the screen."""
        self.pan(*self._way(box, area, margin))

    def reveal_in(self, box: Box, areas: Sequence[Box], margin: float = 32.0) -> None:
        """Show a box in the area of the screen where that moves least; zoom out where it fits into none."""

        def price(area: Box) -> tuple[float, float]:
            across, down = self._way(box, area, margin)
            return -min(self._fitting(box, area, margin), self.zoom), abs(across) + abs(down)

        area = min(areas, key=price)
        if self._fitting(box, area, margin) < self.zoom:
            middle = (area.left + area.right) / 2, (area.top + area.bottom) / 2
            self.zoom_at(self._fitting(box, area, margin), *middle)
        self.reveal(box, area, margin)

    def _way(self, box: Box, area: Box, margin: float) -> tuple[float, float]:
        """Return how far to pan so that an area shows a box."""
        left, top, right, bottom = self.on_screen(box).grown(margin)
        across = area.left - left if left < area.left else min(area.right - right, 0.0)
        return across, area.top - top if top < area.top else min(area.bottom - bottom, 0.0)

    def _fitting(self, box: Box, area: Box, margin: float) -> float:
        """Return the largest zoom at which an area shows a box whole."""
        wide, high = max(box.right - box.left, 1.0), max(box.bottom - box.top, 1.0)
        across, down = area.right - area.left - 2 * margin, area.bottom - area.top - 2 * margin
        return max(min(across / wide, down / high), LEAST)
