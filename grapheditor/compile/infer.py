"""Inference: shapes, costs and problems of a whole graph, operator by operator, module by module, memoised.

Everything is recorded at several points of the free symbols; what its outputs have in common is offered as expressions.
A module is inferred once for the same options and arrivals, however often it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grapheditor.authoring import Operator, Refusal
from grapheditor.authoring.options import Value
from grapheditor.catalog import MOST_NODES, Catalog
from grapheditor.compile import symbols
from grapheditor.compile.analysis import Analysis
from grapheditor.compile.facts import BodyInfo, Cost, NodeInfo, WireType, body_info
from grapheditor.compile.given import Environment, Point, computed, copies_of, evaluated, options_of, typed
from grapheditor.compile.learning import check_learning, with_parametrized
from grapheditor.compile.record import Arriving, Recording, TensorType, record
from grapheditor.compile.rules import check_losses, check_sets, check_ties, check_wants, with_arrival
from grapheditor.compile.store import Store
from grapheditor.compile.used import used
from grapheditor.graph import Body, Graph, Module, Node, Output, Problem
from grapheditor.graph.arithmetic import Number, SizeError, Term, evaluate, is_expression, names, parse
from grapheditor.graph.names import natural

Arrivals = dict[str, tuple[WireType, ...]]
"""What arrives at each port: one, none, or of a port that repeats any number."""
MEMO_LIMIT = 100_000
DEFAULT = "out"


@dataclass(frozen=True, slots=True)
class _Known:
    """What was inferred last of a node of a graph, and from what."""

    node: Node
    operator: Operator
    arrivals: Arrivals
    info: NodeInfo
    problems: tuple[Problem, ...]

    def holds(self, node: Node, operator: Operator, arrivals: Arrivals) -> bool:
        """Tell whether it is still so: a node that was not edited is the very same."""
        return self.node is node and self.operator is operator and self.arrivals == arrivals


class Inference:
    """Analyses graphs; what was inferred once is not inferred again while this lives, nor later with a store."""

    def __init__(self, catalog: Catalog, store: Store | None = None) -> None:
        self.catalog = catalog
        self.store = store
        self._memo: dict[Any, NodeInfo | Refusal] = {}
        self.last: dict[str, _Known] = {}
        """The nodes of the graph that was analysed last: after an edit most are the very same, and get the same."""
        self._place: object = None

    def settle(self, place: object) -> None:
        """Forget what was inferred last, where that was at other points."""
        if place != self._place:
            self._place = place
            self.last.clear()

    def analyse(self, graph: Graph) -> Analysis:
        """Return shapes, costs and problems; never raises for what is wrong with the graph."""
        analysis = Analysis(order=graph.order(), problems=self.catalog.check_nodes(graph))
        broken = {problem.node for problem in analysis.problems if problem.severity == "error"}
        shapes = self._input_shapes(graph, analysis, broken)
        body = self._body(graph, analysis, shapes, broken)
        analysis.batch = _batch(shapes, analysis.points[0])
        analysis.nodes, analysis.used = body.nodes, body.used
        analysis.parameters, analysis.frozen = body.parameters, body.frozen
        analysis.problems += body.problems()
        if graph.ties and body.sound:
            check_ties(graph, analysis, self.catalog)
        analysis.problems += self.catalog.check_recipe(graph) + check_losses(graph, analysis)
        if self.store is not None:
            self.store.flush()
        return analysis

    def _body(
        self, graph: Graph, analysis: Analysis, shapes: Mapping[str, Sequence[int | str]], broken: set[str | None]
    ) -> BodyInfo:
        """Infer the nodes, at the first scale of sizes that suits all: some know few places, some need large images.

        Where none does, what is wrong is told of the scale at which most is known.
        """
        found: list[tuple[list[dict[str, int]], BodyInfo]] = []
        counting = self._counted(graph)
        for scale in range(len(symbols.SCALES)):
            known = symbols.choices(shapes.values(), scale, counting)
            points = symbols.points(known)
            if found and points == found[-1][0]:
                break
            found.append((points, _Pass(self, known, points, broken).body(graph, {}, {}, analysis.order)))
            if found[-1][1].sound:
                analysis.points = points
                return found[-1][1]
        analysis.points, body = max(found, key=lambda each: each[1].reached)
        return body

    def _counted(self, graph: Graph) -> list[str]:
        """Return the symbols of sizes that only values tell, one for each node that counts."""
        bodies: list[Body] = [graph, *graph.modules.values()]
        found = {
            counted(node.id)
            for body in bodies
            for node in body.nodes.values()
            if (operator := self.catalog.operators.get(node.operator)) is not None and operator.counted
        }
        return sorted(found)

    def _input_shapes(
        self, graph: Graph, analysis: Analysis, broken: set[str | None]
    ) -> dict[str, tuple[int | str, ...]]:
        shapes: dict[str, tuple[int | str, ...]] = {}
        for name in sorted(graph.nodes, key=natural):
            node = graph.nodes[name]
            operator = self.catalog.of(graph, node)
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

    def recall(self, key: Any, options: Mapping[str, Value], make: Callable[[], NodeInfo]) -> NodeInfo:
        """Return what is known of an operator under a key, here or on disk, or find it out."""
        if self.store is None or key in self._memo:
            return self.remember(key, make)
        stored = self.store.get(key, options, make)
        if stored is not None:
            self._memo[key] = stored
            return self.remember(key, make)
        try:
            found = self.remember(key, make)
        except Refusal as refusal:
            self.store.put(key, refusal)
            raise
        self.store.put(key, found)
        return found

    def remember(self, key: Any, make: Callable[[], NodeInfo]) -> NodeInfo:
        """Return what is known under a key, or find it out; Refusal, again, where that was refused."""
        found = self._memo.get(key)
        if found is None:
            if len(self._memo) >= MEMO_LIMIT:
                self._memo.clear()
            try:
                found = make()
            except Refusal as refusal:
                found = refusal
            self._memo[key] = found
        if isinstance(found, Refusal):
            raise Refusal(found.message, found.port, found.option)
        return found


class _Pass:
    """One analysis: the symbols and points, what is broken, and what tells each module's definition from others."""

    def __init__(
        self, inference: Inference, known: Mapping[str, range], points: list[dict[str, int]], broken: set[str | None]
    ) -> None:
        self.inference = inference
        self.catalog = inference.catalog
        self.symbols = known
        self.points = points
        self.place = tuple(tuple(sorted(point.items())) for point in points)
        self.broken = broken
        inference.settle(self.place)
        self._versions: dict[str, str] = {}

    def body(
        self, body: Body, environment: Environment, arriving: Mapping[str, WireType], order: Sequence[str]
    ) -> BodyInfo:
        """Infer the nodes of a body. arriving: of a module, what comes in at its input nodes."""
        nodes: dict[str, NodeInfo] = {}
        problems: list[Problem] = []
        prefix = f"{body.id}." if isinstance(body, Module) else ""
        last = {} if isinstance(body, Module) else self.inference.last
        for name in order:
            node = body.nodes[name]
            operator = self.catalog.of(body, node)
            if name in arriving:
                nodes[name] = NodeInfo({DEFAULT: arriving[name]})
                continue
            if operator is None or f"{prefix}{name}" in self.broken or _given(body, name):
                continue
            starts = {port.name: body.inputs(name, port.name) for port in operator.inputs}
            try:
                arrivals = _arrivals(operator, starts, nodes)
                if arrivals is None:
                    continue
                known = last.get(name)
                if known is None or not known.holds(node, operator, arrivals):
                    found = self._node(body, node, operator, arrivals, environment)
                    told = tuple(check_learning(node, found))
                    known = _Known(node, operator, arrivals, with_parametrized(found, node.learning), told)
                    if not isinstance(body, Module) and node.operator not in body.modules:
                        last[name] = known
                nodes[name] = known.info
                problems += known.problems
            except Refusal as refusal:
                message = with_arrival(refusal, operator, starts, body, nodes)
                problems.append(Problem("error", message, name, refusal.port, refusal.option))
        problems += check_sets(body, nodes)
        whole = body_info(body, nodes, used(body, nodes, self.catalog), tuple(order), tuple(problems))
        if whole.operators > MOST_NODES:
            raise Refusal(f"It stands for {whole.operators:,} operators; at most {MOST_NODES:,} are looked at.")
        return whole

    def _node(
        self, body: Body, node: Node, operator: Operator, arriving: Arrivals, environment: Environment
    ) -> NodeInfo:
        copies = copies_of(node, environment)
        if copies == 0 or (node.when and not computed("when", node.when, environment)):
            return _bypassed(operator, arriving)
        module = body.modules.get(node.operator)
        if node.scan:
            return self._scanned(module, node, operator, arriving, environment)
        if node.repeat == 1:
            return self._one(module, node, operator, arriving, environment)
        return self._chain(module, node, operator, arriving, environment, copies)

    def _one(
        self, module: Module | None, node: Node, operator: Operator, arriving: Arrivals, environment: Environment
    ) -> NodeInfo:
        options = options_of(node, operator, environment)
        sizes = tuple(
            (port, tuple((kind.dtype, kind.sizes, kind.dims) for kind in kinds)) for port, kinds in arriving.items()
        )
        if module is None:
            for port in operator.inputs:
                for kind in arriving[port.name]:
                    check_wants(port, kind)
            counts = [point[counted(node.id)] if operator.counted else 1 for point in self.points]
            key = (operator.id, operator.version, typed(options), sizes, self.place, tuple(counts))
            return self.inference.recall(key, options, lambda: self._recorded(operator, options, arriving, counts))
        inner = (module.id, self._version(module), typed(options), sizes, self.place)
        return self.inference.remember(inner, lambda: self._inside(module, options, arriving))

    def _chain(
        self,
        module: Module | None,
        node: Node,
        operator: Operator,
        arriving: Arrivals,
        environment: Environment,
        copies: int,
    ) -> NodeInfo:
        """Infer copies that stand in a chain; where nothing changes from one to the next, the rest is known."""
        carried = module.head.carried if module is not None else {operator.outputs[0].name: operator.inputs[0].name}
        counts = any(is_expression(value) and "i" in names(parse(str(value)[1:])) for value in node.options.values())
        found: list[NodeInfo] = []
        current = dict(arriving)
        for i in range(copies):
            info = self._one(module, node, operator, current, {**environment, "i": i})
            if module is None and not info.recording.is_layer:
                raise Refusal("It is not one layer of torch: put it into a module and repeat that.", option="repeat")
            found.append(info)
            if not info.outputs:
                break
            following = {**current, **{port: (info.outputs[out],) for out, port in carried.items()}}
            if following == current and not counts:
                found += [info] * (copies - len(found))
                break
            current = following
        return self._chained(operator, tuple(found), set(carried))

    def _scanned(
        self, module: Module | None, node: Node, operator: Operator, arriving: Arrivals, environment: Environment
    ) -> NodeInfo:
        """Infer a module for one place; it runs as often as there are places, and what is not its state is stacked."""
        assert module is not None
        places = {port: arriving[port][0] for port in node.scan if arriving.get(port)}
        for port, kind in places.items():
            if len(kind.dims) < 2:
                raise Refusal("There are no places to go through: dimension 1 is missing.", port)
            if kind.dims[1] != next(iter(places.values())).dims[1]:
                raise Refusal("What is gone through together must have the same number of places.", port)
        if not places:
            raise Refusal("Nothing is wired to what it goes through.", node.scan[0])
        first = next(iter(places.values()))
        counts = [sizes[1] for sizes in first.sizes]
        inner = {**arriving, **{port: (_place_of(kind),) for port, kind in places.items()}}
        info = self._one(module, node, operator, inner, environment)
        carried = module.head.state
        outputs = {}
        for port, kind in info.outputs.items():
            if port in carried and (kind,) != arriving[carried[port]]:
                raise Refusal(f"Its state {port} leaves as {kind} and cannot be the next place's.", carried[port])
            outputs[port] = kind if port in carried else _stacked_places(kind, first)
        work, memory = (
            self._cost([a * b for a, b in zip(getattr(info, name).values, counts, strict=True)])
            for name in ("multiply_adds", "activation_bytes")
        )
        return replace(info, outputs=outputs, multiply_adds=work, activation_bytes=memory)

    def _chained(self, operator: Operator, copies: tuple[NodeInfo, ...], carried: set[str]) -> NodeInfo:
        last = copies[-1]
        outputs = dict(last.outputs)
        for port in operator.outputs if outputs else ():
            if port.name not in carried:
                if any(copy.outputs[port.name] != last.outputs[port.name] for copy in copies):
                    raise Refusal(f"The copies give {port.name} in different shapes, which cannot be collected.")
                outputs[port.name] = self._stacked(last.outputs[port.name], len(copies))
        work, memory = (
            self._cost([sum(values) for values in zip(*(getattr(copy, name).values for copy in copies), strict=True)])
            for name in ("multiply_adds", "activation_bytes")
        )
        parameters, operators = sum(copy.parameters for copy in copies), sum(copy.operators for copy in copies)
        return NodeInfo(outputs, parameters, work, memory, None, copies=copies, operators=operators)

    def _stacked(self, kind: WireType, count: int) -> WireType:
        return WireType(kind.dtype, tuple((count, *sizes) for sizes in kind.sizes), (Number(count), *kind.dims))

    def _inside(self, module: Module, options: Mapping[str, Value], arriving: Arrivals) -> NodeInfo:
        """Infer a module for its options and arrivals; its outputs stay empty where something in it is wrong."""
        given = {name: kinds[0] for name, kinds in arriving.items() if kinds}
        inside = self.body(module, options, given, module.order())
        outputs = {}
        for port, node in module.head.outputs:
            info = inside.nodes.get(node)
            start = next(iter(module.inputs(node, "x")), None)
            if info is not None and not info.bypassed and start is not None:
                outputs[port] = inside.nodes[start.node].outputs[start.port]
        work, memory = (
            self._cost([sum(values) for values in zip(*columns, strict=True)])
            if (
                columns := [
                    c for node in inside.used if node in inside.nodes if (c := getattr(inside.nodes[node], name).values)
                ]
            )
            else self._cost([0] * len(self.points))
            for name in ("multiply_adds", "activation_bytes")
        )
        return NodeInfo(
            outputs if inside.sound else {}, inside.parameters, work, memory, options, inside=inside,
            operators=inside.operators,
        )  # fmt: skip

    def _recorded(
        self, operator: Operator, options: Mapping[str, Value], arriving: Arrivals, counts: Sequence[int]
    ) -> NodeInfo:
        """Record an operator at as many points as what arrives needs; at all where that leaves a size unknown."""
        points = self._enough(options, arriving, counts)
        found = self._at(points, operator, options, arriving, counts)
        if len(points) == len(self.points):
            return found
        terms = [dim for kind in found.outputs.values() for dim in kind.dims]
        terms += [found.multiply_adds.term, found.activation_bytes.term]
        return self._at(self.points, operator, options, arriving, counts) if None in terms else self._extended(found)

    def _enough(self, options: Mapping[str, Value], arriving: Arrivals, counts: Sequence[int]) -> Sequence[Point]:
        """Return points that tell all of an operator: those of a graph with just the symbols that arrive at it."""
        dims = {dim for kinds in arriving.values() for kind in kinds for dim in kind.dims}
        sizes = [size for value in options.values() if isinstance(value, tuple) for size in value]
        if None in dims or len(set(counts)) > 1 or any(isinstance(size, str) for size in sizes):
            return self.points
        arrive = {name: self.symbols[name] for dim in dims if dim is not None for name in sorted(names(dim))}
        points = self.points[: symbols.enough(arrive)]
        return [{name: point[name] for name in arrive} for point in points]

    def _at(
        self,
        points: Sequence[Point],
        operator: Operator,
        options: Mapping[str, Value],
        arriving: Arrivals,
        counts: Sequence[int],
    ) -> NodeInfo:
        recordings = []
        known: dict[str, Recording] = {}
        for i, point in enumerate(points):
            given: dict[str, Arriving] = {}
            for port in operator.inputs:
                kinds = tuple(TensorType(kind.dtype, kind.sizes[i]) for kind in arriving[port.name])
                given[port.name] = kinds if port.repeats else kinds[0] if kinds else None
            values = evaluated(options, point)
            same = repr((given, values, counts[i]))  # points often differ in symbols that do not arrive here
            found = known.get(same)
            if found is None:
                found = known[same] = record(operator, values, given, counts[i])
            recordings.append(found)
        came = _sizes((kind for kinds in arriving.values() for kind in kinds), len(points))
        return self._combined(points, operator, options, tuple(recordings), came)

    def _combined(
        self,
        points: Sequence[Point],
        operator: Operator,
        options: Mapping[str, Value],
        recordings: tuple[Recording, ...],
        came: list[symbols.Arriving],
    ) -> NodeInfo:
        first = recordings[0]
        if any(other.made != first.made or other.weights != first.weights for other in recordings):
            raise Refusal("Its weights would depend on a size that is free; make that size a number.")
        if any(other.steps != first.steps for other in recordings):
            raise Refusal("What it computes would depend on a size that is free; make that size a number.")
        outputs = {}
        for i, port in enumerate(operator.outputs):
            sizes = tuple(item.types[i].shape for item in recordings)
            dims = tuple(symbols.fit(points, axis, came) for axis in zip(*sizes, strict=True))
            outputs[port.name] = WireType(first.types[i].dtype, sizes, dims)
        came += _sizes(outputs.values(), len(points))
        work, memory = (
            Cost(values, symbols.fit(points, values, came, whole=not came))
            for values in (
                tuple(item.multiply_adds for item in recordings), tuple(item.activation_bytes for item in recordings)
            )
        )  # fmt: skip
        return NodeInfo(outputs, first.parameters, work, memory, options, recordings, first.weights, operators=1)

    def _extended(self, found: NodeInfo) -> NodeInfo:
        """Compute at the other points what was recorded at the first and is an expression."""

        def at_all(term: Term | None) -> tuple[int, ...]:
            assert term is not None
            return tuple(evaluate(term, point) for point in self.points)

        outputs = {
            port: replace(kind, sizes=tuple(zip(*map(at_all, kind.dims), strict=True)) or ((),) * len(self.points))
            for port, kind in found.outputs.items()
        }
        work, memory = (Cost(at_all(cost.term), cost.term) for cost in (found.multiply_adds, found.activation_bytes))
        return replace(found, outputs=outputs, multiply_adds=work, activation_bytes=memory)

    def _cost(self, values: Sequence[int], came: Sequence[symbols.Arriving] = ()) -> Cost:
        return Cost(tuple(values), symbols.fit(self.points, values, came, whole=not came))

    def _version(self, module: Module) -> str:
        """Return a digest of a module's definition and of those it names."""
        found = self._versions.get(module.id)
        if found is None:
            inner = sorted({node.operator for node in module.nodes.values()} & set(module.modules))
            nodes = sorted(repr(replace(node, title="", at=(0.0, 0.0))) for node in module.nodes.values())
            parts = [
                repr((module.head.inputs, module.head.outputs, module.head.options)),
                repr(nodes),
                repr(sorted(map(str, module.wires.items()))),
                *(self._version(module.modules[name]) for name in inner),
            ]
            found = self._versions[module.id] = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return found


