"""How heat is painted: the colour of blocks, a glow around cards, and always the number beside it.

From cold to hot the colours go away from the ground's own brightness, so that they are told apart without their hue.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from grapheditor.edit.layout import WIDTH
from grapheditor.ui.canvas.batches import draw_rects
from grapheditor.ui.canvas.card import RADIUS, STACK
from grapheditor.ui.canvas.cards import TITLES, blocks
from grapheditor.ui.canvas.geometry import CATEGORY, HEIGHT, MODULE, X, Y
from grapheditor.ui.canvas.overlay import Heat
from grapheditor.ui.canvas.painting import mixed
from grapheditor.ui.canvas.rows import Floats, Slots
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.canvas.texts import Texts
from grapheditor.ui.canvas.view import View
from grapheditor.ui.theme import Theme

RAMPS = {
    "dark": ("#343a46", "#7a5230", "#d5822a", "#ffd27a"),
    "light": ("#dfe3ea", "#f0bf7a", "#cc6a1b", "#74270a"),
}
"""Colours from cold to hot, by theme."""
STEPS = 24
GLOW = 7.0
"""How far the heat of a card reaches beyond it, in units of the plane."""
BELOW = 11.0
"""Pixels between the edge of a card and the middle of the number that hangs on it: above it stand its parameters."""
FIRST = 12
"""Of blocks, which have no room for a number, so many of the hottest have theirs beside them."""
BESIDE = 16.0
"""Pixels from a card's right edge to its number, where a stage's edge has room between them."""
APART = 13.0
"""Pixels between two numbers beside blocks, at least."""


def ramp(theme: Theme, share: float) -> QColor:
    """Return the colour of heat, from 0 to 1."""
    stops = [QColor(name) for name in RAMPS[theme.name]]
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    first = min(int(place), len(stops) - 2)
    return mixed(stops[first], stops[first + 1], place - first)


class Heats:
    """Paints heat in a theme; the painter is in pixels of the screen."""

    def __init__(self, theme: Theme, texts: Texts) -> None:
        self.theme = theme
        self.texts = texts
        self._colours = [ramp(theme, step / (STEPS - 1)) for step in range(STEPS)]

    def paint_under(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        """Paint the glow that cards stand in."""
        found = scene.heat()
        if found is None:
            return
        reach, round_ = GLOW * view.zoom, (RADIUS + GLOW) * view.zoom
        rows = scene.geometry.nodes.table[slots].tolist()
        painter.setPen(Qt.PenStyle.NoPen)
        for row, step in zip(rows, self._steps(found, slots).tolist(), strict=True):
            if step >= 0:
                x, y = view.to_screen(row[X], row[Y])
                behind = STACK * view.zoom if row[CATEGORY] == MODULE else 0.0
                size = WIDTH * view.zoom + 2 * reach + behind, row[HEIGHT] * view.zoom + 2 * reach + behind
                painter.setBrush(self._colours[step])
                painter.drawRoundedRect(QRectF(x - reach, y - reach, *size), round_, round_)

    def paint_over(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        """Hang the numbers on the edges of cards, at the left: the shapes on wires stand at the right."""
        found = scene.heat()
        if found is None or view.zoom < TITLES:
            return
        values = found.values[slots]
        told = np.isfinite(values) & ((values != 0) | (found.overlay.scale == "log"))
        for slot in slots[told].tolist():
            row = scene.geometry.nodes.table[slot].tolist()
            text = found.overlay.written(float(found.values[slot]))
            wide = self.texts.width(text, "small") + 10
            x, y = view.to_screen(row[X], row[Y] + row[HEIGHT])
            y += BELOW
            painter.setPen(self._colours[self._steps(found, np.array([slot]))[0]])
            painter.setBrush(self.theme.colour("canvas"))
            painter.drawRoundedRect(QRectF(x, y - 8, wide, 16), 8, 8)
            painter.setPen(self.theme.colour("text"))
            self.texts.draw(painter, text, "small", (x + wide / 2, y), "centre")

    def paint_blocks(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        """Paint blocks in the colour of their heat instead of their category's, and write the highest numbers."""
        found = scene.heat()
        if found is None or not len(slots):
            return
        rects, steps = blocks(scene, view, slots), self._steps(found, slots)
        painter.setPen(Qt.PenStyle.NoPen)
        for step in np.unique(steps).tolist():
            painter.setBrush(self._colours[step] if step >= 0 else self.theme.colour("line"))
            draw_rects(painter, rects[steps == step])
        self._write_highest(
            painter, found, slots, rects, scene.geometry.nodes.table[slots, X] * view.zoom + view.x + WIDTH * view.zoom
        )

    def _write_highest(self, painter: QPainter, found: Heat, slots: Slots, rects: Floats, rights: Floats) -> None:
        """Write numbers at the right of the widest block that there can be, so that they stand below each other."""
        values = found.values[slots]
        order = np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")[:FIRST]
        taken: list[float] = []
        painter.setPen(self.theme.colour("text"))
        for place in order[values[order] > 0].tolist():
            middle = float(rects[place, 1] + rects[place, 3] / 2)
            if all(abs(middle - other) >= APART for other in taken):
                taken.append(middle)
                text = found.overlay.written(float(values[place]))
                self.texts.draw(painter, text, "small", (float(rights[place]) + BESIDE, middle))

    def _steps(self, found: Heat, slots: Slots) -> Slots:
        """Return the number of each node's colour, -1 where nothing is known of it."""
        shares = found.shares[slots]
        steps = np.round(np.nan_to_num(shares, nan=0.0).clip(0, 1) * (STEPS - 1)).astype(np.intp)
        return np.asarray(np.where(np.isfinite(shares), steps, -1), dtype=np.intp)
