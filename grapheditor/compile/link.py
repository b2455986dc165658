"""Joins the recordings of all nodes into one expression graph, ready to be printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from grapheditor.authoring.expression import (
    Call,
    Constant,
    Construct,
    Expression,
    Given,
    Global,
    Item,
    Known,
    Member,
    Operation,
    Reference,
    Several,
    Slice,
    walk,
)
from grapheditor.catalog import Catalog
from grapheditor.compile.infer import Analysis
from grapheditor.graph import Graph, Output
from grapheditor.graph.names import natural
from grapheditor.graph.order import ancestors


class Linked:
    """The recordings of all nodes joined into one expression graph: what arrives is what the node before computes."""

    def __init__(self, graph: Graph, catalog: Catalog, analysis: Analysis) -> None:
        self.graph = graph
        self.catalog = catalog
        self.analysis = analysis
        self.outputs: dict[Output, Expression] = {}
        self.arguments: dict[str, Expression] = {}
        self.attributes: dict[int, str] = {}
        self.constructs: dict[str, list[Construct]] = {}
        self.owner: dict[int, str] = {}
        self._taken = set(graph.nodes)
        self._places = {name: i for i, name in enumerate(analysis.order)}
        for name in analysis.order:
            self._link(name)

    def arriving(self, node: str, port: str) -> list[Expression]:
        """Return what arrives at a port."""
        return [self.outputs[start] for start in self.graph.inputs(node, port)]

    def result(self, node: str) -> Expression:
        """Return what a node stands for: its first output, or what arrives at an output node."""
        operator = self.catalog.of(self.graph, self.graph.nodes[node])
        assert operator is not None
        return self.outputs[Output(node, operator.outputs[0].name)] if operator.outputs else self.arriving(node, "x")[0]

    def rank(self, step: Expression) -> int:
        """Return the place of a step's node in the graph's order."""
        return self._places[self.owner[id(step)]]

    def role(self, node: str) -> str:
        """Return the role of a node's operator."""
        operator = self.catalog.of(self.graph, self.graph.nodes[node])
        assert operator is not None
        return operator.role

    def with_role(self, *roles: str) -> list[str]:
        """Return the nodes of some roles, in the natural order of their ids."""
        return sorted((name for name in self.graph.nodes if self.role(name) in roles), key=natural)

    def inputs(self, ends: Iterable[str]) -> list[str]:
        """Return the input nodes that some nodes need."""
        needed = ancestors(self.graph, ends)
        return [name for name in self.with_role("input") if name in needed]

    def used(self) -> list[str]:
        """Return the nodes that a result, a loss or a metric needs, in the graph's order."""
        needed = ancestors(self.graph, results_of(self) + self.with_role("loss", "metric"))
        return [name for name in self.analysis.order if name in needed]

    def _link(self, name: str) -> None:
        operator = self.catalog.of(self.graph, self.graph.nodes[name])
        assert operator is not None
        arriving: dict[tuple[str, int | None], Expression] = {}
        for port in operator.inputs:
            for i, expression in enumerate(self.arriving(name, port.name)):
                arriving[port.name, i if port.repeats else None] = expression
        recording = self.analysis.nodes[name].recording
        copy = _Copy(arriving)
        for port, expression in zip(operator.outputs, recording.outputs, strict=True):
            self.outputs[Output(name, port.name)] = copy(expression)
        copies = [copy(construct) for construct in recording.constructs]
        made = [item for item in copies if isinstance(item, Construct)]
        self.constructs[name] = made
        for item in made:
            self.attributes[id(item)] = name if item.name is None else self._free(f"{name}_{item.name}")
        for part in copy.made:
            self.owner[id(part)] = name
        if operator.role == "input":
            self.arguments[name] = self.outputs[Output(name)]

    def _free(self, part: str) -> str:
        """Return the attribute of a part of a node; ids of nodes come first."""
        while part in self._taken:
            part += "_"
        self._taken.add(part)
        return part


class _Copy:
    """Copies expressions with references replaced; shared parts stay shared."""

    def __init__(self, arriving: Mapping[tuple[str, int | None], Expression]) -> None:
        self.arriving = arriving
        self.made: list[Expression] = []
        self._done: dict[int, tuple[Expression, Expression]] = {}

    def __call__(self, expression: Expression) -> Expression:
        for item in walk((expression,)):
            if id(item) not in self._done:
                copied = self._copy(item)
                self._done[id(item)] = (item, copied)
                if not isinstance(item, Reference):
                    self.made.append(copied)
        return self._done[id(expression)][1]

    def _get(self, expression: Expression) -> Expression:
        return self._done[id(expression)][1]

    def _keywords(self, pairs: Sequence[tuple[str, Expression]]) -> tuple[tuple[str, Expression], ...]:
        return tuple((key, self._get(value)) for key, value in pairs)

    def _copy(self, item: Expression) -> Expression:
        get = self._get
        match item:
            case Reference(name=name, index=index):
                return self.arriving[name, index]
            case Known(text=text, value=value):
                return Known(get(text), value)
            case Member(value=value, name=name):
                return Member(get(value), name)
            case Item(value=value, index=index):
                return Item(get(value), get(index))
            case Slice(start=start, stop=stop, step=step):
                return Slice(*(None if part is None else get(part) for part in (start, stop, step)))
            case Operation(symbol=symbol, operands=operands):
                return Operation(symbol, tuple(map(get, operands)))
            case Several(items=items, bracket=bracket):
                return Several(tuple(map(get, items)), bracket)
            case Call(function=function, arguments=arguments, keywords=keywords):
                return Call(get(function), tuple(map(get, arguments)), self._keywords(keywords))
            case Construct(function=function, arguments=arguments, keywords=keywords, name=name):
                return Construct(function, tuple(map(get, arguments)), self._keywords(keywords), name)
            case Constant(value=value):
                return Constant(value)
            case Global(name=name):
                return Global(name)
            case _:
                return Given()


def results_of(linked: Linked) -> list[str]:
    """Return the nodes whose values ``forward`` returns.

    These are the output nodes; without any, the layers whose results nothing uses; without any of those, what the
    losses take.
    """
    declared = linked.with_role("output")
    if declared:
        return declared
    ends = [name for name in linked.with_role("layer") if not linked.graph.out_of(name)]
    if ends:
        return ends
    return sorted(
        {start.node for name in linked.with_role("loss") for start in linked.graph.inputs(name, "x")},
        key=natural,
    )
