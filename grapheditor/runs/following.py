"""Following a run by its folder alone: what is to be seen of it at this moment, and what it has measured so far.

It is the same for a run of one's own, of a terminal, of another machine and of last year. Its process is asked nothing.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from grapheditor.runs.errors import RunError
from grapheditor.runs.fault import FaultRecord, read_fault
from grapheditor.runs.lease import Look, look
from grapheditor.runs.outputs import output_steps
from grapheditor.runs.reader import Reader
from grapheditor.runs.record import Record, read_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from grapheditor.runs.series import Floats, Integers, Series

QUIET = 1.2
"""Seconds without a beat that mean nothing: one is written every half a second."""
LONGEST_STEP = 20.0
"""Seconds that a step may take as long as nothing is known of the steps."""
LATELY = 5.0
"""Seconds over which the rate is taken."""
PIECE = 4 * 2**20
"""Bytes of metrics that are read at a look: what a disk and a processor do within some hundredths of a second."""


class Curve(NamedTuple):
    """A series as it was at a look: how many steps had been made at each point, and the numbers."""

    steps: Integers
    values: Floats


@dataclass(frozen=True, slots=True)
class Sight:
    """A run at a moment.

    step: how many steps are made, as far as anybody knows. rate: steps a second lately, 0 where it makes none. usual:
    seconds that a step took as long as it made any, 0 where that is not known.
    steps, epochs: what was measured, as grapheditor.runs.reader.Reader has it. grown: there is more of that than at the
    look before. more: the file has more than was read: look again. fault: where a number was none, of a run that failed
    by that. outputs: the steps after which an output was kept.
    """

    folder: Path
    record: Record
    look: Look
    step: int
    rate: float
    usual: float
    steps: Mapping[str, Curve]
    epochs: Mapping[str, Curve]
    grown: bool
    more: bool
    fault: FaultRecord | None = None
    outputs: tuple[int, ...] = ()

    @property
    def epoch(self) -> int:
        """How many epochs have ended."""
        numbers = self.epochs.get("epoch")
        read = int(numbers.values[-1]) if numbers is not None and len(numbers.values) else 0
        return max(read, self.record.progress.epoch)

    @property
    def hangs(self) -> bool:
        """Whether it should have said by now that it lives: it stands still, or is long at one step."""
        usual = 2 * self.usual or LONGEST_STEP
        return self.look.state in ("running", "stalled") and self.look.beat.silent() > QUIET + usual

    @property
    def samples_per_second(self) -> float:
        """How many samples it learns from a second lately."""
        return self.rate * self.record.progress.samples

    @property
    def seconds_left(self) -> float | None:
        """How long it will take at this rate; None where that is not known."""
        left = self.record.progress.steps - self.step
        return left / self.rate if self.look.lives and self.rate > 0 and left >= 0 else None


class Follower:
    """Looks at a run again and again, and reads no number twice. Belongs to one thread; what it returns to all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reader = Reader(folder)
        self._past: deque[tuple[float, int]] = deque()
        self._usual = 0.0

    def look(self, now: float | None = None) -> Sight:
        """Return how the run is. RunError where it is no run, or cannot be read. now: in seconds, of any clock."""
        record = read_record(self.folder)
        seen = look(self.folder, record)
        grown = self._reader.read(PIECE)
        steps, epochs = _curves(self._reader.steps), _curves(self._reader.epochs)
        measured = max((int(curve.steps[-1]) for curve in steps.values() if len(curve.steps)), default=0)
        beaten = seen.beat.step if seen.lives else 0
        step = max(measured, beaten, record.progress.step)
        rate = self._rate(time.monotonic() if now is None else now, step) if seen.state == "running" else 0.0
        more, fault = self._reader.behind, self._fault(record)
        outputs = output_steps(self.folder)
        return Sight(self.folder, record, seen, step, rate, self._usual, steps, epochs, grown, more, fault, outputs)

    def _fault(self, record: Record) -> FaultRecord | None:
        """Return what a run that failed has kept of a number that was none; nothing where that is damaged."""
        if record.state != "failed" or record.error is None:
            return None
        with suppress(RunError):
            fault = read_fault(self.folder)
            if fault is not None and record.error.message.startswith(fault.message):
                return fault  # it may have been resumed since, and have failed by something else
        return None

    def _rate(self, now: float, step: int) -> float:
        """Return the steps a second of the last seconds; a run that was taken up again begins anew."""
        if self._past and step < self._past[-1][1]:
            self._past.clear()
        advanced = bool(self._past) and step > self._past[-1][1]
        self._past.append((now, step))
        while len(self._past) > 2 and self._past[1][0] <= now - LATELY:
            self._past.popleft()
        (first, begun), (last, made) = self._past[0], self._past[-1]
        rate = (made - begun) / (last - first) if last > first else 0.0
        if advanced and rate:
            self._usual = 1 / rate
        return rate


def _curves(found: Mapping[str, Series]) -> dict[str, Curve]:
    return {name: Curve(series.steps, series.values) for name, series in found.items()}
