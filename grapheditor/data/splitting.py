"""Splits by seed: the same seed gives the same samples, for ever, and each class keeps its share."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grapheditor.data.encoding import Category
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grapheditor.data.columns import Part
    from grapheditor.data.dataset import Dataset, PartName


def split(dataset: Dataset, *, test: float = 0.0, validation: float = 0.0, seed: int = 0) -> Dataset:
    """Return the data set with shares of its training part held out; parts that are there already stay as they are.

    Where there is one field of classes, each class is split by itself. Windows over a text are split by place.
    """
    for name, share in (("test", test), ("validation", validation)):
        part: PartName = "test" if name == "test" else "validation"
        if share > 0 and part not in dataset.parts:
            learn, held = split_indices(dataset.train, share, seed, classes_of(dataset), purpose=name)
            if len(held):
                parts = {**dataset.parts, "train": dataset.train.only(learn), part: dataset.train.only(held)}
                dataset = replace(dataset, parts=parts)
    return dataset


def classes_of(dataset: Dataset) -> NDArray[Any] | None:
    """Return the classes of the training samples, where exactly one field has classes and they are in memory."""
    names = [item.name for item in dataset.fields if isinstance(item.encoding, Category)]
    return dataset.train.columns[names[0]].whole if len(names) == 1 else None


def split_indices(
    part: Part, share: float, seed: int, classes: NDArray[Any] | None = None, *, purpose: str = "split"
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the indices of the samples that stay and of those that are held out, each in ascending order.

    ``round(count * share)`` samples are held out, at most all but one. Of samples that overlap it is the last ones, and
    those that overlap with them are in neither. purpose: splits for different purposes are independent.
    """
    import numpy as np

    count = part.count
    if not 0 <= share < 1:
        raise DataError(f"A share to hold out is from 0 to below 1, not {share}.")
    held = min(round(count * share), max(count - 1, 0))
    if not held:
        return np.arange(count), np.arange(0)
    if part.overlap:
        start = count - held
        return np.arange(max(1, start - part.overlap)), np.arange(start, count)
    order = shuffled(count, seed, purpose)
    chosen = np.sort(order[:held] if classes is None else _stratified(order, classes, held))
    stays = np.ones(count, bool)
    stays[chosen] = False
    return np.flatnonzero(stays), chosen


def shuffled(count: int, seed: int, purpose: str) -> NDArray[Any]:
    """Return the numbers below count in an order that seed and purpose decide.

    Raw bits of PCG64 are sorted: numpy promises that stream for ever (NEP 19), its permutations it does not.
    """
    import numpy as np

    digest = hashlib.sha256(f"{seed} {purpose}".encode()).digest()
    order: NDArray[Any] = np.argsort(
        np.random.PCG64(int.from_bytes(digest[:16], "big")).random_raw(count), kind="stable"
    )
    return order


def _stratified(order: NDArray[Any], classes: NDArray[Any], held: int) -> NDArray[Any]:
    """Take from each class its share, first in the order first; what rounding leaves over goes to the largest rests."""
    import numpy as np

    ordered = classes[order]
    kinds, counts = np.unique(ordered, return_counts=True)
    exact = counts * (held / len(order))
    quota = np.floor(exact + 1e-9).astype(np.int64)
    rests = np.argsort(-(exact - quota), kind="stable")
    quota[rests[: held - int(quota.sum())]] += 1
    return np.concatenate([order[ordered == kind][:most] for kind, most in zip(kinds, quota, strict=True)])
