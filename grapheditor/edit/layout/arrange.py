"""From a graph to places: its parts, its groups and its direction; the drawing of one part is that of `layers`,
`ranks` and `places`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grapheditor.edit.layout.sizes import AHEAD, FRAME, GAP, LANE, NAMED, WIDTH, height
from grapheditor.graph import Body, Flow
from grapheditor.graph.names import natural

if TYPE_CHECKING:
    from grapheditor.catalog import Catalog
    from grapheditor.edit.layout.layers import Wire

Place = tuple[float, float]
Size = tuple[float, float]
BROAD = 1.6
"""Parts that nothing joins stand side by side until the drawing is this many times as broad as it is long."""


@dataclass(slots=True)
class Task:
    """What is to be laid out, as plain data.

    names: ids, on which the result depends by their natural order. heights: of the cards. wires: the places in names at
    which each starts and ends, and where on the two cards' edges, as shares of the way across. groups: places in names
    of nodes that stay together. outputs: how many each has, since several have names.
    """

    names: list[str]
    heights: list[float]
    wires: list[Wire]
    flow: Flow = "down"
    groups: list[list[int]] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)


def arrange(
    graph: Body,
    catalog: Catalog,
    nodes: Collection[str] | None = None,
    flow: Flow = "down",
    groups: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Place]:
    """Return places for nodes (all by default): the upper left corner of each card, that of the drawing at (0, 0).

    groups: nodes that stay together, by a name; what lies on a way from a group back into it stands among its nodes.
    ValueError where wires form a cycle.
    """
    return solve(task_of(graph, catalog, nodes, flow, groups))


def task_of(
    graph: Body,
    catalog: Catalog,
    nodes: Collection[str] | None = None,
    flow: Flow = "down",
    groups: Mapping[str, Collection[str]] | None = None,
) -> Task:
    """Return what :func:`arrange` would lay out, to be solved elsewhere."""
    names = [name for name in graph.nodes if nodes is None or name in nodes]
    number = {name: i for i, name in enumerate(names)}
    heights = [height(graph, graph.nodes[name], catalog) for name in names]
    wires = [wire for name in names for wire in _into(graph, catalog, name, number)]
    members = [[number[name] for name in group if name in number] for group in (groups or {}).values()]
    operators = [catalog.of(graph, graph.nodes[name]) for name in names]
    outputs = [0 if operator is None else len(operator.outputs) for operator in operators]
    return Task(names, heights, wires, flow, members, outputs)


def _into(graph: Body, catalog: Catalog, name: str, number: Mapping[str, int]) -> list[Wire]:
    """Return the wires that end at a node: from left to right in the order of its ports, as they are declared."""
    arriving = graph.into(name)
    if not arriving:
        return []
    operator = catalog.of(graph, graph.nodes[name])
    ports = {port.name: i for i, port in enumerate(operator.inputs)} if operator else {}
    ends = sorted(arriving, key=lambda end: (ports.get(end.port, len(ports)), end.port, end.index or 0))
    found = []
    for i, end in enumerate(ends):
        start = arriving[end]
        if start.node in number:
            outputs = catalog.of(graph, graph.nodes[start.node])
            given = [port.name for port in outputs.outputs] if outputs else []
            leaving = (given.index(start.port) + 1) / (len(given) + 1) if start.port in given else 0.5
            found.append((number[start.node], number[name], leaving, (i + 1) / (len(ends) + 1)))
    return found


def solve(task: Task) -> dict[str, Place]:
    """Return places for the nodes of a task: the upper left corner of each card."""
    order = sorted(range(len(task.names)), key=lambda i: natural(task.names[i]))
    new = {old: i for i, old in enumerate(order)}
    right = task.flow == "right"
    further = AHEAD[task.flow] - GAP
    several = {i for i, count in enumerate(task.outputs) if count > 1}
    before = [NAMED if i in several and not right else 0.0 for i in order]
    along = [further + 2 * room for room in before]
    if right:
        sizes = [(task.heights[i], WIDTH + more) for i, more in zip(order, along, strict=True)]
    else:
        sizes = [(WIDTH, task.heights[i] + more) for i, more in zip(order, along, strict=True)]
    wires = sorted((new[start], new[end], leaving, arriving) for start, end, leaving, arriving in task.wires)
    groups = sorted(sorted({new[i] for i in group}) for group in task.groups)
    at = [(x, y + room) for (x, y), room in zip(_with_groups(sizes, wires, groups), before, strict=True)]
    first = min((y for _, y in at), default=0.0)
    at = [(round(x), round(y - first)) for x, y in at]
    return {
        task.names[old]: (float(y), float(x)) if right else (float(x), float(y))
        for old, (x, y) in zip(order, at, strict=True)
    }


def _with_groups(sizes: Sequence[Size], wires: Sequence[Wire], groups: list[list[int]]) -> list[Place]:
    """Lay out each group by itself, then all, with a group as one large node."""
    holder = _holders(len(sizes), wires, groups)
    blocks: dict[int, list[int]] = {}
    for node, block in enumerate(holder):
        blocks.setdefault(block, []).append(node)
    if len(blocks) == len(sizes):
        return _parts(sizes, wires)
    number = {block: i for i, block in enumerate(blocks)}
    inside, outer = {}, []
    for block, members in blocks.items():
        if len(members) == 1:
            outer.append(sizes[members[0]])
            continue
        own = {node: i for i, node in enumerate(members)}
        within = [(own[a], own[b], *shares) for a, b, *shares in wires if holder[a] == holder[b] == block]
        inside[block] = _parts([sizes[node] for node in members], within)  # type: ignore[arg-type]
        far = [max(at[i] + sizes[node][i] for at, node in zip(inside[block], members, strict=True)) for i in (0, 1)]
        outer.append((far[0] + 2 * FRAME, far[1] + 2 * FRAME))
    between = [
        (number[holder[a]], number[holder[b]], leaving, arriving)
        for a, b, leaving, arriving in wires
        if holder[a] != holder[b]
    ]
    corners = _parts(outer, between)
    found: list[Place] = [(0.0, 0.0)] * len(sizes)
    for block, members in blocks.items():
        x, y = corners[number[block]]
        if block not in inside:
            found[members[0]] = x, y
            continue
        for node, (dx, dy) in zip(members, inside[block], strict=True):
            found[node] = x + FRAME + dx, y + FRAME + dy
    return found


def _holders(count: int, wires: Sequence[Wire], groups: list[list[int]]) -> list[int]:
    """Return for each node the first node of the block that it stands in; groups that need each other are one block."""
    import networkx

    joined = list(range(count))
    if not groups:
        return joined
    blocks: networkx.DiGraph[int] = networkx.DiGraph()
    blocks.add_nodes_from(range(count))
    blocks.add_edges_from((start, end) for start, end, _, _ in wires)
    for group in groups:
        ring = zip(group, group[1:] + group[:1], strict=True)
        blocks.add_edges_from(ring)  # what has to stand together, and all on a way back to it, is a cycle now
    for block in networkx.strongly_connected_components(blocks):
        for node in block:
            joined[node] = min(block)
    return joined


def _parts(sizes: Sequence[Size], wires: Sequence[Wire]) -> list[Place]:
    """Lay out each part that nothing joins to the others, and set them side by side, in rows where they are many."""
    parts = _joined(len(sizes), wires)
    if len(parts) < 2:
        return _drawn(sizes, wires)
    number = {node: (part, i) for part, members in enumerate(parts) for i, node in enumerate(members)}
    own: list[list[Wire]] = [[] for _ in parts]
    for start, end, leaving, arriving in wires:
        own[number[start][0]].append((number[start][1], number[end][1], leaving, arriving))
    drawings = [_drawn([sizes[node] for node in members], within) for members, within in zip(parts, own, strict=True)]
    extents = [
        tuple(max(at[i] + sizes[node][i] for at, node in zip(drawing, members, strict=True)) + GAP for i in (0, 1))
        for drawing, members in zip(drawings, parts, strict=True)
    ]
    most = max(BROAD * sum(wide * long for wide, long in extents) ** 0.5, *(wide for wide, _ in extents))
    found: list[Place] = [(0.0, 0.0)] * len(sizes)
    x = y = row = 0.0
    for drawing, members, (wide, long) in zip(drawings, parts, extents, strict=True):
        if x and x + wide > most:
            x, y, row = 0.0, y + row, 0.0
        for node, (dx, dy) in zip(members, drawing, strict=True):
            found[node] = x + dx, y + dy
        x, row = x + wide, max(row, long)
    return found


def _joined(count: int, wires: Sequence[Wire]) -> list[list[int]]:
    """Return the parts of a drawing, the largest first."""
    beside: list[list[int]] = [[] for _ in range(count)]
    for start, end, _, _ in wires:
        beside[start].append(end)
        beside[end].append(start)
    seen = [False] * count
    parts = []
    for first in range(count):
        if seen[first]:
            continue
        seen[first], part = True, [first]
        for node in part:  # it grows meanwhile
            for other in beside[node]:
                if not seen[other]:
                    seen[other] = True
                    part.append(other)
        parts.append(sorted(part))
    return sorted(parts, key=len, reverse=True)


def _drawn(sizes: Sequence[Size], wires: Sequence[Wire]) -> list[Place]:
    """Lay out nodes that hang together: the corner of each, across and along the flow."""
    if len(sizes) < 2:
        return [(0.0, 0.0)] * len(sizes)
    import numpy as np

    from grapheditor.edit.layout.layers import layered
    from grapheditor.edit.layout.places import places
    from grapheditor.edit.layout.ranks import Ranking

    starts = {start for start, _, _, _ in wires}
    drawing = layered(len(sizes), list(wires), [node for node in range(len(sizes)) if node not in starts])
    ranking = Ranking(drawing)
    ranking.reduce()
    taken = np.full(len(drawing.layer), LANE)
    across, along = np.array(sizes).T
    taken[: len(sizes)] = across + GAP
    left = places(ranking, len(sizes), taken)[: len(sizes)] - across / 2
    left -= left.min()
    layer = ranking.layer[: len(sizes)]
    deep = np.zeros(int(layer.max()) + 1)
    np.maximum.at(deep, layer, along)
    top = np.concatenate([[0.0], np.cumsum(deep + GAP)[:-1]])[layer] + (deep[layer] - along) / 2
    top -= top.min()
    return list(zip(left.tolist(), top.tolist(), strict=True))
