"""A body: nodes and the wires between them. A graph has one, and so has every module that it defines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from grapheditor.graph.learning import AS_USUAL, Learning

if TYPE_CHECKING:
    import networkx

    from grapheditor.graph.module import Module

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
    """An operator or a module in a body.

    The id is its attribute in the source and its key in checkpoints; the title is free. An option's text that begins
    with ``=`` is an expression of the surrounding module's options (``=4*width``) and, in a repeated node, of ``i``.

    when: an expression; where it is 0 the node is bypassed. repeat: how many copies stand in a chain, a number or an
    expression. weights: the weight set it takes part in, by default one of its own. scan: inputs of a module that is
    run once for each place (dimension 1) of what arrives there; its state goes from place to place. learning: how its
    weights learn.
    """

    id: str
    operator: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    title: str = ""
    at: tuple[float, float] = (0.0, 0.0)
    when: str = ""
    repeat: int | str = 1
    weights: str = ""
    scan: tuple[str, ...] = ()
    learning: Learning = AS_USUAL

    def moved(self, at: tuple[float, float]) -> Node:
        """Return the node at another place; ten thousand of them at once are not to hold the window up."""
        return Node(
            self.id, self.operator, self.options, self.title, at, self.when, self.repeat, self.weights, self.scan,
            self.learning,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """A titled frame around nodes, by their ids; it says nothing of what is computed. colour: its number, from 0."""

    title: str = ""
    nodes: tuple[str, ...] = ()
    colour: int = 0


class Body:
    """Nodes and wires, with the wires of each node at hand; frames. modules: the definitions that nodes may name."""

    def __init__(self, modules: dict[str, Module]) -> None:
        self.modules = modules
        self.nodes: dict[str, Node] = {}
        self.wires: dict[Input, Output] = {}
        self.frames: dict[str, Frame] = {}
        self._into: dict[str, dict[Input, Output]] = {}
        self._from: dict[str, dict[Input, Output]] = {}
        self._order: tuple[str, ...] | None = None
        """As it was asked for last: most edits change neither wires nor ids, which alone it depends on."""

    def put_node(self, name: str, node: Node | None) -> None:
        """Set or remove a node."""
        if node is None or name not in self.nodes:
            self._order = None
        if node is None:
            self.nodes.pop(name, None)
        else:
            self.nodes[name] = node

    def put_wire(self, end: Input, start: Output | None) -> None:
        """Set or remove the wire that ends at an input."""
        self._order = None
        before = self.wires.pop(end, None)
        if before is not None:
            self._into[end.node].pop(end)
            self._from[before.node].pop(end)
        if start is not None:
            self.wires[end] = start
            self._into.setdefault(end.node, {})[end] = start
            self._from.setdefault(start.node, {})[end] = start

    def put_frame(self, name: str, frame: Frame | None) -> None:
        """Set or remove a frame."""
        if frame is None:
            self.frames.pop(name, None)
        else:
            self.frames[name] = frame

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
        if self._order is None:
            from grapheditor.graph.order import flow

            self._order = tuple(flow(self))
        return list(self._order)


def input_of(text: str) -> Input:
    """Read where a wire ends: ``add1.y``, ``cat1.xs.0``."""
    node, port, *index = text.split(".")
    return Input(node, port, int(index[0]) if index else None)
