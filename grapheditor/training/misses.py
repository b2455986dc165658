"""The samples that a run gets most wrong: where it gave the true class the least."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from grapheditor.catalog import catalog
from grapheditor.data.encoding import Image
from grapheditor.training.feed import sample_of
from grapheditor.training.learned import Confusion, Exam, classified
from grapheditor.training.pictures import activation

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from grapheditor.data.dataset import PartName
    from grapheditor.graph import Graph
    from grapheditor.training.checkpoint import Which
    from grapheditor.training.learned import Classified, Evaluation
    from grapheditor.training.pictures import Picture

MOST = 60
"""Samples that are shown."""
SIDE = 96
"""Pixels of their pictures' sides, at most."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A sample that was taken for another class.

    index: its number in its part. true, said: classes, by number. share: the probability of what was said; chance: that
    of what is true. words: the sample in words.
    """

    index: int
    true: int
    said: int
    share: float
    chance: float
    words: str
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class Examination:
    """What was measured, and for the first scores that are compared with labels the samples that are most wrong."""

    evaluation: Evaluation
    misses: tuple[Miss, ...]


@dataclass(slots=True)
class _Watch:
    """Keeps of each sample what is true, what was said, and how probable both were to the network."""

    what: Classified
    softmaxed: bool
    rows: list[Tensor] = field(default_factory=list)

    @property
    def node(self) -> str:
        return self.what.node

    def add(self, scores: Tensor, labels: Tensor, /) -> None:
        """Take the scores, (N, classes), and the true classes, (N), of a batch; masks have no single answer."""
        if scores.ndim != 2:
            return
        shares = scores.float() if self.softmaxed else scores.float().softmax(1)
        true = labels.long().clamp(0, shares.shape[1] - 1)  # where a label does not count it is not among the wrong
        said = shares.argmax(1)
        rows = [labels.long(), said, shares.gather(1, true[:, None])[:, 0], shares.gather(1, said[:, None])[:, 0]]
        self.rows.append(torch.stack([row.double() for row in rows], 1).cpu())

    def worst(self) -> list[tuple[int, int, int, float, float]]:
        """Return place, what is true, what was said, the chance of the one, the share of the other."""
        if not self.rows:
            return []
        rows = torch.cat(self.rows)
        true, said, chance, share = rows.unbind(1)
        wrong = torch.nonzero((true != said) & (true >= 0) & (true < len(self.what.classes)))[:, 0]
        places = wrong[chance[wrong].argsort(stable=True)[:MOST]].tolist()
        return [(i, int(true[i]), int(said[i]), float(chance[i]), float(share[i])) for i in places]


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
    watches = [_Watch(item, _is_softmax(graph, item.scores)) for item in known[:1]]
    evaluation = exam.measure(tuple(map(Confusion, known)), watches)
    return Examination(evaluation, tuple(miss for watch in watches for miss in _misses(exam, watch)))


def _is_softmax(graph: Graph, node: str) -> bool:
    found = catalog().of(graph, graph.nodes[node])
    return found is not None and found.id == "softmax"


def _misses(exam: Exam, watch: _Watch) -> list[Miss]:
    """Return the most wrong samples, with a picture where the network sees one."""
    worst = watch.worst()
    numbers = sample_of(exam.read()[[place for place, *_ in worst]])
    setup = exam.setup
    fields = {item.name: item for item in setup.dataset.fields}
    names = (setup.recipe.field(name) for name in setup.program.inputs)
    seen = [fields[name] for name in names if name in fields]
    shown = next((item for item in seen if isinstance(item.encoding, Image)), seen[0])
    samples = setup.dataset.parts[_home(exam)].columns[shown.name].take(numbers.numpy())
    found = []
    for (_, true, said, chance, share), index, sample in zip(worst, numbers.tolist(), samples, strict=True):
        is_image = isinstance(shown.encoding, Image)
        picture = activation(torch.from_numpy(sample), image=True, side=SIDE) if is_image else None
        found.append(Miss(index, true, said, share, chance, shown.encoding.words(sample), picture))
    return found


def _home(exam: Exam) -> PartName:
    """Return the part of the data that the samples' numbers are of: those held out are of the training samples."""
    return exam.part if exam.part in exam.setup.dataset.parts else "train"
