"""Fixes are tried before they are offered: of the lesson's broken net, of dozens of its variants, of usual slips."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from grapheditor.authoring import Option
from grapheditor.catalog import catalog
from grapheditor.compile import Inference, fixes
from grapheditor.compile.fixes import with_fixes
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Head, Node, Output
from grapheditor.graph.arithmetic import Name

KNOWN = catalog()
INFERENCE = Inference(KNOWN)


def fixes_of(graph: Graph):
    """Return the first error with its fixes, each of which was put into a copy and found sound."""
    analysis = INFERENCE.analyse(graph)
    problem = next(item for item in with_fixes(INFERENCE, graph, analysis) if item.severity == "error")
    for fix in problem.fixes:
        mended = graph.copy()
        for key, record in fix.records.items():
            mended.put(key, record)
        after = INFERENCE.analyse(mended)
        assert after.sound, fix.title
        for name in after.order:
            if KNOWN.of(mended, mended.nodes[name]).role == "output":
                start = mended.inputs(name, "x")[0]
                assert after.nodes[start.node].outputs[start.port].dims[0] == Name("N"), fix.title
        for key, record in fix.records.items():
            if isinstance(record, Node) and key in dict(graph.records()):
                assert record.options.get("kernel_size") != 1 or graph.nodes[record.id].options.get("kernel_size") == 1
    return problem


def pools(fix) -> dict[str, int]:
    return {
        record.id: record.options["kernel_size"] for record in fix.records.values() if record.operator == "max_pool2d"
    }


def test_the_pools_of_the_broken_net_are_among_the_first_three():
    problem = fixes_of(KNOWN.new("broken-net"))
    assert problem.node == "conv2"
    assert {"pool1": 3, "pool2": 2} in [pools(fix) for fix in problem.fixes[:3]]


def variant(chance: random.Random) -> Graph:
    """Rename, widen, or enlarge the broken net."""
    graph = KNOWN.new("broken-net")
    if chance.random() < 0.5:
        for name in ("conv1", "pool1", "view"):
            edits.rename(Scope(graph), name, f"{name}_{chance.randrange(100)}").apply(graph)
    for name, node in list(graph.nodes.items()):
        if node.operator == "linear" and chance.random() < 0.5 and node.options.get("out_features") != 10:
            edits.set_option(Scope(graph), KNOWN, [name], "out_features", chance.choice([64, 128, 300])).apply(graph)
        if node.operator == "conv2d" and node.options.get("out_channels", 32) == 32 and chance.random() < 0.5:
            edits.set_option(Scope(graph), KNOWN, [name], "out_channels", chance.choice([16, 24, 48])).apply(graph)
    if chance.random() < 0.4:
        image = graph.nodes["image"]
        graph.put("nodes.image", replace(image, options={**image.options, "shape": ("N", 1, 32, 32)}))
        graph.put("recipe", replace(graph.recipe, data=None))
    return graph


@pytest.mark.parametrize("seed", range(36))
def test_variants_of_the_broken_net_are_mended(seed):
    graph = variant(random.Random(seed))
    problem = fixes_of(graph)
    assert len(problem.fixes) >= 3
    assert any(len(pools(fix)) == 2 or "view" not in fix.title for fix in problem.fixes[:3])


def test_an_image_at_a_linear_layer_is_flattened():
    graph = Graph()
    edits.add_data(graph, KNOWN.sources["digits"])[0].apply(graph)
    last = "image"
    for operator in ("conv2d", "relu", "linear"):
        change, last = edits.add_node(Scope(graph), KNOWN, operator, (0, 0), last)
        change.apply(graph)
    edits.add_node(Scope(graph), KNOWN, "cross_entropy", (0, 0), last)[0].apply(graph)
    problem = fixes_of(graph)
    assert problem.node == "loss"
    assert problem.fixes[0].title == "insert a flatten between relu1 and linear1"


@pytest.mark.parametrize("width", [1, 10])
def test_one_number_a_sample_loses_its_row_of_one_before_it_is_compared(width):
    graph = Graph()
    graph.put("nodes.features", Node("features", "input", {"shape": ("N", 8)}))
    graph.put("nodes.price", Node("price", "input", {"shape": ("N",)}))
    graph.put("nodes.linear", Node("linear", "linear", {"out_features": width}))
    graph.put("nodes.loss", Node("loss", "mse_loss"))
    for end, start in {"linear.x": "features", "loss.x": "linear", "loss.target": "price"}.items():
        graph.put(f"wires.{end}", Output(start))
    problem = fixes_of(graph)
    assert "squeeze" in problem.fixes[0].title, [fix.title for fix in problem.fixes]


def test_a_residual_of_another_width_is_projected():
    graph = Graph()
    graph.put("nodes.x", Node("x", "input", {"shape": ("N", 16, 8, 8)}))
    graph.put("nodes.conv", Node("conv", "conv2d", {"out_channels": 24, "padding": 1}))
    graph.put("nodes.sum", Node("sum", "add"))
    graph.put("nodes.out", Node("out", "output"))
    for end, start in (("conv.x", "x"), ("sum.x", "conv"), ("sum.y", "x"), ("out.x", "sum")):
        graph.put(f"wires.{end}", Output(start))
    titles = [fix.title for fix in fixes_of(graph).fixes]
    assert "insert a projection (Conv2d of 1×1) between x and sum" in titles
    assert titles.index("insert a projection (Conv2d of 1×1) between x and sum") == 0


def test_a_graph_that_only_a_person_can_mend_gets_no_fixes():
    graph = KNOWN.new("mlp")
    graph.put("wires.linear1.x", None)
    problem = with_fixes(INFERENCE, graph, INFERENCE.analyse(graph))[0]
    assert problem.node == "linear1"
    assert problem.fixes == ()


def test_a_fixed_batch_leaves_as_it_came_too():
    graph = KNOWN.new("broken-net")
    for name in ("image", "label"):
        shape = (32, *KNOWN.operators["input"].values(graph.nodes[name].options)["shape"][1:])
        graph.put(f"nodes.{name}", replace(graph.nodes[name], options={**graph.nodes[name].options, "shape": shape}))
    inference = Inference(KNOWN)
    (problem, *_) = with_fixes(inference, graph, inference.analyse(graph))
    assert problem.fixes
    for fix in problem.fixes:
        mended = graph.copy()
        mended.put_all(fix.records)
        analysis = inference.analyse(mended)
        assert analysis.nodes[mended.inputs("scores", "x")[0].node].outputs["out"].shape == (32, 10)


def put_all(graph: Graph, prefix: str, *nodes: tuple[str, str, dict, dict[str, str]]) -> None:
    """Put nodes with their options and what arrives at their inputs."""
    for name, operator, options, _ in nodes:
        declared = KNOWN.operators.get(operator)
        checked = {
            key: value if declared is None or str(value).startswith("=") else declared.option(key).check(value)
            for key, value in options.items()
        }
        graph.put(f"{prefix}nodes.{name}", Node(name, operator, checked))
    for name, _, _, wires in nodes:
        for port, start in wires.items():
            graph.put(f"{prefix}wires.{name}.{port}", Output(*start.split(".")))


def with_block(*nodes: tuple[str, str, dict, dict[str, str]], uses: tuple[dict, ...] = ({},), options=()) -> Graph:
    """An image, the uses of a module one behind the other, and an output."""
    graph = Graph()
    graph.put("modules.Block", Head("", tuple(options), ("x",), (("out", "out"),)))
    put_all(graph, "modules.Block.", ("x", "input", {"shape": ("N", 1)}, {}), *nodes)
    last = "image"
    put_all(graph, "", ("image", "input", {"shape": ("N", 16, 12, 12)}, {}))
    for i, given in enumerate(uses):
        graph.put(f"nodes.block{i}", Node(f"block{i}", "Block", given))
        graph.put(f"wires.block{i}.x", Output(last))
        last = f"block{i}"
    put_all(graph, "", ("result", "output", {}, {"x": last}))
    return graph


def residual(**conv) -> tuple:
    return (
        ("conv1", "conv2d", {"out_channels": 16, "padding": 1, **conv}, {"x": "x"}),
        ("add1", "add", {}, {"x": "conv1", "y": "x"}),
        ("out", "output", {}, {"x": "add1"}),
    )


def test_a_residual_inside_a_module_is_projected_there_with_its_stride():
    problem = fixes_of(with_block(*residual(out_channels=32, stride=2)))
    assert problem.node == "block0.add1"
    assert problem.fixes[0].title == "insert a projection (Conv2d of 1×1, stride 2) between x and add1 in Block"
    assert {"modules.Block.nodes.conv2", "modules.Block.wires.add1.y"} <= problem.fixes[0].records.keys()


def test_what_a_module_forgets_is_mended_in_its_definition_for_all_uses():
    problem = fixes_of(with_block(*residual(padding=0), uses=({}, {}, {})))
    assert problem.node == "block0.add1"
    assert problem.fixes[0].title == "set padding of conv1 to 1 in Block"


def test_inside_copies_and_modules_of_modules():
    graph = with_block(*residual(padding=0))
    graph.put("modules.Stage", Head("", (), ("x",), (("out", "out"),)))
    put_all(graph, "modules.Stage.", ("x", "input", {"shape": ("N", 1)}, {}), ("many", "Block", {}, {"x": "x"}))
    graph.put("modules.Stage.nodes.many", Node("many", "Block", repeat=4))
    put_all(graph, "modules.Stage.", ("out", "output", {}, {"x": "many"}))
    graph.put("nodes.block0", Node("block0", "Stage"))
    problem = fixes_of(graph)
    assert problem.node == "block0.many.0.add1"
    assert problem.fixes[0].title == "set padding of conv1 to 1 in Block"


KERNEL = Option("kernel", "integer", 3, 1)


def test_an_option_of_a_use_has_the_values_of_what_it_is_inside():
    inner = ("conv1", "conv2d", {"kernel_size": "=kernel"}, {"x": "x"}), ("out", "output", {}, {"x": "conv1"})
    graph = with_block(*inner, uses=({"kernel": 7}, {"kernel": 7}), options=(KERNEL,))
    problem = fixes_of(graph)
    assert problem.node == "block1.conv1"
    titles = [fix.title for fix in problem.fixes]
    assert titles[0] in ("set kernel of block0 to 3", "set kernel of block1 to 3")
    assert {"set kernel of block0 to 3", "set kernel of block1 to 3"} <= set(titles)
    assert all(
        record.options["kernel"] > 1
        for fix in problem.fixes
        for record in fix.records.values()
        if record.operator == "Block"
    )


def test_a_change_of_a_definition_that_breaks_another_use_is_not_offered():
    inner = (
        ("conv1", "conv2d", {"out_channels": 16, "kernel_size": 5}, {"x": "x"}),
        ("out", "output", {}, {"x": "conv1"}),
    )
    graph = with_block(*inner, uses=({}, {}, {}))
    put_all(
        graph, "", ("small", "input", {"shape": ("N", 16, 4, 4)}, {}), ("reach", "Block", {}, {"x": "small"}),
        ("other", "output", {}, {"x": "reach"}),
    )  # fmt: skip
    graph.put("nodes.block2", None)
    graph.put("wires.block2.x", None)
    put_all(graph, "", ("result", "output", {}, {"x": "block1"}))
    problem = fixes_of(graph)
    assert problem.node == "reach.conv1"
    assert problem.fixes[0].title == "set kernel size of conv1 to 3 in Block"


def test_of_two_faults_each_has_fixes_that_make_no_other():
    graph = Graph()
    for i in (1, 2):
        put_all(
            graph, "", (f"image{i}", "input", {"shape": ("N", 3, 4, 4)}, {}),
            (f"conv{i}", "conv2d", {"kernel_size": 5}, {"x": f"image{i}"}), (f"y{i}", "output", {}, {"x": f"conv{i}"}),
        )  # fmt: skip
    analysis = INFERENCE.analyse(graph)
    problem, other = with_fixes(INFERENCE, graph, analysis)
    assert (problem.node, other.node) == ("conv1", "conv2")
    for fix in problem.fixes:
        mended = graph.copy()
        mended.put_all(fix.records)
        assert [item.node for item in INFERENCE.analyse(mended).problems] == ["conv2"]
    assert problem.fixes[0].title == "set kernel size of conv1 to 3"


def test_what_is_said_of_a_definition_is_mended_there():
    graph = with_block(*residual())
    conv = graph.modules["Block"].nodes["conv1"]
    graph.put("modules.Block.nodes.conv1", replace(conv, options={**conv.options, "kernel_size": 0}))
    problem = fixes_of(graph)
    assert problem.node == "Block.conv1"
    assert problem.fixes[0].title == "set kernel size of conv1 to 3 in Block"


def test_new_nodes_take_no_name_of_the_modules_options():
    options = (Option("conv2", "integer", 3, 1),)
    problem = fixes_of(with_block(*residual(out_channels=32), options=options))
    assert "modules.Block.nodes.conv3" in problem.fixes[0].records


def test_the_graph_is_left_as_it_was():
    graph = with_block(*residual(out_channels=32, stride=2))
    before = graph.copy()
    fixes_of(graph)
    assert graph == before


def test_the_search_tries_no_more_than_its_bound(monkeypatch):
    graph = KNOWN.new("resnet152")
    conv = graph.modules["Bottleneck"].nodes["conv2"]
    graph.put("modules.Bottleneck.nodes.conv2", replace(conv, options={**conv.options, "padding": 0}))
    inference = Inference(KNOWN)
    analysis = inference.analyse(graph)
    assert not analysis.sound
    tried = []
    analyse = inference.analyse
    monkeypatch.setattr(inference, "analyse", lambda given: tried.append(given) or analyse(given))
    monkeypatch.setattr(fixes, "TRIES", 20)
    (problem,) = (item for item in with_fixes(inference, graph, analysis) if item.fixes)
    assert problem.fixes[0].title == "set padding of conv2 to 1 in Bottleneck"
    assert 0 < len(tried) <= 20


def test_a_fix_that_would_divide_the_samples_is_not_offered():
    graph = Graph()
    put_all(
        graph, "", ("image", "input", {"shape": ("N", 1, 28, 28)}, {}), ("conv", "conv2d", {"out_channels": 16}, {"x": "image"}),
        ("pool", "max_pool2d", {}, {"x": "conv"}), ("rows", "view", {"size": (-1, 784)}, {"x": "pool"}), ("y", "output", {}, {"x": "rows"}),
    )  # fmt: skip
    padded = replace(graph.nodes["conv"], options={"out_channels": 16, "padding": 1})
    mended = graph.copy()
    mended.put("nodes.conv", padded)
    assert INFERENCE.analyse(mended).sound  # as four rows for each image
    problem = fixes_of(graph)
    assert "set padding of conv to 1" not in [fix.title for fix in problem.fixes]


def test_no_change_works_on_what_another_one_made():
    graph = Graph()
    put_all(
        graph, "", ("image", "input", {"shape": ("N", 1, 28, 28)}, {}), ("linear", "linear", {}, {"x": "image"}),
        ("label", "input", {"shape": ("N",), "dtype": "int64"}, {}), ("loss", "cross_entropy", {}, {"x": "linear", "target": "label"}),
    )  # fmt: skip
    for fix in fixes_of(graph).fixes:
        made = [record.id for key, record in fix.records.items() if isinstance(record, Node) and graph.get(key) is None]
        assert not [name for name in made if f"of {name} to" in fix.title], fix.title
