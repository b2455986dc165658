"""Charts side by side, in as many rows as they need."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from grapheditor.ui.plots.chart import Chart
from grapheditor.ui.theme import px

NARROWEST, LOWEST = 300, 150
SPACE = 12


class Wall(QScrollArea):
    """Shows charts in a grid; with more rows than it has room for it scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.charts: list[Chart] = []
        self.inside = QWidget()
        self._grid = QGridLayout(self.inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE)
        self._placed: tuple[object, int] | None = None
        self.setWidget(self.inside)

    def show_charts(self, charts: Sequence[Chart]) -> None:
        """Show these, in their order, and no others."""
        self.charts = list(charts)
        self._place()

    def _place(self) -> None:
        columns = max(1, min(len(self.charts), (self.width() + SPACE) // (px(NARROWEST) + SPACE)))
        columns = -(-len(self.charts) // (-(-len(self.charts) // columns) or 1)) or 1  # rows of like length
        placed = (tuple(map(id, self.charts)), columns)
        if placed == self._placed:
            return
        self._placed = placed
        for chart in self.inside.findChildren(Chart):
            if chart not in self.charts:
                chart.hide()
                self._grid.removeWidget(chart)
        for place in range(max(self._grid.columnCount(), columns)):
            self._grid.setColumnStretch(place, 1 if place < columns else 0)
        for place, chart in enumerate(self.charts):
            chart.setMinimumHeight(px(LOWEST) if len(self.charts) > columns else 0)
            self._grid.addWidget(chart, place // columns, place % columns)
            chart.show()

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), px(60))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
