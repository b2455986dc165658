"""The gradient that comes back along each wire: what a node gives may be taken by several others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree

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

    def gradients(self, losses: Iterable[Tensor], wires: Collection[Wire]) -> dict[Wire, Tensor]:
        """Return the gradient of the first loss that each wire leads to; none for wires that lead to none.

        A wire to a module leads to all in it that takes what it brings.
        """
        ends = {wire: self._ends(*wire) for wire in wires}
        found: dict[Wire, Tensor] = {}
        for loss in losses:
            left = {wire: aliases for wire, aliases in ends.items() if wire not in found and aliases}
            flat = [alias for aliases in left.values() for alias in aliases]
            if not flat or not loss.requires_grad:
                continue
            back = iter(torch.autograd.grad(loss, flat, retain_graph=True, allow_unused=True))
            for wire, aliases in left.items():
                parts = [part for part in (next(back) for _ in aliases) if part is not None]
                if parts:
                    found[wire] = torch.stack(parts).sum(0)
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
