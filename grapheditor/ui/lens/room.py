"""Where on a canvas there is room for what floats over it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget

from grapheditor.ui.canvas.geometry import Box

if TYPE_CHECKING:
    from grapheditor.ui.canvas import Canvas

APART, STEP, EDGE, AROUND, BESIDE = 44.0, 20.0, 8.0, 480.0, 150.0
"""Pixels between a card and what it shows, of the grid on which a free place is sought, left at the edges, and how far
away it is sought; how much nearer a place at the left has to be than one at the right.
"""
BETWEEN = 8
"""Pixels between a card and what stands beside it."""


def free_place(
    canvas: Canvas, size: tuple[int, int], anchor: tuple[float, float], half: float, floating: Iterable[QRect]
) -> tuple[float, float]:
    """Return where a card of a size covers nothing: right of its anchor where there is room, else nearby.

    In pixels of the canvas. half: how wide what it is at is to each side. floating: what else floats there. Where there
    is no such place it is one at which as little as can be is covered.
    """
    (wide, high), (x0, y0) = size, anchor
    right, left = x0 + half + APART, x0 - half - APART - wide
    seen = Box(EDGE, EDGE, canvas.width() - EDGE, canvas.height() - EDGE)
    around = Box(x0 - AROUND - wide, y0 - AROUND - high, x0 + AROUND, y0 + AROUND)
    xs = np.append(np.arange(around.left, around.right, STEP), [right, left])
    ys = np.append(np.arange(around.top, around.bottom, STEP), [y0 - high / 2, seen.top, seen.bottom - high])
    if seen.meets(Box(x0, y0, x0, y0)):  # then all of it is to be seen, or at least its head
        xs = xs.clip(seen.left, max(seen.left, seen.right - wide))
        ys = ys.clip(seen.top, max(seen.top, seen.bottom - high))
    x, y = (part.ravel() for part in np.meshgrid(xs, ys))
    covered = np.zeros(len(x))
    for box, weight in _taken(canvas, around.grown(wide, high), floating):
        across = np.minimum(x + wide + 8, box.right) - np.maximum(x - 8, box.left)
        down = np.minimum(y + high + 8, box.bottom) - np.maximum(y - 8, box.top)
        covered += weight * np.maximum(across, 0) * np.maximum(down, 0)
    near = np.minimum(np.abs(x - right), np.abs(x - left) + BESIDE) + np.abs(y + high / 2 - y0)
    best = int((near + covered).argmin())
    return float(x[best]), float(y[best])


def beside(canvas: Canvas, card: QWidget, other: QWidget, floating: Sequence[QRect]) -> QPoint:
    """Return where beside a card another thing covers least: below, at a side, or above."""
    wide, high, edge = other.width(), other.height(), round(EDGE)
    rect = card.geometry().adjusted(-BETWEEN, -BETWEEN, BETWEEN, BETWEEN)
    right, below = canvas.width() - wide - edge, canvas.height() - high - edge
    tried = (
        (card.x(), rect.bottom() + 1), (card.geometry().right() - wide, rect.bottom() + 1),
        (rect.right() + 1, card.y()), (rect.left() - wide, card.y()), (card.x(), rect.top() - high),
    )  # fmt: skip
    places = [(max(edge, min(x, right)), max(edge, min(y, below))) for x, y in tried]
    taken = [*_taken(canvas, _box(canvas.rect()), floating), (_box(card.geometry()), 9.0)]

    def covered(at: tuple[int, int]) -> float:
        found = 0.0
        for box, weight in taken:
            across = min(at[0] + wide, box.right) - max(at[0], box.left)
            found += weight * max(across, 0) * max(min(at[1] + high, box.bottom) - max(at[1], box.top), 0)
        return found

    return QPoint(*min(places, key=covered))


def _taken(canvas: Canvas, around: Box, floating: Iterable[QRect]) -> list[tuple[Box, float]]:
    """Return what is not to be covered, in pixels of the canvas, and how bad that is; what floats is worst."""
    found = [(canvas.view.on_screen(Box(*row)), 1.0) for row in canvas.scene.geometry.boxes().tolist()]
    found = [item for item in found if item[0].meets(around)]
    if canvas.minimap.needed(canvas.scene, canvas.view, canvas.width(), canvas.height()):
        found.append((canvas.minimap.box(canvas.width(), canvas.height()), 2.0))
    return found + [(_box(rect), 4.0) for rect in floating]


def _box(rect: QRect) -> Box:
    return Box(rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1)
