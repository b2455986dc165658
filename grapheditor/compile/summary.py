"""The summary of a graph, as the command line prints it: totals, and a row for each operator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from grapheditor.compile.facts import NodeInfo, WireType
from grapheditor.compile.infer import Analysis
from grapheditor.graph import Body, Graph
from grapheditor.graph.arithmetic import evaluate


def summary(graph: Graph, analysis: Analysis, batch: int | None = None) -> dict[str, Any]:
    """Return totals and rows; with a batch all sizes are integers and costs are for that many samples, else for one.

    What is repeated alike has one row with its count; the row's costs are those of one copy, the totals of all. Weights
    that are shared or tied count once in the totals.
    """
    rows = list(_rows(graph, analysis.nodes, analysis.order, analysis, batch, "", 1))
    totals = {key: sum(row[key] * row["count"] for row in rows) for key in ("multiply_adds", "activation_bytes")}
    return {"parameters": analysis.parameters, **totals, "nodes": rows}


def _rows(
    body: Body,
    nodes: Mapping[str, NodeInfo],
    order: list[str] | tuple[str, ...],
    analysis: Analysis,
    batch: int | None,
    prefix: str,
    count: int,
) -> Iterator[dict[str, Any]]:
    for name in order:
        info = nodes.get(name)
        if info is None or info.bypassed:
            continue
        at = 0
        for _, group in groupby(info.instances, key=id):
            alike = list(group)
            whole = info.copies is None or len(alike) == len(info.copies)
            path = f"{prefix}{name}" if whole else f"{prefix}{name}.{at}"
            at += len(alike)
            yield from _one(body, name, alike[0], analysis, batch, path, count * len(alike))


def _one(
    body: Body, name: str, info: NodeInfo, analysis: Analysis, batch: int | None, path: str, count: int
) -> Iterator[dict[str, Any]]:
    """Yield the row of an operator, or the rows of what is inside a module; its ports are none."""
    operator = body.nodes[name].operator
    if info.inside is not None:
        module = body.modules[operator]
        inner = [item for item in info.inside.order if module.nodes[item].operator not in ("input", "output")]
        yield from _rows(module, info.inside.nodes, inner, analysis, batch, f"{path}.", count)
        return
    yield {
        "path": path,
        "operator": operator,
        "count": count,
        "outputs": [_output(kind, analysis, batch) for kind in info.outputs.values()],
        "parameters": info.parameters,
        "multiply_adds": analysis.cost(info.multiply_adds, batch or 1),
        "activation_bytes": analysis.cost(info.activation_bytes, batch or 1),
    }


def _output(kind: WireType, analysis: Analysis, batch: int | None) -> dict[str, Any]:
    if batch is None:
        return {"shape": list(kind.shape), "dtype": kind.dtype}
    point = analysis.at(batch)
    return {"shape": ["?" if dim is None else evaluate(dim, point) for dim in kind.dims], "dtype": kind.dtype}
