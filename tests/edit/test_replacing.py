"""Another operator in a node's place; muting; linked copies; names that people type."""

from __future__ import annotations

import pytest

from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.edit import clipboard, modules, replacing
from grapheditor.edit.scope import Scope, feeder, nearest_use, paths, touched_modules
from grapheditor.graph import Graph, Head, Input, Node, Output

KNOWN = catalog()
INFERENCE = Inference(KNOWN)


def test_wires_and_options_of_the_same_name_stay() -> None:
    graph = KNOWN.new("mnist-convnet")
    pool = graph.nodes["pool1"]
    assert pool.operator == "max_pool2d"
    replacing.replace_with(Scope(graph), KNOWN, "pool1", "avg_pool2d").apply(graph)
    assert graph.nodes["pool1"].operator == "avg_pool2d"
    assert graph.nodes["pool1"].options == {key: pool.options[key] for key in pool.options if key != "dilation"}
    assert graph.wires[Input("pool1", "x")] == Output("conv1")
    assert INFERENCE.analyse(graph).sound


def test_the_wires_of_a_port_that_repeats_are_numbered_and_of_a_single_one_are_not() -> None:
    graph = Graph()
    for name, operator in (("a", "input"), ("b", "input"), ("sum", "add"), ("end", "output")):
        graph.put(f"nodes.{name}", Node(name, operator))
    for end, start in (("sum.x", "a"), ("sum.y", "b"), ("end.x", "sum")):
        graph.put(f"wires.{end}", Output(start))
    replacing.replace_with(Scope(graph), KNOWN, "sum", "concatenate").apply(graph)
    assert {str(end): str(start) for end, start in graph.into("sum").items()} == {"sum.xs.0": "a", "sum.xs.1": "b"}
    replacing.replace_with(Scope(graph), KNOWN, "sum", "add").apply(graph)
    assert {str(end): str(start) for end, start in graph.into("sum").items()} == {"sum.x": "a", "sum.y": "b"}
    assert graph.wires[Input("end", "x")] == Output("sum")


def test_a_single_port_of_the_same_name_takes_no_numbered_wire() -> None:
    graph = Graph()
    graph.put("modules.Take", Head("", (), ("xs",), (("out", "out"),)))
    for name, operator in (("a", "input"), ("many", "concatenate")):
        graph.put(f"nodes.{name}", Node(name, operator))
    graph.put("wires.many.xs.0", Output("a"))
    replacing.replace_with(Scope(graph), KNOWN, "many", "Take").apply(graph)
    assert dict(graph.into("many")) == {Input("many", "xs"): Output("a")}


def test_what_has_too_few_ports_is_refused_and_not_offered() -> None:
    graph = KNOWN.new("resnet18")
    scope = Scope(graph, "BasicBlock")
    name = next(node.id for node in scope.body.nodes.values() if node.operator == "add")
    with pytest.raises(ValueError, match="ReLU has not the ports that the wires of"):
        replacing.replace_with(scope, KNOWN, name, "relu")
    assert not replacing.can_replace(scope, KNOWN, name, KNOWN.operators["relu"])
    assert replacing.can_replace(scope, KNOWN, name, KNOWN.operators["multiply"])
    assert not replacing.can_replace(scope, KNOWN, name, KNOWN.operators["input"])


def test_a_muted_node_passes_on_what_arrives_and_comes_back() -> None:
    graph = KNOWN.new("mnist-convnet")
    before = graph.copy()
    modules.mute(Scope(graph), KNOWN, ["relu1"]).apply(graph)
    found = INFERENCE.analyse(graph)
    assert found.sound
    assert found.nodes["relu1"].bypassed
    modules.mute(Scope(graph), KNOWN, ["relu1"]).apply(graph)
    assert graph == before
    for name, why in (("image", "nothing that would go on"), ("loss", "nothing that would go on")):
        with pytest.raises(ValueError, match=why):
            modules.mute(Scope(graph), KNOWN, [name])


