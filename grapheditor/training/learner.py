"""An objective at work: its loss, its weights, its optimizer and the schedule of its rate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch

from grapheditor.training.errors import TrainingError
from grapheditor.training.optimizer import chosen_weights, make_optimizer, optimizer_state, restore_optimizer
from grapheditor.training.schedule import Rates

if TYPE_CHECKING:
    from torch import Tensor, nn

    from grapheditor.compile import Program
    from grapheditor.graph import Objective
    from grapheditor.training.compute import Compute


class NotFiniteError(Exception):
    """A loss or a gradient is not a finite number; the weights were not changed."""

    def __init__(self, what: str, value: float) -> None:
        super().__init__(what)
        self.what = what
        self.value = value

    @property
    def word(self) -> str:
        """How the number is called: infinite, or not a number."""
        return "not a number" if math.isnan(self.value) else "infinite"


class Learner:
    """One objective's part of a step."""

    def __init__(
        self,
        objective: Objective,
        name: str,
        program: Program,
        compute: Compute,
        steps: int,
        epochs: int,
        highest: bool = False,
    ) -> None:
        """name: what its loss is called where the training is told of. steps, epochs: how long the training is.

        highest: whether what says which epoch is best is better when it is higher.
        """
        self.objective = objective
        self.name = name
        self.optimizer = make_optimizer(objective, program, compute.module)
        self.rates = Rates(objective, self.optimizer, steps, epochs, highest)
        self.weights = [weight for _, weight in chosen_weights(objective, program, compute.module)]
        self._scaler = torch.amp.GradScaler(compute.device.type, enabled=compute.precision == "float16")

    def due(self, step: int) -> bool:
        """Tell whether it learns in a step (counted from 1)."""
        return step % self.objective.every == 0

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of a loss to those of its weights; TrainingError where there are none."""
        if not loss.requires_grad:
            text = "No weight that may change leads to the loss, so there is nothing to learn."
            raise TrainingError(text, self.objective.minimise)
        scaled: Any = self._scaler.scale(loss)
        torch.autograd.backward(scaled, inputs=self.weights)

    def update(self, losses: Sequence[Tensor] = (), factor: Tensor | float | None = None) -> Tensor:
        """Change the weights by their gradients, and return the norm of these.

        losses: those that the gradients are of. factor: what the gradients are multiplied with before. NotFiniteError
        where a loss or the norm is no finite number; nothing is changed then. In float16 a step with such a norm is
        left out, and the losses are scaled less from then on, down to no scaling at all.
        """
        self._scaler.unscale_(self.optimizer)
        gradients = [weight.grad for weight in self.weights if weight.grad is not None]
        if factor is not None:
            for gradient in gradients:
                gradient.mul_(factor)
        norm = torch.nn.utils.get_total_norm(gradients)
        found = [*losses, norm.to(self.weights[0].device)]
        # all of them in one transfer: asking a device for a number makes it finish all work first
        *values, size = torch.stack([number.float() for number in found]).tolist()
        for value in values:
            if not math.isfinite(value):
                raise NotFiniteError(self.name, value)
        if not math.isfinite(size) and not (self._scaler.is_enabled() and self._scaler.get_scale() > 1):
            norm = torch.stack([gradient.double().norm() for gradient in gradients]).norm()  # squares overflow sooner
            if not math.isfinite(float(norm)):
                raise NotFiniteError("gradient", float(norm))
        if self.objective.clip:
            torch.nn.utils.clip_grads_with_norm_(self.weights, self.objective.clip, norm)
        self._scaler.step(self.optimizer)
        self._scaler.update()
        self.optimizer.zero_grad()
        self.rates.stepped()
        return norm

    def half_made(self) -> str | None:
        """Return the weight at which the optimizer was, when it began to keep something of each and could not go on."""
        kept = self.optimizer.state
        if not kept or (len(kept) == len(self.weights) and len({tuple(item) for item in kept.values()}) == 1):
            return None
        last = next(reversed(kept))
        return next((name for name, weight in self._named() if weight is last), None)

    def _named(self) -> Iterator[tuple[str, Tensor]]:
        for group in self.optimizer.param_groups:
            yield from zip(group["param_names"], group["params"], strict=True)

    def state(self) -> dict[str, Any]:
        """Return what a resumed training needs to go on."""
        return {
            "optimizer": optimizer_state(self.optimizer),
            "rates": self.rates.state(),
            "scaler": self._scaler.state_dict(),
        }

    def restore(self, state: dict[str, Any], made: int, left: int) -> None:
        """Put back what :meth:`state` returned. made, left: the training's steps."""
        every = self.objective.every
        same = self.rates.restore(state["rates"], (made + left) // every - made // every)
        restore_optimizer(self.optimizer, state["optimizer"], settings=same)
        self._scaler.load_state_dict(state["scaler"])


def learning_weights(learners: list[Learner], module: nn.Module) -> set[str]:
    """Return the names of the weights that some objective changes."""
    wanted = {id(weight) for learner in learners for weight in learner.weights}
    return {name for name, weight in module.named_parameters() if id(weight) in wanted}
