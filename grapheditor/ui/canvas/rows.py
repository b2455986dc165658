"""Rows of numbers under keys: dense arrays that grow, and shrink by moving the last row into the gap."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key", bound=Hashable)
Floats = NDArray[np.float64]
Slots = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Rows(Generic[Key]):
    """A table of float64 with a key for each row; ``table`` holds exactly the rows that are in use.

    Columns lie together in memory: what is asked of all rows is asked of a few columns.
    """

    def __init__(self, columns: int) -> None:
        self.keys: list[Key] = []
        self.slot: dict[Key, int] = {}
        self._room = np.zeros((columns, 16)).T

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, key: object) -> bool:
        return key in self.slot

    @property
    def table(self) -> Floats:
        """A view of the rows, shaped (rows, columns); writing to it changes them."""
        return self._room[: len(self.keys)]

    def put(self, key: Key, values: Iterable[float]) -> int:
        """Set the row of a key, a new one where it has none; return its slot."""
        slot = self.slot.get(key)
        if slot is None:
            slot = self.slot[key] = len(self.keys)
            self.keys.append(key)
            if slot == len(self._room):
                self._room = np.concatenate([self._room.T, np.zeros_like(self._room.T)], axis=1).T
        self._room[slot] = tuple(values)
        return slot

    def remove(self, key: Key) -> tuple[int, int]:
        """Remove a row; return its slot and the slot from which the last row moved into it."""
        slot = self.slot.pop(key)
        last = len(self.keys) - 1
        moved = self.keys.pop()
        if slot != last:
            self.keys[slot] = moved
            self.slot[moved] = slot
            self._room[slot] = self._room[last]
        return slot, last

    def slots(self, keys: Iterable[Key]) -> Slots:
        """Return the slots of those keys that are there."""
        return np.array([self.slot[key] for key in keys if key in self.slot], dtype=np.intp)

    def mask(self, keys: Iterable[Key]) -> Mask:
        """Return a mask over the rows that is true for these keys."""
        found = np.zeros(len(self.keys), dtype=np.bool_)
        found[self.slots(keys)] = True
        return found
