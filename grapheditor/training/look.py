"""Looking inside a training on its way: what its nodes give, what comes back to them, and their weights.

Figures and small pictures, so that they can be sent to another process several times a second.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import torch

from grapheditor.compile.inside import Inside
from grapheditor.errors import TrainError
from grapheditor.training.chance import random_state, restore_random
from grapheditor.training.pictures import activation, weights

if TYPE_CHECKING:
    from torch import Tensor, nn

    from grapheditor.training.setup import Setup

BINS = 32
MOST_NODES = 100
"""Nodes that are looked at in one go, if none is named."""


class Lens:
    """Looks inside one training. The network computes as after training: without dropout, by the running statistics of
    batch norm. Neither weights nor random numbers are touched, so a training that is looked at stays what it is.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._inside: Inside | None = None
        self._before: dict[str, tuple[int, Tensor]] = {}
        """Weights as they were when they were last looked at, and after how many steps that was."""

    def look(
        self, batch: Mapping[str, Tensor], step: int, nodes: Collection[str] = (), *, closely: bool = False
    ) -> dict[str, Any]:
        """Return figures of what nodes give for a batch, by path, the first hundred where none is named.

        closely: with pictures of the batch's first sample, what comes back to the nodes, and their weights. step: how
        many were made. TrainError where a node is not one of those that are computed.
        """
        values: dict[str, Tensor] = {}
        known: list[str] = []

        def take(path: str, value: Tensor) -> None:
            known.append(path)
            if path in nodes or (not nodes and len(values) < MOST_NODES):
                values[path] = value

        losses = self._compute(batch, take, learning=closely)
        missing = [node for node in nodes if node not in known]
        if missing:
            there = ", ".join(list(dict.fromkeys(known))[:30])
            raise TrainError(f"There is no node {missing[0]} that is computed; there is: {there}.", missing[0])
        found = {path: figures(value) for path, value in values.items()}
        if closely:
            samples = len(next(iter(batch.values())))
            back = _gradients(losses, values)
            for path, value in values.items():
                found[path] |= self._closely(path, value, back.get(path), samples, step)
        return found

    def _compute(self, batch: Mapping[str, Tensor], take: Any, *, learning: bool) -> list[Tensor]:
        """Let the network compute for a batch; return what its objectives minimise."""
        setup, compute = self._setup, self._setup.compute
        if self._inside is None:
            self._inside = Inside(setup.program)
        before = random_state(compute.device)
        twin = self._inside.twin(compute.module, take).eval()
        try:
            with torch.set_grad_enabled(learning), compute.cast():
                values = twin.objective(*(batch[name] for name in setup.program.objective_inputs))  # type: ignore[operator]
        finally:
            restore_random(compute.device, before)
        return [values[item.minimise] for item in setup.recipe.objectives]

    def _closely(self, path: str, value: Tensor, back: Tensor | None, samples: int, step: int) -> dict[str, Any]:
        image = path in self._setup.program.objective_inputs
        found: dict[str, Any] = {"picture": activation(_first(value, samples), image=image)}
        dead = _dead(value, samples)
        if dead is not None:
            found["dead"] = dead
        if back is not None:
            found["gradient"] = figures(back) | {"picture": activation(_first(back, samples))}
        own = _weights_of(self._setup.compute.module, path)
        if own:
            found["weights"] = {name: self._weight(f"{path}.{name}", weight, step) for name, weight in own.items()}
        return found

    def _weight(self, name: str, weight: Tensor, step: int) -> dict[str, Any]:
        """Return figures and picture of a weight; ``update``: how far a step since the last look went, by its size."""
        now = weight.detach().to("cpu", torch.float32, copy=True)
        then, before = self._before.get(name, (step, now))
        if then != step or name not in self._before:
            self._before[name] = step, now
        found = figures(now) | {"picture": weights(now)}
        if then < step:
            found["update"] = float((now - before).norm() / (step - then) / max(float(before.norm()), 1e-12))
        return found


def _gradients(losses: list[Tensor], values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the gradient of the first objective that each value leads to; none for what leads to no objective."""
    found: dict[str, Tensor] = {}
    for loss in losses:
        open_ = {path: value for path, value in values.items() if path not in found and value.requires_grad}
        if open_ and loss.requires_grad:
            back = torch.autograd.grad(loss, list(open_.values()), retain_graph=True, allow_unused=True)
            found |= {path: part for path, part in zip(open_, back, strict=True) if part is not None}
    return found


def _first(value: Tensor, samples: int) -> Tensor:
    """Return the part of the first sample; all of what has no samples, such as a parameter or a loss."""
    return value[0] if value.ndim and len(value) == samples else value


def _dead(value: Tensor, samples: int) -> float | None:
    """Return the share of units (channels, or features) that are 0 for all samples; None where there are no units."""
    if value.ndim < 2 or len(value) != samples or not value.is_floating_point():
        return None
    units = value.detach().movedim(1 if value.ndim > 3 else -1, 0).flatten(1)
    return float((units == 0).all(dim=1).double().mean())


def _weights_of(module: nn.Module, path: str) -> dict[str, Tensor]:
    """Return the parameters that a node itself has, by name."""
    try:
        own = module.get_submodule(path)
    except AttributeError:
        found = dict(module.named_parameters()).get(path)
        return {} if found is None else {"value": found}
    return dict(own.named_parameters(recurse=False))


def figures(value: Tensor) -> dict[str, Any]:
    """Return shape, type, extremes, mean, deviation, share of zeros, numbers that are none, and a histogram."""
    numbers = value.detach().double().flatten() if value.device.type != "mps" else value.detach().float().flatten()
    finite = numbers[numbers.isfinite()]
    shown: dict[str, Any] = {"shape": list(value.shape), "dtype": str(value.dtype).removeprefix("torch.")}
    shown["not_finite"] = len(numbers) - len(finite)
    if not len(finite):
        return shown
    low, high = float(finite.min()), float(finite.max())
    counts = torch.histc(finite.cpu(), BINS, low, high) if high > low else torch.tensor([float(len(finite))])
    return {
        **shown,
        "min": low,
        "max": high,
        "mean": float(finite.mean()),
        "std": float(finite.std(correction=0)),
        "zeros": float((finite == 0).double().mean()),
        "histogram": [int(count) for count in counts.tolist()],
    }
