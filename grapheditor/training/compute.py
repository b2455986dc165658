"""How a network is computed: on which device, in which precision, in which order of memory, compiled or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import MethodType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from grapheditor.training.errors import RecipeError
from grapheditor.training.inductor import keep_kernels

if TYPE_CHECKING:
    from grapheditor.graph import Recipe


class Compute:
    """Calls a module's methods as a recipe says.

    Networks with two-dimensional convolutions keep their channels last in memory, which is 1.5 times as fast on a CPU
    and needed for tensor cores; it changes no more than the order in which sums are added up.
    """

    def __init__(self, module: nn.Module, device: torch.device, recipe: Recipe) -> None:
        """Move a module to its device and its order of memory; TrainingError where the device cannot compute so."""
        self.module = module
        self.device = device
        self.precision = recipe.precision
        self._compile = recipe.compile
        self._methods: dict[str | Callable[..., Any], Any] = {}
        self._last = device.type in ("cpu", "cuda") and any(item.ndim == 4 for item in module.parameters())
        module.to(device)
        if self._last:
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if recipe.precision == "float16" and device.type == "cpu":
            raise RecipeError("A CPU computes float16 more slowly than float32; take bfloat16, or another device.")
        if recipe.compile:
            _check_compiler(device)

    def input(self, values: Tensor, dtype: torch.dtype) -> Tensor:
        """Return a batch as the module takes it: on the device, of this type, in this order of memory."""
        if self._last and values.ndim == 4:
            return values.to(self.device, dtype, memory_format=torch.channels_last)
        return values.to(self.device, dtype)

    def cast(self) -> AbstractContextManager[Any]:
        """Return the context in which the network computes."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, getattr(torch, self.precision))

    def call(self, method: str | Callable[..., Any], arguments: tuple[str, ...], batch: Mapping[str, Tensor]) -> Any:
        """Call a method of the module, or one beside those, with these inputs of a batch."""
        if method not in self._methods:
            found = getattr(self.module, method) if isinstance(method, str) else MethodType(method, self.module)
            self._methods[method] = torch.compile(found, dynamic=False) if self._compile else found
        with self.cast():
            return self._methods[method](*(batch[name] for name in arguments))


def _check_compiler(device: torch.device) -> None:
    """Torch compiles for a CPU with the C++ compiler of the machine."""
    if device.type != "cpu":
        return
    from torch._inductor.cpp_builder import get_cpp_compiler
    from torch._inductor.exc import InvalidCxxCompiler

    try:
        get_cpp_compiler()
    except (InvalidCxxCompiler, RuntimeError, OSError) as error:
        text = "To compile a network for a CPU torch needs a C++ compiler, such as g++ or clang, and there is none here"
        raise RecipeError(f"{text}; train without compiling.") from error
    keep_kernels()
