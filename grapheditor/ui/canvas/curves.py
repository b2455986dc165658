"""Wires as curves: cubic Béziers whose tangents lie along the flow. Pure numpy, many wires at once.

Wires are rows of x1, y1, x2, y2, from an output to an input, and further, where they have a route, the lane beside the
cards and where along the flow it begins and ends (nan where there is none).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from grapheditor.graph import Flow
from grapheditor.ui.canvas.rows import Floats, Mask

LEAST_PULL = 12.0
MOST_PULL = 112.0
SEGMENTS = 24
_TURNED = (1, 0, 3, 2, 4, 5, 6)


def turned(rows: Floats, flow: Flow) -> Floats:
    """Return wires as if the flow went down, or back."""
    return rows if flow == "down" else rows[:, _TURNED[: rows.shape[1]]]


def pull(ends: Floats) -> Floats:
    """Return how far the control points lie below the start and above the end of each wire, of a flow that goes down.

    Half the way down, so that the tangents stay vertical; a wire that has to climb swings out by a bounded loop.
    """
    down = ends[:, 3] - ends[:, 1]
    climb = LEAST_PULL + 0.35 * np.abs(down) + 0.1 * np.abs(ends[:, 2] - ends[:, 0])
    return np.where(down > 0, np.maximum(down / 2, LEAST_PULL), np.minimum(climb, MOST_PULL))


def beside(rows: Floats) -> Mask:
    """Return which wires take a lane."""
    if rows.shape[1] == 4:
        return np.zeros(len(rows), dtype=np.bool_)
    return ~np.isnan(rows[:, 4])


def boxes(rows: Floats, flow: Flow = "down") -> Floats:
    """Return for each wire the left, top, right, bottom that its curve does not leave."""
    rows = turned(rows, flow)
    reach = pull(rows)
    x1, y1, x2, y2 = rows[:, :4].T
    top, bottom = np.minimum(y1, y2 - reach), np.maximum(y2, y1 + reach)
    found = np.stack([np.minimum(x1, x2), top, np.maximum(x1, x2), bottom], axis=1)
    if rows.shape[1] > 4:
        found[:, 0] = np.fmin(found[:, 0], rows[:, 4])
        found[:, 2] = np.fmax(found[:, 2], rows[:, 4])
    return turned(found, flow)


def points(rows: Floats, segments: int = SEGMENTS, flow: Flow = "down") -> Floats:
    """Return points along the curves, shaped (wires, segments + 1, 2)."""
    rows = turned(rows, flow)
    reach = pull(rows)[:, None]
    path = _bezier(rows[:, :4], reach, segments)
    lane = np.flatnonzero(beside(rows))
    if len(lane):
        path[lane] = _along_lane(rows[lane], segments)
    return path if flow == "down" else path[..., ::-1]


@lru_cache(maxsize=64)
def _weights(segments: int) -> tuple[Floats, Floats, Floats]:
    """Return how much the start, the first control point and the second weigh along a curve; the end has the rest."""
    t = np.linspace(0.0, 1.0, segments + 1)[None, :]
    return (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2


def _bezier(ends: Floats, reach: Floats, segments: int) -> Floats:
    a, b, c = _weights(segments)
    x1, y1, x2, y2 = ends.T[:, :, None]
    path = np.empty((len(ends), segments + 1, 2))
    path[..., 0] = x2 + (a + b) * (x1 - x2)
    path[..., 1] = y2 + (a + b) * (y1 - y2) + (b - c) * reach
    return path


def _along_lane(rows: Floats, segments: int) -> Floats:
    """Return points of wires that swing to their lane, follow it, and swing back; the middle one is the lane's."""
    bend = max(segments * 2 // 5, 1)
    lane, first, last = rows[:, 4], rows[:, 5], rows[:, 6]
    going = np.stack([rows[:, 0], rows[:, 1], lane, first], axis=1)
    coming = np.stack([lane, last, rows[:, 2], rows[:, 3]], axis=1)
    path = np.empty((len(rows), segments + 1, 2))
    path[:, : bend + 1] = _bezier(going, ((first - rows[:, 1]) / 2)[:, None], bend)
    path[:, segments - bend :] = _bezier(coming, ((rows[:, 3] - last) / 2)[:, None], bend)
    between = np.linspace(0.0, 1.0, segments - 2 * bend + 1)[None, 1:-1]
    path[:, bend + 1 : segments - bend, 0] = lane[:, None]
    path[:, bend + 1 : segments - bend, 1] = first[:, None] + between * (last - first)[:, None]
    return path


def middles(rows: Floats, flow: Flow = "down") -> Floats:
    """Return the middle of each curve, shaped (wires, 2)."""
    rows = turned(rows, flow)
    found = (rows[:, :2] + rows[:, 2:4]) / 2
    lane = beside(rows)
    found[lane, 0] = rows[lane, 4]
    return found if flow == "down" else found[:, ::-1]


def lines(rows: Floats, flow: Flow = "down") -> Floats:
    """Return the straight lines, rows of x1, y1, x2, y2, that stand for the curves where these are small."""
    rows = turned(rows, flow)
    lane = beside(rows)
    corners = rows[lane]
    first, last = corners[:, [4, 5]], corners[:, [4, 6]]
    parts = [rows[~lane, :4], *(np.concatenate(ends, axis=1) for ends in (
        (corners[:, :2], first), (first, last), (last, corners[:, 2:4]),
    ))]  # fmt: skip
    return turned(np.concatenate(parts), flow)


def distances(rows: Floats, x: float, y: float, flow: Flow = "down") -> Floats:
    """Return the distance of each curve from a point."""
    path = points(rows, SEGMENTS, flow) - (x, y)
    start, step = path[:, :-1], np.diff(path, axis=1)
    length = np.maximum((step**2).sum(axis=2), 1e-12)
    along = np.clip(-(start * step).sum(axis=2) / length, 0.0, 1.0)
    nearest = start + along[:, :, None] * step
    squares: Floats = (nearest**2).sum(axis=2).min(axis=1)
    return np.sqrt(squares)


def crossed(rows: Floats, x1: float, y1: float, x2: float, y2: float, flow: Flow = "down") -> Mask:
    """Return which curves a straight cut from one point to another crosses."""
    path = points(rows, SEGMENTS, flow)
    a, b = path[:, :-1], path[:, 1:]
    cut = np.array([x2 - x1, y2 - y1])

    def side(p: Floats) -> Floats:
        values: Floats = cut[0] * (p[..., 1] - y1) - cut[1] * (p[..., 0] - x1)
        return values

    step = b - a
    from_a = step[..., 0] * (y1 - a[..., 1]) - step[..., 1] * (x1 - a[..., 0])
    from_b = step[..., 0] * (y2 - a[..., 1]) - step[..., 1] * (x2 - a[..., 0])
    meets = ((side(a) > 0) ^ (side(b) > 0)) & ((from_a > 0) ^ (from_b > 0))
    return np.asarray(meets.any(axis=1))
