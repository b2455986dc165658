"""Walking over the graph: to the next node by an arrow key, and to all that depend on one."""

from __future__ import annotations

from typing import Literal

import numpy as np

from grapheditor.graph import Body
from grapheditor.ui.canvas.geometry import HEIGHT, Geometry, X, Y

Direction = Literal["up", "down", "left", "right"]


def neighbour(graph: Body, geometry: Geometry, name: str, direction: Direction) -> str | None:
    """Return the node that an arrow key leads to, None where there is none.

    Of several wires that one whose other node stands most nearly above or below.
    """
    if direction in ("left", "right"):
        return _beside(geometry, name, direction)
    if direction == "up":
        names = {start.node for start in graph.into(name).values()}
    else:
        names = {end.node for end in graph.out_of(name)}
    x = graph.nodes[name].at[0]
    return min(names, key=lambda other: (abs(graph.nodes[other].at[0] - x), other), default=None)


def _beside(geometry: Geometry, name: str, direction: Direction) -> str | None:
    table = geometry.nodes.table
    x, y, height = table[geometry.nodes.slot[name], :3].tolist()
    level = (table[:, Y] < y + height) & (table[:, Y] + table[:, HEIGHT] > y)
    further = table[:, X] < x if direction == "left" else table[:, X] > x
    found = np.flatnonzero(level & further)
    return geometry.nodes.keys[found[np.abs(table[found, X] - x).argmin()]] if len(found) else None


def first(geometry: Geometry) -> str | None:
    """Return the node where a walk begins: the uppermost, of those the leftmost."""
    table = geometry.nodes.table
    return geometry.nodes.keys[np.lexsort((table[:, X], table[:, Y]))[0]] if len(table) else None


def descendants(graph: Body, name: str) -> set[str]:
    """Return the nodes that need a node, itself included."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(end.node for end in graph.out_of(node))
    return found
