"""Routes: wires go beside cards, the same way whatever was moved before; the flow may lead to the right."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from grapheditor.catalog import catalog
from grapheditor.edit import Document, edits
from grapheditor.edit.layout import AHEAD, GAP, LOW, TALL, WIDTH, arrange
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Info, Input, Node, Output, read_text, write_text
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.geometry import Geometry
from grapheditor.ui.canvas.walk import neighbour

CATALOG = catalog()
FLOWS = ("down", "right")


def column(count: int, flow: str = "down") -> Graph:
    """Return nodes in a line, each wired to the next, and the first one to the last one too."""
    graph = Graph()
    graph.put("info", Info(flow=flow))
    for i in range(count):
        operator = "input" if not i else "add" if i == count - 1 else "relu"
        at = (0.0, 92.0 * i) if flow == "down" else (266.0 * i, 0.0 if operator == "input" else 9.0)
        graph.put(f"nodes.n{i}", Node(f"n{i}", operator, at=at))
    for i in range(1, count):
        graph.put(f"wires.n{i}.x", Output(f"n{i - 1}"))
    graph.put(f"wires.n{count - 1}.y", Output("n0"))
    return graph


def behind(geometry: Geometry, wire: Input) -> set[str]:
    """Return the cards, but for its own, that a wire runs behind."""
    path = curves.points(geometry.routes(geometry.wires.slots([wire])), 300, geometry.flow)[0]
    own = {wire.node, geometry.graph.wires[wire].node}
    found = set()
    for name in geometry.nodes.keys:
        left, top, right, bottom = geometry.box(name)
        inside = (path > (left, top)).all(axis=1) & (path < (right, bottom)).all(axis=1)
        if inside.any() and name not in own:
            found.add(name)
    return found


@pytest.mark.parametrize("flow", FLOWS)
def test_a_skip_connection_goes_beside_the_cards_and_is_hit_there(flow):
    graph = column(5, flow)
    geometry, skip = Geometry(graph, CATALOG, flow), Input("n4", "y")
    assert behind(geometry, skip) == set()
    x, y = curves.middles(geometry.routes(geometry.wires.slots([skip])), flow)[0].tolist()
    assert geometry.wire_at(x, y, 3.0) == skip
    assert geometry.wires_crossed(x - 5, y - 5, x + 5, y + 5) == [skip]
    left, top, right, bottom = geometry.around_wire(skip)
    assert left <= x <= right
    assert top <= y <= bottom


@pytest.mark.parametrize("flow", FLOWS)
def test_a_routed_wire_leaves_and_arrives_along_the_flow_in_one_smooth_line(flow):
    geometry = Geometry(column(5, flow), CATALOG, flow)
    rows = geometry.routes(geometry.wires.slots([Input("n4", "y")]))
    path = curves.points(rows, 3000, flow)[0]
    steps = np.diff(path, axis=0)
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    along = 1 if flow == "down" else 0
    assert steps[0, along] > 0.999
    assert steps[-1, along] > 0.999
    assert (steps[1:] * steps[:-1]).sum(axis=1).min() > 0.99
    assert path[0].tolist() == list(geometry.where(Output("n0")))
    assert path[-1].tolist() == pytest.approx(geometry.where(Input("n4", "y")))


def test_nested_skips_stay_apart_and_those_of_one_node_run_together():
    graph = Graph()
    for i in range(8):
        graph.put(f"nodes.n{i}", Node(f"n{i}", "input" if not i else "concatenate", at=(0.0, 92.0 * i)))
    for start, end in ((0, 7), (1, 6), (2, 5), (1, 4)):
        graph.put(f"wires.n{end}.xs.{start}", Output(f"n{start}"))
    geometry = Geometry(graph, CATALOG)
    columns = {end: geometry.routes(slice(slot, slot + 1))[0, 4] for end, slot in geometry.wires.slot.items()}
    beside = {(graph.wires[end].node, end.node): max(-x, x - WIDTH) for end, x in columns.items()}
    assert beside["n1", "n6"] == beside["n1", "n4"]
    assert beside["n0", "n7"] > beside["n1", "n6"] + 5 > beside["n2", "n5"] + 10


def test_a_wire_without_a_card_in_its_way_is_a_plain_curve():
    graph = column(5)
    graph.put("nodes.n1", replace(graph.nodes["n1"], at=(900.0, 0.0)))
    geometry = Geometry(graph, CATALOG)
    assert not curves.beside(geometry.routes(geometry.wires.slots([Input("n1", "x")])))[0]
    assert not curves.beside(Geometry(column(2), CATALOG).routes()).any()


def test_wires_make_way_when_a_card_is_put_down_not_while_it_is_held():
    graph = column(3)
    graph.put("nodes.n1", replace(graph.nodes["n1"], at=(600.0, 92.0)))
    geometry, skip = Geometry(graph, CATALOG), Input("n2", "y")
    slot = geometry.nodes.slots(["n1"])
    assert behind(geometry, skip) == set()
    geometry.place(slot, np.array([[0.0, 92.0]]))
    assert behind(geometry, skip) == {"n1"}
    assert geometry.wire_under("n1") == skip
    geometry.settle()
    assert behind(geometry, skip) == set()
    geometry.place(slot, np.array([[600.0, 92.0]]))
    assert not curves.beside(geometry.routes(geometry.wires.slots([skip])))[0]


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("seed", range(6))
def test_routes_are_the_same_whatever_was_moved_before(flow, seed):
    chance = random.Random(seed)
    graph = Graph()
    graph.put("info", Info(flow=flow))
    for i in range(40):
        at = (float(chance.randrange(0, 1500)), float(chance.randrange(0, 1500)))
        graph.put(f"nodes.n{i}", Node(f"n{i}", "concatenate" if i else "input", at=at))
        for start in chance.sample(range(i), min(i, 2)):
            graph.put(f"wires.n{i}.xs.{start}", Output(f"n{start}"))
    document = Document(graph)
    geometry = Geometry(graph, CATALOG, flow)
    document.observe(lambda change: geometry.update(change.differences))
    for _ in range(25):
        names = chance.sample(sorted(graph.nodes), chance.choice((1, 1, 3)))
        at = np.array([(chance.randrange(0, 1500), chance.randrange(0, 1500)) for _ in names], dtype=float)
        kind = chance.choice(("move", "hold", "remove", "undo"))
        if kind == "hold":
            geometry.place(geometry.nodes.slots(names), at)
            geometry.place(geometry.nodes.slots(names), at + 40)
        elif kind == "move":
            document.commit(edits.move(Scope(graph), dict(zip(names, map(tuple, at.tolist()), strict=True))))
        elif kind == "remove":
            document.commit(edits.remove(Scope(graph), names[:1]))
        else:
            document.undo()
    names = list(graph.nodes)
    geometry.place(geometry.nodes.slots(names), np.array([graph.nodes[name].at for name in names]))
    geometry.settle()
    assert geometry.places() == Geometry(graph, CATALOG, flow).places()
    assert curves.beside(geometry.routes()).any()


# The flow


def test_the_flow_is_kept_in_the_file():
    graph = Graph()
    graph.put("info", Info("A", "", "right"))
    text = write_text(graph)
    assert read_text(text).info.flow == "right"
    assert "flow" not in write_text(Graph())
    with pytest.raises(Exception, match="expected down or right"):
        read_text(text.replace('"right"', '"up"'))


def test_ports_stand_left_and_right_where_the_flow_goes_right():
    geometry = Geometry(column(3, "right"), CATALOG, "right")
    left, top, right, bottom = geometry.box("n2")
    assert geometry.where(Input("n2", "x")) == pytest.approx((left, top + (bottom - top) / 3))
    assert geometry.where(Output("n2")) == (right, (top + bottom) / 2)


def test_arrow_keys_follow_the_wires_whichever_way_they_lead():
    graph = Graph()
    graph.put("info", Info(flow="right"))
    for name, operator, at in (("a", "input", (0.0, 0.0)), ("b", "relu", (266.0, 9.0)), ("c", "relu", (266.0, 120.0))):
        graph.put(f"nodes.{name}", Node(name, operator, at=at))
        if name != "a":
            graph.put(f"wires.{name}.x", Output("a"))
    geometry = Geometry(graph, CATALOG, "right")
    walked = [neighbour(graph, geometry, *step) for step in
              (("a", "right"), ("b", "down"), ("c", "up"), ("c", "left"), ("a", "left"))]  # fmt: skip
    assert walked == ["b", "c", "b", "a", None]


def test_turning_the_flow_lays_out_all_bodies_in_one_step(make):
    graph = CATALOG.new("gpt2")
    before = graph.copy()
    canvas = make(graph)
    canvas.turn("right")
    assert graph.info.flow == canvas.scene.geometry.flow == "right"
    assert {name: node.at for name, node in graph.nodes.items()} == arrange(graph, CATALOG, flow="right")
    for module in graph.modules.values():
        assert {name: node.at for name, node in module.nodes.items()} == arrange(module, CATALOG, flow="right")
    canvas.grab()
    canvas.document.undo()
    assert graph == before
    assert canvas.scene.geometry.flow == "down"


@pytest.mark.parametrize("flow", FLOWS)
def test_a_chain_and_a_branch_that_are_typed_stand_in_line_and_beside(make, hand, flow):
    graph = Graph()
    graph.put("info", Info(flow=flow))
    canvas = make(graph)
    hands = hand(canvas)
    for word in ("conv", "relu", "conv"):
        hands.key(Qt.Key.Key_Tab)
        hands.type_in_search(word)
    canvas.select(["conv1"])
    hands.key(Qt.Key.Key_Tab)
    hands.type_in_search("max pool 2d")
    boxes = {name: canvas.scene.geometry.box(name) for name in graph.nodes}
    assert set(graph.wires.values()) == {Output("conv1"), Output("relu1")}
    assert len(boxes) == 4
    along, across = (1, 0) if flow == "down" else (0, 1)
    middles = {name: (box[across] + box[across + 2]) / 2 for name, box in boxes.items()}
    assert middles["conv1"] == middles["relu1"] == middles["conv2"]
    starts = [boxes[name][along] for name in ("conv1", "relu1", "conv2")]
    sizes = [TALL, LOW] if flow == "down" else [WIDTH, WIDTH]
    assert np.diff(starts).tolist() == [size + AHEAD[flow] for size in sizes]
    branch = boxes[next(name for name in boxes if name not in ("conv1", "relu1", "conv2"))]
    assert branch[along] == starts[1]
    assert branch[across] >= boxes["relu1"][across + 2] + 20


# Tidying elsewhere


def long_chain(count: int = 400) -> Graph:
    graph = Graph()
    for i in range(count):
        graph.put(f"nodes.n{i}", Node(f"n{i}", "relu" if i else "input"))
        if i:
            graph.put(f"wires.n{i}.x", Output(f"n{i - 1}"))
    return graph


def test_a_large_graph_is_laid_out_in_another_process_as_one_step(make, qtbot):
    graph = long_chain()
    canvas = make(graph)
    told = []
    canvas.message.connect(told.append)
    revision = canvas.document.revision
    canvas.tidy()
    assert canvas.tidying.active
    assert canvas.document.revision == revision
    assert "Escape" in told[-1]
    qtbot.waitUntil(lambda: not canvas.tidying.active, timeout=20_000)
    assert {name: node.at for name, node in graph.nodes.items()} == arrange(graph, CATALOG)
    assert told[-1] == ""
    canvas.document.undo()
    assert {node.at for node in graph.nodes.values()} == {(0.0, 0.0)}


def test_escape_and_an_edit_stop_a_layout(make, hand, qtbot):
    canvas = make(long_chain())
    told = []
    canvas.message.connect(told.append)
    canvas.tidy()
    process = canvas.tidying.pid
    hand(canvas).key(Qt.Key.Key_Escape)
    assert not canvas.tidying.active
    assert "stopped" in told[-1]
    assert process
    canvas.tidy()
    canvas.document.commit(edits.move(Scope(canvas.document.graph), {"n1": (5.0, 5.0)}))
    assert not canvas.tidying.active
    assert canvas.document.graph.nodes["n0"].at == (0.0, 0.0)


def test_a_layout_that_dies_or_takes_too_long_is_told(make, qtbot):
    canvas = make(long_chain())
    told = []
    task = {"": canvas.scene.geometry.task()}
    canvas.tidying.start(task, pytest.fail, told.append, limit=1)
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert "took longer" in told[0]
    canvas.tidying.start(task, pytest.fail, told.append)
    canvas.tidying._process.child.kill()
    qtbot.waitUntil(lambda: len(told) == 2, timeout=20_000)
    assert "could not be made" in told[1]


def test_a_selection_that_is_tidied_keeps_its_corner(make):
    graph = column(4)
    for name, at in {"n1": (700.0, 300.0), "n2": (650.0, 200.0)}.items():
        graph.put(f"nodes.{name}", replace(graph.nodes[name], at=at))
    canvas = make(graph)
    canvas.select(["n1", "n2"])
    canvas.tidy()
    assert graph.nodes["n1"].at == (650.0, 200.0)
    assert graph.nodes["n2"].at == (650.0, 200.0 + LOW + GAP)
    assert graph.nodes["n3"].at == (0.0, 276.0)
