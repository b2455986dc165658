"""Where an exported file goes wrong: the values of all nodes in onnxruntime beside those of the module.

The instrumented printing (:mod:`grapheditor.compile.inside`) is exported with every value as a result, by the same
exporter with the same settings, and gets the weights that stand in the file. So a weight that is wrong in the file, an
operator that the exporter gets wrong and one that onnxruntime computes otherwise show at the node where they are.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnxscript import ir
from torch import Tensor, nn

from grapheditor.compile.agreement import Point, computed, difference, in_words, running
from grapheditor.compile.export import Settings
from grapheditor.compile.inside import Inside
from grapheditor.compile.model import model_of
from grapheditor.compile.program import Program
from grapheditor.compile.stream import write_model

TWIN = "module."
"""Where the weights of the instrumented printing lie in what is exported."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How far each node's value is from the module's: paths such as ``blocks.3.attention``, in the order of computing.

    What runs place by place is there once for each place.
    """

    nodes: tuple[tuple[str, float], ...]

    def first_above(self, tolerance: float) -> tuple[str, float] | None:
        """Return the first node that differs by more than is right, and by how much; None where all agree."""
        return next(((path, apart) for path, apart in self.nodes if not apart <= tolerance), None)

    def describe(self) -> dict[str, Any]:
        """Return how many nodes were compared and which differs most, as the command line prints it."""
        path, apart = max(self.nodes, key=lambda item: item[1], default=("", 0.0))
        return {"nodes": len(self.nodes), "worst": path, "max_relative_difference": apart}


def look_inside(program: Program, module: nn.Module, file: Path, point: Point, settings: Settings) -> Parity:
    """Compare each value at some sizes; ExportError where the instrumented printing cannot be exported."""
    shown = _Shown(program, module)
    inputs, values = computed(program, shown, point)
    wanted = [value.clone() for value in values]
    paths = list(shown.paths)
    results = [f"value_{i}" for i in range(len(paths))]
    model = model_of(program, shown, list(inputs.values()), results, settings, inside=TWIN)
    _take_weights(model, file)
    with tempfile.TemporaryDirectory() as folder, in_words():
        write_model(model, Path(folder) / "inside.onnx")
        found = running(Path(folder) / "inside.onnx")(inputs)
    return Parity(tuple((path, difference(a, b)) for path, a, b in zip(paths, wanted, found, strict=True)))


class _Shown(nn.Module):
    """A module that returns each value once, in the order of computing.

    What merely arrives, or passes a node unchanged, is no value of its own; the first call decides that for all others.
    """

    def __init__(self, program: Program, module: nn.Module) -> None:
        super().__init__()
        self._values: list[tuple[str, Tensor]] = []
        self._kept: list[int] | None = None
        self.module = Inside(program).twin(module, lambda path, value: self._values.append((path, value)))

    @property
    def paths(self) -> list[str]:
        """The nodes whose values the last call returned."""
        return [self._values[i][0] for i in self._kept or ()]

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Compute, and return what was computed on the way."""
        self._values.clear()
        self.module(*inputs)
        if self._kept is None:
            first = {id(value): i for i, (_, value) in reversed(list(enumerate(self._values)))}
            self._kept = sorted(first[name] for name in first.keys() - set(map(id, inputs)))
        return tuple(self._values[i][1] for i in self._kept)


def _take_weights(model: Any, file: Path) -> None:
    """Give a model the weights of a file that has them under the same names, but for the twin's place."""
    written = ir.load(file).graph.initializers
    for name, value in model.graph.initializers.items():
        other = written.get(name.removeprefix(TWIN))
        if other is None or other.const_value is None or value.const_value is None:
            continue
        tensor, before = other.const_value, value.const_value
        if tuple(tensor.shape) == tuple(before.shape):
            value.const_value = ir.Tensor(np.asarray(tensor.numpy(), before.dtype.numpy()), name=name)
