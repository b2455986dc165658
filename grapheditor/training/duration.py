"""How long a training will take, by a few of its steps."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import torch

from grapheditor.training.setup import steps_of

if TYPE_CHECKING:
    from grapheditor.training.trial import Trial

STEPS = 3
"""Steps that are measured, behind one that is not: the first prepares what all others find there."""


@dataclass(frozen=True, slots=True)
class Duration:
    """What steps and epochs take, in seconds of the clock.

    batch: one batch, read and learned from; a training reads the next one meanwhile, and so takes no longer. batches:
    of an epoch. measuring: what is held out, at the end of an epoch.
    """

    device: str
    batch: float
    batches: int
    measuring: float
    epochs: int

    @property
    def epoch(self) -> float:
        """An epoch with its measuring."""
        return self.batch * self.batches + self.measuring

    def describe(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "device": self.device,
            "batch_seconds": self.batch,
            "batches": self.batches,
            "measuring_seconds": self.measuring,
            "epoch_seconds": self.epoch,
            "epochs": self.epochs,
            "seconds": self.epochs * self.epoch,
        }


def foretell_duration(
    trial: Trial, steps: int = STEPS, told: Callable[[int, str], None] = lambda step, text: None
) -> Duration:
    """Measure some steps of a training, and a batch of what is held out."""
    setup = trial.setup
    recipe, batches, taken = setup.recipe, trial.batches(), []
    for step in range(1 + steps):
        begun = time.perf_counter()
        trial.step(*next(batches))
        finish(setup.compute.device)
        if step:
            taken.append(time.perf_counter() - begun)
            told(step, f"{1000 * taken[-1]:.3g} ms a batch")
    few, measuring = setup.held[: recipe.batch], 0.0
    if len(few):
        begun = time.perf_counter()
        setup.evaluate(setup.validation, few, "validation", trial.progress.step)
        finish(setup.compute.device)
        measuring = (time.perf_counter() - begun) * math.ceil(len(setup.held) / recipe.batch)
    count = steps_of(recipe, len(setup.learn)) * recipe.accumulate
    return Duration(str(setup.compute.device), median(taken), count, measuring, recipe.epochs)


def finish(device: torch.device) -> None:
    """Wait for what the device still has to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
