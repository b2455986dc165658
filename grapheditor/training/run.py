"""A run that is being made: its folder, who makes it, what it has measured, and who speaks with it."""

from __future__ import annotations

import json
import math
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor.catalog import catalog
from grapheditor.data.figures import statistics
from grapheditor.errors import SampleError
from grapheditor.graph import FileError, read, write
from grapheditor.graph.disk import replace_file
from grapheditor.graph.recipe_schema import encode
from grapheditor.runs import record
from grapheditor.runs.control import Server
from grapheditor.runs.errors import RunError
from grapheditor.runs.events import Events
from grapheditor.runs.folder import CHECKPOINTS, DATA, GRAPH, make_folder
from grapheditor.runs.lease import Lease
from grapheditor.runs.metrics import Writer
from grapheditor.runs.record import Error, Record, read_record, update_record, write_record
from grapheditor.training.checkpoint import read_weights
from grapheditor.training.circumstances import environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from grapheditor.data import Dataset
    from grapheditor.graph import Graph
    from grapheditor.training.checkpoint import Which


@dataclass(slots=True)
class Run:
    """A run that this process makes. All writing raises RunError with a sentence where the disk refuses."""

    folder: Path
    lease: Lease
    metrics: Writer
    control: Server
    events: Events | None = None
    _closed: bool = field(default=False, init=False)

    @classmethod
    def make(
        cls, parent: Path, name: str, graph: Graph, device: str, home: Path = Path(), dataset: Dataset | None = None
    ) -> Run:
        """Make a folder with the next free number, and say that it runs.

        home: where relative paths of the data begin. dataset: what is learned from; its description is kept, so that
        what comes later can be prepared alike.
        """
        folder = make_folder(parent, name)
        with ExitStack() as stack:
            run = cls._open(stack, folder, Lease(folder))  # who finds a record finds that it lives
            _keep_origin(folder, graph, dataset)
            write_record(
                folder,
                Record(started=record.now(), seed=graph.recipe.seed, home=str(home), **_circumstances(graph, device)),
            )
            stack.pop_all()
        return run

    @classmethod
    def reopen(
        cls, folder: Path, lease: Lease, step: int, graph: Graph, device: str, dataset: Dataset | None = None
    ) -> Run:
        """Go on with a run after so many steps, and keep what it goes on with: graph, recipe included, and data.

        lease: that of the run, which it has from now on.
        """
        with ExitStack() as stack:
            run = cls._open(stack, folder, lease, step)
            _keep_origin(folder, graph, dataset)
            update_record(folder, state="running", ended=None, error=None, result=None, **_circumstances(graph, device))
            stack.pop_all()
        return run

    @classmethod
    def _open(cls, stack: ExitStack, folder: Path, lease: Lease, step: int | None = None) -> Run:
        """Open what a run writes to; the stack closes it again."""
        stack.callback(lease.release)
        metrics = Writer(folder, resumed=step)
        stack.callback(metrics.close)
        control = Server(folder)
        stack.callback(control.close)
        return cls(folder, lease, metrics, control)

    def epoch(self, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Take the metrics of an epoch that ended after so many steps."""
        self.metrics.epoch(epoch, step, metrics)
        if self.events is not None:
            self.events.epoch(epoch, step, metrics)

    def steps(self, first: int, values: Mapping[str, Sequence[float | None]]) -> None:
        """Take the numbers of the steps that follow on the first ``first``."""
        known = {name: [math.nan if value is None else value for value in found] for name, found in values.items()}
        self.metrics.steps(first, known)
        if self.events is not None:
            self.events.steps(first, known)

    def tell_tensorboard(self, step: int | None) -> None:
        """Write TensorBoard's events as well from now on; RunError where it is not installed.

        step: so many steps of what is there remain true.
        """
        self.events = Events(self.folder, resumed=step)

    def update(self, **changes: Any) -> None:
        """Change the record, as :class:`grapheditor.runs.record.Record` has it."""
        update_record(self.folder, **changes)

    def end(self, state: str, result: Mapping[str, Any] | None = None, error: Error | None = None) -> None:
        """Say how it ended: finished, stopped or failed; also where the last metrics find no room."""
        try:
            self.metrics.close()
        finally:
            self.update(state=state, ended=record.now(), result=dict(result) if result else None, error=error)

    def close(self) -> None:
        """Let go of it."""
        if not self._closed:
            self._closed = True
            self.control.close()
            if self.events is not None:
                self.events.close()
            self.lease.release()


def _keep_origin(folder: Path, graph: Graph, dataset: Dataset | None) -> None:
    """Write what is learned, and the description of what it is learned from."""
    try:
        write(graph, folder / GRAPH)
        if dataset is not None:
            replace_file(folder / DATA, (json.dumps(dataset.describe(_statistics(dataset))) + "\n").encode())
    except FileError as error:
        raise RunError(f"{error}.") from error


def _circumstances(graph: Graph, device: str) -> dict[str, Any]:
    """Return the fields of a record that say what is computed, where and with what."""
    return {
        "device": device,
        "graph": graph.fingerprint(),
        "environment": environment(device),
        "recipe": encode(graph.recipe),
    }


def _statistics(dataset: Dataset) -> dict[str, Any]:
    """Return what is known of the training samples; nothing where one that is looked at cannot be read."""
    try:
        return dict(statistics(dataset))
    except SampleError:
        return {}


def recorded_graph(folder: Path) -> Graph:
    """Return the graph of a run as it was; RunError where it cannot be read."""
    try:
        return read(folder / GRAPH, catalog().history)
    except FileError as error:
        raise RunError(f"{error}.") from error


def load_weights(run: Path, which: Which = "best") -> dict[str, Tensor]:
    """Return a run's weights; RunError where there are none or they are damaged."""
    read_record(run)
    return read_weights(run / CHECKPOINTS, which)
