"""Routes: wires that would run behind a card go beside it, along a lane. Pure numpy, many wires at once.

All is told as if the flow went down: x across, y along. A wire's curve is that of :mod:`grapheditor.ui.canvas.curves`;
what crosses a card that is not its own gets a lane, the free column that asks for the shortest way. The longer the
wires of a node, the further beside the cards they go, so that nested ones stay apart and those of one node run
together. A route depends on cards and on the wires of the same node alone: it is the same whatever was moved before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grapheditor.ui.canvas.rows import Floats, Mask, Slots

BEND = 34.0
"""Along the flow, from a port to its lane."""
MARGIN = 10.0
"""Between a card and what goes past it, at least."""
FURTHER, SLOPE = 110.0, 2600.0
"""How much further out the longest wires go, and the length by which most of that is reached."""
WINDOW = 900.0
"""How far to the sides of a wire its lane is sought."""
FARTHEST = 6000.0
"""What leads further to a side than this crosses more than a lane could spare."""
BAND = 64.0
MOST_BANDS = 1_500_000
"""Bands that all wires touch; past that the longest wires stay as they are."""

_T = np.linspace(0.0, 1.0, 513)
_ALONG, _ACROSS = _T * (1.5 - 1.5 * _T + _T**2), _T**2 * (3 - 2 * _T)
"""A curve between two ports, each part from 0 to 1: both only grow, so x is a function of y."""


class Cards(NamedTuple):
    """Cards: rows of left, top, right, bottom, and the slot of each one's node."""

    boxes: Floats
    slots: Slots


class _Bands:
    """Which cards lie in which band of the plane, sorted from left to right."""

    def __init__(self, cards: Cards) -> None:
        boxes = cards.boxes
        low, high = _band(boxes[:, 1]), _band(boxes[:, 3])
        which, band = _ranges(low, high - low + 1)
        self._left = float(boxes[:, 0].min())
        self._span = float(boxes[:, 0].max()) - self._left + 2.0
        self._broad = float((boxes[:, 2] - boxes[:, 0]).max())
        key = band * self._span + boxes[which, 0] - self._left
        order = np.argsort(key)
        self._key, self._card = key[order], which[order]

    def between(self, band: Slots, left: Floats, right: Floats) -> tuple[Slots, Slots]:
        """Return pairs: of a query (a band and a part of it), and of a card that may be there."""
        first = np.clip(left - self._broad - self._left, 0.0, self._span - 1.0)
        last = np.clip(right - self._left, -1.0, self._span - 1.0)
        start = np.searchsorted(self._key, band * self._span + first)
        stop = np.searchsorted(self._key, band * self._span + last, side="right")
        query, entry = _ranges(start, np.maximum(stop - start, 0))
        return query, self._card[entry]


def _band(y: Floats) -> Slots:
    return np.floor(y / BAND).astype(np.intp)


def _ranges(first: Slots, counts: Slots) -> tuple[Slots, Slots]:
    """Return all numbers from first on, so many as counted, one range after the other, and whose each is."""
    whose = np.repeat(np.arange(len(counts)), counts)
    return whose, first[whose] + np.arange(len(whose)) - np.repeat(np.cumsum(counts) - counts, counts)


def lanes(ends: Floats, own: Slots, far: Floats, cards: Cards) -> Floats:
    """Return for each wire its lane's x, and the y where it comes to it and where it leaves it.

    nan where the wire is a plain curve; only x is nan where it runs behind a card and there is no room beside.
    ends: rows of x1, y1, x2, y2; own: the slots of the nodes at both ends; far: how far down the wires of its first
    node lead.
    """
    found = np.full((len(ends), 3), np.nan)
    down = ends[:, 3] - ends[:, 1]
    able = np.flatnonzero((down > 2.2 * BEND) & (np.abs(ends[:, 2] - ends[:, 0]) < FARTHEST))
    if not len(able) or not len(cards.slots):
        return found
    able = able[np.argsort(down[able], kind="stable")]
    able = able[np.cumsum(down[able] / BAND + 2.0) < MOST_BANDS]
    bands = _Bands(cards)
    wire, band = _crossed_bands(ends[able])
    hit = able[_hits(ends[able], own[able], wire, band, bands, cards)]
    if not len(hit):
        return found
    first, last = ends[hit, 1] + BEND, ends[hit, 3] - BEND
    found[hit] = np.stack([_free(ends[hit], far[hit], bands, cards), first, last], axis=1)
    return found


