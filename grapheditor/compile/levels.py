"""Where a problem is: the bodies around it, from the graph to the module it lies in, and what is near it in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grapheditor.authoring import Operator
from grapheditor.catalog import Catalog
from grapheditor.compile.analysis import Analysis
from grapheditor.compile.facts import NodeInfo, WireType
from grapheditor.graph import Body, Graph, Module, Node, Output
from grapheditor.graph.arithmetic import Number, Term
from grapheditor.graph.order import ancestors

NEAR = 12
"""So many nodes before and behind a problem are looked at, half as many in the bodies around its own."""


@dataclass(frozen=True, slots=True)
class Level:
    """A body, what is known of its nodes in the first place where the problem is, and the node that has the problem.

    batch: what counts samples. near: how many nodes are looked at in each direction.
    """

    graph: Graph
    catalog: Catalog
    body: Body
    nodes: Mapping[str, NodeInfo]
    order: list[str]
    node: str
    batch: frozenset[Term | None]
    near: int

    @property
    def prefix(self) -> str:
        """What the keys of the body's records begin with."""
        return f"modules.{self.body.id}." if isinstance(self.body, Module) else ""

    @property
    def where(self) -> str:
        """Words for titles: nothing in the graph, `` in Block`` in a module."""
        return f" in {self.body.id}" if isinstance(self.body, Module) else ""

    def operator(self, name: str) -> Operator | None:
        """Return the operator or module of a node."""
        return self.catalog.of(self.body, self.body.nodes[name])

    def kind(self, start: Output) -> WireType | None:
        """Return what a wire carries, None where that is not known."""
        return self.nodes[start.node].outputs.get(start.port) if start.node in self.nodes else None

    def arriving(self, name: str) -> list[WireType]:
        """Return what is known to arrive at a node, in the order of its inputs."""
        kinds = (self.kind(start) for _, start in sorted(self.body.into(name).items()))
        return [kind for kind in kinds if kind is not None]

    def upstream(self) -> list[str]:
        """Return the nodes that the problem's node needs, itself the last."""
        needed = ancestors(self.body, [self.node])
        return [name for name in self.order if name in needed][-self.near - 1 :]

    def downstream(self) -> list[str]:
        """Return the nodes that need the problem's node."""
        found = {self.node}
        for name in self.order:
            if any(start.node in found for start in self.body.into(name).values()):
                found.add(name)
        return [name for name in self.order if name in found and name != self.node][: self.near]


def levels(graph: Graph, catalog: Catalog, analysis: Analysis, path: str) -> list[Level]:
    """Return the bodies around a problem, its own first. path: of its node, as problems have it."""
    batch = batch_of(graph, catalog, analysis)
    first, *parts = path.split(".")
    found: list[Level] = []
    body: Body = graph
    nodes, order, name = analysis.nodes, analysis.order, first
    if first in graph.modules and parts:  # said of a definition, not of a place
        body, nodes, name = graph.modules[first], {}, parts.pop(0)
        order = body.order()
    while name in body.nodes:
        found.append(Level(graph, catalog, body, nodes, list(order), name, batch, NEAR))
        info = nodes.get(name)
        if info is not None and info.copies is not None and parts:
            number = int(parts.pop(0))
            info = info.copies[number] if number < len(info.copies) else None
        if not parts or info is None or info.inside is None:
            break
        body, nodes, order = body.modules[body.nodes[name].operator], info.inside.nodes, list(info.inside.order)
        name = parts.pop(0)
    return [level if i == 0 else replace(level, near=NEAR // 2) for i, level in enumerate(reversed(found))]


def batch_of(graph: Graph, catalog: Catalog, analysis: Analysis) -> frozenset[Term | None]:
    """Return what counts samples: the first dimensions of the graph's inputs, the free ones where there are any."""
    inputs = (name for name, node in graph.nodes.items() if _is_input(catalog.of(graph, node)))
    kinds = (kind for name in inputs if name in analysis.nodes for kind in analysis.nodes[name].outputs.values())
    found = frozenset(kind.dims[0] for kind in kinds if kind.dims)
    return frozenset(dim for dim in found if not isinstance(dim, Number)) or found


def _is_input(operator: Operator | None) -> bool:
    return operator is not None and operator.role == "input"


def plain(node: Node, operator: Operator, option: str) -> object:
    """Return an option's value, its default where a node does not set it; None where there is no such option."""
    found = operator.option(option)
    return None if found is None else node.options.get(option, found.default)
