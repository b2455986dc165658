"""Two graphs compared, three merged: record by record, with renamed nodes recognised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

from grapheditor.edit import edits
from grapheditor.edit.frames import follow_frames
from grapheditor.edit.scope import Scope
from grapheditor.graph import Frame, Graph, Node, Recipe
from grapheditor.graph.checks import find_cycle
from grapheditor.graph.model import Record
from grapheditor.graph.schema import LEARNING, encode


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that both graphs have, and the fields in which it differs; none where it is a single value."""

    key: str
    fields: tuple[str, ...]
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """What must be done to one graph to get another: renamed nodes first (old id, new id), then keys of records."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Changed, ...]
    renamed: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.renamed)

    def describe(self) -> dict[str, Any]:
        """Return the comparison as the command line prints it."""
        return {
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": [
                {"key": item.key, "fields": list(item.fields), "before": item.before, "after": item.after}
                for item in self.changed
            ],
            "renamed": [{"from": old, "to": new} for old, new in self.renamed],
        }


def compare(a: Graph, b: Graph) -> Comparison:
    """Compare two graphs."""
    pairs = tuple(_renames(a, b))
    a = a.copy()
    for old, new in pairs:
        edits.rename(Scope(a), old, new).apply(a)
    before, after = dict(a.records()), dict(b.records())
    return Comparison(
        tuple(key for key in after if key not in before),
        tuple(key for key in before if key not in after),
        tuple(_changed(key, before[key], after[key]) for key in before if key in after and before[key] != after[key]),
        pairs,
    )


def _changed(key: str, before: Record, after: Record) -> Changed:
    a, b = encode(before), encode(after)
    fields: tuple[str, ...] = ()
    if isinstance(a, dict) and isinstance(b, dict):
        flat_a, flat_b = _flat(a), _flat(b)
        fields = tuple(name for name in {**flat_a, **flat_b} if flat_a.get(name) != flat_b.get(name))
    return Changed(key, fields, a, b)


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with the options of a node one by one."""
    options = values.get("options")
    found = {name: value for name, value in values.items() if name != "options"}
    if isinstance(options, dict):
        found |= {f"options.{name}": value for name, value in options.items()}
    elif options is not None:
        found["options"] = options
    return found


def _renames(a: Graph, b: Graph) -> Iterator[tuple[str, str]]:
    """Yield nodes that are the same under another id: alike in all, and wired alike to what kept its id."""
    gone = [name for name in a.nodes if name not in b.nodes]
    came = [name for name in b.nodes if name not in a.nodes]
    for old in gone:
        alike = [new for new in came if _traits(a, old, b) == _traits(b, new, a)]
        rivals = [other for other in gone if _traits(a, other, b) == _traits(a, old, b)]
        if len(alike) == 1 and len(rivals) == 1:
            yield old, alike[0]


def _traits(graph: Graph, name: str, other: Graph) -> object:
    node = graph.nodes[name]
    into = sorted(
        (end.port, end.index, str(start)) for end, start in graph.into(name).items() if start.node in other.nodes
    )
    out = sorted((str(end), start.port) for end, start in graph.out_of(name).items() if end.node in other.nodes)
    return node.operator, sorted(node.options.items()), node.when, node.repeat, node.scan, into, out


def merge(base: Graph, ours: Graph, theirs: Graph) -> tuple[Graph, list[str]]:
    """Merge what two have made of one graph; return it with the keys of what both changed in different ways.

    Of those, what ours says stays. Options of one node are merged one by one; where both moved a node, ours stays.
    """
    records = [dict(graph.records()) for graph in (base, ours, theirs)]
    merged: dict[str, Record] = {}
    conflicts: list[str] = []
    for key in {key: None for found in records for key in found}:
        was, mine, yours = (found.get(key) for found in records)
        result, agreed = _merged(was, mine, yours)
        if result is not None:
            merged[key] = result
        if not agreed:
            conflicts.append(key)
    return _assembled(merged, ours, conflicts), conflicts


def _merged(was: Record | None, mine: Record | None, yours: Record | None) -> tuple[Record | None, bool]:
    if mine == yours or yours == was:
        return mine, True
    if mine == was:
        return yours, True
    if isinstance(was, Node) and isinstance(mine, Node) and isinstance(yours, Node):
        return _merged_nodes(was, mine, yours)
    if isinstance(was, Frame) and isinstance(mine, Frame) and isinstance(yours, Frame):
        return _merged_frames(was, mine, yours)
    if isinstance(was, Recipe) and isinstance(mine, Recipe) and isinstance(yours, Recipe):
        return _merged_fields(was, mine, yours, tuple(item.name for item in fields(Recipe)))
    return mine, False


def _merged_fields(was: Any, mine: Any, yours: Any, names: tuple[str, ...]) -> tuple[Any, bool]:
    taken = {name: getattr(yours, name) for name in names if getattr(mine, name) == getattr(was, name)}
    agreed = all(
        getattr(yours, name) in (getattr(was, name), getattr(mine, name)) for name in names if name not in taken
    )
    return replace(mine, **taken), agreed


def _merged_nodes(was: Node, mine: Node, yours: Node) -> tuple[Node, bool]:
    names = ("operator", "title", "when", "repeat", "weights", "scan")
    node, agreed = _merged_fields(was, mine, yours, names)
    learning, alike = _merged_fields(was.learning, mine.learning, yours.learning, LEARNING)
    agreed = agreed and alike
    options = dict(mine.options)
    for name in {**was.options, **yours.options}:
        before, here, there = (item.options.get(name) for item in (was, mine, yours))
        if here == there or there == before:
            continue
        if here != before:
            agreed = False
        elif there is None:
            options.pop(name, None)
        else:
            options[name] = there
    at = yours.at if mine.at == was.at else mine.at
    return replace(node, options=options, at=at, learning=learning), agreed


def _merged_frames(was: Frame, mine: Frame, yours: Frame) -> tuple[Frame, bool]:
    """Merge frames: nodes that either has put in or taken out are in or out."""
    frame, agreed = _merged_fields(was, mine, yours, ("title", "colour"))
    gone = set(was.nodes) - set(yours.nodes)
    came = [node for node in yours.nodes if node not in was.nodes and node not in mine.nodes]
    return replace(frame, nodes=(*(node for node in mine.nodes if node not in gone), *came)), agreed


def _assembled(records: Mapping[str, Record], ours: Graph, conflicts: list[str]) -> Graph:
    """Put merged records together; wires whose ends are gone, or that would close a cycle, are conflicts."""
    graph = Graph()
    graph.path = ours.path
    wires = {key: record for key, record in records.items() if "wires." in key}
    for key, record in records.items():
        if key not in wires and (key.count(".") < 3 or key.split(".")[1] in graph.modules):
            graph.put(key, record)
    for key, record in wires.items():
        body = graph.modules.get(key.split(".")[1]) if key.startswith("modules.") else graph
        end = key.rpartition("wires.")[2].split(".")[0]
        if body is None or end not in body.nodes or record.node not in body.nodes:  # type: ignore[union-attr]
            conflicts.append(key)
            continue
        graph.put(key, record)
        if find_cycle(body):
            graph.put(key, None)
            conflicts.append(key)
    for scope in map(partial(Scope, graph), ("", *graph.modules)):
        draft = scope.draft("Merge")
        follow_frames(scope, draft)
        draft.change().apply(graph)
    return graph
