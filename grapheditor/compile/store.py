"""The memo on disk: what was inferred of operators, for the next start of the program.

Shapes and costs are kept, recordings are not: they are made again where something is printed. The rows are JSON, and
what cannot be read is as if it were not there.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, overload

import torch

from grapheditor.authoring import Refusal
from grapheditor.authoring.options import Value
from grapheditor.compile.facts import Cost, NodeInfo, WireType
from grapheditor.compile.record import Recording, Weight
from grapheditor.graph.arithmetic import Term, parse, show

MOST_ROWS = 200_000
FAULTS = (sqlite3.Error, OSError, ValueError, KeyError, TypeError, IndexError, RecursionError)


class Store:
    """Inferred operators in a file. It is never in the way: where the file cannot be used, nothing is remembered."""

    def __init__(self, path: Path) -> None:
        self._new: dict[str, str] = {}
        self._file: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, timeout=1, check_same_thread=False, isolation_level=None)
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("CREATE TABLE IF NOT EXISTS memo (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        except FAULTS:
            self._file = None

    def get(self, key: Any, options: Mapping[str, Value], again: Callable[[], NodeInfo]) -> NodeInfo | Refusal | None:
        """Return what is known under a key, None where nothing is. again: infers it, for its recordings."""
        if self._file is None:
            return None
        try:
            row = self._file.execute("SELECT value FROM memo WHERE key = ?", (_digest(key),)).fetchone()
            return None if row is None else _decoded(json.loads(row[0]), options, again)
        except FAULTS:
            return None

    def put(self, key: Any, found: NodeInfo | Refusal) -> None:
        """Remember what was found; it is written by :meth:`flush`."""
        if self._file is not None:
            self._new[_digest(key)] = json.dumps(_encoded(found))

    def numbers(self, key: Any) -> list[int] | None:
        """Return the whole numbers that are kept under a key, None where none are."""
        if self._file is None:
            return None
        try:
            row = self._file.execute("SELECT value FROM memo WHERE key = ?", (_digest(key),)).fetchone()
            return None if row is None else [int(item) for item in json.loads(row[0])]
        except FAULTS:
            return None

    def put_numbers(self, key: Any, found: Sequence[int]) -> None:
        """Remember whole numbers; they are written by :meth:`flush`."""
        if self._file is not None:
            self._new[_digest(key)] = json.dumps(list(found))

    def flush(self) -> None:
        """Write what is new."""
        new, self._new = self._new, {}
        if self._file is None or not new:
            return
        try:
            self._file.execute("BEGIN IMMEDIATE")
            (rows,) = self._file.execute("SELECT count(*) FROM memo").fetchone()
            if rows + len(new) > MOST_ROWS:
                self._file.execute("DELETE FROM memo")
            self._file.executemany("INSERT OR REPLACE INTO memo VALUES (?, ?)", new.items())
            self._file.execute("COMMIT")
        except FAULTS:
            self._file = None


class Deferred(Sequence[Recording]):
    """The recordings of an operator whose shapes were known: they are made when something asks for them."""

    def __init__(self, again: Callable[[], NodeInfo], count: int) -> None:
        self._again = again
        self._count = count
        self._made: Sequence[Recording] | None = None

    @overload
    def __getitem__(self, index: int) -> Recording: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Recording]: ...
    def __getitem__(self, index: int | slice) -> Recording | Sequence[Recording]:
        if self._made is None:
            self._made = self._again().recordings
        return self._made[index]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Recording]:
        return (self[i] for i in range(self._count))


@cache
def _versions() -> str:
    """Return a digest of all that an inference depends on besides its key: torch, and our own source."""
    found = hashlib.sha256(torch.__version__.encode())
    compiler = Path(__file__).parent
    folders = (compiler, compiler.parent / "authoring", compiler.parent / "graph")
    for path in sorted(item for folder in folders for item in folder.glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


def _digest(key: Any) -> str:
    return hashlib.sha256(f"{_versions()} {key!r}".encode()).hexdigest()


def _encoded(found: NodeInfo | Refusal) -> dict[str, Any]:
    if isinstance(found, Refusal):
        return {"refusal": [found.message, found.port, found.option]}
    return {
        "outputs": {
            port: [kind.dtype, kind.sizes, [None if dim is None else show(dim) for dim in kind.dims]]
            for port, kind in found.outputs.items()
        },
        "parameters": found.parameters,
        "costs": [[cost.values, _text(cost.term)] for cost in (found.multiply_adds, found.activation_bytes)],
        "recordings": len(found.recordings),
        "held": [[item.construct, item.made, item.name, item.shape, item.trained] for item in found.held],
    }


def _text(term: Term | None) -> str | None:
    return None if term is None else show(term)


def _decoded(values: Any, options: Mapping[str, Value], again: Callable[[], NodeInfo]) -> NodeInfo | Refusal:
    if "refusal" in values:
        message, port, option = values["refusal"]
        return Refusal(str(message), port, option)
    outputs = {
        port: WireType(str(dtype), tuple(map(_sizes, sizes)), tuple(map(_term, dims)))
        for port, (dtype, sizes, dims) in values["outputs"].items()
    }
    work, memory = (Cost(_sizes(numbers), _term(text)) for numbers, text in values["costs"])
    recordings = Deferred(again, int(values["recordings"]))
    held = tuple(
        Weight(int(construct), None if made is None else str(made), str(name), _sizes(shape), bool(trained))
        for construct, made, name, shape, trained in values["held"]
    )
    return NodeInfo(outputs, int(values["parameters"]), work, memory, options, recordings, held, operators=1)


def _sizes(numbers: Any) -> tuple[int, ...]:
    return tuple(map(int, numbers))


def _term(text: str | None) -> Term | None:
    return None if text is None else parse(text)
