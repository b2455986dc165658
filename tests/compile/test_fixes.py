"""Fixes are tried before they are offered: of the lesson's broken net, of dozens of its variants, of usual slips."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.compile.fixes import with_fixes
from grapheditor.edit import edits
from grapheditor.graph import Graph, Node, Output
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
            edits.rename(graph, name, f"{name}_{chance.randrange(100)}").apply(graph)
    for name, node in list(graph.nodes.items()):
        if node.operator == "linear" and chance.random() < 0.5 and node.options.get("out_features") != 10:
            edits.set_option(graph, KNOWN, [name], "out_features", chance.choice([64, 128, 300])).apply(graph)
        if node.operator == "conv2d" and node.options.get("out_channels", 32) == 32 and chance.random() < 0.5:
            edits.set_option(graph, KNOWN, [name], "out_channels", chance.choice([16, 24, 48])).apply(graph)
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
        change, last = edits.add_node(graph, KNOWN, operator, (0, 0), last)
        change.apply(graph)
    edits.add_node(graph, KNOWN, "cross_entropy", (0, 0), last)[0].apply(graph)
    problem = fixes_of(graph)
    assert problem.node == "loss"
    assert problem.fixes[0].title == "insert a flatten between relu1 and linear1"


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
