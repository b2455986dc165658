"""A graph as few blocks: what a small picture of it shows. No Qt here.

What is not the network's own (losses, metrics, labels) is left out; of larger graphs also what changes no weights
(activations, norms, changes of shape). Operators of one kind that follow each other are one block, as are copies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from grapheditor.catalog import Catalog
from grapheditor.graph import Body, Node
from grapheditor.graph.arithmetic import SizeError, evaluate, parse

ASIDE = frozenset({"Loss", "Metric"})
SMALL = frozenset({"Activation", "Normalisation", "Regularisation", "Shape"})
FEW = 9
"""Up to so many nodes a picture shows them all."""


@dataclass(slots=True)
class Block:
    """One block of a picture. layer: how deep it lies, from 0. count: how many of it follow each other."""

    category: str
    layer: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True)
class Outline:
    """Blocks, layer by layer, and wires between them as pairs of their numbers.

    frames: the number of each one's colour, and the blocks in it.
    """

    blocks: tuple[Block, ...] = ()
    wires: tuple[tuple[int, int], ...] = ()
    frames: tuple[tuple[int, tuple[int, ...]], ...] = ()

    @property
    def layers(self) -> list[list[int]]:
        """The numbers of the blocks in each layer."""
        found: list[list[int]] = [[] for _ in range(max((block.layer for block in self.blocks), default=-1) + 1)]
        for i, block in enumerate(self.blocks):
            found[block.layer].append(i)
        return found

    @property
    def skips(self) -> list[tuple[int, int]]:
        """The wires that pass layers by."""
        return [(a, b) for a, b in self.wires if self.blocks[b].layer - self.blocks[a].layer > 1]


def outline(graph: Body, catalog: Catalog) -> Outline:
    """Return the outline of a graph, or of the body of a module."""
    kept = _kept(graph, catalog, ASIDE)
    if len(kept) > FEW:
        kept = _kept(graph, catalog, ASIDE | SMALL) or kept
    before = _sources(graph, kept)
    counts = {name: _copies(graph, catalog, graph.nodes[name]) for name in kept}
    heads = _merge(graph, before, counts)
    depth: dict[str, int] = {}
    for name in before:  # kept comes in the order of the graph: sources first
        depth[name] = max((depth[other] + 1 for other in before[name]), default=0)
    number = {name: i for i, name in enumerate(before)}
    blocks = tuple(Block(_category(graph, catalog, name), depth[name], counts[name]) for name in before)
    wires = tuple((number[a], number[name]) for name, sources in before.items() for a in sources)
    frames = (
        (frame.colour, tuple(sorted({number[at] for name in frame.nodes if (at := heads.get(name, name)) in number})))
        for frame in sorted(graph.frames.values(), key=lambda frame: -len(frame.nodes))
    )
    return Outline(blocks, wires, tuple((colour, inside) for colour, inside in frames if inside))


def _kept(graph: Body, catalog: Catalog, left_out: frozenset[str]) -> list[str]:
    """Return the nodes that are shown, sources first."""
    order = graph.order()
    losses = {name for name in order if _category(graph, catalog, name) in ASIDE}
    shown = []
    for name in order:
        readers = {end.node for end in graph.out_of(name)}
        only_for_losses = bool(readers) and readers <= losses and graph.nodes[name].operator == "input"
        is_end = graph.nodes[name].operator == "output"
        if _category(graph, catalog, name) not in left_out and not only_for_losses and not is_end:
            shown.append(name)
    return shown


def _category(graph: Body, catalog: Catalog, name: str) -> str:
    operator = catalog.of(graph, graph.nodes[name])
    return operator.category if operator is not None else ""


def _copies(graph: Body, catalog: Catalog, node: Node) -> int:
    """Return how many copies a node stands for; those of a module that is nothing but a chain of others count too."""
    times = _number(node.repeat, {})
    module, operator = graph.modules.get(node.operator), catalog.of(graph, node)
    if module is None or operator is None:
        return times
    borders = ("input", "output")
    inner = [other for other in module.nodes.values() if other.operator not in borders]
    if not inner or any(other.operator not in graph.modules for other in inner):
        return times
    values = {option.name: node.options.get(option.name, option.default) for option in operator.options}
    return times * sum(_number(other.repeat, values) for other in inner)


def _number(repeat: int | str, values: Mapping[str, object]) -> int:
    """Return how many copies there are; one where that hangs on what a picture does not know."""
    if isinstance(repeat, int):
        return repeat
    known = {name: value for name, value in values.items() if isinstance(value, int)}
    try:
        return max(0, evaluate(parse(repeat.removeprefix("=")), known))
    except SizeError:
        return 1


def _sources(graph: Body, kept: list[str]) -> dict[str, list[str]]:
    """Return for each node that is shown those that reach it, through what is not shown."""
    shown = set(kept)
    found: dict[str, list[str]] = {}
    through: dict[str, list[str]] = {}
    for name in graph.order():
        sources: dict[str, None] = {}
        for start in graph.into(name).values():
            for other in [start.node] if start.node in shown else through.get(start.node, []):
                sources[other] = None
        through[name] = list(sources)
        if name in shown:
            found[name] = list(sources)
    return found


def _merge(graph: Body, before: dict[str, list[str]], counts: dict[str, int]) -> dict[str, str]:
    """Make one of the nodes of one operator that follow each other in a chain; copies and modules stay as they are.

    Returns for each node that went the one that stands for it.
    """
    readers: dict[str, int] = defaultdict(int)
    for sources in before.values():
        for other in sources:
            readers[other] += 1
    heads: dict[str, str] = {}
    lone = {name for name, count in counts.items() if count == 1 and graph.nodes[name].operator not in graph.modules}
    for name in list(before):
        sources = before[name] = list(dict.fromkeys(heads.get(other, other) for other in before[name]))
        alike = len(sources) == 1 and graph.nodes[sources[0]].operator == graph.nodes[name].operator
        if alike and name in lone and sources[0] in lone and readers[sources[0]] == 1:
            counts[sources[0]] += 1
            readers[sources[0]] = readers[name]
            heads[name] = sources[0]
            del before[name], counts[name]
    return heads
