"""Fixes: small changes that make an unsound graph sound, each tried by inference before it is offered.

One search for all operators: changes of one option, insertions into a wire, and pairs of these. They are ranked by one
cost: few changes before many, customary values before odd ones, near values before far ones; the sizes that a person
wrote as a target (of a view, of a linear layer) are changed last. What leaves the batch another than it came is no fix,
nor is what switches a node off, such as a kernel of 1.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from grapheditor.authoring import Operator, Option
from grapheditor.compile.analysis import Analysis
from grapheditor.compile.facts import WireType
from grapheditor.compile.infer import Inference
from grapheditor.graph import Fix, Graph, Input, Node, Output, Problem
from grapheditor.graph.arithmetic import Number
from grapheditor.graph.model import Record
from grapheditor.graph.names import fresh
from grapheditor.graph.order import ancestors

MOST = 5
"""So many fixes are offered."""
NEAR = 12
"""So many nodes before and behind a problem are looked at."""
SECONDS = 1.5
"""After this the search ends with what it has found."""
Values = tuple[tuple[int | str, float], ...]
WINDOW: Mapping[str, Values] = {
    "kernel_size": ((2, 0.0), (3, 0.0), (5, 0.3), (4, 0.4), (7, 0.5)),
    "padding": ((1, 0.4), (2, 0.5), (3, 0.6)),
    "stride": ((2, 0.6), (1, 0.6)),
    "dilation": ((1, 0.5),),
    "groups": ((1, 0.4),),
    "dim": ((1, 0.4), (-1, 0.4), (2, 0.5), (3, 0.6)),
    "start_dim": ((1, 0.3),),
    "end_dim": ((-1, 0.3),),
    "heads": ((8, 0.3), (4, 0.3), (12, 0.4), (2, 0.4), (6, 0.4), (3, 0.5), (5, 0.6)),
}
"""Values that an option is tried with, and how odd each is."""
TARGET = 3.0
"""The cost of changing a size that a person wrote as a target."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change: what it is called, its cost, and the records it puts."""

    title: str
    cost: float
    records: Mapping[str, Record | None]


def with_fixes(inference: Inference, graph: Graph, analysis: Analysis) -> list[Problem]:
    """Return the problems, the first error with fixes where any were found."""
    first = next((item for item in analysis.problems if item.severity == "error"), None)
    if first is None or first.node is None:
        return analysis.problems
    found = tuple(find_fixes(inference, graph, analysis, first))
    return [replace(item, fixes=found) if item is first else item for item in analysis.problems]


def find_fixes(inference: Inference, graph: Graph, analysis: Analysis, problem: Problem) -> list[Fix]:
    """Return changes of at most two steps that make the whole graph sound, best first."""
    steps = list(_steps(inference, graph, analysis, (problem.node or "").partition(".")[0]))
    trial = graph.copy()
    until = time.monotonic() + SECONDS
    found: list[Fix] = []
    alone: set[int] = set()
    tries: list[tuple[Step, ...]] = sorted(((step,) for step in steps), key=_cost)
    tries += sorted((pair for pair in combinations(steps, 2) if _compatible(*pair)), key=_cost)
    for tried in tries:
        if len(found) >= MOST or time.monotonic() > until:
            break
        if len(tried) > 1 and alone & set(map(id, tried)):
            continue  # one of the two is a fix by itself
        records = {key: record for step in tried for key, record in step.records.items()}
        before = {key: trial.get(key) for key in records}
        _put(trial, records)
        if _sound(inference, trial):
            found.append(Fix(" and ".join(step.title for step in tried), records))
            alone.update(map(id, tried) if len(tried) == 1 else ())
        _put(trial, before)
    return found


def _cost(steps: tuple[Step, ...]) -> float:
    return sum(step.cost for step in steps)


def _compatible(one: Step, other: Step) -> bool:
    return not set(one.records) & set(other.records)


def _put(graph: Graph, records: Mapping[str, Record | None]) -> None:
    """Nodes come before their wires, and go after them."""
    for key in sorted(records, key=lambda key: key.startswith("wires.") == (records[key] is not None)):
        graph.put(key, records[key])


def _sound(inference: Inference, graph: Graph) -> bool:
    """Tell whether a graph has no errors, and whether the batch leaves it as it came."""
    analysis = inference.analyse(graph)
    if not analysis.sound:
        return False
    roles = {name: inference.catalog.of(graph, graph.nodes[name]) for name in analysis.order}
    inputs = [name for name, operator in roles.items() if operator is not None and operator.role == "input"]
    came = {kind.dims[0] for name in inputs for kind in analysis.nodes[name].outputs.values() if kind.dims}
    for name, operator in roles.items():
        if operator is not None and operator.role in ("output", "loss"):
            for start in graph.inputs(name, operator.inputs[0].name):
                dims = analysis.nodes[start.node].outputs[start.port].dims
                if not dims or dims[0] not in came:
                    return False
    return True


