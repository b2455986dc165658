"""The samples that a run gets most wrong: whose true class has the least chance, else whose loss is the highest."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import torch

from grapheditor.catalog import catalog
from grapheditor.compile import CompileError, compile_graph
from grapheditor.data.encoding import Image
from grapheditor.graph import Graph, Input, Node, Output
from grapheditor.graph.order import ancestors
from grapheditor.training import answers
from grapheditor.training.feed import sample_of
from grapheditor.training.learned import Confusion, Exam, classified
from grapheditor.training.meters import arriving, compared, kind_of
from grapheditor.training.pictures import activation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from torch import Tensor

    from grapheditor.compile import Program
    from grapheditor.data import Field
    from grapheditor.data.dataset import PartName
    from grapheditor.data.encoding import Encoding
    from grapheditor.training.checkpoint import Which
    from grapheditor.training.learned import Classified, Evaluation
    from grapheditor.training.pictures import Picture

MOST = 60
"""Samples that are shown."""
MOST_PAIRS = 2000
"""Samples of which what was said stands against what is true, where both are a number."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A sample's classes, by number: the true one, and what it was taken for; the probabilities of both."""

    true: int
    said: int
    chance: float
    share: float


@dataclass(frozen=True, slots=True)
class Miss:
    """A sample that a network is wrong about.

    index: its number in its part. words: the sample in words. true, said: what was to be said, and what was, in words;
    empty where there are none. pictures: the sample, what is true and what was said, those of them that are images.
    taken: where one of several classes was to be said. loss: that of this sample alone, where not.
    """

    index: int
    words: str
    true: str
    said: str
    pictures: tuple[Picture, ...] = ()
    taken: Taken | None = None
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """What was measured, and the samples that are most wrong.

    loss: the node that says how wrong; empty where it is the chance of the true class, or where nothing is compared.
    pairs: of samples, evenly spread, what is true and what was said, where both are one finite number.
    """

    evaluation: Evaluation
    misses: tuple[Miss, ...]
    loss: str = ""
    pairs: tuple[tuple[float, float], ...] = ()


@dataclass(slots=True)
class ByChance:
    """Keeps of each sample what is true, what was said, and how probable both were to the network."""

    what: Classified
    softmaxed: bool
    rows: list[Tensor] = field(default_factory=list)

    @property
    def node(self) -> str:
        return self.what.node

    @property
    def count(self) -> int:
        """How many samples it has seen."""
        return sum(map(len, self.rows))

    def add(self, scores: Tensor, labels: Tensor, /) -> None:
        """Take the scores, (N, classes), and the true classes, (N), of a batch."""
        shares = scores.float() if self.softmaxed else scores.float().softmax(1)
        true = labels.long().clamp(0, shares.shape[1] - 1)  # where a label does not count it is not among the wrong
        said = shares.argmax(1)
        rows = [labels.long(), said, shares.gather(1, true[:, None])[:, 0], shares.gather(1, said[:, None])[:, 0]]
        self.rows.append(torch.stack([row.double() for row in rows], 1).cpu())

    def worst(self) -> list[tuple[int, Miss]]:
        """Return the samples' places in their order, and what is known of them, the most wrong first."""
        if not self.rows:
            return []
        true, said, chance, share = torch.cat(self.rows).unbind(1)
        wrong = torch.nonzero((true != said) & (true >= 0) & (true < len(self.what.classes)))[:, 0]
        places = wrong[chance[wrong].argsort(stable=True)[:MOST]].tolist()
        taken = ((i, Taken(int(true[i]), int(said[i]), float(chance[i]), float(share[i]))) for i in places)
        return [(i, Miss(0, "", self._name(item.true), self._name(item.said), taken=item)) for i, item in taken]

    def _name(self, number: int) -> str:
        return self.what.classes[number] if number < len(self.what.classes) else str(number)


