"""The state of a training: all that changes while it learns, taken down so that it can go on bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grapheditor.compile.export import distinct
from grapheditor.training.chance import random_state, restore_random
from grapheditor.training.checkpoint import Checkpoint
from grapheditor.training.errors import RunError
from grapheditor.training.keeper import State
from grapheditor.training.tally import Clock, Pace, Tally
from grapheditor.training.tree import pack, unpack

if TYPE_CHECKING:
    from torch import Tensor, nn

    from grapheditor.training.checkpoint import Part
    from grapheditor.training.setup import Setup


@dataclass(slots=True)
class Progress:
    """How far a training is.

    epoch: epochs that are complete. at: steps of the epoch that has begun. step: all steps. best: the number that
    decides of the best epoch so far, None before there is one. waited: epochs without a better one. metrics: those of
    the last epoch that is complete.
    """

    epoch: int = 0
    at: int = 0
    step: int = 0
    best: float | None = None
    waited: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    pace: Pace = field(default_factory=Pace)
    clock: Clock = field(default_factory=Clock)

    def out_of_patience(self, patience: int) -> bool:
        """Tell whether too many epochs were no better; a patience of 0 waits for ever."""
        return 0 < patience <= self.waited


def take_state(setup: Setup, progress: Progress, metrics: Mapping[str, float]) -> State:
    """Return the state between two steps. The tensors are those that learn: they are to be copied before the next."""
    tensors: dict[str, Tensor] = {}
    values = {
        "at": progress.at,
        "best": progress.best,
        "waited": progress.waited,
        "metrics": progress.metrics,
        "tally": progress.tally.state(),
        "pace": [progress.pace.samples, progress.pace.seconds],
        "clock": progress.clock.seconds,
        "learners": [learner.state() for learner in setup.learners],
        "random": random_state(setup.compute.device),
    }
    packed = pack(values, tensors, "training")
    parts: dict[Part, Mapping[str, Tensor]] = {"weights": distinct(setup.compute.module.state_dict()), "state": tensors}
    if setup.average is not None:
        parts["average"] = parts["weights"] | setup.average.state()  # type: ignore[operator]
    checkpoint = Checkpoint(progress.epoch, progress.step, dict(metrics), {}, packed)
    return State(parts, checkpoint)


def restore_state(setup: Setup, checkpoint: Checkpoint, parts: Mapping[Part, Mapping[str, Tensor]]) -> Progress:
    """Put back what :func:`take_state` returned; RunError where it is not of this graph."""
    try:
        values = unpack(checkpoint.values, parts.get("state", {}))
        load_distinct(setup.compute.module, parts["weights"])
        whole = setup.recipe.epochs - checkpoint.epoch - 1  # epochs behind the one that was broken off
        left = max(0, setup.steps - values["at"]) + whole * setup.steps if whole >= 0 else 0
        for learner, state in zip(setup.learners, values["learners"], strict=True):
            learner.restore(state, checkpoint.step, left)
        if setup.average is not None:
            setup.average.restore(parts["average"])
        progress = Progress(
            checkpoint.epoch, values["at"], checkpoint.step, values["best"], values["waited"], values["metrics"]
        )
        progress.tally.restore(values["tally"])
        progress.pace.samples, progress.pace.seconds = values["pace"]
        progress.clock.go_on(values.get("clock", progress.pace.seconds))  # before 0.2 only the steps were timed
        restore_random(setup.compute.device, values["random"])
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise RunError(f"The checkpoint of step {checkpoint.step:,} is not one of this graph: {error}.") from error
    return progress


def load_distinct(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give a module weights that were saved without those that are others under a second name."""
    known = module.state_dict()
    missing = distinct(known).keys() - weights.keys()
    if missing or weights.keys() - known.keys():
        different = ", ".join(sorted(missing | (weights.keys() - known.keys()))[:3])
        raise ValueError(f"the weights differ in {different}")
    module.load_state_dict(dict(weights), strict=False)
