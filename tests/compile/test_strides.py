"""Expressions for sizes behind random strides hold at sizes that were never tried."""

from __future__ import annotations

import random

import pytest
import torch

from grapheditor.authoring import template
from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.edit.sketch import sketch
from grapheditor.graph.arithmetic import evaluate

KNOWN = catalog()
TRIED = ((1, 97, 131), (3, 211, 83), (2, 150, 149), (5, 77, 301))


def chain(draw: random.Random):
    def net(g):
        x = g.input(shape=("N", 3, "H", "W"), id="x")
        for i in range(draw.randint(1, 5)):
            size, stride, kind = draw.randint(1, 7), draw.randint(1, 4), draw.randrange(4)
            window = {"kernel_size": size, "stride": stride, "id": f"n{i}"}
            padding = draw.randint(0, size // 2)
            if kind == 0:
                x = g.conv2d(x, out_channels=2, padding=padding, **window)
            elif kind == 1:
                x = g.max_pool2d(x, padding=padding, ceil_mode=draw.random() < 0.3, **window)
            elif kind == 2:
                x = g.avg_pool2d(x, padding=padding, **window)
            else:
                x = g.conv_transpose2d(x, out_channels=2, **window)
        if draw.random() < 0.5:
            x = g.flatten(x, start_dim=2, id="flat")
        g.output(x, id="y")

    return sketch(KNOWN, template("Vision", title="Strides")(net), {})


@pytest.mark.parametrize("seed", [0, 1])
def test_a_size_that_is_offered_is_right_at_sizes_that_were_not_tried(seed):
    draw, inference, offered, unclear = random.Random(seed), Inference(KNOWN), 0, 0
    for _ in range(60):
        graph = chain(draw)
        analysis = inference.analyse(graph)
        if analysis.problems:
            continue
        last = graph.inputs("y", "x")[0].node
        with torch.device("meta"):
            net = compile_graph(graph, inference=inference).module()
        for n, h, w in TRIED:
            try:
                real = net(torch.empty(n, 3, h, w, device="meta")).shape
            except RuntimeError:  # this network needs larger images
                continue
            for dim, size in zip(analysis.nodes[last].outputs["out"].dims, real, strict=True):
                unclear += dim is None
                offered += dim is not None
                assert dim is None or evaluate(dim, {"N": n, "H": h, "W": w}) == size
    assert offered > 10 * unclear
