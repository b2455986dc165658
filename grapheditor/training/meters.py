"""What is counted while a part is measured: which losses are looked at, what arrives there, how much of it counts."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch

from grapheditor.authoring.ports import Port
from grapheditor.catalog import catalog
from grapheditor.training.errors import RecipeError, TrainingError
from grapheditor.training.metrics import KINDS, METRICS, Counter, Kind, Metric, metric

if TYPE_CHECKING:
    from torch import Tensor

    from grapheditor.compile import Program
    from grapheditor.compile.emit import Place
    from grapheditor.compile.facts import WireType
    from grapheditor.graph import Graph
    from grapheditor.training.compute import Compute

IGNORED = -100
"""Targets of this class count for nothing, where a loss or metric has no ignore_index that says which."""
PORTS = ("x", "target")
MOST_KEPT = 2**28
"""Numbers that a metric keeps until the end: 2 GiB."""


class Meter(Protocol):
    """Looks, batch by batch, at what a loss or metric compares: x, what is said, and target, what is true."""

    @property
    def node(self) -> str: ...
    def add(self, said: Tensor, true: Tensor, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric of what arrives at a loss. name: what it is told under, ``f1``; of several losses ``loss2.f1``."""

    name: str
    metric: Metric
    loss: str
    kind: Kind
    ignored: int = IGNORED
    """Targets of this class are left out."""


@dataclass(frozen=True, slots=True)
class _Pass:
    """How a batch is gone through: the method, its inputs, the nodes that it gives, and where what arrives is found.

    places: what arrives there is given too, behind the nodes. given: what arrives here is the batch's own, by input.
    targets: of the nodes that are means over targets, where these arrive.
    """

    method: str | Callable[..., Any]
    inputs: tuple[str, ...]
    nodes: tuple[str, ...]
    places: tuple[Place, ...]
    given: Mapping[Place, str]
    targets: Mapping[str, Place]
    ignored: Mapping[str, int]
    """Of these nodes, which class of targets counts for nothing."""
    weights: Mapping[str, Place]
    """Of those whose classes have weights, where these arrive."""


