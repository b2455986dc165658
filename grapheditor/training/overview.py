"""A few figures of every node: how large the gradient is that comes back to it, what of it is dead, what is not finite.

They are of one pass forward and one back, without pictures: for a drawing of the whole network, several times a second.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor
    from torch.utils.hooks import RemovableHandle

    from grapheditor.engine.messages import FirstFault, NodeFigures, OverviewReport
    from grapheditor.training.look import Lens
    from grapheditor.training.setup import Setup

MOST_NODES = 5000
"""So many nodes are told of; a report has less than a hundred bytes for each."""


def overview(lens: Lens, setup: Setup, batch: Mapping[str, Tensor]) -> OverviewReport:
    """Return the figures of all nodes for a batch; see :class:`grapheditor.engine.messages.OverviewReport`.

    The network computes as while it learns, batch norm by the batch's own statistics, but without dropout. Neither
    weights nor statistics nor random numbers are touched.
    """
    samples = len(next(iter(batch.values())))
    found = _Gathered(samples)
    try:
        losses = lens.compute(batch, found.take, learning=True, by_batch=samples > 1)
        found.come_back(losses, [weight for weight in setup.compute.module.parameters() if weight.requires_grad])
    finally:
        found.let_go()
    return found.report()


class _Node:
    """What is gathered of a node over all times that it is computed; it stays on the device until the end."""

    __slots__ = ("high", "loss", "low", "squares")

    def __init__(self) -> None:
        self.high: Tensor | None = None
        self.low: Tensor | None = None
        """The greatest and the least number of each unit; of what has no units, one of all."""
        self.loss: int | None = None
        """The number of the loss whose gradient came first."""
        self.squares: Tensor | None = None
        """The sum of the squares of that gradient."""


class _Gathered:
    """Watches values as they are computed, and their gradients as they come."""

    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._nodes: dict[str, _Node] = {}
        self._units: set[str] = set()
        self._returned: list[str] = []
        """The nodes in the order in which their gradients came."""
        self._left_out: set[str] = set()
        self._handles: list[RemovableHandle] = []
        self._loss = 0

    def take(self, path: str, value: Tensor) -> None:
        """Look at the value of a node."""
        if not value.is_floating_point() or not value.numel():
            return
        if path not in self._nodes and len(self._nodes) >= MOST_NODES:
            self._left_out.add(path)
            return
        node = self._nodes.setdefault(path, _Node())
        numbers, dims = value.detach(), units(value, self._samples)
        if dims is not None:
            self._units.add(path)
        high, low = (numbers.amax(dims), numbers.amin(dims)) if dims is not None else (numbers.amax(), numbers.amin())
        node.high = high if node.high is None or node.high.shape != high.shape else torch.maximum(node.high, high)
        node.low = low if node.low is None or node.low.shape != low.shape else torch.minimum(node.low, low)
        if value.requires_grad:
            self._handles.append(value.register_hook(partial(self._take_back, path, node)))  # type: ignore[no-untyped-call]

    def _take_back(self, path: str, node: _Node, gradient: Tensor) -> None:
        """Look at the gradient of a node: of the first loss that it leads to."""
        if node.loss is None:
            node.loss = self._loss
            self._returned.append(path)
        if node.loss == self._loss:
            squares = torch.linalg.vector_norm(gradient.detach().float()).square()
            node.squares = squares if node.squares is None else node.squares + squares

    def come_back(self, losses: Sequence[Tensor], weights: Sequence[Tensor]) -> None:
        """Let the gradients of the losses come back as far as there are weights."""
        for number, loss in enumerate(losses):
            self._loss = number
            if weights and loss.requires_grad:
                more = number + 1 < len(losses)
                torch.autograd.grad(loss, weights, retain_graph=more, allow_unused=True)

    def let_go(self) -> None:
        """Watch no more; a weight that is itself a node's value would else be watched on."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def report(self) -> OverviewReport:
        """Return what was found."""
        norms = self._norms()
        nodes: dict[str, NodeFigures] = {}
        for path, high, low in self._extremes():
            sound = high.isfinite() & low.isfinite()
            nodes[path] = {"not_finite": _brief(1 - float(sound.double().mean()))}
            if path in self._units:
                nodes[path]["dead"] = _brief(float(((high == 0) & (low == 0)).double().mean()))
            if path in norms:
                nodes[path]["gradient"] = _brief(norms[path]) if math.isfinite(norms[path]) else None
        return {
            "samples": self._samples,
            "nodes": nodes,
            "first": self._first(nodes, norms),
            "left_out": len(self._left_out),
        }

    def _first(self, nodes: Mapping[str, NodeFigures], norms: Mapping[str, float]) -> FirstFault | None:
        """Return the first value that is not finite, else the first gradient, seen from the loss."""
        for path, found in nodes.items():
            if found["not_finite"]:
                return {"node": path, "kind": "value"}
        for path in self._returned:
            if not math.isfinite(norms[path]):
                return {"node": path, "kind": "gradient"}
        return None

    def _norms(self) -> dict[str, float]:
        """Return the norm of each gradient; all are fetched at once."""
        squares = {path: node.squares for path, node in self._nodes.items() if node.squares is not None}
        found = torch.stack(list(squares.values())).sqrt().tolist() if squares else []
        return dict(zip(squares, found, strict=True))

    def _extremes(self) -> list[tuple[str, Tensor, Tensor]]:
        """Return the greatest and the least numbers of each node's units; all are fetched at once."""
        kept = [(path, node.high, node.low) for path, node in self._nodes.items()]
        highs = [high.flatten().float() for _, high, _ in kept if high is not None]
        lows = [low.flatten().float() for _, _, low in kept if low is not None]
        if not kept:
            return []
        sizes = [len(high) for high in highs]
        parts = torch.split(torch.cat(highs).cpu(), sizes), torch.split(torch.cat(lows).cpu(), sizes)
        return [(path, high, low) for (path, _, _), high, low in zip(kept, *parts, strict=True)]


def units(value: Tensor, samples: int) -> tuple[int, ...] | None:
    """Return the dimensions over which a unit (a channel, or a feature) extends; None where there are no units."""
    if value.ndim < 2 or len(value) != samples or not value.is_floating_point():
        return None
    unit = 1 if value.ndim > 3 else value.ndim - 1
    return tuple(dim for dim in range(value.ndim) if dim != unit)


def _brief(number: float) -> float:
    """Return a number with the digits that anybody looks at."""
    return float(f"{number:.4g}")
