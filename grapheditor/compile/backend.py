"""Evaluates recorded calls on the meta device: shapes and types without memory, multiply-adds without work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

ROOTS: dict[str, Any] = {"nn": nn, "F": functional, "torch": torch}
DTYPES = {name: getattr(torch, name) for name in ("float32", "float64", "int64", "bool")}


class MetaBackend:
    """The recorder's backend on torch's meta device."""

    def resolve(self, name: str) -> Any:
        """Return what a dotted name stands for in torch."""
        root, *path = name.split(".")
        value = ROOTS[root]
        for part in path:
            value = getattr(value, part)
        return value

    def call(self, function: Any, arguments: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """Call a function, a method or a layer; what it makes is on the meta device.

        The meta device takes what no real one does: a layer whose weights are of another type than what arrives.
        """
        if isinstance(function, nn.Module) and arguments and isinstance(arguments[0], torch.Tensor):
            held = (*function.parameters(), *function.buffers())
            own = next((item.dtype for item in held if item.is_floating_point()), None)
            if own is not None and arguments[0].is_floating_point() and arguments[0].dtype != own:
                came, wants = (str(kind).removeprefix("torch.") for kind in (arguments[0].dtype, own))
                raise TypeError(f"the weights are {wants}, and {came} arrives")
        return function(*arguments, **keywords)

    def given(self, shape: Sequence[int | str], dtype: str) -> torch.Tensor:
        """Make an empty tensor of that shape and type."""
        return torch.empty([int(size) for size in shape], dtype=DTYPES[dtype], device="meta")

    def is_tensor(self, value: Any) -> bool:
        """Tell whether a value is a tensor."""
        return isinstance(value, torch.Tensor)

    def is_layer(self, value: Any) -> bool:
        """Tell whether a value is a layer."""
        return isinstance(value, nn.Module)

    def is_constructor(self, function: Any) -> bool:
        """Tell whether calling a function makes a layer, a parameter or a buffer."""
        return isinstance(function, type) and (issubclass(function, nn.Module) or function in (nn.Parameter, nn.Buffer))


class MultiplyAdds(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the multiply-adds of convolutions and matrix products by torch's own formulas (two FLOPs each)."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Count one call; what torch has no formula for is taken apart first."""
        kwargs = kwargs or {}
        packet = func._overloadpacket
        if packet not in flop_registry and func is not torch.ops.prim.device.default:
            with self:
                parts = func.decompose(*args, **kwargs)
                if parts is not NotImplemented:
                    return parts
        result = func(*args, **kwargs)
        if packet in flop_registry:
            self.count += int(flop_registry[packet](*args, **kwargs, out_val=result)) // 2
        return result
