"""What losses and metrics say of numbers that are known."""

from __future__ import annotations

import pytest
import torch

import grapheditor
from grapheditor.graph import Graph, Node, Output
from grapheditor.graph.recipe import Objective, Recipe


def compared(shape: tuple[object, ...]) -> Graph:
    """Return a graph that compares scores with targets, both from the data, through one weight."""
    graph = Graph()
    graph.put("nodes.x", Node("x", "input", {"shape": shape}))
    graph.put("nodes.y", Node("y", "input", {"shape": (shape[0], *shape[2:]), "dtype": "int64"}))
    for name in ("cross_entropy", "accuracy"):
        graph.put(f"nodes.{name}", Node(name, name))
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
