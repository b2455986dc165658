"""Room for cards that come into a drawing: beside what is there, or in line between two cards that move apart.

All of it as if the flow went down: cards are rows of left, top, right, bottom.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_MOST = 2_000_000
"""Pairs of cards that are looked at; of a larger part its outline stands for it."""


def beside(moving: Floats, cards: Floats, gap: float) -> float:
    """Return how far cards are shifted across the flow, together, so that they cover none of those that are there.

    0 where nothing is nearer than the gap, else the least shift that leaves twice the gap; to the right of two alike.
    """
    if not len(cards) or not len(moving):
        return 0.0
    if len(moving) * len(cards) > _MOST:
        moving = np.concatenate([moving[:, :2].min(axis=0), moving[:, 2:].max(axis=0)])[None]
    ours, theirs = moving[:, None], cards[None]
    level = (theirs[..., 1] - gap < ours[..., 3]) & (ours[..., 1] < theirs[..., 3] + gap)
    near = level & (theirs[..., 0] - gap < ours[..., 2]) & (ours[..., 0] < theirs[..., 2] + gap)
    if not near.any():
        return 0.0
    barred = np.stack([theirs[..., 0] - ours[..., 2] - 2 * gap, theirs[..., 2] - ours[..., 0] + 2 * gap], axis=-1)[
        level
    ]
    right = _out_of(barred)
    left = -_out_of(-barred[:, ::-1])
    return right if right <= -left else left


def _out_of(barred: Floats) -> float:
    """Return the least number, not below 0, that lies within none of some open intervals."""
    place = 0.0
    for low, high in barred[np.argsort(barred[:, 0])].tolist():
        if low < place < high:
            place = high
    return place


def in_line(before: Floats, behind: Floats, sizes: Floats, middle: float, gap: float) -> tuple[Floats, float]:
    """Return the corners of cards in a row from one card to another, and how far that must move on for them.

    sizes: rows of width and length. middle: of the row, across the flow. Where there is room, it is shared alike.
    """
    lengths = sizes[:, 1]
    room = float(behind[1] - before[3]) - float(lengths.sum())
    apart = room / (len(sizes) + 1)
    missing = (gap - apart) * (len(sizes) + 1)
    if missing > 0:
        apart = gap
    tops = float(before[3]) + apart + np.concatenate([[0.0], np.cumsum(lengths + apart)[:-1]])
    return np.stack([middle - sizes[:, 0] / 2, tops], axis=1), max(missing, 0.0)


def pushed(cards: Floats, first: Mask, by: float, still: Mask) -> Mask:
    """Return which cards move on when some do by so much: those, and all that they would run into. still: never."""
    moved = first & ~still
    waiting = np.flatnonzero(moved).tolist()
    while waiting:
        left, top, right, bottom = cards[waiting.pop()].tolist()
        hit = ~moved & ~still & (cards[:, 0] < right) & (cards[:, 2] > left)
        hit &= (cards[:, 1] >= top) & (cards[:, 1] < bottom + by)
        moved |= hit
        waiting += np.flatnonzero(hit).tolist()
    return moved
