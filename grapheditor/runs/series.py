"""A series: one number for each of many steps, in arrays that grow, and as few points of it as a plot needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

MOST_POINTS = 2**22
"""Of a series, 64 MB; with more, the points so far are thinned to less than half as many."""


class Series:
    """Numbers by step. The steps rise, whatever is added: what comes later holds, and what it repeats goes.

    exact: whether every point is still there.
    """

    def __init__(self, most: int = MOST_POINTS) -> None:
        self.exact = True
        self._most = most
        self._count = 0
        self._steps: Integers = np.empty(64, np.int64)
        self._values: Floats = np.empty(64, np.float64)

    def __len__(self) -> int:
        return self._count

    @property
    def steps(self) -> Integers:
        """How many steps had been made at each point; int64. What is returned stays as it is."""
        return _sealed(self._steps[: self._count])

    @property
    def values(self) -> Floats:
        """The numbers, float64; NaN where there was none."""
        return _sealed(self._values[: self._count])

    def append(self, steps: Integers, values: Floats) -> None:
        """Add points, by rising steps; what was there at and after the first of them goes."""
        if not len(steps):
            return
        self.cut(int(steps[0]) - 1)
        if self._count + len(steps) > self._most:
            self._fold(max(0, self._most - len(steps)) // 2)
            steps, values = fewest(steps, values, self._most // 2) if len(steps) > self._most else (steps, values)
        end = self._count + len(steps)
        if end > len(self._steps):
            size = max(end, min(2 * len(self._steps), self._most))
            self._steps = np.concatenate([self.steps, np.empty(size - self._count, np.int64)])
            self._values = np.concatenate([self.values, np.empty(size - self._count)])
        self._steps[self._count : end] = steps
        self._values[self._count : end] = values
        self._count = end

    def cut(self, step: int) -> None:
        """Forget what came after a step."""
        if self._count and self._steps[self._count - 1] > step:
            kept = int(np.searchsorted(self.steps, step, side="right"))
            self._replace(self.steps[:kept], self.values[:kept])

    def thin(self, pixels: int, first: int | None = None, last: int | None = None) -> tuple[Integers, Floats]:
        """Return at most about two points a pixel, from the step ``first`` to ``last``: the least and the greatest.

        They are points of the series, in their order, with its first and its last; so a plot of them looks like one of
        all. Where it is zoomed in, the points next to the edges are among them, so that lines leave the picture.
        """
        seen = between(self.steps, first, last)
        return fewest(self.steps[seen], self.values[seen], 2 * max(1, pixels))

    def _fold(self, wanted: int) -> None:
        self.exact = False
        self._replace(*fewest(self.steps, self.values, wanted))

    def _replace(self, steps: Integers, values: Floats) -> None:
        """Have other points, in other arrays: somebody may still look at these."""
        self._steps, self._values, self._count = steps.copy(), values.copy(), len(steps)


def between(steps: Integers, first: float | None, last: float | None) -> slice:
    """Return which points lie from one step to another, and the one before and behind these."""
    low = 0 if first is None else max(0, int(np.searchsorted(steps, math.floor(first))) - 1)
    high = len(steps) if last is None else int(np.searchsorted(steps, math.ceil(last), side="right")) + 1
    return slice(low, high)


def fewest(steps: Integers, values: Floats, most: int) -> tuple[Integers, Floats]:
    """Return the least and the greatest of each of ``most``/2 stretches, and the ends: points of the series, in order.

    A plot of them looks like one of all where there are two for each pixel. NaN is no number.
    """
    count = len(steps)
    size = -(-2 * count // max(2, most))
    if size <= 2:
        return steps, values
    whole = count - count % size
    buckets = values[:whole].reshape(-1, size)
    starts = np.arange(0, whole, size)
    gaps = bool(np.isnan(values).any())
    if gaps:
        nothing = np.isnan(buckets)
        least = np.where(nothing, np.inf, buckets).argmin(1)
        greatest = np.where(nothing, -np.inf, buckets).argmax(1)
    else:
        least, greatest = buckets.argmin(1), buckets.argmax(1)
    pairs = np.stack([np.minimum(least, greatest), np.maximum(least, greatest)], axis=1) + starts[:, None]
    kept = np.concatenate([[0], pairs.ravel(), _ends(values, whole, gaps), [count - 1]])
    chosen = kept[np.concatenate([[True], np.diff(kept) > 0])]
    return steps[chosen], values[chosen]


def _ends(values: Floats, start: int, gaps: bool) -> Integers:
    """Return where the least and the greatest of the rest are, in order; an empty array where there is none."""
    rest = values[start:]
    if not len(rest) or (gaps and np.isnan(rest).all()):
        return np.empty(0, np.int64)
    least, greatest = (np.nanargmin(rest), np.nanargmax(rest)) if gaps else (rest.argmin(), rest.argmax())
    return start + np.sort(np.array([least, greatest], np.int64))


def _sealed(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
