from __future__ import annotations

import pytest

import grapheditor
from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.compile.given import typed
from grapheditor.compile.summary import summary
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Input, Node, Objective, Output, Recipe

KNOWN = catalog()
INFERENCE = Inference(KNOWN)


def shapes(graph):
    analysis = INFERENCE.analyse(graph)
    return {name: str(info.outputs["out"]) for name, info in analysis.nodes.items() if "out" in info.outputs}


def test_the_batch_stays_free_on_every_wire():
    found = shapes(KNOWN.new("mnist-convnet"))
    assert found["conv1"] == "N×32×24×24"
    assert found["pool2"] == "N×64×2×2"
    assert found["flatten"] == "N×256"
    assert found["loss"] == "a single number"


def test_image_sizes_can_stay_free_too():
    graph = KNOWN.new("mnist-convnet")
    edits.set_option(Scope(graph), KNOWN, ["image"], "shape", ("N", 3, "32*h", "W")).apply(graph)
    edits.remove(Scope(graph), ["flatten"]).apply(graph)
    found = shapes(graph)
    assert found["conv1"] == "N×32×(32*h - 4)×(W - 4)"
    assert found["image"] == "N×3×32*h×W"


def test_weights_that_depend_on_a_free_size_are_a_problem():
    graph = KNOWN.new("mlp")
    edits.set_option(Scope(graph), KNOWN, ["image"], "shape", ("N", 1, "T", 28)).apply(graph)
    problems = INFERENCE.analyse(graph).problems
    assert [(item.node, item.severity) for item in problems] == [("linear1", "error")]
    assert "depend on a size that is free" in problems[0].message


def test_a_problem_is_told_once_and_where_it_is():
    graph = KNOWN.new("mnist-convnet")
    edits.set_option(Scope(graph), KNOWN, ["pool1"], "kernel_size", 5).apply(graph)
    analysis = INFERENCE.analyse(graph)
    assert [(item.node, item.port) for item in analysis.problems] == [("conv2", "x")]
    assert "covers 5, and 4 arrive" in analysis.problems[0].message
    assert "N×32×4×4 (float32) from relu1" in analysis.problems[0].message
    assert "conv2" not in analysis.nodes
    assert "pool2" not in analysis.nodes
    assert "label" in analysis.nodes


def test_after_an_edit_only_what_it_touches_is_recorded(monkeypatch):
    from grapheditor.compile import infer

    inference, graph, seen = Inference(KNOWN), KNOWN.new("mnist-convnet"), []
    real = infer.record
    monkeypatch.setattr(infer, "record", lambda *args: seen.append(args[0].id) or real(*args))
    inference.analyse(graph)
    seen.clear()
    inference.analyse(graph)
    assert seen == []
    edits.set_option(Scope(graph), KNOWN, ["linear1"], "out_features", 100).apply(graph)
    inference.analyse(graph)
    assert set(seen) == {"linear", "relu"}


def test_numbers_of_different_types_have_different_keys():
    keys = {typed({"size": value}) for value in (1, 1.0, True)}
    assert len(keys) == 3


def test_a_number_in_a_file_is_taken_as_its_option_declares_it():
    graph = Graph()
    graph.put("nodes.a", Node("a", "input", {"shape": ("N", 4)}))
    graph.put("nodes.b", Node("b", "dropout", {"p": 1}))
    graph.put("wires.b.x", Output("a"))
    assert "nn.Dropout(1.0)" in grapheditor.source(graph)


def test_a_boolean_is_no_dimension():
    graph = Graph()
    graph.put("nodes.a", Node("a", "input", {"shape": ("N", 4)}))
    graph.put("nodes.b", Node("b", "flatten", {"start_dim": True}))
    graph.put("wires.b.x", Output("a"))
    assert "whole number" in INFERENCE.analyse(graph).problems[0].message
    graph.put("nodes.b", Node("b", "flatten", {"start_dim": 1}))
    assert not INFERENCE.analyse(graph).problems


@pytest.mark.parametrize(
    ("template", "options", "parameters"),
    [
        ("mnist-convnet", {}, 105_506),
        ("mlp", {"inputs": 4, "first": 8, "second": 6, "classes": 3}, 4 * 8 + 8 + 8 * 6 + 6 + 6 * 3 + 3),
    ],
)
def test_parameters_are_those_of_the_books(template, options, parameters):
    graph = KNOWN.new(template, options)
    assert INFERENCE.analyse(graph).parameters == parameters


