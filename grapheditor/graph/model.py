"""The graph as records: immutable nodes, a wire for each input, modules, information, recipe, each under its key.

Keys are texts: ``nodes.conv1``, ``wires.add1.y``, ``wires.cat1.xs.0`` (an input that repeats), ``modules.Block`` (what
is known of a module from outside), ``modules.Block.nodes.conv1``, ``frames.stem``, ``ties.head.weight``, ``info``,
``recipe``. Every edit, the file, the journal and the engine speak in these records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from grapheditor.graph.body import Body, Frame, Input, Node, OptionValue, Output, input_of
from grapheditor.graph.learning import Learning
from grapheditor.graph.module import Head, Module
from grapheditor.graph.recipe import Recipe

Flow = Literal["down", "right"]


@dataclass(frozen=True, slots=True)
class Info:
    """What the graph is called, a text about it, and where its wires lead on the canvas: down or to the right."""

    title: str = ""
    doc: str = ""
    flow: Flow = "down"


@dataclass(frozen=True, slots=True)
class Tie:
    """A weight that is another one: the dotted path of the one it is (``tokens.weight``)."""

    source: str


Record = Node | Output | Frame | Info | Recipe | Head | Tie
IN_BODY = ("nodes", "wires", "frames")
"""The kinds of records that a body has, whether it is the graph's or a module's."""


class Graph(Body):
    """The records of one document.

    :meth:`put` is the only way in, so that the wires at hand always agree; what holds between records (wires end at
    nodes, no cycle) is kept by the edits and by the reader of files.
    """

    def __init__(self) -> None:
        super().__init__({})
        self.info = Info()
        self.recipe = Recipe()
        self.ties: dict[str, Tie] = {}
        self.path: Path | None = None
        self.spent: set[str] = set()
        """The keys of nodes that were deleted since it was opened: another one of that id would take their weights."""

    def get(self, key: str) -> Record | None:
        """Return the record under a key, None where there is none."""
        kind, _, rest = key.partition(".")
        if kind == "modules":
            name, _, inner = rest.partition(".")
            module = self.modules.get(name)
            if module is None or not inner:
                return module.head if module else None
            return _get(module, inner)
        if kind == "ties":
            return self.ties.get(rest)
        if kind in IN_BODY:
            return _get(self, key)
        return self.info if kind == "info" else self.recipe

    def put(self, key: str, record: Record | None) -> None:
        """Set or remove the record under a key."""
        kind, _, rest = key.partition(".")
        if kind == "modules":
            self._put_module(rest, record)
        elif kind in IN_BODY:
            _put(self, key, record)
        elif kind == "ties":
            if record is None:
                self.ties.pop(rest, None)
            else:
                assert isinstance(record, Tie)
                self.ties[rest] = record
        elif isinstance(record, Info):
            self.info = record
        elif isinstance(record, Recipe):
            self.recipe = record

    def put_all(self, records: Mapping[str, Record | None]) -> None:
        """Set and remove records, in an order in which a wire has its nodes and a record its module."""
        for key in sorted(records, key=lambda key: _rank(key, gone=records[key] is None)):
            self.put(key, records[key])

    def _put_module(self, rest: str, record: Record | None) -> None:
        name, _, inner = rest.partition(".")
        if inner:
            _put(self.modules[name], inner, record)
        elif record is None:
            self.modules.pop(name, None)
        else:
            assert isinstance(record, Head)
            if name in self.modules:
                self.modules[name].head = record
            else:
                self.modules[name] = Module(name, record, self.modules)

    def records(self) -> Iterator[tuple[str, Record]]:
        """Yield every record with its key; a module before what is in it, nodes before wires."""
        yield "info", self.info
        yield "recipe", self.recipe
        for name, module in self.modules.items():
            yield f"modules.{name}", module.head
        for prefix, body in (("", self), *((f"modules.{name}.", module) for name, module in self.modules.items())):
            for node in body.nodes.values():
                yield f"{prefix}nodes.{node.id}", node
            for end, start in body.wires.items():
                yield f"{prefix}wires.{end}", start
            for name, frame in body.frames.items():
                yield f"{prefix}frames.{name}", frame
        for path, tie in self.ties.items():
            yield f"ties.{path}", tie

    def fingerprint(self) -> str:
        """Return a digest of what the network is: ids, operators, options, wires; nothing of how it looks or learns."""
        lines = []
        for key, record in self.records():
            match record:
                case Node():
                    made = Learning(parametrized=dict(sorted(record.learning.parametrized.items())))
                    told = Node(
                        record.id, record.operator, dict(sorted(record.options.items())), when=record.when,
                        repeat=record.repeat, weights=record.weights, scan=record.scan, learning=made,
                    )  # fmt: skip
                    lines.append(f"{key} {told}")
                case Head():
                    options = tuple(replace(item, doc="", minimum=None, maximum=None) for item in record.options)
                    lines.append(f"{key} {replace(record, doc='', options=options)}")
                case Output() | Tie():
                    lines.append(f"{key} {record}")
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]

    def copy(self) -> Graph:
        """Return an independent graph with the same records."""
        other = Graph()
        other.path = self.path
        for key, record in self.records():
            other.put(key, record)
        return other

    def save(self, path: str | Path, *, keep: bool = False) -> None:
        """Write the graph to a file, whole or not at all; FileError where that fails.

        keep: the version before stays beside it, as ``NAME~``.
        """
        from grapheditor.graph.file import write

        write(self, Path(path), keep=keep)
        self.path = Path(path)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        return dict(self.records()) == dict(other.records())

    __hash__ = None  # type: ignore[assignment]


def _rank(key: str, *, gone: bool) -> int:
    """Modules come before nodes, nodes before wires; they go the other way round, before anything comes."""
    parts = key.split(".")
    if parts[0] == "modules":
        parts = parts[2:] or ["modules"]
    rank = {"modules": 0, "nodes": 1}.get(parts[0], 2)
    return -rank if gone else 3 + rank


def _get(body: Body, key: str) -> Node | Output | Frame | None:
    kind, _, rest = key.partition(".")
    if kind == "frames":
        return body.frames.get(rest)
    return body.nodes.get(rest) if kind == "nodes" else body.wires.get(input_of(rest))


def _put(body: Body, key: str, record: Record | None) -> None:
    kind, _, rest = key.partition(".")
    if kind == "nodes":
        assert record is None or isinstance(record, Node)
        body.put_node(rest, record)
    elif kind == "frames":
        assert record is None or isinstance(record, Frame)
        body.put_frame(rest, record)
    else:
        assert record is None or isinstance(record, Output)
        body.put_wire(input_of(rest), record)


__all__ = [
    "IN_BODY",
    "Body",
    "Flow",
    "Frame",
    "Graph",
    "Head",
    "Info",
    "Input",
    "Module",
    "Node",
    "OptionValue",
    "Output",
    "Record",
    "Tie",
]
