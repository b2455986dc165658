"""Layout and routes: time, overlaps, direction, crossings."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from flat import flat

from grapheditor.catalog import catalog
from grapheditor.edit.layout import GAP, LOW, WIDTH, arrange, height
from grapheditor.graph import Body, Graph, Input, Node, Output
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.geometry import Geometry

CATALOG = catalog()
Places = dict[str, tuple[float, float]]
KINDS = ("network", "near", "grid", "tree", "tangle")


# Graphs


def drawn(kind: str, count: int, seed: int) -> Graph:
    """Return a graph of so many nodes.

    network: blocks with one to four branches, a skip around some; near: each node takes one or two of the dozen before;
    grid: rows of 30, each node takes one or two from nearby in the row before; tree: most take one, some two; tangle:
    one or two of all before.
    """
    chance = random.Random(seed)
    starts: list[list[int]] = [[]]
    while len(starts) < count:
        i = len(starts)
        if kind == "network":
            _block(starts, chance)
        elif kind == "near":
            starts.append([chance.randrange(max(0, i - 12), i) for _ in range(chance.choice((1, 2)))])
        elif kind == "grid":
            above = i // 30 * 30 - 30
            near = [above + min(29, max(0, i % 30 + chance.randrange(-4, 5))) for _ in range(chance.choice((1, 2)))]
            starts.append(near if above >= 0 else [])
        elif kind == "tree":
            back = [max(0, i - 1 - int(chance.expovariate(1 / 20))) for _ in range(1 + (chance.random() < 0.1))]
            starts.append(back)
        else:
            starts.append([chance.randrange(i) for _ in range(chance.choice((1, 2)))])
    graph = Graph()
    for i, before in enumerate(starts[:count]):
        ports = sorted(set(before))
        graph.put(f"nodes.n{i}", Node(f"n{i}", ("input", "relu")[len(ports)] if len(ports) < 2 else "concatenate"))
        for k, start in enumerate(ports):
            end = Input(f"n{i}", "x") if len(ports) == 1 else Input(f"n{i}", "xs", k)
            graph.put(f"wires.{end}", Output(f"n{start}"))
    return graph


def _block(starts: list[list[int]], chance: random.Random) -> None:
    begin, ends = len(starts) - 1, []
    for _ in range(chance.choice((1, 1, 2, 3, 4))):
        at = begin
        for _ in range(chance.randint(1, 6)):
            starts.append([at])
            at = len(starts) - 1
        ends.append(at)
    starts.append([*ends, *([begin] if chance.random() < 0.6 else [])])


def placed(body: Body, places: Places) -> Graph:
    """Return a graph with a body's nodes at other places."""
    graph = Graph()
    graph.modules.update(body.modules)
    for name, at in places.items():
        graph.put(f"nodes.{name}", replace(body.nodes[name], at=at))
    for end, start in body.wires.items():
        if end.node in places and start.node in places:
            graph.put(f"wires.{end}", start)
    return graph


# Layout


def layout() -> None:
    network = flat(CATALOG, CATALOG.new("resnet152"))
    for flow in ("down", "right"):
        places, spent = timed(lambda flow=flow: arrange(network, CATALOG, flow=flow))
        print(f"layout {flow} of ResNet-152 flat, {len(network.nodes)} nodes: {spent:.3f} s (at most 0.1); "
              f"{faults(network, places, flow)}")  # fmt: skip
        for kind in KINDS:
            graph = drawn(kind, 10_000, 1)
            places, spent = timed(lambda graph=graph, flow=flow: arrange(graph, CATALOG, flow=flow), 3)
            print(f"layout {flow} of 10,000 nodes, {len(graph.wires):,} wires, {kind}: {spent:.2f} s (at most 1); "
                  f"{faults(graph, places, flow)}", flush=True)  # fmt: skip
    against()
    graphs = [CATALOG.new(name) for name in CATALOG.templates]
    total = sum(crossings(placed(body, arrange(body, CATALOG))) for graph in graphs for body in bodies(graph))
    print(f"crossings in all templates and their modules together: {total}")


def bodies(graph: Graph) -> list[Body]:
    return [graph, *graph.modules.values()]


def against() -> None:
    try:
        import fast_sugiyama
    except ImportError:
        print("fast-sugiyama is not installed: the comparison is left out")
        return
    flats = [(name, flat(CATALOG, CATALOG.new(name))) for name in ("googlenet", "densenet121", "resnet152")]
    cases = [(name, [graph]) for name, graph in flats]
    cases += [(kind, [drawn(kind, 1000, seed) for seed in range(3)]) for kind in KINDS]
    for name, graphs in cases:
        rows = [_both(fast_sugiyama, graph) for graph in graphs]
        ours, theirs, spent, taken = (statistics.fmean(column) for column in zip(*rows, strict=True))
        ratio = f"{ours / theirs:.2f} times" if theirs else "-"
        print(f"crossings, {name}: {ours:.0f} in {spent:.2f} s, fast-sugiyama {theirs:.0f} in {taken:.2f} s; {ratio} "
              "(at most 1.2)", flush=True)  # fmt: skip


