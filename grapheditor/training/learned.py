"""What a run has learned: its weights in a network, its losses and metrics on a part of the data, class by class."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from grapheditor.catalog import catalog
from grapheditor.data import read_description
from grapheditor.runs.folder import CHECKPOINTS, DATA
from grapheditor.runs.kept import read_object
from grapheditor.training.checkpoint import find_checkpoint
from grapheditor.training.errors import DataError, RunError
from grapheditor.training.run import load_weights
from grapheditor.training.setup import make_setup
from grapheditor.training.state import load_distinct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from torch import nn

    from grapheditor.data import Description, Field
    from grapheditor.data.dataset import PartName
    from grapheditor.graph import Graph
    from grapheditor.training.checkpoint import Which
    from grapheditor.training.feed import Feed
    from grapheditor.training.meters import Meter
    from grapheditor.training.setup import Setup

LARGEST_DESCRIPTION = 2**28
SHOWN = 5
"""So many names are written out."""


@dataclass(frozen=True, slots=True)
class Classified:
    """Scores that are compared with labels: the loss or metric that does, who gives each, the names of classes."""

    node: str
    scores: str
    labels: str
    classes: tuple[str, ...]


@dataclass(slots=True)
class Confusion:
    """How often a true class (row) was taken for another one (column); counts of samples, or of pixels of masks."""

    what: Classified
    counts: Tensor = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.what.classes)
        self.counts = torch.zeros(size, size, dtype=torch.int64)

    @property
    def node(self) -> str:
        """The loss or metric where they arrive."""
        return self.what.node

    def add(self, scores: Tensor, labels: Tensor, /) -> None:
        """Take the scores, (N, classes, ...), and the true classes, (N, ...), of a batch."""
        size = len(self.what.classes)
        said, true = scores.argmax(1).flatten(), labels.flatten()
        fits = (true >= 0) & (true < size) & (said < size)  # a network may have more scores than there are classes
        found = torch.bincount(true[fits] * size + said[fits], minlength=size * size)
        self.counts += found.view(size, size).cpu()

    def describe(self) -> dict[str, Any]:
        """Return the table as JSON; of a class that does not occur, or is never said, the shares are null."""
        right, true, said = self.counts.diagonal(), self.counts.sum(1), self.counts.sum(0)
        rows = zip(self.what.classes, right.tolist(), true.tolist(), said.tolist(), strict=True)
        classes = [
            {
                "class": name,
                "count": count,
                "accuracy": hits / count if count else None,
                "precision": hits / named if named else None,
            }
            for name, hits, count, named in rows
        ]
        return {
            "scores": self.what.scores,
            "labels": self.what.labels,
            "classes": classes,
            "confusion": self.counts.tolist(),
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured: on which part of what data, over how many samples; metrics as a training names them.

    step, epoch: behind which the weights were kept.
    unreadable: why samples were left out, which do not count among the others.
    """

    data: str
    part: PartName
    samples: int
    step: int
    epoch: int
    metrics: Mapping[str, float]
    confusions: tuple[Confusion, ...]
    unreadable: tuple[str, ...]


def evaluate(
    graph: Graph,
    run: Path,
    part: PartName,
    *,
    which: Which = "best",
    device: str = "cpu",
    home: Path,
    trust: bool = False,
) -> Evaluation:
    """Measure a run's weights in a graph on a part of the data that its recipe names.

    The validation part is what the recipe holds out of the training samples, where the source has none of its own.

    Raises what make_setup raises, DataError where there is no such part, or where its numbers mean other
    classes, columns or pieces of text than the run learned, and RunError where the weights are not of this graph.
    """
    exam = Exam.prepare(graph, run, part, which=which, device=device, home=home, trust=trust)
    tables = tuple(map(Confusion, classified(graph, exam.setup.dataset.fields)))
    return exam.measure(tables)


