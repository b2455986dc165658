"""What is trained when the run that goes on has ended, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from grapheditor.engine.messages import Train


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A run that waits. recipe: by what it learns, as in a record; its graph stands in the order."""

    order: Train
    recipe: Mapping[str, Any]


class Queue(QObject):
    """Runs in the order in which they are made. One that is taken out, or was made, is there no more."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs: list[Waiting] = []

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._runs)

    def add(self, run: Waiting) -> None:
        """Let a run wait behind all others."""
        self._runs.append(run)
        self.changed.emit()

    def take(self) -> Train | None:
        """Return the run whose turn it is, which waits no more; None where none waits."""
        if not self._runs:
            return None
        run = self._runs.pop(0)
        self.changed.emit()
        return run.order

    def put_first(self, run: Waiting) -> None:
        """Have a run be the next one; where it waits no more, nothing happens."""
        if run in self._runs:
            self._runs.remove(run)
            self._runs.insert(0, run)
            self.changed.emit()

    def drop(self, run: Waiting) -> None:
        """Have a run not be made."""
        if run in self._runs:
            self._runs.remove(run)
            self.changed.emit()

    def clear(self) -> None:
        """Have none wait."""
        if self._runs:
            self._runs.clear()
            self.changed.emit()
