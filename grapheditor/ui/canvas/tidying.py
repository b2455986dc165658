"""Laying out in a process of its own, or at once where that takes some milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from PySide6.QtCore import QObject

from grapheditor.edit.layout import Task, solve
from grapheditor.engine.messages import Arrange, Arranged
from grapheditor.ui.errand import Errand
from grapheditor.ui.texts import tr

AT_ONCE = 60
"""Nodes that are laid out in some milliseconds, in the window's own process."""
LIMIT = 20_000
"""Milliseconds."""
Drawings = Mapping[str, Mapping[str, tuple[float, float]]]


class Tidying(Errand):
    """Lays out one set of drawings at a time, each under a name."""

    def __init__(self, parent: QObject) -> None:
        super().__init__("arranger", parent)

    def start(
        self,
        tasks: Mapping[str, Task],
        done: Callable[[Drawings], None],
        failed: Callable[[str], None],
        limit: int = LIMIT,
    ) -> None:
        """Lay out drawings, small ones at once; call ``done`` with the places, or ``failed`` with a sentence."""
        self.cancel()
        if sum(len(task.names) for task in tasks.values()) <= AT_ONCE:
            done({name: solve(task) for name, task in tasks.items()})
            return

        def arranged(answer: Arranged) -> None:
            done({name: {node: (x, y) for node, (x, y) in at.items()} for name, at in answer.places.items()})

        def refused(why: str) -> None:
            failed(tr("The layout could not be made: {why}.", why=why))

        self.ask(Arrange({name: _plain(task) for name, task in tasks.items()}), arranged, refused, limit)


def _plain(task: Task) -> dict[str, Any]:
    """Return a task by its fields; ``asdict`` would copy each of its 10,000 wires, which holds up the window."""
    return {item.name: getattr(task, item.name) for item in fields(task)}
