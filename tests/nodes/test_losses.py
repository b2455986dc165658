"""What losses and metrics say of numbers that are known."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import grapheditor
from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.graph import Graph, Node, Output
from grapheditor.graph.recipe import Objective, Recipe


def compared(shape: tuple[object, ...], **options: object) -> Graph:
    """Return a graph that compares scores with targets, both from the data."""
    graph = Graph()
    graph.put("nodes.x", Node("x", "input", {"shape": shape}))
    graph.put("nodes.y", Node("y", "input", {"shape": (shape[0], *shape[2:]), "dtype": "int64"}))
    for name in ("cross_entropy", "accuracy"):
        graph.put(f"nodes.{name}", Node(name, name, options))
        graph.put(f"wires.{name}.x", Output("x"))
        graph.put(f"wires.{name}.target", Output("y"))
    graph.put("recipe", Recipe(objectives=(Objective("cross_entropy"),)))
    return graph


@pytest.mark.parametrize("shape", [("N", 5), ("N", 5, 7)])
def test_accuracy_leaves_out_what_cross_entropy_leaves_out(shape: tuple[object, ...]) -> None:
    torch.manual_seed(0)
    x, y = torch.randn(40, *shape[1:]), torch.randint(0, 5, (40, *shape[2:]))
    module = grapheditor.build(compared(shape))
    whole = module.objective(x, y)
    right = x.argmax(1) == y
    assert float(whole["accuracy"]) == pytest.approx(float(right.float().mean()))
    left_out = torch.rand(y.shape) < 0.6
    some = module.objective(x, y.masked_fill(left_out, -100))
    assert float(some["accuracy"]) == pytest.approx(float(right[~left_out].float().mean()))
    assert float(some["accuracy"]) > 0
    assert "-100" in grapheditor.source(compared(shape)), "the printed source does the same"


@pytest.mark.parametrize("shape", [("N", 5), ("N", 5, 7)])
def test_a_class_that_fills_up_is_left_out_by_both(shape: tuple[object, ...]) -> None:
    torch.manual_seed(0)
    x, y = torch.randn(40, *shape[1:]), torch.randint(0, 5, (40, *shape[2:]))
    found = grapheditor.build(compared(shape, ignore_index=0)).objective(x, y)
    right, counted = x.argmax(1) == y, y != 0
    assert float(found["accuracy"]) == pytest.approx(float(right[counted].float().mean()))
    wanted = nn.CrossEntropyLoss(ignore_index=0)(x, y)
    assert float(found["cross_entropy"]) == pytest.approx(float(wanted))


@pytest.mark.parametrize(
    ("name", "port", "layer"),
    [
        ("cross_entropy", "weight", nn.CrossEntropyLoss),
        ("nll_loss", "weight", nn.NLLLoss),
        ("binary_cross_entropy_with_logits", "pos_weight", nn.BCEWithLogitsLoss),
    ],
)
def test_classes_count_by_the_weights_that_are_wired(name: str, port: str, layer: type[nn.Module]) -> None:
    torch.manual_seed(0)
    weights = torch.rand(5)
    x, classes = torch.randn(40, 5).log_softmax(1), torch.randint(0, 5, (40,))
    y = nn.functional.one_hot(classes, 5).float() if port == "pos_weight" else classes
    graph = Graph()
    graph.put("nodes.x", Node("x", "input", {"shape": ("N", 5)}))
    sizes, dtype = (("N", 5), "float32") if port == "pos_weight" else (("N",), "int64")
    graph.put("nodes.y", Node("y", "input", {"shape": sizes, "dtype": dtype}))
    graph.put("nodes.w", Node("w", "numbers", {"values": " ".join(map(str, weights.tolist()))}))
    graph.put("nodes.loss", Node("loss", name))
    for end, start in (("x", "x"), ("target", "y"), (port, "w")):
        graph.put(f"wires.loss.{end}", Output(start))
    graph.put("recipe", Recipe(objectives=(Objective("loss"),)))
    found = grapheditor.build(graph).objective(x, y)
    assert float(found["loss"]) == pytest.approx(float(layer(**{port: weights})(x, y)))
    graph.put("nodes.w", Node("w", "numbers", {"values": "1 2 3"}))
    problems = Inference(catalog()).analyse(graph).problems
    assert [(problem.node, problem.port) for problem in problems] == [("loss", port)]
