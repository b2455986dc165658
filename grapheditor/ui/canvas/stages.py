"""A network from afar: stages as blocks around their nodes, and each node as high as its output is large.

A stage is what hangs together and has one size: images of as many rows and columns, sequences, vectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from grapheditor.edit.layout import WIDTH
from grapheditor.ui.canvas.geometry import HEIGHT, Box, X, Y
from grapheditor.ui.canvas.painting import faded
from grapheditor.ui.canvas.rows import Floats, Slots
from grapheditor.ui.canvas.texts import Texts
from grapheditor.ui.canvas.view import View
from grapheditor.ui.theme import Theme

if TYPE_CHECKING:
    from grapheditor.ui.canvas.scene import Scene

LEAST = 0.12
"""The smallest output's share of a card's width."""
AROUND, ROUND, ROW = 10.0, 6.0, 13.0
"""Pixels: from a stage to its nodes, of its corners, and of its height at least that carry its size."""
WIDEST = 90.0
"""Pixels that a size takes, about."""


@dataclass(frozen=True, slots=True)
class Stages:
    """extents: for each node, by slot, its share of a card across the flow. members: the slots of each stage, one
    stage behind the other; starts: where in there each begins; sizes: what its outputs have in common, as text.
    """

    extents: Floats
    members: Slots
    starts: Slots
    sizes: list[str]

    def boxes(self, table: Floats) -> Floats:
        """Return the box around each stage: left, top, right, bottom."""
        rows = table[self.members]
        low = np.minimum.reduceat(rows[:, (X, Y)], self.starts)
        ends = np.stack([rows[:, X] + WIDTH, rows[:, Y] + rows[:, HEIGHT]], axis=1)
        return np.concatenate([low, np.maximum.reduceat(ends, self.starts)], axis=1)


def stages(shapes: Sequence[Sequence[int | str] | None], wires: Iterable[tuple[int, int]]) -> Stages | None:
    """Find the stages of a graph; None where nothing is known.

    shapes: of each node's first output, the batch before; wires: between nodes, by number.
    """
    elements = [_elements(shape) for shape in shapes]
    most = max((count for count in elements if count is not None), default=0)
    if not most:
        return None
    extents = np.array([1.0 if count is None else max((count / most) ** (1 / 3), LEAST) for count in elements])
    keys = [_kind(shape) for shape in shapes]
    holder = list(range(len(shapes)))

    def root(number: int) -> int:
        while holder[number] != number:
            holder[number] = holder[holder[number]]
            number = holder[number]
        return number

    for start, end in wires:
        if keys[start] is not None and keys[start] == keys[end]:
            holder[root(end)] = root(start)
    groups: dict[int, list[int]] = {}
    for number, key in enumerate(keys):
        if key is not None:
            groups.setdefault(root(number), []).append(number)
    found = [group for group in groups.values() if len(group) > 1]
    found = found if len(found) > 1 else []  # a block around everything says nothing
    members = np.array([number for group in found for number in group], dtype=np.intp)
    starts = np.cumsum([0, *(len(group) for group in found)])[:-1].astype(np.intp)
    sizes = [_common([shape for number in group if (shape := shapes[number])]) for group in found]
    return Stages(extents, members, starts, sizes)


def _elements(shape: Sequence[int | str] | None) -> int | None:
    """Return how many numbers a sample has; a size that is free counts once."""
    if shape is None:
        return None
    count = 1
    for size in shape[1:]:
        count *= size if isinstance(size, int) else 1
    return count


def _kind(shape: Sequence[int | str] | None) -> tuple[object, ...] | None:
    """Return what the nodes of a stage have in common; None for what is in no stage, such as a loss."""
    if shape is None or len(shape) < 2:
        return None
    return (len(shape), *shape[2:]) if len(shape) > 3 else (len(shape),)


def _common(shapes: list[Sequence[int | str]]) -> str:
    """Write the sizes that all shapes share; a dot stands for those that differ."""
    return "×".join(str(sizes[0]) if len(set(sizes)) == 1 else "·" for sizes in zip(*shapes, strict=True))


class StagePainter:
    """Paints stages in a theme; the painter is in pixels of the screen."""

    def __init__(self, theme: Theme, texts: Texts) -> None:
        self.theme = theme
        self.texts = texts

    def paint(self, painter: QPainter, scene: Scene, view: View, shown: Box) -> None:
        """Paint the blocks behind the nodes, each with its size beside it where there is room for that."""
        found = scene.stages()
        if found is None or not found.sizes:
            return
        boxes = found.boxes(scene.geometry.nodes.table)
        inside = (boxes[:, 0] <= shown.right) & (boxes[:, 2] >= shown.left)
        inside &= (boxes[:, 1] <= shown.bottom) & (boxes[:, 3] >= shown.top)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = np.flatnonzero(inside).tolist()
        blocks = [view.on_screen(Box(*boxes[place].tolist())).grown(AROUND, 3.0) for place in seen]
        painter.setPen(QPen(self.theme.colour("line"), 1))
        painter.setBrush(faded(self.theme.colour("raised"), 0.7))
        for left, top, right, bottom in blocks:
            painter.drawRoundedRect(QRectF(left, top, right - left, bottom - top), ROUND, ROUND)
        painter.setPen(self.theme.colour("muted"))
        for place, point in zip(seen, labelled(blocks), strict=True):
            if point is not None:
                self.texts.draw(painter, found.sizes[place], "small", point, "right")
        painter.setBrush(Qt.BrushStyle.NoBrush)


def labelled(blocks: Sequence[Box]) -> list[tuple[float, float] | None]:
    """Return where the size of each block is written, to the left of all blocks that it lies in, not over another.

    It is beside the middle where there is room, else beside the top or the bottom, else nowhere.
    """
    taken: list[tuple[float, float]] = []
    found: list[tuple[float, float] | None] = []
    for left, top, _, bottom in blocks:
        point = None
        for y in ((top + bottom) / 2, top + ROW / 2, bottom - ROW / 2) if bottom - top >= ROW else ():
            edge = min(box.left for box in blocks if box.top <= y <= box.bottom and box.left <= left <= box.right)
            if all(abs(y - other) >= ROW or abs(edge - beside) >= WIDEST for beside, other in taken):
                point = edge - 6, y
                taken.append((edge, y))
                break
        found.append(point)
    return found
