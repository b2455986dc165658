"""Copying and pasting: parts of a graph, with their frames and the modules that they use, as graphs of their own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from grapheditor.edit.change import Change, Draft
from grapheditor.edit.frames import frames_within
from grapheditor.edit.ports import follow_ports
from grapheditor.edit.scope import Scope, along, path_to
from grapheditor.edit.values import use_paths
from grapheditor.graph import Body, Graph, Module
from grapheditor.graph.model import Record, Tie
from grapheditor.graph.names import fresh
from grapheditor.graph.order import used_modules

_FENCED = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n(.*?)^[ \t]*(?:```|~~~)", re.MULTILINE | re.DOTALL)


def graph_text(text: str) -> str:
    """Return the part of a text that may be a graph: without a byte order mark, fences and the sentences of a chat."""
    text = text.strip()
    if text.startswith("{") and text.endswith("}"):
        return text
    fenced = (found for found in _FENCED.findall(text) if '"grapheditor"' in found)
    text = next(fenced, text)
    begin, end = text.find("{"), text.rfind("}")
    return text[begin : end + 1] if 0 <= begin < end else text


def excerpt(scope: Scope, nodes: Iterable[str]) -> Graph:
    """Return a graph of these nodes, the wires and ties between them, frames that are whole, and their modules."""
    part = Graph()
    kept = set(nodes)
    for module in used_modules(scope.graph, {scope.body.nodes[name].operator for name in kept}):
        for key, record in _records(scope.graph.modules[module]).items():
            part.put(key, record)
    for name in sorted(kept, key=list(scope.body.nodes).index):
        part.put(f"nodes.{name}", scope.body.nodes[name])
    for end, start in scope.body.wires.items():
        if end.node in kept and start.node in kept:
            part.put(f"wires.{end}", start)
    for name, frame in frames_within(scope, kept).items():
        part.put(f"frames.{name}", frame)
    for path, tie in scope.graph.ties.items():
        (use, weight), (other, source) = _from_here(scope, path), _from_here(scope, tie.source)
        if use == other and {_owner(scope.body, weight), _owner(scope.body, source)} <= kept:
            part.put(f"ties.{weight}", Tie(source))
    return part


def _from_here(scope: Scope, path: str) -> tuple[str, str]:
    """Split the path of a weight: that of a use of the scope's module, and how it goes on there; empty elsewhere."""
    parts = path.split(".")
    start = next((n for n, (place, _) in enumerate(along(scope.graph, path)) if place == scope), len(parts))
    return ".".join(parts[:start]), ".".join(parts[start:])


def _owner(body: Body, weight: str) -> str:
    """Return the node that has a weight: its path begins with the node's id, or with a name that is made of that."""
    first = weight.partition(".")[0]
    found = (name for name in body.nodes if first == name or first.startswith(f"{name}_"))
    return max(found, key=len, default="")


def paste(scope: Scope, other: Graph, at: tuple[float, float], *, linked: bool = False) -> tuple[Change, list[str]]:
    """Add the nodes of another graph, their wires, ties and modules, under names that are free.

    at: the upper left corner. A module that is here already, alike, is used. linked: the nodes take part in the sets of
    weights that they name; else they share theirs among themselves only. Returns the change and the nodes' ids;
    ValueError where a module would lie within itself.
    """
    draft = scope.draft("Paste")
    modules = _take_modules(scope, draft.within(""), other)
    names: dict[str, str] = {}
    taken = set(scope.body.nodes)
    left = min((node.at[0] for node in other.nodes.values()), default=0.0)
    top = min((node.at[1] for node in other.nodes.values()), default=0.0)
    for name in other.nodes:
        names[name] = name if name not in taken else fresh(name, taken)
        taken.add(names[name])
    sets = {} if linked else _own_sets(scope, other, names)
    for name, node in other.nodes.items():
        place = (node.at[0] - left + at[0], node.at[1] - top + at[1])
        operator, weights = modules.get(node.operator, node.operator), sets.get(node.weights, node.weights)
        changed = replace(node, id=names[name], operator=operator, at=place, weights=weights)
        draft.put(f"nodes.{names[name]}", changed)
    for end, start in other.wires.items():
        if end.node in names and start.node in names:
            draft.put(f"wires.{end._replace(node=names[end.node])}", start._replace(node=names[start.node]))
    frames = set(scope.body.frames)
    for name, frame in other.frames.items():
        free = name if name not in frames else fresh(name, frames)
        frames.add(free)
        draft.put(f"frames.{free}", replace(frame, nodes=tuple(names[node] for node in frame.nodes)))
    _paste_ties(scope, draft, other, names)
    follow_ports(scope, draft)
    return draft.change(), list(names.values())


