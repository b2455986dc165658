"""How nodes are painted: cards with everything on them, small cards with a title, blocks."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QTransform

from grapheditor.edit.layout import TALL, WIDTH
from grapheditor.graph import Flow
from grapheditor.ui.canvas.batches import draw_rects
from grapheditor.ui.canvas.geometry import CATEGORY, HEIGHT, INPUTS, MODULE, OUTPUTS, X, Y
from grapheditor.ui.canvas.painting import faded, mixed
from grapheditor.ui.canvas.rows import Floats, Slots
from grapheditor.ui.canvas.scene import Scene, Severity
from grapheditor.ui.canvas.stamps import RADIUS, STACK, Stamps
from grapheditor.ui.canvas.texts import Texts
from grapheditor.ui.canvas.view import View
from grapheditor.ui.theme import Theme

TITLES = 0.3
"""The least zoom at which small cards carry their title."""
MUTED = 0.5
"""Opacity of a node that is bypassed."""
SETS = ("accent", "activation", "pooling", "combine", "module", "dense")
"""Colours of the theme by which sets of shared weights are told apart."""
DIMMED = 0.35
"""Opacity of a node that cannot take the wire that is dragged."""


class Cards:
    """Paints nodes in a theme; the painter is in pixels of the screen."""

    def __init__(self, theme: Theme, texts: Texts, categories: list[QColor], stamps: Stamps) -> None:
        self.theme = theme
        self.texts = texts
        self.categories = categories
        self.stamps = stamps
        self._colours = {name: theme.colour(name) for name in ("text", "muted", "accent", "error", "warning", "canvas")}

    # Everything

    def paint_full(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        """Paint whole cards, one after the other, so that each covers what it lies over; selected ones last."""
        base, zoom = painter.transform(), view.zoom
        slots = slots[np.argsort(scene.selected()[slots], kind="stable")]
        rows = scene.geometry.nodes.table[slots].tolist()
        selected, severities = scene.selected()[slots].tolist(), scene.severities()[slots].tolist()
        muted = scene.muted()[slots].tolist()
        able = [True] * len(rows) if scene.possible is None else scene.possible[slots].tolist()
        cards = zip(slots.tolist(), rows, selected, severities, able, muted, strict=True)
        for slot, row, chosen, severity, lit, off in cards:
            if scene.possible is not None:
                painter.setOpacity(1.0 if lit else DIMMED)
            x, y = self.stamps.snap(*view.to_screen(row[X], row[Y]))
            high = row[HEIGHT]
            if off:
                painter.setOpacity(MUTED)
            self.stamps.draw_card(painter, x, y, WIDTH * zoom, high * zoom, int(row[CATEGORY]), off)
            painter.setTransform(QTransform(zoom, 0, 0, zoom, x, y) * base)
            if chosen or severity >= Severity.WARNING:
                self._outline(painter, high, chosen, severity)
            self._label(painter, scene, scene.geometry.nodes.keys[slot], high)
            painter.setTransform(base)
            side = scene.wanted if lit else None
            flow = scene.geometry.flow
            self._ports(painter, (x, y, high), int(row[INPUTS]), flow, filled=False, lit=side == "input")
            self._ports(painter, (x, y, high), int(row[OUTPUTS]), flow, filled=True, lit=side == "output")
            if off:
                painter.setOpacity(1.0)
        painter.setOpacity(1.0)

    def _outline(self, painter: QPainter, high: float, selected: bool, severity: int) -> None:
        """Outline a node by its worst problem, and by the accent where it is selected; a badge marks a problem, too."""
        rect = QRectF(0, 0, WIDTH, high)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        faulty = severity >= Severity.WARNING
        colour = self._colours["error" if severity == Severity.ERROR else "warning"]
        if faulty and selected:
            painter.setPen(QPen(self._colours["accent"], 2))
            painter.drawRoundedRect(rect.adjusted(-4, -4, 4, 4), RADIUS + 4, RADIUS + 4)
        painter.setPen(QPen(colour if faulty else self._colours["accent"], 2))
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        if faulty:
            self._badge(painter, (WIDTH - 2, 2), severity, 8)

    def _badge(self, painter: QPainter, at: tuple[float, float], severity: int, radius: float) -> None:
        """Mark a problem by a sign, too, since colour must not be the only one."""
        painter.setPen(QPen(self._colours["canvas"], 2))
        painter.setBrush(self._colours["error" if severity == Severity.ERROR else "warning"])
        painter.drawEllipse(QPointF(*at), radius, radius)
        painter.setPen(self.theme.colour("on_accent"))
        self.texts.draw(painter, "!", "badge" if radius > 7 else "small", at, "centre")

    def _label(self, painter: QPainter, scene: Scene, name: str, high: float) -> None:
        label = scene.label(name)
        first, right = 18.0 if high == TALL else high / 2, WIDTH - 12
        width = min(self.texts.width(label.id, "figures"), 90.0)
        if label.link is not None:
            self._chain(painter, (right - width - 14, first), label.link)
            width += 24
        room = WIDTH - 40 - width
        painter.setPen(self._colours["text"])
        if label.copies:
            room = max(room - self.texts.width(label.copies, "title") - 6, 24.0)
            behind = 22 + min(self.texts.width(label.title, "title"), room)
            self.texts.draw(painter, label.copies, "title", (behind, first))
        self.texts.draw(painter, label.title, "title", (16, first), room=room)
        painter.setPen(self._colours["muted"])
        self.texts.draw(painter, label.id, "figures", (right, first), "right", room=91)
        if high == TALL:
            room = WIDTH - 28.0
            if label.parameters:
                self.texts.draw(painter, label.parameters, "figures", (right, 36), "right")
                room -= self.texts.width(label.parameters, "figures") + 12
            self.texts.draw(painter, label.summary, "note", (16, 36), room=room)

    def _chain(self, painter: QPainter, at: tuple[float, float], link: int) -> None:
        """Mark nodes that share their weights by two links of a chain, each set by a colour of its own."""
        painter.setPen(QPen(self.theme.colour(SETS[link % len(SETS)]), 1.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        x, y = at
        for left in (x - 8, x - 1):
            painter.drawRoundedRect(QRectF(left, y - 3.5, 10, 7), 3.5, 3.5)

    def _ports(
        self, painter: QPainter, card: tuple[float, float, float], count: int, flow: Flow, *, filled: bool, lit: bool
    ) -> None:
        x, y, high = card
        zoom = self.stamps.zoom
        for number in range(count):
            share = (number + 1) / (count + 1)
            right, down = (share * WIDTH, high * filled) if flow == "down" else (WIDTH * filled, share * high)
            self.stamps.draw_port(painter, x + right * zoom, y + down * zoom, filled, lit)

    # Less and less

    def paint_small(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        """Paint cards that have room for a title at most, which keeps its size."""
        table = scene.geometry.nodes.table[slots]
        categories, heights = table[:, CATEGORY].astype(int).tolist(), (table[:, HEIGHT] * view.zoom).tolist()
        corners = (table[:, :2] * view.zoom + (view.x, view.y)).tolist()
        wide, names = WIDTH * view.zoom, scene.geometry.nodes.keys
        left = 5 * view.zoom + 8
        outlines, muted = _outlines(scene, slots), scene.muted()[slots].tolist()
        painter.setPen(self._colours["text"])
        rows = zip(slots.tolist(), corners, heights, categories, muted, strict=True)
        for slot, corner, high, category, off in rows:
            x, y = self.stamps.snap(*corner)
            if off:
                painter.setOpacity(MUTED)
            self.stamps.draw_card(painter, x, y, wide, high, category, off)
            if outlines[slot]:
                self.stamps.draw_outline(painter, x, y, wide, high, outlines[slot])
            if view.zoom >= TITLES:
                title = scene.label(names[slot]).name
                self.texts.draw(painter, title, "small", (x + left, y + high / 2), room=wide - left - 4)
            if off:
                painter.setOpacity(1.0)
        for slot in slots[scene.severities()[slots] >= Severity.WARNING].tolist():
            row = scene.geometry.nodes.table[slot].tolist()
            x, y = view.to_screen(row[X] + WIDTH, row[Y])
            self._badge(painter, (x - 2, y + 1), scene.severities()[slot], 6)
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
        outlines = list(_outlines(scene, slots).values())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour in sorted(set(outlines) - {""}, reverse=True):
            painter.setPen(QPen(self._colours[colour], 2))
            draw_rects(painter, rects[[outline == colour for outline in outlines]] + (-1, -1, 2, 2))
        self._dim(painter, scene, view, slots)

    def _dim(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        """Cover the nodes that cannot take the wire that is dragged."""
        if scene.possible is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faded(self._colours["canvas"], 1 - DIMMED))
            draw_rects(painter, blocks(scene, view, slots)[~scene.possible[slots]])


def _outlines(scene: Scene, slots: Slots) -> dict[int, str]:
    """Return the colour around each node where there is room for one line only, empty for none: selection first."""
    colours = np.array(["", "", "warning", "error"], dtype=object)[scene.severities()[slots]]
    colours[scene.selected()[slots]] = "accent"
    return dict(zip(slots.tolist(), colours.tolist(), strict=True))


def blocks(scene: Scene, view: View, slots: Slots) -> Floats:
    """Return the cards on the screen as rows of x, y, width, height in whole pixels, none smaller than one."""
    table = scene.geometry.nodes.table[slots]
    x, y = np.round(table[:, X] * view.zoom + view.x), np.round(table[:, Y] * view.zoom + view.y)
    wide = np.full(len(table), max(round(WIDTH * view.zoom), 1.0))
    return np.stack([x, y, wide, np.maximum(np.round(table[:, HEIGHT] * view.zoom), 1.0)], axis=1)
