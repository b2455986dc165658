"""The surface: the widget that shows a scene through a view, and paints anew no more than is needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from grapheditor.catalog import Catalog
from grapheditor.edit import Document
from grapheditor.graph import Input, Output
from grapheditor.ui.canvas.describe import empty
from grapheditor.ui.canvas.fitting import told
from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.canvas.gestures import Gesture
from grapheditor.ui.canvas.minimap import Minimap
from grapheditor.ui.canvas.overlay import Overlay
from grapheditor.ui.canvas.paint import REACH, Artist, Level, level
from grapheditor.ui.canvas.painting import painting, scaled
from grapheditor.ui.canvas.pills import WIDEST
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.canvas.view import LEAST, MOST, View
from grapheditor.ui.keys import Keymap
from grapheditor.ui.sight import Sight
from grapheditor.ui.theme import Theme, scale

MINIMAP_PAUSE = 80
"""Milliseconds after which the minimap follows a change: it need not be drawn anew at each step of a drag."""


READABLE, OPENING, TOP = 0.6, 0.85, 28.0
"""A graph that fits only below the first zoom is opened at the second, this many pixels from the top."""


class Lead(NamedTuple):
    """A dashed line from a place of the plane to one of the widget, in pixels."""

    start: tuple[float, float]
    end: QPointF


class Surface(QWidget):
    """Shows a scene. Knows how to paint and what is in sight; edits nothing."""

    viewed = Signal()
    """Something else is in sight."""
    moved = Signal()
    """Nodes are elsewhere, or others are shown."""

    def __init__(self, document: Document, catalog: Catalog, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.catalog = catalog
        self.theme = theme
        self.view = View()
        self.scene: Scene = Scene(document, catalog)
        self.artist = Artist(theme)
        self.minimap = Minimap()
        self.keys: Keymap = Keymap(())
        """The keys that are told of."""
        self.gesture: Gesture | None = None
        self._leads: Sequence[Lead] = ()
        self._keeps_fit = True
        self._minimap_timer = QTimer(self)
        self._minimap_timer.setSingleShot(True)
        self._minimap_timer.setInterval(MINIMAP_PAUSE)
        self._minimap_timer.timeout.connect(self._renew_minimap)

    @property
    def document(self) -> Document:
        """The document that is shown."""
        return self.scene.document

    def set_theme(self, theme: Theme) -> None:
        """Show everything in another theme."""
        self.theme = theme
        self.artist = Artist(theme)
        self.minimap.mark_stale()
        self.update()

    def show_overlay(self, overlay: Overlay | None) -> None:
        """Show numbers of the nodes as heat; None shows none."""
        self.scene.overlay = overlay
        self.update()

    def show_lit(self, lit: frozenset[str] | None, marked: frozenset[str] = frozenset()) -> None:
        """Show all nodes but these dim, and a ring around those that are marked; None shows all as they are."""
        self.scene.lit, self.scene.marked = lit, marked
        self.update()

    def show_stages(self, shown: bool) -> None:
        """Show from afar stages as blocks and sizes as heights, or all nodes alike."""
        self.scene.staged = shown
        self.update()

    def show_leads(self, leads: Sequence[Lead]) -> None:
        """Show where what floats over the canvas belongs."""
        if leads or self._leads:
            self._leads = leads
            self.update()

    # What is in sight

    def pan(self, dx: float, dy: float) -> None:
        """Move what is shown by pixels."""
        self.view.pan(dx, dy)
        self._viewed()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom by a factor around a point of the widget, by default its middle."""
        self._zoom(self.view.zoom * factor, at)

    def zoom_to(self, zoom: float) -> None:
        """Set the zoom, 1 for life size, around the middle."""
        self._zoom(zoom, None)

    def _zoom(self, zoom: float, at: QPointF | None) -> None:
        x, y = (at.x(), at.y()) if at is not None else (self.width() / 2, self.height() / 2)
        self.view.zoom_at(zoom, x, y)
        self._viewed()

    def fit(self, names: Iterable[str] | None = None) -> None:
        """Show nodes whole, all of them by default; all stay in sight until the view or the graph is changed."""
        bounds = self.scene.geometry.bounds(names) if names is not None else self.scene.bounds()
        if bounds is None:
            self.view = View(scale(), self.width() / 2, self.height() / 3)
        else:
            self.view.fit(bounds, self.width(), self.height(), most=scale())
        self._keeps_fit = names is None
        self.update()
        self.viewed.emit()

    @property
    def sight(self) -> Sight:
        """What is in sight."""
        x, y = self.view.to_scene(self.width() / 2, self.height() / 2)
        return Sight(x, y, self.view.zoom, self._keeps_fit)

    def show_sight(self, sight: Sight) -> None:
        """Bring into sight what was so before."""
        if sight.whole:
            self.fit()
            return
        self.view.zoom = min(max(sight.zoom, LEAST), MOST)
        self.view.centre(sight.x, sight.y, self.width(), self.height())
        self._viewed()

    def rescale(self, ratio: float) -> None:
        """Make cards larger or smaller with the text."""
        if self._keeps_fit:
            self.fit()
        else:
            self.view.zoom_at(self.view.zoom * ratio, self.width() / 2, self.height() / 2)
            self._viewed()

    def center_on(self, name: str) -> None:
        """Bring a node to the middle, large enough to be read."""
        if name in self.scene.geometry.nodes:
            self.view.zoom = max(self.view.zoom, READABLE * scale())
            left, top, right, bottom = self.scene.geometry.box(name)
            self.view.centre((left + right) / 2, (top + bottom) / 2, self.width(), self.height())
            self._viewed()

    def welcome(self) -> None:
        """Show a graph that was just opened: whole, or from its top on where it would be too small to read."""
        self.fit()
        bounds = self.scene.geometry.bounds(None)
        if bounds is not None and self.view.zoom < READABLE * scale():
            nodes = self.scene.body.nodes.values()
            first = self.scene.geometry.box(min(nodes, key=lambda node: (node.at[1], node.at[0])).id)
            self.view.zoom = OPENING * scale()
            self.view.centre((first.left + first.right) / 2, first.top, self.width(), self.height())
            self.view.y = TOP - first.top * self.view.zoom
            self._viewed()

    def reveal(self, names: Iterable[str], areas: Sequence[Box] = ()) -> None:
        """Pan as little as brings nodes into sight. areas: of the widget; they are to be whole in one of these."""
        bounds = self.scene.geometry.bounds(names)
        if bounds is not None:
            if areas:
                self.view.reveal_in(bounds, areas)
            else:
                self.view.reveal(bounds, Box(0, 0, self.width(), self.height()))
            self._viewed()

    def _viewed(self) -> None:
        self._keeps_fit = False
        self.update()
        self.viewed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._keeps_fit:
            self.fit()
        else:
            grown = event.size() - event.oldSize()
            self.view.pan(grown.width() / 2, 0.0)
            self._viewed()
        super().resizeEvent(event)

    # The minimap

    def on_minimap(self, x: float, y: float) -> bool:
        """Tell whether a point of the widget lies on the minimap."""
        left, top, right, bottom = self.minimap.box(self.width(), self.height())
        inside = left <= x <= right and top <= y <= bottom
        return inside and self.minimap.needed(self.scene, self.view, self.width(), self.height())

    def show_minimap_point(self, x: float, y: float) -> None:
        """Bring what is under a point of the minimap to the middle."""
        place = self.minimap.to_scene(x, y, self.width(), self.height())
        if place is not None:
            self.view.centre(*place, self.width(), self.height())
            self._viewed()

    def _renew_minimap(self) -> None:
        self.minimap.mark_stale()
        left, top, right, bottom = self.minimap.box(self.width(), self.height())
        self.update(QRect(int(left), int(top), int(right - left) + 1, int(bottom - top) + 1))

    # Painting

    def refresh(self, box: Box, moved: bool = False) -> None:
        """Paint a part of the plane anew, with the ports, badges and pills around it. moved: nodes are elsewhere."""
        if moved:
            self._minimap_timer.start()
            self.moved.emit()
        around = box.grown(REACH + (WIDEST if level(self.view.zoom) is Level.FULL else 0.0), REACH)
        left, top, right, bottom = self.view.on_screen(around).grown(3.0)
        corners = QPoint(int(max(left, -9)), int(max(top, -9))), QPoint(int(min(right, 9e6)), int(min(bottom, 9e6)))
        self.update(QRect(*corners).intersected(self.rect()))

    def paintEvent(self, event: QPaintEvent) -> None:
        dirty = event.region().boundingRect()
        box = Box(dirty.left(), dirty.top(), dirty.left() + dirty.width(), dirty.top() + dirty.height())
        with painting(QPainter(self)) as painter:
            self.artist.paint(painter, self.scene, self.view, box)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._leads:
                painter.setPen(QPen(self.theme.colour("muted"), 1.0, Qt.PenStyle.DashLine))
                for start, end in self._leads:
                    painter.drawLine(QPointF(*self.view.to_screen(*start)), end)
            if self.scene.target is not None:
                with scaled(painter, self.view):
                    self.artist.paint_target(painter, self.scene.geometry.where(self.scene.target))
            if self.gesture is not None:
                self.gesture.paint(painter)
            elif self.scene.target is not None:
                self._paint_port(painter, self.scene.target)
            if not self.scene.body.nodes:
                self._paint_empty(painter)
            if self.minimap.needed(self.scene, self.view, self.width(), self.height()):
                size = self.width(), self.height()
                self.minimap.paint(painter, self.scene, self.artist, self.view, *size)

    def _paint_port(self, painter: QPainter, port: Input | Output) -> None:
        """Say what the port under the pointer is."""
        at = self.view.to_screen(*self.scene.geometry.where(port))
        self.artist.paint_hint(painter, told(self.scene, port), at, (self.width(), self.height()), error=False)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setPen(self.theme.colour("muted"))
        middle = self.width() / 2, self.height() / 2
        for i, line in enumerate(empty(self.keys.hint("add-here"))):
            at = (middle[0], middle[1] - 12 + 24 * i)
            self.artist.texts.draw(painter, line, "hint" if i == 0 else "note", at, "centre")

    def global_at(self, x: float, y: float) -> QPoint:
        """Return the place on the screen of a point of the widget."""
        return self.mapToGlobal(QPoint(round(x), round(y)))
