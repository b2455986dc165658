"""The summary of a graph, as the command line prints it: totals, and a row for each operator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType
from typing import Any

from grapheditor.compile.facts import NodeInfo, WireType
from grapheditor.compile.infer import Analysis
from grapheditor.graph import Body, Graph
from grapheditor.graph.arithmetic import SizeError, evaluate, names, parse


def sized(graph: Graph, sizes: Mapping[str, int]) -> Graph:
    """Return the graph with numbers in the place of symbols; SizeError where a graph has no such symbol."""
    changed = graph.copy()
    known: set[str] = set()
    for name, node in graph.nodes.items():
        shape = node.options.get("shape")
        if node.operator != "input" or not isinstance(shape, tuple):
            continue
        given = [names(parse(size)) if isinstance(size, str) else frozenset() for size in shape]
        known.update(*given)
        numbers = [
            evaluate(parse(str(size)), sizes) if found and found <= sizes.keys() else size
            for size, found in zip(shape, given, strict=True)
        ]
        changed.put(f"nodes.{name}", replace(node, options={**node.options, "shape": tuple(numbers)}))
    for symbol in sizes:
        if symbol not in known:
            shown = f"; there is: {', '.join(sorted(known))}" if known else ""
            raise SizeError(f"the graph has no symbol {symbol}{shown}")
    return changed


def summary(
    graph: Graph, analysis: Analysis, batch: int | None = None, kept: Mapping[str, int] = MappingProxyType({})
) -> dict[str, Any]:
    """Return totals and rows; with a batch all sizes are integers and costs are for that many samples, else for one.

    What is repeated alike has one row with its count; the row's costs are those of one copy, the totals of all. Weights
    that are shared or tied count once in the totals. kept: the bytes that each node makes autograd keep, by path.
    """
    rows = list(_rows(graph, analysis.nodes, analysis.order, analysis, batch, ("", ""), 1))
    for row in rows:
        row["kept_bytes"] = kept.get(row.pop("first"), 0)
    totals = {
        key: sum(row[key] * row["count"] for row in rows) for key in ("multiply_adds", "activation_bytes", "kept_bytes")
    }
    return {"parameters": analysis.parameters, **totals, "nodes": rows}


def _rows(
    body: Body,
    nodes: Mapping[str, NodeInfo],
    order: list[str] | tuple[str, ...],
    analysis: Analysis,
    batch: int | None,
    prefix: tuple[str, str],
    count: int,
) -> Iterator[dict[str, Any]]:
    """Yield rows. prefix: what their paths begin with, and the paths of the first copies that they stand for."""
    for name in order:
        info = nodes.get(name)
        if info is None or info.bypassed:
            continue
        at = 0
        for _, group in groupby(info.instances, key=id):
            alike = list(group)
            whole = info.copies is None or len(alike) == len(info.copies)
            path = f"{prefix[0]}{name}" if whole else f"{prefix[0]}{name}.{at}"
            first = f"{prefix[1]}{name}" if info.copies is None else f"{prefix[1]}{name}.{at}"
            at += len(alike)
            yield from _one(body, name, alike[0], analysis, batch, (path, first), count * len(alike))


def _one(
    body: Body, name: str, info: NodeInfo, analysis: Analysis, batch: int | None, path: tuple[str, str], count: int
) -> Iterator[dict[str, Any]]:
    """Yield the row of an operator, or the rows of what is inside a module; its ports are none."""
    operator = body.nodes[name].operator
    if info.inside is not None:
        module = body.modules[operator]
        inner = [item for item in info.inside.order if module.nodes[item].operator not in ("input", "output")]
        yield from _rows(module, info.inside.nodes, inner, analysis, batch, (f"{path[0]}.", f"{path[1]}."), count)
        return
    yield {
        "path": path[0],
        "first": path[1],
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
