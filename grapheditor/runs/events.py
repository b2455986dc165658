"""The metrics of a run for TensorBoard as well: its own package writes them, where it is installed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from grapheditor.runs.errors import RunError
from grapheditor.runs.folder import EVENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Events:
    """Takes what a :class:`grapheditor.runs.metrics.Writer` takes; RunError where TensorBoard is not installed.

    resumed: so many steps of what is there remain true; TensorBoard forgets the others when it reads this.
    """

    def __init__(self, folder: Path, *, resumed: int | None = None) -> None:
        try:
            from tensorboard.compat.proto import event_pb2, summary_pb2
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError as error:
            text = 'TensorBoard is not installed: pip install "grapheditor[tensorboard]", or train without events'
            raise RunError(f"{text}.") from error
        self._event: Any = event_pb2.Event
        self._session: Any = event_pb2.SessionLog
        self._summary: Any = summary_pb2.Summary
        self.folder = folder / EVENTS
        try:
            self._writer = EventFileWriter(str(self.folder))
            if resumed is not None:
                start = self._session(status=self._session.START)
                self._writer.add_event(self._event(step=resumed + 1, wall_time=time.time(), session_log=start))
        except OSError as error:
            raise self._refused(error) from error

    def steps(self, first: int, values: Mapping[str, Sequence[float]], *, every: int = 1) -> None:
        """Take values of steps, as :meth:`Writer.steps`."""
        for name, numbers in values.items():
            for i, number in enumerate(numbers):
                self._add(first + 1 + i * every, {name: number})

    def epoch(self, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Take the metrics of an epoch, as :meth:`Writer.epoch`."""
        self._add(step, {"epoch": epoch, **metrics})
        self.flush()

    def flush(self) -> None:
        """Write what was taken; RunError where the disk refuses."""
        try:
            self._writer.flush()
        except OSError as error:
            raise self._refused(error) from error

    def close(self) -> None:
        """Write what was taken and close the file."""
        try:
            self._writer.close()
        except OSError as error:
            raise self._refused(error) from error

    def _add(self, step: int, values: Mapping[str, float]) -> None:
        found = [self._summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        event = self._event(step=step, wall_time=time.time(), summary=self._summary(value=found))
        try:
            self._writer.add_event(event)
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> RunError:
        return RunError(f"{self.folder}: TensorBoard's events cannot be written: {error.strerror or error}.")
