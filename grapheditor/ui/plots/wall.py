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
        self._places: list[Chart | None] = []
        self._empty: list[QFrame] = []
        """Cards that keep the places of charts that are still to be made."""
        self.inside = QWidget()
        self._grid = QGridLayout(self.inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE)
        self._placed: tuple[object, int] | None = None
        self.setWidget(self.inside)

    def show_charts(self, charts: Sequence[Chart | None]) -> None:
        """Show these, in their order, and no others. For one that is still to be made, None, its place is kept.

        What has a place stays where it is as others are made: to give a figure another size takes as long as making it.
        """
        self.charts = [chart for chart in charts if chart is not None]
        self._places = list(charts)
        self._place()

    def _place(self) -> None:
        count = len(self._places)
        columns = max(1, min(count, (self.width() + SPACE) // (px(NARROWEST) + SPACE)))
        columns = -(-count // (-(-count // columns) or 1)) or 1  # rows of like length
        placed = (tuple(map(id, self._places)), columns)
        if placed == self._placed:
            return
        self._placed = placed
        for chart in self.inside.findChildren(Chart):
            if chart not in self.charts:
                chart.hide()
                self._grid.removeWidget(chart)
        for place in range(max(self._grid.columnCount(), columns)):
            self._grid.setColumnStretch(place, 1 if place < columns else 0)
        rows = -(-count // columns)
        for row in range(max(self._grid.rowCount(), rows)):
            self._grid.setRowStretch(row, 1 if row < rows else 0)
            self._grid.setRowMinimumHeight(row, px(LOWEST) if rows > 1 and row < rows else 0)
        for card in self._empty:
            card.hide()
            card.deleteLater()
        self._empty.clear()
        for place, wanted in enumerate(self._places):
            part = wanted or self._empty_card()
            self._grid.addWidget(part, place // columns, place % columns)
            part.show()

    def _empty_card(self) -> QFrame:
        card = QFrame()
        card.setProperty("chart", True)
        self._empty.append(card)
        return card

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), px(60))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
