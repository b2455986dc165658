"""The graph as records: immutable nodes, a wire for each input, information and recipe, each under a key of its own.

Keys are texts: ``nodes.conv1``, ``wires.add1.y``, ``wires.cat1.xs.0`` (an input that repeats), ``info``, ``recipe``.
Every edit, the file, the journal and the engine speak in these records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from grapheditor.graph.recipe import Recipe

if TYPE_CHECKING:
    import networkx

OptionValue = int | float | bool | str | tuple[int | str, ...]


class Output(NamedTuple):
    """Where a wire starts."""

    node: str
    port: str = "out"

    def __str__(self) -> str:
        return self.node if self.port == "out" else f"{self.node}.{self.port}"


class Input(NamedTuple):
    """Where a wire ends; the index orders the wires of a port that repeats."""

    node: str
    port: str
    index: int | None = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.node}.{self.port}" + ("" if self.index is None else f".{self.index}")


@dataclass(frozen=True, slots=True)
class Node:
    """An operator in the graph. The id is its attribute in the source and its key in checkpoints; the title is free."""

    id: str
    operator: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    title: str = ""
    at: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Info:
    """What the graph is called, and a text about it."""

    title: str = ""
    doc: str = ""


Record = Node | Output | Info | Recipe


class Graph:
    """The records of one document, with the wires of each node at hand.

    :meth:`put` is the only way in, so that the adjacency always agrees; what holds between records (wires end at nodes,
    no cycle) is kept by the edits and by the reader of files.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.wires: dict[Input, Output] = {}
        self.info = Info()
        self.recipe = Recipe()
        self.path: Path | None = None
        self._into: dict[str, dict[Input, Output]] = {}
        self._from: dict[str, dict[Input, Output]] = {}

    def get(self, key: str) -> Record | None:
        """Return the record under a key, None where there is none."""
        kind, _, rest = key.partition(".")
        if kind == "nodes":
            return self.nodes.get(rest)
        if kind == "wires":
            return self.wires.get(input_of(key))
        return self.info if kind == "info" else self.recipe

    def put(self, key: str, record: Record | None) -> None:
        """Set or remove the record under a key."""
        kind, _, rest = key.partition(".")
        if kind == "wires":
            self._put_wire(input_of(key), record)
        elif kind == "nodes":
            if record is None:
                self.nodes.pop(rest, None)
            else:
                assert isinstance(record, Node)
                self.nodes[rest] = record
        elif isinstance(record, Info):
            self.info = record
        elif isinstance(record, Recipe):
            self.recipe = record

    def _put_wire(self, end: Input, record: Record | None) -> None:
        before = self.wires.pop(end, None)
        if before is not None:
            self._into[end.node].pop(end)
            self._from[before.node].pop(end)
        if record is not None:
            assert isinstance(record, Output)
            self.wires[end] = record
            self._into.setdefault(end.node, {})[end] = record
            self._from.setdefault(record.node, {})[end] = record

    def into(self, node: str) -> Mapping[Input, Output]:
        """Return the wires that end at a node."""
        return self._into.get(node, {})

    def out_of(self, node: str) -> Mapping[Input, Output]:
        """Return the wires that start at a node."""
        return self._from.get(node, {})

    def inputs(self, node: str, port: str) -> list[Output]:
        """Return what is wired to a port, in order."""
        found = [(end, start) for end, start in self.into(node).items() if end.port == port]
        return [start for _, start in sorted(found, key=lambda wire: wire[0].index or 0)]

    def network(self) -> networkx.DiGraph[str]:
        """Return the nodes and wires as a networkx graph, wires in the order of their ports."""
        import networkx

        network: networkx.DiGraph[str] = networkx.DiGraph()
        network.add_nodes_from(self.nodes)
        network.add_edges_from((start.node, end.node) for end, start in self.wires.items())
        return network

    def order(self) -> list[str]:
        """Return the nodes so that each follows what it needs, branch after branch, independent of ids in the file.

        Raises networkx.NetworkXUnfeasible where wires form a cycle.
        """
        from grapheditor.graph.order import flow

        return flow(self)

    def records(self) -> Iterator[tuple[str, Record]]:
        """Yield every record with its key."""
        yield "info", self.info
        yield "recipe", self.recipe
        for name, node in self.nodes.items():
            yield f"nodes.{name}", node
        for end, start in self.wires.items():
            yield f"wires.{end}", start

    def fingerprint(self) -> str:
        """Return a digest of what the network is: ids, operators, options and wires; not titles, places or recipe."""
        nodes = sorted((node.id, node.operator, sorted(node.options.items())) for node in self.nodes.values())
        wires = sorted((str(end), str(start)) for end, start in self.wires.items())
        return hashlib.sha256(repr((nodes, wires)).encode()).hexdigest()[:16]

    def copy(self) -> Graph:
        """Return an independent graph with the same records."""
        other = Graph()
        other.path = self.path
        for key, record in self.records():
            other.put(key, record)
        return other

    def save(self, path: str | Path) -> None:
        """Write the graph to a file, whole or not at all; FileError where that fails."""
        from grapheditor.graph.file import write

        write(self, Path(path))
        self.path = Path(path)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        return dict(self.records()) == dict(other.records())

    __hash__ = None  # type: ignore[assignment]


def input_of(key: str) -> Input:
    """Read the key of a wire."""
    _, node, port, *index = key.split(".")
    return Input(node, port, int(index[0]) if index else None)
