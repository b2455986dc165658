"""Wires as curves: cubic Béziers with vertical tangents. Pure numpy, many wires at once.

Ends are rows of x1, y1, x2, y2: from an output on a lower edge to an input on an upper edge.
"""

from __future__ import annotations

import numpy as np

from grapheditor.ui.canvas.rows import Floats, Mask

LEAST_PULL = 12.0
MOST_PULL = 112.0
SEGMENTS = 24


def pull(ends: Floats) -> Floats:
    """Return how far the control points lie below the start and above the end of each wire.

    Half the way down, so that the tangents stay vertical; a wire that has to climb swings out by a bounded loop.
    """
    down = ends[:, 3] - ends[:, 1]
    climb = LEAST_PULL + 0.35 * np.abs(down) + 0.1 * np.abs(ends[:, 2] - ends[:, 0])
    return np.where(down > 0, np.maximum(down / 2, LEAST_PULL), np.minimum(climb, MOST_PULL))


def boxes(ends: Floats) -> Floats:
    """Return for each wire the left, top, right, bottom that its curve does not leave."""
    reach = pull(ends)
    x1, y1, x2, y2 = ends.T
    top, bottom = np.minimum(y1, y2 - reach), np.maximum(y2, y1 + reach)
    return np.stack([np.minimum(x1, x2), top, np.maximum(x1, x2), bottom], axis=1)


def points(ends: Floats, segments: int = SEGMENTS) -> Floats:
    """Return points along the curves, shaped (wires, segments + 1, 2)."""
    reach = pull(ends)[:, None]
    t = np.linspace(0.0, 1.0, segments + 1)[None, :]
    a, b, c, d = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3
    x1, y1, x2, y2 = (ends[:, i : i + 1] for i in range(4))
    x = (a + b) * x1 + (c + d) * x2
    y = a * y1 + b * (y1 + reach) + c * (y2 - reach) + d * y2
    return np.stack([x, y], axis=2)


def distances(ends: Floats, x: float, y: float) -> Floats:
    """Return the distance of each curve from a point."""
    path = points(ends) - (x, y)
    start, step = path[:, :-1], np.diff(path, axis=1)
    length = np.maximum((step**2).sum(axis=2), 1e-12)
    along = np.clip(-(start * step).sum(axis=2) / length, 0.0, 1.0)
    nearest = start + along[:, :, None] * step
    squares: Floats = (nearest**2).sum(axis=2).min(axis=1)
    return np.sqrt(squares)


def crossed(ends: Floats, x1: float, y1: float, x2: float, y2: float) -> Mask:
    """Return which curves a straight cut from one point to another crosses."""
    path = points(ends)
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