def _steps(inference: Inference, graph: Graph, analysis: Analysis, node: str) -> Iterator[Step]:
    """Yield single changes near a node."""
    if node not in graph.nodes:
        return
    before = [name for name in analysis.order if name in ancestors(graph, [node]) and name != node][-NEAR:]
    behind = [name for name in analysis.order if node in ancestors(graph, [name]) and name != node][:NEAR]
    for name in (*before, node, *behind):
        operator = inference.catalog.of(graph, graph.nodes[name])
        if operator is None or operator.role in ("input", "output", "metric"):
            continue
        arriving = _arriving(graph, analysis, name)
        for option in operator.options:
            yield from _changes(graph, graph.nodes[name], operator, option, arriving)
        if name not in behind:
            yield from _insertions(graph, analysis, name, operator)


def _arriving(graph: Graph, analysis: Analysis, node: str) -> list[WireType]:
    starts = [graph.wires[end] for end in sorted(graph.into(node))]
    return [analysis.nodes[s.node].outputs[s.port] for s in starts if s.node in analysis.nodes]


def _changes(graph: Graph, node: Node, operator: Operator, option: Option, arriving: list[WireType]) -> Iterator[Step]:
    now = node.options.get(option.name, option.default)
    values = [*WINDOW.get(option.name, ()), *_targets(option, node, operator, arriving)]
    if option.name == "stride" and option.choices:
        values.append((option.choices[0], 0.5))
    for value, odd in values:
        if value == now:
            continue
        if option.name == "padding" and _too_wide(node, operator, value):
            continue
        try:
            checked = option.check(value)
        except ValueError:
            continue
        options = dict(node.options)
        options[option.name] = checked
        far = abs(value - now) / 100 if isinstance(value, int) and isinstance(now, int) else 0.05
        title = f"set {option.name.replace('_', ' ')} of {node.id} to {option.show(checked)}"
        yield Step(title, 1.0 + odd + min(far, 0.2), {f"nodes.{node.id}": replace(node, options=options)})


def _too_wide(node: Node, operator: Operator, padding: object) -> bool:
    """Padding goes up to half the kernel."""
    kernel = operator.option("kernel_size")
    value = node.options.get("kernel_size", kernel.default if kernel else 0)
    return isinstance(padding, int) and isinstance(value, int) and padding > value // 2


def _targets(
    option: Option, node: Node, operator: Operator, arriving: list[WireType]
) -> list[tuple[int | tuple[int, ...], float]]:
    """Return sizes for an option that a person wrote as a target: those that arrive."""
    if option.name == "size":
        counts = [_features(kind) for kind in arriving]
        return [((-1, count), TARGET) for count in counts if count]
    if option.name in ("out_features", "out_channels", "width", "length"):
        sizes = {dim.value for kind in arriving for dim in kind.dims if isinstance(dim, Number) and dim.value > 1}
        cost = 1.0 if option.name == "length" else TARGET
        return [(size, cost) for size in sorted(sizes)]
    return []


def _features(kind: WireType) -> int:
    """Return how many numbers a sample has; 0 where that is free."""
    count = 1
    for dim in kind.dims[1:]:
        if not isinstance(dim, Number):
            return 0
        count *= dim.value
    return count


def _insertions(graph: Graph, analysis: Analysis, node: str, operator: Operator) -> Iterator[Step]:
    """Yield insertions of a flatten, an exchange of dimensions or a projection into the wires that end at a node."""
    wires = sorted(graph.into(node).items())
    kinds = {
        end: analysis.nodes[start.node].outputs.get(start.port) for end, start in wires if start.node in analysis.nodes
    }
    for end, start in wires:
        kind = kinds.get(end)
        if kind is None or not kind.dtype.startswith("float"):
            continue
        rank = len(kind.dims)
        if rank > 2:
            cost = 1.0 if operator.category in ("Dense", "Loss") else 1.3
            yield _inserted(graph, "flatten", {}, start, end, "a flatten", cost)
        if rank == 3:
            yield _inserted(graph, "transpose", {}, start, end, "an exchange of dimensions", 1.6)
        for other in kinds.values():
            if other is None or other is kind or len(other.dims) != rank:
                continue
            place = 1 if rank == 4 else rank - 1
            wanted = other.dims[place]
            cost = (
                1.4 if len(graph.out_of(start.node)) > 1 else 1.5
            )  # what goes past a block is projected, not the block
            if isinstance(wanted, Number) and wanted != kind.dims[place]:
                if rank == 4:
                    options = {"out_channels": wanted.value, "kernel_size": 1}
                    yield _inserted(graph, "conv2d", options, start, end, "a projection (Conv2d of 1×1)", cost)
                else:
                    yield _inserted(graph, "linear", {"out_features": wanted.value}, start, end, "a projection", cost)


def _inserted(
    graph: Graph, operator: str, options: dict[str, int], start: Output, end: Input, what: str, cost: float
) -> Step:
    stem = {"conv2d": "conv"}.get(operator, operator)
    name = fresh(stem, graph.nodes)
    x, y = graph.nodes[end.node].at
    node = Node(name, operator, options, at=(x, y - 46.0))
    where = f"{start.node} and {end.node}"
    records: dict[str, Record | None] = {
        f"nodes.{name}": node, f"wires.{Input(name, 'x')}": start, f"wires.{end}": Output(name)
    }  # fmt: skip
    return Step(f"insert {what} between {where}", cost, records)
