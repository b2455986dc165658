"""Inference: shapes, costs and problems of a whole graph, operator by operator, memoised between edits.

Every node is recorded at several points of the free symbols; what its outputs have in common is offered as expressions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grapheditor.authoring import Operator, Port, Refusal
from grapheditor.authoring.options import Value
from grapheditor.catalog import Catalog
from grapheditor.compile import symbols
from grapheditor.compile.record import Arriving, Recording, TensorType, record
from grapheditor.graph import Graph, Output, Problem
from grapheditor.graph.arithmetic import Number, SizeError, Term, evaluate, parse, show
from grapheditor.graph.names import natural

Point = Mapping[str, int]
MEMO_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class WireType:
    """What travels on a wire: element type and sizes; None is a size that no expression was found for."""

    dtype: str
    dims: tuple[Term | None, ...]

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The sizes as integers, or as text where symbols are in them."""
        return tuple("?" if dim is None else dim.value if isinstance(dim, Number) else show(dim) for dim in self.dims)

    def __str__(self) -> str:
        sizes = (f"({size})" if isinstance(size, str) and " " in size else str(size) for size in self.shape)
        return "×".join(sizes) or "a single number"


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What is known of a sound node: its outputs by port, its recording at each point, its costs as expressions."""

    outputs: Mapping[str, WireType]
    recordings: tuple[Recording, ...]
    multiply_adds: Term | None
    activation_bytes: Term | None

    @property
    def recording(self) -> Recording:
        """The recording at the first point."""
        return self.recordings[0]

    @property
    def parameters(self) -> int:
        """How many numbers training changes."""
        return self.recording.parameters


@dataclass(slots=True)
class Analysis:
    """Shapes, costs and problems of a graph.

    order: the nodes, each behind what it needs. batch: the symbol that counts samples, None where no input has one.
    """

    order: list[str] = field(default_factory=list)
    nodes: dict[str, NodeInfo] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    points: list[dict[str, int]] = field(default_factory=list)
    batch: str | None = None

    @property
    def sound(self) -> bool:
        """Whether the graph has no errors."""
        return not any(problem.severity == "error" for problem in self.problems)

    @property
    def parameters(self) -> int:
        """How many numbers training changes."""
        return sum(node.parameters for node in self.nodes.values())

    def at(self, batch: int = 1) -> dict[str, int]:
        """Return values for all symbols: a number of samples, and for other symbols the first size that was tried."""
        point = dict(self.points[0])
        if self.batch is not None:
            point[self.batch] = batch
        return point

    def multiply_adds(self, node: str, batch: int = 1) -> int:
        """Return a node's multiply-adds of convolutions and matrix products for a number of samples."""
        return self._cost(self.nodes[node].multiply_adds, [r.multiply_adds for r in self.nodes[node].recordings], batch)

    def activation_bytes(self, node: str, batch: int = 1) -> int:
        """Return the bytes of a node's outputs for a number of samples; a view of what arrived takes none."""
        info = self.nodes[node]
        return self._cost(info.activation_bytes, [r.activation_bytes for r in info.recordings], batch)

    def _cost(self, term: Term | None, values: Sequence[int], batch: int) -> int:
        if term is not None:
            return evaluate(term, self.at(batch))
        samples = self.points[0][self.batch] if self.batch else 1
        return values[0] * batch // samples


