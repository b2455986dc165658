"""Which stroke of the mouse does what on the canvas. A stroke is written like a key: what is held, then what is moved.

``Ctrl+RightButton`` is a drag with the right button that begins on the canvas, ``Alt+NodeDrag`` one that takes a node
with the left button, ``Shift+Wheel`` a turn of the wheel. Ports, wires, titles and the minimap answer to the left
button whatever is bound here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from grapheditor.ui.texts import mark, tr

Held = Qt.KeyboardModifier
BUTTONS = {
    Qt.MouseButton.LeftButton: "LeftButton",
    Qt.MouseButton.MiddleButton: "MiddleButton",
    Qt.MouseButton.RightButton: "RightButton",
}
NODE, WHEEL = "NodeDrag", "Wheel"
CANVAS = frozenset(BUTTONS.values())
_HELD = {"Ctrl": Held.ControlModifier, "Alt": Held.AltModifier, "Shift": Held.ShiftModifier}
_WORDS = {
    "LeftButton": mark("drag"),
    "MiddleButton": mark("middle drag"),
    "RightButton": mark("right drag"),
    NODE: mark("drag of a node"),
    WHEEL: mark("wheel"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that the mouse does on the canvas. keys: its strokes by themselves. takes: with what they may end."""

    id: str
    title: str
    keys: tuple[str, ...]
    takes: frozenset[str]
    menu: str = mark("Mouse")


PAN, SELECT, CUT = "mouse-pan", "mouse-select", "mouse-cut"
COPY, LINKED = "mouse-copy", "mouse-linked-copy"
ZOOM, SCROLL, SIDEWAYS = "mouse-zoom", "mouse-scroll", "mouse-sideways"
WAYS = (
    Way(PAN, mark("Move the view"), ("MiddleButton",), CANVAS),
    Way(SELECT, mark("Select with a rectangle"), ("LeftButton",), CANVAS),
    Way(CUT, mark("Cut wires with a stroke"), ("Ctrl+RightButton",), CANVAS),
    Way(COPY, mark("Copy nodes by dragging"), (f"Ctrl+{NODE}",), frozenset({NODE})),
    Way(LINKED, mark("Make linked copies by dragging"), (f"Ctrl+Shift+{NODE}",), frozenset({NODE})),
    Way(ZOOM, mark("Zoom with the wheel"), (WHEEL, f"Ctrl+{WHEEL}"), frozenset({WHEEL})),
    Way(SCROLL, mark("Scroll up and down"), (), frozenset({WHEEL})),
    Way(SIDEWAYS, mark("Scroll sideways"), (f"Shift+{WHEEL}",), frozenset({WHEEL})),
)


class Stroke(NamedTuple):
    """held: of Ctrl, Alt and Shift, in this order. by: the button, ``NodeDrag`` or ``Wheel``."""

    held: tuple[str, ...]
    by: str

    def __str__(self) -> str:
        return "+".join((*self.held, self.by))


def stroke(by: str, held: Qt.KeyboardModifier) -> Stroke:
    """Return the stroke with these keys held."""
    return Stroke(tuple(name for name, modifier in _HELD.items() if held & modifier), by)


def parse(text: str) -> Stroke | None:
    """Read a stroke, None where it is none. The drag of a node alone is none: it moves the node."""
    *held, by = text.split("+")
    if by not in _WORDS or len(set(held)) != len(held) or not _HELD.keys() >= set(held):
        return None
    found = Stroke(tuple(name for name in _HELD if name in held), by)
    return None if found == ((), NODE) else found


def shown(found: Stroke) -> str:
    """Return a stroke as people of this system read it."""
    held = "+".join((*found.held, "A"))
    return QKeySequence(held).toString(QKeySequence.SequenceFormat.NativeText)[:-1] + tr(_WORDS[found.by])


def nearest(found: Stroke) -> list[Stroke]:
    """Return what a stroke may mean, the first that is bound to something counts.

    Shift changes what a gesture does (a rectangle adds to what is selected), and what is held without a meaning counts
    as not held; but a node is not copied by what nobody has bound.
    """
    if found.by == NODE:
        return [found]
    without = Stroke(tuple(name for name in found.held if name != "Shift"), found.by)
    return [found, without, Stroke((), found.by)]
