"""Which number of a tensor is where on its picture, and the other way round.

A picture is laid out as ``grapheditor/training/pictures.py`` does: parts as tiles, a matrix as it is, a vector as rows
that are read like a text; few numbers as a table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QRectF

At = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the numbers of a tensor of a shape lie on a sheet, in its own pixels or in cells of a table.

    tile: width and height of a tile, with gap pixels between tiles. parts: how many of the leading dimensions' parts
    are shown. colours: the parts lie over each other as colours.
    """

    shape: At
    tile: tuple[float, float]
    columns: int
    parts: int
    gap: int = 1
    colours: bool = False

    def at(self, x: float, y: float) -> At | None:
        """Return the place of the number at a point of the sheet; None where there is none."""
        wide, high = self.tile
        column, row = int(x // (wide + self.gap)), int(y // (high + self.gap))
        within = x - column * (wide + self.gap), y - row * (high + self.gap)
        part = row * self.columns + column
        if x < 0 or y < 0 or column >= self.columns or part >= self.parts or within[0] >= wide or within[1] >= high:
            return None
        *lead, rows, columns = self.sides
        place = min(int(within[1] * rows / high), rows - 1), min(int(within[0] * columns / wide), columns - 1)
        if len(self.shape) < 2:
            number = place[0] * columns + place[1]
            return ((number,) if number < self.shape[0] else None) if self.shape else ()
        return (*_unravelled(part, lead), *place)

    def boxes(self, low: Sequence[int], high: Sequence[int]) -> list[QRectF]:
        """Return the rectangles of the sheet in which the numbers from a place to another lie."""
        *lead, _rows, columns = self.sides
        if len(self.shape) < 2:
            first, last = (low[0], high[0]) if self.shape else (0, 0)
            if first // columns != last // columns:
                return [self._box(0, first // columns, 0, last // columns, columns - 1)]
            return [self._box(0, first // columns, first % columns, last // columns, last % columns)]
        parts = [0] if self.colours else range(self.parts)
        inside = [
            part
            for part in parts
            if self.colours
            or all(a <= b <= c for a, b, c in zip(low, _unravelled(part, lead), high[: len(lead)], strict=False))
        ]
        return [self._box(part, low[-2], low[-1], high[-2], high[-1]) for part in inside]

    @property
    def sides(self) -> At:
        """The shape as it lies on the sheet; a vector has rows and columns there."""
        if len(self.shape) >= 2:
            return self.shape
        columns = int(self.tile[0])
        return max(1, math.ceil((self.shape[0] if self.shape else 1) / columns)), columns

    def _box(self, part: int, top: int, left: int, bottom: int, right: int) -> QRectF:
        wide, high = self.tile
        rows, columns = self.sides[-2:]
        x, y = part % self.columns * (wide + self.gap), part // self.columns * (high + self.gap)
        across, down = wide / columns, high / rows
        return QRectF(x + left * across, y + top * down, (right - left + 1) * across, (bottom - top + 1) * down)


def of_picture(shape: Sequence[int], picture: Mapping[str, Any], *, image: bool = False) -> Layout | None:
    """Return how a tensor lies on its picture. shape: of one sample. image: it comes from the data.

    None for a vector of which several numbers share a pixel.
    """
    rows, columns, some, _ = picture["tiles"]
    tile = (picture["width"] + 1) / columns - 1, (picture["height"] + 1) / rows - 1
    if len(shape) < 2:
        wide = picture["width"]
        if wide * picture["height"] < (shape[0] if shape else 1):
            return None
        return Layout(tuple(shape), (wide, picture["height"]), 1, 1)
    colours = image and len(shape) == 3 and shape[0] in (1, 3) and some == 1
    return Layout(tuple(shape), tile, columns, some, colours=colours)


def of_table(shape: Sequence[int], numbers: Sequence[Sequence[float]]) -> Layout:
    """Return how a tensor lies in a table, in cells."""
    return Layout(tuple(shape), (len(numbers[0]), len(numbers)), 1, 1, gap=0)


def _unravelled(number: int, shape: Sequence[int]) -> At:
    found = []
    for size in reversed(shape):
        found.append(number % size)
        number //= size
    return tuple(reversed(found))
