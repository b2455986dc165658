"""Geometry: what is hit is what is there, and following changes gives what building anew gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grapheditor.catalog import catalog
from grapheditor.edit import Document, edits
from grapheditor.edit.layout import LOW, TALL, WIDTH
from grapheditor.edit.scope import Scope
from grapheditor.graph import ConnectError, Graph, Input, Node, Output
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.geometry import Box, Geometry
from grapheditor.ui.canvas.placing import Placing
from grapheditor.ui.canvas.rows import Rows

CATALOG = catalog()
OPERATORS = ("input", "conv2d", "relu", "add", "concatenate", "chunk", "output", "cross_entropy", "gone")
places = st.tuples(st.integers(-2000, 2000), st.integers(-2000, 2000)).map(lambda at: (float(at[0]), float(at[1])))
ends_of_wires = st.tuples(places, places).map(lambda ends: np.array([[*ends[0], *ends[1]]]))


def step(document: Document, data: st.DataObject) -> None:
    """Take one random edit; a wire that is impossible is no edit."""
    graph, names = document.graph, sorted(document.graph.nodes)
    kinds = ["add", "connect", "divide", "remove", "dissolve", "move", "rename", "undo", "redo"]
    kind = data.draw(st.sampled_from(kinds))
    if kind == "undo":
        document.undo()
    elif kind == "redo":
        document.redo()
    elif kind == "add" or not names:
        operator = data.draw(st.sampled_from(OPERATORS[:-1]))
        after = data.draw(st.sampled_from([None, *names]))
        document.commit(edits.add_node(Scope(graph), CATALOG, operator, data.draw(places), after)[0])
    elif kind == "connect":
        start, end = (data.draw(st.sampled_from(names)) for _ in range(2))
        free = edits.free_input(Scope(graph), CATALOG, end)
        declared = CATALOG.of(graph, graph.nodes[start])
        if free is not None and declared is not None and declared.outputs:
            port = data.draw(st.sampled_from(declared.outputs))
            try:
                document.commit(edits.connect(Scope(graph), CATALOG, Output(start, port.name), free))
            except ConnectError:
                return
    elif kind == "divide":
        several = [name for name in names if graph.nodes[name].operator == "chunk"]
        document.commit(edits.set_option(Scope(graph), CATALOG, several, "chunks", data.draw(st.integers(2, 4))))
    else:
        name = data.draw(st.sampled_from(names))
        change = {
            "remove": lambda: edits.remove(Scope(graph), [name]),
            "dissolve": lambda: edits.dissolve(Scope(graph), [name]),
            "move": lambda: edits.move(Scope(graph), {name: data.draw(places)}),
            "rename": lambda: edits.rename(Scope(graph), name, f"n{document.revision}"),
        }[kind]()
        document.commit(change)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_following_changes_gives_what_building_anew_gives(data):
    document = Document(Graph())
    geometry = Geometry(document.graph, CATALOG)
    document.observe(lambda change: geometry.update(change.differences))
    for _ in range(data.draw(st.integers(1, 25))):
        step(document, data)
    assert geometry.places() == Geometry(document.graph, CATALOG).places()


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=40))
def test_rows_hold_what_was_put_and_not_removed(steps):
    rows, wanted = Rows(1), {}
    for i, (key, put) in enumerate(steps):
        if put:
            rows.put(key, [i])
            wanted[key] = i
        elif key in rows:
            rows.remove(key)
            del wanted[key]
    assert {key: rows.table[slot, 0] for key, slot in rows.slot.items()} == wanted
    assert [rows.slot[key] for key in rows.keys] == list(range(len(rows)))  # noqa: SIM118


@given(ends_of_wires, st.integers(0, 24))
def test_every_point_of_a_wire_is_on_it_and_in_its_box(ends, number):
    x, y = curves.points(ends)[0, number]
    assert curves.distances(ends, x, y)[0] < 1e-6
    left, top, right, bottom = curves.boxes(ends)[0]
    assert left - 1e-9 <= x <= right + 1e-9
    assert top - 1e-9 <= y <= bottom + 1e-9


@given(ends_of_wires)
def test_a_cut_crosses_a_wire_that_it_goes_through_and_no_other(ends):
    _x, y = curves.points(ends)[0, 12] + (0.0, 0.01)
    _, _, right, bottom = curves.boxes(ends)[0]
    assert not curves.crossed(ends, right + 5, bottom + 5, right + 50, bottom + 50)[0]
    left = curves.boxes(ends)[0][0]
    if bottom - curves.boxes(ends)[0][1] > 50 and right - left > 50:
        assert curves.crossed(ends, left - 10, y, right + 10, y)[0]


def test_a_wire_leaves_and_arrives_straight_down():
    ends = np.array([[0.0, 0.0, 300.0, 100.0], [0.0, 0.0, 300.0, -400.0]])
    points = curves.points(ends, 1000)
    for first, second in ((0, 1), (-2, -1)):
        dx, dy = (points[:, second] - points[:, first]).T
        assert (dy > 0).all()
        assert (np.abs(dx) < dy / 50).all()


@pytest.fixture
def joined() -> Geometry:
    graph = Graph()
    for i, operator in enumerate(("input", "relu", "conv2d")):
        graph.put(f"nodes.n{i}", Node(f"n{i}", operator, at=(300.0 * i, 0.0)))
    graph.put("nodes.cat", Node("cat", "concatenate", at=(300.0, 200.0)))
    graph.put("wires.cat.xs.0", Output("n0"))
    graph.put("wires.cat.xs.3", Output("n1"))
    return Geometry(graph, CATALOG)


def test_a_port_that_repeats_shows_its_wires_side_by_side_and_one_free_place(joined):
    assert joined.inputs("cat") == (Input("cat", "xs", 0), Input("cat", "xs", 3), Input("cat", "xs", 4))
    x = [joined.where(port)[0] for port in joined.inputs("cat")]
    assert x == [300 + WIDTH / 4, 300 + WIDTH / 2, 300 + 3 * WIDTH / 4]


@pytest.mark.parametrize("flow", ["down", "right"])
def test_ports_are_hit_where_they_are(joined, flow):
    joined.turn(flow)
    for name in list(joined.nodes.keys):
        for port in (*joined.inputs(name), *joined.outputs(name)):
            assert joined.port_at(*joined.where(port), 4.0) == port
    end = next(iter(joined.wires.keys))
    x1, y1, x2, y2 = joined.ends(joined.wires.slots([end]))[0].tolist()
    assert (x1, y1) == joined.where(joined.graph.wires[end])
    assert (x2, y2) == joined.where(end)


def test_a_card_is_tall_where_it_has_a_summary(joined):
    heights = {name: joined.box(name).bottom - joined.box(name).top for name in joined.nodes.keys}  # noqa: SIM118
    assert heights == {"n0": TALL, "n1": LOW, "n2": TALL, "cat": TALL}


def test_the_uppermost_node_is_hit_and_beside_it_none(joined):
    joined.place(joined.nodes.slots(["n1"]), np.array([[10.0, 10.0]]))
    assert joined.node_at(20, 20) == "n1"
    assert joined.node_at(5, 5) == "n0"
    assert joined.node_at(-1, 5) is None


def test_a_card_is_hit_up_to_its_edges_and_no_further(joined):
    for name in ("n0", "n1", "n2", "cat"):
        left, top, right, bottom = joined.box(name)
        assert {joined.node_at(x, y) for x in (left, right) for y in (top, bottom)} == {name}
        assert joined.node_at(left - 1, top) is joined.node_at(left, bottom + 1) is None


def test_wires_follow_a_node_that_is_shown_elsewhere(joined):
    joined.place(joined.nodes.slots(["cat"]), np.array([[1000.0, 900.0]]))
    for end in joined.graph.into("cat"):
        x1, y1, x2, y2 = joined.ends(joined.wires.slots([end]))[0]
        assert (x2, y2) == joined.where(end)
        assert (x1, y1) == joined.where(joined.graph.wires[end])
    box = joined.around(joined.nodes.slots(["cat"]))
    assert box.left <= joined.where(Output("n0"))[0]
    assert box.bottom == 900 + TALL


def test_culling_leaves_out_what_is_elsewhere(joined):
    names = [joined.nodes.keys[slot] for slot in joined.nodes_in(Box(290, -10, 400, 40))]
    assert names == ["n1"]
    assert not len(joined.wires_in(Box(5000, 5000, 6000, 6000)))


@given(st.lists(places, max_size=12), places)
def test_a_free_place_covers_no_card(taken, wished):
    graph = Graph()
    for i, at in enumerate(taken):
        graph.put(f"nodes.n{i}", Node(f"n{i}", "conv2d", at=at))
    geometry = Geometry(graph, CATALOG)
    x, y = Placing(geometry).free(wished, TALL)
    for left, top in taken:
        assert x >= left + WIDTH or left >= x + WIDTH or y >= top + TALL or top >= y + TALL


def test_a_node_of_an_unknown_operator_has_the_ports_that_are_wired():
    graph = Graph()
    graph.put("nodes.a", Node("a", "gone"))
    graph.put("nodes.b", Node("b", "gone"))
    graph.put("wires.b.left", Output("a", "up"))
    geometry = Geometry(graph, CATALOG)
    assert geometry.outputs("a") == (Output("a", "up"),)
    assert geometry.inputs("b") == (Input("b", "left"),)
