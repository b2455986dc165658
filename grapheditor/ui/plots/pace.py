"""When curves are drawn: the more it takes the less often, so that a training loses nothing by being watched."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

LEAST = 100
"""Milliseconds between two drawings at least: what comes meanwhile is drawn with it."""
SHARE = 50
"""What was drawn rests for so many times as long as it took: a fiftieth of one processor's time."""
MOST = 1000
"""Milliseconds that it rests at most: the first drawing is the slowest, and a curve that stands still looks broken."""


class Pace(QObject):
    """Says when it is time to draw.

    due: draw now. What that takes is counted, and so is what :meth:`spent` adds, for it is painted later.
    """

    due = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ended = 0.0
        self.took = 0.0
        """Seconds that the last drawing took, with all painting since."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.draw)

    @property
    def wait(self) -> float:
        """Milliseconds from the last drawing to the next."""
        return min(MOST, max(LEAST, SHARE * self.took * 1e3))

    def ask(self) -> None:
        """There is something new to be drawn."""
        if not self._timer.isActive():
            since = (time.perf_counter() - self._ended) * 1e3
            self._timer.start(round(max(LEAST / 5, self.wait - since)))

    def draw(self) -> None:
        """Draw at once."""
        self._timer.stop()
        begun = time.perf_counter()
        self.due.emit()
        self._ended = time.perf_counter()
        self.took = self._ended - begun

    def spent(self, seconds: float) -> None:
        """Count what painting took."""
        self.took += seconds
