"""What an exported file says of itself: whose data it was taught, which classes it tells apart, what arrives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from torch import nn

from grapheditor.catalog import catalog
from grapheditor.compile.program import Program


def description(program: Program, module: nn.Module, given: Mapping[str, str]) -> dict[str, str]:
    """Return what a file's metadata says, texts under keys; all but the title and the doc are JSON.

    title, doc: the graph's own.
    inputs: of each input its shape, its type and, where the recipe has data, the field that it takes.
    data: id, title and licence of the data that the recipe names, and how many samples it has.
    classes: the names of its classes, in order.
    statistics: mean and deviation of what arrives at each node that was fitted to the training data.

    given: what else is known, of a run for instance; it wins.
    """
    info, source = program.graph.info, catalog().sources.get(program.graph.recipe.data or "")
    found: dict[str, Any] = {"inputs": {name: _input(program, name) for name in program.inputs}}
    if source is not None:
        found["data"] = {
            "id": source.id,
            "title": source.title,
            "licence": source.licence,
            "samples": dict(source.samples),
        }
        if source.classes:
            found["classes"] = list(source.classes)
    statistics = _statistics(program, module)
    if statistics:
        found["statistics"] = statistics
    own = {name: text for name, text in (("title", info.title), ("doc", info.doc)) if text}
    return own | {name: json.dumps(value, ensure_ascii=False) for name, value in found.items()} | dict(given)


def _input(program: Program, name: str) -> dict[str, Any]:
    field = {"field": program.graph.recipe.field(name)} if program.graph.recipe.data is not None else {}
    return {"shape": list(program.input_shape(name)), "dtype": program.input_type(name), **field}


def _statistics(program: Program, module: nn.Module) -> dict[str, dict[str, list[float]]]:
    """Return what fitted nodes know of the training data; before a training, nothing."""
    buffers = dict(module.named_buffers())
    found = {}
    for fit in program.fits:
        mean, std = buffers[fit.mean].flatten(), buffers[fit.std].flatten()
        if bool(mean.any()) or not bool((std == 1).all()):
            found[fit.node] = {"mean": mean.tolist(), "std": std.tolist()}
    return found