@dataclass(slots=True)
class ByLoss:
    """Computes the loss of each sample alone, and keeps those where it is the highest.

    encoding: of the field that is the target; None where it is computed. likely: makes of what is said the answer.
    shows: whether what is true is to be shown beside the sample.
    """

    node: str
    loss: Callable[[Tensor, Tensor], Tensor]
    operator: str
    encoding: Encoding | None
    shows: bool
    count: int = 0
    kept: list[tuple[float, int, Tensor, Tensor]] = field(default_factory=list)
    rows: list[Tensor] = field(default_factory=list)
    """What is true and what was said, where both are numbers."""

    def add(self, said: Tensor, true: Tensor, /) -> None:
        """Take what is said, (N, ...), and what is true, (N, ...), of a batch."""
        if not said.ndim or len(said) != len(true):
            return
        costs = torch.stack([self.loss(said[i : i + 1], true[i : i + 1]) for i in range(len(said))]).cpu()
        if said.numel() == true.numel() == len(said) and true.is_floating_point():
            self.rows.append(torch.stack([true.flatten(), self._answer(said.flatten(), true)], 1).double().cpu())
        best = costs.nan_to_num(nan=-math.inf, posinf=math.inf).argsort(descending=True, stable=True)[:MOST].tolist()
        found = [(float(costs[i]), self.count + i, said[i].cpu(), true[i].cpu()) for i in best]
        known = [item for item in found if not math.isnan(item[0])]  # no target of it counts
        self.kept = sorted([*self.kept, *known], key=lambda item: (-item[0], item[1]))[:MOST]
        self.count += len(said)

    def worst(self) -> list[tuple[int, Miss]]:
        """Return the samples' places in their order, and what is known of them, the most wrong first."""
        return [(place, self._miss(loss, said, true)) for loss, place, said, true in self.kept]

    def _miss(self, loss: float, said: Tensor, true: Tensor) -> Miss:
        answer, encoding = self._answer(said, true), self.encoding
        shown = [true, answer] if self.shows else [answer]
        pictures = (answers.picture(item, encoding) for item in shown)
        seen = tuple(item for item in pictures if item is not None)
        return Miss(0, "", answers.words(true, encoding), answers.words(answer, encoding), seen, loss=loss)

    def _answer(self, said: Tensor, true: Tensor) -> Tensor:
        """Return what is said, as numbers like those that are true."""
        if not true.is_floating_point() and said.ndim == true.ndim + 1:
            return said.argmax(0)
        return said.float().sigmoid() if self.operator == "binary_cross_entropy_with_logits" else said.float()

    def pairs(self) -> list[tuple[float, float]]:
        """Return what is true and what was said, of samples that are evenly spread."""
        if not self.rows:
            return []
        rows = torch.cat(self.rows)
        rows = rows[rows.isfinite().all(1)]
        return [(true, said) for true, said in rows[:: -(-len(rows) // MOST_PAIRS) or 1].tolist()]


def examine(
    graph: Graph,
    run: Path,
    part: PartName | None = None,
    *,
    which: Which = "best",
    device: str = "cpu",
    home: Path,
    trust: bool = False,
) -> Examination:
    """Measure a run's weights in a graph on a part of its data, and find what it gets most wrong.

    part: none means the rarest that there is: test, else validation, else train. Raises what
    :func:`grapheditor.training.learned.evaluate` raises.
    """
    exam = Exam.prepare(graph, run, part, which=which, device=device, home=home, trust=trust)
    known = classified(graph, exam.setup.dataset.fields)
    watch = _watch(exam, known)
    evaluation = exam.measure(tuple(map(Confusion, known)), [watch] if watch is not None else [])
    if watch is None or watch.count != len(exam.read()):  # else what arrives is not a sample each
        return Examination(evaluation, ())
    misses = tuple(_misses(exam, watch))
    if isinstance(watch, ByChance):
        return Examination(evaluation, misses)
    return Examination(evaluation, misses, watch.node, tuple(watch.pairs()))


def _watch(exam: Exam, known: list[Classified]) -> ByChance | ByLoss | None:
    """Return what finds the samples that are most wrong; None where no loss compares anything with a target."""
    program = exam.setup.program
    graph = program.graph
    for item in known:
        if kind_of(program, item.node) == "classes":
            return ByChance(item, _is_softmax(graph, item.scores))
    for loss in compared(program):
        alone = _alone(program, loss)
        if alone is None:
            continue
        start = graph.inputs(loss, "target")[0].node
        fields = {item.name: item.encoding for item in exam.setup.dataset.fields}
        encoding = fields.get(graph.recipe.field(start)) if graph.nodes[start].operator == "input" else None
        shown = _shown(exam)
        above = {start, *ancestors(graph, [start])}
        taken = {graph.recipe.field(name) for name in above if graph.nodes[name].operator == "input"}
        operator = catalog().of(graph, graph.nodes[loss])
        return ByLoss(loss, alone, operator.id if operator else "", encoding, shows=taken != {shown.name})
    return None


def _alone(program: Program, loss: str) -> Callable[[Tensor, Tensor], Tensor] | None:
    """Return a loss as a function of what is said and what is true; None where it takes more."""
    graph, node = Graph(), program.graph.nodes[loss]
    for port in ("x", "target"):
        kind = arriving(program, loss, port)
        shape = tuple(f"{port}{i}" if size == "?" else size for i, size in enumerate(kind.shape))
        graph.put(f"nodes.{port}", Node(port, "input", {"shape": shape, "dtype": kind.dtype}))
    graph.put("nodes.loss", replace(node, id="loss"))
    for port in ("x", "target"):
        graph.put_wire(Input("loss", port), Output(port))
    try:
        objective = cast("Callable[..., Mapping[str, Tensor]]", compile_graph(graph).module().objective)
    except CompileError:
        return None
    return lambda said, true: objective(x=said, target=true)["loss"]


def _is_softmax(graph: Graph, node: str) -> bool:
    found = catalog().of(graph, graph.nodes[node])
    return found is not None and found.id == "softmax"


def _shown(exam: Exam) -> Field:
    """Return the field by which a sample is known: the image that the network sees, else what it sees first."""
    setup = exam.setup
    fields = {item.name: item for item in setup.dataset.fields}
    names = (setup.recipe.field(name) for name in (*setup.program.inputs, *setup.program.objective_inputs))
    seen = [fields[name] for name in names if name in fields]
    return next((item for item in seen if isinstance(item.encoding, Image)), seen[0])


def _misses(exam: Exam, watch: ByChance | ByLoss) -> list[Miss]:
    """Return the most wrong samples, with a picture where the network sees one."""
    worst, shown = watch.worst(), _shown(exam)
    numbers = sample_of(exam.read()[[place for place, _ in worst]])
    samples = exam.setup.dataset.parts[_home(exam)].columns[shown.name].take(numbers.numpy())
    found = []
    for (_, miss), index, sample in zip(worst, numbers.tolist(), samples, strict=True):
        is_image = isinstance(shown.encoding, Image)
        own = (activation(torch.from_numpy(sample), image=True, side=answers.SIDE),) if is_image else ()
        words = shown.encoding.words(sample)
        found.append(replace(miss, index=index, words=words, pictures=(*own, *miss.pictures)))
    return found


def _home(exam: Exam) -> PartName:
    """Return the part of the data that the samples' numbers are of: those held out are of the training samples."""
    return exam.part if exam.part in exam.setup.dataset.parts else "train"
