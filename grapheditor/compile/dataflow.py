"""Which layers of a module stand before which: what a run on the meta device shows of the way of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Layers = tuple[int, ...]


class Dataflow(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Watches calls while it is entered; it keeps every tensor, so run it on the meta device.

    owners: the layer of each weight, by identity. before: of each layer the ones that its data comes from with no other
    layer between, as its first use shows them, in the order of the arguments.
    """

    def __init__(self, weights: Sequence[tuple[torch.Tensor, int]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.before: dict[int, Layers] = {}
        self._weights: dict[int, Layers] = {id(weight): (layer,) for weight, layer in weights}
        self._data: dict[int, Layers] = {}
        self._kept: list[Any] = [weight for weight, _ in weights]

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one call and note where its results come from."""
        result = func(*args, **(kwargs or {}))
        given = [item for item in tree_leaves((args, kwargs)) if isinstance(item, torch.Tensor)]
        layers = _joined(self._weights.get(id(item), ()) for item in given)
        arrived = _joined(self._data.get(id(item), ()) for item in given)
        alone = bool(layers) and all(id(item) in self._weights for item in given)
        if not alone:
            for layer in layers:
                self.before.setdefault(layer, tuple(other for other in arrived if other != layer))
        for item in tree_leaves(result):
            if isinstance(item, torch.Tensor) and id(item) not in self._weights:
                self._kept.append(item)
                (self._weights if alone else self._data)[id(item)] = layers or arrived
        return result

    def sources(self, results: Any) -> Layers:
        """Return the layers that some results come from with no other layer between."""
        return _joined(self._data.get(id(item), ()) for item in tree_leaves(results))


def _joined(parts: Iterable[Layers]) -> Layers:
    return tuple(dict.fromkeys(layer for part in parts for layer in part))


def watched(
    runs: Iterable[Callable[[], Any]], weights: Sequence[tuple[torch.Tensor, int]]
) -> tuple[Mapping[int, Layers], list[int]]:
    """Run some functions; return of each layer the ones before it, and all layers that were used, first ones first.

    Of branches that meet, the one that is named first where they meet comes first.
    """
    flow = Dataflow(weights)
    ends: list[int] = []
    with torch.no_grad(), flow:
        for run in runs:
            ends += flow.sources(run())
    ends += flow.before
    order: dict[int, None] = {}
    waiting = [(end, False) for end in reversed(ends)]
    while waiting:
        layer, done = waiting.pop()
        if done:
            order[layer] = None
        elif layer not in order:
            waiting.append((layer, True))
            waiting += [(other, False) for other in reversed(flow.before.get(layer, ()))]
    return flow.before, list(order)
