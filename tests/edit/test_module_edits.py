"""Modules made of nodes, taken apart, split off, renamed; their ports, options and paths follow."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from grapheditor.authoring.options import Option
from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.edit import Document, clipboard, edits, modules
from grapheditor.edit.scope import Scope, first_copy, holders, located, paths, scope_at
from grapheditor.graph import Graph, Input, Node, Objective, Output, Tie

KNOWN = catalog()
INFERENCE = Inference(KNOWN)


def grouped(graph: Graph, *nodes: str, name: str = "Block", module: str = "") -> tuple[Document, str]:
    document = Document(graph)
    change, use, _ = modules.group(Scope(graph, module), KNOWN, nodes, name)
    document.commit(change)
    return document, use


def totals(graph: Graph) -> tuple[int, int, list[str]]:
    """Parameters, multiply-adds and problems: the same network has the same."""
    found = INFERENCE.analyse(graph)
    work = sum(found.multiply_adds(name) for name in found.used)
    return found.parameters, work, [str(item) for item in found.problems]


def test_a_group_is_a_module_whose_ports_are_the_wires_that_were_cut() -> None:
    graph = KNOWN.new("mnist-convnet")
    before = totals(graph)
    document, use = grouped(graph, "conv2", "pool2", "relu2")
    assert use == "block1"
    assert graph.nodes["block1"].operator == "Block"
    head = graph.modules["Block"].head
    assert (head.inputs, head.outputs) == (("x",), (("out", "out"),))
    assert graph.wires[Input("block1", "x")] == Output("relu1")
    assert Output("block1") in graph.wires.values()
    assert set(graph.modules["Block"].nodes) == {"conv2", "pool2", "relu2", "x", "out"}
    assert totals(graph) == before
    document.undo()
    assert graph == KNOWN.new("mnist-convnet")


def test_two_things_that_arrive_are_two_ports_and_two_results_are_two_outputs() -> None:
    graph = KNOWN.new("resnet18")
    inner = scope_at(graph, "stage2.block1") or scope_at(graph, next(paths(graph, "BasicBlock")))
    assert inner is not None
    body = inner.body
    adds = [node.id for node in body.nodes.values() if node.operator == "add"]
    before = totals(graph)
    change, use, name = modules.group(inner, KNOWN, adds, "Sum")
    change.apply(graph)
    assert len(graph.modules[name].head.inputs) == 2
    assert use in body.nodes
    assert totals(graph) == before


def test_what_shares_weights_with_a_node_outside_is_refused() -> None:
    graph = KNOWN.new("gan-gaussians")
    name = next(name for name, node in graph.nodes.items() if node.weights)
    with pytest.raises(ValueError, match=f"{name} shares its weights with"):
        modules.group(Scope(graph), KNOWN, [name])


def test_what_leads_out_and_back_in_is_refused_by_name() -> None:
    graph = KNOWN.new("mnist-convnet")
    with pytest.raises(ValueError, match="pool2 lies between"):
        modules.group(Scope(graph), KNOWN, ["conv2", "relu2"])
    with pytest.raises(ValueError, match="Select operators first"):
        modules.group(Scope(graph), KNOWN, ["image", "loss"])


def test_inputs_and_losses_stay_outside_a_group_of_everything() -> None:
    graph = KNOWN.new("mnist-convnet")
    before = totals(graph)
    grouped(graph, *graph.nodes)
    assert {node.operator for node in graph.nodes.values()} >= {"input", "cross_entropy", "Block"}
    assert totals(graph) == before


def test_options_of_the_module_around_become_options_of_the_new_one() -> None:
    graph = KNOWN.new("resnet50")
    scope = Scope(graph, "Bottleneck")
    needy = [
        node.id for node in scope.body.nodes.values() if any(str(v).startswith("=") for v in node.options.values())
    ]
    before = totals(graph)
    change, use, name = modules.group(scope, KNOWN, needy[:1], "Part")
    change.apply(graph)
    assert graph.modules[name].head.options
    assert all(value == f"={key}" for key, value in scope.body.nodes[use].options.items())
    assert totals(graph) == before


def test_objectives_and_ties_follow_into_a_group_and_out_of_it() -> None:
    graph = KNOWN.new("mnist-convnet")
    graph.put("recipe", replace(graph.recipe, objectives=(Objective("loss", ("conv1", "linear2")),)))
    graph.put("ties.conv1.bias", Tie("linear1.bias"))
    document, use = grouped(graph, "conv1", "pool1", "relu1")
    assert graph.recipe.objectives[0].weights == (f"{use}.conv1", "linear2")
    assert graph.ties == {f"{use}.conv1.bias": Tie("linear1.bias")}
    change, names = modules.unpack(Scope(graph), use)
    document.commit(change)
    assert sorted(names) == ["conv1", "pool1", "relu1"]
    assert graph.recipe.objectives[0].weights == ("conv1", "linear2")
    assert graph.ties == {"conv1.bias": Tie("linear1.bias")}
    assert not graph.modules
    assert graph.fingerprint() == (lambda g: (g.put("ties.conv1.bias", Tie("linear1.bias")), g.fingerprint())[1])(
        KNOWN.new("mnist-convnet")
    )


@pytest.mark.parametrize("template", ["resnet18", "mobilenet-v2", "lstm-text", "masked-lm", "gan-gaussians", "alexnet"])
def test_any_group_that_is_allowed_leaves_the_network_and_unpacks_to_it(template: str) -> None:
    chance = random.Random(template)
    origin = KNOWN.new(template)
    before = totals(origin)
    done = 0
    for _ in range(30):
        document = Document(origin.copy())
        graph = document.graph
        scope = Scope(graph, chance.choice(["", *graph.modules]))
        names = list(scope.body.nodes)
        start = chance.randrange(len(names))
        try:
            change, use, _ = modules.group(scope, KNOWN, names[start : start + chance.randint(1, 6)])
        except ValueError:
            continue
        document.commit(change)
        assert totals(graph)[:2] == before[:2]
        assert len(totals(graph)[2]) == len(before[2])
        change, _ = modules.unpack(scope, use)
        document.commit(change)
        assert graph.fingerprint() == origin.fingerprint()
        assert graph.recipe == origin.recipe
        document.undo()
        document.undo()
        assert graph == origin
        done += 1
    assert done > 5


def test_unpacking_gives_nodes_the_values_of_that_use() -> None:
    graph = KNOWN.new("resnet18")
    before = totals(graph)
    change, names = modules.unpack(Scope(graph), "stage2")
    change.apply(graph)
    assert totals(graph) == before
    assert "BasicStage" in graph.modules
    assert not any(str(value).startswith("=") for name in names for value in graph.nodes[name].options.values())


def test_what_is_repeated_is_not_unpacked() -> None:
    graph = KNOWN.new("gpt2", {"vocabulary": 50, "context": 32})
    with pytest.raises(ValueError, match="is repeated"):
        modules.unpack(Scope(graph), "blocks")
    with pytest.raises(ValueError, match="is an operator"):
        modules.unpack(Scope(graph), "head")


def test_a_use_is_split_off_and_edited_alone() -> None:
    graph = KNOWN.new("resnet18")
    change, name = modules.make_unique(Scope(graph), ["stage2"])
    change.apply(graph)
    assert graph.nodes["stage2"].operator == name != graph.nodes["stage1"].operator
    assert graph.modules[name].nodes == graph.modules["BasicStage"].nodes
    assert totals(graph) == totals(KNOWN.new("resnet18"))


def test_a_module_is_renamed_with_all_its_uses() -> None:
    graph = KNOWN.new("resnet18")
    modules.rename_module(graph, "BasicBlock", "Residual").apply(graph)
    assert "BasicBlock" not in graph.modules
    assert list(paths(graph, "Residual"))
    assert totals(graph) == totals(KNOWN.new("resnet18"))
    with pytest.raises(ValueError, match="there is already a module BasicStage"):
        modules.rename_module(graph, "Residual", "BasicStage")
    with pytest.raises(ValueError, match="begins with a capital"):
        modules.rename_module(graph, "Residual", "residual")


def test_an_option_is_added_used_renamed_and_taken_away() -> None:
    graph = KNOWN.new("mnist-convnet")
    _, use = grouped(graph, "conv2", "pool2", "relu2")
    modules.put_option(graph, "Block", Option("width", "integer", 64)).apply(graph)
    scope = Scope(graph, "Block")
    edits.set_option(scope, KNOWN, ["conv2"], "out_channels", "=width").apply(graph)
    modules.put_option(graph, "Block", Option("channels", "integer", 64), "width").apply(graph)
    assert scope.body.nodes["conv2"].options["out_channels"] == "=channels"
    edits.set_option(Scope(graph), KNOWN, [use], "channels", 32).apply(graph)
    assert INFERENCE.analyse(graph).inside(use)["conv2"].outputs["out"].shape[1] == 32
    with pytest.raises(ValueError, match="needed by conv2"):
        modules.remove_option(graph, "Block", "channels")
    with pytest.raises(ValueError, match="has a node of that name"):
        modules.put_option(graph, "Block", Option("conv2", "integer", 64))


def test_a_port_comes_and_goes_with_its_node_and_takes_its_wires_along() -> None:
    graph = KNOWN.new("mnist-convnet")
    _, use = grouped(graph, "conv2", "pool2", "relu2")
    scope = Scope(graph, "Block")
    change, name = edits.add_node(scope, KNOWN, "input", (0, 0))
    change.apply(graph)
    assert graph.modules["Block"].head.inputs == ("x", name)
    edits.rename(scope, name, "skip").apply(graph)
    edits.connect(Scope(graph), KNOWN, Output("pool1"), Input(use, "skip")).apply(graph)
    edits.rename(scope, "skip", "shortcut").apply(graph)
    assert graph.wires[Input(use, "shortcut")] == Output("pool1")
    edits.remove(scope, ["shortcut"]).apply(graph)
    assert graph.modules["Block"].head.inputs == ("x",)
    assert not [end for end in graph.wires if end.port == "shortcut"]


def test_pasting_brings_modules_along_and_does_not_nest_one_in_itself() -> None:
    graph = KNOWN.new("resnet18")
    part = clipboard.excerpt(Scope(graph), ["stage1", "stage2"])
    assert {"BasicStage", "BasicBlock"} <= set(part.modules)
    other = Graph()
    clipboard.paste(Scope(other), part, (0.0, 0.0))[0].apply(other)
    assert other.modules.keys() == part.modules.keys()
    changed = part.copy()
    edits.set_option(Scope(changed, "BasicBlock"), KNOWN, ["conv1"], "bias", True).apply(changed)
    clipboard.paste(Scope(other), changed, (500.0, 0.0))[0].apply(other)
    assert other.modules.keys() == {*part.modules, "BasicBlock1", "BasicStage1"}
    with pytest.raises(ValueError, match="cannot lie within itself"):
        clipboard.paste(Scope(graph, "BasicBlock"), part, (0.0, 0.0))


def test_a_place_is_found_by_the_path_of_a_use_or_by_its_definition() -> None:
    graph = KNOWN.new("gpt2", {"vocabulary": 50, "context": 32})
    module = graph.nodes["blocks"].operator
    assert scope_at(graph, "blocks.0") == scope_at(graph, "blocks") == Scope(graph, module)
    assert scope_at(graph, "head") is None
    inner = next(iter(graph.modules[module].nodes))
    assert located(graph, f"blocks.3.{inner}") == ("blocks.3", inner)
    assert located(graph, f"{module}.{inner}") == ("blocks.0", inner)
    assert located(graph, "nowhere") == ("", "")
    assert first_copy(graph, "blocks") == "blocks.0"
    assert holders(Scope(graph), f"{module}.{inner}") == holders(Scope(graph), f"blocks.3.{inner}") == ["blocks"]
    assert holders(Scope(graph, module), f"blocks.3.{inner}.weight") == [inner]


def test_a_removed_node_within_a_module_takes_its_paths_along() -> None:
    graph = KNOWN.new("gpt2", {"vocabulary": 50, "context": 32})
    module = graph.nodes["blocks"].operator
    inner = next(name for name, node in graph.modules[module].nodes.items() if node.operator in graph.modules)
    graph.put("recipe", replace(graph.recipe, objectives=(Objective("head", (f"blocks.{inner}", "head")),)))
    edits.remove(Scope(graph, module), [inner]).apply(graph)
    assert graph.recipe.objectives[0].weights == ("head",)
    assert Node("x", "input").id not in graph.nodes
