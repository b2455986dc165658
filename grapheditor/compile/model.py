"""From a module to an ONNX model in memory: torch's exporter, the opset and the precision that are wanted."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import onnx
import torch
from onnx.helper import find_min_ir_version_for, make_opsetid
from onnxscript import opset18
from onnxscript.rewriter._pattern_ir import Constant
from onnxscript.rewriter.rules.common import _no_op
from onnxscript.version_converter import convert_version
from torch import Tensor, nn

from grapheditor.compile.export import ExportError, Settings
from grapheditor.compile.halves import to_half
from grapheditor.compile.program import Program

TORCHS = 18
"""The opset that torch's exporter is written in; it converts to newer ones itself."""
LOWEST_OPSET = 9
"""With it weights became no inputs (IR 4)."""
PRIVATE = ("pkg.torch.onnx.stack_trace", "pkg.torch.onnx.fx_node")
"""What torch notes about a node and what is nobody's business: where the exporting machine has its libraries."""


def model_of(
    program: Program,
    module: nn.Module,
    examples: Sequence[Tensor],
    results: Sequence[str],
    settings: Settings,
    dynamic: Sequence[dict[int, Any]] | None = None,
    inside: str = "",
) -> Any:
    """Return a model of onnxscript's; ExportError where torch's exporter or ONNX cannot.

    examples: one for each input of the program. dynamic: which of their sizes stay free; none by default. inside: what
    stands before the names of the program's weights.
    """
    with _quiet(), torch.no_grad():
        _be_exact()
        try:
            made: Any = torch.onnx.export(
                module,
                tuple(examples),
                dynamo=True,
                dynamic_shapes=tuple(dynamic) if dynamic is not None else None,
                input_names=list(program.inputs),
                output_names=list(results),
                opset_version=None if settings.opset is None else max(settings.opset, TORCHS),
                custom_translation_table={torch.ops.aten.log_sigmoid.default: _log_sigmoid},
                verbose=False,
            )
            if settings.opset is not None:
                _convert(made.model, settings.opset)
        except Exception as error:  # noqa: BLE001 - the exporter fails in many ways; each becomes a sentence
            first = str(error).strip().split("\n", 1)[0]
            raise ExportError(f"PyTorch cannot export this to ONNX: {first}", "exporter") from error
    model = made.model
    if settings.opset is not None:
        _check_opset(model, settings.opset)
    for node in model.graph.all_nodes():
        for name in PRIVATE if model.ir_version >= 10 else tuple(node.metadata_props):  # nodes have it since IR 10
            node.metadata_props.pop(name, None)
    if settings.precision == "float16":
        to_half(model, fitted=[f"{inside}{name}" for fit in program.fits for name in (fit.mean, fit.std)])
    return model


def _log_sigmoid(x: Any) -> Any:
    """Say it as torch computes it: the logarithm of a sigmoid, which torch's exporter writes, ends at -17."""
    return opset18.Neg(opset18.Softplus(opset18.Neg(x)))


@cache
def _be_exact() -> None:
    """Let onnxscript leave out an addition or a multiplication only where it is by 0 or 1.

    By itself it takes 1e-9 for 0, and an eps of that size is lost.
    """
    for rule in _no_op.rules.rules:
        for node in rule._target_pattern:
            for value in node.inputs:
                if isinstance(value, Constant):
                    value._rel_tol = value._abs_tol = 0.0


def check_opset(opset: int | None) -> None:
    """Raise ExportError where nothing here knows an opset."""
    known = onnx.defs.onnx_opset_version()
    if opset is not None and not LOWEST_OPSET <= opset <= known:
        raise ExportError(f"There is no opset {opset} here: it may be {LOWEST_OPSET} to {known}.", "format")


def _convert(model: Any, opset: int) -> None:
    """Convert an optimised model, which has fewer operators than the one that torch would convert."""
    convert_version(model, opset, fallback=True)
    for node in model.graph.all_nodes() if opset < TORCHS else ():
        word = node.attributes.get("noop_with_empty_axes")
        if word is not None and not word.value:  # the default, which onnx leaves to operators that lack the word
            del node.attributes["noop_with_empty_axes"]


def _check_opset(model: Any, opset: int) -> None:
    """Say which version of the format an opset needs; ExportError where the model could not be converted to it."""
    found = model.opset_imports[""]
    if found != opset:
        text = f"This network cannot be said in opset {opset}: PyTorch writes {found}, and ONNX's converter does not"
        raise ExportError(f"{text} lead from there to {opset}. Give a number nearer to {found}.", "exporter")
    model.ir_version = find_min_ir_version_for([make_opsetid("", opset)])


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
