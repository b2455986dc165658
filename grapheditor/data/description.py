"""The description of a data set as JSON: what a run keeps of it, and predicts by when the data is gone."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor.authoring.names import meant
from grapheditor.data.dataset import PARTS, Field
from grapheditor.data.encoding import read_encoding
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from grapheditor.data.dataset import Dataset

FORMAT = 1
MOST_FIELDS = 1_000
MOST_FILES_READ = 20
"""A data set of more files than this is told apart by their names and sizes, not by their contents."""
DEEPEST = 6


@dataclass(frozen=True)
class Description:
    """What is known of a data set that need not be here.

    parts: samples by part. statistics: by field, as ``statistics`` returns them. digests: SHA-256 by file name.
    """

    title: str
    source: str
    options: Mapping[str, Any]
    fields: tuple[Field, ...]
    parts: Mapping[str, int]
    statistics: Mapping[str, Any]
    digests: Mapping[str, str]

    def field(self, name: str) -> Field:
        """Return the field of that name; DataError names those that there are."""
        found = next((item for item in self.fields if item.name == name), None)
        if found is None:
            raise DataError(
                f"{self.title} has no field {name}; it has: {', '.join(item.name for item in self.fields)}."
                f"{meant(name, (item.name for item in self.fields))}"
            )
        return found


def describe(dataset: Dataset, statistics: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the description as JSON; its files are read once for their digests."""
    return {
        "format": FORMAT,
        "title": dataset.title,
        "source": dataset.source,
        "options": {name: list(v) if isinstance(v, tuple) else v for name, v in dataset.options.items()},
        "fields": [{"name": item.name, "encoding": item.encoding.describe()} for item in dataset.fields],
        "parts": {name: part.count for name, part in dataset.parts.items()},
        "statistics": dict(statistics or {}),
        "digests": digests(dataset.files),
    }


def digests(files: tuple[Path, ...]) -> dict[str, str]:
    """Return SHA-256 by name; of many files it is one, over their names and sizes."""
    try:
        if len(files) <= MOST_FILES_READ:
            names = [path.name for path in files]
            short = len(set(names)) == len(names)
            return {path.name if short else f"{path.parent.name}/{path.name}": _digest(path) for path in files}
        whole = hashlib.sha256()
        for path in files:
            whole.update(f"{path.parent.name}/{path.name} {path.stat().st_size}\n".encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise DataError(f"{error.filename}: cannot be read: {error.strerror}.") from error
    return {f"{len(files)} files": whole.hexdigest()}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_description(value: Any) -> Description:
    """Read a description from parsed JSON; DataError names the place and what was expected."""
    if not isinstance(value, dict):
        raise DataError("data: expected an object in braces.")
    if value.get("format") != FORMAT:
        raise DataError(f"data.format: {str(value.get('format'))[:20]}; {FORMAT} was expected.")
    listed = value.get("fields")
    if not isinstance(listed, list) or len(listed) > MOST_FIELDS:
        raise DataError(f"data.fields: expected a list of at most {MOST_FIELDS:,}.")
    fields = tuple(_field(f"data.fields.{i}", item) for i, item in enumerate(listed))
    if len({item.name for item in fields}) != len(fields):
        raise DataError("data.fields: names a field twice.")
    parts = _mapping(value, "parts")
    for name, count in parts.items():
        if name not in PARTS or isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise DataError(f"data.parts.{name[:40]}: expected how many samples train, validation or test has.")
    digests = _mapping(value, "digests")
    if not all(isinstance(item, str) for item in digests.values()):
        raise DataError("data.digests: expected texts.")
    return Description(
        _text(value, "title"),
        _text(value, "source"),
        _mapping(value, "options"),
        fields,
        parts,
        _mapping(value, "statistics"),
        digests,
    )


def _field(place: str, value: Any) -> Field:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or len(value["name"]) > 200:
        raise DataError(f"{place}: expected a name and an encoding.")
    return Field(value["name"], read_encoding(value.get("encoding"), f"{place}.encoding"))


def _mapping(values: dict[str, Any], name: str) -> dict[str, Any]:
    found = values.get(name, {})
    if not isinstance(found, dict) or not _sound(found, 0):
        raise DataError(f"data.{name}: expected an object in braces with finite numbers, texts and lists.")
    return found


def _sound(value: Any, depth: int) -> bool:
    if depth > DEEPEST:
        return False
    if isinstance(value, dict):
        return all(isinstance(key, str) and _sound(item, depth + 1) for key, item in value.items())
    if isinstance(value, list):
        return all(_sound(item, depth + 1) for item in value)
    return value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def _text(values: dict[str, Any], name: str) -> str:
    found = values.get(name, "")
    if not isinstance(found, str) or len(found) > 10_000:
        raise DataError(f"data.{name}: expected a text.")
    return found
