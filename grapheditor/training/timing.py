"""Where the time of a training step goes, node by node.

The instrumented source (grapheditor.compile.inside) shows each node's value as soon as it is there: what passes between
two of them is the later node's forward. On the way back a gradient arrives at each value just before its node's
backward begins: what passes between two of these is the earlier node's backward. On a GPU all work is finished before
the clock is read, which makes such a step slower than a plain one; so the plain step is measured too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

import torch

from grapheditor.compile.inside import Inside
from grapheditor.training.duration import finish
from grapheditor.training.failure import explained
from grapheditor.training.memory import measure

if TYPE_CHECKING:
    from torch import Tensor

    from grapheditor.training.setup import Setup
    from grapheditor.training.trial import Trial

WARM = 3
"""Steps that are made before any is measured."""


@dataclass(frozen=True, slots=True)
class NodeTime:
    """What a node takes in a step: seconds forward and backward, and the bytes that are kept by its doing for the way
    back.
    """

    path: str
    forward: float
    backward: float
    kept: int

    @property
    def seconds(self) -> float:
        """Both ways."""
        return self.forward + self.backward


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians over the steps that were measured, in seconds.

    nodes: the slowest first. rest: what no node's value or gradient ends, such as the loss's first gradient.
    forward, backward, update: those of a plain step. peak: the most memory of a plain step, where the device tells.
    foretold: the same as it is foretold. losses: the objectives, all of which learn in a measured step.
    """

    device: str
    batch: int
    steps: int
    losses: tuple[str, ...]
    nodes: tuple[NodeTime, ...]
    rest: float
    forward: float
    backward: float
    update: float
    peak: int | None
    foretold: int

    @property
    def total(self) -> float:
        """The seconds of all nodes together."""
        return sum(node.seconds for node in self.nodes)

    def describe(self) -> dict[str, Any]:
        """Return it as JSON."""
        both = self.forward + self.backward
        return {
            "device": self.device,
            "batch": self.batch,
            "steps": self.steps,
            "objectives": list(self.losses),
            "nodes": [
                {
                    "node": node.path,
                    "forward_seconds": node.forward,
                    "backward_seconds": node.backward,
                    "share": node.seconds / self.total if self.total else 0.0,
                    "kept_bytes": node.kept,
                }
                for node in self.nodes
            ],
            "nodes_seconds": self.total,
            "rest_seconds": self.rest,
            "plain": {"forward": self.forward, "backward": self.backward, "update": self.update},
            "ratio": (self.total + self.rest) / both if both else None,
            "samples_per_second": self.batch / (both + self.update) if both else None,
            "peak_bytes": self.peak,
            "foretold_peak_bytes": self.foretold,
        }


class _Clock:
    """Gives the time that passes to whoever is named when it is read."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.spent: dict[str, float] = {}
        self.start()

    def start(self) -> None:
        finish(self._device)
        self._mark = time.perf_counter()

    def give(self, name: str) -> None:
        """Give what passed since the last reading to a name."""
        finish(self._device)
        now = time.perf_counter()
        self.spent[name] = self.spent.get(name, 0.0) + now - self._mark
        self._mark = time.perf_counter()


REST = ""
"""Who gets what belongs to no node."""


def profile(trial: Trial, steps: int, told: Callable[[int, str], None] = lambda step, text: None) -> Timing:
    """Measure so many steps in which all objectives learn, plain ones and instrumented ones in turn."""
    setup = trial.setup
    device = setup.compute.device
    batches = trial.batches()
    plain: list[dict[str, float]] = []
    nodes: list[tuple[dict[str, float], dict[str, float]]] = []
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    for step in range(WARM + steps):
        _, batch = next(batches)
        with explained(setup.program, f"At step {step + 1:,}", setup.capacity):
            found = _plain_step(setup, batch)
            by_node = _watched_step(setup, batch)
        if step >= WARM:
            plain.append(found)
            nodes.append(by_node)
            told(step - WARM + 1, f"{1000 * sum(found.values()):.3g} ms a step")
    peak = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
    program, recipe = setup.program, setup.recipe
    foretold = measure(program, recipe.batch, precision=recipe.precision)
    forward, backward = (_medians([item[way] for item in nodes]) for way in (0, 1))
    paths = dict.fromkeys([*forward, *backward])
    times = [
        NodeTime(path, forward.get(path, 0.0), backward.get(path, 0.0), foretold.nodes.get(path, 0))
        for path in paths
        if path != REST
    ]
    times.sort(key=lambda item: -item.seconds)
    return Timing(
        device=str(device),
        batch=recipe.batch,
        steps=steps,
        losses=tuple(learner.name for learner in setup.learners),
        nodes=tuple(times),
        rest=forward.get(REST, 0.0) + backward.get(REST, 0.0),
        peak=peak,
        foretold=foretold.training,
        **_medians(plain),
    )


def _medians(steps: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for step in steps for name in step)
    return {name: median(step.get(name, 0.0) for step in steps) for name in names}


def _plain_step(setup: Setup, batch: Mapping[str, Tensor]) -> dict[str, float]:
    """Make a step as a training does, and return the seconds of its parts."""
    clock = _Clock(setup.compute.device)
    for learner in setup.learners:
        loss = setup.measure(batch, learner.objective.minimise)[learner.name]
        clock.give("forward")
        learner.backward(loss)
        clock.give("backward")
        learner.update()
        clock.give("update")
    return clock.spent


def _watched_step(setup: Setup, batch: Mapping[str, Tensor]) -> tuple[dict[str, float], dict[str, float]]:
    """Go through a batch with the instrumented source; return the seconds of each node, forward and backward."""
    program, device = setup.program, setup.compute.device
    forward, backward = _Clock(device), _Clock(device)
    last = REST

    def arrives(path: str, _gradient: Tensor) -> None:
        nonlocal last
        backward.give(last)
        last = path

    def look(path: str, value: Tensor) -> None:
        forward.give(path)
        if value.requires_grad:
            value.register_hook(partial(arrives, path))  # type: ignore[no-untyped-call]
            forward.start()

    twin = Inside(program).twin(setup.compute.module, look)
    for learner in setup.learners:
        method, inputs = program.method(learner.objective.minimise)
        call = getattr(twin, method)
        arguments = [batch[name] for name in inputs]
        last = REST
        forward.start()
        with setup.compute.cast():
            values = call(*arguments)
        forward.give(REST)
        backward.start()
        learner.backward(values[learner.objective.minimise])
        backward.give(last)
        for weight in learner.weights:
            weight.grad = None
    return forward.spent, backward.spent
