"""Templates lie so that one sees every wire: none runs behind a card that it has nothing to do with."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from grapheditor.catalog import catalog
from grapheditor.edit.layout import WIDTH, arrange
from grapheditor.graph import Graph
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.geometry import HEIGHT, Geometry, X, Y

KNOWN = catalog()


def passed_behind(body, flow="down"):
    """Return the wires that cross a card which is not their own, as they are drawn."""
    geometry = Geometry(body, KNOWN, flow)
    table = geometry.nodes.table
    left, top = table[:, X] + 1, table[:, Y] + 1
    right, bottom = left + WIDTH - 2, top + table[:, HEIGHT] - 2
    found = set()
    for end, path in zip(geometry.wires.keys, curves.points(geometry.routes(), 200, flow), strict=True):
        x, y = path[:, None, 0], path[:, None, 1]
        for slot in np.flatnonzero(((x > left) & (x < right) & (y > top) & (y < bottom)).any(axis=0)):
            name = geometry.nodes.keys[slot]
            if name not in (end.node, body.wires[end].node):
                found.add((body.wires[end].node, end.node, name))
    return found


def laid_out(body, flow):
    """Return a graph with a body's nodes and wires, laid out in a direction."""
    graph = Graph()
    graph.modules.update(body.modules)
    for name, at in arrange(body, KNOWN, flow=flow).items():
        graph.put(f"nodes.{name}", replace(body.nodes[name], at=at))
    for end, start in body.wires.items():
        graph.put(f"wires.{end}", start)
    return graph


@pytest.mark.parametrize("name", KNOWN.templates)
def test_no_wire_runs_behind_a_card(name):
    graph = KNOWN.new(name)
    for body in (graph, *graph.modules.values()):
        assert passed_behind(body) == set()
        assert passed_behind(laid_out(body, "right"), "right") == set()


def test_the_unet_is_one_line_with_its_skips_nested_beside():
    graph = KNOWN.new("unet")
    assert len({node.at[0] for node in graph.nodes.values()}) == 1
    geometry = Geometry(graph, KNOWN)
    skips = {
        start.node: geometry.routes(geometry.wires.slots([end]))[0, 4]
        for end, start in graph.wires.items()
        if end.node.startswith("up") and start.node.startswith("down")
    }
    columns = [skips[f"down{i}"] for i in (1, 2, 3, 4)]
    assert columns == sorted(columns, reverse=True)
    assert min(first - second for first, second in pairwise(columns)) > 5
    assert min(columns) > max(node.at[0] for node in graph.nodes.values()) + WIDTH
