"""Warnings and hints about sound graphs: what can be computed, and will not learn as it should.

They look through modules: at every operator in every place where it is computed, named by its path
(``layer1.0.conv1``). What is true of all places of a node that a person drew is said once, of the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from grapheditor.catalog import Catalog
from grapheditor.compile.analysis import Analysis
from grapheditor.compile.infer import counted
from grapheditor.compile.unfolded import Place, Unfolded
from grapheditor.compile.unsaid import ungiven, unsaid
from grapheditor.graph import Body, Fix, Graph, Input, Module, Node, Objective, Output, Problem
from grapheditor.graph.arithmetic import Number, is_expression, show
from grapheditor.graph.model import Record
from grapheditor.graph.names import fresh

NORMS = ("batch_norm2d",)
BIASED = ("conv2d", "conv_transpose2d", "linear")
KEEPING = ("Activation", "Regularisation", "Normalisation")
"""Categories of what leaves an image one."""
ROWS = 46.0
"""How far above its taker a node stands that is put in."""


def advice(graph: Graph, catalog: Catalog, analysis: Analysis) -> list[Problem]:
    """Return warnings and hints; nothing of a graph that has errors, which come first."""
    if not analysis.sound:
        return []
    unfolded = Unfolded(graph, catalog, analysis)
    return [
        *_softmaxed(unfolded),
        *_few_classes(graph, unfolded),
        *_dead(unfolded),
        *_unreached(graph, unfolded),
        *_still(graph),
        *_single(graph, unfolded),
        *_counting(unfolded),
        *_unclear(analysis, unfolded),
        *_useless_bias(unfolded),
        *_unflattened(unfolded),
        *_resultless(graph, unfolded),
        *_unsaid(unfolded),
    ]


def _softmaxed(unfolded: Unfolded) -> Iterator[Problem]:
    told: set[str] = set()
    for path, place in unfolded.places.items():
        if place.operator.id != "cross_entropy":
            continue
        for start in place.into.get("x", ()):
            soft = _before_layout(unfolded, start.node)
            if soft.operator.id == "softmax" and soft.path not in told:
                told.add(soft.path)
                text = f"{path} applies the softmax itself: it takes raw scores, from before {soft.path}."
                yield Problem("warning", text, soft.path, fixes=tuple(_past(unfolded, place, soft)))


def _before_layout(unfolded: Unfolded, path: str) -> Place:
    """Return a place, or the first one upstream that does more than lay values out differently."""
    place = unfolded.places[path]
    while place.operator.category == "Shape" and place.into.get("x"):
        place = unfolded.places[place.into["x"][0].node]
    return place


def _past(unfolded: Unfolded, loss: Place, soft: Place) -> Iterator[Fix]:
    """Offer to wire a loss past the softmax; inside a module, where all that it is used for ends in such a loss."""
    body, name = soft.body, soft.node.id
    before = body.inputs(name, "x")
    if not before or soft.node.repeat != 1:
        return
    if body is loss.body and Input(loss.node.id, "x") in body.out_of(name):
        key = loss.definition.removesuffix(f"nodes.{loss.node.id}") + f"wires.{Input(loss.node.id, 'x')}"
        yield Fix(f"wire {before[0]} to {loss.node.id}", {key: before[0]})
        return
    uses = unfolded.instances()[soft.definition]
    kinds = {unfolded.places[taker].operator.role for use in uses for taker in use.takers}
    if kinds <= {"loss", "metric", "output"}:
        prefix = soft.definition.removesuffix(f"nodes.{name}")
        inside = f" in {body.id}" if isinstance(body, Module) else ""
        records = {f"{prefix}wires.{end}": before[0] for end in body.out_of(name)}
        yield Fix(f"take {before[0]} instead of {name}{inside}", records)


def _few_classes(graph: Graph, unfolded: Unfolded) -> Iterator[Problem]:
    """Labels of the data that have no score would end a training at the first sample that has one."""
    source = unfolded.catalog.sources.get(graph.recipe.data or "")
    if source is None or not source.classes:
        return
    labels = {field.name for field in source.fields if field.dtype == "int64" and not field.shape}
    for name in unfolded.with_role("loss"):
        into = unfolded.places[name].into
        if not any(graph.recipe.field(start.node) in labels for start in into.get("target", ())):
            continue
        for start in into.get("x", ()):
            dims = unfolded.places[start.node].info.outputs[start.port].dims
            if len(dims) > 1 and isinstance(dims[1], Number) and dims[1].value < len(source.classes):
                text = f"{source.title} has {len(source.classes)} classes, and {name} gets scores for {dims[1].value}."
                scores = _layer_of(unfolded, start.node)
                yield Problem("warning", text, start.node, fixes=tuple(_widened(unfolded, scores, len(source.classes))))


def _layer_of(unfolded: Unfolded, path: str) -> Place:
    """Return the place whose width a place has: itself, or what stands before activations and dropout."""
    place = unfolded.places[path]
    while place.operator.category in ("Activation", "Regularisation") and place.into.get("x"):
        place = unfolded.places[place.into["x"][0].node]
    return place


def _widened(unfolded: Unfolded, layer: Place, classes: int) -> Iterator[Fix]:
    """Offer another width for a layer that stands in one place and whose result is nothing but scores."""
    width = next((name for name in ("out_features", "out_channels") if layer.operator.option(name)), None)
    alone = len(unfolded.instances()[layer.definition]) == 1
    if width is None or not alone or is_expression(layer.node.options.get(width, 0)):
        return
    waiting = list(layer.takers)
    for path in waiting:
        taker = unfolded.places[path]
        if taker.operator.category in ("Activation", "Regularisation"):
            waiting += taker.takers
        elif taker.operator.role not in ("loss", "metric", "output"):
            return
    changed = replace(layer.node, options={**layer.node.options, width: classes})
    yield Fix(f"set {width.replace('_', ' ')} of {layer.path} to {classes}", {layer.definition: changed})


def _dead(unfolded: Unfolded) -> Iterator[Problem]:
    """Where a graph says what its results are, the rest should lead to them."""
    if not any(unfolded.with_role("output")):
        return
    needed = unfolded.ancestors(unfolded.with_role("output", "loss", "metric"))
    for places in unfolded.instances().values():
        if all(place.path not in needed for place in places) and not any(place.takers for place in places):
            yield Problem("hint", "Nothing uses its result.", places[0].path)


def _unreached(graph: Graph, unfolded: Unfolded) -> Iterator[Problem]:
    """Say it of the outermost node all of whose weights are left out."""
    goals = [item.minimise for item in graph.recipe.objectives]
    if not goals:
        return
    reached = unfolded.ancestors(goals)
    learning = [path for path, place in unfolded.places.items() if place.info.parameters]
    known = {prefix for path in learning if path in reached for prefix in _prefixes(path)}
    definitions = {unfolded.places[path].definition for path in learning if path in reached}
    shared = {_weights_of(graph, path) for path in learning if path in reached}
    told: set[str] = set()
    for path in learning:
        if _weights_of(graph, path) in shared:
            continue
        outermost = next((item for item in _prefixes(path) if item not in known), "")
        definition = unfolded.places[path].definition
        if path in reached or outermost in told or (outermost == path and definition in definitions | told):
            continue
        told |= {outermost, definition}
        printed = unfolded.places[path].printed
        so = "they stay as they are drawn" if printed else "nothing needs its result, so it is not even printed"
        yield Problem("warning", f"No objective reaches its weights: {so}.", outermost)


def _still(graph: Graph) -> Iterator[Problem]:
    """A learning rate of 0 changes nothing, unless a schedule sets another one."""
    for i, goal in enumerate(graph.recipe.objectives):
        if goal.settings.get("lr") == 0 and not goal.schedules:
            rate = Objective(goal.minimise).settings["lr"]
            usual = replace(goal, settings={**goal.settings, "lr": rate})
            goals = (*graph.recipe.objectives[:i], usual, *graph.recipe.objectives[i + 1 :])
            fix = Fix(f"set the learning rate to {rate}", {"recipe": replace(graph.recipe, objectives=goals)})
            yield Problem("warning", "At a learning rate of 0 no weight changes.", goal.minimise, fixes=(fix,))


def _weights_of(graph: Graph, path: str) -> tuple[str, ...]:
    """Return whose weights a node has: its path, in which a set of weights stands for the nodes that share it."""
    body: Body | None = graph
    parts = []
    for part in path.split("."):
        node = body.nodes.get(part) if body is not None else None
        parts.append(f"={node.weights}" if node is not None and node.weights else part)
        body = graph.modules.get(node.operator) if node is not None else body
    return tuple(parts)


def _prefixes(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _single(graph: Graph, unfolded: Unfolded) -> Iterator[Problem]:
    if graph.recipe.batch != 1 or not graph.recipe.objectives:
        return
    first = next((path for path, place in unfolded.places.items() if place.operator.id in NORMS), None)
    if first is not None:
        text = "With a batch of 1 a batch norm sees one sample at a time; take a larger batch."
        yield Problem("warning", text, first)


def _counting(unfolded: Unfolded) -> Iterator[Problem]:
    for places in unfolded.instances().values():
        if places[0].operator.counted:
            symbol = counted(places[0].node.id)
            text = f"A size of its result depends on the values that arrive; {symbol} stands for it."
            yield Problem("hint", text, places[0].path)


def _unclear(analysis: Analysis, unfolded: Unfolded) -> Iterator[Problem]:
    """Say of a size that is shown as ? why it is, at the node that makes it so."""
    for places in unfolded.instances().values():
        for place in places:
            found = next(_unclear_at(place, analysis, unfolded), None)
            if found is not None:
                yield found
                break


def _unclear_at(place: Place, analysis: Analysis, unfolded: Unfolded) -> Iterator[Problem]:
    came = [unfolded.places[start.node].info.outputs[start.port] for starts in place.into.values() for start in starts]
    if any(None in kind.dims for kind in came):
        return
    for port, kind in place.info.outputs.items():
        if None not in kind.dims:
            continue
        axis = kind.dims.index(None)
        examples = {sizes[axis]: point for sizes, point in zip(kind.sizes, analysis.points, strict=True)}
        seen = [
            f"{size} at {', '.join(f'{symbol} = {number}' for symbol, number in point.items())}"
            for size, point in sorted(examples.items())[:2]
        ]
        what = f"Dimension {axis}" + (f" of {port}" if len(place.info.outputs) > 1 else "")
        text = f"{what} follows no form that is known here, so it is shown as ?: {' and '.join(seen)}."
        yield Problem("hint", text, place.path)


def _useless_bias(unfolded: Unfolded) -> Iterator[Problem]:
    """A batch norm subtracts each channel's mean, and with it whatever was added before."""
    for key, places in unfolded.instances().items():
        if places[0].operator.id not in BIASED or not all(_is_undone(unfolded, place) for place in places):
            continue
        first = places[0]
        text = f"Its bias does nothing: {first.takers[0]} subtracts the mean of each channel."
        changed = replace(first.node, options={**first.node.options, "bias": False})
        computed = is_expression(first.node.options.get("bias", True))
        fixes = () if computed else (Fix("leave the bias out", {key: changed}),)
        yield Problem("hint", text, first.path, option="bias", fixes=fixes)


