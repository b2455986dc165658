"""Where cards stand that come onto the canvas: behind a node, in a wire, at a place, always where there is room.

Reckoned across and along the flow, and turned where it goes right: the one place of the canvas's edits that knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from grapheditor.edit.layout import AHEAD, WIDTH, room
from grapheditor.graph.order import descendants
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.geometry import Geometry
from grapheditor.ui.canvas.rows import Floats

IN_LINE = 64.0
"""A card that is dropped on a wire within this distance of its nodes' column is put into it."""
_NEAR = 20.0
"""Cards nearer than this to another one are moved beside it."""
Place = tuple[float, float]


class Placing:
    """Finds places in a geometry as it is now; changes nothing."""

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self.gap = AHEAD[geometry.flow]

    def _turned(self, place: Place) -> Place:
        """Return a place, or a size, as if the flow went down, or back."""
        return place if self.geometry.flow == "down" else (place[1], place[0])

    def _sizes(self, heights: Iterable[float]) -> Floats:
        """Return the sizes of cards across and along the flow."""
        return np.array([self._turned((WIDTH, high)) for high in heights])

    def _row(self, name: str) -> Floats:
        row: Floats = curves.turned(np.array([self.geometry.box(name)]), self.geometry.flow)[0]
        return row

    def _cards(self) -> Floats:
        return curves.turned(self.geometry.boxes(), self.geometry.flow)

    def fastened(self, at: Place, high: float, *, below: bool = True) -> Place:
        """Return the corner of a card the middle of whose inputs' edge is at a place; not below: its outputs' edge."""
        (wide, long), (x, y) = self._sizes([high])[0].tolist(), self._turned(at)
        return self._turned((x - wide / 2, y if below else y - long))

    def free(self, at: Place, high: float, gap: float = _NEAR, without: Collection[str] = ()) -> Place:
        """Return the corner nearest to a wished one, across the flow, where a card covers no other."""
        return self.clear([at], [high], gap, without)[0]

    def clear(
        self, corners: Sequence[Place], heights: Sequence[float], gap: float = _NEAR, without: Collection[str] = ()
    ) -> list[Place]:
        """Return the corners of cards that keep their places to each other and cover no other, near where they are."""
        cards = self._cards()[~self.geometry.mask(without)]
        return self._cleared(np.array([self._turned(at) for at in corners]), self._sizes(heights), cards, gap)

    def _cleared(self, places: Floats, sizes: Floats, cards: Floats, gap: float = _NEAR) -> list[Place]:
        """Return the corners of cards at turned places, moved together to where they cover none of these."""
        shift = room.beside(np.hstack([places, places + sizes]), cards, gap)
        return [self._turned((x + shift, y)) for x, y in places.tolist()]

    def behind(self, node: str, heights: Sequence[float], without: Collection[str] = ()) -> list[Place]:
        """Return the corners of cards in line with a node, one layer after the other."""
        row, sizes = self._row(node), self._sizes(heights)
        places, _ = room.in_line(row, row, sizes, _middle(row), self.gap)
        return self._cleared(places, sizes, self._cards()[~self.geometry.mask(without)])

    def between(
        self,
        start: str,
        ends: Collection[str],
        heights: Sequence[float],
        wished: Place | None = None,
        without: Collection[str] = (),
    ) -> tuple[list[Place], Mapping[str, Place]]:
        """Return the corners of a chain of cards between a node and those that it feeds, and who moves on for it.

        wished: the middle of the chain; near the line of the nodes it stands in it. What depends on the nodes moves on
        with them, and whatever that would run into. without: cards that are about to go, or those of the chain.
        """
        before, behind = self._row(start), min((self._row(name) for name in ends), key=lambda row: float(row[1]))
        middle = _middle(behind) if wished is None else self._turned(wished)[0]
        middle = next((line for line in map(_middle, (behind, before)) if abs(line - middle) < IN_LINE), middle)
        sizes, cards = self._sizes(heights), self._cards()
        places, missing = room.in_line(before, behind, sizes, middle, self.gap)
        still = self.geometry.mask([start, *without])
        moved = np.zeros(len(cards), dtype=np.bool_)
        if missing:
            first = descendants(self.geometry.graph, ends)
            moved = room.pushed(cards, self.geometry.mask(first), missing, still)
            cards = cards + moved[:, None] * (0.0, missing, 0.0, missing)
        corners = self._cleared(places, sizes, cards[~self.geometry.mask(without)])
        keys = self.geometry.nodes.keys
        return corners, {keys[slot]: self._corner(cards[slot]) for slot in np.flatnonzero(moved).tolist()}

    def _corner(self, card: Floats) -> Place:
        return self._turned((float(card[0]), float(card[1])))


def _middle(row: Floats) -> float:
    return float(row[0] + row[2]) / 2
