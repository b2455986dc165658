"""ONNX: torch's exporter with free symbols kept free, then compared with the module in onnxruntime."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import nn

from grapheditor.compile import symbols
from grapheditor.compile.export import ExportError
from grapheditor.compile.loops import places, with_loops
from grapheditor.compile.program import Program
from grapheditor.compile.stream import write_model
from grapheditor.graph import Output
from grapheditor.graph.arithmetic import Name, Number, Term
from grapheditor.graph.file import replace_file

BATCHES = (1, 2, 5)
TOLERANCE = 1e-4
"""The largest relative difference in float32: max |a - b| / max |a|."""


def export_onnx(program: Program, path: Path, module: nn.Module) -> dict[str, Any]:
    """Export, check at three batch sizes, and only then write the file; ExportError where it does not agree.

    What runs place by place is a loop in the file; where torch cannot say it as one, its places are written out, which
    needs a length that is stated.
    """
    along = list(places(program.graph, program.analysis.nodes))
    if not along:
        return _written(program, path, module, module)
    try:
        return _written(program, path, module, with_loops(program, module))
    except ExportError as error:
        for name, count in along:
            if isinstance(count, str):
                text = f"{name} goes from place to place along {count}, and PyTorch cannot export it as a loop"
                raise ExportError(f"{text}; give the length: --size {count}=32.", "format", name) from error
        return _written(program, path, module, module)


def _written(program: Program, path: Path, module: nn.Module, exported: nn.Module) -> dict[str, Any]:
    traced = _exported(program, exported)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / path.name
        files = write_model(traced.model, draft)
        worst = _worst(program, draft, module)
        for file in files:
            replace_file(path.with_name(file.name), file)
    model = traced.model
    batches = list(BATCHES) if program.analysis.batch else [1]
    return {
        "opset": model.opset_imports[""],
        "nodes": sum(1 for _ in model.graph),
        "max_relative_difference": worst,
        "batches": batches,
        **({"weights": str(path.with_name(files[0].name))} if len(files) > 1 else {}),
    }


def _exported(program: Program, module: nn.Module) -> Any:
    point = program.analysis.at(3)
    examples = tuple(_example(program, name, point) for name in program.inputs)
    dynamic = tuple(_dynamic(program, name) for name in program.inputs)
    with _quiet(), torch.no_grad():
        try:
            traced = torch.onnx.export(
                module,
                examples,
                dynamo=True,
                dynamic_shapes=dynamic,
                input_names=list(program.inputs),
                output_names=list(program.results),
                verbose=False,
            )
        except Exception as error:  # noqa: BLE001 - the exporter fails in many ways; each becomes a sentence
            first = str(error).strip().split("\n", 1)[0]
            raise ExportError(f"PyTorch cannot export this to ONNX: {first}", "exporter") from error
    assert traced is not None
    traced.model.producer_name = "grapheditor"
    return traced


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter talks on both streams and in warnings; what matters of it comes as an exception."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    silent = io.StringIO()
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(silent),
            contextlib.redirect_stderr(silent),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)


def _dims(program: Program, name: str) -> tuple[Term | None, ...]:
    return program.analysis.nodes[name].outputs[Output(name).port].dims


def _dynamic(program: Program, name: str) -> dict[int, Any]:
    """Name the dimensions that are plain symbols; others with symbols in them are left for torch to work out."""
    found: dict[int, Any] = {}
    for i, dim in enumerate(_dims(program, name)):
        if isinstance(dim, Name):
            found[i] = torch.export.Dim(dim.name)
        elif not isinstance(dim, Number):
            found[i] = torch.export.Dim.DYNAMIC
    return found


def _example(program: Program, name: str, point: dict[str, int]) -> torch.Tensor:
    """Return numbers that an input could take, the same every time."""
    shape = program.input_shape(name)
    sizes = [symbols.value(size, point) for size in shape]
    dtype = program.analysis.nodes[name].outputs["out"].dtype
    generator = torch.Generator().manual_seed(7)
    if dtype.startswith("float"):
        return torch.randn(sizes, generator=generator, dtype=getattr(torch, dtype))
    return torch.randint(0, 2, sizes, generator=generator, dtype=getattr(torch, dtype))


def _worst(program: Program, draft: Path, module: nn.Module) -> float:
    """Return the largest difference at any batch; ExportError where one is too large, or the file does not run."""
    worst = 0.0
    try:
        for difference in _differences(program, draft, module):
            if not difference <= TOLERANCE:
                text = (
                    f"The exported file differs from the module by {difference:.1e} (at most {TOLERANCE:.0e} is right)."
                )
                raise ExportError(text, "exporter")
            worst = max(worst, difference)
    except ExportError:
        raise
    except Exception as error:
        first = str(error).strip().split("\n", 1)[0]
        raise ExportError(f"The exported network cannot be run: {first}", "exporter") from error
    return worst


def _differences(program: Program, path: Path, module: nn.Module) -> Iterator[float]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    for point in _points(program):
        inputs = {name: _example(program, name, point) for name in program.inputs}
        with torch.inference_mode():
            wanted = module(*inputs.values())
        given = session.run(None, {name: value.numpy() for name, value in inputs.items()})
        for a, b in zip(wanted if isinstance(wanted, tuple) else (wanted,), given, strict=True):
            yield _relative(a, torch.from_numpy(b))


def _points(program: Program) -> Iterator[dict[str, int]]:
    """Yield where the file is compared: three batches, each with other values of the other symbols, small ones."""
    analysis = program.analysis
    first, *others = analysis.points
    others.sort(key=lambda point: prod(size for name, size in point.items() if name != analysis.batch))
    for batch, point in zip(BATCHES, (first, *others[:2]) if others else (first,) * 3, strict=True):
        yield point if analysis.batch is None else {**point, analysis.batch: batch}


def _relative(a: torch.Tensor, b: torch.Tensor) -> float:
    if a.shape != b.shape:
        return float("inf")
    a, b = a.double(), b.double()
    return float((a - b).abs().max() / a.abs().max().clamp_min(1e-12))
