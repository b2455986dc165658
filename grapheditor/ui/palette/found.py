"""What the palette and the search box list: operators, modules, templates, and what is the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from grapheditor.authoring import Operator, Template
from grapheditor.edit.library import Kept
from grapheditor.own import OwnFile
from grapheditor.ui.telling import in_window
from grapheditor.ui.texts import mark, tr

TEMPLATE = mark("Template")
KEPT = mark("My modules")
FILE = mark("My files of operators")
MINE = mark("own")
"""The sign of an operator that is the user's own."""
LIBRARY = "library:"
"""What the ids of modules of the library begin with."""
OWN = "file:"
"""What the ids of files of the user's own begin with."""


class Found(Protocol):
    """What the palette and the search box list: an operator, a module of the graph, a template."""

    @property
    def id(self) -> str:
        """What it is added by."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def category(self) -> str:
        """What it belongs to."""

    @property
    def headline(self) -> str:
        """The first line of its help."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A template among what can be added: a whole network, as a module."""

    template: Template

    @property
    def id(self) -> str:
        """The template's."""
        return self.template.id

    @property
    def title(self) -> str:
        """What the network is called."""
        return self.template.title

    @property
    def category(self) -> str:
        """What tells it from operators and modules."""
        return TEMPLATE

    @property
    def headline(self) -> str:
        """The first line of its help."""
        return self.template.headline


@dataclass(frozen=True, slots=True)
class Saved:
    """A module of the user's library among what can be added."""

    kept: Kept

    @property
    def id(self) -> str:
        """What tells it from a module of the graph."""
        return f"{LIBRARY}{self.kept.name}"

    @property
    def title(self) -> str:
        """What the module is called."""
        return self.kept.name

    @property
    def category(self) -> str:
        """What tells it from operators and modules."""
        return KEPT

    @property
    def headline(self) -> str:
        """The first line of its help, or why it cannot be used."""
        declared = self.kept.declared
        return self.kept.problem.removeprefix(f"{self.kept.path}: ") if declared is None else declared.headline


@dataclass(frozen=True, slots=True)
class Locked:
    """A file of the user's own operators that is not trusted yet, or cannot be used."""

    file: OwnFile

    @property
    def id(self) -> str:
        """What tells it from operators."""
        return f"{OWN}{self.file.name}"

    @property
    def title(self) -> str:
        """The file's name."""
        return self.file.name

    @property
    def category(self) -> str:
        """What tells it from operators."""
        return FILE

    @property
    def headline(self) -> str:
        """What its text begins with, or what is wrong with it."""
        return in_window(self.file.problem).removeprefix(f"{self.file.path}: ") or self.file.headline


def kind_of(item: Found) -> str:
    """Return what something in the palette is, as the names of its rows begin."""
    kinds = {Whole: "template", Saved: "kept", Locked: "file"}
    return kinds.get(type(item), "module" if item.category == "Module" else "operator")


def is_placeable(item: Found) -> bool:
    """Tell whether something in the palette can be added to a graph."""
    return not isinstance(item, Locked) and not (isinstance(item, Saved) and item.kept.part is None)


def sign(item: Found) -> str:
    """Return what is said of something beside its name: that it is the user's own, or cannot be used."""
    if isinstance(item, Locked):
        return tr("locked") if item.file.locked else tr("broken")
    if isinstance(item, Saved):
        return "" if item.kept.part is not None else tr("broken")
    return tr(MINE) if isinstance(item, Operator) and item.origin else ""
