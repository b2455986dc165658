"""Some nodes of what is shown as they are, all others dim: what a walk has reached, or an objective's way."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from grapheditor.graph.order import ancestors, descendants
from grapheditor.ui.learners import learners

if TYPE_CHECKING:
    from grapheditor.graph import Objective
    from grapheditor.ui.session import Session


@dataclass(frozen=True, slots=True)
class Lit:
    """The nodes that are not dim, and those among them that are marked."""

    nodes: frozenset[str]
    marked: frozenset[str] = frozenset()


class Spotlight(QObject):
    """One thing at a time asks for it; it follows edits, and goes out with the body it was asked for."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.by: object = None
        """Who asked for it."""
        self.lit: Lit | None = None
        self._make: Callable[[], Lit | None] = lambda: None
        session.edited.connect(self._renew)
        session.opened.connect(self.end)
        session.entered.connect(self.end)

    def show(self, by: object, make: Callable[[], Lit | None]) -> None:
        """Let somebody have it from now on. make: says which nodes, again after each edit; None puts it out."""
        self.by, self._make = by, make
        self._renew()

    def end(self, by: object = None) -> bool:
        """Put it out, or only where somebody has it; tell whether that changed anything."""
        if self.by is None or by not in (None, self.by):
            return False
        self.by, self.lit = None, None
        self.changed.emit()
        return True

    def _renew(self) -> None:
        if self.by is None:
            return
        self.lit = self._make()
        if self.lit is None:
            self.by = None
        self.changed.emit()


def way(session: Session, objective: Objective) -> Lit | None:
    """Return the way of an objective's gradient through the graph; marked are the nodes whose weights it changes."""
    graph, loss = session.graph, objective.minimise
    if loss not in graph.nodes:
        return None
    leading = ancestors(graph, [loss])
    sets = {graph.nodes[name].weights or name for name in learners(session, ())}
    changed = frozenset(
        name
        for name in leading
        if (owner := graph.nodes[name].weights or name) in sets and _is_meant(owner, objective.weights)
    )
    return Lit(frozenset(leading & descendants(graph, changed)) | {loss}, changed)


def _is_meant(name: str, weights: Collection[str]) -> bool:
    """Tell whether weights of a node are among those that are named by prefixes of paths; no prefix means all."""
    return not weights or any(each == name or each.startswith(f"{name}.") for each in weights)
