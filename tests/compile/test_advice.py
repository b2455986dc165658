"""Warnings and hints: said where they are due, and never of the networks that ship."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
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


def test_a_size_that_only_values_tell_is_said_and_carried_on():
    graph = Graph()
    graph.put("nodes.x", Node("x", "input", {"shape": (4, 6)}))
    for name, operator, before in (("found", "nonzero", "x"), ("row", "flatten", "found"), ("y", "output", "row")):
        options = {"start_dim": 0} if operator == "flatten" else {}
        graph.put(f"nodes.{name}", Node(name, operator, options))
        graph.put(f"wires.{name}.x", Output(before))
    analysis = INFERENCE.analyse(graph)
    assert analysis.nodes["found"].outputs["out"].shape == ("found_count", 2)
    assert analysis.nodes["row"].outputs["out"].shape == ("2*found_count",)
    (hint,) = advice(graph, KNOWN, analysis)
    assert (hint.severity, hint.node) == ("hint", "found")
    assert "depends on the values" in hint.message
    module = compile_graph(graph).module()
    assert module(torch.eye(4, 6)).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_size_of_no_known_form_is_shown_as_unclear_with_two_examples():
    graph = Graph()
    graph.put("nodes.x", Node("x", "input", {"shape": ("N", 3, "H", 400)}))
    options = ({"kernel_size": 3}, {"kernel_size": 5, "stride": 7}, {"kernel_size": 2, "ceil_mode": True, "stride": 5})
    last = "x"
    for i, values in enumerate(options):
        graph.put(f"nodes.pool{i}", Node(f"pool{i}", "max_pool2d", values))
        graph.put(f"wires.pool{i}.x", Output(last))
        last = f"pool{i}"
    analysis = INFERENCE.analyse(graph)
    shapes = [analysis.nodes[f"pool{i}"].outputs["out"].shape for i in range(3)]
    assert shapes == [("N", 3, "H//3", 133), ("N", 3, "?", 19), ("N", 3, "?", 4)]
    (hint,) = [hint for hint in advice(graph, KNOWN, analysis) if hint.node != "pool2" or "uses" not in hint.message]
    assert (hint.severity, hint.node) == ("hint", "pool1")
    assert "3 at N = " in hint.message
    assert "and 12 at N = " in hint.message
