"""Statistics of a part: how its numbers are distributed, and how often each class occurs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grapheditor.data.encoding import Category, Mask, Numbers, Tokens
from grapheditor.data.splitting import shuffled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grapheditor.data.columns import Column
    from grapheditor.data.dataset import Dataset, Field, PartName

PIECE = 2**22
"""How many numbers are looked at together: in float64 they take 32 MB."""
MOST_COLUMNS = 100
"""Columns of a table that have statistics of their own."""
MOST_LOOKED_AT = 2_000
"""Samples of a column of files that are decoded for its statistics; the result says so."""


def statistics(dataset: Dataset, part: PartName = "train", most: int = MOST_LOOKED_AT) -> dict[str, dict[str, Any]]:
    """Return what is known of each field.

    ``count`` of samples and ``of`` how many of them the rest is known from; of numbers ``mean``, ``deviation``, ``min``
    and ``max``, and how many are ``not_finite``; in a table that also for each of the ``columns``; of classes
    ``balance``, the samples (in masks, pixels) of each; of tokens the ``vocabulary`` and how many of it are ``used``.

    most: how many samples of a column that is not in memory are decoded, taken evenly.
    """
    columns = dataset.parts[part].columns
    return {item.name: _of(item, columns[item.name], most) for item in dataset.fields}


def _of(item: Field, column: Column, most: int) -> dict[str, Any]:
    import numpy as np

    count = len(column)
    chosen = np.arange(count)
    if column.whole is None and count > most:
        chosen = np.sort(shuffled(count, 0, "statistics")[:most])
    found: dict[str, Any] = {"count": count, "of": len(chosen)}
    encoding = item.encoding
    if isinstance(encoding, Category | Mask):
        counts = _counts(column, chosen, len(encoding.names))
        return found | {"balance": {name: int(n) for name, n in zip(encoding.names, counts, strict=True)}}
    if isinstance(encoding, Tokens):
        size = len(encoding.vocabulary)
        counts = _counts(column, chosen, size)
        return found | {"vocabulary": size, "used": int((counts > 0).sum())}
    if isinstance(encoding, Numbers):
        found["columns"] = {
            name: _moments(column, chosen, place) for place, name in enumerate(encoding.names[:MOST_COLUMNS])
        }
    return found | _moments(column, chosen)


def _moments(column: Column, chosen: NDArray[Any], place: int | None = None) -> dict[str, float]:
    """Mean and population deviation, merged piece by piece as by Chan, Golub and LeVeque (1979)."""
    import numpy as np

    mean = squares = 0.0
    count = lacking = 0
    low, high = np.inf, -np.inf
    for piece in _pieces(column, chosen):
        values = (piece if place is None else piece[:, place]).astype(np.float64)
        finite = np.isfinite(values)
        if not finite.all():
            lacking += int((~finite).sum())
            values = values[finite]
        if not values.size:
            continue
        here, new = float(values.mean()), values.size
        apart = here - mean
        squares += float(np.square(values - here).sum()) + apart * apart * (count * new / (count + new))
        mean += apart * (new / (count + new))
        count += new
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    found: dict[str, float] = {"not_finite": lacking} if lacking else {}
    if count:
        found |= {"mean": mean, "deviation": float(np.sqrt(squares / count)), "min": low, "max": high}
    return found


def _pieces(column: Column, chosen: NDArray[Any]) -> Any:
    step = max(1, PIECE // max(1, column.take(chosen[:1]).size))
    for start in range(0, len(chosen), step):
        yield column.take(chosen[start : start + step])


def _counts(column: Column, chosen: NDArray[Any], size: int) -> NDArray[Any]:
    import numpy as np

    counts = np.zeros(size, np.int64)
    for piece in _pieces(column, chosen):
        counts += np.bincount(piece.ravel(), minlength=size)
    return counts
