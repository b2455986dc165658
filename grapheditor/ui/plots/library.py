"""The library that draws plots. To import it takes some hundred milliseconds: the window does not stand still for it."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

NAME = "pyqtgraph"


class Library(QObject):
    """Imports it by a thread; what needs it is called when it is there."""

    _loaded = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: list[Callable[[], None]] = []
        self._thread: threading.Thread | None = None
        self._loaded.connect(self._call)

    def load(self) -> None:
        """Begin to import it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._import, name="plots", daemon=True)
            self._thread.start()

    def when_loaded(self, *steps: Callable[[], None]) -> None:
        """Call these once it is there, one after the other, so that in between the window lives."""
        self.load()
        self._waiting += steps
        if self._thread is not None and not self._thread.is_alive():
            self._call()

    def _import(self) -> None:
        __import__(NAME)
        with contextlib.suppress(RuntimeError):  # the window is gone
            self._loaded.emit()

    def _call(self) -> None:
        if self._waiting and NAME in sys.modules:
            self._waiting.pop(0)()
        if self._waiting:
            QTimer.singleShot(0, self, self._call)
