"""The typed messages between the window and its child processes. Plain data; knows neither Qt nor torch.

The engine analyses, prints and exports; a runner trains; others look at what was learned. Every answer carries the
revision or request it belongs to.
"""

from __future__ import annotations

from typing import Any

from grapheditor.engine.messages.base import Device, FixReport, Message, NodeReport, ProblemReport, Size, WireType
from grapheditor.engine.messages.exports import CancelExport, Export, Exported, Exporting, FindRun, FoundRun, Refused
from grapheditor.engine.messages.graph import (
    Analysis,
    Edit,
    Fixes,
    Foretell,
    Foretold,
    Look,
    Open,
    Ping,
    Planned,
    Pong,
    Print,
    Ready,
    Source,
    Summarise,
    Summary,
    SummaryRow,
    UseDevice,
    UseOwn,
)
from grapheditor.engine.messages.looks import (
    Examine,
    Examined,
    FirstFault,
    Guess,
    Guessed,
    GuessReport,
    MissReport,
    NodeFigures,
    OverviewReport,
    PreviewData,
    PreviewedData,
    Probe,
    Probed,
    SeenReport,
    TriedOut,
    TryOut,
    Unanswered,
)
from grapheditor.engine.messages.runs import (
    CarriedOver,
    CarryOver,
    Detach,
    Epoch,
    Failed,
    Finished,
    Resume,
    Started,
    Steps,
    Stop,
    TakeWeights,
    TookWeights,
    Train,
)
from grapheditor.engine.messages.surveys import (
    Arrange,
    Arranged,
    FetchData,
    FetchedData,
    FieldReport,
    Glance,
    Glanced,
    OpenData,
    OpenedData,
    Survey,
    Surveyed,
    Underway,
)

__all__ = [
    "KINDS",
    "Analysis",
    "Arrange",
    "Arranged",
    "CancelExport",
    "CarriedOver",
    "CarryOver",
    "Detach",
    "Device",
    "Edit",
    "Epoch",
    "Examine",
    "Examined",
    "Export",
    "Exported",
    "Exporting",
    "Failed",
    "FetchData",
    "FetchedData",
    "FieldReport",
    "FindRun",
    "Finished",
    "FirstFault",
    "FixReport",
    "Fixes",
    "Foretell",
    "Foretold",
    "FoundRun",
    "Glance",
    "Glanced",
    "Guess",
    "GuessReport",
    "Guessed",
    "Look",
    "Message",
    "MissReport",
    "NodeFigures",
    "NodeReport",
    "Open",
    "OpenData",
    "OpenedData",
    "OverviewReport",
    "Ping",
    "Planned",
    "Pong",
    "PreviewData",
    "PreviewedData",
    "Print",
    "Probe",
    "Probed",
    "ProblemReport",
    "Ready",
    "Refused",
    "Resume",
    "SeenReport",
    "Size",
    "Source",
    "Started",
    "Steps",
    "Stop",
    "Summarise",
    "Summary",
    "SummaryRow",
    "Survey",
    "Surveyed",
    "TakeWeights",
    "TookWeights",
    "Train",
    "TriedOut",
    "TryOut",
    "Unanswered",
    "Underway",
    "UseDevice",
    "UseOwn",
    "WireType",
    "decode",
    "encode",
]  # fmt: skip

KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in Message.__subclasses__()}


def encode(message: Message) -> dict[str, Any]:
    """Return a message as JSON."""
    return {"kind": type(message).__name__, **message.contents()}


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
