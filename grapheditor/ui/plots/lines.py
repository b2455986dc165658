"""The curves of a chart: which series of which run, how they are drawn, and what is reckoned from them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from grapheditor.runs.following import Curve, Sight
from grapheditor.runs.means import Smoothed, over_runs
from grapheditor.runs.metrics import SECONDS
from grapheditor.ui.plots.choices import Choices
from grapheditor.ui.plots.declared import BATCH, PARTS, Part, Plot
from grapheditor.ui.plots.signs import colour_of, sign_of
from grapheditor.ui.texts import tr

NOTHING = Curve(np.zeros(0, np.int64), np.zeros(0))
TRAIN, VALIDATION, TEST = PARTS
FAINT = 0.3
TICKS = 10**6
"""Places of a curve are whole numbers: so many go on a second."""
MOST_TIMED = 200


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run as the charts know it. place: by which it has its colour and its sign."""

    name: str
    place: int
    sight: Sight

    @property
    def per_epoch(self) -> float:
        """Steps of an epoch; 1 where that is not known."""
        progress = self.sight.record.progress
        return max(1.0, progress.steps / max(1, progress.epochs))

    @property
    def times(self) -> Curve:
        """How many seconds it had taken at some of its steps, the first at none; an older run's are spread evenly."""
        found = self.sight.steps.get(SECONDS)
        if found is not None and len(found.steps):
            return Curve(np.concatenate([[0], found.steps]), np.concatenate([[0.0], found.values]))
        record = self.sight.record
        last = max((int(curve.steps[-1]) for curve in self.sight.steps.values() if len(curve.steps)), default=0)
        if not last or not record.started or not record.ended:
            return NOTHING
        began, ended = (datetime.fromisoformat(text) for text in (record.started, record.ended))
        return Curve(np.array([0, last]), np.array([0.0, (ended - began).total_seconds()]))

    def seconds_at(self, steps: np.ndarray) -> np.ndarray:
        """Return how many seconds it had taken, or will have, at steps; nothing where that is not known."""
        known = self.times
        if len(known.steps) < 2:
            return np.zeros(0)
        rate = float(known.values[-1]) / float(known.steps[-1])
        behind = np.maximum(steps - known.steps[-1], 0) * rate
        return np.asarray(np.interp(steps, known.steps, known.values) + behind)

    @property
    def seedless(self) -> str:
        """What is the same of runs that differ by their seed alone."""
        record = self.sight.record
        recipe = {name: value for name, value in record.recipe.items() if name != "seed"}
        return json.dumps([record.graph, recipe], sort_keys=True, default=str)

    def curve(self, part: Part) -> Curve:
        """Return what it has measured of a part of a chart."""
        return (self.sight.epochs if part.of_epochs else self.sight.steps).get(part.series, NOTHING)


@dataclass(frozen=True, slots=True)
class Line:
    """One curve as it is drawn. Two are equal where they look the same.

    name: as the legend has it, empty where it has none. colour: a field of the theme. curve: steps, and values as they
    were measured; per: steps of one unit of the axis along which it goes. dots: each point is marked, none are joined.
    deviation: how far the band around it reaches.
    """

    name: str
    colour: str
    curve: Curve = field(compare=False)
    per: float = 1.0
    width: float = 2.0
    opacity: float = 1.0
    sign: str = ""
    dots: bool = False
    deviation: np.ndarray | None = field(default=None, compare=False)
    mark: tuple[object, ...] = ()
    """What tells these points from others."""


def marked(curve: Curve) -> tuple[object, ...]:
    """Return what tells a curve from the same one with other points."""
    if not len(curve.steps):
        return (0,)
    first, last = float(curve.values[0]), float(curve.values[-1])
    return len(curve.steps), int(curve.steps[0]), int(curve.steps[-1]), repr(first), repr(last)


