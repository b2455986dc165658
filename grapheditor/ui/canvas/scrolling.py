"""Scrolling while something is dragged to the edge of the canvas: the faster, the further out the pointer is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

EDGE = 32.0
"""Pixels from the edge within which the view begins to move."""
FASTEST = 24.0
"""Pixels of one step, reached as far outside as the edge is wide."""
PAUSE = 16
"""Milliseconds between two steps."""


def speed(at: float, size: float) -> float:
    """Return how many pixels the view moves at a place between 0 and a size; away from the edge to which it is near."""
    near = min(EDGE, size / 4)
    inside = max(near - at, 0.0) - max(at - (size - near), 0.0)
    return max(min(inside / (2 * near), 1.0), -1.0) * FASTEST


class Scrolling(QObject):
    """Calls pan with pixels again and again as long as the pointer is near an edge."""

    def __init__(self, parent: QObject, pan: Callable[[float, float], object]) -> None:
        super().__init__(parent)
        self._pan = pan
        self._step = (0.0, 0.0)
        self.timer = QTimer(self)
        self.timer.setInterval(PAUSE)
        self.timer.timeout.connect(self.step)

    def follow(self, x: float, y: float, width: float, height: float) -> None:
        """Take where the pointer is on a canvas of a size."""
        self._step = speed(x, width), speed(y, height)
        if self._step == (0.0, 0.0):
            self.timer.stop()
        elif not self.timer.isActive():
            self.timer.start()

    def stop(self) -> None:
        """Nothing is dragged any more."""
        self._step = (0.0, 0.0)
        self.timer.stop()

    def step(self) -> None:
        """Move the view once."""
        if self._step != (0.0, 0.0):
            self._pan(*self._step)
