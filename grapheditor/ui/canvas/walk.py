"""Walking over the graph: to the next node by an arrow key, and to all that depend on one."""

from __future__ import annotations

from typing import Literal

import numpy as np

from grapheditor.edit.layout import WIDTH
from grapheditor.graph import Body
from grapheditor.ui.canvas.geometry import HEIGHT, Geometry, X, Y

Direction = Literal["up", "down", "left", "right"]


def neighbour(graph: Body, geometry: Geometry, name: str, direction: Direction) -> str | None:
    """Return the node that an arrow key leads to, None where there is none.

    Along the flow the keys follow the wires: of several that one whose other node stands most nearly in line. Across it
    they lead to what stands beside.
    """
    back, on = ("up", "down") if geometry.flow == "down" else ("left", "right")
    if direction == back:
        names = {start.node for start in graph.into(name).values()}
    elif direction == on:
        names = {end.node for end in graph.out_of(name)}
    else:
        return _beside(geometry, name, forward=direction in ("down", "right"))
    across = 0 if geometry.flow == "down" else 1
    here = _middle(geometry, name)[across]
    return min(names, key=lambda other: (abs(_middle(geometry, other)[across] - here), other), default=None)


def _middle(geometry: Geometry, name: str) -> tuple[float, float]:
    left, top, right, bottom = geometry.box(name)
    return (left + right) / 2, (top + bottom) / 2


def _beside(geometry: Geometry, name: str, *, forward: bool) -> str | None:
    """Return the nearest node across the flow among those that stand level with one."""
    table, slot = geometry.nodes.table, geometry.nodes.slot[name]
    if geometry.flow == "down":
        across, low, high = table[:, X], table[:, Y], table[:, Y] + table[:, HEIGHT]
    else:
        across, low, high = table[:, Y], table[:, X], table[:, X] + WIDTH
    level = (low < high[slot]) & (high > low[slot])
    further = across > across[slot] if forward else across < across[slot]
    found = np.flatnonzero(level & further)
    return geometry.nodes.keys[found[np.abs(across[found] - across[slot]).argmin()]] if len(found) else None


def first(geometry: Geometry) -> str | None:
    """Return the node where a walk begins: the uppermost, of those the leftmost; or the other way round."""
    table = geometry.nodes.table
    keys = (table[:, X], table[:, Y]) if geometry.flow == "down" else (table[:, Y], table[:, X])
    return geometry.nodes.keys[np.lexsort(keys)[0]] if len(table) else None
