"""Warnings and hints: said where they are due, and never of the networks that ship."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.compile.advice import advice
from grapheditor.edit import edits
from grapheditor.graph import Graph, Node, Output

KNOWN = catalog()
INFERENCE = Inference(KNOWN)


def told(graph: Graph) -> list[tuple[str, str, str]]:
    found = advice(graph, KNOWN, INFERENCE.analyse(graph))
    return [(item.severity, item.node, item.message) for item in found]


@pytest.mark.parametrize("name", KNOWN.templates)
def test_nothing_is_said_of_the_networks_that_ship(name):
    assert told(KNOWN.new(name)) == []


def test_softmax_before_cross_entropy_is_a_warning_with_a_fix():
    graph = KNOWN.new("mlp")
    graph.put("nodes.soft", Node("soft", "softmax"))
    graph.put("wires.soft.x", Output("linear3"))
    graph.put("wires.loss.x", Output("soft"))
    (problem,) = advice(graph, KNOWN, INFERENCE.analyse(graph))
    assert (problem.severity, problem.node) == ("warning", "soft")
    assert "loss applies the softmax itself" in problem.message
    for key, record in problem.fixes[0].records.items():
        graph.put(key, record)
    assert graph.inputs("loss", "x") == [Output("linear3")]
    assert told(graph) == [("hint", "soft", "Nothing uses its result.")]


def test_a_branch_that_leads_nowhere_is_a_hint():
    graph = KNOWN.new("mlp")
    change, name = edits.add_node(graph, KNOWN, "relu", (0, 0), "linear1")
    change.apply(graph)
    assert told(graph) == [("hint", name, "Nothing uses its result.")]


def test_weights_that_no_objective_reaches_are_a_warning():
    graph = KNOWN.new("mlp")
    change, name = edits.add_node(graph, KNOWN, "linear", (0, 0), "linear1")
    change.apply(graph)
    graph.put("nodes.other", Node("other", "output"))
    graph.put("wires.other.x", Output(name))
    assert told(graph) == [("warning", name, "No objective reaches its weights: they stay as they are drawn.")]


def test_a_batch_norm_of_single_samples_is_a_warning():
    graph = KNOWN.new("mnist-convnet")
    edits.insert(graph, KNOWN, *_into(graph, "batch_norm2d")).apply(graph)
    graph.put("recipe", replace(graph.recipe, batch=1))
    found = told(graph)
    assert ("warning", "bn1") in [item[:2] for item in found]
    graph.put("recipe", replace(graph.recipe, batch=2))
    assert "warning" not in [item[0] for item in told(graph)]


def _into(graph: Graph, operator: str):
    from grapheditor.graph import Input

    change, name = edits.add_node(graph, KNOWN, operator, (0, 0))
    change.apply(graph)
    return name, Input("pool1", "x")


def test_a_bias_before_a_batch_norm_is_a_hint_with_a_fix():
    graph = KNOWN.new("mnist-convnet")
    edits.insert(graph, KNOWN, *_into(graph, "batch_norm2d")).apply(graph)
    (problem,) = advice(graph, KNOWN, INFERENCE.analyse(graph))
    assert (problem.severity, problem.node, problem.option) == ("hint", "conv1", "bias")
    for key, record in problem.fixes[0].records.items():
        graph.put(key, record)
    assert graph.nodes["conv1"].options["bias"] is False
    assert told(graph) == []


def test_inside_a_module_too():
    graph = KNOWN.new("resnet18")
    node = graph.modules["BasicBlock"].nodes["conv1"]
    options = {key: value for key, value in node.options.items() if key != "bias"}
    graph.put("modules.BasicBlock.nodes.conv1", replace(node, options=options))
    (problem,) = advice(graph, KNOWN, INFERENCE.analyse(graph))
    assert problem.node == "BasicBlock.conv1"
    for key, record in problem.fixes[0].records.items():
        graph.put(key, record)
    assert told(graph) == []