@dataclass(frozen=True, slots=True)
class Exam:
    """A run's weights in a graph, and the samples of a part of its data, to be measured."""

    setup: Setup
    feed: Feed
    samples: Tensor
    part: PartName
    step: int
    epoch: int

    @classmethod
    def prepare(
        cls,
        graph: Graph,
        run: Path,
        part: PartName | None,
        *,
        which: Which = "best",
        device: str = "cpu",
        home: Path,
        trust: bool = False,
    ) -> Exam:
        """part: none means the rarest that there is: test, else validation, else train. Raises as :func:`evaluate`."""
        graph.put("recipe", replace(graph.recipe, average=0.0, compile=False, monitor=""))
        setup = make_setup(graph, device, home, trust=trust)
        parts: dict[PartName, tuple[Feed | None, Tensor]] = {
            "test": (setup.test, torch.arange(setup.test.count if setup.test else 0)),
            "validation": (setup.validation, setup.held),
            "train": (setup.samples, setup.learn),
        }
        have = [name for name, (_, found) in parts.items() if len(found)]
        chosen = part or have[0]
        feed, samples = parts[chosen]
        if feed is None or chosen not in have:
            there = ", ".join(reversed(have))
            raise DataError(f"{setup.dataset.title} has no {chosen} samples; there is: {there}.")
        _check_meaning(setup, run)
        load_into(setup.compute.module, run, which)
        kept = find_checkpoint(run / CHECKPOINTS, which)
        return cls(setup, feed, samples, chosen, kept.step, kept.epoch)

    def measure(self, tables: tuple[Confusion, ...], others: Sequence[Meter] = ()) -> Evaluation:
        """Measure the samples. others: who looks at what arrives at losses and metrics, too."""
        metrics = self.setup.evaluate(self.feed, self.samples, self.part, self.step, [*tables, *others])
        asked = set(self.samples.tolist())
        left_out = tuple(text for index, text in self.feed.unreadable.items() if index in asked)
        title, count = self.setup.dataset.title, len(self.samples) - len(left_out)
        return Evaluation(title, self.part, count, self.step, self.epoch, metrics, tables, left_out)

    def read(self) -> Tensor:
        """Return the numbers of the samples that were measured, in the order in which meters saw them."""
        return self.samples[[int(index) not in self.feed.unreadable for index in self.samples]]


def classified(graph: Graph, fields: Sequence[Field]) -> list[Classified]:
    """Return which scores a loss or metric compares with labels that come straight from the data."""
    known = {item.name: _names(item) for item in fields}
    found: dict[tuple[str, str], Classified] = {}
    for name, node in graph.nodes.items():
        operator = catalog().of(graph, node)
        if operator is None or operator.role not in ("loss", "metric"):
            continue
        scores, labels = (next(iter(graph.inputs(name, port)), None) for port in ("x", "target"))
        if scores is None or labels is None or graph.nodes[labels.node].operator != "input":
            continue
        classes = known.get(graph.recipe.field(labels.node), ())
        if classes and operator.id in ("cross_entropy", "accuracy"):
            found.setdefault((scores.node, labels.node), Classified(name, scores.node, labels.node, classes))
    return list(found.values())


def _names(field: Field) -> tuple[str, ...]:
    """Return the names of the classes that a field's numbers stand for, of samples or of pixels."""
    what, names = field.encoding.means
    return names if what == "classes" else ()


def load_into(module: nn.Module, run: Path, which: Which) -> None:
    """Give a module a run's weights; RunError where they are not its own."""
    try:
        load_distinct(module, load_weights(run, which))
    except (ValueError, RuntimeError) as error:
        text = str(error).strip().splitlines()[-1].strip()
        raise RunError(f"{run}: its weights are not of this graph: {text.rstrip('.')}.") from error


def description_of(run: Path) -> Description:
    """Return what a run says of the data that it learned from; RunError where it does not, or is damaged."""
    path = run / DATA
    try:
        return read_description(read_object(path, LARGEST_DESCRIPTION))
    except DataError as error:
        raise RunError(f"{path}: the description of the data cannot be read: {error}") from error


def _check_meaning(setup: Setup, run: Path) -> None:
    """The same number must mean the same: a class, a column, a piece of a text."""
    if not (run / DATA).is_file():
        return
    learned = {item.name: item.encoding.means for item in description_of(run).fields}
    used = {setup.recipe.field(name) for name in setup.program.objective_inputs}
    for item in setup.dataset.fields:
        what, here = item.encoding.means
        before = learned.get(item.name, ("", ()))
        if item.name in used and before[0] == what and before[1] and here and before[1] != here:
            raise DataError(f"The run learned other {what} of {item.name}: {_difference(before[1], here)}.")


def _difference(before: tuple[str, ...], here: tuple[str, ...]) -> str:
    """Say how two lists of names differ: short ones as they are, long ones by where they begin to."""
    if max(len(before), len(here)) <= SHOWN:
        return f"{', '.join(before)}; here: {', '.join(here)}"
    place = next((i for i, (old, new) in enumerate(zip(before, here, strict=False)) if old != new), None)
    if place is None:
        return f"{len(before):,}; here are {len(here):,}"
    return f"number {place:,} was {before[place]!r}, and is {here[place]!r} here"
