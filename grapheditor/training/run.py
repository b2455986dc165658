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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import torch

import grapheditor
from grapheditor.catalog import catalog
from grapheditor.graph import FileError, read, write
from grapheditor.graph.file import replace_file
from grapheditor.training.checkpoint import has_checkpoint, read_weights
from grapheditor.training.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from grapheditor.graph import Graph
    from grapheditor.training.checkpoint import Which

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
            environment=environment(device),
            result=None,
        )
        try:
            write(graph, run.folder / GRAPH)
            (run.folder / CHECKPOINTS).mkdir()
        except (FileError, OSError) as error:
            raise RunError(f"{run.folder}: the run's files cannot be written: {error}.") from error
        return run

    @classmethod
    def reopen(cls, folder: Path) -> Run:
        """Open a run that is to go on; RunError where there is none."""
        return cls(folder, read_record(folder))

    def graph(self) -> Graph:
        """Return the graph as it was; RunError where it cannot be read."""
        try:
            return read(self.folder / GRAPH, catalog().history)
        except FileError as error:
            raise RunError(f"{error}.") from error

    def differences(self, device: str, changes: Mapping[str, Any]) -> list[str]:
        """Say why the run cannot go on bit for bit: other versions, another machine, another device, other settings."""
        before, now = self.record.get("environment", {}), environment(device)
        different = [f"{name} was {before.get(name)}, is {now[name]}" for name in now if before.get(name) != now[name]]
        different += [f"{name} is changed" for name in changes if name != "epochs"]
        return [f"The run goes on approximately, not bit for bit: {'; '.join(different)}."] if different else []

    def go_on(self, step: int, device: str) -> None:
        """Say that it runs again, from a step."""
        self.update(state="running", pid=os.getpid(), device=device, environment=environment(device), error=None)
        self.append({"resumed": step})

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


def environment(device: str) -> dict[str, str | int]:
    """Return what the bits of a result depend on besides the graph and its recipe."""
    graphics = torch.cuda.get_device_name(device) if device.startswith("cuda") else device
    return {
        "grapheditor": grapheditor.__version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "device": graphics,
    }


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


def latest_run(folder: Path, name: str, which: Which = "best") -> Path | None:
    """Return the newest run of this name that has such a checkpoint; None where there is none."""
    runs = (path for _number, path in sorted(_numbered(folder, name), reverse=True))
    return next((path for path in runs if has_checkpoint(path / CHECKPOINTS, which)), None)


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
