"""The summary of a graph, as the command line prints it: totals, and a row for each operator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType
from typing import Any

from grapheditor.compile.analysis import Analysis
from grapheditor.compile.facts import NodeInfo, WireType
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
    that are shared or tied count once in the totals. What nothing needs is not computed: it has no row.

    kept: the bytes that each node makes autograd keep, by path.
    """
    order = [name for name in analysis.order if name in analysis.used]
    rows = [row for row in _rows(graph, analysis.nodes, order, analysis, batch, _At()) if not row.pop("module")]
    for row in rows:
        at = row.pop("at")
        row["kept_bytes"] = kept.get(at.first, 0) // at.places
    totals = {
        key: sum(row[key] * row["count"] for row in rows) for key in ("multiply_adds", "activation_bytes", "kept_bytes")
    }
    sizes = analysis.sizes
    return {"parameters": analysis.parameters, "frozen": analysis.frozen, "sizes": sizes, **totals, "nodes": rows}


COSTS = ("parameters", "multiply_adds", "activation_bytes", "kept_bytes")


def tree(graph: Graph, analysis: Analysis, kept: Mapping[str, int] | None = None) -> list[dict[str, Any]]:
    """Return the rows of :func:`summary` with those of modules before what is in them, as a tree is shown.

    Costs are those of all copies for one sample, a module's the sum of what is in it. kept: as there, for whatever
    batch; kept_bytes is None where it is not known. counted: whether totals have it; what nothing needs is here too.
    """
    found: list[dict[str, Any]] = []
    around: list[dict[str, Any]] = []
    for row in _rows(graph, analysis.nodes, analysis.order, analysis, None, _At()):
        at = row.pop("at")
        while around and not row["path"].startswith(f"{around[-1]['path']}."):
            around.pop()
        for key in ("multiply_adds", "activation_bytes"):
            row[key] *= at.count
        row["parameters"] *= at.count // at.places
        row["kept_bytes"] = None if kept is None else kept.get(at.first, 0) // at.places * at.count
        row["counted"] = row["path"].partition(".")[0] in analysis.used
        for module in () if row["module"] else around:
            for key in COSTS:
                module[key] = None if row[key] is None else module[key] + row[key]
        found.append(row)
        if row["module"]:
            around.append(row)
    return found


@dataclass(frozen=True, slots=True)
class _At:
    """Where rows stand: what their paths begin with, the same of the first copy, how many copies, how many places."""

    path: str = ""
    first: str = ""
    count: int = 1
    places: int = 1


def _rows(
    body: Body, nodes: Mapping[str, NodeInfo], order: Iterable[str], analysis: Analysis, batch: int | None, at: _At
) -> Iterator[dict[str, Any]]:
    for name in order:
        info = nodes.get(name)
        if info is None or info.bypassed:
            continue
        places = _places(body, nodes, name, analysis, batch)
        number = 0
        for _, group in groupby(info.instances, key=id):
            alike = list(group)
            whole = info.copies is None or len(alike) == len(info.copies)
            path = f"{at.path}{name}" if whole else f"{at.path}{name}.{number}"
            first = f"{at.first}{name}" if info.copies is None else f"{at.first}{name}.{number}"
            number += len(alike)
            inner = _At(path, first, at.count * places * len(alike), at.places * places)
            yield from _one(body, name, alike[0], analysis, batch, inner)


def _places(body: Body, nodes: Mapping[str, NodeInfo], name: str, analysis: Analysis, batch: int | None) -> int:
    """Return how often a module is run that goes from place to place; 1 for any other node."""
    for port in body.nodes[name].scan:
        start = body.inputs(name, port)[0]
        dim = nodes[start.node].outputs[start.port].dims[1]
        return 1 if dim is None else evaluate(dim, analysis.at(batch or 1))
    return 1


def _one(
    body: Body, name: str, info: NodeInfo, analysis: Analysis, batch: int | None, at: _At
) -> Iterator[dict[str, Any]]:
    """Yield the row of an operator, or that of a module and the rows of what is inside; its ports are none."""
    operator = body.nodes[name].operator
    row = {
        "path": at.path,
        "operator": operator,
        "count": at.count,
        "outputs": [_output(kind, analysis, batch) for kind in info.outputs.values()],
        "module": info.inside is not None,
        "at": at,
    }
    if info.inside is not None:
        yield row | dict.fromkeys(COSTS, 0)
        module = body.modules[operator]
        ports = ("input", "output")
        inner = [
            item for item in info.inside.order if item in info.inside.used and module.nodes[item].operator not in ports
        ]
        within = replace(at, path=f"{at.path}.", first=f"{at.first}.")
        yield from _rows(module, info.inside.nodes, inner, analysis, batch, within)
        return
    yield row | {
        "parameters": info.parameters,
        "multiply_adds": analysis.cost(info.multiply_adds, batch or 1),
        "activation_bytes": analysis.cost(info.activation_bytes, batch or 1),
    }


def _output(kind: WireType, analysis: Analysis, batch: int | None) -> dict[str, Any]:
    if batch is None:
        return {"shape": list(kind.shape), "dtype": kind.dtype}
    point = analysis.at(batch)
    return {"shape": ["?" if dim is None else evaluate(dim, point) for dim in kind.dims], "dtype": kind.dtype}