def _own_sets(scope: Scope, other: Graph, names: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the sets of weights of another graph's nodes are called here; a set of one node is none."""
    taken = {*scope.body.nodes, *(node.weights for node in scope.body.nodes.values())}
    sets: dict[str, str] = {}
    for name, count in Counter(node.weights for node in other.nodes.values() if node.weights).items():
        wanted = names.get(name, name)
        free = wanted if wanted not in taken else fresh(wanted, {*taken, *names.values()})
        sets[name] = free if count > 1 else ""
        taken.add(free)
    return sets


def _paste_ties(scope: Scope, draft: Draft, other: Graph, names: Mapping[str, str]) -> None:
    """Tie weights of the new nodes as they were tied there; in a module they are in each of its uses."""

    def renamed(weight: str) -> str:
        owner = _owner(other, weight)
        return f"{names[owner]}{weight[len(owner) :]}" if owner else weight

    whole = draft.within("")
    for use in list(use_paths(scope.graph, scope.module)) if scope.module and other.ties else [""]:
        for path, tie in other.ties.items():
            whole.put(f"ties.{path_to(use, renamed(path))}", Tie(path_to(use, renamed(tie.source))))


def bring(scope: Scope, other: Graph, title: str) -> tuple[Change, Mapping[str, str]]:
    """Add the modules of another graph, called title, without using them; return the change and their names here."""
    draft = scope.draft(f"Add {title}")
    names = _take_modules(scope, draft.within(""), other)
    return draft.change(), names


def tie(scope: Scope, other: Graph, names: Mapping[str, str]) -> Change:
    """Tie weights of nodes as they are tied in another graph. names: what its nodes are called here."""
    draft = scope.draft("Tie weights")
    _paste_ties(scope, draft, other, names)
    return draft.change()


def paste_linked(scope: Scope, nodes: Iterable[str], shift: tuple[float, float]) -> tuple[Change, list[str]]:
    """Add copies of nodes that have the same weights as these: each takes part in the set of its original.

    Returns the change and the copies' ids.
    """
    part = excerpt(scope, nodes)
    draft = scope.draft("Linked copy")
    taken = {node.weights for node in scope.body.nodes.values()}
    for name, node in list(part.nodes.items()):
        shared = node.weights or (name if name not in taken else fresh(name, taken))
        part.put(f"nodes.{name}", replace(node, weights=shared))
        draft.put(f"nodes.{name}", replace(scope.body.nodes[name], weights=shared))
    for path in list(part.ties):  # the sets are tied already
        part.put(f"ties.{path}", None)
    left, top = (min(node.at[axis] for node in part.nodes.values()) for axis in (0, 1))
    change, names = paste(scope, part, (left + shift[0], top + shift[1]), linked=True)
    draft.take(change)
    return draft.change(), names


def _take_modules(scope: Scope, draft: Draft, other: Graph) -> Mapping[str, str]:
    """Put the modules of another graph, those within others first; return what each is called here."""
    here = scope.graph.modules
    names: dict[str, str] = {}
    for name in used_modules(other, {node.operator for node in other.nodes.values()}):
        theirs = _records(other.modules[name], names)
        if name in here and _records(here[name]) == theirs:
            if scope.module and scope.module in used_modules(scope.graph, {name}):
                raise ValueError(f"{name} is, or holds, the module that is open here: it cannot lie within itself.")
            names[name] = name
            continue
        names[name] = name if name not in here else fresh(name, {*here, *names.values()})
        for key, record in _records(other.modules[name], names).items():
            draft.put(key, record)
    return names


def _records(module: Module, names: Mapping[str, str] | None = None) -> dict[str, Record]:
    """Return the records of a definition by key. names: what it and the modules that it uses are called from now on."""
    names = names or {}
    prefix = f"modules.{names.get(module.id, module.id)}"
    found: dict[str, Record] = {prefix: module.head}
    for node in module.nodes.values():
        found[f"{prefix}.nodes.{node.id}"] = replace(node, operator=names.get(node.operator, node.operator))
    for end, start in module.wires.items():
        found[f"{prefix}.wires.{end}"] = start
    for name, frame in module.frames.items():
        found[f"{prefix}.frames.{name}"] = frame
    return found
