"""Where each vertex stands across the flow: what continues in a straight line is one block, and blocks go as near to
what they are joined with as the order allows.

What is aligned follows Brandes and Köpf 2001. Blocks that would overlap are pushed apart equally far, the nearest
solution in the largest difference.
"""

from __future__ import annotations

import numpy as np

from grapheditor.edit.layout.ranks import Floats, Ints, Ranking

ROUNDS, LEAST_ROUNDS = 60, 12
EFFORT = 300_000
"""Vertices that are placed, in all rounds: a bound of about a fifth of a second."""
MOST_STRAIGHT = 20_000
"""Vertices among which all lines are made straight."""
STRAIGHT = 1.2
"""As many times as broad a drawing may be whose lines are all straight; else blocks bend where they are in the way."""
STILL = 0.5
"""Pixels that nothing moves any more when it is left at that."""
ASIDE = 0.1
"""What a wire that goes past other nodes pulls at its ends, beside one to the next layer."""


def places(ranking: Ranking, count: int, sizes: Floats) -> Floats:
    """Return the middle of each vertex. sizes: what each takes in its layer; count: how many of them are nodes."""
    block = _blocks(ranking, count)
    number = int(block.max(initial=-1)) + 1
    is_lane = np.maximum(ranking.start, ranking.end) >= count
    joined = block[ranking.start] != block[ranking.end]
    first, second = block[ranking.start[joined]], block[ranking.end[joined]]
    weight = np.where(is_lane[joined], ASIDE, 1.0)
    total = np.bincount(first, weight, number) + np.bincount(second, weight, number)
    if number == 1:
        return np.zeros(len(block))
    rows = _Rows(ranking, sizes)
    members = np.bincount(block, minlength=number)
    at = np.bincount(block, rows.nearest(np.zeros(len(block))), number) / members
    for _ in range(min(ROUNDS, max(LEAST_ROUNDS, EFFORT // len(block)))):
        pull = np.bincount(first, weight * at[second], number) + np.bincount(second, weight * at[first], number)
        wished = np.where(total > 0, (at + pull / np.maximum(total, 1e-9)) / 2, at)
        before, at = at, np.bincount(block, rows.nearest(wished[block]), number) / members
        if np.abs(at - before).max() < STILL:
            break
    loose = rows.nearest(at[block])
    if len(block) > MOST_STRAIGHT:
        return loose
    straight = _Apart(ranking, block, number, sizes).nearest(at)[block]
    return straight if np.ptp(straight) < STRAIGHT * np.ptp(loose) + sizes.max() else loose


class _Rows:
    """The vertices of each layer, which keep apart as they stand in a row."""

    def __init__(self, ranking: Ranking, sizes: Floats) -> None:
        self._sequence = ranking.sequence
        taken = sizes[ranking.sequence]
        self._offset = np.cumsum(taken) - taken / 2
        layer = ranking.layer[ranking.sequence]
        self._first = np.append(True, layer[1:] != layer[:-1])

    def nearest(self, wished: Floats) -> Floats:
        """Return places that keep apart, with the least sum of squares of the differences to the wished ones.

        Isotonic regression of what is left when the sizes before are taken off: neighbours in the wrong order are
        pooled.
        """
        value, weight, first = wished[self._sequence] - self._offset, np.ones(len(wished)), self._first
        while True:
            wrong = np.append(False, value[1:] < value[:-1]) & ~first
            if not wrong.any():
                break
            starts = np.flatnonzero(~wrong)
            total = np.add.reduceat(weight, starts)
            value = np.add.reduceat(value * weight, starts) / total
            weight, first = total, first[starts]
        found = np.empty(len(wished))
        found[self._sequence] = np.repeat(value, weight.astype(np.int64)) + self._offset
        return found


def _blocks(ranking: Ranking, count: int) -> Ints:
    """Return the block of each vertex: those of a chain, and the lanes of a wire, stand in one line.

    Of lines that would cross, chains of nodes go first, then the one further left.
    """
    start, end, rank = ranking.start, ranking.end, ranking.rank
    vertices = len(ranking.layer)
    between = (start < count) & (end < count)
    alone = _once(start, vertices)[start] & _once(end, vertices)[end]
    real = between & _once(start[between], vertices)[start] & _once(end[between], vertices)[end]
    straight = np.flatnonzero(real | alone | ((start >= count) & (end >= count)))
    straight = straight[np.lexsort((rank[end[straight]], ranking.layer[end[straight]]))]
    key = ranking.layer[end[straight]] * (vertices + 1) + rank[start[straight]]
    chain = real[straight]
    chain &= _records(np.where(chain, key, -1))
    low = np.maximum.accumulate(np.where(chain, key, -1))
    high = np.minimum.accumulate(np.where(chain, key, np.iinfo(np.int64).max)[::-1])[::-1]
    other = ~real[straight] & (low < key) & (key < high)
    kept = straight[chain | (other & _records(np.where(other, key, -1)))]
    root = np.arange(vertices)
    root[end[kept]] = start[kept]
    while (further := root[root] != root).any():
        root = np.where(further, root[root], root)
    return np.unique(root, return_inverse=True)[1].astype(np.int64)


def _once(values: Ints, count: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.bincount(values, minlength=count) == 1
    return found


def _records(values: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which values are larger than all before them."""
    return values > np.maximum.accumulate(np.concatenate([[-1], values[:-1]]))


class _Apart:
    """Which blocks stand side by side, and how far apart at least."""

    def __init__(self, ranking: Ranking, block: Ints, count: int, sizes: Floats) -> None:
        row, layer = ranking.sequence, ranking.layer[ranking.sequence]
        beside = np.flatnonzero(layer[:-1] == layer[1:])
        left, right = row[beside], row[beside + 1]
        distance = (sizes[left] + sizes[right]) / 2
        key = block[left] * count + block[right]
        order = np.lexsort((-distance, key))
        _, first = np.unique(key[order], return_index=True)
        chosen = order[first]
        self._count = count
        self._left, self._right, self._distance = block[left[chosen]], block[right[chosen]], distance[chosen]
        self._forward = self._levels(self._left, self._right)
        self._backward = self._levels(self._right, self._left)

    def _levels(self, start: Ints, end: Ints) -> list[tuple[Ints, Floats, Ints, Ints]]:
        """Return in which turn each block can be placed: starts and distances of what pushes it, by block."""
        level = _depths(start.tolist(), end.tolist(), self._count)
        order = np.lexsort((end, level[end]))
        start, end, distance = start[order], end[order], self._distance[order]
        cuts = np.searchsorted(level[end], np.arange(1, int(level.max(initial=0)) + 2))
        found = []
        for first, last in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
            pushed, at = np.unique(end[first:last], return_index=True)
            found.append((start[first:last], distance[first:last], at, pushed))
        return found

    def nearest(self, wished: Floats) -> Floats:
        """Return places that keep apart, as near to the wished ones as that allows."""
        return (self._pushed(wished.copy()) + self._pulled(wished.copy())) / 2

    def _pushed(self, at: Floats) -> Floats:
        for start, distance, first, pushed in self._forward:
            at[pushed] = np.maximum(at[pushed], np.maximum.reduceat(at[start] + distance, first))
        return at

    def _pulled(self, at: Floats) -> Floats:
        for start, distance, first, pushed in self._backward:
            at[pushed] = np.minimum(at[pushed], np.minimum.reduceat(at[start] - distance, first))
        return at


def _depths(starts: list[int], ends: list[int], count: int) -> Ints:
    """Return the length of the longest way to each block."""
    after: list[list[int]] = [[] for _ in range(count)]
    missing, depth = [0] * count, [0] * count
    for start, end in zip(starts, ends, strict=True):
        after[start].append(end)
        missing[end] += 1
    ready = [block for block in range(count) if not missing[block]]
    for block in ready:  # it grows meanwhile
        for other in after[block]:
            depth[other] = max(depth[other], depth[block] + 1)
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    assert len(ready) == count, "blocks that do not cross have an order"
    return np.array(depth, dtype=np.int64)