def _sizes(kinds: Iterable[WireType], number: int) -> list[symbols.Arriving]:
    """Return the sizes that are expressions, each once, at the first points. number: of points."""
    return list(
        {
            dim: tuple(sizes[axis] for sizes in kind.sizes[:number])
            for kind in kinds
            for axis, dim in enumerate(kind.dims)
            if dim is not None
        }.items()
    )


def _place_of(kind: WireType) -> WireType:
    sizes = tuple((item[0], *item[2:]) for item in kind.sizes)
    return WireType(kind.dtype, sizes, (kind.dims[0], *kind.dims[2:]))


def _stacked_places(kind: WireType, places: WireType) -> WireType:
    sizes = tuple((a[0], b[1], *a[1:]) if a else (b[1],) for a, b in zip(kind.sizes, places.sizes, strict=True))
    return WireType(kind.dtype, sizes, (*kind.dims[:1], places.dims[1], *kind.dims[1:]))


def counted(node: str) -> str:
    """Return the symbol of a size that a node's values tell."""
    return f"{node}_count"


def _given(body: Body, name: str) -> bool:
    """Tell an input of a module to which nothing is wired outside: what needs it is not there."""
    return isinstance(body, Module) and name in body.head.inputs


def _arrivals(operator: Operator, starts: Mapping[str, list[Output]], nodes: Mapping[str, NodeInfo]) -> Arrivals | None:
    """Return what arrives at each port; None where that is not known, since something before is wrong.

    Refusal where what is wired to a port was bypassed and has no result.
    """
    arriving: Arrivals = {}
    for port in operator.inputs:
        kinds = []
        for start in starts[port.name]:
            info = nodes.get(start.node)
            if info is None or (start.port not in info.outputs and not info.bypassed and not info.inside):
                return None
            if start.port in info.outputs:
                kinds.append(info.outputs[start.port])
            elif info.inside is not None and not info.inside.sound:
                return None
            elif not port.optional:
                raise Refusal(f"{start} is bypassed and gives nothing.", port.name)
        arriving[port.name] = tuple(kinds)
    return arriving


def _bypassed(operator: Operator, arriving: Arrivals) -> NodeInfo:
    if not operator.outputs:
        return NodeInfo({}, bypassed=True)
    first = arriving[operator.inputs[0].name] if operator.inputs else ()
    if not first:
        raise Refusal("It cannot be bypassed: it has no input that could be passed on.")
    return NodeInfo({operator.outputs[0].name: first[0]}, bypassed=True)


def _batch(shapes: Mapping[str, Sequence[int | str]], point: Point) -> str | None:
    return next((str(shape[0]) for shape in shapes.values() if shape[0] in point), None)
