"""The typed messages between the window and its child processes. Plain data; knows neither Qt nor torch.

The engine analyses, prints and exports; a runner trains. Every answer carries the revision or request it belongs to.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict

Size = int | str


class WireType(TypedDict):
    """What travels on a wire: element type and sizes, integers or expressions of the free symbols."""

    dtype: str
    shape: list[Size]


class NodeReport(TypedDict):
    """What is known of a node for one sample: its outputs by port, and its costs.

    values: what those of its options are here that are expressions, as far as all copies agree; ``repeat`` among them.
    bypassed: its switch is off here.
    """

    outputs: dict[str, WireType]
    parameters: int
    multiply_adds: int
    activation_bytes: int
    values: NotRequired[dict[str, Any]]
    bypassed: NotRequired[bool]


class FixReport(TypedDict):
    """A change that would help: what it is called, and the records it puts."""

    title: str
    records: dict[str, Any]


class ProblemReport(TypedDict):
    """A problem as grapheditor.graph.Problem has it; helper only where there is one."""

    severity: str
    message: str
    node: str | None
    port: str | None
    place: str | None
    option: str | None
    fixes: list[FixReport]
    helper: NotRequired[str]


class Device(TypedDict):
    """A device that torch can use: its id (cpu, cuda:0, mps), a title for people, and its memory in bytes."""

    id: str
    title: str
    memory: int


@dataclass(slots=True)
class Message:
    """Base of all messages."""


@dataclass(slots=True)
class Open(Message):
    """To the engine: this is the graph now (the text of its file). Answered by an Analysis."""

    revision: int
    text: str


@dataclass(slots=True)
class Edit(Message):
    """To the engine: these records changed (key -> JSON, or None where it is gone). Answered by an Analysis."""

    revision: int
    records: dict[str, Any]


@dataclass(slots=True)
class Look(Message):
    """To the engine: this use of a module is open; analyses also report the nodes in there, by their paths.

    inside: another use into which one looks from there; of it, too.
    """

    path: str
    inside: str = ""


@dataclass(slots=True)
class Print(Message):
    """To the engine: print the source. Answered by a Source."""

    revision: int


@dataclass(slots=True)
class Export(Message):
    """To the engine: export to a path whose ending says the format; run: the folder whose weights to take, None for
    fresh ones. Answered by Exported or Refused with the same request.
    """

    request: int
    path: str
    run: str | None


@dataclass(slots=True)
class Exporting(Message):
    """From the engine: an export has come to a step, one of grapheditor.compile.export.STEPS."""

    request: int
    step: str


@dataclass(slots=True)
class CancelExport(Message):
    """To the engine: this export is not wanted any more. What was there before it stays; nothing is answered."""

    request: int


@dataclass(slots=True)
class Summarise(Message):
    """To the engine: what does each node cost? Answered by a Summary, and by another one once memory is foretold."""

    revision: int


@dataclass(slots=True)
class Arrange(Message):
    """To an arranger: lay out drawings, each under a name; tasks have the fields of grapheditor.edit.layout.Task.

    Answered by Arranged.
    """

    tasks: dict[str, dict[str, Any]]


@dataclass(slots=True)
class Arranged(Message):
    """From an arranger: the places of the nodes of each drawing, x and y of each card's upper left corner."""

    places: dict[str, dict[str, tuple[float, float]]]


class FieldReport(TypedDict):
    """A field of data as an input takes it: the shape of a sample, without the batch."""

    name: str
    dtype: str
    shape: list[Size]


@dataclass(slots=True)
class OpenData(Message):
    """To an opener: open a source of data with these options; home: where its relative paths begin.

    Answered by OpenedData.
    """

    source: str
    options: dict[str, Any]
    home: str


