"""The calls of torch that a node makes, kept so that they can be made again with other numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree

CLOSE = 1e-6
"""Two numbers are taken for the same where they differ by so much of the larger one."""
At = tuple[int, ...]
"""A place in a tensor."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of torch: what was called, with what, and which tensors it gave."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]
    results: tuple[Tensor, ...]

    @property
    def name(self) -> str:
        """The function's name, as torch's documentation has it: ``conv2d``."""
        return str(getattr(self.function, "__name__", self.function)).strip("_")

    def takes(self) -> list[Tensor]:
        """Return the tensors that it was called with, in their order."""
        return [leaf for leaf in pytree.tree_leaves((self.arguments, dict(self.named))) if isinstance(leaf, Tensor)]

    def again(self, result: int, others: Sequence[Tensor]) -> Tensor:
        """Return what it gives with other numbers in place of its floating tensors, in double precision."""
        left = iter(others)
        leaves, shape = pytree.tree_flatten((self.arguments, dict(self.named)))
        leaves = [next(left) if is_floating(leaf) else _on_cpu(leaf) for leaf in leaves]
        arguments, named = pytree.tree_unflatten(leaves, shape)
        found = [leaf for leaf in pytree.tree_leaves(self.function(*arguments, **named)) if isinstance(leaf, Tensor)]
        return found[result]

    def number(self, result: int, others: Sequence[Tensor], at: At) -> float | None:
        """Return the number at a place of what it gives with other numbers; None where it cannot take those."""
        with torch.no_grad():
            try:
                return float(self.again(result, [each.detach().clone() for each in others])[at])
            except (RuntimeError, IndexError, TypeError):
                return None


@dataclass(slots=True)
class Scene:
    """What a node computed with: its calls, and what the tensors are called that it took.

    path: of the node. values: paths of nodes by the identity of what they gave. weights: names of parameters and
    buffers, likewise. samples: how many the batch has.
    """

    path: str
    calls: list[Call]
    values: Mapping[int, str]
    weights: Mapping[int, str]
    samples: int
    made: dict[int, tuple[int, int]] = field(init=False)
    """By the identity of a tensor: which call gave it, and as which of its results."""

    def __post_init__(self) -> None:
        self.made = {}
        for number, call in enumerate(self.calls):
            taken = {id(tensor) for tensor in call.takes()}
            for place, result in enumerate(call.results):
                if id(result) in taken or id(result) in self.values:
                    continue  # it gives back what it took, or was seen before
                self.made.setdefault(id(result), (number, place))

    def source(self, tensor: Tensor) -> dict[str, Any]:
        """Say what a tensor is: the output of a node or a weight by its name, or an intermediate by its call."""
        shape = list(tensor.shape[1:] if self.has_samples(tensor) else tensor.shape)
        if id(tensor) in self.made:
            return {"call": self.made[id(tensor)][0], "shape": shape}
        if id(tensor) in self.weights:
            return {"weight": self.weights[id(tensor)], "shape": shape}
        return {"of": self.values.get(id(tensor), ""), "shape": shape}

    def place(self, tensor: Tensor, at: At) -> list[int]:
        """Return a place in a tensor without the sample, where it has samples."""
        return list(at[1:] if self.has_samples(tensor) else at)

    def has_samples(self, tensor: Tensor) -> bool:
        """Tell whether the first dimension of a tensor is that of the samples."""
        return tensor.ndim > 0 and len(tensor) == self.samples and not self.is_weight(tensor)

    def is_weight(self, tensor: Tensor) -> bool:
        """Tell whether a tensor is a parameter or a buffer."""
        return id(tensor) in self.weights


class Witness(TorchFunctionMode):
    """Keeps what some nodes of a network computed with, while a twin of it tells of each node's value."""

    def __init__(self, module: nn.Module, paths: Container[str], samples: int) -> None:
        super().__init__()
        named = [*module.named_parameters(), *module.named_buffers()]
        self._weights = {id(value): name for name, value in named}
        self._paths, self._samples = paths, samples
        self._values: dict[int, str] = {}
        self._held: list[Tensor] = []
        self._calls: list[Call] = []
        self._made: list[Call] = []
        self.scenes: dict[str, tuple[Scene, Tensor]] = {}
        """By path: what a node computed with, and what came of it."""

    def take(self, path: str, value: Tensor) -> None:
        """A node was computed, by the calls since the last one. Of one that is computed twice the last time counts."""
        if self._calls:
            self._made = self._calls
        if path in self._paths:
            # a further output of a node comes with the first one's calls
            scene = Scene(path, self._made, dict(self._values), self._weights, self._samples)
            self.scenes[path] = scene, value
        self._calls = []
        self._values.setdefault(id(value), path)
        self._held.append(value)  # else another tensor might get its identity

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, arguments: tuple[Any, ...] = (), named: Any = None
    ) -> Any:
        found = function(*arguments, **(named or {}))
        results = tuple(leaf for leaf in pytree.tree_leaves(found) if isinstance(leaf, Tensor))
        if results:
            self._calls.append(Call(function, arguments, named or {}, results))
        return found


def traced(scene: Scene, tensor: Tensor, at: At) -> tuple[Tensor, At]:
    """Follow a number back through calls that only move it, as far as the node goes."""
    while (made := scene.made.get(id(tensor))) is not None:
        before = moved(scene.calls[made[0]], made[1], at)
        if before is None:
            break
        tensor, at = before
    return tensor, at


def moved(call: Call, result: int, at: At) -> tuple[Tensor, At] | None:
    """Return where a number was before a call that only moves numbers; None for any other call."""
    taken = [tensor for tensor in call.takes() if is_floating(tensor)]
    given = call.results[result]
    own = given.detach()[at]
    if not given.is_floating_point() or not any(bool((tensor == own).any()) for tensor in taken):
        return None
    first, numbered = 1, []
    for tensor in taken:
        numbered.append(torch.arange(first, first + tensor.numel(), dtype=torch.float64).reshape(tensor.shape))
        first += tensor.numel()
    number = call.number(result, numbered, at)
    if number is None or number != int(number) or not 1 <= number < first:
        return None
    place, which = int(number) - 1, 0
    while place >= taken[which].numel():
        place -= taken[which].numel()
        which += 1
    others = [any_numbers(tensor) for tensor in taken]
    for sign in (1, -1):
        there = call.number(result, [sign * other for other in others], at)
        if there is None or not math.isclose(there, sign * float(others[which].flatten()[place]), rel_tol=CLOSE):
            return None
    return taken[which], unravelled(place, taken[which].shape)


def is_floating(value: object) -> bool:
    """Tell whether something is a tensor of floating numbers."""
    return isinstance(value, Tensor) and value.is_floating_point()


def _on_cpu(value: Any) -> Any:
    return value.cpu() if isinstance(value, Tensor) else value


def any_numbers(tensor: Tensor) -> Tensor:
    """Return numbers from -0.5 to 0.5 shaped like a tensor, always the same."""
    chance = torch.Generator().manual_seed(tensor.numel())
    return torch.rand(tensor.shape, generator=chance, dtype=torch.float64) - 0.5


def double(tensor: Tensor) -> Tensor:
    """Return the numbers of a tensor in double precision, on the CPU."""
    return tensor.detach().to("cpu", torch.float64)


def unravelled(place: int, shape: Sequence[int]) -> At:
    """Return the place with a number, counted row by row, in a tensor of a shape."""
    found = []
    for size in reversed(shape):
        found.append(place % size)
        place //= size
    return tuple(reversed(found))
