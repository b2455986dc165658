"""Gestures: each an object that starts with a press, moves, and ends as at most one undo step, or is cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from grapheditor.graph import Input
from grapheditor.ui import mouse
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.canvas.painting import faded
from grapheditor.ui.texts import counted

if TYPE_CHECKING:
    from grapheditor.ui.canvas.canvas import Canvas

SLACK = 4.0
"""Pixels that the pointer may move during a click."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the pointer is, on the screen and on the plane, and which keys are held with it."""

    x: float
    y: float
    scene: tuple[float, float]
    shift: bool = False
    control: bool = False
    alt: bool = False


class Gesture:
    """Base: does nothing. paint draws over the canvas in the pixels of the screen.

    anchored: what is dragged lies on the plane. Then the view may move under the pointer, which is followed by another
    :meth:`move`, and does so by itself at the edges.
    """

    cursor = Qt.CursorShape.ArrowCursor
    anchored = False

    def __init__(self, canvas: Canvas, pointer: Pointer) -> None:
        self.canvas = canvas
        self.origin = pointer
        self.begun = False

    def far(self, pointer: Pointer) -> bool:
        """Tell whether the pointer has left the place of the press: from then on it is a drag."""
        moved = abs(pointer.x - self.origin.x) + abs(pointer.y - self.origin.y) > SLACK
        self.begun = self.begun or moved
        return self.begun

    def move(self, pointer: Pointer) -> None:
        """Follow the pointer."""

    def end(self, pointer: Pointer) -> None:
        """Do what the gesture stands for."""

    def cancel(self) -> None:
        """Leave everything as it was."""

    def paint(self, painter: QPainter) -> None:
        """Paint what belongs to the gesture only."""


