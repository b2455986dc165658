"""Gliding: nodes that were placed anew move there in a moment instead of jumping. The document is there at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation

from grapheditor.ui.canvas.geometry import Geometry
from grapheditor.ui.canvas.rows import Floats

DURATION = 120
"""Milliseconds."""


class Glide:
    """Shows nodes between where they were and where they are; ``finish`` puts them there whenever it is called."""

    def __init__(self, parent: QObject, repaint: Callable[[], None]) -> None:
        self._repaint = repaint
        self._animation = QVariantAnimation(parent)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._animation.valueChanged.connect(self._show)
        self._animation.finished.connect(self.finish)
        self._path: tuple[Geometry, list[str], Floats, Floats] | None = None

    def start(self, geometry: Geometry, names: list[str], before: Floats, duration: int) -> None:
        """Glide nodes from places shaped (nodes, 2) to where the geometry has them; duration in milliseconds."""
        self.finish()
        slots = geometry.nodes.slots(names)
        self._path = geometry, names, before, geometry.nodes.table[slots, :2].copy()
        self._show(0.0)
        self._animation.setDuration(duration)
        self._animation.start()

    def finish(self) -> None:
        """End a glide that is under way: all nodes where they belong."""
        if self._path is not None:
            self._animation.stop()
            self._show(1.0)
            self._path = None

    def _show(self, share: float) -> None:
        if self._path is not None:
            geometry, names, before, after = self._path
            at = before + (after - before) * share if share < 1.0 else after
            geometry.place(geometry.nodes.slots(names), at)
            if share == 1.0:
                geometry.settle()
            self._repaint()
