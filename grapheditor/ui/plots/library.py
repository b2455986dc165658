"""The library that draws plots: to import it takes some hundred milliseconds, and the window does not stand still.

It is imported by the window's thread, in small steps. A thread of its own would be simpler and kills the program once
in some thousand starts: before Python 3.12 PySide keeps what it knows of its classes in a table without a lock, which
the window's thread reads without Python's lock while it handles events. No other thread may define a class of Qt's.
"""

from __future__ import annotations

import gc
import importlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QCoreApplication, QObject, QTimer

NAME = "grapheditor.ui.plots.figure"
"""What needs pyqtgraph, with it: to define its classes takes as long as a step may."""
BREATH = 5
"""Milliseconds before each step, in which the one before is painted and hands are served."""
STEP = 0.008
"""Seconds that a step of the import takes at least."""


class Library(QObject):
    """Imports it; what needs it is called when it is there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: list[Callable[[], None]] = []
        self._importing: Iterator[None] | None = None
        self._is_loaded = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._step)

    def load(self) -> None:
        """Begin to import it."""
        if self._importing is None:
            self._importing = _importing()
            self._timer.start(BREATH)

    def when_loaded(self, *steps: Callable[[], None]) -> None:
        """Call these once it is there, one after the other, so that in between the window lives."""
        self.load()
        self._waiting += steps
        self._go_on()

    def _go_on(self) -> None:
        """Do the next step soon; while it is imported, the end of that calls this again."""
        if self._waiting and self._is_loaded and not self._timer.isActive():
            self._timer.start(BREATH)

    def _step(self) -> None:
        if self._is_loaded:
            self._waiting.pop(0)()
            self._go_on()
        elif self._import():
            self._is_loaded = True
            if gc.get_freeze_count():
                gc.freeze()  # no garbage either: looking through it would take a tenth of a second
            self._go_on()
        else:
            self._timer.start(BREATH)

    def _import(self) -> bool:
        """Import a little more; return whether all of it is there."""
        assert self._importing is not None
        begun = time.perf_counter()
        while time.perf_counter() - begun < STEP:
            if next(self._importing, self) is self:
                return True
        return False


def _importing() -> Iterator[None]:
    """Make Qt's classes, one after the other, for the library asks for all of them; then import it."""
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            getattr(module, name)
            yield
    breath = _Breath()
    sys.meta_path.insert(0, breath)
    try:
        importlib.import_module(NAME)
    finally:
        sys.meta_path.remove(breath)


def _others_begun() -> bool:
    """Whether a module that others import too is half imported: what the window does meanwhile would find that half."""
    begun = (name for name, module in list(sys.modules.items()) if _is_begun(module))
    return any(name.partition(".")[0] != "pyqtgraph" and name != NAME for name in begun)


def _is_begun(module: ModuleType) -> bool:
    return getattr(getattr(module, "__spec__", None), "_initializing", False) is True


class _Breath(MetaPathFinder):
    """Lets the window live between the modules that are imported; finds none itself.

    What the window does meanwhile may import something too, in the middle of a paint, and so may another thread: there
    no events are handled, for a paint within a paint ends the program.
    """

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._thread = threading.get_ident()
        self._breathes = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        idle = not self._breathes and threading.get_ident() == self._thread
        if idle and time.perf_counter() - self._last > STEP and not _others_begun():
            self._breathes = True
            try:
                QCoreApplication.processEvents()
            finally:
                self._breathes = False
                self._last = time.perf_counter()
        return None
