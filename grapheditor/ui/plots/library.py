"""The library that draws plots: to import it takes some hundred milliseconds, and the window does not stand still."""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

NAME = "grapheditor.ui.plots.figure"
"""What needs pyqtgraph, with it: to define its classes takes as long as a step may."""

BREATH = 5
"""Milliseconds before each step, in which the one before is painted and hands are served."""


class Library(QObject):
    """Imports it by a thread; what needs it is called when it is there."""

    _loaded = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: list[Callable[[], None]] = []
        self._thread: threading.Thread | None = None
        self._is_loaded = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._call)
        self._loaded.connect(self._begin)

    def load(self) -> None:
        """Begin to import it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._import, name="plots", daemon=True)
            self._thread.start()

    def when_loaded(self, *steps: Callable[[], None]) -> None:
        """Call these once it is there, one after the other, so that in between the window lives."""
        self.load()
        self._waiting += steps
        self._go_on()

    def _import(self) -> None:
        importlib.import_module(NAME)
        with contextlib.suppress(RuntimeError):  # the window is gone
            self._loaded.emit()

    def _begin(self) -> None:
        self._is_loaded = True
        self._go_on()

    def _go_on(self) -> None:
        """Do the next step soon; while the thread still imports, its end calls this again."""
        if self._waiting and self._is_loaded and not self._timer.isActive():
            self._timer.start(BREATH)

    def _call(self) -> None:
        self._waiting.pop(0)()
        self._go_on()
