"""Layout: layers from top to bottom, each node below what it needs, few crossings, long chains straight."""

from __future__ import annotations

from collections.abc import Sequence

from grapheditor.graph import Graph

COLUMN = 266.0
ROW = 92.0


def arrange(graph: Graph, nodes: Sequence[str] | None = None) -> dict[str, tuple[float, float]]:
    """Return places for nodes (all by default), in the units of the canvas; (x, y) is a node's upper left corner."""
    chosen = set(graph.nodes if nodes is None else nodes)
    order = [name for name in graph.order() if name in chosen]
    above = {name: [s.node for s in graph.into(name).values() if s.node in chosen] for name in order}
    below = {name: [e.node for e in graph.out_of(name) if e.node in chosen] for name in order}
    layers = _layers(order, above, below)
    rows: list[list[str]] = [[] for _ in range(1 + max(layers.values(), default=-1))]
    for name in order:
        rows[layers[name]].append(name)
    places = {name: float(i) for row in rows for i, name in enumerate(row)}
    for sweep in range(8):
        ordered = rows if sweep % 2 == 0 else rows[::-1]
        near = above if sweep % 2 == 0 else below
        for row in ordered:
            wished = {name: _median([places[other] for other in near[name]], places[name]) for name in row}
            row.sort(key=lambda name: wished[name])
            places.update(_apart(row, wished))
    left = min(places.values(), default=0.0)
    return {name: (float(round((places[name] - left) * COLUMN)), layers[name] * ROW) for name in order}


def _layers(order: list[str], above: dict[str, list[str]], below: dict[str, list[str]]) -> dict[str, int]:
    """Longest path from the top; then what has nothing above it moves down to just above what needs it."""
    layers: dict[str, int] = {}
    for name in order:
        layers[name] = max((layers[other] + 1 for other in above[name]), default=0)
    for name in reversed(order):
        if not above[name] and below[name]:
            layers[name] = min(layers[other] for other in below[name]) - 1
    return layers


def _median(values: list[float], default: float) -> float:
    if not values:
        return default
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def _apart(row: list[str], wished: dict[str, float]) -> dict[str, float]:
    """Keep the order and a distance of 1, as near to the wishes as that allows: merge blocks that would overlap."""
    blocks: list[tuple[float, list[str]]] = []
    for name in row:
        start, members = wished[name], [name]
        while blocks and blocks[-1][0] + len(blocks[-1][1]) > start:
            before, others = blocks.pop()
            start = (before * len(others) + (start - len(others)) * len(members)) / (len(others) + len(members))
            members = others + members
        blocks.append((start, members))
    return {name: start + i for start, members in blocks for i, name in enumerate(members)}
