"""What something is in each use of a class and in each copy of a chain, and the patterns that are seen in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from grapheditor.graph.arithmetic import Binary, Name, Number, Term


class Open(Enum):
    """A value that nothing depends on: an argument for what is left out there, a copy of another class."""

    OPEN = "open"


OPEN = Open.OPEN
Entry = int | float | bool | str | None | Open | tuple["Entry", ...]
Row = Sequence[Entry]
"""What something is in each copy of a chain; what stands alone is one copy."""
LONGEST_PERIOD = 4
ENOUGH = 3
"""So many values make a pattern; two lie on a line by chance."""


def same(a: Entry, b: Entry) -> bool:
    """Tell whether two values are written alike; 1, 1.0 and True are three."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def agree(entries: Iterable[Entry]) -> bool:
    """Tell whether all values that matter are the same."""
    found = list(known(entries))
    return all(same(entry, found[0]) for entry in found)


def known(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the values that matter."""
    return (entry for entry in entries if entry is not OPEN)


def one_of(entries: Iterable[Entry]) -> Entry:
    """Return the first value that matters, OPEN where none does."""
    return next(known(entries), OPEN)


def flat(rows: Iterable[Row]) -> list[Entry]:
    """Return the values of all rows that matter."""
    return [entry for row in rows for entry in known(row)]


def filled(row: Row) -> tuple[Entry, ...]:
    """Return a row with some value in the place of those that do not matter."""
    some = one_of(row)
    return tuple(some if entry is OPEN else entry for entry in row)


def whole(rows: Iterable[Row]) -> bool:
    """Tell whether all values that matter are whole numbers."""
    return all(isinstance(entry, int) and not isinstance(entry, bool) for entry in flat(rows))


def long_enough(rows: Iterable[Row]) -> bool:
    """Tell whether some row holds enough values for a pattern."""
    return any(len(list(known(row))) >= ENOUGH for row in rows)


def line(row: Row) -> tuple[Entry, Entry] | None:
    """Return start and step of whole numbers that rise or fall evenly, OPEN what they leave open; None for others."""
    points = [(i, entry) for i, entry in enumerate(row) if isinstance(entry, int)]
    if not points:
        return OPEN, OPEN
    (at, first), *others = points
    if not others:
        return (first, OPEN) if at == 0 else None
    step, rest = divmod(others[-1][1] - first, others[-1][0] - at)
    even = not rest and all(entry == first + (i - at) * step for i, entry in others)
    return (first - at * step, step) if even else None


def growth(row: Row) -> tuple[int, int] | None:
    """Return start and factor of whole numbers each of which is a multiple of the one before; None for others."""
    points = [entry for entry in row if isinstance(entry, int)]
    if len(points) < ENOUGH or len(points) != len(row) or points[0] < 1:
        return None
    factor, rest = divmod(points[1], points[0])
    even = not rest and factor > 1 and all(entry == points[0] * factor**i for i, entry in enumerate(points))
    return (points[0], factor) if even else None


def conditions(copies: int) -> Iterator[Term]:
    """Yield what a condition on the index may be, the simplest first."""
    i = Name("i")
    yield Binary("==", i, Number(0))
    yield Binary(">", i, Number(0))
    for period in range(2, LONGEST_PERIOD + 1):
        for place in range(period):
            yield Binary("==", Binary("%", i, Number(period)), Number(place))
    for at in range(1, copies):
        yield Binary("==", i, Number(at))
        yield Binary("<", i, Number(at))
        yield Binary(">=", i, Number(at))
        yield Binary("!=", i, Number(at))


def annotation(entries: Iterable[Entry]) -> str:
    """Return the type of some values, as the source writes it."""
    found = list(known(entries))
    names = {type(entry).__name__ for entry in found if entry is not None and not isinstance(entry, tuple)}
    kinds: list[str] = [name for name in ("bool", "int", "float", "str") if name in names]
    inner = [item for entry in found if isinstance(entry, tuple) for item in entry]
    if any(isinstance(entry, tuple) for entry in found):
        kinds.append(f"tuple[{annotation(inner) or 'int'}, ...]")
    if None in found:
        kinds.append("None")
    return " | ".join(kinds)