class Lines:
    """Makes the curves of charts, and keeps what is reckoned for them, so that only what is new is reckoned again."""

    def __init__(self) -> None:
        self._length = 0
        self._smoothed: dict[tuple[Path, str, float], Smoothed] = {}
        self._times: dict[object, Curve] = {}
        self._together: dict[tuple[str, str], tuple[object, tuple[Curve, np.ndarray]]] = {}

    def forget(self) -> None:
        """Let go of what was reckoned: other runs are shown."""
        self._smoothed.clear()
        self._times.clear()
        self._together.clear()

    def of(self, plot: Plot, runs: Sequence[ShownRun], choices: Choices) -> list[Line]:
        """Return the curves of a chart, those in front last."""
        if choices.smoothing != self._length:
            self._length = choices.smoothing
            self.forget()
        along = choices.along == "epochs"
        timed = choices.along == "time"
        if len(runs) == 1:
            lines = self._alone(plot, runs[0], runs[0].per_epoch if along else 1.0)
            return [self._timed(line, runs[0]) if timed else line for line in lines]
        part = compared(plot, choices)
        parts = plot.parts if part is None else (part,)
        found = [line for part in parts for line in self._side_by_side(part, runs, choices, along, len(parts) > 1)]
        return sorted(found, key=lambda line: bool(line.name))  # what is faint lies behind everything

    def _alone(self, plot: Plot, run: ShownRun, per: float) -> Iterator[Line]:
        """Yield the curves of one run: batches, train and validation as one knows them, a test as a point."""
        only = len(plot.parts) == 1
        for i, part in enumerate(plot.parts):
            curve = run.curve(part)
            if part.name == TEST:
                yield Line(tr(part.name), "good", curve, per, dots=True, mark=marked(curve))
            elif part.of_epochs:
                colour = "warning" if part.name == VALIDATION else "accent"
                yield Line(tr(part.name), colour, curve, per, mark=marked(curve))
            else:
                behind = part.name == BATCH and not only
                colour, sign = colour_of(i if part.name != BATCH else 0), sign_of(i) if not only and not behind else ""
                name = "" if only else tr(part.name)
                yield from self._of_steps(name, colour, run, part, per, 0.45 if behind else 1.0, sign)

    def _of_steps(
        self, name: str, colour: str, run: ShownRun, part: Part, per: float, opacity: float, sign: str
    ) -> Iterator[Line]:
        """Yield a curve of steps; where it is smoothed, as it was faintly behind it."""
        curve = run.curve(part)
        mark = marked(curve)
        if self._points(curve) < 2:
            yield Line(name, colour, curve, per, 1.0, opacity, sign, mark=mark)
            return
        yield Line("", colour, curve, per, 1.0, FAINT, mark=mark)
        smooth = self._smooth(run, part, curve)
        yield Line(name, colour, smooth, per, 1.5, min(1.0, opacity + 0.4), sign, mark=(self._length, *mark))

    def _side_by_side(
        self, part: Part, runs: Sequence[ShownRun], choices: Choices, along: bool, several: bool
    ) -> Iterator[Line]:
        """Yield a part of each run, in the run's colour; runs that differ by seed as one, where that is wanted."""
        for group in grouped(runs) if choices.together else [[run] for run in runs]:
            shown = [run for run in group if len(run.curve(part).steps)]
            for line in self._of_group(part, shown, along, several) if shown else ():
                yield self._timed(line, shown[0]) if choices.along == "time" else line

    def _of_group(self, part: Part, shown: list[ShownRun], along: bool, several: bool) -> Iterator[Line]:
        """Yield a part of one run, or of runs that differ by seed; along time these stand where the first one does."""
        first = shown[0]
        per = first.per_epoch if along else 1.0
        colour, sign = colour_of(first.place), sign_of(first.place)
        name = first.name if len(shown) == 1 else tr("{name}, {n} seeds", name=first.name, n=len(shown))
        name = f"{name} {tr(part.name)}" if several else name
        if len(shown) > 1:
            yield self._mean(name, colour, sign, shown, part, per)
        elif part.of_epochs:
            curve = first.curve(part)
            yield Line(name, colour, curve, per, sign=sign, dots=len(curve.steps) == 1, mark=marked(curve))
        else:
            yield from self._of_steps(name, colour, first, part, per, 1.0, sign)

    def _timed(self, line: Line, run: ShownRun) -> Line:
        """Return a curve along the time that its run has taken; one without points where that is not known."""
        mark = (*line.mark, "time", *marked(run.times))
        key = run.sight.folder, line.width, mark
        if key not in self._times:
            if len(self._times) >= MOST_TIMED:
                self._times.clear()
            seconds = run.seconds_at(line.curve.steps)
            places = (seconds * TICKS).round().astype(np.int64)
            self._times[key] = Curve(places, line.curve.values[: len(places)])
        deviation = line.deviation if len(self._times[key].steps) else None
        return replace(line, curve=self._times[key], per=TICKS, deviation=deviation, mark=mark)

    def _mean(self, name: str, colour: str, sign: str, runs: list[ShownRun], part: Part, per: float) -> Line:
        curves = [run.curve(part) for run in runs]
        mark = (self._length, *(item for curve in curves for item in marked(curve)))
        key = (runs[0].seedless, part.series)
        if key not in self._together or self._together[key][0] != mark:
            if not part.of_epochs:
                curves = [self._smooth(run, part, curve) for run, curve in zip(runs, curves, strict=True)]
            steps, means, deviations = over_runs(curves)
            self._together[key] = (mark, (Curve(steps, means), deviations))
        curve, deviations = self._together[key][1]
        return Line(name, colour, curve, per, 1.5, sign=sign, deviation=deviations, mark=mark)

    def _points(self, curve: Curve) -> float:
        """Return over how many points a curve is smoothed: what is measured once a second has one for many steps."""
        if not self._length or len(curve.steps) < 2:
            return 0.0
        apart = float(curve.steps[-1] - curve.steps[0]) / (len(curve.steps) - 1)
        return self._length / 2.0 ** round(math.log2(max(1.0, apart)))

    def _smooth(self, run: ShownRun, part: Part, curve: Curve) -> Curve:
        points = self._points(curve)
        if points < 2:
            return curve
        key = (run.sight.folder, part.series, points)
        if key not in self._smoothed:
            self._smoothed[key] = Smoothed(points)
        return Curve(curve.steps, self._smoothed[key].of(curve.steps, curve.values))


def compared(plot: Plot, choices: Choices) -> Part | None:
    """Return by which part of a chart runs are compared; None where it has no such parts."""
    parts = {part.name: part for part in plot.parts}
    wanted = (choices.compared, VALIDATION, TRAIN, BATCH, TEST)
    return next((parts[name] for name in wanted if name in parts), None)


def grouped(runs: Sequence[ShownRun]) -> list[list[ShownRun]]:
    """Return runs by what is the same of them but for the seed."""
    found: dict[str, list[ShownRun]] = {}
    for run in runs:
        found.setdefault(run.seedless, []).append(run)
    return list(found.values())
