"""The open document: a graph, its history without limit, and those who observe its changes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from grapheditor.edit.change import Change
from grapheditor.graph import Graph

Observer = Callable[[Change], None]
_REVISIONS = count(1)
"""No two states of any two documents have the same revision, so that a late answer is never taken for another's."""


class Document:
    """A graph that changes only by :meth:`commit`, :meth:`undo` and :meth:`redo`; each tells the observers."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.revision = next(_REVISIONS)
        self._undo: list[Change] = []
        self._redo: list[Change] = []
        self._observers: list[Observer] = []
        self._saved: Change | None = None
        self._bout: object = None

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call the observer after every change; the result ends that."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def commit(self, change: Change, bout: object = None) -> None:
        """Apply a change as one step that can be undone; an empty change is no step.

        bout: of typing in one field, say; a change that follows one of the same bout is part of its step.
        """
        if not change:
            return
        joins = bout is not None and bout is self._bout and self._undo and self._undo[-1] is not self._saved
        step = self._undo.pop().then(change) if joins else change
        if step:  # typed back to what it was: there is nothing left to undo
            self._undo.append(step)
        self._bout = bout if step else None
        self._redo.clear()
        self._apply(change)
        self.graph.spent |= change.deleted

    def undo(self) -> Change | None:
        """Take the last step back and return what that changed; None where there is none."""
        if not self._undo:
            return None
        self._bout = None
        step = self._undo.pop()
        self._redo.append(step)
        self.graph.spent -= step.deleted
        self._apply(step.inverse())
        return step

    def redo(self) -> Change | None:
        """Take the last undone step again; None where there is none."""
        if not self._redo:
            return None
        self._bout = None
        step = self._redo.pop()
        self._undo.append(step)
        self._apply(step)
        self.graph.spent |= step.deleted
        return step

    @property
    def can_undo(self) -> str | None:
        """The title of the step that undo would take back."""
        return self._undo[-1].title if self._undo else None

    @property
    def can_redo(self) -> str | None:
        """The title of the step that redo would take again."""
        return self._redo[-1].title if self._redo else None

    @property
    def edited(self) -> bool:
        """Whether the graph differs from what was saved last."""
        return (self._undo[-1] if self._undo else None) is not self._saved

    def mark_saved(self) -> None:
        """Take the present state as the saved one."""
        self._saved = self._undo[-1] if self._undo else None

    def forget_saved(self) -> None:
        """No state is a saved one any more: the file is gone."""
        self._saved = Change("")

    def _apply(self, change: Change) -> None:
        change.apply(self.graph)
        self.revision = next(_REVISIONS)
        for observer in list(self._observers):
            observer(change)
