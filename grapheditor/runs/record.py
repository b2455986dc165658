"""run.json: what a run is, how far it is, and how it ended.

Its process writes how it goes, people write what they think of it; so every change reads the record first, under a
lock, and puts back what it does not know.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import types
import typing
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from grapheditor.graph import FileError
from grapheditor.graph.disk import replace_file
from grapheditor.graph.lock import FileLock
from grapheditor.runs.errors import RunError
from grapheditor.runs.kept import read_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

RECORD = "run.json"
LOCK = ".run.json.lock"
FORMAT = 1
LARGEST_RECORD = 16 * 2**20
LONGEST_TEXT = 2**20
Stage = Literal["running", "paused", "finished", "stopped", "failed", "taken"]
PREFIXES = ("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "CUBLAS_", "CUDA_", "NVIDIA_TF32", "PYTORCH_", "TORCH_")
"""Of variables that change what is computed, or how fast."""


@dataclass(frozen=True, slots=True)
class Error:
    """Why a run failed: a sentence and, where known, the node, and settings with which it would go on."""

    message: str
    node: str | None = None
    remedy: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: epochs that are complete, steps that were made, and of how many.

    samples: from how many it learns at a step.
    """

    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    samples: int = 0


@dataclass(frozen=True, slots=True)
class Parent:
    """The run that this one goes back to: resumed in a folder of its own, or made again with the same recipe.

    run: the other's folder. step: the steps that it had made where this one begins.
    """

    run: str
    kind: Literal["resumed", "reproduced"] = "reproduced"
    step: int = 0


@dataclass(frozen=True, slots=True)
class Begun:
    """What a run began from instead of fresh weights: those of another run, or of a file.

    source: the run's folder, or the file. step: how many steps that run had made; 0 for a file. sha256: the digest of
    the weights. tensors, numbers: which share of them carried over.
    """

    source: str
    step: int = 0
    sha256: str = ""
    tensors: float = 0.0
    numbers: float = 0.0


@dataclass(frozen=True, slots=True)
class Record:
    """What run.json holds.

    state: what the run's process said last; whether it still lives is told by :func:`grapheditor.runs.lease.look`.
    taken: nobody trained it, its weights are those of a file or of another run.
    name: a title that people gave it; its folder's name where empty. graph: the fingerprint of its graph.
    started, ended: ISO 8601 in UTC. result: what ``grapheditor train --json`` prints. unknown: fields of other
    versions. home: the folder in which relative paths of its data begin. notes: what people were told when it began or
    went on, as sentences.
    """

    state: Stage = "running"
    name: str = ""
    star: bool = False
    started: str = ""
    ended: str | None = None
    device: str = ""
    seed: int = 0
    graph: str = ""
    environment: dict[str, Any] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    error: Error | None = None
    progress: Progress = Progress()
    parent: Parent | None = None
    begun: Begun | None = None
    home: str = ""
    notes: list[str] = field(default_factory=list)
    unknown: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """Return the record as JSON."""
        values = dataclasses.asdict(self)
        unknown = values.pop("unknown")
        return {"format": FORMAT, **values, **unknown}

    def seconds(self, now: datetime | None = None) -> float | None:
        """Return how long it took, or has taken; None where that is not known."""
        try:
            begun = datetime.fromisoformat(self.started)
            ended = datetime.fromisoformat(self.ended) if self.ended else now or datetime.now(UTC)
            return max(0.0, (ended - begun).total_seconds())
        except (ValueError, TypeError):
            return None


HINTS: dict[type[Any], dict[str, Any]] = {
    kind: typing.get_type_hints(kind) for kind in (Record, Error, Progress, Parent, Begun)
}


def read_record(run: Path) -> Record:
    """Read run.json; RunError where this is no run, or where the record is damaged, with the field."""
    path = run / RECORD
    if not run.exists():
        raise RunError(f"{run}: there is no such folder; a run that was there is deleted or moved.")
    if not path.exists():
        raise RunError(f"{run}: is not the folder of a run; it has no {RECORD}.")
    return _record(path, read_object(path, LARGEST_RECORD))


def write_record(run: Path, record: Record) -> None:
    """Write run.json, whole or not at all. For a new run; what is there is changed by :func:`update_record`."""
    try:
        replace_file(run / RECORD, (json.dumps(record.describe(), indent=2) + "\n").encode())
    except FileError as error:
        raise RunError(f"{error}.") from error
    except (TypeError, ValueError) as error:
        raise RunError(f"{run / RECORD}: cannot be written: {error}.") from error


def update_record(run: Path, **changes: Any) -> Record:
    """Change fields of run.json and leave all others as they are, whoever else writes at the same time."""
    with _locked(run):
        record = replace(read_record(run), **changes)
        write_record(run, record)
    return record


def now() -> str:
    """Return the time as records have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def environment(versions: Mapping[str, str]) -> dict[str, Any]:
    """Return where a run is made: versions that the caller knows, system, processor, threads, variables that matter."""
    return {
        "versions": {"python": platform.python_version(), **versions},
        "platform": platform.platform(),
        "processor": _processor(),
        "processors": _processors(),
        "variables": {name: os.environ[name] for name in sorted(os.environ) if name.startswith(PREFIXES)},
    }


@contextmanager
def _locked(run: Path) -> Iterator[None]:
    """Hold off others who change the record, for the moment that it takes."""
    lock = FileLock(run / LOCK)
    with suppress(OSError):  # a folder that cannot be written to says so when the record is
        for _ in range(20):
            if lock.take():
                break
        else:
            raise RunError(f"{run / RECORD}: another process holds it; try again.")
    try:
        yield
    finally:
        lock.release()


def _record(path: Path, values: dict[str, Any]) -> Record:
    version = values.pop("format", 0)
    if type(version) is not int or version > FORMAT:
        raise RunError(f"{path}: was written by a newer version of grapheditor (format {str(version)[:20]}).")
    if version == 0:  # before 0.2 a record had no number
        values["environment"] = {"versions": values.pop("versions", {})}
        values["error"] = {"message": values["error"]} if isinstance(values.get("error"), str) else None
    known = {item.name for item in fields(Record)} - {"unknown"}
    unknown = {name: values.pop(name) for name in list(values) if name not in known}
    try:
        return Record(**_typed(Record, values), unknown=unknown)
    except ValueError as error:
        raise RunError(f"{path}: is damaged: {error}.") from error


def _typed(kind: type[Any], values: Any, place: str = "") -> dict[str, Any]:
    """Return the fields of a dataclass from JSON, checked; ValueError names the one that is no such thing."""
    if not isinstance(values, dict):
        raise ValueError(f"{place or 'the record'} is not an object")
    hints = HINTS[kind]
    return {
        name: _value(hints[name], value, f"{place}.{name}".strip("."))
        for name, value in values.items()
        if name in hints
    }


def _value(hint: Any, value: Any, place: str) -> Any:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for option in options:
        if option is type(None):
            if value is None:
                return None
        elif typing.get_origin(option) is Literal:
            if value in typing.get_args(option):
                return value
        elif dataclasses.is_dataclass(option):
            if isinstance(value, dict):
                kind = typing.cast("type[Any]", option)
                try:
                    return kind(**_typed(kind, value, place))
                except TypeError as error:
                    raise ValueError(f"{place} lacks a part") from error
        elif type(value) is (typing.get_origin(option) or option) and _sensible(value):
            return value
    raise ValueError(f"{place} is not as it should be")


def _sensible(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT
    return not isinstance(value, int) or 0 <= value < 2**64


def _processor() -> str:
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        for line in file:
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
