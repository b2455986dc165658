"""ONNX: torch's exporter with free symbols kept free, then compared with the module in onnxruntime."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn
from torch.nn.utils import parametrize

from grapheditor import __version__
from grapheditor.catalog import catalog
from grapheditor.compile.agreement import BATCHES, INSIDE, TOLERANCES, Disagreement, Point, compare, examples, points
from grapheditor.compile.described import description
from grapheditor.compile.export import ExportError, Settings, Told, quiet
from grapheditor.compile.loops import places, with_loops
from grapheditor.compile.model import check_opset, model_of
from grapheditor.compile.parity import Parity, look_inside
from grapheditor.compile.program import Program
from grapheditor.compile.stream import write_model
from grapheditor.compile.unsaid import ungiven, unsaid
from grapheditor.compile.used import needed
from grapheditor.graph import Output
from grapheditor.graph.arithmetic import Name, Number, Term
from grapheditor.graph.file import replace_file


def export_onnx(
    program: Program, path: Path, module: nn.Module, settings: Settings, told: Told = quiet
) -> dict[str, Any]:
    """Export, check at three batch sizes, and only then write the file; ExportError where it does not agree.

    What runs place by place is a loop in the file; where torch cannot say it as one, its places are written out, which
    needs a length that is stated.
    """
    check_opset(settings.opset)
    _refuse(program)
    _settle(module)
    along = list(places(program.graph, program.analysis.nodes))
    if not along:
        return _written(program, path, module, module, settings, told)
    try:
        return _written(program, path, module, with_loops(program, module), settings, told)
    except ExportError as error:
        for name, count in along:
            if isinstance(count, str):
                text = f"{name} goes from place to place along {count}, and PyTorch cannot export it as a loop"
                raise ExportError(f"{text}; give the length: --size {count}=32.", "format", name) from error
        return _written(program, path, module, module, settings, told)


def _refuse(program: Program) -> None:
    """Refuse what cannot be right in a file, before it is tried."""
    for path, operator, options in needed(program.graph, program.analysis.nodes, catalog(), program.results):
        text = unsaid(operator, options)
        if text is not None:
            raise ExportError(f"{path} {text}", "graph", path)
    for name in program.results:
        for start in program.graph.inputs(name, "x"):
            kind = program.analysis.nodes[start.node].outputs.get(start.port)
            if kind is not None and ungiven(kind):
                raise ExportError(f"{name} {ungiven(kind)}", "graph", name)


def _settle(module: nn.Module) -> None:
    """Let weights that are made of others be what these make of them now: nothing learns in the file."""
    for layer in list(module.modules()):
        if parametrize.is_parametrized(layer):
            for name in list(cast(nn.ModuleDict, layer.parametrizations)):
                parametrize.remove_parametrizations(layer, name)


def _written(
    program: Program, path: Path, module: nn.Module, exported: nn.Module, settings: Settings, told: Told
) -> dict[str, Any]:
    told("convert")
    model = drawn_up(program, exported, settings)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / path.name
        told("store")
        files = write_model(model, draft)
        told("compare")
        worst, parity = _compared(program, draft, module, settings)
        told("write")
        for file in files:
            replace_file(path.with_name(file.name), file)
    return {
        "opset": model.opset_imports[""],
        "precision": settings.precision,
        "nodes": sum(1 for _ in model.graph),
        "max_relative_difference": worst,
        "tolerance": TOLERANCES[settings.precision],
        "batches": list(BATCHES) if program.analysis.batch else [1],
        **({"parity": parity.describe()} if parity is not None else {}),
        **({"weights": str(path.with_name(files[0].name))} if len(files) > 1 else {}),
    }


def drawn_up(program: Program, module: nn.Module, settings: Settings) -> Any:
    """Return the model that is written, with all that it says of itself."""
    inputs = examples(program, program.analysis.at(3))
    dynamic = [_dynamic(program, name) for name in program.inputs]
    model = model_of(program, module, list(inputs.values()), program.results, settings, dynamic)
    model.producer_name, model.producer_version = "grapheditor", __version__
    model.doc_string = program.graph.info.doc or None
    model.graph.name = program.printed.name
    model.metadata_props.update(description(program, module, settings.metadata))
    return model


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


def _compared(program: Program, draft: Path, module: nn.Module, settings: Settings) -> tuple[float, Parity | None]:
    """Return the largest difference and, where it is wanted, that of each node; ExportError where one is too large."""
    tolerance = TOLERANCES[settings.precision]
    try:
        worst = compare(program, draft, module, tolerance)
    except Disagreement as error:
        raise _blamed(program, draft, module, settings, error) from error
    if not settings.parity:
        return worst, None
    point: Point = next(iter(points(program)))
    parity = look_inside(program, module, draft, point, settings)
    first = parity.first_above(INSIDE * tolerance)
    if first is not None:
        text = f"The results agree, and inside them {first[0]} differs from the module by {first[1]:.1e}"
        raise ExportError(f"{text} (at most {INSIDE * tolerance:.0e} is right).", "exporter", first[0])
    return worst, parity


def _blamed(program: Program, draft: Path, module: nn.Module, settings: Settings, error: Disagreement) -> ExportError:
    """Return an error that says also which node is the first that differs, where that can be found."""
    tolerance = TOLERANCES[settings.precision]
    try:
        parity = look_inside(program, module, draft, error.point, settings)
    except ExportError as other:
        return ExportError(f"{error.message} Which node it is could not be found. {other.message}", "exporter")
    first = parity.first_above(INSIDE * tolerance) or parity.first_above(tolerance)
    if first is None:
        text = "Each node agrees when all are looked at, so it is what the exporter makes of several together."
        return ExportError(f"{error.message} {text}", "exporter")
    return ExportError(f"{error.message} The first node is {first[0]}, by {first[1]:.1e}.", "exporter", first[0])
