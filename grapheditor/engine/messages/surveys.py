"""About what is not open: layout, data, templates and files."""

from __future__ import annotations

from dataclasses import field
from typing import Any, TypedDict

from grapheditor.engine.messages.base import Message, Size


class Arrange(Message):
    """To an arranger: lay out drawings, each under a name; tasks have the fields of grapheditor.edit.layout.Task.

    Answered by Arranged.
    """

    tasks: dict[str, dict[str, Any]]


class Arranged(Message):
    """From an arranger: the places of the nodes of each drawing, x and y of each card's upper left corner."""

    places: dict[str, dict[str, tuple[float, float]]]


class FieldReport(TypedDict):
    """A field of data as an input takes it: see grapheditor.edit.edits.Arriving."""

    name: str
    dtype: str
    shape: list[Size]
    classes: int
    pieces: int


class OpenData(Message):
    """To an opener: open a source of data with these options; home: where its relative paths begin.

    Answered by OpenedData.
    """

    source: str
    options: dict[str, Any]
    home: str


class OpenedData(Message):
    """From an opener: what the data has and what there is to tell of it, or why it cannot be opened."""

    fields: list[FieldReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: str = ""


class FetchData(Message):
    """To an opener: download what is not here yet of a source's public files. Answered by FetchedData."""

    source: str


class FetchedData(Message):
    """From an opener: all files are here, or why they are not."""

    problem: str = ""


class Underway(Message):
    """From a process at an errand, now and then before its answer: how far it is, in steps or in bytes."""

    done: int
    whole: int


class Survey(Message):
    """To the engine: count a template with these options. Answered by a Surveyed with the same ones."""

    template: str
    options: dict[str, Any]


class Surveyed(Message):
    """From the engine, for each template once it is ready, and as the answer to a Survey: the gallery's numbers.

    options: those that it was asked for with; without them the template's own.
    """

    template: str
    parameters: int
    multiply_adds: int
    options: dict[str, Any] = field(default_factory=dict)


class Glance(Message):
    """To the engine: what is in a graph's file, and in the runs beside it? Answered by a Glanced."""

    path: str


class Glanced(Message):
    """From the engine: what the start page says of a file. parameters: None where the graph has errors or is unread.

    runs: how many there are beside it. metrics: what the newest of them came to, empty where it came to nothing.
    """

    path: str
    parameters: int | None
    runs: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