class Inference:
    """Analyses graphs; what was recorded once is not recorded again while this lives."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._memo: dict[Any, Recording | Refusal] = {}

    def analyse(self, graph: Graph) -> Analysis:
        """Return shapes, costs and problems; never raises for what is wrong with the graph."""
        analysis = Analysis(order=graph.order(), problems=self.catalog.check_nodes(graph))
        broken = {problem.node for problem in analysis.problems if problem.severity == "error"}
        shapes = self._input_shapes(graph, analysis, broken)
        analysis.points = symbols.points(shapes.values())
        analysis.batch = _batch(shapes, analysis.points[0])
        for name in analysis.order:
            operator = self.catalog.of(graph.nodes[name])
            if operator is not None and name not in broken:
                self._node(graph, name, operator, analysis)
        analysis.problems += self.catalog.check_recipe(graph) + _check_losses(graph, analysis)
        return analysis

    def _input_shapes(
        self, graph: Graph, analysis: Analysis, broken: set[str | None]
    ) -> dict[str, tuple[int | str, ...]]:
        shapes: dict[str, tuple[int | str, ...]] = {}
        for name in sorted(graph.nodes, key=natural):
            node = graph.nodes[name]
            operator = self.catalog.of(node)
            if operator is None or operator.role != "input" or name in broken:
                continue
            shape = operator.values(node.options)["shape"]
            assert isinstance(shape, tuple)
            try:
                for size in shape:
                    parse(size) if isinstance(size, str) else None
            except SizeError as error:
                broken.add(name)
                analysis.problems.append(Problem("error", f"shape: {error}.", name, option="shape"))
                continue
            shapes[name] = shape
        return shapes

    def _node(self, graph: Graph, name: str, operator: Operator, analysis: Analysis) -> None:
        starts = {port.name: graph.inputs(name, port.name) for port in operator.inputs}
        for outputs in starts.values():
            if any(start.node not in analysis.nodes for start in outputs):
                return
        try:
            for port in operator.inputs:
                for start in starts[port.name]:
                    _check_wants(port, _type_of(analysis, start))
            recordings = tuple(
                self._record(operator, graph, name, starts, analysis, i) for i in range(len(analysis.points))
            )
            analysis.nodes[name] = _combine(operator, recordings, analysis.points)
        except Refusal as refusal:
            message = _with_arrival(refusal, operator, starts, analysis)
            analysis.problems.append(Problem("error", message, name, refusal.port, refusal.option))

    def _record(
        self,
        operator: Operator,
        graph: Graph,
        name: str,
        starts: Mapping[str, list[Output]],
        analysis: Analysis,
        index: int,
    ) -> Recording:
        arriving: dict[str, Arriving] = {}
        for port in operator.inputs:
            kinds = tuple(_at(analysis, self.catalog, graph, start, index) for start in starts[port.name])
            arriving[port.name] = kinds if port.repeats else kinds[0] if kinds else None
        options = _evaluated(operator.values(graph.nodes[name].options), analysis.points[index])
        key = (operator.id, operator.version, _typed(options), tuple(arriving.values()))
        found = self._memo.get(key)
        if found is None:
            if len(self._memo) >= MEMO_LIMIT:
                self._memo.clear()
            try:
                found = record(operator, options, arriving)
            except Refusal as refusal:
                found = refusal
            self._memo[key] = found
        if isinstance(found, Refusal):
            raise Refusal(found.message, found.port, found.option)
        return found


def _typed(options: Mapping[str, Value]) -> tuple[tuple[str, str, Value], ...]:
    """In Python 3, 3.0 and True are equal and would share one memo: the type goes into the key."""
    return tuple((name, type(value).__name__, value) for name, value in options.items())


def _evaluated(options: Mapping[str, Value], point: Point) -> dict[str, Value]:
    """Replace symbols in shapes by their values at a point; Refusal where that gives no size."""
    values = dict(options)
    for name, value in values.items():
        if isinstance(value, tuple) and any(isinstance(size, str) for size in value):
            try:
                sizes = tuple(symbols.value(size, point) for size in value)
            except SizeError as error:
                raise Refusal(f"{name}: {error}.", option=name) from error
            if min(sizes) < 1:
                at = ", ".join(f"{symbol} = {number}" for symbol, number in point.items())
                raise Refusal(f"{name}: a size is {min(sizes)} at {at}; sizes start at 1.", option=name)
            values[name] = sizes
    return values


def _type_of(analysis: Analysis, start: Output) -> WireType:
    return analysis.nodes[start.node].outputs[start.port]


def _at(analysis: Analysis, catalog: Catalog, graph: Graph, start: Output, index: int) -> TensorType:
    operator = catalog.of(graph.nodes[start.node])
    assert operator is not None
    place = next(i for i, port in enumerate(operator.outputs) if port.name == start.port)
    return analysis.nodes[start.node].recordings[index].types[place]


def _check_wants(port: Port, kind: WireType) -> None:
    wants = port.wants
    if wants.axes is not None and len(kind.dims) != len(wants.axes):
        raise Refusal(f"Expected {len(wants.axes)} dimensions ({' × '.join(wants.axes)}).", port.name)
    fits = {
        "any": True,
        "float": kind.dtype.startswith(("float", "bfloat")),
        "integer": kind.dtype.startswith(("int", "uint")),
    }
    if not fits[wants.element]:
        expected = "decimal numbers (float32)" if wants.element == "float" else "whole numbers (int64)"
        raise Refusal(f"Expected {expected}.", port.name)


def _with_arrival(refusal: Refusal, operator: Operator, starts: Mapping[str, list[Output]], analysis: Analysis) -> str:
    """Add to a refusal what arrives, and from where."""
    ports = [refusal.port] if refusal.port else [port.name for port in operator.inputs]
    parts = []
    for port in ports:
        for start in starts.get(port, []):
            kind = _type_of(analysis, start)
            at = f" at {port}" if len(operator.inputs) > 1 else ""
            parts.append(f"{kind} ({kind.dtype}) from {start}{at}")
    return f"{refusal.message} What arrives: {', '.join(parts)}." if parts else refusal.message


def _combine(operator: Operator, recordings: tuple[Recording, ...], at: Sequence[Point]) -> NodeInfo:
    first = recordings[0]
    if any(other.made != first.made or other.weights != first.weights for other in recordings):
        raise Refusal("Its weights would depend on a size that is free; make that size a number.")
    if any(other.steps != first.steps for other in recordings):
        raise Refusal("What it computes would depend on a size that is free; make that size a number.")
    outputs = {}
    for i, port in enumerate(operator.outputs):
        kinds = [item.types[i] for item in recordings]
        rank = len(kinds[0].shape)
        dims = tuple(symbols.fit(at, [kind.shape[axis] for kind in kinds]) for axis in range(rank))
        outputs[port.name] = WireType(kinds[0].dtype, dims)
    return NodeInfo(
        outputs,
        recordings,
        symbols.fit(at, [item.multiply_adds for item in recordings]),
        symbols.fit(at, [item.activation_bytes for item in recordings]),
    )


def _batch(shapes: Mapping[str, Sequence[int | str]], point: Point) -> str | None:
    return next((str(shape[0]) for shape in shapes.values() if shape[0] in point), None)


def _check_losses(graph: Graph, analysis: Analysis) -> list[Problem]:
    text = "The recipe minimises this, but it is not a single number."
    names = [item.minimise for item in graph.recipe.objectives if item.minimise in analysis.nodes]
    return [
        Problem("error", text, name)
        for name in names
        if any(kind.dims for kind in analysis.nodes[name].outputs.values())
    ]
