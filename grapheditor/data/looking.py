"""A look at some samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grapheditor.data.splitting import shuffled

if TYPE_CHECKING:
    from grapheditor.data.dataset import Dataset, PartName


def preview(dataset: Dataset, part: PartName = "train", count: int = 5, seed: int = 0) -> list[dict[str, Any]]:
    """Return some samples, decoded, by field; the same seed shows the same ones.

    Each field has ``value``, what its encoding decodes (an array, a text, a number), and ``words``, which describe it.
    """
    import numpy as np

    columns = dataset.parts[part].columns
    chosen = np.sort(shuffled(dataset.parts[part].count, seed, "preview")[:count])
    taken = {item.name: columns[item.name].take(chosen) for item in dataset.fields}
    return [
        {
            item.name: {
                "value": item.encoding.decode(taken[item.name][i]),
                "words": item.encoding.words(taken[item.name][i]),
            }
            for item in dataset.fields
        }
        for i in range(len(chosen))
    ]
