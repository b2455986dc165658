"""About looking at networks: at what they compute, what they have learned, and what they learn from."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal, NotRequired, TypedDict

from grapheditor.engine.messages.base import Message


class Probe(Message):
    """To a prober: look inside a graph (the text of its file) that nobody trains. Answered by Probed.

    home: where relative paths of its data begin. run: the folder whose weights to take; empty for fresh ones. asks: as
    grapheditor.training.look.Onlooker takes it.
    """

    request: int
    text: str
    home: str
    run: str
    asks: dict[str, Any]


class Probed(Message):
    """From a prober: what was seen, as a run answers ``look``, or why nothing can be, as a sentence.

    fits: whether the weights that were asked for are of this graph; fresh ones were taken where not.
    """

    request: int
    found: dict[str, Any] = field(default_factory=dict)
    fits: bool = True
    problem: str = ""


class NodeFigures(TypedDict):
    """What an overview says of a node.

    not_finite: the share of its units that have a number which is not finite. dead: the share of its units (channels,
    or features) that are 0 for all samples; none where it has no units. gradient: the norm of what comes back to it,
    of the first objective that it leads to; none where nothing comes back, None where that is not finite.
    """

    not_finite: float
    dead: NotRequired[float]
    gradient: NotRequired[float | None]


class FirstFault(TypedDict):
    """The first node with a number that is not finite: its path, and whether that is its value or its gradient."""

    node: str
    kind: Literal["value", "gradient"]


class OverviewReport(TypedDict):
    """Figures of all nodes, by path, in the order in which they are computed.

    samples: of how many. first: the first value that is not finite, else the first gradient, seen from the loss.
    left_out: nodes that there was no room for.
    """

    samples: int
    nodes: dict[str, NodeFigures]
    first: FirstFault | None
    left_out: int


class TakenReport(TypedDict):
    """What a sample was taken for, as grapheditor.training.misses.Taken has it; classes by number."""

    true: int
    said: int
    chance: float
    share: float


class MissReport(TypedDict):
    """A sample that a network is wrong about, as grapheditor.training.misses.Miss has it."""

    index: int
    words: str
    true: str
    said: str
    pictures: list[dict[str, Any]]
    taken: TakenReport | None
    loss: float | None


class GuessReport(TypedDict):
    """What is said of a sample: its classes and their probabilities, the likeliest first, or why nothing is.

    classes: of a mask, those that some pixel is taken for, and their shares of the pixels. pictures: the sample as the
    network sees it, and what is said of it, those of them that are images.
    """

    name: str
    classes: list[tuple[str, float]]
    words: str
    pictures: list[dict[str, Any]]


class Examine(Message):
    """To an examiner: measure a run's weights on the rarest samples that there are, and find the most wrong ones.

    which: the checkpoint.
    """

    request: int
    run: str
    which: str = "best"


class Examined(Message):
    """From an examiner. step, epoch: behind which the weights were kept. tables: as ``grapheditor evaluate --json`` has
    them under ``classified``.

    loss, pairs: as grapheditor.training.misses.Examination has them.
    """

    request: int
    run: str
    part: str
    samples: int
    step: int
    epoch: int
    metrics: dict[str, float | None]
    tables: list[dict[str, Any]]
    misses: list[MissReport]
    loss: str
    pairs: list[list[float]]
    drawn: bool
    """Whether a run can be asked about a drawing: it takes one grey image, of ``side`` pixels' height and width."""
    side: tuple[int, int] = (0, 0)


class Guess(Message):
    """To an examiner: say what a run makes of files, or of a drawing: rows of grey bytes, base64, ``width`` a row."""

    request: int
    run: str
    files: list[str] = field(default_factory=list)
    drawing: str = ""
    width: int = 0


class Guessed(Message):
    """From an examiner: what is said of each sample."""

    request: int
    guesses: list[GuessReport]


class SeenReport(TypedDict):
    """A sample as grapheditor.training.preview.Seen has it."""

    number: int
    words: dict[str, str]
    pictures: dict[str, dict[str, Any]]


class PreviewData(Message):
    """To an examiner: show the first samples of an epoch as they reach a network. text: that of its graph's file."""

    request: int
    text: str
    home: str
    count: int = 10
    epoch: int = 1


class PreviewedData(Message):
    """From an examiner: as grapheditor.training.preview.Preview has it."""

    request: int
    samples: list[SeenReport]
    balance: dict[str, dict[str, int]]
    parts: dict[str, int]
    why_raw: str = ""


class TryOut(Message):
    """To an examiner: train a graph (the text of its file) for a moment, and keep nothing.

    what: ``profile`` measures each node's time, ``find-lr`` tries rising learning rates, ``overfit`` learns a batch by
    heart, ``duration`` measures how long an epoch will take.
    """

    request: int
    what: str
    text: str
    home: str
    device: str = "cpu"


class TriedOut(Message):
    """From an examiner: what the verb of that name prints with ``--json``."""

    request: int
    what: str
    result: dict[str, Any]


class Unanswered(Message):
    """From an examiner: why something cannot be said."""

    request: int
    message: str
    node: str | None = None
