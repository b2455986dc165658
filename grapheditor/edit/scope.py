"""Where one edits: in a graph, or in it in the definition of a module that was opened by one of its uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grapheditor.edit.change import Change, Difference, Draft
from grapheditor.graph import Body, Graph
from grapheditor.graph.order import used_modules


@dataclass(frozen=True, slots=True)
class Scope:
    """A body of a graph, by the name of its module; the graph's own without one.

    The names of nodes and wires are the body's; the records of a change are the graph's.
    """

    graph: Graph
    module: str = ""

    @property
    def body(self) -> Body:
        """The nodes and wires that are edited."""
        return self.graph.modules[self.module] if self.module else self.graph

    @property
    def prefix(self) -> str:
        """What the keys of the body's records begin with."""
        return f"modules.{self.module}." if self.module else ""

    def draft(self, title: str) -> Draft:
        """Begin a change, whose keys are the body's: ``nodes.conv1``."""
        return Draft(self.graph, title, self.prefix)

    def own(self, change: Change) -> Mapping[str, Difference]:
        """Return what a change does to nodes and wires of this body, by the body's keys."""
        start = len(self.prefix)
        return {
            key[start:]: pair
            for key, pair in change.differences.items()
            if key.startswith((f"{self.prefix}nodes.", f"{self.prefix}wires."))
        }


def scope_at(graph: Graph, path: str) -> Scope | None:
    """Return the definition behind a use of a module; None where there is no such use.

    path: of nodes, and of copies of those that are repeated (``layer2.0.branch``); empty for the graph itself.
    """
    scope = Scope(graph)
    for place, part in along(graph, path) if path else ():
        if part.isdecimal():
            continue
        node = place.body.nodes.get(part) if place is not None else None
        if node is None or node.operator not in graph.modules:
            return None
        scope = Scope(graph, node.operator)
    return scope


def along(graph: Graph, path: str) -> Iterator[tuple[Scope | None, str]]:
    """Yield the parts of a path, each with the scope whose node it names; None for what names none.

    Those are numbers of copies, and the names of an operator's weights.
    """
    here: Scope | None = Scope(graph)
    for part in path.split("."):
        if part.isdecimal():
            yield None, part
            continue
        yield here, part
        node = here.body.nodes.get(part) if here else None
        here = Scope(graph, node.operator) if node is not None and node.operator in graph.modules else None


def uses(graph: Graph, module: str) -> Iterator[tuple[Scope, str]]:
    """Yield the nodes, with their scopes, that use a module."""
    for name in ("", *graph.modules):
        scope = Scope(graph, name)
        yield from ((scope, node.id) for node in scope.body.nodes.values() if node.operator == module)


def paths(graph: Graph, module: str) -> Iterator[str]:
    """Yield the paths of all uses of a module, copies of a repeated node taken as one."""

    def below(scope: Scope, prefix: str) -> Iterator[str]:
        for node in scope.body.nodes.values():
            if node.operator in graph.modules:
                path = f"{prefix}{node.id}"
                if node.operator == module:
                    yield path
                yield from below(Scope(graph, node.operator), f"{path}.")

    yield from below(Scope(graph), "")


def first_copy(graph: Graph, path: str) -> str:
    """Return a path of nodes with the number of the first copy behind each one that is repeated."""
    found = []
    for place, part in along(graph, path):
        found.append(part)
        node = place.body.nodes.get(part) if place is not None else None
        if node is not None and node.repeat != 1:
            found.append("0")
    return ".".join(found)


def located(graph: Graph, path: str) -> tuple[str, str]:
    """Return where a node is shown: the path of the use of a module, and its id there; empty ids where it is nowhere.

    path: of a node by its uses (``layer1.0.conv1``), or in a definition (``Block.conv1``), which is shown at its first
    use.
    """
    first, _, rest = path.partition(".")
    if first not in graph.nodes and first in graph.modules:
        use = next(paths(graph, first), None)
        return (first_copy(graph, use), rest.partition(".")[0]) if use is not None else ("", "")
    place, node, before = "", "", ""
    for scope, part in along(graph, path):
        if scope is not None and part in scope.body.nodes:
            place, node = before, part
        before = f"{before}.{part}" if before else part
    return place, node


def holders(scope: Scope, path: str) -> list[str]:
    """Return the nodes of a scope that a path leads to or through: what is wrong in a module is wrong with its uses.

    path: of a node by its uses (``layer1.0.conv1``), or in a definition (``Block.conv1``).
    """
    graph, body = scope.graph, scope.body
    first, _, rest = path.partition(".")
    if first in graph.nodes or first not in graph.modules:
        return [part for place, part in along(graph, path) if place == scope and part in body.nodes][:1]
    if scope.module == first:
        return [name for name in (rest.partition(".")[0],) if name in body.nodes]
    return [node.id for node in body.nodes.values() if first in used_modules(graph, (node.operator,))]