def _both(library: Any, graph: Graph) -> tuple[int, int, float, float]:
    """Return our crossings and theirs, and our time and theirs. What they leave out, which is rare, nobody draws."""
    names = list(graph.nodes)
    number = {name: i for i, name in enumerate(names)}
    edges = [(number[start.node], number[end.node]) for end, start in graph.wires.items()]
    found, taken = timed(lambda: library.from_edges(edges, vertex_spacing=100).dot_layout().to_dict(), 1)
    at = {names[i]: place for i, place in found.items() if i < len(names)}
    top = max(y for _, y in at.values())
    theirs = {name: (x / 100 * (WIDTH + GAP), (top - y) / 100 * (52 + GAP)) for name, (x, y) in at.items()}
    start, end = next(
        (start.node, end.node) for end, start in graph.wires.items() if {end.node, start.node} <= at.keys()
    )
    if theirs[start][1] > theirs[end][1]:
        theirs = {name: (x, -y) for name, (x, y) in theirs.items()}
    ours, spent = timed(lambda: arrange(graph, CATALOG), 1)
    part = {name: place for name, place in ours.items() if name in theirs}
    return crossings(placed(graph, part)), crossings(placed(graph, theirs)), spent, taken


def crossings(graph: Graph, segments: int = 10) -> int:
    """Return how many pairs of wires that share no node cross, as they are drawn."""
    geometry = Geometry(graph, CATALOG)
    if len(geometry.wires) < 2:
        return 0
    path = curves.points(geometry.routes(), segments)
    boxes = np.concatenate([path.min(axis=1), path.max(axis=1)], axis=1)
    names = geometry.nodes.slot
    ends = np.array([(names[graph.wires[end].node], names[end.node]) for end in geometry.wires.keys])
    found = 0
    for i in range(len(path) - 1):
        rest = slice(i + 1, None)
        near = (boxes[rest, :2] <= boxes[i, 2:]).all(axis=1) & (boxes[rest, 2:] >= boxes[i, :2]).all(axis=1)
        near &= (ends[rest, :, None] != ends[i]).all(axis=(1, 2))
        others = path[i + 1 :][near]
        if len(others):
            found += int(_meets(path[i], others).sum())
    return found


def _meets(path: Any, others: Any) -> Any:
    """Return which polylines cross one."""
    a, b = path[None, :-1, None], path[None, 1:, None]
    c, d = others[:, None, :-1], others[:, None, 1:]

    def side(p: Any, q: Any, r: Any) -> Any:
        return (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])

    crossed = (side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)
    return crossed.any(axis=(1, 2))


def faults(graph: Graph, places: Places, flow: str) -> str:
    """Return how many pairs of cards overlap, and how many wires lead against the flow."""
    names = list(places)
    corner = np.array([places[name] for name in names])
    high = np.array([height(graph, graph.nodes[name], CATALOG) for name in names])
    order = np.argsort(corner[:, 1])
    corner, high = corner[order], high[order]
    stop = np.searchsorted(corner[:, 1], corner[:, 1] + high)
    overlaps = 0
    for i, last in enumerate(stop.tolist()):
        overlaps += int((np.abs(corner[i + 1 : last, 0] - corner[i, 0]) < WIDTH).sum())
    along, size = (1, LOW) if flow == "down" else (0, WIDTH)
    against = sum(places[end.node][along] < places[start.node][along] + size for end, start in graph.wires.items())
    return f"{overlaps} overlaps, {against} wires against the flow"


# Routes


def routes() -> None:
    for kind in KINDS:
        graph = drawn(kind, 10_000, 1)
        graph = placed(graph, arrange(graph, CATALOG))
        geometry, built = timed(lambda graph=graph: Geometry(graph, CATALOG), 1)
        _, again = timed(geometry.route)
        slot = geometry.nodes.slots([max(list(graph.nodes)[4000:6000], key=lambda name: len(graph.into(name)))])
        at = geometry.nodes.table[slot, :2].copy()
        steps = [timed(lambda i=i: geometry.place(slot, at + 3.0 * i), 1)[1] for i in range(1, 40)]
        print(
            f"{kind}, 10,000 nodes, {len(graph.wires):,} wires, {int(curves.beside(geometry.routes()).sum()):,} of them "
            f"beside cards: built in {built:.2f} s, all routes in {again * 1e3:.0f} ms, a step of dragging "
            f"{statistics.median(steps) * 1e3:.1f} ms",
            flush=True,
        )


def timed(what: Callable[[], Any], turns: int = 5) -> tuple[Any, float]:
    """Return a result, and the median of the seconds of processor that it took."""
    spent = []
    for _ in range(turns):
        begun = time.process_time()
        result = what()
        spent.append(time.process_time() - begun)
    return result, statistics.median(spent)
