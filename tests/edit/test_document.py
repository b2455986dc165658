"""Changes, history and edits as tables and properties over real graphs."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grapheditor.catalog import catalog
from grapheditor.edit import Change, Document, clipboard, edits
from grapheditor.edit.layout import arrange
from grapheditor.edit.scope import Scope
from grapheditor.graph import ConnectError, Graph, Input, Node, Objective, Output
from grapheditor.graph.checks import find_cycle
from grapheditor.graph.learning import Learning

KNOWN = catalog()
OPERATORS = sorted(KNOWN.operators)


def open_document(template="mnist-convnet"):
    return Document(KNOWN.new(template))


def test_undo_and_redo_return():
    document = open_document()
    start = document.graph.copy()
    document.commit(edits.set_option(Scope(document.graph), KNOWN, ["conv1"], "stride", 2))
    document.commit(edits.remove(Scope(document.graph), ["relu1"]))
    after = document.graph.copy()
    document.undo()
    document.undo()
    assert document.graph == start
    assert document.undo() is None
    document.redo()
    document.redo()
    assert document.graph == after
    assert document.redo() is None


@pytest.mark.parametrize("bout", [None, "typing"])
def test_a_new_step_ends_what_could_be_done_again(bout):
    document = open_document()
    for name in ("One", "Two"):
        document.commit(edits.set_title(Scope(document.graph), "conv1", name))
    document.undo()
    document.commit(edits.set_title(Scope(document.graph), "conv2", "Three"), bout)
    assert document.can_redo is None
    assert document.graph.nodes["conv1"].title == "One"


def test_a_new_layer_does_not_get_the_id_of_a_deleted_one_whose_weights_it_would_take():
    document = open_document()

    def added():
        change, name = edits.add_node(Scope(document.graph), KNOWN, "conv2d", (0.0, 0.0))
        document.commit(change)
        return name

    document.commit(edits.remove(Scope(document.graph), ["conv2"]))
    assert added() == "conv3"
    document.undo()
    assert added() == "conv3", "what was never there is no deleted one"
    document.undo()
    document.undo()
    document.commit(edits.rename(Scope(document.graph), "conv2", "second"))
    assert added() == "conv3"
    document.undo()
    document.undo()
    assert document.graph.spent == set()
    document.redo()
    assert document.graph.spent == {"nodes.conv2"}


def test_observers_see_what_changed_and_can_leave():
    document = open_document()
    seen: list[Change] = []
    leave = document.observe(seen.append)
    document.commit(edits.set_title(Scope(document.graph), "conv1", "First"))
    document.undo()
    leave()
    document.redo()
    assert [set(change.differences) for change in seen] == [{"nodes.conv1"}, {"nodes.conv1"}]
    assert seen[1].differences["nodes.conv1"][1].title == ""


def test_typing_on_is_one_step():
    document = open_document()
    bout = object()
    for text in ("F", "Fi", "First"):
        document.commit(edits.set_title(Scope(document.graph), "conv1", text), bout)
    document.undo()
    assert document.graph.nodes["conv1"].title == ""
    assert document.can_undo is None


def test_typing_back_to_the_start_is_no_step():
    document = open_document()
    bout = object()
    document.commit(edits.set_title(Scope(document.graph), "conv1", "F"), bout)
    document.commit(edits.set_title(Scope(document.graph), "conv1", ""), bout)
    assert document.can_undo is None
    assert not document.edited


def test_undo_ends_a_bout_of_typing():
    document = open_document()
    document.commit(edits.set_title(Scope(document.graph), "conv2", "Before"))
    bout = object()
    document.commit(edits.set_title(Scope(document.graph), "conv1", "F"), bout)
    document.undo()
    document.commit(edits.set_title(Scope(document.graph), "conv1", "G"), bout)
    document.undo()
    assert document.graph.nodes["conv2"].title == "Before"


def test_no_two_states_have_the_same_revision():
    documents = [open_document(), open_document()]
    for document in documents:
        document.commit(edits.set_title(Scope(document.graph), "conv1", "F"))
        document.undo()
    assert len({document.revision for document in documents} | {open_document().revision}) == 3


def test_edited_knows_what_was_saved():
    document = open_document()
    assert not document.edited
    document.commit(edits.set_title(Scope(document.graph), "conv1", "First"))
    assert document.edited
    document.mark_saved()
    assert not document.edited
    document.commit(edits.set_title(Scope(document.graph), "conv1", "Second"), "bout")
    assert document.edited
    document.undo()
    assert not document.edited
    document.undo()
    assert document.edited


def test_an_edit_that_changes_nothing_is_no_step():
    document = open_document()
    before = document.revision
    document.commit(edits.set_option(Scope(document.graph), KNOWN, ["conv1"], "kernel_size", 5))
    assert document.can_undo is None
    assert document.revision == before


def test_a_chain_is_built_behind_what_is_selected():
    document = Document(Graph())
    document.commit(edits.add_data(document.graph, KNOWN.sources["digits"])[0])
    last = "image"
    for operator in ("normalize", "conv2d", "relu", "flatten", "linear", "output"):
        change, name = edits.add_node(Scope(document.graph), KNOWN, operator, (0, 0), last)
        document.commit(change)
        if operator != "output":
            last = name
    change, loss = edits.add_node(Scope(document.graph), KNOWN, "cross_entropy", (0, 0), last)
    document.commit(change)
    graph = document.graph
    assert graph.wires[Input("loss", "target")] == Output("label")
    assert graph.wires[Input(loss, "x")] == Output("linear1")
    assert [item.minimise for item in graph.recipe.objectives] == ["loss"]
    assert graph.nodes["label"].options == {"shape": ("N",), "dtype": "int64"}
    assert not KNOWN.check_nodes(graph)


@pytest.mark.parametrize(
    ("operator", "inputs", "meant"),
    [
        ("mse_loss", {"features": "float32", "price": "float32"}, "price"),
        ("mse_loss", {"features": "float32", "rooms": "int64", "price": "float32"}, "price"),
        ("mse_loss", {"features": "float32", "price": "float32", "weight": "float32"}, None),
        ("cross_entropy", {"features": "float32", "price": "float32", "label": "int64"}, "label"),
        ("mse_loss", {"features": "float32", "label": "int64"}, "label"),
        ("accuracy", {"features": "float32", "rooms": "int64", "label": "int64"}, None),
    ],
)
def test_the_target_is_the_input_of_its_type_that_nothing_else_takes(operator, inputs, meant):
    graph = Graph()
    for name, dtype in inputs.items():
        graph.put(f"nodes.{name}", Node(name, "input", {"shape": ("N",), "dtype": dtype}))
    graph.put("nodes.linear", Node("linear", "linear"))
    graph.put("wires.linear.x", Output("features"))
    change, name = edits.add_node(Scope(graph), KNOWN, operator, (0, 0), "linear")
    change.apply(graph)
    assert graph.wires.get(Input(name, "target")) == (Output(meant) if meant else None)


def test_a_second_measure_takes_the_target_of_the_first():
    graph = KNOWN.new("mnist-convnet")
    change, name = edits.add_node(Scope(graph), KNOWN, "top_k_accuracy", (0, 0), "linear2")
    change.apply(graph)
    assert graph.wires[Input(name, "target")] == Output("label")


def test_removing_a_loss_removes_its_objective():
    document = open_document()
    document.commit(edits.remove(Scope(document.graph), ["loss"]))
    assert not document.graph.recipe.objectives
    document.undo()
    assert document.graph.recipe.objectives[0].minimise == "loss"


def test_dissolve_joins_the_wires():
    document = open_document()
    document.commit(edits.dissolve(Scope(document.graph), ["pool1", "relu1"]))
    assert document.graph.wires[Input("conv2", "x")] == Output("conv1")


def test_insert_puts_a_node_into_a_wire():
    document = open_document()
    change, name = edits.add_node(Scope(document.graph), KNOWN, "dropout", (0, 0))
    document.commit(change)
    document.commit(edits.insert(Scope(document.graph), KNOWN, name, Input("linear2", "x")))
    assert document.graph.wires[Input(name, "x")] == Output("relu3")
    assert document.graph.wires[Input("linear2", "x")] == Output(name)


def test_a_wire_that_is_there_makes_way():
    document = open_document()
    document.commit(edits.connect(Scope(document.graph), KNOWN, Output("conv1"), Input("conv2", "x")))
    assert document.graph.wires[Input("conv2", "x")] == Output("conv1")
    with pytest.raises(ConnectError):
        edits.connect(Scope(document.graph), KNOWN, Output("relu1"), Input("conv1", "x"))


def test_a_repeating_port_counts_on():
    document = open_document()
    change, name = edits.add_node(Scope(document.graph), KNOWN, "concatenate", (0, 0), "relu1")
    document.commit(change)
    assert edits.free_input(Scope(document.graph), KNOWN, name) == Input(name, "xs", 1)


def test_rename_takes_wires_and_recipe_along():
    document = open_document()
    start = document.graph.copy()
    document.commit(edits.rename(Scope(document.graph), "loss", "cost"))
    document.commit(edits.rename(Scope(document.graph), "image", "picture"))
    graph = document.graph
    assert graph.recipe.objectives[0].minimise == "cost"
    assert graph.recipe.field("picture") == "image"
    assert graph.wires[Input("normalize", "x")] == Output("picture")
    assert not KNOWN.check_nodes(graph)
    document.undo()
    document.undo()
    assert graph == start


def test_renaming_leaves_the_fields_of_others_alone():
    document = open_document()
    objective = Objective("loss", ("linear2", "conv1"))
    document.commit(edits.set_recipe(document.graph, objectives=(objective,)))
    document.commit(edits.rename(Scope(document.graph), "conv1", "edges"))
    assert document.graph.recipe.fields == {}
    assert document.graph.recipe.objectives[0].weights == ("linear2", "edges")
    document.commit(edits.rename(Scope(document.graph), "image", "picture"))
    assert document.graph.recipe.fields == {"picture": "image"}
    document.commit(edits.rename(Scope(document.graph), "picture", "image"))
    assert document.graph.recipe.fields == {}
    document.commit(edits.remove(Scope(document.graph), ["edges"]))
    assert document.graph.recipe.objectives[0].weights == ("linear2",)


@pytest.mark.parametrize("name", ["conv2", "forward", "with space", "", "for", "ünï"])
def test_an_impossible_id_is_refused_in_words(name):
    with pytest.raises(ValueError, match="cannot be an id: "):
        edits.rename(Scope(open_document().graph), "conv1", name)


def test_copies_get_free_ids_and_keep_their_wires():
    document = open_document()
    part = clipboard.excerpt(Scope(document.graph), ["conv1", "pool1"])
    change, names = clipboard.paste(Scope(document.graph), part, (500.0, 0.0))
    document.commit(change)
    assert sorted(names) == ["conv3", "pool3"]
    assert document.graph.wires[Input("pool3", "x")] == Output("conv3")
    assert document.graph.nodes["conv3"].options == document.graph.nodes["conv1"].options


def test_layout_puts_each_node_below_what_it_needs():
    graph = KNOWN.new("mnist-convnet")
    places = arrange(graph, KNOWN)
    assert len(set(places.values())) == len(graph.nodes)
    for end, start in graph.wires.items():
        assert places[start.node][1] < places[end.node][1]
    rows: dict[float, list[float]] = {}
    for x, y in places.values():
        rows.setdefault(y, []).append(x)
    for row in rows.values():
        ordered = sorted(row)
        assert all(b - a >= 226 for a, b in zip(ordered, ordered[1:], strict=False))


@st.composite
def steps(draw):
    return draw(
        st.lists(st.tuples(st.sampled_from("acrdmoti"), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=40)
    )


def perform(document: Document, kind: str, a: int, b: int) -> None:
    graph = document.graph
    ids = sorted(graph.nodes)
    pick, other = (ids[a % len(ids)], ids[b % len(ids)]) if ids else (None, None)
    if kind == "a" or pick is None:
        document.commit(edits.add_node(Scope(graph), KNOWN, OPERATORS[a % len(OPERATORS)], (a % 99, b % 99), other)[0])
    elif kind == "c":
        end = edits.free_input(Scope(graph), KNOWN, pick)
        outputs = KNOWN.operators[graph.nodes[other].operator].outputs
        if end and outputs:
            document.commit(edits.connect(Scope(graph), KNOWN, Output(other, outputs[0].name), end))
    elif kind == "r":
        document.commit(edits.remove(Scope(graph), [pick]))
    elif kind == "d":
        document.commit(edits.dissolve(Scope(graph), [pick]))
    elif kind == "m":
        document.commit(edits.move(Scope(graph), {pick: (float(a % 999), float(b % 999))}))
    elif kind == "o":
        document.commit(edits.set_option(Scope(graph), KNOWN, [pick], "out_features", 1 + b % 99))
    elif kind == "t":
        document.commit(edits.rename(Scope(graph), pick, f"n{b}"))
    elif graph.wires:
        wires = sorted(graph.wires)
        document.commit(edits.insert(Scope(graph), KNOWN, pick, wires[b % len(wires)]))


@settings(max_examples=150, deadline=None)
@given(steps())
def test_any_edits_keep_the_graph_whole_and_undo_to_the_start(done):
    document = open_document("mlp")
    start = document.graph.copy()
    for kind, a, b in done:
        try:
            perform(document, kind, a, b)
        except (ConnectError, ValueError):
            continue
        assert not find_cycle(document.graph)
        for end, wire in document.graph.wires.items():
            assert end.node in document.graph.nodes
            assert wire.node in document.graph.nodes
    end = document.graph.copy()
    while document.undo():
        pass
    assert document.graph == start
    while document.redo():
        pass
    assert document.graph == end


def test_a_node_at_another_place_is_the_same_in_all_else():
    node = Node(
        "a", "linear", {"x": 1}, title="T", at=(1.0, 2.0), when="k", repeat=3, weights="w", scan=("x",),
        learning=Learning(frozen=True),
    )  # fmt: skip
    assert all(getattr(node, item.name) not in (item.default, {}) for item in fields(Node))
    assert node.moved((5.0, 6.0)) == replace(node, at=(5.0, 6.0))
