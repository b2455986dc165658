"""How the canvas looks: dots, wires, shape pills, and cards over them; each zoom with what can be read at it."""

from __future__ import annotations

from enum import Enum

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from grapheditor.authoring.operator import CATEGORIES
from grapheditor.graph import Flow
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.batches import draw_lines, draw_paths, draw_rects
from grapheditor.ui.canvas.cards import TITLES, Cards
from grapheditor.ui.canvas.frames import Frames
from grapheditor.ui.canvas.geometry import PORT, Box
from grapheditor.ui.canvas.heat import Heats
from grapheditor.ui.canvas.painting import faded, mixed, scaled
from grapheditor.ui.canvas.pills import Pill, pills
from grapheditor.ui.canvas.rows import Floats
from grapheditor.ui.canvas.scene import Scene, WireKind
from grapheditor.ui.canvas.stages import StagePainter
from grapheditor.ui.canvas.stamps import Stamps
from grapheditor.ui.canvas.texts import Texts
from grapheditor.ui.canvas.view import View
from grapheditor.ui.theme import Theme

DOTS = 24.0
HAIR = 1.4
"""Wires thinner than this are drawn one pixel wide."""
PIECES = ((0.0, 20.0, 5), (20.0, 60.0, 9), (60.0, 150.0, 14), (150.0, 300.0, 21), (300.0, np.inf, 36))
"""How many straight lines look like a curve, for wires from so many to so many pixels.

A cubic of this kind leaves its pieces by at most 0.75 of its length over their number squared: half a pixel here.
"""
MANY = 400
"""A graph with more nodes is painted as blocks where cards have no room for a title."""
DASHES = 0.4
"""The least zoom at which dashes can be told from a line."""
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


