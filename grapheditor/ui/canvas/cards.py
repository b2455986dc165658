"""How nodes are painted: cards with everything on them, small cards with a title, blocks."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap

from grapheditor.edit.layout import WIDTH
from grapheditor.ui.canvas.batches import draw_rects
from grapheditor.ui.canvas.card import STACK, Card, Look
from grapheditor.ui.canvas.geometry import CATEGORY, HEIGHT, INPUTS, MODULE, OUTPUTS, X, Y
from grapheditor.ui.canvas.painting import faded, mixed
from grapheditor.ui.canvas.rows import Floats, Slots
from grapheditor.ui.canvas.scene import Scene, Severity
from grapheditor.ui.canvas.stamps import Stamps
from grapheditor.ui.canvas.texts import Texts
from grapheditor.ui.canvas.view import View
from grapheditor.ui.theme import Theme

TITLES = 0.3
"""The least zoom at which small cards carry their title."""
MUTED = 0.5
"""Opacity of a node that is bypassed."""
DIMMED = 0.35
"""Opacity of a node that cannot take the wire that is dragged."""


class Cards:
    """Paints nodes in a theme; the painter is in pixels of the screen."""

    def __init__(self, theme: Theme, texts: Texts, categories: list[QColor], stamps: Stamps) -> None:
        self.categories = categories
        self.stamps = stamps
        self.card = Card(theme, texts, categories, stamps)
        self._colours = {name: theme.colour(name) for name in ("accent", "error", "warning", "canvas")}

    def paint_full(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        """Paint whole cards, one after the other, so that each covers what it lies over; selected ones last."""
        slots = slots[np.argsort(scene.selected()[slots], kind="stable")]
        rows, flow = scene.geometry.nodes.table[slots].tolist(), scene.geometry.flow
        names = scene.geometry.nodes.keys
        selected, severities = scene.selected()[slots].tolist(), scene.severities()[slots].tolist()
        muted = scene.muted()[slots].tolist()
        dim = scene.dim()
        able = [True] * len(rows) if dim is None else (~dim[slots]).tolist()
        cards = zip(slots.tolist(), rows, selected, severities, muted, able, strict=True)
        for slot, row, chosen, severity, off, lit in cards:
            ports = int(row[INPUTS]), int(row[OUTPUTS])
            side = scene.wanted if lit else None
            label = scene.label(names[slot])
            look = Look(label, int(row[CATEGORY]), row[HEIGHT], ports, flow, chosen, severity, off, side)
            if off or not lit:
                painter.setOpacity(MUTED if off else DIMMED)
            self.card.put(painter, self.stamps.snap(*view.to_screen(row[X], row[Y])), look)
            if off or not lit:
                painter.setOpacity(1.0)

    def paint_small(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        """Paint cards that have room for a title at most, which keeps its size."""
        table = scene.geometry.nodes.table[slots]
        categories, heights = table[:, CATEGORY].astype(int).tolist(), (table[:, HEIGHT] * view.zoom).tolist()
        ratio = self.stamps.ratio
        corners = (np.round((table[:, :2] * view.zoom + (view.x, view.y)) * ratio) / ratio).tolist()
        wide, names, titled = WIDTH * view.zoom, scene.geometry.nodes.keys, view.zoom >= TITLES
        outlines, muted = _outlines(scene, slots), scene.muted()[slots].tolist()
        rows = zip(slots.tolist(), corners, heights, categories, outlines, muted, strict=True)
        margin = self.card.small_margin
        drawn: dict[tuple[object, ...], QPixmap] = {}  # of many cards few look differently: each look is asked for once
        for slot, corner, high, category, outline, off in rows:
            look = scene.label(names[slot]).name if titled else "", category, outline, off
            if off:
                painter.setOpacity(MUTED)
            if self.stamps.lines:
                self.card.put_small(painter, corner, (wide, high), *look)
            else:
                stamp = drawn.get((high, look))
                if stamp is None:
                    stamp = drawn[high, look] = self.card.small_stamp((wide, high), *look)
                painter.drawPixmap(QPointF(corner[0] - margin, corner[1] - margin), stamp)
            if off:
                painter.setOpacity(1.0)
        for slot in slots[scene.severities()[slots] >= Severity.WARNING].tolist():
            row = scene.geometry.nodes.table[slot].tolist()
            x, y = view.to_screen(row[X] + WIDTH, row[Y])
            self.card.badge(painter, (x - 2, y + 1), scene.severities()[slot], 6)
        self._dim(painter, scene, view, slots)

    def paint_blocks(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        """Paint nodes as blocks of their category's colour, all of one colour in one call."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        rects = blocks(scene, view, slots)
        categories = scene.geometry.nodes.table[slots, CATEGORY].astype(np.intp)
        stacked = rects[categories == MODULE]
        if len(stacked):
            behind = max(round(STACK * view.zoom), 2)
            painter.setBrush(QBrush(mixed(self.categories[MODULE], self._colours["canvas"], 0.5)))
            draw_rects(painter, stacked + np.array([behind, behind, 0, 0]))
        for number in np.unique(categories).tolist():
            painter.setBrush(QBrush(self.categories[number]))
            draw_rects(painter, rects[categories == number])
        muted = scene.muted()[slots]
        if muted.any():
            painter.setBrush(faded(self._colours["canvas"], 1 - MUTED))
            draw_rects(painter, rects[muted])
        outlines = _outlines(scene, slots)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour in sorted(set(outlines) - {""}, reverse=True):
            painter.setPen(QPen(self._colours[colour], 2))
            draw_rects(painter, rects[[outline == colour for outline in outlines]] + (-1, -1, 2, 2))
        self._dim(painter, scene, view, slots)

    def _dim(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        """Cover the nodes that are dim."""
        dim = scene.dim()
        if dim is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faded(self._colours["canvas"], 1 - DIMMED))
            draw_rects(painter, blocks(scene, view, slots)[dim[slots]])


def _outlines(scene: Scene, slots: Slots) -> list[str]:
    """Return the colour around each node where there is room for one line only, empty for none: selection first."""
    colours = np.array(["", "", "warning", "error"], dtype=object)[scene.severities()[slots]]
    colours[scene.selected()[slots]] = "accent"
    found: list[str] = colours.tolist()
    return found


def blocks(scene: Scene, view: View, slots: Slots) -> Floats:
    """Return the cards on the screen as rows of x, y, width, height in whole pixels, none smaller than one."""
    table = scene.geometry.nodes.table[slots]
    x, y = np.round(table[:, X] * view.zoom + view.x), np.round(table[:, Y] * view.zoom + view.y)
    wide = np.full(len(table), max(round(WIDTH * view.zoom), 1.0))
    rects = np.stack([x, y, wide, np.maximum(np.round(table[:, HEIGHT] * view.zoom), 1.0)], axis=1)
    found = scene.stages()
    if found is not None:
        place, size = (0, 2) if scene.geometry.flow == "down" else (1, 3)
        kept = np.maximum(np.round(rects[:, size] * found.extents[slots]), 1.0)
        rects[:, place] += np.floor((rects[:, size] - kept) / 2)
        rects[:, size] = kept
    return rects
