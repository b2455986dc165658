"""The summary of a graph, as the command line prints it: totals, and a row for each node."""

from __future__ import annotations

from typing import Any

from grapheditor.compile.facts import WireType
from grapheditor.compile.infer import Analysis
from grapheditor.graph import Graph
from grapheditor.graph.arithmetic import evaluate


def summary(graph: Graph, analysis: Analysis, batch: int | None = None) -> dict[str, Any]:
    """Return totals and rows; with a batch all sizes are integers and costs are for that many samples, else for one."""
    samples = batch or 1
    rows: list[dict[str, Any]] = []
    for name in analysis.order:
        info = analysis.nodes.get(name)
        if info is None:
            continue
        rows.append(
            {
                "path": name,
                "operator": graph.nodes[name].operator,
                "count": 1,
                "outputs": [_output(kind, analysis, batch) for kind in info.outputs.values()],
                "parameters": info.parameters,
                "multiply_adds": analysis.multiply_adds(name, samples),
                "activation_bytes": analysis.activation_bytes(name, samples),
            }
        )
    totals = {key: sum(row[key] for row in rows) for key in ("parameters", "multiply_adds", "activation_bytes")}
    return {**totals, "nodes": rows}


def _output(kind: WireType, analysis: Analysis, batch: int | None) -> dict[str, Any]:
    if batch is None:
        return {"shape": list(kind.shape), "dtype": kind.dtype}
    point = analysis.at(batch)
    return {"shape": ["?" if dim is None else evaluate(dim, point) for dim in kind.dims], "dtype": kind.dtype}
