"""What all messages are, and what several of them carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

Size = int | str


class WireType(TypedDict):
    """What travels on a wire: element type and sizes, integers or expressions of the free symbols."""

    dtype: str
    shape: list[Size]


class NodeReport(TypedDict):
    """What is known of a node for one sample: its outputs by port, and its costs.

    values: what those of its options are here that are expressions, as far as all copies agree; ``repeat`` among them.
    bypassed: its switch is off here. weights: what an operator's weights are called and their sizes, where it has any.
    """

    outputs: dict[str, WireType]
    parameters: int
    multiply_adds: int
    activation_bytes: int
    values: NotRequired[dict[str, Any]]
    bypassed: NotRequired[bool]
    weights: NotRequired[dict[str, list[int]]]


class FixReport(TypedDict):
    """A change that would help: what it is called, and the records it puts."""

    title: str
    records: dict[str, Any]


class ProblemReport(TypedDict):
    """A problem as grapheditor.graph.Problem has it; helper and file only where there are such."""

    severity: str
    message: str
    node: str | None
    port: str | None
    place: str | None
    option: str | None
    fixes: list[FixReport]
    helper: NotRequired[str]
    file: NotRequired[str]


class Device(TypedDict):
    """A device that torch can use: its id (cpu, cuda:0, mps), a title for people, and its memory in bytes."""

    id: str
    title: str
    memory: int


@dataclass(slots=True)
class Message:
    """Base of all messages."""