def test_the_summary_is_for_one_sample_or_a_batch():
    graph = KNOWN.new("mnist-convnet")
    analysis = INFERENCE.analyse(graph)
    one, ten = summary(graph, analysis), summary(graph, analysis, 10)
    assert one["multiply_adds"] == 28 * 0 + 24 * 24 * 25 * 32 + 4 * 4 * 25 * 32 * 64 + 256 * 200 + 200 * 10
    assert ten["multiply_adds"] == 10 * one["multiply_adds"]
    rows = {row["path"]: row for row in one["nodes"]}
    assert rows["conv1"]["outputs"] == [{"shape": ["N", 32, 24, 24], "dtype": "float32"}]
    assert rows["conv1"]["activation_bytes"] == 4 * 32 * 24 * 24
    assert {row["path"]: row for row in ten["nodes"]}["conv1"]["outputs"][0]["shape"] == [10, 32, 24, 24]


def test_enormous_layers_are_analysed_without_memory():
    graph = KNOWN.new("mlp", {"inputs": 10**9, "first": 10**9, "second": 1, "classes": 2})
    assert INFERENCE.analyse(graph).parameters > 10**18


def test_a_recipe_that_minimises_no_number_is_a_problem():
    graph = KNOWN.new("mlp")
    graph.put("recipe", Recipe(objectives=(Objective("linear3"),)))
    assert "not a loss" in INFERENCE.analyse(graph).problems[0].message
    graph.put("recipe", Recipe(objectives=(Objective("gone"),)))
    assert "not in the graph" in INFERENCE.analyse(graph).problems[0].message


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (Node("a", "no_such"), "no operator no_such"),
        (Node("a", "conv2d", {"colour": 3}), "no option colour"),
        (Node("a", "conv2d", {"stride": 0}), "at least 1"),
        (Node("a", "conv2d"), "Nothing is wired to a.x"),
        (Node("a", "input", {"shape": ("N", "2**2**9")}), "out of bounds"),
        (Node("a", "input", {"shape": ("N", "N - 9")}), "sizes start at 1"),
        (Node("a", "input", {"shape": ("N", "import os")}), "not arithmetic"),
    ],
)
def test_what_is_wrong_with_a_node_is_said(node, words):
    graph = Graph()
    graph.put("nodes.a", node)
    problems = INFERENCE.analyse(graph).problems
    assert any(words in problem.message for problem in problems), problems
    assert all(problem.node == "a" for problem in problems)


def test_a_problem_says_which_nodes_made_the_sizes_that_do_not_fit():
    (problem,) = Inference(KNOWN).analyse(KNOWN.new("broken-net")).problems
    assert problem.message.endswith("What arrives: N×32×4×4 (float32) from relu1 (conv1 made the 32, pool1 the 4×4).")


def test_sizes_that_the_caller_gives_have_no_maker():
    graph = Graph()
    graph.put("nodes.x", Node("x", "input", {"shape": ("N", 3, 4, 4)}))
    for name, operator, before in (("act", "relu", "x"), ("conv", "conv2d", "act")):
        graph.put(f"nodes.{name}", Node(name, operator, {"kernel_size": 7} if operator == "conv2d" else {}))
        graph.put(f"wires.{name}.x", Output(before))
    (problem,) = Inference(KNOWN).analyse(graph).problems
    assert problem.message.endswith("What arrives: N×3×4×4 (float32) from act.")


@pytest.mark.parametrize("context", [4, 5, 7, 8, 9, 64])
def test_a_network_may_know_few_places(context):
    graph = KNOWN.new("char-gpt", {"width": 8, "heads": 2, "layers": 1, "context": context})
    analysis = INFERENCE.analyse(graph)
    assert analysis.sound
    assert str(analysis.nodes["head"].outputs["out"]) == "N×T×65"
    assert max(point["T"] for point in analysis.points) <= context


def test_two_small_lengths_are_told_apart():
    graph = Graph()
    for name, shape in (("a", ("N", "T")), ("b", ("N", "S"))):
        graph.put(f"nodes.{name}", Node(name, "input", {"shape": shape, "dtype": "int64"}))
        graph.put(f"nodes.table_{name}", Node(f"table_{name}", "embedding", {"num_embeddings": 9, "embedding_dim": 8}))
        graph.put(f"nodes.places_{name}", Node(f"places_{name}", "position_embedding", {"length": 4}))
        graph.put(f"wires.table_{name}.x", Output(name))
        graph.put(f"wires.places_{name}.x", Output(f"table_{name}"))
    graph.put("nodes.both", Node("both", "concatenate", {"dim": 1}))
    graph.put(f"wires.{Input('both', 'xs', 0)}", Output("places_a"))
    graph.put(f"wires.{Input('both', 'xs', 1)}", Output("places_b"))
    found = shapes(graph)
    assert found["both"] == "N×(S + T)×8"
    assert (found["places_a"], found["places_b"]) == ("N×T×8", "N×S×8")
