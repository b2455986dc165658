"""What nothing needs is neither printed nor counted: a summary's parameters are those of the module that is built."""

from __future__ import annotations

import random

import pytest

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.summary import summary
from grapheditor.graph import Body, Graph, Module, Node, Output

KNOWN = catalog()
INFERENCE = Inference(KNOWN)
SMALL = ("mlp", "resnet18", "mobilenet-v2", "unet", "gpt2", "mnist-convnet", "googlenet")
NAMES = [name for name in SMALL if name in KNOWN.templates]
STEPS: tuple[tuple[str, dict[str, int]], ...] = (
    ("linear", {"out_features": 5}),
    ("layer_norm", {}),
    ("relu", {}),
)


def branch(graph: Graph, chance: random.Random) -> None:
    """Grow a branch that leads nowhere out of some node, in the graph or in one of its modules."""
    bodies: list[Body] = [graph, *graph.modules.values()]
    body = chance.choice(bodies)
    prefix = f"modules.{body.id}." if isinstance(body, Module) else ""
    starts = [
        name for name, node in body.nodes.items() if node.operator in ("relu", "linear", "input", "add", "conv2d")
    ]
    last = chance.choice(starts or list(body.nodes))
    if body.nodes[last].options.get("dtype") == "int64" or body.nodes[last].operator == "output":
        return
    shared = chance.choice(["", "", "common"])
    for i in range(chance.randrange(1, 4)):
        operator, options = chance.choice(STEPS)
        name = f"spare{len(body.nodes)}_{i}"
        weights = shared if operator == "linear" else ""
        graph.put(f"{prefix}nodes.{name}", Node(name, operator, options, weights=weights))
        graph.put(f"{prefix}wires.{name}.x", Output(last))
        last = name


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("template", NAMES)
def test_parameters_are_those_of_the_module_that_is_built(template, seed):
    chance = random.Random(seed)
    graph = KNOWN.new(template)
    for _ in range(chance.randrange(1, 4)):
        branch(graph, chance)
    analysis = INFERENCE.analyse(graph)
    if not analysis.sound:
        pytest.skip("the branch cannot take what arrives")
    program = compile_graph(graph, inference=INFERENCE)
    import torch

    with torch.device("meta"):
        real = sum(item.numel() for item in program.module().parameters())
    found = summary(graph, analysis)
    assert found["parameters"] == analysis.parameters == real
    if not graph.ties and not any(
        node.weights for body in (graph, *graph.modules.values()) for node in body.nodes.values()
    ):
        assert sum(row["parameters"] * row["count"] for row in found["nodes"]) == real
