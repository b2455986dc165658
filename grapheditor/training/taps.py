"""The gradient that comes back along each wire: what a node gives may be taken by several others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree

K = TypeVar("K")
Wire = tuple[str, str]
"""The paths of the nodes where it begins and ends."""


class Taps(TorchFunctionMode):
    """Hands each node an alias of what it takes, so that the derivatives by the aliases are those along the wires."""

    def __init__(self) -> None:
        super().__init__()
        self._first: dict[int, str] = {}
        """Which node gave a tensor first, by the tensor's identity."""
        self._values: dict[str, Tensor] = {}
        self._here: dict[int, Tensor] = {}
        """The aliases that were made since the last node."""
        self._aliases: dict[str, dict[str, Tensor]] = {}
        """By the path of the node that gave it first, then of the node that takes it."""

    def take(self, path: str, value: Tensor) -> None:
        """A node was computed: what was taken since the last time was taken by it."""
        for given, alias in self._here.items():
            self._aliases.setdefault(self._first[given], {})[path] = alias
        self._here = {}
        self._first.setdefault(id(value), path)
        self._values[path] = value  # held, so that its identity stays its own

    def value(self, path: str) -> Tensor | None:
        """Return what a node gave, None where it was not computed."""
        return self._values.get(path)

    def gradients(
        self, losses: Sequence[Tensor], wires: Collection[Wire], turns: Mapping[str, Sequence[int]] | None = None
    ) -> dict[Wire, tuple[Tensor, int]]:
        """Return the gradient of the first loss that each wire leads to, and which that is; none where there is none.

        A wire to a module leads to all in it that takes what it brings. turns: in which order losses are asked, by the
        path of what a wire brings; as they come by default.
        """
        ends = {wire: aliases for wire in wires if (aliases := self._ends(*wire))}
        order = {wire: (turns or {}).get(wire[0], range(len(losses))) for wire in ends}
        found: dict[Wire, tuple[Tensor, int]] = {}
        for number, asked in in_turns(order, len(losses)):
            left = {wire: ends[wire] for wire in asked if wire not in found}
            flat = [alias for aliases in left.values() for alias in aliases]
            if not flat or not losses[number].requires_grad:
                continue
            back = iter(torch.autograd.grad(losses[number], flat, retain_graph=True, allow_unused=True))
            for wire, aliases in left.items():
                parts = [part for part in (next(back) for _ in aliases) if part is not None]
                if parts:
                    found[wire] = torch.stack(parts).sum(0), number
        return found

    def _ends(self, start: str, end: str) -> list[Tensor]:
        value = self._values.get(start)
        taken = self._aliases.get(self._first[id(value)], {}) if value is not None else {}
        return [alias for path, alias in taken.items() if path == end or path.startswith(f"{end}.")]

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, arguments: tuple[Any, ...] = (), named: Any = None
    ) -> Any:
        arguments, named = pytree.tree_map_only(Tensor, self._alias, (arguments, named or {}))
        return function(*arguments, **named)

    def _alias(self, tensor: Tensor) -> Tensor:
        if id(tensor) not in self._first or not tensor.requires_grad:
            return tensor
        if id(tensor) not in self._here:
            self._here[id(tensor)] = tensor.view_as(tensor)
        return self._here[id(tensor)]


def in_turns(order: Mapping[K, Sequence[int]], count: int) -> Iterator[tuple[int, list[K]]]:
    """Yield which loss is asked next, and for what: everything asks its first one, then its second one, and so on."""
    for turn in range(count):
        for number in range(count):
            asked = [key for key, numbers in order.items() if numbers[turn] == number]
            if asked:
                yield number, asked
