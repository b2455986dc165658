"""Layout: layers from top to bottom, each node below what it needs, few crossings, long chains straight,
room for wires that go past other nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from grapheditor.graph import Body, Node

if TYPE_CHECKING:
    from grapheditor.catalog import Catalog

WIDTH, TALL, LOW = 226.0, 52.0, 34.0
"""Size of a node's card: with a summary it is tall, without it is low. Pixels of the canvas at a zoom of 1."""
GAP = 40.0
"""Between neighbours, and between layers: room for the shape on the wire."""
SWEEPS = 8
MOST_LANES = 20
"""On average so many layers may be passed by from each node; in a drawing with more, long wires get no room."""


def height(graph: Body, node: Node, catalog: Catalog) -> float:
    """Return the height of a node's card."""
    operator = catalog.of(graph, node)
    return TALL if operator is None or operator.summary(node.options) else LOW


def arrange(graph: Body, catalog: Catalog, nodes: Sequence[str] | None = None) -> dict[str, tuple[float, float]]:
    """Return places for nodes (all by default): the upper left corner of each card, the first layer at y = 0."""
    chosen = set(graph.nodes if nodes is None else nodes)
    order = [name for name in graph.order() if name in chosen]
    above = {name: [s.node for s in graph.into(name).values() if s.node in chosen] for name in order}
    below = {name: [e.node for e in graph.out_of(name) if e.node in chosen] for name in order}
    layers = _layers(order, above, below)
    rows: list[list[str]] = [[] for _ in range(1 + max(layers.values(), default=-1))]
    for name in order:
        rows[layers[name]].append(name)
    heights = [max(height(graph, graph.nodes[name], catalog) for name in row) for row in rows]
    tops = [0.0, *accumulate(size + GAP for size in heights)]
    columns = _columns(rows, *_with_lanes(rows, layers, below))
    left = min((columns[name] for name in order), default=0.0)
    return {name: (float(round((columns[name] - left) * (WIDTH + GAP))), tops[layers[name]]) for name in order}


def _with_lanes(
    rows: list[list[str]], layers: dict[str, int], below: dict[str, list[str]]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Keep a place free in each layer that wires of a node pass by, so that they do not run behind other cards.

    Adds these places to the rows, under names with a space, as no node has; returns what is above and below each. Where
    they would be very many, none is added.
    """
    last = {name: max((layers[other] for other in ends), default=0) for name, ends in below.items()}
    many = sum(max(0, last[name] - layers[name] - 1) for name in layers) > MOST_LANES * len(layers)
    above: dict[str, list[str]] = {name: [] for name in below}
    under: dict[str, list[str]] = {}
    for name, ends in below.items():
        way = [name] if many else [name, *(f"{name} {row}" for row in range(layers[name] + 1, last[name]))]
        for row, (start, free) in enumerate(pairwise(way), layers[name] + 1):
            rows[row].append(free)
            above[free], under[start] = [start], [free]
        for start in way:
            under.setdefault(start, [])
        for end in ends:
            start = way[min(layers[end] - layers[name], len(way)) - 1]
            above[end].append(start)
            under[start].append(end)
    return above, under


def _columns(rows: list[list[str]], above: dict[str, list[str]], below: dict[str, list[str]]) -> dict[str, float]:
    """Sort each layer by the medians of its neighbours, in sweeps down and up, and place it as near to them as fits."""
    places = {name: float(i) for row in rows for i, name in enumerate(row)}
    for sweep in range(SWEEPS):
        ordered, near = (rows, above) if sweep % 2 == 0 else (rows[::-1], below)
        for row in ordered:
            wished = {name: _median([places[other] for other in near[name]], places[name]) for name in row}
            row.sort(key=lambda name: wished[name])
            places.update(_apart(row, wished))
    return places


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
