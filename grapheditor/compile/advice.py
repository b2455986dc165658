"""Warnings and hints about sound graphs: what can be computed, and will not learn as it should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from grapheditor.catalog import Catalog
from grapheditor.compile.analysis import Analysis
from grapheditor.compile.infer import counted
from grapheditor.graph import Body, Fix, Graph, Input, Module, Node, Problem
from grapheditor.graph.order import ancestors

NORMS = ("batch_norm2d",)
BIASED = ("conv2d", "linear")


def advice(graph: Graph, catalog: Catalog, analysis: Analysis) -> list[Problem]:
    """Return warnings and hints; nothing of a graph that has errors, which come first."""
    if not analysis.sound:
        return []
    found = [*_softmaxed(graph), *_dead(graph, catalog, analysis), *_unreached(graph, analysis)]
    found += _single(graph)
    found += [*_counting(graph, catalog), *_unclear(graph, analysis)]
    found += _useless_bias(graph, "")
    for name, module in graph.modules.items():
        found += _useless_bias(module, f"{name}.")
    return found


def _softmaxed(graph: Graph) -> Iterator[Problem]:
    for name, node in graph.nodes.items():
        if node.operator != "cross_entropy":
            continue
        for start in graph.inputs(name, "x"):
            if graph.nodes[start.node].operator == "softmax":
                text = f"{name} applies the softmax itself: it takes raw scores, from before {start.node}."
                before = graph.inputs(start.node, "x")
                records = {f"wires.{Input(name, 'x')}": before[0]} if before else {}
                fixes = (Fix(f"wire {before[0]} to {name}", records),) if before else ()
                yield Problem("warning", text, start.node, fixes=fixes)


def _dead(graph: Graph, catalog: Catalog, analysis: Analysis) -> Iterator[Problem]:
    """Where a graph says what its results are, the rest should lead to them."""
    roles = {name: operator.role for name in graph.nodes if (operator := catalog.of(graph, graph.nodes[name]))}
    if "output" not in roles.values():
        return
    used = ancestors(graph, [name for name, role in roles.items() if role in ("output", "loss", "metric")])
    for name in analysis.order:
        if name not in used and not graph.out_of(name):
            yield Problem("hint", "Nothing uses its result.", name)


def _counting(graph: Graph, catalog: Catalog) -> Iterator[Problem]:
    for prefix, body in _bodies(graph):
        for name, node in body.nodes.items():
            operator = catalog.of(body, node)
            if operator is not None and operator.counted:
                text = f"A size of its result depends on the values that arrive; {counted(name)} stands for it."
                yield Problem("hint", text, f"{prefix}{name}")


def _unclear(graph: Graph, analysis: Analysis) -> Iterator[Problem]:
    """Say of a size that is shown as ? why it is, at the node that makes it so."""
    for name, info in analysis.nodes.items():
        for port, kind in info.outputs.items():
            came = [analysis.nodes[start.node].outputs.get(start.port) for start in graph.into(name).values()]
            if None not in kind.dims or any(item is not None and None in item.dims for item in came):
                continue
            axis = kind.dims.index(None)
            examples = {sizes[axis]: point for sizes, point in zip(kind.sizes, analysis.points, strict=True)}
            seen = [
                f"{size} at {', '.join(f'{symbol} = {number}' for symbol, number in point.items())}"
                for size, point in sorted(examples.items())[:2]
            ]
            what = f"Dimension {axis}" + (f" of {port}" if len(info.outputs) > 1 else "")
            text = f"{what} follows no form that is known here, so it is shown as ?: {' and '.join(seen)}."
            yield Problem("hint", text, name)


def _unreached(graph: Graph, analysis: Analysis) -> Iterator[Problem]:
    goals = [item.minimise for item in graph.recipe.objectives]
    if not goals:
        return
    reached = ancestors(graph, goals)
    for name, info in analysis.nodes.items():
        if info.parameters and name not in reached:
            yield Problem("warning", "No objective reaches its weights: they stay as they are drawn.", name)


def _single(graph: Graph) -> Iterator[Problem]:
    if graph.recipe.batch != 1 or not graph.recipe.objectives:
        return
    for prefix, body in _bodies(graph):
        for node in body.nodes.values():
            if node.operator in NORMS:
                text = "With a batch of 1 a batch norm sees one sample at a time; take a larger batch."
                yield Problem("warning", text, f"{prefix}{node.id}")
                return


def _bodies(graph: Graph) -> Iterator[tuple[str, Body]]:
    yield "", graph
    for name, module in graph.modules.items():
        yield f"{name}.", module


def _useless_bias(body: Body, prefix: str) -> Iterator[Problem]:
    for name, node in body.nodes.items():
        if node.operator not in BIASED or node.options.get("bias", True) is not True:
            continue
        takers = [body.nodes[end.node] for end in body.out_of(name)]
        if takers and all(taker.operator in NORMS and _centres(taker) for taker in takers):
            text = f"Its bias does nothing: {takers[0].id} subtracts the mean of each channel."
            changed = replace(node, options={**node.options, "bias": False})
            key = f"modules.{prefix}nodes.{name}" if isinstance(body, Module) else f"nodes.{name}"
            fix = Fix("leave the bias out", {key: changed})
            yield Problem("hint", text, f"{prefix}{name}", option="bias", fixes=(fix,))


def _centres(norm: Node) -> bool:
    return norm.options.get("affine", True) is not False
