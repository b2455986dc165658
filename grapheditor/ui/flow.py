"""Widgets side by side, in as many rows as they need."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget


class Flow(QWidget):
    """Places its widgets like words of a text and is as high as that needs."""

    def __init__(self, gap: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gap = gap
        self._parts: list[QWidget] = []

    def add(self, part: QWidget) -> None:
        """Put a widget behind the others."""
        part.setParent(self)
        self._parts.append(part)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        """Place them anew where one has another size."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def _place(self) -> None:
        at = QPoint(0, 0)
        row = 0
        for part in self._parts:
            size = part.sizeHint().expandedTo(part.minimumSize())
            if at.x() and at.x() + size.width() > self.width():
                at = QPoint(0, at.y() + row + self._gap)
                row = 0
            part.setGeometry(at.x(), at.y(), size.width(), size.height())
            at.setX(at.x() + size.width() + self._gap)
            row = max(row, size.height())
        if self.minimumHeight() != at.y() + row:
            self.setFixedHeight(at.y() + row)
