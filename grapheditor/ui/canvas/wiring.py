"""Dragging a wire: from a port to another, its end to another place, or to empty canvas to add what fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from grapheditor.edit import edits
from grapheditor.graph import ConnectError, Input, Output, check_connect
from grapheditor.ui.canvas.fitting import declared, fits, misfit, possible, told
from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.canvas.gestures import Gesture, Pointer
from grapheditor.ui.canvas.painting import scaled
from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from grapheditor.ui.canvas.canvas import Canvas

REACH = 16.0
"""Pixels from a port within which a dragged wire snaps to it."""


class DragWire(Gesture):
    """Drag the loose end of a wire whose other end is fixed.

    fixed: the port at which the wire starts or ends. moved: the wire whose end is dragged, None for a new one; dropped
    on empty canvas it is removed, while a new one asks what to add there.
    """

    cursor = Qt.CursorShape.CrossCursor
    anchored = True

    def __init__(self, canvas: Canvas, pointer: Pointer, fixed: Input | Output, moved: Input | None = None) -> None:
        super().__init__(canvas, pointer)
        self.fixed = fixed
        self.moved = moved
        self._here = pointer
        self._reason = ""
        """Why the wire cannot be fastened where it is."""
        self._hint = ""
        """What is said at its end: of the port there, and why what would arrive does not suit it."""
        self._doubtful = False

    def move(self, pointer: Pointer) -> None:
        was_begun = self.begun
        if not self.far(pointer):
            return
        scene = self.canvas.scene
        if not was_begun:
            scene.possible = possible(scene, self.fixed)
            scene.wanted = "output" if isinstance(self.fixed, Input) else "input"
            scene.hide(self.moved)
            self.canvas.update()
        before = self._box()
        self._here = pointer
        scene.target, self._reason = self._aim(pointer)
        self._tell()
        self.canvas.refresh(before.joined(self._box()))

    def _tell(self) -> None:
        """Find what is said at the loose end. A wire that does not suit can be drawn: what helps is offered then."""
        scene, target = self.canvas.scene, self.canvas.scene.target
        self._hint, self._doubtful = self._reason, bool(self._reason)
        if target is not None:
            why = misfit(scene, *self._wire(target))
            self._hint, self._doubtful = why or told(scene, target), bool(why)

    def _aim(self, pointer: Pointer) -> tuple[Input | Output | None, str]:
        """Return the port at which the wire would be fastened, and why it cannot be where it cannot."""
        geometry = self.canvas.scene.geometry
        port = geometry.port_at(*pointer.scene, REACH / min(self.canvas.view.zoom, 1.0))
        if port is None or isinstance(port, Input) == isinstance(self.fixed, Input):
            name = self.canvas.scene.node_at(pointer.scene)
            if name is None:
                return None, ""
            port = self._first_port(name)
            if port is None:
                gives = isinstance(self.fixed, Input)
                why = tr("{node} has no output.", node=name) if gives else tr("{node} has no free input.", node=name)
                return None, why
        start, end = self._wire(port)
        graph, catalog = self.canvas.scene.body, self.canvas.catalog
        try:
            check_connect(graph, catalog.of, start, end, replace=True)
        except ConnectError as error:
            return None, str(error)
        return port, ""

    def _first_port(self, name: str) -> Input | Output | None:
        """Return the port of a node that takes the wire when it is dropped anywhere on it."""
        if isinstance(self.fixed, Input):
            return next(iter(self.canvas.scene.geometry.outputs(name)), None)
        if self.moved is not None and self.moved.node == name:
            return self.moved
        scene = self.canvas.scene
        assert isinstance(self.fixed, Output)
        kind = scene.type(self.fixed)
        free = [end for end in scene.geometry.inputs(name) if end not in scene.body.wires or end == self.moved]
        ports = {end: declared(scene, end) for end in free}
        fitting = [end for end, port in ports.items() if kind is None or (port is not None and fits(port, kind))]
        return next(iter([*fitting, *free]), None)

    def _wire(self, port: Input | Output) -> tuple[Output, Input]:
        if isinstance(self.fixed, Output):
            assert isinstance(port, Input)
            return self.fixed, port
        assert isinstance(port, Output)
        return port, self.fixed

    def _box(self) -> Box:
        """The wire, what is beside its loose end, and the node there, whose port lights up."""
        (x1, y1), (x2, y2) = self.canvas.scene.geometry.where(self.fixed), self._here.scene
        far = 48.0 / self.canvas.view.zoom + abs(y2 - y1) / 2 + abs(x2 - x1) / 2
        box = Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)).grown(far)
        target = self.canvas.scene.target
        if target is not None:
            x, y = self.canvas.scene.geometry.where(target)
            box = box.joined(Box(x, y, x, y).grown(24.0))
        zoom = self.canvas.view.zoom
        return box.joined(Box(x2, y2, x2, y2).grown(self._hint_width() / zoom, 64.0 / zoom))

    def _hint_width(self) -> float:
        widths = [self.canvas.artist.texts.width(line, "note") for line in self._hint.split("\n")]
        return max(widths) + 48 if self._hint else 0.0

    def end(self, pointer: Pointer) -> None:
        target, reason = self.canvas.scene.target, self._reason
        self._clear()
        if not self.begun:
            self._click()
        elif target is not None:
            self._fasten(*self._wire(target))
        elif reason:
            self.canvas.message.emit(reason)
        elif self.moved is not None:
            self.canvas.editing.remove([], [self.moved])
        elif isinstance(self.fixed, Output):
            self.canvas.open_search(self.canvas.global_at(pointer.x, pointer.y), self.fixed)
        else:
            self.canvas.open_search(self.canvas.global_at(pointer.x, pointer.y), end=self.fixed)

    def _click(self) -> None:
        if self.moved is not None:
            self.canvas.select([], [self.moved])
        else:
            self.canvas.select([self.fixed.node])

    def _fasten(self, start: Output, end: Input) -> None:
        canvas = self.canvas
        scope, catalog = canvas.scene.scope, canvas.catalog
        if scope.body.wires.get(end) == start and self.moved in (None, end):
            return
        if self.moved is not None and isinstance(self.fixed, Output):
            change = edits.move_wire(scope, catalog, self.moved, end)
        else:
            change = edits.connect(scope, catalog, start, end)
        canvas.editing.commit(change)

    def cancel(self) -> None:
        self._clear()

    def _clear(self) -> None:
        scene = self.canvas.scene
        scene.possible = scene.target = scene.wanted = None
        scene.hide(None)
        self.canvas.update()

    def paint(self, painter: QPainter) -> None:
        if not self.begun:
            return
        canvas, geometry = self.canvas, self.canvas.scene.geometry
        target = canvas.scene.target
        loose = geometry.where(target) if target is not None else self._here.scene
        first, second = geometry.where(self.fixed), loose
        if isinstance(self.fixed, Input):
            first, second = second, first
        with scaled(painter, canvas.view):
            canvas.artist.paint_loose_wire(painter, (*first, *second), geometry.flow, refused=self._doubtful)
        if self._hint:
            size = canvas.width(), canvas.height()
            canvas.artist.paint_hint(painter, self._hint, (self._here.x, self._here.y), size, error=self._doubtful)
