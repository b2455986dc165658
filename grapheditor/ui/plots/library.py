"""The library that draws plots: to import it takes some hundred milliseconds, and the window does not stand still."""

from __future__ import annotations

import contextlib
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
        self._is_loaded = False
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
        QTimer.singleShot(0, self, self._call)

    def _import(self) -> None:
        __import__(NAME)
        with contextlib.suppress(RuntimeError):  # the window is gone
            self._loaded.emit()

    def _begin(self) -> None:
        self._is_loaded = True
        QTimer.singleShot(0, self, self._call)

    def _call(self) -> None:
        """Do the next step; while the thread still imports, it is what calls this again."""
        if self._waiting and self._is_loaded:
            self._waiting.pop(0)()
            QTimer.singleShot(0, self, self._call)
