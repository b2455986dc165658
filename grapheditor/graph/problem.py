"""Problems: what is wrong with a graph, where, and what could be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "hint"]


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that was tried and makes the graph sound."""

    title: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence for people about a node, one of its ports or one of its options."""

    severity: Severity
    message: str
    node: str | None = None
    port: str | None = None
    option: str | None = None
    fixes: tuple[Fix, ...] = ()

    def describe(self) -> dict[str, Any]:
        """Return the problem as the command line prints it."""
        return {
            "severity": self.severity,
            "node": self.node,
            "port": self.port,
            "message": self.message,
            "fixes": [{"title": fix.title} for fix in self.fixes],
        }
