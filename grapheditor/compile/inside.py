"""Looking inside: a twin of a module that shows every intermediate, printed from the same expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn

from grapheditor.compile.emit import WATCH, Printed, print_module
from grapheditor.compile.program import Program, execute

Watcher = Callable[[str, Tensor], None]
"""Takes the path of a node, such as ``blocks.3.attention``, and its value, as soon as that is there."""


class Inside:
    """The instrumented printing of a program; its results equal the plain module's bit for bit.

    It computes in the order of the plain one, so what passes between two calls of a watcher is the later node's doing.
    """

    def __init__(self, program: Program) -> None:
        self.printed: Printed = print_module(program.linking, watched=True)
        space = execute(self.printed.text, f"{self.printed.name} inside", {WATCH: _show})
        self._kind = cast(type[nn.Module], space[self.printed.name])

    def twin(self, module: nn.Module, watcher: Watcher) -> nn.Module:
        """Return a module that has the weights of another one, the very same tensors, and calls the watcher."""
        with torch.device("meta"):
            twin = self._kind()
        for (path, ours), (_, theirs) in zip(twin.named_modules(), module.named_modules(), strict=True):
            ours._parameters, ours._buffers = theirs._parameters, theirs._buffers
            ours.training = theirs.training
            watched = _Watched(f"{path}." if path else "", watcher)
            if type(ours).__module__ == self._kind.__module__:
                ours.__dict__[WATCH] = watched
            elif path.rpartition(".")[2].isdigit():
                ours.register_forward_hook(_shown(path, watcher))
        return twin


class _Watched:
    """Who wants to see the values of one module of the twin."""

    def __init__(self, prefix: str, watcher: Watcher) -> None:
        self.prefix = prefix
        self.watcher = watcher


def _show(module: nn.Module, name: str, value: Tensor) -> None:
    watched: _Watched = module.__dict__[WATCH]
    watched.watcher(f"{watched.prefix}{name}", value)


def _shown(path: str, watcher: Watcher) -> Callable[[nn.Module, Any, Tensor], None]:
    """A copy of a layer in a chain stands on no line of its own."""

    def hook(_module: nn.Module, _arguments: Any, value: Tensor) -> None:
        watcher(path, value)

    return hook


def first_not_finite(program: Program, module: nn.Module, call: Callable[[nn.Module], object]) -> str | None:
    """Return the path of the first node whose value holds NaN or an infinity, None where all are finite.

    call: calls the module, or a method of it, as the computation in question did.
    """
    found: list[str] = []

    def look(path: str, value: Tensor) -> None:
        if not found and value.is_floating_point() and not bool(torch.isfinite(value).all()):
            found.append(path)

    call(Inside(program).twin(module, look))
    return found[0] if found else None
