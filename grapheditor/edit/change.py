"""A change: for each record that it touches, what was there before and what is there after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grapheditor.graph import Frame, Graph, Info, Node
from grapheditor.graph.model import Record

Difference = tuple[Record | None, Record | None]


@dataclass(frozen=True, slots=True)
class Change:
    """Differences between two states of a graph, under a title for the history (``Add Conv2d``)."""

    title: str
    differences: Mapping[str, Difference] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.differences)

    def apply(self, graph: Graph) -> None:
        """Bring a graph from before to after."""
        graph.put_all({key: after for key, (_, after) in self.differences.items()})

    def inverse(self) -> Change:
        """Return the change that undoes this one."""
        return Change(self.title, {key: (after, before) for key, (before, after) in self.differences.items()})

    def then(self, later: Change) -> Change:
        """Return one change for this and a later one, under this one's title."""
        merged = dict(self.differences)
        for key, (before, after) in later.differences.items():
            first = merged[key][0] if key in merged else before
            merged[key] = (first, after)
        return Change(self.title, {key: pair for key, pair in merged.items() if pair[0] != pair[1]})

    @property
    def deleted(self) -> set[str]:
        """The keys of the nodes that are there before and not after."""
        return {key for key, (before, after) in self.differences.items() if after is None and isinstance(before, Node)}

    @property
    def computes_alike(self) -> bool:
        """Whether the same is computed and trained before and after: only places, titles and frames are others."""
        return all(map(_computes_alike, *zip(*self.differences.values(), strict=True))) if self.differences else True


def _computes_alike(before: Record | None, after: Record | None) -> bool:
    if isinstance(before, Node) and isinstance(after, Node):
        return _computed(before) == _computed(after)
    return isinstance(before or after, Frame | Info)


def _computed(node: Node) -> tuple[object, ...]:
    return node.id, node.operator, node.options, node.when, node.repeat, node.weights, node.scan, node.learning


def between(before: Graph, after: Graph, title: str) -> Change:
    """Return the change that makes one graph into another."""
    old, new = dict(before.records()), dict(after.records())
    pairs = {key: (old.get(key), new.get(key)) for key in {**old, **new}}
    return Change(title, {key: pair for key, pair in pairs.items() if pair[0] != pair[1]})


class Draft:
    """Collects the records of one change; reading it shows the graph as it would be.

    prefix: what stands before the keys that it is given (``modules.Block.``).
    """

    def __init__(self, graph: Graph, title: str, prefix: str = "") -> None:
        self.graph = graph
        self.title = title
        self.prefix = prefix
        self.after: dict[str, Record | None] = {}

    def get(self, key: str) -> Record | None:
        """Return a record as the change would leave it."""
        key = f"{self.prefix}{key}"
        return self.after[key] if key in self.after else self.graph.get(key)

    def put(self, key: str, record: Record | None) -> None:
        """Set or remove a record."""
        self.after[f"{self.prefix}{key}"] = record

    def take(self, change: Change) -> None:
        """Set and remove what a change of the graph does."""
        self.after.update({key: after for key, (_, after) in change.differences.items()})

    def within(self, prefix: str) -> Draft:
        """Return the same draft under another prefix."""
        other = Draft(self.graph, self.title, prefix)
        other.after = self.after
        return other

    def change(self) -> Change:
        """Return the change; records that end as they began are not in it."""
        pairs = {key: (self.graph.get(key), after) for key, after in self.after.items()}
        return Change(self.title, {key: pair for key, pair in pairs.items() if pair[0] != pair[1]})
