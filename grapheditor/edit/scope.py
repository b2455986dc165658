"""Where one edits: in a graph, or in it in the definition of a module that was opened by one of its uses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from grapheditor.authoring.options import Option
from grapheditor.edit.change import Change, Difference, Draft
from grapheditor.graph import Body, Graph, Input
from grapheditor.graph.model import IN_BODY
from grapheditor.graph.names import fresh
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
    def options(self) -> tuple[Option, ...]:
        """The options of the module, which expressions in its body may name."""
        return self.graph.modules[self.module].head.options if self.module else ()

    @property
    def prefix(self) -> str:
        """What the keys of the body's records begin with."""
        return f"modules.{self.module}." if self.module else ""

    def free_id(self, stem: str) -> str:
        """Return an id for a new node, which no node here has, nor one had that was deleted."""
        start = f"{self.prefix}nodes."
        spent = (key.removeprefix(start) for key in self.graph.spent if key.startswith(start))
        return fresh(stem, {*self.body.nodes, *spent})

    def draft(self, title: str) -> Draft:
        """Begin a change, whose keys are the body's: ``nodes.conv1``."""
        return Draft(self.graph, title, self.prefix)

    def own(self, change: Change) -> Mapping[str, Difference]:
        """Return what a change does to nodes, wires and frames of this body, by the body's keys."""
        start, kinds = len(self.prefix), tuple(f"{self.prefix}{kind}." for kind in IN_BODY)
        return {key[start:]: pair for key, pair in change.differences.items() if key.startswith(kinds)}


def touched_modules(change: Change) -> set[str]:
    """Return the modules whose nodes, wires or frames a change is about; an empty name for the graph's own.

    A definition that comes or goes as a whole is told by what uses it.
    """
    found: set[str] = set()
    whole = {key for key, pair in change.differences.items() if key.startswith("modules.") and None in pair}
    for key in change.differences:
        kind, _, rest = key.partition(".")
        module, _, inner = rest.partition(".") if kind == "modules" else ("", "", key)
        if inner.partition(".")[0] in IN_BODY and f"modules.{module}" not in whole:
            found.add(module)
    return found


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


def path_to(place: str, node: str) -> str:
    """Return the path of a node in the use of a module at a path; an empty place is the graph itself."""
    return f"{place}.{node}" if place else node


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


def nearest_use(graph: Graph, modules: Collection[str], path: str) -> str | None:
    """Return the use of one of some modules that has most in common with a path; the graph itself is an empty one.

    None where nothing uses any of them.
    """
    here = path.split(".")

    def shared(other: str) -> int:
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(here, other.split("."), strict=False)))

    found = [first_copy(graph, use) for name in modules if name in graph.modules for use in paths(graph, name)]
    found += [""] if "" in modules else []
    return max(found, key=lambda use: (shared(use), -len(use)), default=None)


def first_copy(graph: Graph, path: str) -> str:
    """Return a path of nodes with the number of the first copy behind each one that is repeated."""
    found = []
    for place, part in along(graph, path):
        found.append(part)
        node = place.body.nodes.get(part) if place is not None else None
        if node is not None and node.repeat != 1:
            found.append("0")
    return ".".join(found)


def feeder(graph: Graph, path: str, port: str) -> str:
    """Say what arrives at an input of the use of a module at a path: ``from conv1``."""
    plain, number = path, 0
    while plain.rpartition(".")[2].isdecimal():
        plain, _, last = plain.rpartition(".")
        number = int(last)
    around, _, name = plain.rpartition(".")
    scope = scope_at(graph, around)
    if scope is None or name not in scope.body.nodes:
        return ""
    use = scope.body.nodes[name]
    if number and port in graph.modules[use.operator].head.carried.values():
        return "from the copy before"
    start = scope.body.wires.get(Input(name, port))
    if start is not None and scope.module and start.node in graph.modules[scope.module].head.inputs:
        return feeder(graph, around, start.node)
    return f"from {start}" if start is not None else "nothing arrives"


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
        before = path_to(before, part)
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
