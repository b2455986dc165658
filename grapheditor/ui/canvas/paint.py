"""How the canvas looks: dots, wires, cards, ports and shape pills, each level of zoom with what can be read at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap

from grapheditor.authoring.operator import CATEGORIES
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.batches import draw_lines, draw_paths, draw_points, draw_rects
from grapheditor.ui.canvas.geometry import (
    CATEGORY,
    HEIGHT,
    INPUTS,
    OUTPUTS,
    PORT,
    TALL,
    WIDTH,
    Box,
    X,
    Y,
)
from grapheditor.ui.canvas.pills import Pill, pills
from grapheditor.ui.canvas.rows import Floats, Slots
from grapheditor.ui.canvas.scene import Scene, Severity, WireKind
from grapheditor.ui.canvas.texts import Texts
from grapheditor.ui.canvas.view import View
from grapheditor.ui.theme import Theme

RADIUS = 9.0
DOTS = 24.0
REACH = 24.0
"""How far the paint of a node or wire reaches beyond its box, in pixels at a zoom of 1: ports, badges, outlines."""


class Level(Enum):
    """What can be read at a zoom: coloured blocks; cards with a title; everything."""

    BLOCKS = 0
    CARDS = 1
    FULL = 2


def level(zoom: float) -> Level:
    """Return the level of detail at a zoom."""
    return Level.FULL if zoom >= 0.55 else Level.CARDS if zoom >= 0.22 else Level.BLOCKS


@contextmanager
def painting(painter: QPainter) -> Iterator[QPainter]:
    """End a painter whatever happens: one left open when an exception leaves paintEvent brings the process down."""
    try:
        yield painter
    finally:
        painter.end()


class Artist:
    """Paints a scene in a theme."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.texts = Texts()
        self.categories = [*(theme.category(name) for name in CATEGORIES), theme.colour("error")]
        self._cards: dict[tuple[float, float, float, int], QPixmap] = {}
        self._wire_pens = {
            WireKind.PLAIN: _pen(theme.colour("wire"), 2),
            WireKind.ACTIVE: _pen(theme.colour("accent"), 2),
            WireKind.UNKNOWN: _pen(theme.colour("wire"), 2, dashed=True),
            WireKind.FAULTY: _pen(theme.colour("error"), 2, dashed=True),
        }
        self._dot = _mixed(theme.colour("canvas"), theme.colour("faint"), 0.3)

    def paint(self, painter: QPainter, scene: Scene, view: View, box: Box) -> None:
        """Paint the part of a scene that lies under a box of the screen."""
        painter.fillRect(_rect(box), self.theme.colour("canvas"))
        self._paint_dots(painter, view, box)
        shown = view.shown(box).grown(REACH)
        nodes = scene.geometry.nodes_in(shown)
        detail = level(view.zoom)
        if detail is Level.BLOCKS:
            self._paint_lines(painter, scene, view, shown)
            self._paint_blocks(painter, scene, view, nodes)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.translate(view.x, view.y)
        painter.scale(view.zoom, view.zoom)
        self._paint_curves(painter, scene, view.zoom, shown)
        if detail is Level.FULL:
            self._paint_pills(painter, pills(scene, shown, self.texts))
            self._paint_cards(painter, scene, nodes)
            painter.restore()
        else:
            painter.restore()
            self._paint_small_cards(painter, scene, view, nodes)

    # Ground

    def _paint_dots(self, painter: QPainter, view: View, box: Box) -> None:
        gap = DOTS
        while gap * view.zoom < 14.0:
            gap *= 4
        left, top, right, bottom = view.shown(box)
        x = np.arange(np.floor(left / gap), np.ceil(right / gap) + 1) * gap * view.zoom + view.x
        y = np.arange(np.floor(top / gap), np.ceil(bottom / gap) + 1) * gap * view.zoom + view.y
        grid = np.stack(np.meshgrid(np.round(x), np.round(y)), axis=2).reshape(-1, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(self._dot, 1.5 if view.zoom < 1.5 else 2))
        draw_points(painter, grid)

    # Wires

    def _paint_lines(self, painter: QPainter, scene: Scene, view: View, shown: Box) -> None:
        slots = scene.geometry.wires_in(shown)
        ends = scene.geometry.ends(slots) * view.zoom + (view.x, view.y, view.x, view.y)
        kinds = scene.kinds()[slots]
        for kind in self._wire_pens:
            pen = QPen(self._wire_pens[kind].color(), 0 if kind in (WireKind.PLAIN, WireKind.UNKNOWN) else 1.5)
            painter.setPen(pen)
            draw_lines(painter, ends[kinds == kind])

    def _paint_curves(self, painter: QPainter, scene: Scene, zoom: float, shown: Box) -> None:
        slots = scene.geometry.wires_in(shown)
        kinds = scene.kinds()[slots]
        dashes = zoom >= 0.4
        for kind in self._wire_pens:
            ends = scene.geometry.ends(slots[kinds == kind])
            pen = QPen(self._wire_pens[kind])
            pen.setWidthF(max(2.0, 1.0 / zoom))
            painter.setPen(pen)
            if pen.style() != Qt.PenStyle.SolidLine and dashes:
                self._paint_dashed(painter, ends)
                continue
            pen.setStyle(Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            self._paint_solid(painter, ends, zoom)
        if scene.insertion is not None and scene.insertion in scene.geometry.wires:
            painter.setPen(QPen(self.theme.colour("accent"), 4.0))
            slot = scene.geometry.wires.slots([scene.insertion])
            self._paint_solid(painter, scene.geometry.ends(slot), 1.0)

    def _paint_solid(self, painter: QPainter, ends: Floats, zoom: float) -> None:
        """Polylines in one call: a path of many wide curves costs thirty times as much. Straight wires are one line."""
        bent = np.abs(ends[:, 0] - ends[:, 2]) > 0.5
        bent |= ends[:, 3] < ends[:, 1]
        draw_lines(painter, ends[~bent])
        if bent.any():
            length = float(np.abs(ends[bent, 2:] - ends[bent, :2]).sum(axis=1).max()) * zoom
            draw_paths(painter, curves.points(ends[bent], int(min(max(length / 6, 10), 40))))

    def paint_loose_wire(self, painter: QPainter, ends: tuple[float, float, float, float], refused: bool) -> None:
        """Paint a wire that is being dragged; one that is refused dashed, in the colour of errors."""
        row = np.array([ends])
        pen = QPen(self._wire_pens[WireKind.FAULTY if refused else WireKind.ACTIVE])
        painter.setPen(pen)
        self._paint_dashed(painter, row)

    def paint_target(self, painter: QPainter, at: tuple[float, float]) -> None:
        """Light up a port."""
        painter.setPen(QPen(self.theme.colour("accent"), 2))
        painter.setBrush(faded(self.theme.colour("accent"), 0.35))
        painter.drawEllipse(QPointF(*at), PORT / 2 + 2.5, PORT / 2 + 2.5)

    def paint_hint(self, painter: QPainter, text: str, at: tuple[float, float], error: bool) -> None:
        """Write a sentence in a box beside a place on the screen."""
        width = self.texts.width(text, "note") + 16
        rect = QRectF(at[0] + 16, at[1] + 12, width, 24)
        colour = self.theme.colour("error" if error else "line")
        painter.setPen(QPen(colour, 1))
        painter.setBrush(self.theme.colour("panel"))
        painter.drawRoundedRect(rect, 6, 6)
        painter.setPen(self.theme.colour("text"))
        self.texts.draw(painter, text, "note", (rect.left() + 8, rect.center().y()))

    def _paint_dashed(self, painter: QPainter, ends: Floats) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for (x1, y1, x2, y2), reach in zip(ends.tolist(), curves.pull(ends).tolist(), strict=True):
            path = QPainterPath(QPointF(x1, y1))
            path.cubicTo(x1, y1 + reach, x2, y2 - reach, x2, y2)
            painter.drawPath(path)

    def _paint_pills(self, painter: QPainter, found: list[Pill]) -> None:
        painter.setPen(QPen(self.theme.colour("line"), 1))
        painter.setBrush(self.theme.colour("canvas"))
        for left, top, right, bottom in (pill.box for pill in found):
            painter.drawRoundedRect(QRectF(left, top, right - left, bottom - top), 10, 10)
        painter.setPen(self.theme.colour("text"))
        for pill in found:
            middle = ((pill.box.left + pill.box.right) / 2, (pill.box.top + pill.box.bottom) / 2)
            self.texts.draw(painter, pill.text, "figures", middle, "centre")

    # Nodes

    def _paint_blocks(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        rects = self.blocks(scene, view, slots)
        categories = scene.geometry.nodes.table[slots, CATEGORY].astype(np.intp)
        for number in np.unique(categories).tolist():
            painter.setBrush(QBrush(self.categories[number]))
            draw_rects(painter, rects[categories == number])
        self._paint_outlines(painter, scene, view, slots)

    def blocks(self, scene: Scene, view: View, slots: Slots) -> Floats:
        """Return the cards on the screen as rows of x, y, width, height, none smaller than a pixel."""
        table = scene.geometry.nodes.table[slots]
        x, y = np.round(table[:, X] * view.zoom + view.x), np.round(table[:, Y] * view.zoom + view.y)
        wide = np.full(len(table), max(round(WIDTH * view.zoom), 1.0))
        return np.stack([x, y, wide, np.maximum(np.round(table[:, HEIGHT] * view.zoom), 1.0)], axis=1)

    def _paint_small_cards(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        rects = self.blocks(scene, view, slots)
        categories = scene.geometry.nodes.table[slots, CATEGORY].astype(np.intp)
        ratio = painter.device().devicePixelRatioF()
        for (x, y, w, h), number in zip(rects.tolist(), categories.tolist(), strict=True):
            painter.drawPixmap(QPointF(x - 1, y - 1), self._small_card(w, h, ratio, number))
        if view.zoom >= 0.3:
            painter.setPen(self.theme.colour("text"))
            for slot, (x, y, w, h) in zip(slots.tolist(), rects.tolist(), strict=True):
                at = (x + 5 + 6 * view.zoom, y + h / 2)
                title = scene.label(scene.geometry.nodes.keys[slot]).title
                self.texts.draw(painter, title, "small", at, room=w - 10 - 6 * view.zoom)
        self._paint_outlines(painter, scene, view, slots)

    def _small_card(self, width: float, height: float, ratio: float, category: int) -> QPixmap:
        key = (width, height, ratio, category)
        if key not in self._cards:
            if len(self._cards) > 200:
                self._cards.clear()
            pixmap = QPixmap(round((width + 2) * ratio), round((height + 2) * ratio))
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            with painting(QPainter(pixmap)) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(QPen(self.theme.colour("card_edge"), 1))
                painter.setBrush(self.theme.colour("card"))
                radius = RADIUS * width / WIDTH
                painter.drawRoundedRect(QRectF(1.5, 1.5, width - 1, height - 1), radius, radius)
                painter.fillRect(QRectF(3, 4, 2, height - 6), self.categories[category])
            self._cards[key] = pixmap
        return self._cards[key]

    def _paint_outlines(self, painter: QPainter, scene: Scene, view: View, slots: Slots) -> None:
        """Outline and dim nodes on the screen, at the levels where cards are painted in one go."""
        severities = scene.severities()[slots]
        selected = scene.selected()[slots]
        rects = self.blocks(scene, view, slots)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, which in (
            ("warning", severities == Severity.WARNING),
            ("error", severities == Severity.ERROR),
            ("accent", selected),
        ):
            painter.setPen(QPen(self.theme.colour(colour), 2))
            draw_rects(painter, rects[which] + (-1, -1, 2, 2))
        if scene.possible is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faded(self.theme.colour("canvas"), 0.65))
            draw_rects(painter, rects[~scene.possible[slots]])

    def _paint_cards(self, painter: QPainter, scene: Scene, slots: Slots) -> None:
        geometry = scene.geometry
        rows = geometry.nodes.table[slots].tolist()
        selected, severities = scene.selected()[slots].tolist(), scene.severities()[slots].tolist()
        dimmed = [False] * len(rows) if scene.possible is None else (~scene.possible[slots]).tolist()
        for slot, row, chosen, severity, dim in zip(slots.tolist(), rows, selected, severities, dimmed, strict=True):
            x, y, height = row[X], row[Y], row[HEIGHT]
            painter.setOpacity(0.35 if dim else 1.0)
            self._paint_card(painter, QRectF(x, y, WIDTH, height), int(row[CATEGORY]), chosen, severity)
            self._paint_label(painter, scene, geometry.nodes.keys[slot], x, y, height)
            if severity >= Severity.WARNING:
                self._paint_badge(painter, x + WIDTH - 2, y + 2, severity)
        painter.setOpacity(1.0)
        self._paint_ports(painter, scene, slots)

    def _paint_card(self, painter: QPainter, rect: QRectF, category: int, selected: bool, severity: int) -> None:
        theme = self.theme
        edge, width = theme.colour("card_edge"), 1.2
        if severity >= Severity.WARNING:
            edge, width = theme.colour("error" if severity == Severity.ERROR else "warning"), 2.0
        if selected:
            edge, width = theme.colour("accent" if severity < Severity.ERROR else "error"), 2.0
        if selected and severity == Severity.ERROR:
            painter.setPen(QPen(faded(theme.colour("accent"), 0.6), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(-4, -4, 4, 4), RADIUS + 4, RADIUS + 4)
        painter.setPen(QPen(edge, width))
        painter.setBrush(theme.colour("card"))
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        bar = QRectF(rect.left() + 5, rect.top() + 7, 4, rect.height() - 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.categories[category])
        painter.drawRoundedRect(bar, 2, 2)

    def _paint_label(self, painter: QPainter, scene: Scene, name: str, x: float, y: float, height: float) -> None:
        label = scene.label(name)
        first = y + (18 if height == TALL else height / 2)
        right = x + WIDTH - 12
        width = min(self.texts.width(label.id, "figures"), 90.0)
        painter.setPen(self.theme.colour("text"))
        self.texts.draw(painter, label.title, "title", (x + 16, first), room=WIDTH - 40 - width)
        painter.setPen(self.theme.colour("muted"))
        self.texts.draw(painter, label.id, "figures", (right, first), "right", room=91)
        if height == TALL:
            second, room = y + 36, WIDTH - 28.0
            if label.parameters:
                self.texts.draw(painter, label.parameters, "figures", (right, second), "right")
                room -= self.texts.width(label.parameters, "figures") + 12
            self.texts.draw(painter, label.summary, "note", (x + 16, second), room=room)

    def _paint_badge(self, painter: QPainter, x: float, y: float, severity: int) -> None:
        colour = self.theme.colour("error" if severity == Severity.ERROR else "warning")
        painter.setPen(QPen(self.theme.colour("canvas"), 2))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(x, y), 8, 8)
        painter.setPen(self.theme.colour("on_accent"))
        self.texts.draw(painter, "!", "badge", (x, y), "centre")

    def _paint_ports(self, painter: QPainter, scene: Scene, slots: Slots) -> None:
        """Two points of different size make a ring."""
        muted, canvas = self.theme.colour("muted"), self.theme.colour("canvas")
        inputs = scene.geometry.port_places(slots, INPUTS)
        outputs = scene.geometry.port_places(slots, OUTPUTS)
        for points, colour, size in (
            (inputs, muted, PORT),
            (inputs, canvas, PORT - 3.2),
            (outputs, canvas, PORT + 2),
            (outputs, muted, PORT),
        ):
            painter.setPen(QPen(colour, size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            draw_points(painter, points)


def _pen(colour: QColor, width: float, dashed: bool = False) -> QPen:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if dashed:
        pen.setDashPattern([3.0, 2.0])
    return pen


def _rect(box: Box) -> QRectF:
    return QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top)


def faded(colour: QColor, opacity: float) -> QColor:
    """Return a colour with an opacity between 0 and 1."""
    faded = QColor(colour)
    faded.setAlphaF(opacity)
    return faded


def _mixed(first: QColor, second: QColor, share: float) -> QColor:
    parts = ((first.red(), second.red()), (first.green(), second.green()), (first.blue(), second.blue()))
    return QColor(*(round(a + (b - a) * share) for a, b in parts))