def _crossed_bands(ends: Floats) -> tuple[Slots, Slots]:
    low = _band(ends[:, 1])
    return _ranges(low, _band(ends[:, 3]) - low + 1)


def _x(ends: Floats, y: NDArray[np.floating[Any]]) -> Floats:
    """Return where curves are at a height."""
    share = np.interp((y - ends[:, 1]) / (ends[:, 3] - ends[:, 1]), _ALONG, _ACROSS)
    return np.asarray(ends[:, 0] + share * (ends[:, 2] - ends[:, 0]))


def _hits(ends: Floats, own: Slots, wire: Slots, band: Slots, bands: _Bands, cards: Cards) -> Mask:
    """Return which wires run behind a card that is not their own."""
    rows = ends[wire]
    sides = np.stack([_x(rows, BAND * band), _x(rows, BAND * (band + 1))])
    query, card = bands.between(band, sides.min(axis=0), sides.max(axis=0))
    wire = wire[query]
    rows, boxes = ends[wire], cards.boxes[card]
    top, bottom = np.maximum(boxes[:, 1], rows[:, 1]), np.minimum(boxes[:, 3], rows[:, 3])
    upper, lower = _x(rows, top), _x(rows, bottom)
    behind = (top < bottom) & (np.minimum(upper, lower) < boxes[:, 2]) & (np.maximum(upper, lower) > boxes[:, 0])
    behind &= (own[wire] != cards.slots[card][:, None]).all(axis=1)
    found = np.zeros(len(ends), dtype=np.bool_)
    found[wire[behind]] = True
    return found


def _free(ends: Floats, far: Floats, bands: _Bands, cards: Cards) -> Floats:
    """Return the column of each wire's lane, nan where there is none."""
    low, high = ends[:, [0, 2]].min(axis=1) - WINDOW, ends[:, [0, 2]].max(axis=1) + WINDOW
    first, last = ends[:, 1] + BEND / 2, ends[:, 3] - BEND / 2
    wire, band = _crossed_bands(np.stack([low, first, high, last], axis=1))
    query, card = bands.between(band, low[wire], high[wire])
    wire, boxes = wire[query], cards.boxes[card]
    there = (boxes[:, 1] < last[wire]) & (boxes[:, 3] > first[wire])
    wire, boxes = wire[there], boxes[there]
    number = np.arange(len(ends))
    wire = np.concatenate([wire, number, number])  # the edges of the window close the row of gaps
    left = np.concatenate([boxes[:, 0] - MARGIN, low, high])
    right = np.concatenate([boxes[:, 2] + MARGIN, low, high])
    order = np.lexsort((left, wire))
    wire, left, right = wire[order], left[order], right[order]
    base, span = float(low.min()), float(high.max() - low.min()) + 10 * WINDOW
    covered = np.maximum.accumulate(right - base + wire * span) - wire * span + base
    start, stop, whose = covered[:-1], left[1:], wire[1:]
    gap = (wire[:-1] == whose) & (stop - start > 2.0)
    start, stop, whose = start[gap], stop[gap], whose[gap]
    out = FURTHER * (1.0 - np.exp((ends[:, 1] - far) / SLOPE))[whose]
    inside = np.minimum(out, (stop - start) / 2)
    begin, end = ends[whose, 0], ends[whose, 2]
    column = np.round(np.clip(begin, start + inside, stop - inside), 3)  # no rest of what else was looked at
    way = np.abs(column - begin) + np.abs(column - end) + (column < begin)  # of two sides the right one
    found = np.full(len(ends), np.nan)
    order = np.lexsort((column, way, whose))
    whose, column = whose[order], column[order]
    best = np.flatnonzero(np.diff(whose, prepend=-1))
    found[whose[best]] = column[best]
    return found
