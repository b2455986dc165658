"""A run as the window sees it: its folder, looked at again and again by a thread, whoever makes the run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from grapheditor.runs.errors import RunError
from grapheditor.ui.background import Background

if TYPE_CHECKING:
    from grapheditor.runs.following import Sight

LIVELY, QUIETLY = 200, 1000
"""Milliseconds between two looks at a run that is being made, and at one that is not."""


class Following(QObject):
    """Follows a run by its folder. A run that cannot be read is looked at again: its disk may come back.

    reader: the thread that reads; several runs may share one.
    """

    seen = Signal()
    """``sight`` is a newer one, or ``why_not`` says why there is none."""

    def __init__(self, folder: Path, reader: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        from grapheditor.runs.following import Follower  # needs numpy: not before the first paint

        self.folder = folder
        self.sight: Sight | None = None
        self.why_not = ""
        self._reader = reader
        self._follower = Follower(folder)
        self._reading = self._again = self._stopped = self._left = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)
        self.look()

    def look(self) -> None:
        """Look now, unless it was stopped; what is asked for during a look is done once, after it."""
        if self._stopped:
            return
        self._timer.stop()
        if self._reading:
            self._again = True
            return
        self._reading, self._again = True, False
        self._reader.do(self._see, self._take)

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True
        self._timer.stop()

    def leave(self) -> None:
        """Look no more, and be gone; where the thread still reads, once it has."""
        self.stop()
        self._left = True
        if not self._reading:
            self.deleteLater()

    def _see(self) -> Sight | str:
        try:
            return self._follower.look()
        except RunError as error:
            return error.message

    def _take(self, found: Sight | str) -> None:
        self._reading = False
        if not isinstance(found, str):
            self.sight, self.why_not = found, ""
        else:
            self.why_not = found
        self.seen.emit()
        if self._left:
            self.deleteLater()
        if self._stopped:
            return
        if self._again or (not isinstance(found, str) and found.more):
            self.look()
        else:
            self._timer.start(LIVELY if self.sight is not None and self.sight.look.lives else QUIETLY)