class Observer:
    """Computes losses and metrics of a batch, counts the targets, and shows meters what arrives, all in one pass.

    names: what the losses and metrics are told under, by node.
    """

    def __init__(self, program: Program, names: Mapping[str, str]) -> None:
        self._program = program
        self._names = names
        self._sources = counting(program)
        self._passes: dict[tuple[str | None, tuple[str, ...]], _Pass] = {}

    def __call__(
        self, compute: Compute, batch: Mapping[str, Tensor], loss: str | None = None, meters: Sequence[Meter] = ()
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return the values by name, and of those that are means over targets how many of these counted.

        loss: only what learning needs that minimises this node; all losses and metrics by default.
        """
        key = (loss, tuple(meter.node for meter in meters))
        if key not in self._passes:
            self._passes[key] = self._plan(*key)
        this = self._passes[key]
        values = compute.call(this.method, this.inputs, batch)
        arrived = {place: batch[name] for place, name in this.given.items()}
        if this.places:
            arrived.update(zip(this.places, values[len(this.nodes) :], strict=True))
            values = dict(zip(this.nodes, values, strict=False))
        for meter in meters:
            meter.add(*(arrived[meter.node, port] for port in PORTS))
        counts: dict[tuple[int, int, Place | None], Tensor] = {}  # a loss and an accuracy have one
        counted = {}
        for node, place in this.targets.items():
            weights, target, ignored = this.weights.get(node), arrived[place], this.ignored[node]
            same = id(target), ignored, weights
            if same not in counts:
                counts[same] = _count(target, ignored, None if weights is None else arrived[weights])
            counted[self._names[node]] = counts[same]
        return {self._names[node]: value for node, value in values.items()}, counted

    def _plan(self, loss: str | None, watched: Sequence[str]) -> _Pass:
        """Let the module's own method do where the batch itself has all that is to be seen."""
        program = self._program
        nodes = program.returned(loss)
        targets = {node: (self._sources[node], "target") for node in nodes if node in self._sources}
        weights = {
            node: (place[0], "weight") for node, place in targets.items() if program.graph.inputs(place[0], "weight")
        }
        seen = ((node, port) for node in watched for port in PORTS)
        wanted = dict.fromkeys([*targets.values(), *weights.values(), *seen])
        starts = {(node, port): program.graph.inputs(node, port)[0].node for node, port in wanted}
        given = {place: start for place, start in starts.items() if start in program.objective_inputs}
        places = tuple(place for place in wanted if place not in given)
        ignored = {node: _ignored(program, place[0]) for node, place in targets.items()}
        if not places:
            return _Pass(*program.method(loss), nodes, places, given, targets, ignored, weights)
        printed = program.values(places, loss)
        return _Pass(printed.method, printed.inputs, nodes, places, given, targets, ignored, weights)


class LossMeter:
    """Counts for the metrics of one loss what arrives there."""

    def __init__(self, measured: list[Measured]) -> None:
        self.node = measured[0].loss
        self._measured = measured
        self._counters: list[Counter] = []

    def add(self, said: Tensor, true: Tensor, /) -> None:
        """Take scores (N, classes, ...) and classes (N, ...), or numbers and numbers, of a batch."""
        said, true = (item.cpu() if item.device.type == "mps" else item for item in (said, true))  # it has no float64
        first = self._measured[0]
        said, true = _classes(said, true, first.ignored) if first.kind != "numbers" else _numbers(said, true)
        if not len(true):
            return
        if not self._counters:
            with torch.device(said.device):
                self._counters = [item.metric.make(said.shape[1]) for item in self._measured]
        for counter in self._counters:
            counter.update(said, true)

    def values(self) -> Iterator[tuple[str, float]]:
        """Yield name and value of each metric of which there is one: of one class alone there is no ROC curve."""
        for item, counter in zip(self._measured, self._counters, strict=False):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what torchmetrics warns of is left out
                value = float(counter.compute())
            if math.isfinite(value):
                yield item.name, value


def _classes(scores: Tensor, target: Tensor, ignored: int) -> tuple[Tensor, Tensor]:
    """Return probabilities (M, classes) and classes (M) of all targets that count."""
    counts = target.flatten() != ignored
    flat = scores.movedim(1, -1).reshape(-1, scores.shape[1])
    return flat[counts].double().softmax(1), target.flatten()[counts]


def _numbers(said: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
    rows = len(true) if true.ndim else 1
    return said.double().reshape(rows, -1), true.double().reshape(rows, -1)


def loss_meters(found: Iterable[Measured]) -> list[LossMeter]:
    """Return fresh meters, one for each loss that is looked at."""
    groups: dict[str, list[Measured]] = {}
    for item in found:
        groups.setdefault(item.loss, []).append(item)
    return [LossMeter(group) for group in groups.values()]


def measured(program: Program) -> tuple[Measured, ...]:
    """Return what the recipe's metrics measure; TrainingError where one is not known, or measures nothing here.

    A metric is measured at each loss that an objective minimises, alone or in a sum, and that it suits.
    """
    graph = program.graph
    if not graph.recipe.metrics:
        return ()
    losses = compared(program)
    kinds = {loss: kind_of(program, loss) for loss in losses}
    found = []
    for name in dict.fromkeys(graph.recipe.metrics):
        wanted = metric(name)
        suited = [loss for loss in losses if kinds[loss] in wanted.kinds and _classes_of(program, loss) > wanted.above]
        if not suited:
            raise _unsuited(program, wanted, kinds)
        if len(suited) == 1 and name in graph.nodes:
            raise RecipeError(f"The metric {name} is told under the name of a node: give the node another id.", name)
        for loss in suited:
            told = name if len(suited) == 1 else f"{loss}.{name}"
            found.append(Measured(told, wanted, loss, kinds[loss], _ignored(program, loss)))
    return tuple(found)


def compared(program: Program) -> list[str]:
    """Return the losses that compare what the network says with a target, and that an objective minimises."""
    graph = program.graph
    minimised = (item.minimise for item in graph.recipe.objectives if item.minimise in graph.nodes)
    return list(dict.fromkeys(loss for node in minimised for loss in _compared(program, node)))


def _count(target: Tensor, ignored: int, weights: Tensor | None) -> Tensor:
    """Return over how much a mean over targets is one: how many count, or the sum of the weights of their classes."""
    kept = target.ne(ignored)
    if weights is None:
        return kept.sum()
    each = weights.detach().flatten()[target.clamp(0, weights.numel() - 1)]
    return torch.where(kept, each, 0.0).sum()


def _ignored(program: Program, node: str) -> int:
    """Return which class of targets a loss or metric leaves out."""
    options = program.analysis.nodes[node].instances[0].options or {}
    found = options.get("ignore_index", IGNORED)
    assert isinstance(found, int)
    return found


def _unsuited(program: Program, wanted: Metric, kinds: Mapping[str, Kind]) -> TrainingError:
    """Say what a metric measures, what is here, and which metrics could measure that."""
    text = f"The metric {wanted.name} measures {' or '.join(KINDS[kind] for kind in wanted.kinds)}"
    if wanted.above > 1:
        text += f", of more than {wanted.above} classes"
    if not kinds:
        return RecipeError(f"{text}; no objective minimises a loss that compares what the network says with a target.")
    loss, kind = next(iter(kinds.items()))
    classes = _classes_of(program, loss)
    could = [item.name for item in METRICS.values() if kind in item.kinds and classes > item.above]
    here = KINDS[kind] + (f" of {classes}" if wanted.above > 1 and classes < math.inf else "")
    return RecipeError(f"{text}; {loss} compares {here}, which these measure: {', '.join(could)}.", loss)


def check_kept(found: tuple[Measured, ...], program: Program, samples: int) -> None:
    """TrainingError where a metric that keeps all scores would keep more than memory should hold."""
    for item in found:
        classes = _classes_of(program, item.loss)
        if item.metric.keeps and classes < math.inf and samples * classes > MOST_KEPT:
            text = f"The metric {item.metric.name} keeps the scores of all samples: {samples:,} of {classes:,} classes"
            raise RecipeError(f"{text}, more than {MOST_KEPT:,} numbers. Leave it out, or hold out fewer samples.")


def counting(program: Program) -> dict[str, str]:
    """Return the losses and metrics that are means over targets, some of which may not count.

    By node the one whose target it is: its own, or that of the only loss that it is made of.
    """
    found = ((node, _counted(program, node)) for node in program.scalars)
    return {node: source for node, source in found if source is not None}


def _counted(program: Program, node: str) -> str | None:
    graph = program.graph
    if _target(graph, node):
        return node if not arriving(program, node, "target").dtype.startswith("float") else None
    starts = list(graph.into(node).values())
    if not starts or not all(_is_number(program, start.node, start.port) for start in starts):
        return None
    sources = {_counted(program, start.node) for start in starts}
    return sources.pop() if len(sources) == 1 else None


def _compared(program: Program, node: str) -> Iterator[str]:
    """Yield the losses with a target that a loss is made of, through all that is a single number."""
    if _target(program.graph, node):
        yield node
        return
    for start in program.graph.into(node).values():
        if _is_number(program, start.node, start.port):
            yield from _compared(program, start.node)


def _is_number(program: Program, node: str, port: str) -> bool:
    kind = program.analysis.nodes[node].outputs.get(port)
    return kind is not None and not kind.shape


def _target(graph: Graph, node: str) -> bool:
    """Tell whether a node is a loss or metric that compares x with target."""
    operator = catalog().of(graph, graph.nodes[node])
    ports: tuple[Port, ...] = operator.inputs if operator is not None and operator.role in ("loss", "metric") else ()
    return {*PORTS} <= {port.name for port in ports}


def arriving(program: Program, node: str, port: str) -> WireType:
    """Return what arrives at a port that one wire ends at."""
    (start,) = program.graph.inputs(node, port)
    return program.analysis.nodes[start.node].outputs[start.port]


def kind_of(program: Program, loss: str) -> Kind:
    """Return what a loss compares: numbers, or scores with classes, of samples, of places or of pixels."""
    if arriving(program, loss, "target").dtype.startswith("float"):
        return "numbers"
    dimensions = len(arriving(program, loss, "x").shape)
    return "classes" if dimensions == 2 else "texts" if dimensions == 3 else "masks"


def _classes_of(program: Program, loss: str) -> float:
    """Return how many classes the scores of a loss have; infinity where only the data tell, and of numbers."""
    shape = arriving(program, loss, "x").shape
    size = shape[1] if len(shape) > 1 and kind_of(program, loss) != "numbers" else None
    return size if isinstance(size, int) else math.inf
