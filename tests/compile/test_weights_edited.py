"""Weights of a network that was edited since: what kept its name and size is taken by it, the rest by structure."""

from __future__ import annotations

import pytest
import torch

from grapheditor.catalog import catalog
from grapheditor.compile import compile_graph
from grapheditor.compile.weights import MatchError, match
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Input

KNOWN = catalog()


def chain(*widths: int) -> Graph:
    """A perceptron with these widths, one norm behind its first layer."""
    graph = Graph()
    at = (0.0, 0.0)
    change, name = edits.add_node(Scope(graph), KNOWN, "input", at)
    change.apply(graph)
    edits.set_option(Scope(graph), KNOWN, [name], "shape", ("N", 8)).apply(graph)
    for width in widths:
        change, name = edits.add_node(Scope(graph), KNOWN, "linear", at, after=name)
        change.apply(graph)
        edits.set_option(Scope(graph), KNOWN, [name], "out_features", width).apply(graph)
    change, name = edits.add_node(Scope(graph), KNOWN, "output", at, after=name)
    change.apply(graph)
    return graph


def weights(graph: Graph) -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    return compile_graph(graph).module().state_dict()


def between(graph: Graph, operator: str, end: Input) -> str:
    """Put an operator into a wire; return its id."""
    change, name = edits.add_between(Scope(graph), KNOWN, operator, (0.0, 0.0), graph.wires[end], end)
    change.apply(graph)
    return name


def test_a_layer_put_between_others_of_its_size_takes_nothing_from_them():
    graph = chain(8, 8, 8, 3)
    learned = weights(graph)
    name = between(graph, "linear", Input("linear2", "x"))
    edits.set_option(Scope(graph), KNOWN, [name], "out_features", 8).apply(graph)
    found = match(learned, compile_graph(graph), partial=True)
    assert found.missing == (f"{name}.weight", f"{name}.bias")
    assert all(torch.equal(value, learned[own]) for own, value in found.take(learned).items())
    assert found.unclear == ()
    assert found.tensors == 1.0


def test_another_head_begins_fresh_and_all_else_is_taken():
    graph = chain(8, 8, 3)
    learned = weights(graph)
    edits.set_option(Scope(graph), KNOWN, ["linear3"], "out_features", 5).apply(graph)
    found = match(learned, compile_graph(graph), partial=True)
    assert (found.missing, found.unused) == (("linear3.weight", "linear3.bias"),) * 2
    assert found.tensors == pytest.approx(4 / 6)


def test_a_layer_of_another_size_keeps_not_even_its_bias():
    graph = chain(8, 6, 8, 3)
    learned = weights(graph)
    edits.set_option(Scope(graph), KNOWN, ["linear2"], "out_features", 7).apply(graph)
    found = match(learned, compile_graph(graph), partial=True)
    assert found.missing == ("linear2.weight", "linear2.bias", "linear3.weight", "linear3.bias")


def test_a_layer_that_lost_its_bias_keeps_its_weight():
    graph = chain(8, 6, 3)
    learned = weights(graph)
    edits.set_option(Scope(graph), KNOWN, ["linear2"], "bias", False).apply(graph)
    found = match(learned, compile_graph(graph), partial=True)
    assert found.unused == ("linear2.bias",)
    with pytest.raises(MatchError, match=r"linear2.weight \(6×8\) has no partner"):
        match(learned, compile_graph(graph))


def test_a_node_of_another_name_is_found_by_its_structure():
    graph = chain(8, 6, 5, 3)
    learned = weights(graph)
    edits.rename(Scope(graph), "linear2", "middle").apply(graph)
    found = match(learned, compile_graph(graph), partial=True)
    assert found.names["middle.weight"] == "linear2.weight"
    assert found.missing == ()


def test_statistics_and_counts_of_batches_come_along():
    graph = KNOWN.new("vgg11", {"size": 32, "width": 4, "hidden": 8, "classes": 10, "batch_norm": True})
    learned = weights(graph)
    edits.set_option(Scope(graph), KNOWN, ["linear3"], "out_features", 4).apply(graph)
    found = match(learned, compile_graph(graph), partial=True)
    assert {"bn1.running_var", "bn1.num_batches_tracked"} <= found.pieces.keys()
    assert found.missing == ("linear3.weight", "linear3.bias")


def test_one_name_in_common_says_nothing_of_another_network():
    """linear1 there is what runs last, and of the same size as linear3 here."""
    other = {
        "a.weight": torch.randn(8, 8), "b.weight": torch.randn(6, 8), "c.weight": torch.randn(8, 6),
        "linear1.weight": torch.randn(8, 8),
    }  # fmt: skip
    graph = chain(8, 6, 8, 8)
    for name in ("linear1", "linear2", "linear3", "linear4"):
        edits.set_option(Scope(graph), KNOWN, [name], "bias", False).apply(graph)
    found = match(other, compile_graph(graph), partial=True)
    assert found.names == {
        "linear1.weight": "a.weight", "linear2.weight": "b.weight", "linear3.weight": "c.weight", "linear4.weight": "linear1.weight",
    }  # fmt: skip
