"""Looking inside a training on its way: what its nodes give for a batch, as figures that are small enough to send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from grapheditor.compile.inside import Inside
from grapheditor.errors import TrainError
from grapheditor.training.chance import random_state, restore_random

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from torch import Tensor

    from grapheditor.training.setup import Setup

BINS = 32
MOST_NODES = 100
"""Nodes that are looked at in one go, if none is named."""


def look(setup: Setup, batch: Mapping[str, Tensor], nodes: Collection[str] = ()) -> dict[str, Any]:
    """Return figures of what nodes give for a batch, by path, the first hundred where none is named.

    The network computes as after training: without dropout, by the running statistics of batch norm. Neither weights
    nor random numbers are touched, so a training that is looked at stays what it is. TrainError where a node is not one
    of those that are computed.
    """
    found: dict[str, Any] = {}
    known: list[str] = []

    def take(path: str, value: Tensor) -> None:
        known.append(path)
        if path in nodes or (not nodes and len(found) < MOST_NODES):
            found[path] = figures(value)

    compute = setup.compute
    before = random_state(compute.device)
    twin = Inside(setup.program).twin(compute.module, take).eval()
    try:
        with torch.no_grad(), compute.cast():
            twin.objective(*(batch[name] for name in setup.program.objective_inputs))  # type: ignore[operator]
    finally:
        restore_random(compute.device, before)
    missing = [node for node in nodes if node not in known]
    if missing:
        there = ", ".join(list(dict.fromkeys(known))[:30])
        raise TrainError(f"There is no node {missing[0]} that is computed; there is: {there}.", missing[0])
    return found


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
