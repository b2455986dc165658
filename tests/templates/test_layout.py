"""Templates lie so that one sees every wire: none runs behind a card that it has nothing to do with."""

from __future__ import annotations

import pytest

from grapheditor.catalog import catalog
from grapheditor.edit.layout import WIDTH, height

KNOWN = catalog()
HIDDEN = {
    ("googlenet", "Inception"): {("branch1", "cat1", "branch4")},  # four branches of unequal length
    ("masked-lm", ""): {("tokens", "hidden", "chosen"), ("tokens", "target", "left_out")},  # an input that four take
}


def passed_behind(body):
    """Return the wires, as straight lines between two cards, that cross a third."""
    boxes = {
        name: (*node.at, node.at[0] + WIDTH, node.at[1] + height(body, node, KNOWN))
        for name, node in body.nodes.items()
    }
    found = set()
    for end, start in body.wires.items():
        (left, _, right, top), (left2, bottom, right2, _) = boxes[start.node], boxes[end.node]
        x, slope = (left + right) / 2, ((left2 + right2) - (left + right)) / 2 / (bottom - top)
        for name, (first, upper, last, lower) in boxes.items():
            between = name not in (start.node, end.node) and lower > top and upper < bottom
            if between and any(first < x + slope * (y - top) < last for y in (upper, lower)):
                found.add((start.node, end.node, name))
    return found


@pytest.mark.parametrize("name", KNOWN.templates)
def test_no_wire_runs_behind_a_card(name):
    graph = KNOWN.new(name)
    for title, body in [("", graph), *graph.modules.items()]:
        assert passed_behind(body) <= HIDDEN.get((name, title), set())


def test_the_unet_goes_aside_and_comes_back():
    nodes = KNOWN.new("unet").nodes
    down = [nodes[f"down{i}"].at[0] for i in (1, 2, 3, 4)]
    up = [nodes[f"up{i}"].at[0] for i in (4, 3, 2, 1)]
    assert down in (sorted(down), sorted(down, reverse=True))
    assert up == sorted(up, reverse=down == sorted(down))
    assert len({*down}) == len({*up}) == 4
