"""The open document: a graph, its history without limit, and those who observe its changes."""

from __future__ import annotations

from collections.abc import Callable

from grapheditor.edit.change import Change
from grapheditor.graph import Graph

Observer = Callable[[Change], None]


class Document:
    """A graph that changes only by :meth:`commit`, :meth:`undo` and :meth:`redo`; each tells the observers."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.revision = 0
        self._undo: list[Change] = []
        self._redo: list[Change] = []
        self._observers: list[Observer] = []
        self._saved: Change | None = None

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call the observer after every change; the result ends that."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def commit(self, change: Change) -> None:
        """Apply a change as one step that can be undone; an empty change is no step."""
        if change:
            self._undo.append(change)
            self._redo.clear()
            self._apply(change)

    def extend(self, change: Change) -> None:
        """Apply a change as part of the last step: typing on in the same field is one step."""
        if not change:
            return
        if not self._undo or self._undo[-1] is self._saved:
            self.commit(change)
            return
        step = self._undo.pop().then(change)
        if step:  # typed back to what it was: there is nothing left to undo
            self._undo.append(step)
        self._redo.clear()
        self._apply(change)

    def undo(self) -> Change | None:
        """Take the last step back and return what that changed; None where there is none."""
        if not self._undo:
            return None
        step = self._undo.pop()
        self._redo.append(step)
        self._apply(step.inverse())
        return step

    def redo(self) -> Change | None:
        """Take the last undone step again; None where there is none."""
        if not self._redo:
            return None
        step = self._redo.pop()
        self._undo.append(step)
        self._apply(step)
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

    def _apply(self, change: Change) -> None:
        change.apply(self.graph)
        self.revision += 1
        for observer in list(self._observers):
            observer(change)
