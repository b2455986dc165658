"""How far an ONNX file, run in onnxruntime, is from the module that it was made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from grapheditor.compile import symbols
from grapheditor.compile.export import ExportError, Precision
from grapheditor.compile.program import Program

BATCHES = (1, 2, 5)
TOLERANCES: Mapping[Precision, float] = {"float32": 1e-4, "float16": 1e-2}
"""The largest relative difference: max |a - b| / max |a|. A number in float16 is right to 5e-4 by itself."""
INSIDE = 10
"""So many times as much is right of values inside: rounding adds up in deep networks, and the results count."""
INDICES, DIVISORS = range(2), range(1, 4)
"""Whole numbers that any table of numbers has a row for; those that can be divided by."""
Point = Mapping[str, int]
Run = Callable[[Mapping[str, Tensor]], list[Tensor]]
T = TypeVar("T")


class Disagreement(ExportError):
    """The file does not compute what the module does; ``point`` has the sizes at which that was seen."""

    def __init__(self, difference: float, tolerance: float, point: Point) -> None:
        text = f"The exported file differs from the module by {difference:.1e} (at most {tolerance:.0e} is right)."
        super().__init__(text, "exporter")
        self.point = point


def compare(program: Program, file: Path, module: nn.Module, tolerance: float) -> float:
    """Return the largest difference at any batch; Disagreement where it is too large.

    ExportError where the file does not run.
    """
    worst = 0.0
    with in_words():
        run = running(file)
        for point in points(program):
            inputs, wanted = computed(program, module, point)
            for a, b in zip(wanted if isinstance(wanted, tuple) else (wanted,), run(inputs), strict=True):
                found = difference(a, b)
                if not found <= tolerance:
                    raise Disagreement(found, tolerance, point)
                worst = max(worst, found)
    return worst


def computed(program: Program, module: Callable[..., T], point: Point) -> tuple[dict[str, Tensor], T]:
    """Return what inputs could take, and what a module makes of it; where it divides whole numbers, without zeros."""
    inputs = examples(program, point)
    with torch.inference_mode():
        try:
            return inputs, module(*inputs.values())
        except RuntimeError as error:
            if "ZeroDivisionError" not in str(error):
                raise
            inputs = examples(program, point, DIVISORS)
            return inputs, module(*inputs.values())


def running(file: Path) -> Run:
    """Return what runs a file in onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def run(inputs: Mapping[str, Tensor]) -> list[Tensor]:
        return [torch.from_numpy(v) for v in session.run(None, {name: value.numpy() for name, value in inputs.items()})]

    return run


@contextmanager
def in_words() -> Iterator[None]:
    """Make an ExportError of what goes wrong while a file runs."""
    try:
        yield
    except ExportError:
        raise
    except Exception as error:
        first = str(error).strip().split("\n", 1)[0]
        raise ExportError(f"The exported network cannot be run: {first}", "exporter") from error


def points(program: Program) -> Iterator[Point]:
    """Yield where a file is compared: three batches, each with other values of the other symbols, small ones."""
    analysis = program.analysis
    first, *others = analysis.points
    others.sort(key=lambda point: prod(size for name, size in point.items() if name != analysis.batch))
    for batch, point in zip(BATCHES, (first, *others[:2]) if others else (first,) * 3, strict=True):
        yield point if analysis.batch is None else {**point, analysis.batch: batch}


def examples(program: Program, point: Point, whole: range = INDICES) -> dict[str, Tensor]:
    """Return numbers that the inputs could take, the same every time. whole: among which are whole numbers."""
    generator = torch.Generator().manual_seed(7)
    return {name: _example(program, name, point, whole, generator) for name in program.inputs}


def _example(program: Program, name: str, point: Point, whole: range, generator: torch.Generator) -> Tensor:
    sizes = [symbols.value(size, dict(point)) for size in program.input_shape(name)]
    dtype = program.analysis.nodes[name].outputs["out"].dtype
    if dtype.startswith("float"):
        return torch.randn(sizes, generator=generator, dtype=getattr(torch, dtype))
    whole = INDICES if dtype == "bool" else whole
    drawn = torch.randint(whole.start, whole.stop, sizes, generator=generator, dtype=getattr(torch, dtype))
    if dtype == "bool" and drawn.ndim > 1:
        drawn[..., 0] = True  # a mask that hides all of a sequence leaves nothing to compare
    return drawn


def difference(a: Tensor, b: Tensor) -> float:
    """Return the relative difference of b from a: max |a - b| / max |a|. Infinities must be where they are in a."""
    if a.shape != b.shape:
        return float("inf")
    if not a.numel():
        return 0.0
    a, b = a.detach().double(), b.detach().double()  # a result may be a weight itself
    apart = torch.where((a == b) | (a.isnan() & b.isnan()), 0.0, a - b).abs().max()
    largest = torch.where(a.isfinite(), a, 0.0).abs().max().clamp_min(1e-12)
    return float((apart / largest).nan_to_num(nan=float("inf")))
