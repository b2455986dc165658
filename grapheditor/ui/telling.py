"""What the window tells people, without widgets: a sentence, and what can be done about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grapheditor.ui.texts import mark

SEVERITIES = {"error": mark("error"), "warning": mark("warning"), "hint": mark("hint")}
"""How problems are called, by their severity."""

COMMAND_LINE = re.compile(r" \(on the command line: [^()]*\)")
SEEKS = mark("Looking for what would help…")
"""Said where changes that would help are still sought."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers to a notice: what its button says and does."""

    title: str
    run: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell: a sentence, whether it is a failure, a folder to show, a node to go to, choices to make.

    One with choices stays until one is made, also below others; topic: what it is about, of which only the newest
    counts. lasting: it warns, and stays until it is closed.
    """

    text: str
    wrong: bool = False
    folder: Path | None = None
    node: str | None = None
    choices: tuple[Choice, ...] = ()
    topic: str = ""
    lasting: bool = False


def begun(text: str) -> str:
    """Return a text with a capital letter, as it stands on a button or begins a line."""
    return f"{text[:1].upper()}{text[1:]}"


def in_window(text: str) -> str:
    """Return what a message says, without what it says to a terminal in brackets."""
    return COMMAND_LINE.sub("", text)


def sentence(error: object) -> str:
    """Return what an error says, ended by a full stop."""
    text = str(error)
    return text if text.endswith((".", "?")) else f"{text}."
