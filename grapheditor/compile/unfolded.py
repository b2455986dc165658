"""The graph without its modules: every operator in every place where it is computed, and what leads to what.

Borders of modules, bypassed nodes and copies are gone; a place is named by its path (``layer1.0.conv1``), as weights
and problems are. Of copies that are alike the first two and the last stand for all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from grapheditor.authoring import Operator
from grapheditor.catalog import Catalog
from grapheditor.compile.analysis import Analysis
from grapheditor.compile.facts import NodeInfo
from grapheditor.graph import Body, Graph, Module, Node, Output

LARGEST = 50_000
"""A graph that stands for more operators is not unfolded."""
Starts = tuple[Output, ...]
"""Where something comes from: paths of places and their ports; more than one where copies are collected."""


@dataclass(slots=True)
class Place:
    """An operator in one place of the network.

    info: what is known of this copy. printed: whether a result of each body around it needs it. into: by port, what
    arrives there. takers: who takes what it gives.
    """

    path: str
    body: Body
    node: Node
    operator: Operator
    info: NodeInfo
    printed: bool = True
    into: dict[str, list[Output]] = field(default_factory=dict)
    takers: list[str] = field(default_factory=list)

    @property
    def definition(self) -> str:
        """The key of the record that it is an instance of."""
        prefix = f"modules.{self.body.id}." if isinstance(self.body, Module) else ""
        return f"{prefix}nodes.{self.node.id}"


class Unfolded:
    """The places of a sound graph by path, each behind what it needs; none where the graph is too large."""

    def __init__(self, graph: Graph, catalog: Catalog, analysis: Analysis) -> None:
        self.catalog = catalog
        self.places: dict[str, Place] = {}
        self._left_out: list[str] = []
        if sum(info.operators for info in analysis.nodes.values()) <= LARGEST:
            self._body(graph, analysis.nodes, analysis.order, analysis.used, "", {})
        for place in self.places.values():
            for start in dict.fromkeys(start for starts in place.into.values() for start in starts):
                self.places[start.node].takers.append(place.path)

    def with_role(self, *roles: str) -> Iterator[str]:
        """Yield the paths of the places whose operators have some role."""
        return (path for path, place in self.places.items() if place.operator.role in roles)

    def ancestors(self, ends: Iterable[str]) -> set[str]:
        """Return the places that some need, themselves included."""
        found: set[str] = set()
        waiting = deque(ends)
        while waiting:
            path = waiting.pop()
            if path in self.places and path not in found:
                found.add(path)
                waiting.extend(start.node for starts in self.places[path].into.values() for start in starts)
        return found

    def instances(self) -> Mapping[str, list[Place]]:
        """Return the places of each node that a person drew, by the key of its record."""
        found: dict[str, list[Place]] = {}
        for place in self.places.values():
            found.setdefault(place.definition, []).append(place)
        return found

    def _body(
        self,
        body: Body,
        nodes: Mapping[str, NodeInfo],
        order: Iterable[str],
        used: frozenset[str],
        path: str,
        arriving: Mapping[str, Starts],
    ) -> dict[str, Starts]:
        """Unfold a body; return what each node of it gives, a module's output nodes what arrives at them."""
        gives: dict[Output, Starts] = {}
        results: dict[str, Starts] = {}
        for name in order:
            operator, info = self.catalog.of(body, body.nodes[name]), nodes.get(name)
            if operator is None or info is None:
                continue
            if isinstance(body, Module) and name in body.head.inputs:
                gives[Output(name)] = arriving.get(name, ())
                continue
            starts = {
                port.name: tuple(item for start in body.inputs(name, port.name) for item in gives.get(start, ()))
                for port in operator.inputs
            }
            if isinstance(body, Module) and operator.role == "output":
                results[name] = starts["x"]
            elif info.bypassed:
                if operator.outputs:
                    gives[Output(name, operator.outputs[0].name)] = starts[operator.inputs[0].name]
            else:
                if name not in used:
                    self._left_out.append(f"{path}{name}")
                for port, given in self._node(body, body.nodes[name], operator, info, f"{path}{name}", starts).items():
                    gives[Output(name, port)] = given
        return results

    def _node(
        self, body: Body, node: Node, operator: Operator, info: NodeInfo, path: str, starts: Mapping[str, Starts]
    ) -> dict[str, Starts]:
        """Unfold a node, copy after copy; what is carried goes from one to the next, what is not is collected."""
        module = body.modules.get(node.operator)
        if info.copies is None and not node.scan:
            return self._one(body, module, node, operator, info, path, starts)
        chain = {operator.outputs[0].name: operator.inputs[0].name} if operator.outputs and operator.inputs else {}
        carried = chain if module is None else module.head.state if node.scan else module.head.carried
        given: dict[str, Starts] = {}
        current = dict(starts)
        for at, copy in [(path, info)] * 2 if node.scan else _shown(path, info.copies or ()):
            given = {
                port: got if port in carried else tuple(dict.fromkeys((*given.get(port, ()), *got)))
                for port, got in self._one(body, module, node, operator, copy, at, current).items()
            }
            current |= {port: given[out] for out, port in carried.items()}
        return given

    def _one(
        self,
        body: Body,
        module: Module | None,
        node: Node,
        operator: Operator,
        info: NodeInfo,
        path: str,
        starts: Mapping[str, Starts],
    ) -> dict[str, Starts]:
        if module is not None and info.inside is not None:
            inside = self._body(module, info.inside.nodes, info.inside.order, info.inside.used, f"{path}.", starts)
            return {port: inside.get(name, ()) for port, name in module.head.outputs}
        printed = not any(f"{path}.".startswith(f"{other}.") for other in self._left_out)
        place = self.places.setdefault(path, Place(path, body, node, operator, info, printed))
        for port, given in starts.items():
            known = place.into.setdefault(port, [])
            known += [start for start in given if start not in known]
        return {port.name: (Output(path, port.name),) for port in operator.outputs}


def _shown(path: str, copies: tuple[NodeInfo, ...]) -> Iterator[tuple[str, NodeInfo]]:
    """Yield copies with their paths; of those that are alike the first two and the last."""
    for i, copy in enumerate(copies):
        if i < 2 or i + 1 == len(copies) or not copies[i - 2] is copies[i - 1] is copy is copies[i + 1]:
            yield f"{path}.{i}", copy
