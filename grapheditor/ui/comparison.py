"""Runs whose curves are drawn beside those of the newest one, until somebody takes them away again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from grapheditor.ui.background import Background
from grapheditor.ui.following import Following

if TYPE_CHECKING:
    from grapheditor.runs.following import Sight


class Comparison(QObject):
    """The folders of runs that are compared, each followed as it goes on.

    reader: the thread that reads them.
    """

    changed = Signal()
    """Other runs are compared than before."""
    seen = Signal()
    """One of them was looked at."""
    read = Signal()
    """One of them is known to its end for the first time."""

    def __init__(self, reader: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._followed: dict[Path, Following] = {}
        self._places: dict[Path, int] = {}
        self._read: set[Path] = set()

    def __contains__(self, folder: Path) -> bool:
        return folder in self._followed

    @property
    def folders(self) -> tuple[Path, ...]:
        """The runs, in the order in which they were chosen."""
        return tuple(self._followed)

    def sight(self, folder: Path) -> Sight | None:
        """Return what a run's folder told last."""
        return self._followed[folder].sight

    def place(self, folder: Path) -> int:
        """Return the number by which a run has its colour while it is compared, from 1 on; 0 is the newest run's."""
        return self._places.get(folder, 0)

    def choose(self, folder: Path, chosen: bool = True) -> None:
        """Compare a run, or compare it no more."""
        if chosen == (folder in self._followed):
            return
        if chosen:
            following = self._followed[folder] = Following(folder, self._reader, self)
            following.seen.connect(self._see)
            taken = set(self._places.values())
            self._places[folder] = next(place for place in range(1, len(taken) + 2) if place not in taken)
        else:
            self._drop(folder)
        self.changed.emit()

    def clear(self) -> None:
        """Compare nothing."""
        if self._followed:
            for folder in self.folders:
                self._drop(folder)
            self.changed.emit()

    def _see(self) -> None:
        """Tell what a look at a run came to."""
        following = self.sender()
        self.seen.emit()
        sight = following.sight if isinstance(following, Following) else None
        if sight is not None and not sight.more and sight.folder not in self._read:
            self._read.add(sight.folder)
            self.read.emit()

    def _drop(self, folder: Path) -> None:
        following = self._followed.pop(folder)
        following.seen.disconnect(self._see)
        self._read.discard(folder)
        following.leave()
        del self._places[folder]
