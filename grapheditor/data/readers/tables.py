"""Tables in CSV: rows read with limits, each column given a type by what is in it."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from grapheditor.authoring.names import meant
from grapheditor.data.readers.texts import read_text
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}
MOST_ROWS = 20_000_000
MOST_COLUMNS = 20_000
MOST_CELLS = 50_000_000
MOST_CLASSES = 1_000
LONGEST_NAME = 1_000
LOOKED_AT = 100
MISSING = frozenset({"", "na", "n/a", "nan", "null", "?"})
"""What stands for a value that is not there, in small letters."""
NO_NUMBER = MISSING | {"none", "-", "--"}
"""The same among numbers; as a word, none may well be a class."""

COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
"""A number as most of Europe writes it."""

Heading = Literal["auto", "yes", "no"]
Decimal = Literal["auto", "point", "comma"]
Type = Literal["number", "category", "text"]


@dataclass(frozen=True)
class Table:
    """The cells of a table by column. lines: the line of the file that each row begins in."""

    path: Path
    names: tuple[str, ...]
    cells: list[list[str]]
    lines: list[int]
    notes: tuple[str, ...] = ()

    def column(self, name: str, option: str) -> int:
        """Return the place of a column; DataError names those that there are."""
        if name not in self.names:
            shown = ", ".join(self.names[:20]) + (", …" if len(self.names) > 20 else "")
            near = meant(name, self.names)
            raise DataError(f"{option}: {self.path} has no column {name[:60]!r}; it has: {shown}.{near}")
        return self.names.index(name)


def read_table(path: Path, delimiter: str = "auto", heading: Heading = "auto", decimal: Decimal = "auto") -> Table:
    """Read a table; DataError names the row (as a line of the file) where it is not one.

    decimal: what stands before the decimals of numbers. Cells with a comma there come back with a point.
    """
    text = read_text(path)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{path}: row {line:,} has a byte of zero; this is no text.")
    lines = [line for line in text.split("\n", LOOKED_AT)[:LOOKED_AT] if line.strip()]
    if not lines:
        raise DataError(f"{path}: is empty.")
    notes = []
    mark = DELIMITERS.get(delimiter) or _delimiter(lines)
    if delimiter == "auto":
        notes.append(f"columns are separated by {next(name for name, one in DELIMITERS.items() if one == mark)}")
    rows = _rows(path, text, mark)
    _, first = next(rows)
    titled = heading == "yes" or (heading == "auto" and _is_heading(first))
    names = tuple(name.strip() for name in first) if titled else tuple(f"column{i + 1}" for i in range(len(first)))
    if heading == "auto":
        notes.append("the first row names the columns" if titled else "no row names the columns: column1, column2, …")
    _check_names(path, names)
    cells: list[list[str]] = [[] for _ in names]
    numbers: list[int] = []
    if not titled:
        rows = _rows(path, text, mark)
    for line, row in rows:
        if len(row) != len(names):
            raise DataError(f"{path}: row {line:,} has {len(row):,} columns; {len(names):,} were expected.")
        numbers.append(line)
        for column, cell in zip(cells, row, strict=True):
            column.append(cell.strip())
    if not numbers:
        raise DataError(f"{path}: names columns and has no rows.")
    if decimal == "comma" or (decimal == "auto" and mark != "," and _has_commas(cells)):
        cells = [[_pointed(cell) for cell in column] for column in cells]
        notes.append("numbers have a decimal comma")
    return Table(path, names, cells, numbers, tuple(notes))


def _rows(path: Path, text: str, mark: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True, skipinitialspace=True)
    line, cells = 1, 0
    try:
        for count, row in enumerate(reader):
            if row:
                cells += len(row)
                if count >= MOST_ROWS or len(row) > MOST_COLUMNS or cells > MOST_CELLS:
                    raise DataError(
                        f"{path}: row {line:,} goes past {MOST_ROWS:,} rows, {MOST_COLUMNS:,} columns or "
                        f"{MOST_CELLS:,} cells, the most that are read."
                    )
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}: row {line:,} cannot be read: {error}.") from error


def _delimiter(lines: Sequence[str]) -> str:
    """Return what separates the columns: what occurs as often in each line, and most; commas where nothing does.

    A comma may stand within numbers, so another mark that is in all lines, the heading too, comes before it.
    """
    found = {}
    for mark in DELIMITERS.values():
        count, agreeing = Counter(line.count(mark) for line in lines).most_common(1)[0]
        if count and agreeing > 0.9 * len(lines) and mark != " ":
            found[mark] = (agreeing == len(lines), mark != ",", count)
    return max(found, key=found.__getitem__, default=",")


def _has_commas(columns: Sequence[Sequence[str]]) -> bool:
    """Tell whether numbers have a decimal comma: those of a whole column do, and none of the table has a point."""
    if any("." in cell and number(cell) is not None for column in columns for cell in column):
        return False
    for column in columns:
        given = [cell for cell in column if not is_missing(cell)]
        if any(map(COMMA.fullmatch, given)) and type_of([_pointed(cell) for cell in given]) == "number":
            return True
    return False


def _pointed(cell: str) -> str:
    return cell.replace(",", ".") if COMMA.fullmatch(cell) else cell


def _is_heading(row: Sequence[str]) -> bool:
    """A first row without a single number names the columns."""
    return all(cell.strip() and number(_pointed(cell.strip())) is None for cell in row)


def _check_names(path: Path, names: Sequence[str]) -> None:
    for name, count in Counter(names).items():
        if len(name) > LONGEST_NAME:
            raise DataError(f"{path}: the name of column {names.index(name) + 1} has {len(name):,} characters.")
        if count > 1:
            raise DataError(f"{path}: names {count} columns {name[:60]!r}; each needs a name of its own.")
        if not name:
            raise DataError(f"{path}: column {names.index(name) + 1} has no name.")


def number(cell: str) -> float | None:
    """Return the number that a cell holds; None where it holds none."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return None if "_" in cell or not math.isfinite(value) else value


def is_missing(cell: str, kind: Type = "number") -> bool:
    """Tell whether nothing stands there, in a column of this kind."""
    return cell.lower() in (NO_NUMBER if kind == "number" else MISSING)


def type_of(cells: Sequence[str]) -> Type:
    """Return what a column holds: numbers if nearly all are, few different words, or text.

    Where one in twenty or fewer is no number it is a column of numbers, so that the odd one is refused by its row.
    """
    given = [cell for cell in cells if not is_missing(cell)]
    odd = sum(number(cell) is None for cell in given)
    if odd <= len(given) / 20:
        return "number"
    different = set(given)
    few = len(different) <= min(MOST_CLASSES, max(2, len(given) / 2))
    return "category" if few and max(map(len, different)) <= LONGEST_NAME else "text"


def few_whole(cells: Sequence[str], most: int = 20) -> bool:
    """Tell whether a column holds few different whole numbers, as classes that are numbered do."""
    different = {cell for cell in cells if not is_missing(cell)}
    if len(different) > min(most, len(cells) / 2):
        return False
    found = [number(cell) for cell in different]
    return all(value is not None and value == int(value) for value in found)
