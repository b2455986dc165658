"""Rows of numbers: tables in CSV, and NumPy's files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from grapheditor.authoring import Count, File, Share
from grapheditor.authoring.names import plural
from grapheditor.data.dataset import Dataset, from_arrays
from grapheditor.data.declare import Place, source
from grapheditor.data.encoding import Category, Encoding, Image, Number, Numbers
from grapheditor.data.splitting import split
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from grapheditor.data.readers.tables import Table

Task = Literal["auto", "classes", "number"]
MOST_LABELS = 1_000


@source("Own files", title="Table (CSV)")
def table(
    at: Place,
    *,
    file: File = "",
    target: str = "",
    features: str = "",
    task: Task = "auto",
    delimiter: Literal["auto", "comma", "semicolon", "tab", "bar", "space"] = "auto",
    heading: Literal["auto", "yes", "no"] = "auto",
    decimal: Literal["auto", "point", "comma"] = "auto",
    missing: Literal["refuse", "drop"] = "refuse",
    text: Literal["ignore", "refuse"] = "ignore",
    test: Share = 0.1,
    seed: Count = 0,
) -> Dataset:
    """Rows of a CSV file. Columns of numbers become one field, features; a column of words becomes a field of classes.

    file: The file, in UTF-8.
    target: The column to predict; empty takes the last one.
    features: The columns to predict it from, with commas between; empty takes all others.
    task: Whether the target is one of several classes or a number; auto takes words and few whole numbers for classes.
    delimiter: What separates the columns.
    heading: Whether the first row names the columns.
    decimal: What stands before the decimals of numbers; auto sees commas where something else separates the columns.
    missing: What becomes of a row in which a value is missing: refused by its number, or dropped.
    text: What becomes of a column of free text: left out with a note, or refused.
    test: The share that is held out for the test.
    seed: What the choice of the test part starts from.
    """
    from grapheditor.data.readers.tables import read_table

    found = read_table(at.file("file", file), delimiter, heading, decimal)
    aim = found.column(target, "target") if target else len(found.names) - 1
    wanted = [name.strip() for name in features.split(",") if name.strip()]
    chosen = [found.column(name, "features") for name in wanted] or [i for i in range(len(found.names)) if i != aim]
    if aim in chosen:
        raise DataError(f"features: {found.names[aim]} is the target.")
    if len(set(chosen)) != len(chosen):
        raise DataError("features: names a column twice.")
    rows = _Rows(found, chosen, aim, list(found.notes))
    rows.choose(text, named=bool(wanted))
    rows.drop_missing(missing)
    arrays, encodings = rows.fields(task)
    dataset = from_arrays(at.source.title, {"train": arrays}, encodings, files=(found.path,), notes=tuple(rows.notes))
    return split(dataset, test=test, seed=seed)


@dataclass
class _Rows:
    """The columns of a table that are used, on their way to become fields."""

    table: Table
    features: list[int]
    target: int
    notes: list[str]

    def choose(self, text: str, *, named: bool) -> None:
        """Leave columns of free text out, or refuse them."""
        from grapheditor.data.readers.tables import type_of

        self.types = {place: type_of(self.table.cells[place]) for place in (*self.features, self.target)}
        for place in [*self.features, self.target]:
            if self.types[place] == "text":
                name = self.table.names[place]
                why = (
                    f"{self.table.path}: column {name!r} is free text, which is neither a number nor one of few classes"
                )
                if text == "refuse" or named or place == self.target:
                    raise DataError(f"{why}.")
                self.features.remove(place)
                self.notes.append(f"column {name!r} is free text and left out")
        if not self.features:
            raise DataError(f"{self.table.path}: there is no column to predict {self.table.names[self.target]!r} from.")

    def drop_missing(self, missing: str) -> None:
        """Refuse, or drop, rows in which a value is missing."""
        from grapheditor.data.readers.tables import is_missing

        used = [*self.features, self.target]
        lacking = {
            i for place in used for i, cell in enumerate(self.table.cells[place]) if is_missing(cell, self.types[place])
        }
        if not lacking:
            return
        if missing == "refuse":
            row = min(lacking)
            place = next(place for place in used if is_missing(self.table.cells[place][row], self.types[place]))
            raise DataError(
                f"{self._where(row, place)}: nothing stands there ({self.table.cells[place][row]!r}); "
                f"{_lacking(lacking)}. The option missing=drop leaves out such rows."
            )
        kept = [i for i in range(len(self.table.lines)) if i not in lacking]
        if not kept:
            raise DataError(f"{self.table.path}: no row has all its values.")
        self.table = replace(
            self.table,
            cells=[[column[i] for i in kept] for column in self.table.cells],
            lines=[self.table.lines[i] for i in kept],
        )
        self.notes.append(f"left out: {_lacking(lacking)}")

    def fields(self, task: str) -> tuple[dict[str, NDArray[Any]], dict[str, Encoding]]:
        """Return arrays and encodings by field."""
        import numpy as np

        arrays: dict[str, NDArray[Any]] = {}
        encodings: dict[str, Encoding] = {}
        numeric = [place for place in self.features if self.types[place] == "number"]
        if numeric:
            name = "features" if "features" not in self._words() else "numbers"
            arrays[name] = np.stack([self._numbers(place) for place in numeric], 1)
            encodings[name] = Numbers(tuple(self.table.names[place] for place in numeric))
        for place in self.features:
            if self.types[place] == "category":
                arrays[self.table.names[place]], encodings[self.table.names[place]] = self._classes(place)
        name = self.table.names[self.target]
        if name in arrays:
            raise DataError(f"{self.table.path}: a column cannot be called {name!r}, which is the name of the field.")
        if self._is_class(task):
            arrays[name], encodings[name] = self._classes(self.target)
        else:
            arrays[name], encodings[name] = self._numbers(self.target), Number()
        return arrays, encodings

    def _words(self) -> set[str]:
        return {self.table.names[place] for place in (*self.features, self.target) if self.types[place] == "category"}

    def _is_class(self, task: str) -> bool:
        from grapheditor.data.readers.tables import few_whole

        cells = self.table.cells[self.target]
        if task == "auto":
            found = self.types[self.target] == "category" or few_whole(cells)
            kind = "classes" if found else "a number"
            self.notes.append(f"the target {self.table.names[self.target]!r} is taken for {kind}")
            return found
        if task == "classes" and len(set(cells)) > MOST_LABELS:
            raise DataError(
                f"{self.table.path}: the target has {len(set(cells)):,} values; at most {MOST_LABELS:,} are classes."
            )
        return task == "classes"

    def _numbers(self, place: int) -> NDArray[Any]:
        import numpy as np

        from grapheditor.data.readers.tables import number

        cells = self.table.cells[place]
        values = [number(cell) for cell in cells]
        for row, value in enumerate(values):
            if value is None or abs(value) > 3.4e38:
                hint = " Numbers have a point, not a comma." if "," in cells[row] else ""
                raise DataError(f"{self._where(row, place)}: {cells[row][:40]!r} is not a number.{hint}")
        return np.asarray(values, np.float32)

    def _classes(self, place: int) -> tuple[NDArray[Any], Category]:
        import numpy as np

        cells = self.table.cells[place]
        names = _in_order(set(cells))
        numbers = {name: i for i, name in enumerate(names)}
        return np.asarray([numbers[cell] for cell in cells], np.int64), Category(names)

    def _where(self, row: int, place: int) -> str:
        return f"{self.table.path}: row {self.table.lines[row]:,}, column {self.table.names[place]!r}"


def _lacking(rows: set[int]) -> str:
    return f"{plural(len(rows), 'row')} {'misses' if len(rows) == 1 else 'miss'} a value"


def _in_order(names: set[str]) -> tuple[str, ...]:
    """Sort the names of classes: as numbers where all are numbers."""
    from grapheditor.data.readers.tables import number

    values = {name: number(name) for name in names}
    if None in values.values():
        return tuple(sorted(names))
    return tuple(sorted(names, key=lambda name: (values[name], name)))


@source("Own files", title="NumPy")
def numpy(at: Place, *, file: File = "", classes: str = "", test: Share = 0.1, seed: Count = 0) -> Dataset:
    """Arrays of a .npy or .npz file; the first dimension counts the samples.

    Each array of a .npz file is a field. Where names begin with train_ and test_ (or end so, or with x_train, y_test),
    they say to which part an array belongs. Bytes shaped (samples, height, width), also with 1, 3 or 4 channels before
    or behind, are images.

    file: The file; nothing in it is run.
    classes: Fields that hold numbers of classes, with commas between; empty takes whole numbers from 0, one a sample.
    test: The share that is held out for the test, where the file has no test part.
    seed: What the choice of the test part starts from.
    """
    from grapheditor.data.readers.arrays import read_npy, read_npz

    path = at.file("file", file)
    found = read_npz(path) if path.suffix.lower() == ".npz" else {"array": read_npy(path)}
    parts = _by_part(path, found)
    named = {name.strip() for name in classes.split(",") if name.strip()}
    for name in named - set(parts["train"]):
        raise DataError(f"classes: {path} has no array {name}; it has: {', '.join(parts['train'])}.")
    encodings: dict[str, Encoding] = {}
    for name in parts["train"]:
        encoding = _array_encoding(path, name, [part[name] for part in parts.values() if name in part], named)
        if encoding is not None:
            encodings[name] = encoding
            for part in parts.values():
                if name in part:
                    part[name] = _channels_first(part[name], encoding)
    dataset = from_arrays(at.source.title, parts, encodings, files=(path,))
    return split(dataset, test=test, seed=seed)


def _by_part(path: Path, found: Mapping[str, NDArray[Any]]) -> dict[Any, dict[str, NDArray[Any]]]:
    parts: dict[Any, dict[str, NDArray[Any]]] = {}
    for name, array in found.items():
        if array.ndim == 0:
            raise DataError(f"{path}: {name} is a single number; the first dimension counts the samples.")
        part, field = _part_and_field(name)
        parts.setdefault(part, {})[field] = array
    if "train" not in parts:
        raise DataError(f"{path}: holds no arrays to train with.")
    return parts


def _part_and_field(name: str) -> tuple[str, str]:
    words = name.split("_")
    for word, part in (("train", "train"), ("test", "test"), ("val", "validation"), ("validation", "validation")):
        if len(words) > 1 and word in (words[0], words[-1]):
            words.remove(word)
            return part, "_".join(words)
    return "train", name


def _array_encoding(path: Path, name: str, arrays: Sequence[NDArray[Any]], named: set[str]) -> Encoding | None:
    first = arrays[0]
    if name in named or (not named and first.ndim == 1 and first.dtype.kind in "iu" and _numbered(arrays)):
        if first.ndim != 1 or first.dtype.kind not in "iu" or not _numbered(arrays):
            raise DataError(
                f"{path}: {name} holds no numbers of classes: whole numbers from 0, fewer than {MOST_LABELS:,}."
            )
        return Category(tuple(map(str, range(int(max(array.max() for array in arrays)) + 1))))
    if first.dtype == "uint8" and first.ndim in (3, 4):
        shape = first.shape[1:]
        if len(shape) == 2:
            return Image(1, *shape)
        if shape[0] in (1, 3, 4):
            return Image(*shape)
        if shape[2] in (1, 3, 4):
            return Image(shape[2], shape[0], shape[1])
    return None


def _numbered(arrays: Sequence[NDArray[Any]]) -> bool:
    return all(len(array) and int(array.min()) >= 0 and int(array.max()) < MOST_LABELS for array in arrays)


def _channels_first(array: NDArray[Any], encoding: Encoding) -> NDArray[Any]:
    if not isinstance(encoding, Image) or array.shape[1:] == encoding.shape:
        return array
    return array[:, None] if array.ndim == 3 else array.transpose(0, 3, 1, 2)
