"""The metrics of a run: lines of JSON that are only ever appended, and that :mod:`grapheditor.runs.reader` reads.

    {"step": 200, "values": {"loss": [ 6.93147182e-01, 6.80112362e-01]}}     after 200 steps: the next two
    {"step": 204, "every": 5, "values": {"learning_rate": [ 1.00000000e-03]}}  of steps 205, 210 ...
    {"epoch": 3, "step": 1407, "metrics": {"train_loss": 0.0312, "validation_accuracy": 0.987}}
    {"resumed": 1000}                                                        what was after step 1,000 is made again

Numbers of steps have nine digits, which tells every float32 from every other, and all of them one width, so that a
million are read at once instead of one by one. null is not a number; 1e999 is infinite.
"""

from __future__ import annotations

import json
import math
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from grapheditor.runs.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

METRICS = "metrics.jsonl"
SECONDS = "seconds"
"""The series of how long a run had been made at a step, pauses left out: it is told about once a second."""
WIDTH = 16
"""Bytes of a number of a step with the comma behind it."""
LONGEST_STRETCH = 10_000
"""Steps that a line holds at most."""
TAIL = 2**16


class Writer:
    """Appends to the metrics of a run. All that writes raises RunError with a sentence where the disk refuses.

    interval: seconds for which numbers of steps may be kept before they are written; a run that is killed loses those,
    and makes them again when it is resumed. Before a checkpoint call :meth:`flush`, so that nothing is missing behind
    it. A last line that was torn is taken away first: no reader has counted it.
    resumed: so many steps of what is there remain true, and what comes after them is made again.
    """

    def __init__(self, folder: Path, *, interval: float = 0.2, resumed: int | None = None) -> None:
        self.path = folder / METRICS
        self.interval = interval
        self._lines: list[str] = []
        self._first, self._every = 0, 1
        self._values: dict[str, list[float]] = {}
        self._written = time.monotonic()
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._descriptor: int | None = os.open(self.path, flags, 0o666)
            self._mend(self._descriptor)
        except OSError as error:
            raise self._refused(error) from error
        if resumed is not None:
            self._lines.append(json.dumps({"resumed": resumed}))
            self.flush()

    def steps(self, first: int, values: Mapping[str, Sequence[float]], *, every: int = 1) -> None:
        """Take values of steps that follow on the first ``first``.

        values: by name, one number for each step; with ``every``, for each so manyth, beginning with the one after
        ``first``. Names that are measured at different steps are given in different calls.
        """
        lengths = {len(numbers) for numbers in values.values()}
        if len(lengths) > 1:
            raise ValueError("each name has as many values as the others")
        if not lengths or lengths == {0}:
            return
        count = len(next(iter(self._values.values()), ()))
        follows = first == self._first + count * self._every and every == self._every
        if not follows or self._values.keys() != values.keys() or count >= LONGEST_STRETCH:
            self._close_stretch()
            self._first, self._every = first, every
        for name, numbers in values.items():
            self._values.setdefault(name, []).extend(numbers)
        self._perhaps()

    def epoch(self, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Take the metrics of an epoch that ended after so many steps, and write them."""
        self._close_stretch()
        finite = {name: _plain(value) for name, value in metrics.items()}
        body = ", ".join(f"{json.dumps(name)}: {text}" for name, text in finite.items())
        self._lines.append(f'{{"epoch": {epoch}, "step": {step}, "metrics": {{{body}}}}}')
        self.flush()

    def flush(self, *, sync: bool = False) -> None:
        """Write what was kept. sync: wait until it is on the disk, as before a checkpoint."""
        self._close_stretch()
        if self._descriptor is None:
            return
        try:
            if self._lines:
                self._append(self._descriptor, "".join(f"{line}\n" for line in self._lines).encode())
            if sync:
                os.fsync(self._descriptor)
        except OSError as error:
            raise self._refused(error) from error
        self._lines = []
        self._written = time.monotonic()

    def close(self) -> None:
        """Write what was kept, and close the file, which happens in any case."""
        try:
            self.flush()
        finally:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _perhaps(self) -> None:
        if time.monotonic() - self._written >= self.interval:
            self.flush()

    def _close_stretch(self) -> None:
        if self._values:
            body = ", ".join(f"{json.dumps(name)}: [{_numbers(them)}]" for name, them in self._values.items())
            every = f'"every": {self._every}, ' if self._every != 1 else ""
            self._lines.append(f'{{"step": {self._first}, {every}"values": {{{body}}}}}')
            self._values = {}

    def _append(self, descriptor: int, data: bytes) -> None:
        """Write all or nothing: what a full disk takes of it is taken back, and kept for the next time."""
        size = os.fstat(descriptor).st_size
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            raise

    def _mend(self, descriptor: int) -> None:
        size = end = os.fstat(descriptor).st_size
        while end:
            start = max(0, end - TAIL)
            os.lseek(descriptor, start, os.SEEK_SET)
            found = os.read(descriptor, end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
        if end < size:
            os.ftruncate(descriptor, end)

    def _refused(self, error: OSError) -> RunError:
        return RunError(f"{self.path}: the metrics cannot be written: {error.strerror}.")


def _numbers(values: Sequence[float]) -> str:
    texts = [f"{value: .8e}" for value in values]
    if any(len(text) != WIDTH - 1 for text in texts):  # one that is none, or beyond 1e±99
        texts = [_nine(value) for value in values]
    return ",".join(texts)


def _nine(value: float) -> str:
    return f"{value:.9g}" if math.isfinite(value) else _plain(value)


def _plain(value: float) -> str:
    """Return a number as JSON has it."""
    if math.isnan(value):
        return "null"
    if math.isinf(value):
        return "1e999" if value > 0 else "-1e999"
    return repr(float(value))
