"""What is new: files that people have, as samples prepared the way the data of a training was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grapheditor.data.encoding import Audio, Image, Mask, Number, Numbers, Tokens, encode_file
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from grapheditor.data.dataset import Field
    from grapheditor.data.encoding import Encoding

TABLES = (".csv", ".tsv")
MOST_NAMED = 20


@dataclass(frozen=True)
class Sample:
    """A sample: what people call it (its file, and its row there), and what it has by field."""

    name: str
    fields: Mapping[str, NDArray[Any]]


def incoming(paths: Sequence[Path], fields: Sequence[Field]) -> Iterator[Sample | DataError]:
    """Yield the samples of files in order, and in their places why some cannot be read.

    A folder stands for the files in it. A table has a sample in each row, a NumPy file in each element of its first
    dimension, a text in each line where texts have one length; any other file is one sample.
    """
    for path in paths:
        try:
            if path.is_dir():
                files = sorted(item for item in path.iterdir() if item.is_file() and not item.name.startswith("."))
                if not files:
                    raise DataError("has no files in it; of folders inside it each has to be named.")
                yield from incoming(files, fields)
            else:
                yield from _of_file(path, fields)
        except OSError as error:
            yield DataError(f"{path}: cannot be read: {error.strerror or error}.")
        except DataError as error:
            text = error.message
            yield error if text.startswith(str(path)) else DataError(f"{path}: {text}")


def _of_file(path: Path, fields: Sequence[Field]) -> Iterator[Sample | DataError]:
    ending = path.suffix.lower()
    if ending in TABLES:
        yield from _rows(path, fields)
    elif ending in (".npy", ".npz"):
        yield from _arrays(path, fields)
    else:
        (field, *more) = fields
        if more:
            names = ", ".join(item.name for item in fields)
            raise DataError(f"several fields are needed ({names}): give a table, or a .npz file with these names.")
        if isinstance(field.encoding, Tokens):
            yield from _texts(path, field)
        elif isinstance(field.encoding, Image | Mask | Audio):
            yield Sample(str(path), {field.name: encode_file(field.encoding, path)})
        else:
            raise DataError(f"{field.name} is read from a table (.csv) or a NumPy file (.npy, .npz).")


def _texts(path: Path, field: Field) -> Iterator[Sample | DataError]:
    """A line is a sample where samples are filled up to one length; windows over a text begin with it."""
    from grapheditor.data.readers.texts import read_text

    assert isinstance(field.encoding, Tokens)
    text = read_text(path)
    if field.encoding.pad is None:
        encoded = field.encoding.encode(text)
        if not len(encoded):
            raise DataError("is an empty text.")
        yield Sample(str(path), {field.name: encoded})
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _made(path, f"line {number:,}", {field.name: (field.encoding, line)})


def _rows(path: Path, fields: Sequence[Field]) -> Iterator[Sample | DataError]:
    """A cell holds a number, a class, a text, or the name of a file beside the table."""
    from grapheditor.data.readers.tables import read_table

    table = read_table(path)
    places = {name: i for i, name in enumerate(table.names)}
    for field in fields:
        wanted = field.encoding.names if isinstance(field.encoding, Numbers) else (field.name,)
        if missing := [repr(name) for name in wanted if name not in places]:
            raise DataError(f"has no column {', '.join(missing[:MOST_NAMED])}; it has: {_named(table.names)}.")
    for row, line in enumerate(table.lines):
        raw: dict[str, tuple[Encoding, Any]] = {}
        for field in fields:
            encoding = field.encoding
            if isinstance(encoding, Numbers):
                cells: Any = {name: table.cells[place][row] for name, place in places.items()}
            else:
                cells = table.cells[places[field.name]][row]
                if isinstance(encoding, Image | Mask | Audio):
                    cells = path.parent / cells
            raw[field.name] = (encoding, cells)
        yield _made(path, f"row {line:,}", raw)


def _arrays(path: Path, fields: Sequence[Field]) -> Iterator[Sample | DataError]:
    from grapheditor.data.readers.arrays import read_npy, read_npz

    found = {fields[0].name: read_npy(path)} if path.suffix.lower() == ".npy" else read_npz(path)
    if len(found) == len(fields) == 1:
        found = {fields[0].name: next(iter(found.values()))}
    missing = [item.name for item in fields if item.name not in found]
    if missing:
        raise DataError(f"has no array {', '.join(missing)}; it has: {', '.join(found) or 'none'}.")
    columns = {item.name: _column(found[item.name], item) for item in fields}
    if len(set(map(len, columns.values()))) > 1:
        shown = ", ".join(f"{name} {len(column):,}" for name, column in columns.items())
        raise DataError(f"its arrays have different numbers of samples: {shown}.")
    for item in fields:
        column = columns[item.name]
        if isinstance(item.encoding, Numbers) and column.shape[1:] != item.encoding.shape:
            wanted = f"{len(item.encoding.names)} numbers of each sample ({_named(item.encoding.names)})"
            raise DataError(f"its array is shaped {column.shape}; {wanted} were expected.")
    for i in range(len(columns[fields[0].name])):
        raw = {item.name: (item.encoding, columns[item.name][i]) for item in fields}
        yield _made(path, f"[{i}]", raw)


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")


def _column(array: NDArray[Any], field: Field) -> NDArray[Any]:
    """Return an array with samples in its first dimension, where it may be one sample alone."""
    return array[None] if array.shape == field.shape and field.shape else array


def _made(path: Path, place: str, raw: Mapping[str, tuple[Encoding, Any]]) -> Sample | DataError:
    name = f"{path} {place}"
    try:
        return Sample(name, {field: _encoded(encoding, value) for field, (encoding, value) in raw.items()})
    except DataError as error:
        return DataError(f"{name}: {error.message}")


def _encoded(encoding: Encoding, value: Any) -> NDArray[Any]:
    """Encode; an array that is shaped as samples are stored holds what is stored."""
    import numpy as np

    if not isinstance(value, np.ndarray):
        return encoding.encode(value)
    if value.shape != encoding.shape:
        return encoding.encode(value)
    if value.dtype == encoding.dtype:
        return _finite(value)
    if isinstance(encoding, Number | Numbers) or np.can_cast(value.dtype, encoding.dtype, "same_kind"):
        with np.errstate(over="ignore"):
            return _finite(value.astype(encoding.dtype))
    raise DataError(f"holds {value.dtype}; {encoding.dtype} was expected.")


def _finite(value: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    if value.dtype.kind in "fc" and not np.isfinite(value).all():
        raise DataError(f"holds numbers that are not finite, or too large for {value.dtype}.")
    return value
