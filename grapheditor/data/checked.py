"""Reading JSON that may hold anything: limits on every number, text and list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from grapheditor.errors import DataError

T = TypeVar("T")
LONGEST_NAME = 10_000


class Checked:
    """The values of one object of JSON, each read with a check; DataError names its place and what was expected."""

    def __init__(self, place: str, values: dict[str, Any]) -> None:
        self.place = place
        self.values = values

    def refuse(self, name: str, expected: str) -> DataError:
        """Return the error that a value is not what was expected."""
        return DataError(f"{self.place}.{name}: {expected}.")

    def whole(self, name: str, low: int, high: int) -> int:
        """Return a whole number in a range."""
        return self._whole(name, self.values.get(name), low, high)

    def optional(self, name: str, high: int) -> int | None:
        """Return a whole number from 0, or None."""
        return None if self.values.get(name) is None else self.whole(name, 0, high)

    def wholes(self, name: str, most: int, low: int, high: int) -> tuple[int, ...]:
        """Return a list of whole numbers in a range."""
        return tuple(self._whole(name, item, low, high) for item in self._list(name, most))

    def names(self, name: str, most: int) -> tuple[str, ...]:
        """Return a list of different texts; it may not be empty."""
        found = tuple(self._text(name, item) for item in self._list(name, most))
        if len(set(found)) != len(found):
            raise self.refuse(name, "has something twice")
        if not found:
            raise self.refuse(name, "is empty")
        return found

    def pairs(self, name: str, most: int) -> list[tuple[str, str]]:
        """Return a list of pairs of texts."""
        found = []
        for item in self._list(name, most):
            if not isinstance(item, list) or len(item) != 2:
                raise self.refuse(name, "expected pairs of texts")
            found.append((self._text(name, item[0]), self._text(name, item[1])))
        return found

    def choice(self, name: str, allowed: Sequence[T]) -> T:
        """Return one of several values."""
        value = self.values.get(name)
        for item in allowed:
            if type(item) is type(value) and item == value:
                return item
        raise self.refuse(name, f"expected one of {', '.join(map(str, allowed))}")

    def _list(self, name: str, most: int) -> list[Any]:
        value = self.values.get(name, [])
        if not isinstance(value, list) or len(value) > most:
            raise self.refuse(name, f"expected a list of at most {most:,}")
        return value

    def _whole(self, name: str, value: Any, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.refuse(name, f"expected a whole number from {low:,} to {high:,}")
        return value

    def _text(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_NAME:
            raise self.refuse(name, "expected short texts")
        return value