def _is_undone(unfolded: Unfolded, place: Place) -> bool:
    takers = [unfolded.places[path] for path in place.takers]
    biased = (place.info.options or {}).get("bias") is True
    return biased and bool(takers) and all(taker.operator.id in NORMS for taker in takers)


def _unflattened(unfolded: Unfolded) -> Iterator[Problem]:
    """A linear layer behind an image sees one row of pixels at a time, which is hardly ever meant."""
    for places in unfolded.instances().values():
        first = places[0]
        if first.operator.id == "linear" and all(_sees_image(unfolded, place) for place in places):
            start = first.into["x"][0]
            dims = unfolded.places[start.node].info.outputs[start.port].dims
            shape = "×".join("?" if dim is None else show(dim) for dim in dims)
            text = f"It acts on the last dimension of an image alone: {shape} arrives, and each row is taken by itself."
            yield Problem("hint", text, first.path, "x", fixes=tuple(_flattened(first)), helper="flatten")


def _sees_image(unfolded: Unfolded, place: Place) -> bool:
    """Tell whether what arrives is an image: N, channels, height, width, as convolutions, pools and inputs give it."""
    starts = place.into.get("x", ())
    if len(starts) != 1 or len(unfolded.places[starts[0].node].info.outputs[starts[0].port].dims) != 4:
        return False
    before = unfolded.places[starts[0].node]
    while before.operator.category in KEEPING and before.into.get("x"):
        before = unfolded.places[before.into["x"][0].node]
    return before.operator.category in ("Convolution", "Pooling") or before.operator.role == "input"


