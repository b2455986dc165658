"""Means of series: over the steps before, which makes a noisy curve readable, and over runs that differ by seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grapheditor.runs.series import Floats, Integers

BLOCK = 512
"""Points that are added up at once: 2^512 is still a number."""


class Smoothed:
    """The exponential mean of a series that grows: a point weighs 1 - 1/length of the one behind it.

    What is not finite weighs nothing, and what was before the first point, too: the mean begins with that point.
    length: about how many points it is a mean over, 2 at least.
    """

    def __init__(self, length: float) -> None:
        self._keep = 1 - 1 / max(2.0, length)
        self._powers = self._keep ** np.arange(1, BLOCK + 1)
        self._forget()

    def _forget(self) -> None:
        self._count = 0
        self._end: tuple[int, float] | None = None
        self._sum = self._weight = 0.0
        self._means: Floats = np.empty(64)

    def of(self, steps: Integers, values: Floats) -> Floats:
        """Return the mean at each point, float64. Only what is new since the last call is computed."""
        known = self._count
        if known > len(values) or (known and self._end != _mark(steps, values, known)):
            self._forget()
            known = 0
        if known < len(values):
            self._add(values[known:])
            self._end = _mark(steps, values, len(values))
        return self._means[: self._count]

    def _add(self, values: Floats) -> None:
        count = len(values)
        blocks = -(-count // BLOCK)
        there = np.zeros((blocks, BLOCK))
        there.reshape(-1)[:count] = finite = np.isfinite(values)
        numbers = np.zeros((blocks, BLOCK))
        numbers.reshape(-1)[:count] = np.where(finite, values, 0.0)
        ends = count - (blocks - 1) * BLOCK - 1
        with np.errstate(invalid="ignore", over="ignore"):
            sums, self._sum = self._run(numbers, self._sum, ends)
            weights, self._weight = self._run(there, self._weight, ends)
            means = (sums / weights).reshape(-1)[:count]
        end = self._count + count
        if end > len(self._means):
            grown = np.empty(max(end, 2 * len(self._means)))
            grown[: self._count] = self._means[: self._count]
            self._means = grown
        self._means[self._count : end] = means
        self._count = end

    def _run(self, numbers: Floats, before: float, ends: int) -> tuple[Floats, float]:
        """Return the weighed sums at each point of blocks, and the last. before: the sum until then."""
        sums: Floats = np.cumsum(numbers / self._powers, axis=1) * self._powers * (1 - self._keep)
        starts = np.empty(len(sums))
        for i, own in enumerate(sums[:, -1].tolist()):
            starts[i] = before
            before = before * float(self._powers[-1]) + own
        sums += starts[:, None] * self._powers
        return sums, float(sums[-1, ends])


def _mark(steps: Integers, values: Floats, count: int) -> tuple[int, float]:
    value = float(values[count - 1])
    return int(steps[count - 1]), value if value == value else 0.0


def over_runs(curves: Sequence[tuple[Integers, Floats]]) -> tuple[Integers, Floats, Floats]:
    """Return the steps of several runs, the mean over those that had got there, and the standard deviation.

    The deviation is that of a sample, 0 where only one run is left. Runs that measured at other steps are read between
    their points. curves: steps that rise, and values.
    """
    curves = [(steps, values) for steps, values in curves if len(steps)]
    if not curves:
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    longest = max((steps for steps, _ in curves), key=len)
    alike = all(np.array_equal(steps, longest[: len(steps)]) for steps, _ in curves)
    if alike and all(np.isfinite(values).all() for _, values in curves):
        return longest, *_added([values for _, values in curves])
    if alike:
        rows = np.full((len(curves), len(longest)), np.nan)
        for row, (_, values) in zip(rows, curves, strict=True):
            row[: len(values)] = values
    else:
        longest = np.unique(np.concatenate([steps for steps, _ in curves]))
        rows = np.array([np.interp(longest, *curve, left=np.nan, right=np.nan) for curve in curves])
    there = np.isfinite(rows)
    counts = there.sum(0)
    rows = np.where(there, rows, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = rows.sum(0) / counts
        squares = (np.where(there, rows - means, 0.0) ** 2).sum(0)
        deviations = np.where(counts > 1, np.sqrt(squares / (counts - 1)), 0.0)
    return longest, means, deviations


def _added(curves: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Return mean and deviation of numbers that begin at one step; added up as differences, so that no digits go."""
    around = max(curves, key=len)
    sums, squares, counts = np.zeros(len(around)), np.zeros(len(around)), np.zeros(len(around))
    for values in curves:
        apart = values - around[: len(values)]
        sums[: len(values)] += apart
        counts[: len(values)] += 1
        np.multiply(apart, apart, out=apart)
        squares[: len(values)] += apart
    middle = sums / counts
    spread = np.maximum(squares - sums * middle, 0.0) / np.maximum(counts - 1, 1)
    return around + middle, np.sqrt(spread, out=spread)
