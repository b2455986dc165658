"""Which gesture a press of the mouse begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent

from grapheditor.graph import Input, Output
from grapheditor.ui import mouse
from grapheditor.ui.canvas.gestures import (
    Cut,
    Gesture,
    MoveFrame,
    MoveNodes,
    MoveOnMinimap,
    Pan,
    PanFromNothing,
    Pointer,
    RubberBand,
)
from grapheditor.ui.canvas.wiring import DragWire

if TYPE_CHECKING:
    from grapheditor.ui.canvas.canvas import Canvas

PORT_REACH = 9.0
WIRE_REACH = 6.0
"""Pixels from a port or a wire within which a press means it."""
END = 30.0
"""Length of the part of a wire that stands for its end, in units of the plane."""


def pointer(canvas: Canvas, event: QMouseEvent) -> Pointer:
    """Read a mouse event."""
    x, y = event.position().x(), event.position().y()
    held = event.modifiers()
    return Pointer(
        x,
        y,
        canvas.view.to_scene(x, y),
        shift=bool(held & Qt.KeyboardModifier.ShiftModifier),
        control=bool(held & Qt.KeyboardModifier.ControlModifier),
        alt=bool(held & Qt.KeyboardModifier.AltModifier),
    )


BEGUN: dict[str, type[Gesture]] = {mouse.PAN: Pan, mouse.SELECT: RubberBand, mouse.CUT: Cut}
FROM_NOTHING = BEGUN | {mouse.PAN: PanFromNothing}
"""What begins where the left button is pressed and nothing lies."""


def gesture(canvas: Canvas, at: Pointer, event: QMouseEvent) -> Gesture | None:
    """Return the gesture that a press begins, None where it begins none. With a key held it is the one of that key."""
    button = event.button()
    if button not in mouse.BUTTONS:
        return None
    left = button == Qt.MouseButton.LeftButton
    if left and canvas.held:
        return BEGUN[canvas.held](canvas, at)
    if left and canvas.on_minimap(at.x, at.y):
        return MoveOnMinimap(canvas, at)
    if left and (port := port_under(canvas, at)) is not None:
        return _from_port(canvas, at, port)
    if left and (name := canvas.scene.node_at(at.scene)) is not None:
        return _from_node(canvas, at, name, canvas.keys.way(mouse.stroke(mouse.NODE, event.modifiers())))
    if left and (wire := wire_under(canvas, at)) is not None:
        return _from_wire(canvas, at, wire)
    if left and (frame := canvas.scene.frame_at(at.scene)) is not None:
        return _from_frame(canvas, at, frame)
    begin = (FROM_NOTHING if left else BEGUN).get(
        canvas.keys.way(mouse.stroke(mouse.BUTTONS[button], event.modifiers()))
    )
    return begin(canvas, at) if begin is not None else None


def port_under(canvas: Canvas, at: Pointer) -> Input | Output | None:
    """Return the port that a pointer means."""
    return canvas.scene.geometry.port_at(*at.scene, PORT_REACH / canvas.view.zoom) if canvas.view.zoom >= 0.4 else None


def wire_under(canvas: Canvas, at: Pointer) -> Input | None:
    """Return the wire that a pointer means."""
    return canvas.scene.geometry.wire_at(*at.scene, WIRE_REACH / canvas.view.zoom)


def _from_port(canvas: Canvas, at: Pointer, port: Input | Output) -> Gesture:
    """An output, or a free input, begins a new wire; an input that has one lets go of its end."""
    if isinstance(port, Output):
        return DragWire(canvas, at, port)
    start = canvas.scene.body.wires.get(port)
    return DragWire(canvas, at, port) if start is None else DragWire(canvas, at, start, port)


def _from_frame(canvas: Canvas, at: Pointer, frame: str) -> Gesture:
    """A frame is dragged by its title, with all that is in it."""
    canvas.select_frame(frame)
    return MoveFrame(canvas, at, frame)


def _from_node(canvas: Canvas, at: Pointer, name: str, way: str) -> Gesture | None:
    if at.shift and not way:
        canvas.toggle(name)
        return None
    if name not in canvas.selection and not way and not at.control:
        canvas.select([name])
    return MoveNodes(canvas, at, name, way)


def _from_wire(canvas: Canvas, at: Pointer, wire: Input) -> Gesture | None:
    """Near one of its ends a wire lets go of it; elsewhere a press selects it."""
    start = canvas.scene.body.wires[wire]
    x, y = at.scene
    (x1, y1), (x2, y2) = canvas.scene.geometry.where(start), canvas.scene.geometry.where(wire)
    reach = min(END, (abs(x2 - x1) + abs(y2 - y1)) / 3)
    if abs(x2 - x) + abs(y2 - y) < reach:
        return DragWire(canvas, at, start, wire)
    if abs(x1 - x) + abs(y1 - y) < reach:
        return DragWire(canvas, at, wire, wire)
    canvas.select([], [wire] if not at.shift else canvas.selected_wires ^ {wire})
    return None
