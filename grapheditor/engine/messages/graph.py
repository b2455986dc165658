"""About the open graph: what the window tells the engine of it, and what the engine has found."""

from __future__ import annotations

from dataclasses import field
from typing import Any, TypedDict

from grapheditor.engine.messages.base import Device, FixReport, Message, NodeReport, ProblemReport, WireType


class Open(Message):
    """To the engine: this is the graph now (the text of its file). Answered by an Analysis."""

    revision: int
    text: str


class UseDevice(Message):
    """To the engine: trainings are to be foretold for this device from now on."""

    device: str


class UseOwn(Message):
    """To the engine: the window has taken these files of the user's own operators: the digest of each by its name.

    Where another operator is known by that, the graph is analysed anew, as after an Edit.
    """

    files: dict[str, str]


class Foretell(Message):
    """To a foreteller: say how a training of this graph on this device would go."""

    revision: int
    text: str
    device: str = "cpu"


class Edit(Message):
    """To the engine: these records changed (key -> JSON, or None where it is gone). Answered by an Analysis."""

    revision: int
    records: dict[str, Any]


class Look(Message):
    """To the engine: this use of a module is open; analyses also report the nodes in there, by their paths.

    inside: another use into which one looks from there; of it, too.
    """

    path: str
    inside: str = ""


class Print(Message):
    """To the engine: print the source. Answered by a Source."""

    revision: int


class Summarise(Message):
    """To the engine: what does each node cost? Answered by a Summary, and by another one once memory is foretold."""

    revision: int


class Ping(Message):
    """To the engine: does it live? Answered by a Pong, whatever it is doing."""


class Pong(Message):
    """From the engine: it lives. busy: for how many seconds it has been at one and the same thing; 0 where at none."""

    busy: float = 0.0


class Ready(Message):
    """From the engine: torch is imported.

    augments: what can be done to a batch while training, by name. head: its help and options, as the head of a module
    has them. real, whole: how many dimensions an input of such numbers may have, None for any.
    """

    torch: str
    devices: list[Device]
    augments: dict[str, Any] = field(default_factory=dict)


class Analysis(Message):
    """From the engine: shapes, costs and problems of a revision. Totals are for one sample.

    frozen: how many of the parameters do not learn. sizes: what free symbols other than the batch stand for in them.
    """

    revision: int
    nodes: dict[str, NodeReport]
    problems: list[ProblemReport]
    parameters: int
    multiply_adds: int
    activation_bytes: int
    milliseconds: float
    frozen: int = 0
    sizes: dict[str, int] = field(default_factory=dict)


class SummaryRow(TypedDict):
    """A row of the summary: an operator, or a module before what is in it; ``path`` says what is inside of what.

    Costs are those of all copies, for one sample; kept_bytes, for the batch of the recipe, is None where it is not
    known. counted: whether totals have it.
    """

    path: str
    operator: str
    count: int
    module: bool
    counted: bool
    outputs: list[WireType]
    parameters: int
    multiply_adds: int
    activation_bytes: int
    kept_bytes: int | None


class Summary(Message):
    """From the engine: what each node of a revision costs, in the order of flow, and all of them together.

    batch: that of kept_bytes. Weights that several nodes share count once in the totals.
    """

    revision: int
    rows: list[SummaryRow]
    parameters: int
    multiply_adds: int
    activation_bytes: int
    kept_bytes: int | None
    batch: int


class Foretold(Message):
    """From the engine, some time after an analysis: how many bytes a training step of the recipe takes at its peak.

    problem: a sentence instead, where no step can be made. kept: what each node keeps for the way back, by path: for
    the engine, whose Summary says it by rows.
    """

    revision: int
    batch: int
    peak: int | None
    problem: str | None = None
    kept: dict[str, int] = field(default_factory=dict)


class Planned(Message):
    """From the engine, some time after an analysis that found no error: what a training would refuse of the recipe."""

    revision: int
    problems: list[ProblemReport]


class Fixes(Message):
    """From the engine: what would make a revision sound; they are for the first error of its analysis."""

    revision: int
    fixes: list[FixReport]


class Source(Message):
    """From the engine: the printed source, and for each node the numbers (from 1) of its lines.

    lines: by id; those of nodes in definitions by the key of their record, such as ``modules.Block.nodes.conv1``.
    problem: a sentence instead, where the graph has errors.
    """

    revision: int
    text: str
    lines: dict[str, list[int]]
    problem: str | None = None
