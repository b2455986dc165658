"""A data set for the trainer: columns in memory as tensors, columns of files decoded batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from grapheditor.data import Dataset
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from grapheditor.data import Column, Part, Source


@dataclass(frozen=True, slots=True)
class Data:
    """A data set in memory. ``test`` is empty where there is no test part."""

    source: Dataset
    train: Mapping[str, Tensor]
    test: Mapping[str, Tensor]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; empty where there are none."""
        return self.source.classes


def find_source(name: str | None) -> Source:
    """Return the data source of a recipe; DataError names those that there are."""
    from grapheditor.catalog import catalog

    sources = catalog().sources
    if name is None:
        raise DataError(f"The graph names no data to learn from; there is: {', '.join(sources)}.")
    if name not in sources:
        raise DataError(f"There is no data {name}; there is: {', '.join(sources)}.")
    return sources[name]


def load(source: Source, options: Mapping[str, Any] | None = None, folder: Path = Path()) -> Data:
    """Open a data source and hold all of it in memory; DataError names the file and what is wrong with it."""
    dataset = source.open(options or {}, folder)
    return Data(dataset, tensors(dataset.train), tensors(dataset.test) if dataset.test else {})


def tensors(part: Part) -> dict[str, Tensor]:
    """Return the columns of a part as tensors, each shaped (samples, *shape); columns of files are decoded."""
    return {name: tensor(column) for name, column in part.columns.items()}


def tensor(column: Column) -> Tensor:
    """Return a column as a tensor. What is in memory is not copied: windows over a text stay views."""
    from grapheditor.data import materialise

    held = materialise(column)
    assert held is not None
    array = held.whole
    return torch.from_numpy(array if array.flags.writeable else array.copy())
