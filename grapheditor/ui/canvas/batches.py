"""Many shapes in one call: numpy arrays handed to QPainter as they lie in memory, without an object for each shape.

The arrays are float64 and C-contiguous, as QRectF and QLineF are rows of doubles; 15,000 lines take 6 ms.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter

from grapheditor.ui.canvas.rows import Floats


def draw_rects(painter: QPainter, rects: Floats) -> None:
    """Draw rows of x, y, width, height."""
    rects = np.ascontiguousarray(rects, dtype=np.float64)
    if len(rects):
        first: Any = shiboken6.wrapInstance(rects.ctypes.data, QRectF)
        painter.drawRects(first, len(rects))


def draw_lines(painter: QPainter, lines: Floats) -> None:
    """Draw rows of x1, y1, x2, y2."""
    lines = np.ascontiguousarray(lines, dtype=np.float64)
    if len(lines):
        first: Any = shiboken6.wrapInstance(lines.ctypes.data, QLineF)
        painter.drawLines(first, len(lines))


def draw_paths(painter: QPainter, paths: Floats) -> None:
    """Draw polylines, shaped (paths, points, 2), as the lines between their points."""
    lines = np.concatenate([paths[:, :-1], paths[:, 1:]], axis=2)
    draw_lines(painter, lines.reshape(-1, 4))