@dataclass(slots=True)
class OpenedData(Message):
    """From an opener: what the data has and what there is to tell of it, or why it cannot be opened."""

    fields: list[FieldReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: str = ""


@dataclass(slots=True)
class FindRun(Message):
    """To the engine: which run of this name, in this folder, has the newest weights? Answered by FoundRun.

    run: this one's are wanted, however old.
    """

    folder: str
    name: str
    run: str | None = None


@dataclass(slots=True)
class Ping(Message):
    """To the engine: does it live? Answered by a Pong, whatever it is doing."""


@dataclass(slots=True)
class Pong(Message):
    """From the engine: it lives. busy: for how many seconds it has been at one and the same thing; 0 where at none."""

    busy: float = 0.0


@dataclass(slots=True)
class FoundRun(Message):
    """From the engine: the run's folder and what to call its best weights (``digits-003, epoch 7 of 10``), or None.

    fingerprint: that of the graph which was trained.
    """

    folder: str
    name: str
    run: str | None
    title: str
    fingerprint: str = ""


@dataclass(slots=True)
class Surveyed(Message):
    """From the engine, for each template once it is ready, and as the answer to a Survey: the gallery's numbers.

    options: those that it was asked for with; without them the template's own.
    """

    template: str
    parameters: int
    multiply_adds: int
    options: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(slots=True)
class Survey(Message):
    """To the engine: count a template with these options. Answered by a Surveyed with the same ones."""

    template: str
    options: dict[str, Any]


@dataclass(slots=True)
class Glance(Message):
    """To the engine: what is in a graph's file, and in the runs beside it? Answered by a Glanced."""

    path: str


@dataclass(slots=True)
class Glanced(Message):
    """From the engine: what the start page says of a file. parameters: None where the graph has errors or is unread.

    runs: how many there are beside it. metrics: what the newest of them came to, empty where it came to nothing.
    """

    path: str
    parameters: int | None
    runs: int = 0
    metrics: dict[str, float] = dataclasses.field(default_factory=dict)


@dataclass(slots=True)
class Ready(Message):
    """From the engine: torch is imported.

    augments: what can be done to a batch while training, by name: its help and options, as the head of a module has
    them.
    """

    torch: str
    devices: list[Device]
    augments: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Analysis(Message):
    """From the engine: shapes, costs and problems of a revision. Totals are for one sample."""

    revision: int
    nodes: dict[str, NodeReport]
    problems: list[ProblemReport]
    parameters: int
    multiply_adds: int
    activation_bytes: int
    milliseconds: float


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


@dataclass(slots=True)
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


@dataclass(slots=True)
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


@dataclass(slots=True)
class Planned(Message):
    """From the engine, some time after an analysis that found no error: what a training would refuse of the recipe."""

    revision: int
    problems: list[ProblemReport]


@dataclass(slots=True)
class Fixes(Message):
    """From the engine: what would make a revision sound; they are for the first error of its analysis."""

    revision: int
    fixes: list[FixReport]


@dataclass(slots=True)
class Source(Message):
    """From the engine: the printed source, and for each node the numbers (from 1) of its lines.

    lines: by id; those of nodes in definitions by the key of their record, such as ``modules.Block.nodes.conv1``.
    problem: a sentence instead, where the graph has errors.
    """

    revision: int
    text: str
    lines: dict[str, list[int]]
    problem: str | None = None


@dataclass(slots=True)
class Exported(Message):
    """From the engine: the export is written and, for ONNX, agrees; the result is what ``export --json`` prints."""

    request: int
    result: dict[str, Any]


@dataclass(slots=True)
class Refused(Message):
    """From the engine: a request could not be done; a sentence, and the node it is about."""

    request: int
    message: str
    node: str | None = None


@dataclass(slots=True)
class Train(Message):
    """To a runner: train this graph (the text of its file); the run's folder is made in ``folder``.

    home: where relative paths of its data begin.
    """

    text: str
    folder: str
    name: str
    device: str = "cpu"
    home: str = ""


@dataclass(slots=True)
class Stop(Message):
    """To a runner: write a checkpoint after this step and end."""


@dataclass(slots=True)
class Started(Message):
    """From a runner: the run's folder, how long it will be, what its objectives' losses are called, where it begins.

    step: how many steps were made before, by the run that it resumes. notes: what a person should know, as sentences.
    """

    run: str
    epochs: int
    steps_per_epoch: int
    losses: tuple[str, ...] = ("loss",)
    step: int = 0
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Steps(Message):
    """From a runner, about ten times a second: the losses and metrics of the steps since the last one.

    values: name -> one number a step, the objective's loss under ``loss``; None where a step has none of this name.
    rate: samples a second.
    """

    first: int
    values: dict[str, list[float | None]]
    rate: float
    seconds_left: float


@dataclass(slots=True)
class Paused(Message):
    """From a runner: whoever asked for it, it waits from now on to be told to go on, or it goes on."""

    paused: bool


@dataclass(slots=True)
class Epoch(Message):
    """From a runner, after each epoch: means over it, by name, ``train_loss``, ``validation_accuracy`` ..."""

    epoch: int
    step: int
    metrics: dict[str, float]


@dataclass(slots=True)
class Finished(Message):
    """From a runner: it ended, all epochs done or stopped. result: as ``grapheditor train --json`` prints it."""

    stopped: bool
    result: dict[str, Any]


@dataclass(slots=True)
class Failed(Message):
    """From a runner or an engine: it cannot go on; a sentence and, where known, the node."""

    message: str
    node: str | None = None
    details: str = ""


KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in Message.__subclasses__()}


def encode(message: Message) -> dict[str, Any]:
    """Return a message as JSON."""
    values = {item.name: getattr(message, item.name) for item in dataclasses.fields(message)}
    return {"kind": type(message).__name__, **values}


def decode(values: dict[str, Any]) -> Message:
    """Read a message; ValueError where it is none that is known."""
    if not isinstance(values, dict):
        raise ValueError("a message is an object")
    kind = KINDS.get(str(values.pop("kind", "")))
    if kind is None:
        raise ValueError("a frame holds no message that is known")
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"a message has other parts than it should: {error}") from error
