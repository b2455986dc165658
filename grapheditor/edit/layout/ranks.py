"""The order within layers: sweeps of barycentres, then swaps of neighbours, for as long as crossings go.

After Sugiyama, Tagawa and Toda 1981, and Gansner et al. 1993 for the swaps. A vertex is a node or a lane.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grapheditor.edit.layout.layers import Layered

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PATIENCE = 5
"""Sweeps without fewer crossings after which it is left at that."""
SWAPS = 12
SMOOTHINGS = 50
EFFORT, LAYER = 500_000, 60
"""How many segments are looked at, from each of two beginnings; sorting a layer takes as long as so many of them."""


class _Neighbours(NamedTuple):
    """The vertices of a layer that are joined with one beside it; the other ends of their segments, and where on the
    edges of these they are; which is the first for each vertex, and how many it has.
    """

    vertices: Ints
    others: Ints
    shares: Floats
    first: Ints
    many: Floats


class Ranking:
    """The vertices of each layer in an order. rank: each vertex's place in its layer."""

    def __init__(self, drawing: Layered) -> None:
        self.layer = np.array(drawing.layer, dtype=np.int64)
        rows = np.array(drawing.segments, dtype=np.float64).reshape(-1, 4)
        self.start, self.end = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
        self._leaving, self._arriving = rows[:, 2], rows[:, 3]
        count = len(self.layer)
        self.sequence: Ints = np.lexsort((np.arange(count), np.array(drawing.order), self.layer))
        """All vertices, layer by layer, in their order."""
        sizes = np.bincount(self.layer, minlength=1)
        self._first = np.cumsum(sizes) - sizes
        self._sizes = sizes
        self.rank: Ints = np.zeros(count, dtype=np.int64)
        self._number()
        self._above = self._neighbours(self.end, self.start)
        self._below = self._neighbours(self.start, self.end)

    def _number(self) -> None:
        self.rank[self.sequence] = np.arange(len(self.sequence)) - self._first[self.layer[self.sequence]]

    def reduce(self) -> None:
        """Find an order with few crossings: from that of the branches, and where some are left from a smooth one."""
        branches = self.sequence.copy()
        best, sequence = self._improved()
        if best:
            self.sequence = branches
            self._number()
            self._smooth()
            found, other = self._improved()
            if found < best:
                best, sequence = found, other
        self.sequence = sequence
        self._number()

    def _improved(self) -> tuple[int, Ints]:
        """Sweep and swap until nothing comes of it; return the fewest crossings, and the sequence that has them."""
        best, sequence = self.crossings(), self.sequence.copy()
        wide = np.flatnonzero(self._sizes > 1).tolist()
        down, up = (wide, self._above), (wide[::-1], self._below)
        effort, waiting = EFFORT, PATIENCE
        while best and waiting and effort > 0:
            waiting -= 1
            for rows, neighbours in (down, up):
                self._sweep(rows, neighbours)
                self.sequence = np.lexsort((self.rank, self.layer))
                passes = self._swap(effort / 2)
                found = self.crossings()
                effort -= (passes + 2) * len(self.start) + LAYER * len(wide)
                if found < best:
                    best, sequence, waiting = found, self.sequence.copy(), PATIENCE
        return best, sequence

    def _smooth(self) -> None:
        """Order all by numbers that differ little along wires, and are 0 on the mean of each layer.

        Repeated averaging leaves the slowest change across the drawing, which unfolds what sweeps cannot.
        """
        count = len(self.layer)
        at = self.rank / np.maximum(self._sizes - 1, 1)[self.layer]
        degree = np.maximum(np.bincount(self.start, minlength=count) + np.bincount(self.end, minlength=count), 1)
        for _ in range(SMOOTHINGS):
            near = np.bincount(self.start, at[self.end], count) + np.bincount(self.end, at[self.start], count)
            at = (at + near / degree) / 2
            at -= (np.bincount(self.layer, at, len(self._sizes)) / np.maximum(self._sizes, 1))[self.layer]
            at /= np.abs(at).max(initial=1e-12)
        self.sequence = np.lexsort((at, self.layer))
        self._number()

    # Sweeps

    def _neighbours(self, own: Ints, other: Ints) -> list[_Neighbours]:
        """Return what the vertices of each layer are joined with; own, other: the ends of segments in it and beside."""
        shares = self._leaving if own is self.end else self._arriving
        order = np.lexsort((own, self.layer[own]))
        vertices, starts, counts = np.unique(own[order], return_index=True, return_counts=True)
        turn = np.argsort(starts)
        vertices, starts, counts = vertices[turn], starts[turn], counts[turn]
        cuts = np.searchsorted(self.layer[vertices], np.arange(len(self._sizes) + 1))
        bounds = np.append(starts, len(order))[cuts]
        found = []
        for row in range(len(self._sizes)):
            part, segments = slice(cuts[row], cuts[row + 1]), order[bounds[row] : bounds[row + 1]]
            first, many = starts[part] - bounds[row], counts[part].astype(np.float64)
            found.append(_Neighbours(vertices[part], other[segments], shares[segments], first, many))
        return found

    def _sweep(self, rows: list[int], neighbours: list[_Neighbours]) -> None:
        """Sort layer after layer by the mean place of what each vertex is joined with in the layer before."""
        wished = np.empty(len(self.layer))
        for row in rows:
            vertices, others, shares, first, many = neighbours[row]
            if not len(vertices):
                continue
            part = slice(self._first[row], self._first[row] + self._sizes[row])
            members = self.sequence[part]
            wished[members] = self.rank[members]
            wished[vertices] = np.add.reduceat(self.rank[others] + shares, first) / many - 0.5
            members = members[np.argsort(wished[members], kind="stable")]
            self.sequence[part] = members
            self.rank[members] = np.arange(len(members))

    # Swaps

    def _swap(self, effort: float) -> int:
        """Swap neighbours where that takes crossings away: every second pair of every second layer at a time.

        Return how often all segments were looked at.
        """
        for number in range(1, SWAPS + 1):
            swapped = sum(self._swap_some(layer, place) for layer in (0, 1) for place in (0, 1))
            if not swapped or number * len(self.start) > effort:
                break
        return number

    def _swap_some(self, odd_layer: int, odd_place: int) -> int:
        places = np.arange(len(self.sequence) - 1)
        layer = self.layer[self.sequence]
        pairs = places[(layer[:-1] == layer[1:]) & (layer[:-1] % 2 == odd_layer)]
        pairs = pairs[self.rank[self.sequence[pairs]] % 2 == odd_place]
        left, right = self.sequence[pairs], self.sequence[pairs + 1]
        now, then = self._crossings_of(left, right, self.end, self.start, self._leaving)
        more_now, more_then = self._crossings_of(left, right, self.start, self.end, self._arriving)
        better = now + more_now > then + more_then
        chosen = pairs[better]
        self.sequence[chosen], self.sequence[chosen + 1] = right[better], left[better]
        self.rank[right[better]] -= 1
        self.rank[left[better]] += 1
        return len(chosen)

    def _crossings_of(self, left: Ints, right: Ints, own: Ints, other: Ints, shares: Floats) -> tuple[Ints, Ints]:
        """Return how often segments of neighbours cross each other as they stand, and if they changed places."""
        role = np.zeros(len(self.layer), dtype=np.int64)
        role[left], role[right] = np.arange(1, len(left) + 1), -np.arange(1, len(right) + 1)
        of = role[own]
        at = self.rank[other] + shares
        span = float(len(self.layer)) + 2.0
        first, second = of > 0, of < 0
        pair = -of[second]
        keys = np.sort(of[first] * span + at[first])
        bounds = np.searchsorted(keys, np.arange(1, len(left) + 2) * span)
        wanted = pair * span + at[second]
        smaller = np.searchsorted(keys, wanted - 1e-9) - bounds[pair - 1]
        larger = bounds[pair] - np.searchsorted(keys, wanted + 1e-9)
        now = np.bincount(pair - 1, larger, len(left)).astype(np.int64)
        then = np.bincount(pair - 1, smaller, len(left)).astype(np.int64)
        return now, then

    # Crossings

    def crossings(self) -> int:
        """Return how many pairs of segments cross."""
        layer = self.layer[self.end]
        order = np.lexsort((self.rank[self.end] + self._arriving, self.rank[self.start] + self._leaving, layer))
        at = self.rank[self.end] + self._arriving
        _, values = np.unique(at[order], return_inverse=True)
        return _inversions(values + layer[order] * (int(values.max(initial=0)) + 1))


def _inversions(values: Ints) -> int:
    """Return how many pairs stand in the wrong order: bit by bit, ones before zeros among what is alike above."""
    total = 0
    for bit in range(int(values.max(initial=0)).bit_length() - 1, -1, -1):
        ones = (values >> bit) & 1
        group = values >> (bit + 1)
        before = np.cumsum(ones) - ones
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        sizes = np.diff(np.append(starts, len(values)))
        before -= np.repeat(before[starts], sizes)
        total += int(before[ones == 0].sum())
        values = values[np.argsort(values >> bit, kind="stable")]
    return total
