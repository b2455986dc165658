"""One step of a training: each objective that is due changes its weights by the gradients of some batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from grapheditor.training.again import Attempt
from grapheditor.training.failure import explain_fault, explained
from grapheditor.training.learner import Learner, NotFiniteError
from grapheditor.training.tally import Means

if TYPE_CHECKING:
    from torch import Tensor

    from grapheditor.training.setup import Setup
    from grapheditor.training.state import Progress

Batch = tuple["Tensor", dict[str, "Tensor"]]
"""The numbers of the samples, and the samples by input."""


class Stepper:
    """Makes the steps of a training. TrainingError says in which step, and at which node, something went wrong."""

    def __init__(self, setup: Setup, progress: Progress, folder: Path | None = None) -> None:
        """folder: that of the run, which keeps what shows a fault again; without it NotFiniteError is raised."""
        self._setup = setup
        self._progress = progress
        self._folder = folder
        self._attempts: list[Attempt] = []
        self._learner: Learner | None = None

    def step(self, batches: Iterator[Batch]) -> tuple[Means, dict[str, Tensor | float]] | None:
        """Learn from batches, whose gradients are added up so that their size makes no difference to a sample.

        Return the means of losses and metrics, and the rate and the norm of the gradients of each objective; None, with
        nothing changed, where there is no batch.
        """
        setup, step = self._setup, self._progress.step + 1
        values: dict[str, Tensor] = {}
        counts: dict[str, Tensor] = {}
        others: dict[str, Tensor | float] = {}
        samples = 0
        with explained(setup.program, f"At step {step:,}", setup.capacity, self._short_of_memory):
            first = next(batches, None)
            if first is None:
                return None
            given = chain([first], batches)
            all_given = list(given) if len(setup.learners) > 1 else given
            for learner in filter(lambda item: item.due(step), setup.learners):
                mark = f"_{learner.name}" if len(setup.learners) > 1 else ""
                others[f"learning_rate{mark}"] = learner.rates.rate
                means, others[f"gradient_norm{mark}"] = self._learn(learner, all_given)
                values.update(means.values)
                counts.update(means.counts)
                samples = means.samples
            for follower in setup.followers:
                follower.stepped(step)
            if setup.average is not None:
                setup.average.update()
        return Means(values, samples, counts), others

    def _learn(self, learner: Learner, batches: Iterable[Batch]) -> tuple[Means, Tensor]:
        """Change a learner's weights; return the means of the numbers, and the norm of the gradients.

        A batch weighs by what its loss is a mean over. How much that is together is known behind the last batch, so
        until then each is weighed by the first.
        """
        self._learner, self._attempts = learner, []
        parts: list[Means] = []
        for samples, batch in batches:
            self._attempts.append(Attempt(self._setup, learner, samples, batch, self._progress))
            found = self._attempts[-1].run()
            loss = found.values[learner.name]
            parts.append(found.detached())
            learner.backward(loss * (found.weight(learner.name) / _first(parts, learner)) if parts[1:] else loss)
        self._attempts, attempts = [], self._attempts
        means = Means.over(parts)
        factor = _first(parts, learner) / means.weight(learner.name) if parts[1:] else None
        try:
            return means, learner.update([part.values[learner.name] for part in parts], factor)
        except NotFiniteError as error:
            if self._folder is None:
                raise
            raise explain_fault(error, attempts, self._folder) from error

    def _short_of_memory(self) -> str | None:
        """Return the node of a step for which there was not enough memory: go through its last batch again."""
        learner, attempts = self._learner, self._attempts
        if learner is None:
            return None
        if attempts:
            if not attempts[1:]:
                learner.optimizer.zero_grad()
            return attempts[-1].first_shortage()
        weight = learner.half_made()
        return self._setup.program.owners.get(weight) if weight is not None else None


def _first(parts: list[Means], learner: Learner) -> Tensor | int:
    """Return over how much the first batch's loss is a mean; 1 where none of its targets counts."""
    weight = parts[0].weight(learner.name)
    return torch.where(weight > 0, weight, 1) if isinstance(weight, torch.Tensor) else weight
