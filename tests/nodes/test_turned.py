"""Images that are not square are turned and not skewed; a reversed gradient leaves values as they are."""

from __future__ import annotations

import pytest
import torch

from grapheditor.catalog import catalog
from grapheditor.compile import compile_graph
from grapheditor.graph import Graph, Node, Output

KNOWN = catalog()


def alone(operator, shape, **options):
    graph = Graph()
    graph.put("nodes.x", Node("x", "input", {"shape": ("N", *shape)}))
    graph.put("nodes.it", Node("it", operator, options))
    graph.put("nodes.out", Node("out", "output"))
    graph.put("wires.it.x", Output("x", "out"))
    graph.put("wires.out.x", Output("it", "out"))
    return compile_graph(graph).module()


@pytest.mark.parametrize("shape", [(21, 41), (41, 21), (31, 31)])
def test_a_bar_that_is_turned_upright_is_as_long_as_before(monkeypatch, shape):
    net = alone("random_rotation", (1, *shape), degrees=90.0).train()
    high, wide = shape
    images = torch.zeros(2, 1, high, wide)
    images[:, :, high // 2, wide // 2 - 7 : wide // 2 + 8] = 1
    monkeypatch.setattr(torch, "rand", lambda *size, **_: torch.ones(size))
    turned = net(images)
    upright = torch.zeros_like(images)
    upright[:, :, high // 2 - 7 : high // 2 + 8, wide // 2] = 1
    assert torch.allclose(turned, upright, atol=1e-4)
    assert torch.equal(net.eval()(images), images)


@pytest.mark.parametrize("factor", [0.1, 1.0, 3.7])
def test_a_reversed_gradient_leaves_every_value_as_it_is(factor):
    net = alone("gradient_reversal", (1000,), factor=factor)
    x = (torch.randn(4, 1000) * 1e3).requires_grad_()
    out = net(x)
    assert torch.equal(out, x)
    out.sum().backward()
    assert torch.allclose(x.grad, torch.full_like(x, -factor))