def test_a_node_with_a_switch_is_not_muted() -> None:
    graph = KNOWN.new("resnet50")
    scope = Scope(graph, "Bottleneck")
    name = next(node.id for node in scope.body.nodes.values() if node.when)
    with pytest.raises(ValueError, match="has a switch already"):
        modules.mute(scope, KNOWN, [name])


def test_a_linked_copy_has_the_same_weights_and_they_count_once() -> None:
    graph = KNOWN.new("mnist-convnet")
    before = INFERENCE.analyse(graph).parameters
    change, (copy,) = clipboard.paste_linked(Scope(graph), ["linear2"], (300.0, 0.0))
    change.apply(graph)
    graph.put(f"wires.{copy}.x", graph.wires[Input("linear2", "x")])
    graph.put("nodes.more", Node("more", "output"))
    graph.put("wires.more.x", Output(copy))
    assert graph.nodes[copy].weights == graph.nodes["linear2"].weights == "linear2"
    found = INFERENCE.analyse(graph)
    assert found.sound
    assert found.parameters == before
    change, (third,) = clipboard.paste_linked(Scope(graph), [copy], (300.0, 0.0))
    change.apply(graph)
    assert graph.nodes[third].weights == "linear2"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("residual block", "ResidualBlock"),
        ("Conv → Norm", "ConvNorm"),
        ("3x3 conv", "Block3x3Conv"),
        ("Übergang", "Ubergang"),
        ("none", "BlockNone"),
        ("BasicBlock", "BasicBlock"),
        ("→ ×", ""),
    ],
)
def test_a_text_becomes_the_name_of_a_class(text: str, name: str) -> None:
    assert modules.class_name(text) == name


def test_a_number_of_copies_is_a_number_or_an_expression_of_the_options_around() -> None:
    graph = KNOWN.new("resnet50")
    for wrong in (0, 200_000):
        with pytest.raises(ValueError, match="repeated 1 to 100,000 times"):
            modules.set_repeat(Scope(graph), "stage1", wrong)
    with pytest.raises(ValueError, match="depth"):
        modules.set_repeat(Scope(graph), "stage1", "depth")
    modules.set_repeat(Scope(graph, "BottleneckStage"), "blocks", "blocks + 1").apply(graph)
    assert INFERENCE.analyse(graph).sound


def test_an_input_of_a_module_says_what_arrives() -> None:
    graph = KNOWN.new("resnet50")
    assert feeder(graph, "stage2", "x") == "from stage1"
    assert feeder(graph, "stage2.blocks.0", "x") == "from first"
    assert feeder(graph, "stage2.first", "x") == "from stage1"
    assert feeder(graph, "stage2.first.shortcut", "x") == "from stage1"
    assert feeder(graph, "stage2.blocks.1.shortcut", "x") == "from the copy before"
    assert feeder(graph, "stage2.blocks.1", "x") == "from the copy before"


def test_a_change_tells_which_bodies_it_is_about_and_the_nearest_use_is_found() -> None:
    graph = KNOWN.new("resnet50")
    change = modules.set_when(Scope(graph, "Bottleneck"), ["relu1"], "0")
    assert touched_modules(change) == {"Bottleneck"}
    assert nearest_use(graph, {"Bottleneck"}, "stage3") == "stage3.first"
    assert nearest_use(graph, {"Bottleneck"}, "") in set(paths(graph, "Bottleneck"))
    assert nearest_use(graph, {""}, "stage3") == ""
    change, _, _ = modules.group(Scope(graph), KNOWN, ["conv1", "bn1"])
    assert touched_modules(change) == {""}


def test_a_module_stands_in_no_body_that_it_holds() -> None:
    graph = KNOWN.new("resnet50")
    assert set(modules.placeable(Scope(graph))) == set(graph.modules)
    assert modules.placeable(Scope(graph, "Bottleneck")) == ["Shortcut"]
