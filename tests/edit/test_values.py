from __future__ import annotations

import pytest

from grapheditor.authoring import Option
from grapheditor.catalog import catalog
from grapheditor.edit.scope import Scope
from grapheditor.edit.sharing import partners, share_weights
from grapheditor.edit.values import computed, count_uses, environment, use_paths, value_at, with_copy
from grapheditor.graph import Graph, Head, Module, Node


@pytest.fixture
def graph():
    return catalog().new("resnet50")


def test_options_have_the_values_of_their_use(graph):
    assert environment(graph, "") == {}
    assert environment(graph, "stage3") == {"width": 256, "blocks": 6, "stride": 2}
    assert environment(graph, "stage3.first") == {"width": 256, "stride": 2, "project": True}
    assert environment(graph, "stage3.blocks.2") == {"width": 256, "stride": 1, "project": False}
    assert environment(graph, "stage3.first.shortcut") == {"width": 1024, "stride": 2}
    assert environment(graph, "nowhere.at.all") == {}


def test_what_cannot_be_computed_has_no_value(graph):
    node = graph.nodes["stage3"]
    graph.put("nodes.stage3", Node("stage3", node.operator, {"width": "=deep", "stride": 2}))
    assert environment(graph, "stage3") == {"blocks": 3, "stride": 2}
    assert "width" not in environment(graph, "stage3.first")


def test_each_copy_of_a_module_is_a_use_of_it_and_what_is_bypassed_is_none(graph):
    uses = list(use_paths(graph, "Bottleneck"))
    assert len(uses) == count_uses(graph, "Bottleneck") == 16
    assert uses[:4] == ["stage1.first", "stage1.blocks.0", "stage1.blocks.1", "stage2.first"]
    shortcuts = list(use_paths(graph, "Shortcut"))
    assert shortcuts == [f"stage{number}.first.shortcut" for number in (1, 2, 3, 4)]
    assert count_uses(graph, "Shortcut") == 4
    assert count_uses(graph, graph.nodes["stage1"].operator) == 4
    assert count_uses(catalog().new("gpt3"), catalog().new("gpt3").nodes["blocks"].operator) == 96


def test_many_copies_in_many_copies_are_counted_without_going_through_them():
    graph = Graph()
    for module, inner in (("A", "B"), ("B", "C"), ("C", "relu")):
        graph.put(f"modules.{module}", Head("", (), (), ()))
        graph.put(f"modules.{module}.nodes.x", Node("x", inner, repeat=10_000))
    graph.put("nodes.a", Node("a", "A"))
    assert count_uses(graph, "C") == 10_000**2


def test_a_copy_knows_its_number():
    graph = Graph()
    size = Option("size", "integer", 1, 1, None)
    graph.put("modules.Block", Head("", (size,), (), ()))
    graph.put("nodes.block1", Node("block1", "Block", {"size": "=8*(i + 1)"}, repeat=4))
    assert isinstance(graph.modules["Block"], Module)
    assert environment(graph, "block1.0") == {"size": 8}
    assert environment(graph, "block1.3") == {"size": 32}
    assert with_copy(graph.nodes["block1"], {}) == {"i": 0}


def test_a_value_outside_the_limits_is_refused():
    size = Option("size", "integer", 1, 1, None)
    assert value_at(size, "=2*width", {"width": 8}) == 16
    with pytest.raises(ValueError, match="at least 1"):
        value_at(size, "=width - 8", {"width": 8})
    with pytest.raises(ValueError, match="depth is not known"):
        computed("=depth", {"width": 8})


def test_weights_are_shared_and_had_again_alone():
    graph = Graph()
    for name in ("conv1", "conv2", "conv3"):
        graph.put(f"nodes.{name}", Node(name, "conv2d"))
    graph.put("nodes.relu1", Node("relu1", "relu"))
    scope = Scope(graph)
    share_weights(scope, "conv2", "conv1").apply(graph)
    assert [graph.nodes[name].weights for name in ("conv1", "conv2", "conv3")] == ["conv1", "conv1", ""]
    assert partners(scope, "conv2") == ["conv1"]
    share_weights(scope, "conv3", "conv2").apply(graph)
    assert partners(scope, "conv3") == ["conv1", "conv2"]
    share_weights(scope, "conv1", "").apply(graph)
    assert [graph.nodes[name].weights for name in ("conv1", "conv2", "conv3")] == ["", "conv1", "conv1"]
    share_weights(scope, "conv3", "").apply(graph)
    assert not any(node.weights for node in graph.nodes.values()), "a set of one is none"
    with pytest.raises(ValueError, match="same operator"):
        share_weights(scope, "conv1", "relu1")
