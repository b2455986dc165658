"""Looking inside: a twin of a module that shows every intermediate, printed from the same expressions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from copy import copy
from typing import Any

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
        self._classes = execute(self.printed.text, f"{self.printed.name} inside", {WATCH: _show})
        self._plain = program.kind.__module__

    def twin(self, module: nn.Module, watcher: Watcher) -> nn.Module:
        """Return a module that has the weights of another one, the very same tensors, and calls the watcher."""
        return self._twin(module, "", watcher)

    def _twin(self, module: nn.Module, path: str, watcher: Watcher) -> nn.Module:
        twin = copy(module)
        within = f"{path}." if path else ""
        twin._modules = {
            name: None if inner is None else self._twin(inner, f"{within}{name}", watcher)
            for name, inner in module._modules.items()
        }
        if type(module).__module__ == self._plain:
            twin.__class__ = self._classes[type(module).__name__]
            twin.__dict__[WATCH] = _Watched(within, watcher)
        elif path.rpartition(".")[2].isdigit():
            twin._forward_hooks = OrderedDict()
            twin.register_forward_hook(_shown(path, watcher))
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
