"""A data set that the user's own Python makes, once its file is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grapheditor import trust
from grapheditor.authoring import File
from grapheditor.authoring.operator import read_options
from grapheditor.data.dataset import PARTS, Dataset, from_arrays
from grapheditor.data.declare import Place, source
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@source("Own Python", title="Python of your own")
def python(at: Place, *, file: File = "", settings: str = "") -> Dataset:
    """What a function ``dataset`` in a Python file of yours returns: arrays by part and field, or a Dataset.

        def dataset(*, samples: int = 100):
            x = numpy.random.rand(samples, 3).astype("float32")
            return {"train": {"x": x, "y": x.sum(1)}}

    The file runs with all your rights, so it has to be trusted first: its content, by its SHA-256. Where a byte is
    changed it has to be trusted again.

    file: The file.
    settings: Values for the function's keyword arguments, such as samples=1000, seed=3.
    """
    from grapheditor.data.readers.programs import load

    path = at.file("file", file)
    content = trust.read(path)
    if at.trust:
        trust.trust(content, path)
    try:
        made = load(path, content)
        given = _settings(path, made, settings)
        found = made(**given)
    except DataError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a user's program raises
        raise DataError(trust.fault(path, error)) from error
    return _dataset(at.source.title, path, found)


def _settings(path: Path, function: Callable[..., Any], text: str) -> dict[str, Any]:
    """Read settings by the function's own annotations."""
    if not text.strip():
        return {}
    known = {item.name: item for item in read_options(function)[0]}
    given: dict[str, Any] = {}
    for item in text.split(","):
        name, equals, value = (part.strip() for part in item.partition("="))
        if not equals or name not in known:
            raise DataError(
                f"settings: {item.strip()[:60]!r} sets none of those in {path.name}: {', '.join(known) or 'none'}."
            )
        try:
            given[name] = known[name].parse(value)
        except ValueError as error:
            raise DataError(f"settings: {error}.") from error
    return given


def _dataset(title: str, path: Path, found: Any) -> Dataset:
    import numpy as np

    if isinstance(found, Dataset):
        return found
    if (
        not isinstance(found, dict)
        or not set(found) <= set(PARTS)
        or not all(isinstance(p, dict) for p in found.values())
    ):
        raise DataError(f"{path}: dataset() returns arrays by part and field: {{'train': {{'x': ...}}}}, or a Dataset.")
    parts: dict[Any, dict[str, Any]] = {}
    for part, columns in found.items():
        parts[part] = {}
        for name, values in columns.items():
            array = np.asarray(values)
            if array.ndim == 0 or array.dtype.kind not in "biuf":
                raise DataError(f"{path}: {name} in {part} is no array of numbers with the samples first.")
            parts[part][str(name)] = array
    if "train" not in parts:
        raise DataError(f"{path}: dataset() returns no part train; it returns: {', '.join(parts) or 'nothing'}.")
    return from_arrays(title, parts, files=(path,))
