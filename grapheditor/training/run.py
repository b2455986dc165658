"""The folder of a run: the graph as it was, how it went, its metrics and its checkpoints.

digits-001/
    graph.graph.json      the graph, recipe included
    run.json              state, process, device, versions, result
    metrics.jsonl         one JSON a line: values of steps, metrics of epochs
    checkpoints/          see grapheditor.training.checkpoint
"""

from __future__ import annotations

import json
import os
import platform
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import torch

import grapheditor
from grapheditor.graph import FileError, write
from grapheditor.graph.file import replace_file
from grapheditor.training.checkpoint import has_checkpoint, point, read_weights, write_weights
from grapheditor.training.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from grapheditor.graph import Graph
    from grapheditor.training.checkpoint import Checkpoint, Which

GRAPH = "graph.graph.json"
RECORD = "run.json"
METRICS = "metrics.jsonl"
CHECKPOINTS = "checkpoints"
LARGEST_RECORD = 16 * 2**20


@dataclass(slots=True)
class Run:
    """A run that is being made. All writing raises RunError with a sentence where the disk refuses."""

    folder: Path
    record: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def make(cls, parent: Path, name: str, graph: Graph, device: str) -> Run:
        """Make a folder with the next free number; two processes that do so at once get two."""
        run = cls(_make_folder(parent, name))
        run.update(
            state="running",
            pid=os.getpid(),
            started=_now(),
            device=device,
            seed=graph.recipe.seed,
            versions={
                "grapheditor": grapheditor.__version__,
                "torch": torch.__version__,
                "python": platform.python_version(),
            },
            result=None,
        )
        try:
            write(graph, run.folder / GRAPH)
            (run.folder / CHECKPOINTS).mkdir()
        except (FileError, OSError) as error:
            raise RunError(f"{run.folder}: the run's files cannot be written: {error}.") from error
        return run

    def update(self, **values: Any) -> None:
        """Change run.json, whole or not at all."""
        self.record.update(values)
        try:
            replace_file(self.folder / RECORD, (json.dumps(self.record, indent=2) + "\n").encode())
        except FileError as error:
            raise RunError(f"{error}.") from error

    def end(self, state: str, result: Mapping[str, Any] | None = None, error: str | None = None) -> None:
        """Say how it ended: finished, stopped or failed."""
        self.update(state=state, ended=_now(), result=result, error=error)

    def append(self, values: Mapping[str, Any]) -> None:
        """Append a line to the metrics."""
        try:
            with (self.folder / METRICS).open("a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps(values) + "\n")
        except OSError as error:
            raise RunError(f"{self.folder / METRICS}: cannot be written: {error.strerror}.") from error

    def save(
        self, state: Mapping[str, Tensor], epoch: int, step: int, metrics: dict[str, float], *, best: bool
    ) -> Checkpoint:
        """Write a checkpoint as the last one and, where it is that, as the best."""
        folder = self.folder / CHECKPOINTS
        checkpoint = write_weights(folder, state, epoch, step, metrics)
        if best:
            point(folder, "best", checkpoint)
        point(folder, "last", checkpoint)
        return checkpoint

    def amend(self, checkpoint: Checkpoint, metrics: dict[str, float]) -> None:
        """Add metrics to the last checkpoint, whose weights stay."""
        merged = {**checkpoint.metrics, **metrics}
        point(self.folder / CHECKPOINTS, "last", replace(checkpoint, metrics=merged))


def read_metrics(run: Path) -> list[dict[str, Any]]:
    """Read a run's metrics, line by line; a last line that was torn off by a death is left out.

    RunError where any other line is damaged.
    """
    path = run / METRICS
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}.") from error
    found = []
    for number, line in enumerate(lines[:-1], 1):
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise RunError(f"{path}: line {number:,} is damaged.") from error
        if not isinstance(values, dict):
            raise RunError(f"{path}: line {number:,} is damaged.")
        found.append(values)
    return found


def read_record(run: Path) -> dict[str, Any]:
    """Read run.json; RunError where this is no run."""
    path = run / RECORD
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(LARGEST_RECORD))
    except OSError as error:
        raise RunError(f"{run}: is not the folder of a run; it has no {RECORD}.") from error
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path}: is damaged.") from error
    if not isinstance(values, dict):
        raise RunError(f"{path}: is damaged.")
    return values


def load_weights(run: Path, which: Which = "best") -> dict[str, Tensor]:
    """Return a run's weights; RunError where there are none or they are damaged."""
    if not (run / RECORD).is_file():
        raise RunError(f"{run}: is not the folder of a run; it has no {RECORD}.")
    return read_weights(run / CHECKPOINTS, which)


def latest_run(folder: Path, name: str) -> Path | None:
    """Return the newest run of this name that has a checkpoint; None where there is none."""
    runs = (path for _number, path in sorted(_numbered(folder, name), reverse=True))
    return next((path for path in runs if has_checkpoint(path / CHECKPOINTS, "best")), None)


def _make_folder(parent: Path, name: str) -> Path:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        number = max((number for number, _path in _numbered(parent, name)), default=0)
        while True:
            number += 1
            folder = parent / f"{_plain(name)}-{number:03}"
            with suppress(FileExistsError):  # another process, or a disk that takes Digits and digits for one
                folder.mkdir()
                return folder
    except OSError as error:
        raise RunError(f"{parent}: no run can be made here: {error.strerror}.") from error


def _numbered(folder: Path, name: str) -> list[tuple[int, Path]]:
    """Return what is in the folder under this name, with its number."""
    if not folder.is_dir():
        return []
    pattern = re.compile(re.escape(_plain(name)) + r"-(\d{3,9})")
    matches = ((pattern.fullmatch(path.name), path) for path in folder.iterdir())
    return [(int(match[1]), path) for match, path in matches if match]


def _plain(name: str) -> str:
    """Make a title or a file's name fit for a folder on every system."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:80] or "graph"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
