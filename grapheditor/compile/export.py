"""Exports: the ending of the path says which, ONNX, PyTorch source or weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from grapheditor.compile.program import Program
from grapheditor.graph.file import FileError, replace_file

Weights = Mapping[str, torch.Tensor]
Reason = Literal["format", "folder", "weights", "graph", "exporter"]
Precision = Literal["float32", "float16"]


STEPS = ("compile", "weights", "convert", "store", "compare", "write")
"""What an export does one after the other; not every format needs all. Whoever waits is told where it is."""
Told = Callable[[str], object]


def quiet(_step: str) -> None:
    """Tell nobody."""


class ExportError(ValueError):
    """An export cannot be made; ``reason`` tells whose fault it is: the path's, the weights', the graph's or torch's
    exporter's.
    """

    def __init__(self, message: str, reason: Reason, node: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.node = node


@dataclass(frozen=True, slots=True)
class Settings:
    """How an ONNX file is made.

    precision: what weights are stored and computations made in; inputs and outputs stay as they are.
    opset: the version of ONNX's operators; None takes that of torch's exporter.
    parity: the values of all nodes are compared, not those of the results alone.
    metadata: what the file says of itself besides what the graph knows, such as the run that its weights are from.
    """

    precision: Precision = "float32"
    opset: int | None = None
    parity: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)


def export(
    program: Program,
    path: Path,
    weights: Weights | None,
    settings: Settings = Settings(),  # noqa: B008 - it is frozen
    told: Told = quiet,
) -> dict[str, Any]:
    """Write a file in the format of its ending; ExportError with a sentence where that fails.

    weights: by name; None takes fresh ones. told: called with each of STEPS as it begins. The result is what the
    command line prints.
    """
    check_path(path, settings)
    try:
        if path.suffix.lower() == SOURCE:
            told("write")
            replace_file(path, program.source.encode())
            return {"path": str(path)}
        told("weights")
        module = loaded(program, weights)
        return {"path": str(path), **WRITERS[path.suffix.lower()](program, path, module, settings, told)}
    except FileError as error:
        raise ExportError(f"{error.message}.", "folder") from error
    except MemoryError as error:
        raise ExportError("There is not enough memory for the weights.", "folder") from error
    except RuntimeError as error:
        if "can't allocate memory" not in str(error) and "not enough memory" not in str(error):
            raise
        raise ExportError("There is not enough memory for the weights.", "folder") from error


def check_path(path: Path, settings: Settings = Settings()) -> None:  # noqa: B008 - it is frozen
    """Raise ExportError where a path says no known format, or one without such settings, or lies in no folder."""
    if path.suffix.lower() not in KNOWN:
        raise ExportError(f"The name must end in {', '.join(KNOWN[:-1])} or {KNOWN[-1]}.", "format")
    if not path.parent.is_dir():
        raise ExportError(f"There is no folder {path.parent} to export into.", "folder")
    if path.suffix.lower() != ONNX and replace(settings, metadata={}) != Settings():
        raise ExportError(f"Precision, opset and parity are those of ONNX: give a name that ends in {ONNX}.", "format")


def takes_weights(path: Path) -> bool:
    """Tell whether the format of a path holds weights; a source does not."""
    return path.suffix.lower() != SOURCE


def loaded(program: Program, weights: Weights | None) -> nn.Module:
    """Return the module with weights, ready to be evaluated; ExportError names the first that does not fit."""
    module = program.module().eval()
    if weights is None:
        return module
    own = distinct(module.state_dict())
    for name, value in own.items():
        node = name.split(".")[0]
        if name not in weights:
            raise ExportError(
                f"The run has no weight {name}: the graph has changed since. Train it again.", "weights", node
            )
        if weights[name].shape != value.shape:
            shapes = f"{list(weights[name].shape)} in the run, {list(value.shape)} in the graph"
            raise ExportError(f"The weight {name} has another shape: {shapes}. Train it again.", "weights", node)
    module.load_state_dict({name: weights[name] for name in own}, strict=False)  # what is tied is another one
    return module


def distinct(state: Weights) -> dict[str, torch.Tensor]:
    """Return a module's weights without those that are others under a second name."""
    found: dict[str, torch.Tensor] = {}
    seen: set[tuple[int, torch.Size]] = set()
    for name, value in state.items():
        place = (value.data_ptr(), value.shape)
        if not value.numel() or place not in seen:
            found[name] = value
        seen.add(place)
    return found


def _onnx(program: Program, path: Path, module: nn.Module, settings: Settings, told: Told) -> dict[str, Any]:
    from grapheditor.compile.onnx import export_onnx

    return export_onnx(program, path, module, settings, told)


def _weights(_program: Program, path: Path, module: nn.Module, _settings: Settings, told: Told) -> dict[str, Any]:
    from safetensors.torch import save

    told("write")
    replace_file(path, save({name: value.contiguous() for name, value in distinct(module.state_dict()).items()}))
    return {}


SOURCE, ONNX = ".py", ".onnx"
WRITERS: dict[str, Callable[[Program, Path, nn.Module, Settings, Told], dict[str, Any]]] = {
    ONNX: _onnx,
    ".safetensors": _weights,
}
"""How a module is written, by the ending of the path."""
KNOWN = (*WRITERS, SOURCE)
"""The endings that say what is written."""
