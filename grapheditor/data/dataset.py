"""The data set: fields with their encodings, parts with their columns, and what it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from grapheditor.authoring.names import meant
from grapheditor.data.columns import Held, Part
from grapheditor.data.encoding import Array, Encoding
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grapheditor.data.declare import Source

PartName = Literal["train", "validation", "test"]
PARTS: tuple[PartName, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Field:
    """One field of a data set: its name, and how a raw thing becomes a sample of it."""

    name: str
    encoding: Encoding

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a sample, without the batch."""
        return self.encoding.shape

    @property
    def dtype(self) -> str:
        """The type of a sample as it is stored."""
        return self.encoding.dtype

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; empty where a sample is not one of several."""
        return self.encoding.classes


@dataclass(frozen=True)
class Dataset:
    """Samples by part and field, opened: indexed, not necessarily read.

    files: what was read, whose digests tell later whether it is still the same. notes: what was found out or left out
    on the way, for people. source, options: what it was opened by.
    """

    title: str
    fields: tuple[Field, ...]
    parts: Mapping[PartName, Part]
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [item.name for item in self.fields]
        if len(set(names)) != len(names):
            raise DataError(f"{self.title} has a field twice: {', '.join(names)}.")
        for name, part in self.parts.items():
            if name not in PARTS:
                raise DataError(f"{self.title} has a part {name}; parts are {', '.join(PARTS)}.")
            if set(part.columns) != set(names):
                raise DataError(
                    f"The part {name} of {self.title} has {', '.join(part.columns)}, not {', '.join(names)}."
                )
        if "train" not in self.parts or not self.parts["train"].count:
            raise DataError(f"{self.title} has no training samples.")

    def describe(self, statistics: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return as JSON what a run keeps of it; ``read_description`` reads that where the data is gone."""
        from grapheditor.data.description import describe

        return describe(self, statistics)

    @property
    def train(self) -> Part:
        """The part to learn from; every data set has it."""
        return self.parts["train"]

    @property
    def test(self) -> Part | None:
        """The part to test with, if there is one."""
        return self.parts.get("test")

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes of the first field that has some."""
        return next((item.classes for item in self.fields if item.classes), ())

    def field(self, name: str) -> Field:
        """Return the field of that name; DataError names those that there are."""
        found = next((item for item in self.fields if item.name == name), None)
        if found is None:
            known = [item.name for item in self.fields]
            raise DataError(f"{self.title} has no field {name}; it has: {', '.join(known)}.{meant(name, known)}")
        return found


def from_arrays(
    title: str,
    parts: Mapping[PartName, Mapping[str, NDArray[Any]]],
    encodings: Mapping[str, Encoding] | None = None,
    **more: Any,
) -> Dataset:
    """Make a data set of arrays in memory, each shaped (count, *shape).

    encodings: by field; what is not named is an Array. Arrays are converted to the types that the encodings store.
    """
    import numpy as np

    given = dict(encodings or {})
    first = parts.get("train", {})
    for name, array in first.items():
        if name not in given:
            given[name] = Array(tuple(map(int, array.shape[1:])), str(array.dtype))
    fields = tuple(Field(name, given[name]) for name in first)
    made: dict[PartName, Part] = {}
    for part, columns in parts.items():
        held = {}
        for name, array in columns.items():
            if name in given and tuple(array.shape[1:]) != given[name].shape:
                shown, wanted = ("×".join(map(str, s)) or "one number" for s in (array.shape[1:], given[name].shape))
                raise DataError(f"{title}: samples of {name} in {part} are shaped {shown}; {wanted} was expected.")
            held[name] = Held(np.asarray(array, given[name].dtype) if name in given else array)
        made[part] = Part(held)
    return Dataset(title, fields, made, **more)


def no_source(name: str, known: Iterable[str]) -> str:
    """Return the sentence for a source that there is not."""
    known = list(known)
    return f"There is no data {name[:60]}; there is: {', '.join(known)}.{meant(name, known)}"


def open_data(
    name: str | None,
    options: Mapping[str, Any] | None = None,
    folder: Path = Path(),
    *,
    trust: bool = False,
    sources: Mapping[str, Source] | None = None,
) -> Dataset:
    """Open a data set as a recipe names it; DataError with a sentence where that cannot be done.

    folder: that of the graph; relative paths start there, or else in the folder of data sets.
    trust: whether Python of the user's own that is met is trusted from now on.
    """
    if sources is None:
        from grapheditor.data.declare import declared

        sources = declared()
    if name is None:
        known = ", ".join(sources)
        raise DataError(f"The graph names no data to learn from (on the command line: --data ID); there is: {known}.")
    if name not in sources:
        raise DataError(no_source(name, sources))
    return sources[name].open(options or {}, folder, trust=trust)
