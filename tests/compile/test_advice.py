"""Warnings and hints: said where they are due, and never of the networks that ship."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.advice import advice
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Head, Input, Node, Output
from grapheditor.graph.recipe import Objective

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
    change, name = edits.add_node(Scope(graph), KNOWN, "relu", (0, 0), "linear1")
    change.apply(graph)
    assert told(graph) == [("hint", name, "Nothing uses its result.")]


def test_weights_that_no_objective_reaches_are_a_warning():
    graph = KNOWN.new("mlp")
    change, name = edits.add_node(Scope(graph), KNOWN, "linear", (0, 0), "linear1")
    change.apply(graph)
    graph.put("nodes.other", Node("other", "output"))
    graph.put("wires.other.x", Output(name))
    assert told(graph) == [("warning", name, "No objective reaches its weights: they stay as they are drawn.")]


def test_a_learning_rate_of_zero_is_a_warning_with_a_fix():
    graph = KNOWN.new("mlp")
    (goal,) = graph.recipe.objectives
    graph.put("recipe", replace(graph.recipe, objectives=(replace(goal, settings={**goal.settings, "lr": 0.0}),)))
    (problem,) = advice(graph, KNOWN, INFERENCE.analyse(graph))
    assert (problem.severity, problem.node) == ("warning", "loss")
    assert "no weight changes" in problem.message
    for key, record in problem.fixes[0].records.items():
        graph.put(key, record)
    assert told(graph) == []
    assert graph.recipe.objectives[0].settings["lr"] == 1e-3


def test_a_batch_norm_of_single_samples_is_a_warning():
    graph = KNOWN.new("mnist-convnet")
    edits.insert(Scope(graph), KNOWN, *_into(graph, "batch_norm2d")).apply(graph)
    graph.put("recipe", replace(graph.recipe, batch=1))
    found = told(graph)
    assert ("warning", "bn1") in [item[:2] for item in found]
    graph.put("recipe", replace(graph.recipe, batch=2))
    assert "warning" not in [item[0] for item in told(graph)]


def _into(graph: Graph, operator: str):
    change, name = edits.add_node(Scope(graph), KNOWN, operator, (0, 0))
    change.apply(graph)
    return name, Input("pool1", "x")


def test_a_bias_before_a_batch_norm_is_a_hint_with_a_fix():
    graph = KNOWN.new("mnist-convnet")
    edits.insert(Scope(graph), KNOWN, *_into(graph, "batch_norm2d")).apply(graph)
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
    assert problem.node == "stage1.first.conv1"
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


def module(graph: Graph, name: str, *steps: tuple[str, str, dict], outputs=(("out", "out"),), ends=None) -> None:
    """Define a module: a chain of operators behind its input x. ends: what its outputs take, by default the last."""
    graph.put(f"modules.{name}", Head("", (), ("x",), tuple(outputs)))
    graph.put(f"modules.{name}.nodes.x", Node("x", "input", {"shape": ("N", 1)}))
    last = "x"
    for inner, operator, options in steps:
        graph.put(f"modules.{name}.nodes.{inner}", Node(inner, operator, options))
        graph.put(f"modules.{name}.wires.{inner}.x", Output(last))
        last = inner
    for _, node in outputs:
        graph.put(f"modules.{name}.nodes.{node}", Node(node, "output"))
        graph.put(f"modules.{name}.wires.{node}.x", Output((ends or {}).get(node, last)))


def chain(graph: Graph, *steps: tuple[str, str, dict]) -> None:
    """Put nodes behind each other; the first has no input."""
    for (name, operator, options), before in zip(steps, ("", *(step[0] for step in steps)), strict=False):
        graph.put(f"nodes.{name}", Node(name, operator, options))
        if before:
            graph.put(f"wires.{name}.x", Output(before))


def classifier(operator: str) -> Graph:
    """Features, a module, and its result as scores that a loss takes."""
    graph = Graph()
    chain(graph, ("features", "input", {"shape": ("N", 8)}), ("body", operator, {}), ("scores", "output", {}))
    chain(graph, ("label", "input", {"shape": ("N",), "dtype": "int64"}))
    graph.put("nodes.loss", Node("loss", "cross_entropy"))
    graph.put("wires.loss.x", Output("body"))
    graph.put("wires.loss.target", Output("label"))
    graph.put("recipe", replace(graph.recipe, objectives=(Objective("loss"),)))
    return graph


def test_a_softmax_that_ends_a_module_is_seen_from_the_loss_outside():
    graph = classifier("Body")
    module(graph, "Body", ("linear", "linear", {"out_features": 4}), ("soft", "softmax", {}))
    (problem,) = advice(graph, KNOWN, INFERENCE.analyse(graph))
    assert (problem.severity, problem.node) == ("warning", "body.soft")
    (fix,) = problem.fixes
    assert fix.title == "take linear instead of soft in Body"
    graph.put_all(fix.records)
    assert graph.modules["Body"].inputs("out", "x") == [Output("linear")]
    assert ("warning", "body.soft") not in [item[:2] for item in told(graph)]


def test_a_softmax_that_others_need_is_not_taken_out_of_its_module():
    graph = classifier("Body")
    module(graph, "Body", ("linear", "linear", {"out_features": 8}), ("soft", "softmax", {}))
    graph.put("nodes.mixed", Node("mixed", "Body"))
    graph.put("wires.mixed.x", Output("features"))
    graph.put("nodes.act", Node("act", "relu"))
    graph.put("wires.act.x", Output("mixed"))
    graph.put("nodes.more", Node("more", "output"))
    graph.put("wires.more.x", Output("act"))
    found = [item for item in advice(graph, KNOWN, INFERENCE.analyse(graph)) if item.node == "body.soft"]
    assert [item.fixes for item in found] == [()]


def test_a_softmax_behind_a_view_is_seen():
    graph = KNOWN.new("mlp")
    chain(
        graph,
        ("linear3", "linear", {"out_features": 10}),
        ("soft", "softmax", {}),
        ("same", "view", {"size": (-1, 10)}),
    )
    graph.put("wires.linear3.x", Output("tanh1"))
    graph.put("wires.loss.x", Output("same"))
    assert ("warning", "soft") in [item[:2] for item in told(graph)]


def test_a_branch_that_leads_nowhere_inside_a_module_is_a_hint_and_its_weights_are_named():
    graph = classifier("Body")
    module(graph, "Body", ("linear", "linear", {"out_features": 4}))
    inner = Node("spare", "linear", {"out_features": 9})
    graph.put("modules.Body.nodes.spare", inner)
    graph.put("modules.Body.wires.spare.x", Output("x"))
    text = "No objective reaches its weights: nothing needs its result, so it is not even printed."
    assert told(graph) == [("hint", "body.spare", "Nothing uses its result."), ("warning", "body.spare", text)]


def test_what_one_use_of_a_module_needs_is_dead_in_none():
    graph = classifier("Body")
    steps = (("linear", "linear", {"out_features": 4}), ("spare", "linear", {"out_features": 9}))
    module(graph, "Body", *steps, outputs=(("out", "out"), ("more", "more")), ends={"out": "linear"})
    as_drawn = "No objective reaches its weights: they stay as they are drawn."
    assert told(graph) == [("hint", "body.spare", "Nothing uses its result."), ("warning", "body.spare", as_drawn)]
    graph.put("nodes.other", Node("other", "Body"))
    graph.put("wires.other.x", Output("features"))
    graph.put("nodes.rest", Node("rest", "output"))
    graph.put("wires.rest.x", Output("other", "more"))
    warnings = [item for item in told(graph) if item[0] == "warning"]
    assert [item[1] for item in warnings] == ["body.spare", "other"]
    assert "hint" not in [item[0] for item in told(graph)]


def test_weights_that_no_objective_reaches_inside_a_module_are_named_by_their_path():
    graph = classifier("Body")
    module(graph, "Body", ("linear", "linear", {"out_features": 4}), outputs=(("out", "out"), ("more", "more")))
    graph.put("modules.Body.nodes.extra", Node("extra", "linear", {"out_features": 3}))
    graph.put("modules.Body.wires.extra.x", Output("x"))
    graph.put("modules.Body.wires.more.x", Output("extra"))
    graph.put("nodes.rest", Node("rest", "output"))
    graph.put("wires.rest.x", Output("body", "more"))
    assert told(graph) == [("warning", "body.extra", "No objective reaches its weights: they stay as they are drawn.")]


def test_a_module_of_which_nothing_is_reached_is_named_as_a_whole():
    graph = classifier("Body")
    module(graph, "Body", ("one", "linear", {"out_features": 8}), ("two", "linear", {"out_features": 8}))
    graph.put("nodes.aside", Node("aside", "Body", repeat=5))
    graph.put("wires.aside.x", Output("features"))
    graph.put("nodes.rest", Node("rest", "output"))
    graph.put("wires.rest.x", Output("aside"))
    assert [item[:2] for item in told(graph)] == [("warning", "aside")]


def bordered(norm: str = "batch_norm2d") -> Graph:
    """A convolution at the end of one module, what follows it at the beginning of another."""
    graph = Graph()
    module(graph, "Conv", ("conv", "conv2d", {"out_channels": 8, "padding": 1}))
    module(graph, "Rest", ("next", norm, {}), ("act", "relu", {}))
    chain(graph, ("x", "input", {"shape": ("N", 8, 9, 9)}), ("a", "Conv", {}), ("b", "Rest", {}), ("y", "output", {}))
    return graph


def test_a_bias_before_a_batch_norm_is_seen_across_a_border():
    graph = bordered()
    (problem,) = advice(graph, KNOWN, INFERENCE.analyse(graph))
    assert (problem.node, problem.option) == ("a.conv", "bias")
    assert "b.next subtracts the mean" in problem.message
    graph.put_all(problem.fixes[0].records)
    assert graph.modules["Conv"].nodes["conv"].options["bias"] is False
    assert told(graph) == []
    assert told(bordered("relu")) == []


def test_a_bias_that_another_use_of_its_module_needs_stays():
    graph = bordered()
    chain(graph, ("b", "Rest", {}), ("c", "Conv", {}), ("y", "output", {}))
    graph.put("wires.b.x", Output("a"))
    assert told(graph) == []


def test_a_bias_is_seen_from_copy_to_copy_and_through_what_is_bypassed():
    graph = bordered()
    module(graph, "Both", ("bn", "batch_norm2d", {}), ("conv", "conv2d", {"out_channels": 8, "padding": 1}))
    chain(
        graph,
        ("x", "input", {"shape": ("N", 8, 9, 9)}),
        ("many", "Both", {}),
        ("bn", "batch_norm2d", {}),
        ("y", "output", {}),
    )
    graph.put("nodes.many", Node("many", "Both", repeat=6))
    for name in ("a", "b"):
        graph.put(f"nodes.{name}", None)
        graph.put(f"wires.{name}.x", None)
    assert [item[1] for item in told(graph)] == ["many.0.conv"]
    graph.put("nodes.bn", Node("bn", "batch_norm2d", when="0"))
    assert told(graph) == []


def test_a_state_that_goes_from_place_to_place_is_used():
    graph = Graph()
    graph.put("modules.Cell", Head("", (), ("x", "h"), (("out", "out"), ("h", "h_out"))))
    for name in ("x", "h"):
        graph.put(f"modules.Cell.nodes.{name}", Node(name, "input", {"shape": ("N", 4)}))
    for name, operator, options, wires in (
        ("mixed", "add", {}, {"x": "x", "y": "h"}), ("step", "linear", {"out_features": 4}, {"x": "mixed"}),
        ("out", "output", {}, {"x": "mixed"}), ("h_out", "output", {}, {"x": "step"}),
    ):  # fmt: skip
        graph.put(f"modules.Cell.nodes.{name}", Node(name, operator, options))
        for port, start in wires.items():
            graph.put(f"modules.Cell.wires.{name}.{port}", Output(start))
    chain(graph, ("xs", "input", {"shape": ("N", 5, 4)}), ("cell", "Cell", {}), ("y", "output", {}))
    graph.put("nodes.cell", Node("cell", "Cell", scan=("x",)))
    graph.put("nodes.first", Node("first", "input", {"shape": ("N", 4)}))
    graph.put("wires.cell.h", Output("first"))
    assert INFERENCE.analyse(graph).sound
    assert told(graph) == []


def test_fewer_scores_than_the_data_has_classes_is_a_warning_with_a_fix():
    graph = KNOWN.new("mnist-convnet")
    change = edits.set_option(Scope(graph), KNOWN, ["linear2"], "out_features", 7)
    change.apply(graph)
    (problem,) = advice(graph, KNOWN, INFERENCE.analyse(graph))
    assert (problem.severity, problem.node) == ("warning", "linear2")
    assert problem.message == "Handwritten digits has 10 classes, and loss gets scores for 7."
    assert [fix.title for fix in problem.fixes] == ["set out features of linear2 to 10"]
    graph.put_all(problem.fixes[0].records)
    assert told(graph) == []


def test_scores_that_something_else_takes_too_are_not_widened():
    graph = KNOWN.new("mnist-convnet")
    edits.set_option(Scope(graph), KNOWN, ["linear2"], "out_features", 7).apply(graph)
    graph.put("nodes.more", Node("more", "linear", {"out_features": 3}))
    graph.put("wires.more.x", Output("linear2"))
    graph.put("nodes.rest", Node("rest", "output"))
    graph.put("wires.rest.x", Output("more"))
    found = [item for item in advice(graph, KNOWN, INFERENCE.analyse(graph)) if item.node == "linear2"]
    assert [item.fixes for item in found] == [()]


def image_chain(*operators: str) -> Graph:
    """Return image (N×3×32×32) -> operators, each behind the one before."""
    graph = Graph()
    graph.put("nodes.image", Node("image", "input", {"shape": ("N", 3, 32, 32)}))
    before = "image"
    for operator in operators:
        change, name = edits.add_node(Scope(graph), KNOWN, operator, (0, 0), before)
        change.apply(graph)
        before = name
    return graph


@pytest.mark.parametrize("layers", [[], ["conv2d"], ["conv2d", "batch_norm2d", "relu", "dropout"], ["max_pool2d"]])
def test_a_linear_layer_behind_an_image_is_offered_a_flatten(layers):
    graph = image_chain(*layers, "linear")
    (problem,) = [item for item in advice(graph, KNOWN, INFERENCE.analyse(graph)) if item.helper]
    assert (problem.severity, problem.node, problem.port, problem.helper) == ("hint", "linear1", "x", "flatten")
    assert "3×32×32" in problem.message or layers
    (fix,) = problem.fixes
    for key, record in fix.records.items():
        graph.put(key, record)
    assert len(INFERENCE.analyse(graph).nodes["linear1"].outputs["out"].dims) == 2
    assert not [item for item in advice(graph, KNOWN, INFERENCE.analyse(graph)) if item.helper]


@pytest.mark.parametrize("layers", [["flatten"], ["permute"], ["conv2d", "transpose", "relu"]])
def test_no_flatten_is_offered_where_the_image_is_none_any_more(layers):
    graph = image_chain(*layers, "linear")
    assert not [item for item in advice(graph, KNOWN, INFERENCE.analyse(graph)) if item.helper == "flatten"]


def test_a_flatten_is_offered_inside_a_module_where_all_its_uses_get_images():
    from grapheditor.edit import modules

    graph = image_chain("conv2d", "relu", "linear")
    change, use, module = modules.group(Scope(graph), KNOWN, ["relu1", "linear1"])
    change.apply(graph)
    (problem,) = [item for item in advice(graph, KNOWN, INFERENCE.analyse(graph)) if item.helper]
    assert problem.node == f"{use}.linear1"
    for key, record in problem.fixes[0].records.items():
        assert key.startswith(f"modules.{module}.")
        graph.put(key, record)
    assert not [item for item in advice(graph, KNOWN, INFERENCE.analyse(graph)) if item.helper]


def test_what_feeds_only_losses_is_offered_as_the_output():
    graph = KNOWN.new("mlp")
    outputs = [name for name, node in graph.nodes.items() if node.operator == "output"]
    edits.remove(Scope(graph), outputs).apply(graph)
    (problem,) = advice(graph, KNOWN, INFERENCE.analyse(graph))
    assert (problem.severity, problem.node, problem.helper) == ("hint", "linear3", "output")
    for key, record in problem.fixes[0].records.items():
        graph.put(key, record)
    assert graph.inputs("output", "x") == [Output("linear3")]
    assert told(graph) == []


def test_what_onnx_cannot_say_is_a_hint_where_a_result_needs_it():
    graph = classifier("gumbel_softmax")
    (problem,) = [item for item in advice(graph, KNOWN, INFERENCE.analyse(graph)) if item.helper]
    assert (problem.severity, problem.node, problem.helper) == ("hint", "body", "onnx")
    assert "body draws other numbers each time" in problem.message
    graph.put("wires.scores.x", Output("features"))
    assert not [item for item in told(graph) if "ONNX" in item[2]], "only the loss needs it now"


def test_results_of_complex_numbers_are_said_before_an_export():
    graph = Graph()
    chain(graph, ("features", "input", {"shape": ("N", 8)}), ("body", "fft", {}), ("scores", "output", {}))
    ((_, node, message),) = told(graph)
    assert node == "scores"
    assert "complex numbers, which an ONNX file cannot give" in message


def test_what_stands_in_several_copies_of_a_module_is_said_once():
    graph = classifier("Body")
    module(graph, "Body", ("draw", "gumbel_softmax", {}))
    graph.put("nodes.body", replace(graph.nodes["body"], repeat=4))
    assert [item[1] for item in told(graph) if "ONNX" in item[2]] == ["body.0.draw"]
