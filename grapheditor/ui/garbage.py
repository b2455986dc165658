"""Garbage is collected by the window's thread alone, and not while a hand draws.

Python collects in whatever thread asks for memory. Some of Qt's objects must go in the thread that they live in: where
a timer that runs or a scene is part of a circle, another thread that happens to collect it ends the program.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

EVERY = 200
"""Milliseconds between two looks at whether there is enough to be worth it."""


class Collector(QObject):
    """Collects what Python would have collected by now; that is turned off from here on."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # what stands by now is no garbage
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(EVERY)

    def _look(self) -> None:
        """Collect the oldest generation that is due; the last one, which takes long, once no button is held."""
        held = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        counts, limits = gc.get_count(), gc.get_threshold()
        due = [age for age in range(2 if held else 3) if counts[age] > limits[age]]
        if due:
            gc.collect(due[-1])


def collect_here() -> None:
    """Have this thread, which is the application's, do it, once for the process."""
    app = QCoreApplication.instance()
    assert app is not None
    if app.findChild(Collector, options=Qt.FindChildOption.FindDirectChildrenOnly) is None:
        Collector(app)
