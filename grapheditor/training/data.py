"""A data source as tensors in memory. Images stay the bytes that they are until a batch needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from grapheditor.catalog import catalog
from grapheditor.training.errors import DataError
from grapheditor.training.idx import read_idx

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from grapheditor.catalog import Field, Source

Part = dict[str, torch.Tensor]
"""The fields of one part by name, each shaped (samples, *field.shape)."""


@dataclass(frozen=True, slots=True)
class Data:
    """A data source in memory. ``test`` is empty where the source has no test set."""

    source: Source
    train: Mapping[str, Tensor]
    test: Mapping[str, Tensor]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; empty where there are none."""
        return self.source.classes


def find_source(name: str | None) -> Source:
    """Return the data source of a recipe; DataError names those that there are."""
    sources = catalog().sources
    if name is None:
        raise DataError(f"The graph names no data to learn from; there is: {', '.join(sources)}.")
    if name not in sources:
        raise DataError(f"There is no data {name}; there is: {', '.join(sources)}.")
    return sources[name]


def load(source: Source) -> Data:
    """Read a data source; DataError names the file and what is wrong with it."""
    parts = {part: _load_part(source, part) for part in source.files}
    if not parts.get("train"):
        raise DataError(f"{source.title} has no training samples.")
    return Data(source, parts["train"], parts.get("test", {}))


def _load_part(source: Source, part: str) -> Part:
    return {field.name: _load_field(source, part, field) for field in source.fields}


def _load_field(source: Source, part: str, field: Field) -> Tensor:
    name = source.files[part].get(field.name)
    if name is None:
        raise DataError(f"{source.title} names no file for {field.name} of its part {part}.")
    path = source.folder / name
    values = torch.from_numpy(read_idx(path))
    samples = source.samples[part]
    if not samples or len(values) != samples:
        raise DataError(f"{path}: holds {len(values):,} samples; {samples:,} were expected.")
    if [size for size in values.shape[1:] if size > 1] != [size for size in field.shape if size > 1]:
        shown, wanted = ("×".join(map(str, shape)) or "one number" for shape in (values.shape[1:], field.shape))
        raise DataError(f"{path}: its samples are shaped {shown}; {wanted} was expected.")
    if field.dtype == "int64" and not field.shape and source.classes:
        _check_classes(source, path.name, values)
    return values.reshape(samples, *field.shape).to(getattr(torch, field.dtype))


def _check_classes(source: Source, file: str, values: Tensor) -> None:
    highest = int(values.max()) if len(values) else 0
    if highest >= len(source.classes):
        index = int(values.argmax())
        raise DataError(
            f"{source.folder / file}: sample {index:,} has the label {highest}; "
            f"there are {len(source.classes)} classes, from 0 to {len(source.classes) - 1}."
        )
