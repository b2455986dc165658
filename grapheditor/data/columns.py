"""Columns: the samples of one field, in memory or in files, and parts: aligned columns."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from grapheditor.data.encoding import encode_file
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from numpy.typing import NDArray

    from grapheditor.data.encoding import Encoding

PIECE = 64
"""Samples that are decoded between two reports of progress."""


class Column(Protocol):
    """The samples of one field."""

    def __len__(self) -> int: ...

    @property
    def whole(self) -> NDArray[Any] | None:
        """All samples as one array that can be indexed, where they are in memory; it may be a view with any strides."""
        ...

    @property
    def nbytes(self) -> int:
        """The bytes that all samples take in memory, once they are decoded."""
        ...

    def take(self, indices: NDArray[Any]) -> NDArray[Any]:
        """Return these samples, shaped (count, *shape); SampleError names one that cannot be read."""
        ...

    def only(self, indices: NDArray[Any]) -> Column:
        """Return the column of these samples alone."""
        ...


class Held:
    """Samples in memory, shaped (count, *shape)."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    @property
    def whole(self) -> NDArray[Any]:
        return self.array

    @property
    def nbytes(self) -> int:
        """What the samples take as they lie: windows over a text share their memory."""
        extent = 1 + sum(
            (size - 1) * abs(step) // self.array.itemsize
            for size, step in zip(self.array.shape, self.array.strides, strict=True)
        )
        return int(min(self.array.size, extent)) * int(self.array.itemsize)

    def take(self, indices: NDArray[Any]) -> NDArray[Any]:
        taken: NDArray[Any] = self.array[indices]
        return taken

    def only(self, indices: NDArray[Any]) -> Held:
        """A range of samples is a view; others are copied."""
        if len(indices) and (indices[1:] == indices[:-1] + 1).all():
            return Held(self.array[int(indices[0]) : int(indices[-1]) + 1])
        return Held(self.array[indices])


class Files:
    """Samples that are decoded from a file each, when they are asked for, in several threads."""

    def __init__(self, paths: Sequence[Path], encoding: Encoding) -> None:
        self.paths = paths
        self.encoding = encoding

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def whole(self) -> None:
        return None

    @property
    def nbytes(self) -> int:
        import numpy as np

        size = int(np.dtype(self.encoding.dtype).itemsize)
        for side in self.encoding.shape:
            size *= side
        return size * len(self.paths)

    def take(self, indices: NDArray[Any]) -> NDArray[Any]:
        import numpy as np

        taken = np.empty((len(indices), *self.encoding.shape), self.encoding.dtype)

        def read(place: int) -> None:
            index = int(indices[place])
            taken[place] = encode_file(self.encoding, self.paths[index], index)

        if len(indices) == 1:
            read(0)
        else:
            for _ in _threads().map(read, range(len(indices))):
                pass  # what a thread raised is raised here
        return taken

    def only(self, indices: NDArray[Any]) -> Files:
        return Files([self.paths[int(index)] for index in indices], self.encoding)


@cache
def _threads() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(min(16, os.cpu_count() or 1), thread_name_prefix="decode")


def materialise(
    column: Column,
    progress: Callable[[int, int], None] = lambda done, total: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Held | None:
    """Decode a whole column into memory; None where it was stopped. Unreadable samples raise SampleError.

    progress: told how many of how many samples are there.
    """
    import numpy as np

    if column.whole is not None:
        return Held(column.whole)
    found = None
    for start in range(0, len(column), PIECE):
        if stopped():
            return None
        piece = column.take(np.arange(start, min(start + PIECE, len(column))))
        if found is None:
            found = np.empty((len(column), *piece.shape[1:]), piece.dtype)
        found[start : start + len(piece)] = piece
        progress(start + len(piece), len(column))
    if found is None:
        raise DataError("There are no samples to read.")
    return Held(found)


@dataclass(frozen=True)
class Part:
    """Samples for one purpose: aligned columns by field.

    overlap: with how many samples behind it one shares content, as windows over a text do; such samples are never split
    at random, since what is held out would be seen in training.
    """

    columns: Mapping[str, Column]
    overlap: int = 0
    count: int = field(init=False)

    def __post_init__(self) -> None:
        counts = {name: len(column) for name, column in self.columns.items()}
        if len(set(counts.values())) > 1:
            shown = ", ".join(f"{name} {count:,}" for name, count in counts.items())
            raise DataError(f"The fields have different numbers of samples: {shown}.")
        object.__setattr__(self, "count", next(iter(counts.values()), 0))

    def only(self, indices: NDArray[Any]) -> Part:
        """Return the part of these samples alone."""
        return Part({name: column.only(indices) for name, column in self.columns.items()}, self.overlap)
