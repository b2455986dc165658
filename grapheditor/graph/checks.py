"""Whether a wire may be drawn: one named error for each reason to refuse it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from grapheditor.graph.model import Body, Input, Node, Output
from grapheditor.graph.order import nesting


class PortLike(Protocol):
    """What a check needs of a port."""

    @property
    def name(self) -> str: ...

    @property
    def repeats(self) -> bool: ...


class OperatorLike(Protocol):
    """What a check needs of an operator; authoring.Operator is one."""

    @property
    def title(self) -> str: ...

    def input(self, name: str) -> PortLike | None: ...

    def output(self, name: str) -> PortLike | None: ...


Lookup = Callable[[Body, Node], OperatorLike | None]


class ConnectError(ValueError):
    """A wire cannot be drawn; the text says why."""


class NoSuchNodeError(ConnectError):
    """An end of the wire names a node that does not exist."""


class NoSuchPortError(ConnectError):
    """The operator has no port of that name."""


class NotARepeatingPortError(ConnectError):
    """An index was given for a port that takes one wire."""


class SelfLoopError(ConnectError):
    """The wire would lead from a node to itself."""


class CycleError(ConnectError):
    """The wire would close a cycle."""


class PortTakenError(ConnectError):
    """The input already has its one wire."""


def check_connect(graph: Body, lookup: Lookup, start: Output, end: Input, *, replace: bool = False) -> None:
    """Raise the named error that says why a wire from start to end is impossible; return where it is possible.

    replace: a wire that is already there makes way. lookup: the operator or module of a node, None where it is unknown.
    """
    for name in (start.node, end.node):
        if name not in graph.nodes:
            raise NoSuchNodeError(f"There is no node {name}.")
    _check_ports(graph, lookup, start, end)
    if start.node == end.node:
        raise SelfLoopError(f"{end.node} cannot take its own result.")
    if not replace and end in graph.wires:
        raise PortTakenError(f"{end} already has a wire, from {graph.wires[end]}.")
    if closes_cycle(graph, start.node, end.node):
        raise CycleError(f"{start.node} already depends on {end.node}; the wire would close a cycle.")


def _check_ports(graph: Body, lookup: Lookup, start: Output, end: Input) -> None:
    source = lookup(graph, graph.nodes[start.node])
    if source is not None and source.output(start.port) is None:
        raise NoSuchPortError(f"{start.node} ({source.title}) has no output {start.port}.")
    target = lookup(graph, graph.nodes[end.node])
    if target is None:
        return
    port = target.input(end.port)
    if port is None:
        raise NoSuchPortError(f"{end.node} ({target.title}) has no input {end.port}.")
    if port.repeats != (end.index is not None):
        takes = "any number of wires, so the wire needs an index" if port.repeats else "one wire"
        raise NotARepeatingPortError(f"{end.node}.{end.port} takes {takes}.")


def closes_cycle(graph: Body, start: str, end: str) -> bool:
    """Tell whether a wire from start to end would make start depend on itself."""
    if start == end:
        return True
    if not graph.out_of(end) or not graph.into(start):
        return False
    import networkx

    return bool(networkx.has_path(graph.network(), end, start))


def nesting_cycle(graph: Body) -> list[str]:
    """Return modules each of which holds the next and the last the first, or nothing."""
    import networkx

    try:
        return [start for start, *_ in networkx.find_cycle(nesting(graph))]
    except networkx.NetworkXNoCycle:
        return []


def nesting_depth(graph: Body) -> int:
    """Return how many modules lie within each other at most; there must be no cycle."""
    import networkx

    return len(networkx.dag_longest_path(nesting(graph)))


def find_cycle(graph: Body) -> list[str]:
    """Return the nodes of one cycle in the order of its wires, or nothing."""
    import networkx

    try:
        return [start for start, *_ in networkx.find_cycle(graph.network())]
    except networkx.NetworkXNoCycle:
        return []