def _flattened(place: Place) -> Iterator[Fix]:
    """Offer a flatten in the wire before a linear layer."""
    body, node = place.body, place.node
    end = Input(node.id, "x")
    if end in body.wires:
        start, taken = body.wires[end], {*body.nodes}
        if isinstance(body, Module):
            taken |= {option.name for option in body.head.options}
        name = fresh("flatten", taken)
        prefix = place.definition.removesuffix(f"nodes.{node.id}")
        records: dict[str, Record | None] = {
            f"{prefix}nodes.{name}": Node(name, "flatten", at=(node.at[0], node.at[1] - ROWS)),
            f"{prefix}wires.{Input(name, 'x')}": start,
            f"{prefix}wires.{end}": Output(name),
        }
        yield Fix(f"insert a flatten between {start.node} and {node.id}", records)


def _resultless(graph: Graph, unfolded: Unfolded) -> Iterator[Problem]:
    """A graph whose results end in losses has nothing that could be exported."""
    if any(unfolded.with_role("output")):
        return
    judging = ("loss", "metric")
    for name in graph.nodes:
        operator = unfolded.catalog.of(graph, graph.nodes[name])
        ends = graph.out_of(name)
        takers = [unfolded.catalog.of(graph, graph.nodes[end.node]) for end in ends]
        roles = {taker.role if taker is not None else "" for taker in takers}
        if operator is None or operator.role != "layer" or "loss" not in roles or not roles <= {*judging}:
            continue
        if any(end.port == "target" for end in ends):
            continue
        start = next(iter(ends.values()))
        output = fresh("output", graph.nodes) if "output" in graph.nodes else "output"
        x, y = graph.nodes[name].at
        records: dict[str, Record | None] = {
            f"nodes.{output}": Node(output, "output", at=(x, y + 2 * ROWS)),
            f"wires.{output}.x": start,
        }
        text = "It feeds only losses, and the graph says of nothing that it is its result."
        yield Problem("hint", text, name, fixes=(Fix(f"make {name} the output", records),), helper="output")


def _unsaid(unfolded: Unfolded) -> Iterator[Problem]:
    """What an export to ONNX would refuse is better known while one draws."""
    results = unfolded.ancestors(unfolded.with_role("output"))
    for places in unfolded.instances().values():
        for place in places:
            text = _why_unsaid(unfolded, place) if place.path in results else None
            if text is not None:
                yield Problem("hint", f"It cannot be exported to ONNX: {place.path} {text}", place.path, helper="onnx")
                break


def _why_unsaid(unfolded: Unfolded, place: Place) -> str | None:
    if place.operator.role != "output":
        return unsaid(place.operator, place.info.options or {})
    came = (unfolded.places[start.node].info.outputs[start.port] for start in place.into.get("x", ()))
    return next((text for kind in came if (text := ungiven(kind))), None)
