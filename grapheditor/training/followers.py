"""Weights that follow others instead of learning: the moving average of a network, and target copies of its nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from grapheditor.training.errors import RecipeError
from grapheditor.training.optimizer import weights_under

if TYPE_CHECKING:
    from torch import Tensor, nn

    from grapheditor.compile import Program
    from grapheditor.graph.recipe import Target


class Average:
    """The exponential moving average of a module's weights; its buffers are taken as they are."""

    def __init__(self, module: nn.Module, keep: float) -> None:
        """keep: the share of the old average that stays in a step."""
        self._module = module
        self._keep = keep
        self._weights = dict(module.named_parameters())
        self._average = {name: weight.detach().clone() for name, weight in self._weights.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights after a step."""
        torch._foreach_lerp_(list(self._average.values()), list(self._weights.values()), 1 - self._keep)

    def state(self) -> dict[str, Tensor]:
        """Return the averages by name."""
        return self._average

    @torch.no_grad()
    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Put back what :meth:`state` returned."""
        for name, value in self._average.items():
            value.copy_(state[name])

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let the module have the averages meanwhile."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for name, weight in self._weights.items():
            weight.data, self._average[name] = self._average[name], weight.data


class Follower:
    """A node whose weights follow those of another node; they no longer learn."""

    def __init__(self, target: Target, program: Program, module: nn.Module) -> None:
        """TrainingError where the two have not the same weights."""
        self._target = target
        theirs, own = (_weights(program, module, path) for path in (target.of, target.node))
        if {name: value.shape for name, value in theirs.items()} != {name: value.shape for name, value in own.items()}:
            text = f"The weights of {target.node} are to follow those of {target.of}, and they are not alike."
            raise RecipeError(text, target.node.partition(".")[0])
        self._pairs = [(own[name], value) for name, value in theirs.items()]
        for value in own.values():
            value.requires_grad_(False)

    @torch.no_grad()
    def begin(self) -> None:
        """Take over the other's weights before the first step."""
        for own, other in self._pairs:
            own.copy_(other)

    @torch.no_grad()
    def stepped(self, step: int) -> None:
        """Follow, if it is time; steps are counted from 1."""
        if step % self._target.every:
            return
        for own, other in self._pairs:
            if own.is_floating_point():
                own.lerp_(other, 1 - self._target.keep)
            else:
                own.copy_(other)


def _weights(program: Program, module: nn.Module, path: str) -> dict[str, Tensor]:
    """Return the weights and buffers of a node by the rest of their names behind its own."""
    chosen, holder = weights_under(program, path), program.holder(path)
    state = module.state_dict(keep_vars=True).items()
    found = {name.removeprefix(holder): value for name, value in state if name in chosen}
    if not found:
        raise RecipeError(f"{path} has no weights that could be followed.", path.partition(".")[0])
    return found
