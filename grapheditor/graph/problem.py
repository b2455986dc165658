"""Problems: what is wrong with a graph, where, and what could be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from grapheditor.graph.model import Record

Severity = Literal["error", "warning", "hint"]


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that was tried and makes the graph sound. records: what it puts, by key."""

    title: str
    records: Mapping[str, Record | None] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence for people about a node, one of its ports or one of its options, or about the recipe.

    helper: the one of grapheditor.edit.helpers that has it said in the editor, where a person can switch it off.
    place: the path of what it is about in the recipe, such as objectives.0.optimizer.
    file: the name of the user's own file of operators that would help.
    """

    severity: Severity
    message: str
    node: str | None = None
    port: str | None = None
    option: str | None = None
    fixes: tuple[Fix, ...] = ()
    helper: str = ""
    place: str | None = None
    file: str = ""

    def describe(self) -> dict[str, Any]:
        """Return the problem as the command line prints it."""
        return {
            "severity": self.severity,
            "node": self.node,
            "port": self.port,
            "place": self.place,
            "message": self.message,
            "fixes": [{"title": fix.title} for fix in self.fixes],
        }