class Artist:
    """Paints a scene in a theme."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.texts = Texts()
        self.categories = [*(theme.category(name) for name in CATEGORIES), theme.colour("error")]
        self.stamps = Stamps()
        self.cards = Cards(theme, self.texts, self.categories, self.stamps)
        self.frames = Frames(theme, self.texts)
        self.heats = Heats(theme, self.texts)
        self.stages = StagePainter(theme, self.texts)
        self._wire_pens = {
            WireKind.PLAIN: _pen(theme.colour("wire"), 2),
            WireKind.ACTIVE: _pen(theme.colour("accent"), 2),
            WireKind.SELECTED: _pen(theme.colour("accent"), 4),
            WireKind.UNKNOWN: _pen(theme.colour("wire"), 2, dashed=True),
            WireKind.FAULTY: _pen(theme.colour("error"), 2, dashed=True),
        }
        self.ground = theme.colour("canvas")
        """What lies behind everything."""
        self._dot = mixed(theme.colour("canvas"), theme.colour("faint"), 0.3)

    def paint(self, painter: QPainter, scene: Scene, view: View, box: Box, *, dots: bool = True) -> None:
        """Paint the part of a scene that lies under a box of the screen; with dots on the ground, as on the canvas."""
        painter.fillRect(_rect(box), self.ground)
        if dots:
            self._paint_dots(painter, view, box)
        shown = view.shown(box).grown(REACH)
        nodes = scene.geometry.nodes_in(shown)
        detail = level(view.zoom)
        if view.zoom < TITLES and len(scene.geometry.nodes) > MANY:
            detail = Level.BLOCKS
        self.frames.paint(painter, scene, view, shown)
        if detail is Level.BLOCKS:
            self.stages.paint(painter, scene, view, shown)
            self._paint_lines(painter, scene, view, shown)
            self.cards.paint_blocks(painter, scene, view, nodes)
            self.heats.paint_blocks(painter, scene, view, nodes)
            self.frames.paint_found(painter, scene, view, shown)
            return
        self.stamps.aim(view.zoom, painter.device().devicePixelRatioF())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_curves(painter, scene, view, shown)
        self.heats.paint_under(painter, scene, view, nodes)
        if detail is Level.FULL:
            self._paint_pills(painter, view, pills(scene, shown, self.texts))
            self.cards.paint_full(painter, scene, view, nodes)
        else:
            self.cards.paint_small(painter, scene, view, nodes)
        self.heats.paint_over(painter, scene, view, nodes)
        self.frames.paint_found(painter, scene, view, shown)

    # Ground

    def _paint_dots(self, painter: QPainter, view: View, box: Box) -> None:
        gap = DOTS
        while gap * view.zoom < 14.0:
            gap *= 4
        left, top, right, bottom = view.shown(box)
        x = np.arange(np.floor(left / gap), np.ceil(right / gap) + 1) * gap * view.zoom + view.x
        y = np.arange(np.floor(top / gap), np.ceil(bottom / gap) + 1) * gap * view.zoom + view.y
        rects = np.full((len(y), len(x), 4), 2.0)
        rects[..., 0], rects[..., 1] = np.round(x) - 1, np.round(y)[:, None] - 1
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._dot)
        draw_rects(painter, rects.reshape(-1, 4))

    # Wires

    def _paint_lines(self, painter: QPainter, scene: Scene, view: View, shown: Box) -> None:
        slots = scene.geometry.wires_in(shown)
        rows, flow = scene.geometry.routes(slots), scene.geometry.flow
        corner = (view.x, view.y) * 2
        kinds = scene.kinds()[slots]
        for number in np.unique(kinds[kinds != WireKind.HIDDEN]).tolist():
            kind = WireKind(number)
            pen = QPen(self._wire_pens[kind].color(), 0 if kind in (WireKind.PLAIN, WireKind.UNKNOWN) else 1.5)
            painter.setPen(pen)
            draw_lines(painter, curves.lines(rows[kinds == kind], flow) * view.zoom + corner)

    def _paint_curves(self, painter: QPainter, scene: Scene, view: View, shown: Box) -> None:
        flow = scene.geometry.flow
        slots = scene.geometry.wires_in(shown)
        kinds = scene.kinds()[slots]
        for kind in np.unique(kinds[kinds != WireKind.HIDDEN]).tolist():
            pen, rows = self._wire_pens[WireKind(kind)], scene.geometry.routes(slots[kinds == kind])
            if pen.style() != Qt.PenStyle.SolidLine and view.zoom >= DASHES:
                with scaled(painter, view):
                    painter.setPen(pen)
                    self._paint_dashed(painter, rows, flow)
                continue
            self._paint_solid(painter, rows, flow, view, pen)
        if scene.insertion is not None and scene.insertion in scene.geometry.wires:
            slot = scene.geometry.wires.slots([scene.insertion])
            self._paint_solid(painter, scene.geometry.routes(slot), flow, view, self._wire_pens[WireKind.SELECTED])

    def _paint_solid(self, painter: QPainter, rows: Floats, flow: Flow, view: View, pen: QPen) -> None:
        """Polylines in one call: a path of many wide curves costs thirty times as much. Straight wires are one line.

        In pixels of the screen, where a line one pixel wide costs a third of one that is a little wider.
        """
        width = pen.widthF() * view.zoom
        painter.setPen(_pen(pen.color(), 1.0 if width < HAIR else width))
        ends = curves.turned(rows, flow)
        bent = (np.abs(ends[:, 0] - ends[:, 2]) > 0.5) | (ends[:, 3] < ends[:, 1]) | curves.beside(rows)
        corner = (view.x, view.y)
        draw_lines(painter, rows[~bent, :4] * view.zoom + (corner * 2))
        length = np.abs(rows[:, 2:4] - rows[:, :2]).sum(axis=1) * view.zoom
        for least, most, segments in PIECES:
            which = np.flatnonzero(bent & (length >= least) & (length < most))
            if len(which):
                draw_paths(painter, curves.points(rows[which], segments, flow) * view.zoom + corner)

    def paint_loose_wire(
        self, painter: QPainter, ends: tuple[float, float, float, float], flow: Flow, refused: bool
    ) -> None:
        """Paint a wire that is being dragged; one that is refused dashed, in the colour of errors."""
        row = np.array([ends])
        pen = QPen(self._wire_pens[WireKind.FAULTY if refused else WireKind.ACTIVE])
        painter.setPen(pen)
        self._paint_dashed(painter, row, flow)

    def paint_target(self, painter: QPainter, at: tuple[float, float]) -> None:
        """Light up a port."""
        painter.setPen(QPen(self.theme.colour("accent"), 2))
        painter.setBrush(faded(self.theme.colour("accent"), 0.35))
        painter.drawEllipse(QPointF(*at), PORT / 2 + 2.5, PORT / 2 + 2.5)

    def paint_hint(
        self, painter: QPainter, text: str, at: tuple[float, float], room: tuple[float, float], *, error: bool
    ) -> None:
        """Write lines in a box beside a place on the screen, within a room of that width and height."""
        lines = text.split("\n")
        wide, high = max(self.texts.width(line, "note") for line in lines) + 16, 16.0 * len(lines) + 8
        left = max(min(at[0] + 16, room[0] - wide - 4), 4.0)
        top = at[1] + 12 if at[1] + 12 + high <= room[1] - 4 else at[1] - 12 - high
        painter.setPen(QPen(self.theme.colour("error" if error else "line"), 1))
        painter.setBrush(self.theme.colour("panel"))
        painter.drawRoundedRect(QRectF(left, top, wide, high), 6, 6)
        for i, line in enumerate(lines):
            painter.setPen(self.theme.colour("text" if i == 0 else "muted"))
            self.texts.draw(painter, line, "note", (left + 8, top + 12 + 16 * i))

    def _paint_dashed(self, painter: QPainter, rows: Floats, flow: Flow) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for points in curves.points(rows, 36, flow).tolist():
            painter.drawPolyline([QPointF(x, y) for x, y in points])

    def _paint_pills(self, painter: QPainter, view: View, found: list[Pill]) -> None:
        for pill in found:
            left, top, right, bottom = pill.box
            size = (right - left) * view.zoom, (bottom - top) * view.zoom
            self.stamps.put(painter, self.stamps.snap(*view.to_screen(left, top)), size, self._pill, size, pill.text)

    def _pill(self, painter: QPainter, size: tuple[float, float], text: str) -> None:
        (wide, high), zoom = size, self.stamps.zoom
        painter.setPen(QPen(self.theme.colour("line"), max(zoom, 1.0)))
        painter.setBrush(self.theme.colour("canvas"))
        painter.drawRoundedRect(QRectF(0.5, 0.5, wide - 1, high - 1), high / 2, high / 2)
        painter.scale(zoom, zoom)
        painter.setPen(self.theme.colour("text"))
        self.texts.draw(painter, text, "figures", (wide / zoom / 2, high / zoom / 2), "centre")


def _pen(colour: QColor, width: float, dashed: bool = False) -> QPen:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if dashed:
        pen.setDashPattern([3.0, 2.0])
    return pen


def _rect(box: Box) -> QRectF:
    return QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top)
