"""What is painted around nodes: titled frames behind them, and outlines around what a search has found."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from grapheditor.ui.canvas.geometry import FRAME_TITLE, Box
from grapheditor.ui.canvas.painting import faded, scaled
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.canvas.texts import Texts
from grapheditor.ui.canvas.view import View
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.theme import FRAME_COLOURS, Theme

ROUND = 10.0
SCALED = 0.75
"""Below this zoom a title keeps a size that can be read."""
ROOM = 28.0
"""The least pixels of a frame's width at which it carries its title."""
UNTITLED = mark("Frame")


class Frames:
    """Paints frames in a theme; the painter is in pixels of the screen."""

    def __init__(self, theme: Theme, texts: Texts) -> None:
        self.theme = theme
        self.texts = texts

    def paint(self, painter: QPainter, scene: Scene, view: View, shown: Box) -> None:
        """Paint the frames, those that hold more first."""
        if not scene.body.frames:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for name, box in scene.frames().items():
            if not box.meets(shown):
                continue
            frame, where = scene.body.frames[name], view.on_screen(box)
            colour = self.theme.colour(FRAME_COLOURS[frame.colour % len(FRAME_COLOURS)])
            chosen = name == scene.frame or name in scene.joining
            painter.setPen(QPen(self.theme.colour("accent") if chosen else faded(colour, 0.55), 2 if chosen else 1))
            painter.setBrush(faded(colour, 0.08))
            round_ = ROUND * min(view.zoom, 1.0)
            painter.drawRoundedRect(_rect(where), round_, round_)
            self._title(painter, view, where, frame.title or tr(UNTITLED), bool(frame.title))

    def _title(self, painter: QPainter, view: View, where: Box, title: str, named: bool) -> None:
        room = where.right - where.left
        if room < ROOM:
            return
        painter.setPen(self.theme.colour("text" if named else "muted"))
        if view.zoom < SCALED:
            self.texts.draw(painter, title, "small", (where.left + 6, where.top + 9), room=room - 12)
            return
        with scaled(painter, view):
            left, top = view.to_scene(where.left, where.top)
            self.texts.draw(painter, title, "title", (left + 12, top + FRAME_TITLE / 2 + 4), room=room / view.zoom - 24)

    def paint_found(self, painter: QPainter, scene: Scene, view: View, shown: Box) -> None:
        """Outline what a search has found, and what is marked, so that a selected one is seen to be both."""
        for names, colour, line in (
            (scene.marked, "accent", Qt.PenStyle.DashLine), (scene.found, "warning", Qt.PenStyle.DotLine),
        ):  # fmt: skip
            if not names:
                continue
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.theme.colour(colour), 2, line))
            for name in names & scene.body.nodes.keys():
                box = scene.geometry.box(name).grown(7.0)
                if box.meets(shown):
                    painter.drawRoundedRect(_rect(view.on_screen(box)), 12 * view.zoom, 12 * view.zoom)


def _rect(box: Box) -> QRectF:
    return QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top)