class Pan(Gesture):
    """Move the view."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, canvas: Canvas, pointer: Pointer) -> None:
        super().__init__(canvas, pointer)
        self._last = pointer

    def move(self, pointer: Pointer) -> None:
        if self.far(pointer):
            self.canvas.pan(pointer.x - self._last.x, pointer.y - self._last.y)
            self._last = pointer


class PanFromNothing(Pan):
    """Move the view from a place where nothing lies; a click there selects nothing."""

    def end(self, pointer: Pointer) -> None:
        if not self.begun:
            self.canvas.select([])


class MoveOnMinimap(Gesture):
    """Show the part of the graph under the pointer on the minimap."""

    def __init__(self, canvas: Canvas, pointer: Pointer) -> None:
        super().__init__(canvas, pointer)
        self.move(pointer)

    def move(self, pointer: Pointer) -> None:
        self.canvas.show_minimap_point(pointer.x, pointer.y)


class MoveNodes(Gesture):
    """Drag the selected nodes, or copies of them, that have the same weights if they are linked.

    A node that is not selected is copied alone. A click without a drag selects the node alone; with Ctrl it adds it to
    the selection, or takes it out.
    """

    cursor = Qt.CursorShape.SizeAllCursor
    anchored = True

    def __init__(self, canvas: Canvas, pointer: Pointer, name: str, way: str = "") -> None:
        """way: ``mouse-copy``, ``mouse-linked-copy``, or empty where the nodes themselves are moved."""
        super().__init__(canvas, pointer)
        self._name = name
        self._way = way
        self._names = self._moved()
        geometry = canvas.scene.geometry
        self._slots = geometry.nodes.slots(self._names)
        self._at = geometry.nodes.table[self._slots, :2].copy()
        self._shift = (0.0, 0.0)
        self._able: dict[Input, bool] = {}

    def _moved(self) -> list[str]:
        return sorted(self.canvas.selection) if self._name in self.canvas.selection else [self._name]

    def move(self, pointer: Pointer) -> None:
        if not self.far(pointer):
            return
        dx, dy = (pointer.scene[i] - self.origin.scene[i] for i in (0, 1))
        before = self._box()
        self._shift = (float(round(dx)), float(round(dy)))
        if self._way:
            self.canvas.refresh(before.joined(self._box()))
            return
        self.canvas.scene.geometry.place(self._slots, self._at + self._shift)
        self._look_for_wire(pointer)
        self._look_for_frames(pointer)
        self.canvas.refresh(before.joined(self._box()), moved=True)

    def _look_for_wire(self, pointer: Pointer) -> None:
        scene = self.canvas.scene
        found = None
        if len(self._names) == 1 and not pointer.alt:
            found = scene.geometry.wire_under(self._name)
        if found is not None and found not in self._able:
            self._able[found] = self.canvas.editing.can_insert(self._name, found)
        if found is not None and not self._able[found]:
            found = None
        if found != scene.insertion:
            changed = [wire for wire in (found, scene.insertion) if wire is not None]
            scene.insertion = found
            for wire in changed:
                self.canvas.refresh(scene.geometry.around_wire(wire))

    def _look_for_frames(self, pointer: Pointer) -> None:
        """Light up the frames that the nodes are put into where they are dropped now; with Alt they are not."""
        scene = self.canvas.scene
        found = frozenset[str]() if pointer.alt else scene.frames_under(pointer.scene, self._names)
        if found != scene.joining:
            scene.joining = found
            self.canvas.update()

    def _box(self) -> Box:
        if not self._way:
            return self._around_frames(self.canvas.scene.geometry.around(self._slots))
        left, top = (self._at.min(axis=0) + self._shift).tolist()
        right, bottom = (self._at.max(axis=0) + self._shift).tolist()
        return Box(left, top, right, bottom).grown(260.0, 80.0)

    def _around_frames(self, box: Box) -> Box:
        """Return a box with the frames around the nodes: they follow what is in them."""
        scene, moved = self.canvas.scene, set(self._names)
        if scene.body.frames:
            for name, frame in scene.frames().items():
                if not moved.isdisjoint(scene.body.frames[name].nodes):
                    box = box.joined(frame)
        return box

    def _click(self) -> None:
        if self.origin.control:
            self.canvas.toggle(self._name)
        elif not self.origin.shift:
            self.canvas.select([self._name])

    def end(self, pointer: Pointer) -> None:
        into, onto = self.canvas.scene.insertion, self.canvas.scene.joining
        self._restore()
        if not self.begun:
            self._click()
        elif self._way == mouse.LINKED:
            self.canvas.duplicate_linked(self._names, self._shift)
        elif self._way:
            self.canvas.duplicate_nodes(self._names, self._shift)
        else:
            places = (self._at + self._shift).tolist()
            moved = {name: (x, y) for name, (x, y) in zip(self._names, places, strict=True)}
            self.canvas.attempt(lambda: self.canvas.editing.move(moved, into, onto))

    def cancel(self) -> None:
        self._restore()

    def _restore(self) -> None:
        self.canvas.scene.insertion = None
        self.canvas.scene.joining = frozenset()
        if self.begun and not self._way:
            self.canvas.scene.geometry.place(self._slots, self._at)
            self.canvas.scene.geometry.settle()
        self.canvas.update()

    def paint(self, painter: QPainter) -> None:
        if not (self.begun and self._way):
            return
        accent = self.canvas.theme.colour("activation" if self._way == mouse.LINKED else "accent")
        painter.setPen(QPen(accent, 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(faded(accent, 0.12))
        view = self.canvas.view
        for name in self._names:
            box = self.canvas.scene.geometry.box(name)
            x, y = view.to_screen(box.left + self._shift[0], box.top + self._shift[1])
            wide, high = (box.right - box.left) * view.zoom, (box.bottom - box.top) * view.zoom
            painter.drawRoundedRect(QRectF(x, y, wide, high), 9 * view.zoom, 9 * view.zoom)


class MoveFrame(MoveNodes):
    """Drag a frame by its title, with all that is in it."""

    def _moved(self) -> list[str]:
        return sorted(self.canvas.scene.body.frames[self._name].nodes)

    def _click(self) -> None:
        self.canvas.select_frame(self._name)

    def _look_for_wire(self, pointer: Pointer) -> None:
        """A frame is not put into a wire."""

    def _look_for_frames(self, pointer: Pointer) -> None:
        """Nor into another one."""


class RubberBand(Gesture):
    """Select what a rectangle touches; Shift adds to what is selected. A click on nothing selects nothing."""

    cursor = Qt.CursorShape.CrossCursor
    anchored = True

    def __init__(self, canvas: Canvas, pointer: Pointer) -> None:
        super().__init__(canvas, pointer)
        self._before = (canvas.selection, canvas.selected_wires)
        self._kept = canvas.selection if pointer.shift else frozenset()
        self._here = pointer
        if not pointer.shift:
            canvas.select([])

    def move(self, pointer: Pointer) -> None:
        if not self.far(pointer):
            return
        self._here = pointer
        geometry = self.canvas.scene.geometry
        inside = geometry.nodes_in(self._box())
        self.canvas.select({*self._kept, *(geometry.nodes.keys[slot] for slot in inside)})
        self.canvas.update()

    def _box(self) -> Box:
        (x1, y1), (x2, y2) = self.origin.scene, self._here.scene
        return Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))

    def end(self, pointer: Pointer) -> None:
        self.canvas.update()

    def cancel(self) -> None:
        self.canvas.select(*self._before)
        self.canvas.update()

    def paint(self, painter: QPainter) -> None:
        if self.begun:
            accent = self.canvas.theme.colour("accent")
            painter.setPen(QPen(accent, 1))
            painter.setBrush(faded(accent, 0.12))
            corners = (QPointF(*self.canvas.view.to_screen(*item.scene)) for item in (self.origin, self._here))
            painter.drawRect(QRectF(*corners).normalized())


class Cut(Gesture):
    """Remove the wires that a stroke crosses."""

    cursor = Qt.CursorShape.CrossCursor
    anchored = True

    def __init__(self, canvas: Canvas, pointer: Pointer) -> None:
        super().__init__(canvas, pointer)
        self._stroke = [pointer]
        self._cut: set[Input] = set()

    def move(self, pointer: Pointer) -> None:
        if self.far(pointer):
            last = self._stroke[-1].scene
            self._cut.update(self.canvas.scene.geometry.wires_crossed(*last, *pointer.scene))
            self._stroke.append(pointer)
            self.canvas.update()

    def end(self, pointer: Pointer) -> None:
        if self._cut:
            count = len(self._cut)
            self.canvas.editing.remove([], self._cut)
            self.canvas.message.emit(counted(count, "{n} wire cut", "{n} wires cut"))
        self.canvas.update()

    def cancel(self) -> None:
        self.canvas.update()

    def paint(self, painter: QPainter) -> None:
        points = [self.canvas.view.to_screen(*item.scene) for item in self._stroke]
        painter.setPen(QPen(self.canvas.theme.colour("error"), 2, Qt.PenStyle.DashLine))
        for (x1, y1), (x2, y2) in zip(points, points[1:], strict=False):
            painter.drawLine(QLineF(x1, y1, x2, y2))
        geometry = self.canvas.scene.geometry
        for wire in self._cut & geometry.wires.slot.keys():
            middle = curves.middles(geometry.routes(geometry.wires.slots([wire])), geometry.flow)[0].tolist()
            at = self.canvas.view.to_screen(*middle)
            painter.drawLine(QLineF(at[0] - 4, at[1] - 4, at[0] + 4, at[1] + 4))
            painter.drawLine(QLineF(at[0] - 4, at[1] + 4, at[0] + 4, at[1] - 4))
