"""Random gestures: none raises, the picture follows the document, and undoing all gives the graph that was there."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from grapheditor.catalog import catalog
from grapheditor.ui.canvas.geometry import Geometry
from grapheditor.ui.palette.search import SearchPopup

HELD = [
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
]
BUTTONS = [Qt.MouseButton.LeftButton] * 6 + [Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton]


def somewhere(canvas, chance: random.Random) -> tuple[float, float]:
    """A port, a card, the middle of a wire, or anywhere."""
    geometry = canvas.scene.geometry
    kind = chance.choice(["port", "port", "card", "wire", "any"])
    if kind == "wire" and len(geometry.wires):
        x1, y1, x2, y2 = geometry.ends()[chance.randrange(len(geometry.wires))].tolist()
        return (x1 + x2) / 2, (y1 + y2) / 2
    if kind in ("port", "card") and len(geometry.nodes):
        name = chance.choice(geometry.nodes.keys)
        ports = [*geometry.inputs(name), *geometry.outputs(name)]
        if kind == "port" and ports:
            return geometry.where(chance.choice(ports))
        left, top, _, _ = geometry.box(name)
        return left + chance.uniform(0, 200), top + 15
    return canvas.view.to_scene(chance.uniform(0, canvas.width()), chance.uniform(0, canvas.height()))


def gesture(canvas, hand, chance: random.Random) -> None:
    kind = chance.choice(["drag", "drag", "drag", "click", "key", "verb", "escape"])
    held, button = chance.choice(HELD), chance.choice(BUTTONS)
    if kind == "drag":
        hand.drag(somewhere(canvas, chance), somewhere(canvas, chance), held, button)
    elif kind == "click":
        hand.click(somewhere(canvas, chance), held)
    elif kind == "key":
        hand.key(chance.choice([Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right]))
    elif kind == "escape":
        hand.press(somewhere(canvas, chance), held, button)
        hand.go(somewhere(canvas, chance), held, button)
        hand.key(Qt.Key.Key_Escape)
        hand.release(somewhere(canvas, chance), held, button)
    else:
        verbs = [canvas.delete_selection, canvas.dissolve_selection, canvas.duplicate_selection, canvas.copy]
        verbs += [canvas.paste, canvas.cut, canvas.tidy, canvas.fit, canvas.document.undo, canvas.document.redo]
        verbs += [lambda: canvas.zoom_by(chance.choice([0.4, 1.3, 2.0])), lambda: canvas.add_operator("add")]
        chance.choice(verbs)()
    popup = next((item for item in canvas.window().findChildren(SearchPopup) if item.isVisible()), None)
    if popup is not None:
        hand.type_in_search(chance.choice(["re", "conv", "add", "out"]))


@pytest.mark.parametrize("seed", range(12))
def test_random_gestures_never_raise_and_undo_gives_the_graph_back(make, hand, seed):
    chance = random.Random(seed)
    graph = catalog().new("mlp")
    before = graph.copy()
    canvas = make(graph)
    for i in range(100):
        gesture(canvas, hand(canvas), chance)
        if len(canvas.document.graph.nodes) > 60:
            canvas.document.undo()
        if i % 10 == 0:
            canvas.grab()
            QApplication.processEvents()
    canvas.cancel_gesture()
    assert canvas.scene.geometry.places() == Geometry(canvas.document.graph, catalog()).places()
    assert canvas.document.can_undo is not None
    while canvas.document.undo():
        pass
    assert canvas.document.graph == before
    assert canvas.scene.geometry.places() == Geometry(before, catalog()).places()
