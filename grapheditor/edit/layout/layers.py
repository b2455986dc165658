"""Layers: how far along the flow each node stands, and the places that long wires take in the layers between."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

MOST_LANES = 3
"""Places for wires in a drawing, for each of its nodes; past that the longest wires get none."""

PASSES, MOST_TOGETHER, TOGETHER = 3, 60, 60_000
"""How often nodes are moved closer to what needs them, and how many at a time; all of them together."""

Wire = tuple[int, int, float, float]
"""The nodes at which a wire starts and ends, and where on their edges: shares of the way across a card."""


@dataclass(slots=True)
class Layered:
    """Nodes, then lanes, in layers; the wires between neighbouring layers.

    layer: that of each vertex. order: of each vertex, where its branch comes in the drawing. segments: parts of wires
    from a layer to the next one. count: how many vertices are nodes; the others are lanes.
    """

    layer: list[int]
    order: list[int]
    count: int
    segments: list[Wire] = field(default_factory=list)


def layered(count: int, wires: list[Wire], ends: list[int]) -> Layered:
    """Put nodes into layers; ends: the nodes that nothing follows, as they should stand. ValueError where wires form a
    cycle.
    """
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for start, end, _, _ in sorted(wires, key=lambda wire: (wire[1], wire[3])):
        above[end].append(start)
        below[start].append(end)
    layers = _longest(above, below)
    order = _branches(ends, above, layers)
    _sink(layers, order, above, below)
    place = [0] * count
    for i, node in enumerate(order):
        place[node] = i
    found = Layered(layers, place, count)
    _with_lanes(found, wires, below)
    return found


def _longest(above: list[list[int]], below: list[list[int]]) -> list[int]:
    """Return for each node the length of the longest way to it."""
    layers, missing = [0] * len(above), [len(starts) for starts in above]
    ready = [node for node, number in enumerate(missing) if not number]
    for node in ready:  # it grows meanwhile
        for end in below[node]:
            layers[end] = max(layers[end], layers[node] + 1)
            missing[end] -= 1
            if not missing[end]:
                ready.append(end)
    if len(ready) != len(above):
        raise ValueError("The wires form a cycle.")
    return layers


def _branches(ends: list[int], above: list[list[int]], layers: list[int]) -> list[int]:
    """Order the nodes depth first from the ends, the longest branch first, each behind what it needs."""
    found: list[int] = []
    seen = [False] * len(above)
    for last in ends:
        waiting = [(last, False)]
        while waiting:
            node, complete = waiting.pop()
            if complete:
                found.append(node)
            elif not seen[node]:
                seen[node] = True
                waiting.append((node, True))
                waiting += [(start, False) for start in sorted(above[node], key=lambda start: layers[start])]
    return found


def _sink(layers: list[int], order: list[int], above: list[list[int]], below: list[list[int]]) -> None:
    """Move nodes down where that makes wires shorter on the whole: each with those below it that it pushes, and those
    above it that gain, or lose nothing.

    A set of nodes gains by what leaves its nodes less what arrives at them; wires within it count on both sides.
    """
    gains = [len(ends) - len(starts) for starts, ends in zip(above, below, strict=True)]
    most = min(MOST_TOGETHER, max(6, TOGETHER // len(layers)))

    def pushed(node: int, together: set[int]) -> set[int] | None:
        """Return a node with what it would push, besides those that move anyway; None where that is too much."""
        found, waiting = {node}, [node]
        while waiting:
            start = waiting.pop()
            for end in below[start]:
                if layers[end] == layers[start] + 1 and end not in found and end not in together:
                    found.add(end)
                    waiting.append(end)
            if len(found) + len(together) > most:
                return None
        return found

    for _ in range(PASSES):
        moved = False
        for last in reversed(order):
            if gains[last] < 0:
                continue
            together = pushed(last, set())
            if together is None:
                continue
            gain = sum(gains[node] for node in together)
            waiting = list(together)
            while waiting:
                for start in above[waiting.pop()]:
                    if start in together or gains[start] < 0:
                        continue
                    more = pushed(start, together)
                    if more is not None and (gained := sum(gains[node] for node in more)) >= 0:
                        together |= more
                        waiting += more
                        gain += gained
            if gain > 0:
                moved = True
                further = ((node, end) for node in together for end in below[node] if end not in together)
                room = min(layers[end] - layers[node] - 1 for node, end in further)
                for node in together:
                    layers[node] += room
        if not moved:
            break


def _with_lanes(found: Layered, wires: list[Wire], below: list[list[int]]) -> None:
    """Cut wires into segments: a place is kept free in each layer that the wires of a node pass by.

    The wires of a node share them. Where they would be very many, the longest wires get none, and no segments.
    """
    layer = found.layer
    spans = sorted((layer[end] - layer[node] - 1 for node, ends in enumerate(below) for end in ends))
    room, longest = MOST_LANES * found.count, 0
    for span in spans:
        room -= span
        if room < 0:
            break
        longest = span
    lanes: dict[tuple[int, int], int] = {}
    for node, ends in enumerate(below):
        reached = [layer[end] for end in ends if layer[end] - layer[node] - 1 <= longest]
        way = [node]
        for row in range(layer[node] + 1, max(reached, default=0)):
            lanes[node, row] = len(layer)
            way.append(len(layer))
            layer.append(row)
            found.order.append(found.order[node])
        found.segments += [(first, second, 0.5, 0.5) for first, second in pairwise(way)]
    for start, end, leaving, arriving in wires:
        if layer[end] - layer[start] - 1 <= longest:
            lane = lanes.get((start, layer[end] - 1))
            found.segments.append((start, end, leaving, arriving) if lane is None else (lane, end, 0.5, arriving))
