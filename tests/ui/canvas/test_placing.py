"""What comes onto the canvas covers nothing: what a fix adds, what is inserted, what is pasted."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor, QGuiApplication

from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.compile.fixes import with_fixes
from grapheditor.edit.layout import TALL, WIDTH
from grapheditor.graph import Graph, Info, Input, Node, Output
from grapheditor.graph.schema import encode
from grapheditor.ui.canvas.geometry import Geometry
from grapheditor.ui.canvas.placing import Placing

CONTROL = Qt.KeyboardModifier.ControlModifier


def overlapping(canvas) -> list[tuple[str, str]]:
    """Return the cards that cover each other."""
    boxes = {name: canvas.scene.geometry.box(name) for name in canvas.document.graph.nodes}

    def covers(one, other) -> bool:
        across = one.left < other.right and other.left < one.right
        return across and one.top < other.bottom and other.top < one.bottom

    return [pair for pair in combinations(boxes, 2) if covers(boxes[pair[0]], boxes[pair[1]])]


def places(canvas) -> dict[str, tuple[float, float]]:
    return {name: node.at for name, node in canvas.document.graph.nodes.items()}


def images_into_features(flow: str) -> Graph:
    """An image, a convolution close behind it and a linear layer, which cannot take images; a card beside the line."""
    graph = Graph()
    graph.put("info", Info(flow=flow))
    step = (0.0, 92.0) if flow == "down" else (300.0, 0.0)
    image = {"shape": ("N", 3, "H", "W")}
    for i, (name, operator, options) in enumerate(
        (("image", "input", image), ("conv1", "conv2d", {}), ("linear1", "linear", {}), ("relu1", "relu", {}))
    ):
        graph.put(f"nodes.{name}", Node(name, operator, options, at=(step[0] * i, step[1] * i)))
    for start, end in (("image", "conv1"), ("conv1", "linear1"), ("linear1", "relu1")):
        graph.put(f"wires.{end}.x", Output(start))
    below = (60.0, step[1] * 4) if flow == "down" else (step[0] * 4, 30.0)
    graph.put("nodes.tanh1", Node("tanh1", "tanh", at=below))
    graph.put("wires.tanh1.x", Output("image"))
    return graph


def offered(graph: Graph, words: str) -> dict:
    """Return the fix that the engine offers in these words."""
    inference = Inference(catalog())
    problems = with_fixes(inference, graph, inference.analyse(graph))
    fix = next(fix for problem in problems for fix in problem.fixes if words in fix.title)
    records = {key: None if record is None else encode(record) for key, record in fix.records.items()}
    return {"title": fix.title, "records": records}


@pytest.mark.parametrize("flow", ["down", "right"])
def test_a_fix_that_adds_two_nodes_covers_no_card(make, flow):
    graph = images_into_features(flow)
    canvas = make(graph)
    before = graph.copy()
    canvas.take_fix(offered(graph, "an adaptive average pool and a flatten"))
    assert {"pool1", "flatten1"} <= graph.nodes.keys()
    assert overlapping(canvas) == []
    line = [graph.nodes[name].at for name in ("image", "conv1", "pool1", "flatten1", "linear1", "relu1")]
    along, across = (1, 0) if flow == "down" else (0, 1)
    assert line == sorted(line, key=lambda at: at[along])
    if flow == "down":
        assert len({at[across] for at in line}) == 1
    assert canvas.document.can_undo.startswith("Insert an adaptive average pool")
    canvas.document.undo()
    assert graph == before


def test_what_makes_way_does_not_run_into_what_stands_further_on(make, hand, chain):
    chain.put("nodes.relu1", Node("relu1", "relu", at=(0.0, 212.0)))
    chain.put("nodes.tanh1", Node("tanh1", "tanh", at=(60.0, 290.0)))
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.drag(mouse.middle("pool1"), (130.0, 190.0))
    assert chain.wires[Input("relu1", "x")] == Output("pool1")
    assert overlapping(canvas) == []
    assert places(canvas)["tanh1"] == (60.0, 382.0)


def test_what_is_inserted_into_a_long_wire_stands_beside_a_card_that_is_there(make, hand, chain):
    chain.put("nodes.relu1", Node("relu1", "relu", at=(0.0, 600.0)))
    chain.put("nodes.tanh1", Node("tanh1", "tanh", at=(10.0, 360.0)))
    canvas = make(chain)
    canvas.add_from_palette("sigmoid", (113.0, 300.0), insert=False)
    canvas.editing.add_into("gelu", (113.0, 380.0), Input("relu1", "x"))
    assert overlapping(canvas) == []


# Pasting


def test_a_paste_comes_to_the_pointer_and_keeps_its_places(make, hand, chain):
    canvas = make(chain)
    canvas.select(["conv1", "relu1"])
    canvas.copy()
    canvas.view.pan(-3000.0, -2000.0)
    QCursor.setPos(canvas.mapToGlobal(QPoint(600, 450)))
    canvas.paste()
    x, y = canvas.view.to_scene(600, 450)
    box = canvas.scene.geometry.bounds(canvas.selection)
    assert (box.left + box.right) / 2 == pytest.approx(x, abs=1)
    assert (box.top + box.bottom) / 2 == pytest.approx(y, abs=1)
    (x1, y1), (x2, y2) = (places(canvas)[name] for name in ("conv2", "relu2"))
    assert (x2 - x1, y2 - y1) == (0.0, 180.0)


def test_a_paste_comes_to_the_middle_of_the_view_where_the_pointer_is_elsewhere(make, chain):
    canvas = make(chain)
    canvas.select(["pool1"])
    canvas.copy()
    canvas.view.pan(-5000.0, 700.0)
    QCursor.setPos(canvas.mapToGlobal(QPoint(-50, -50)))
    canvas.paste()
    (name,) = canvas.selection
    box = canvas.scene.geometry.box(name)
    middle = canvas.view.to_scene(600, 450)
    assert ((box.left + box.right) / 2, (box.top + box.bottom) / 2) == pytest.approx(middle, abs=1)


def test_pastes_at_one_place_stand_beside_each_other(make, chain):
    canvas = make(chain)
    canvas.select(["conv1", "relu1"])
    canvas.copy()
    QCursor.setPos(canvas.mapToGlobal(QPoint(213, 260)))
    before = QGuiApplication.clipboard().text()
    for _ in range(3):
        canvas.paste()
    assert overlapping(canvas) == []
    assert QGuiApplication.clipboard().text() == before
    assert len({at[1] for name, at in places(canvas).items() if name.startswith("conv") and name != "conv1"}) == 1


numbers = st.integers(-400, 400).map(float)
corners = st.tuples(numbers, numbers)


@given(st.lists(corners, max_size=12), st.lists(corners, min_size=1, max_size=4), st.sampled_from(["down", "right"]))
def test_a_part_that_is_put_down_covers_nothing_and_keeps_its_form(taken, wished, flow):
    graph = Graph()
    for i, at in enumerate(taken):
        graph.put(f"nodes.n{i}", Node(f"n{i}", "conv2d", at=at))
    found = Placing(Geometry(graph, catalog(), flow)).clear(wished, [TALL] * len(wished))
    shifts = {(x - a, y - b) for (x, y), (a, b) in zip(found, wished, strict=True)}
    assert len({(round(x, 6), round(y, 6)) for x, y in shifts}) == 1
    assert next(iter(shifts))[1 if flow == "down" else 0] == 0
    for x, y in found:
        for left, top in taken:
            assert x >= left + WIDTH or left >= x + WIDTH or y >= top + TALL or top >= y + TALL
