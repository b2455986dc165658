"""The typed messages between the window and its child processes. Plain data; knows neither Qt nor torch.

The engine analyses, prints and exports; a runner trains. Every answer carries the revision or request it belongs to.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, TypedDict

Size = int | str


class WireType(TypedDict):
    """What travels on a wire: element type and sizes, integers or expressions of the free symbols."""

    dtype: str
    shape: list[Size]


class NodeReport(TypedDict):
    """What is known of a node for one sample: its outputs by port, and its costs."""

    outputs: dict[str, WireType]
    parameters: int
    multiply_adds: int
    activation_bytes: int


class FixReport(TypedDict):
    """A change that would help: what it is called, and the records it puts."""

    title: str
    records: dict[str, Any]


class ProblemReport(TypedDict):
    """A problem as grapheditor.graph.Problem has it."""

    severity: str
    message: str
    node: str | None
    port: str | None
    option: str | None
    fixes: list[FixReport]


class Device(TypedDict):
    """A device that torch can use: its id (cpu, cuda:0, mps), a title for people, and its memory in bytes."""

    id: str
    title: str
    memory: int


@dataclass(frozen=True, slots=True)
class Message:
    """Base of all messages."""


@dataclass(frozen=True, slots=True)
class Open(Message):
    """To the engine: this is the graph now (the text of its file). Answered by an Analysis."""

    revision: int
    text: str


@dataclass(frozen=True, slots=True)
class Edit(Message):
    """To the engine: these records changed (key -> JSON, or None where it is gone). Answered by an Analysis."""

    revision: int
    records: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look(Message):
    """To the engine: this use of a module is open; analyses also report the nodes in there, by their paths."""

    path: str


@dataclass(frozen=True, slots=True)
class Print(Message):
    """To the engine: print the source. Answered by a Source."""

    revision: int


@dataclass(frozen=True, slots=True)
class Export(Message):
    """To the engine: export to a path whose ending says the format; run: the folder whose weights to take, None for
    fresh ones. Answered by Exported or Refused with the same request.
    """

    request: int
    path: str
    run: str | None


@dataclass(frozen=True, slots=True)
class Arrange(Message):
    """To an arranger: lay out drawings, each under a name; tasks have the fields of grapheditor.edit.layout.Task.

    Answered by Arranged.
    """

    tasks: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Arranged(Message):
    """From an arranger: the places of the nodes of each drawing, x and y of each card's upper left corner."""

    places: dict[str, dict[str, tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class FindRun(Message):
    """To the engine: which run of this name, in this folder, has the newest weights? Answered by FoundRun."""

    folder: str
    name: str


@dataclass(frozen=True, slots=True)
class FoundRun(Message):
    """From the engine: the run's folder and what to call its best weights (``digits-003, epoch 7 of 10``), or None.

    fingerprint: that of the graph which was trained.
    """

    folder: str
    name: str
    run: str | None
    title: str
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Surveyed(Message):
    """From the engine, for each template once it is ready: the numbers that the gallery shows."""

    template: str
    parameters: int
    multiply_adds: int


@dataclass(frozen=True, slots=True)
class Ready(Message):
    """From the engine: torch is imported."""

    torch: str
    devices: list[Device]


@dataclass(frozen=True, slots=True)
class Analysis(Message):
    """From the engine: shapes, costs and problems of a revision. Totals are for one sample."""

    revision: int
    nodes: dict[str, NodeReport]
    problems: list[ProblemReport]
    parameters: int
    multiply_adds: int
    activation_bytes: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Fixes(Message):
    """From the engine: what would make a revision sound; they are for the first error of its analysis."""

    revision: int
    fixes: list[FixReport]


@dataclass(frozen=True, slots=True)
class Source(Message):
    """From the engine: the printed source, and for each node the numbers (from 1) of its lines.

    problem: a sentence instead, where the graph has errors.
    """

    revision: int
    text: str
    lines: dict[str, list[int]]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Exported(Message):
    """From the engine: the export is written and, for ONNX, agrees; the result is what ``export --json`` prints."""

    request: int
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused(Message):
    """From the engine: a request could not be done; a sentence, and the node it is about."""

    request: int
    message: str
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Train(Message):
    """To a runner: train this graph (the text of its file); the run's folder is made in ``folder``.

    home: where relative paths of its data begin.
    """

    text: str
    folder: str
    name: str
    device: str = "cpu"
    home: str = ""


@dataclass(frozen=True, slots=True)
class Stop(Message):
    """To a runner: write a checkpoint after this step and end."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Steps(Message):
    """From a runner, about ten times a second: the losses and metrics of the steps since the last one.

    values: name -> one number a step, the objective's loss under ``loss``; None where a step has none of this name.
    rate: samples a second.
    """

    first: int
    values: dict[str, list[float | None]]
    rate: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Epoch(Message):
    """From a runner, after each epoch: means over it, by name, ``train_loss``, ``validation_accuracy`` ..."""

    epoch: int
    step: int
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class Finished(Message):
    """From a runner: it ended, all epochs done or stopped. result: as ``grapheditor train --json`` prints it."""

    stopped: bool
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
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
