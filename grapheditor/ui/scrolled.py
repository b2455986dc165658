"""A list, or a grid, of which only what is in sight is made: hundreds of rows cost what a screen of them costs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from grapheditor.ui.theme import px


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in a list: what tells it from others, its height in pixels at a scale of 1, what makes its widget."""

    key: str
    height: int
    make: Callable[[], QWidget]


class Scrolled(QScrollArea):
    """Shows cells below each other, or as many side by side as fit, and makes the widgets of those that are seen.

    wide: pixels that a column has at least, at a scale of 1; 0: there is one column.
    gap: pixels between cells.
    right: pixels that stay free beside the bar.
    behind: the widget from which Tab leads to the cells; None where they are no stops of Tab.
    """

    def __init__(self, *, wide: int = 0, gap: int = 4, right: int = 2, behind: QWidget | None = None) -> None:
        super().__init__()
        self.columns = 1
        self._wide, self._gap, self._right, self._behind = wide, gap, right, behind
        self._cells: list[Cell] = []
        self._places: dict[str, int] = {}
        self._tops: list[int] = []
        """Where each line begins, from the top."""
        self._made: dict[str, QWidget] = {}
        self._inner, self._port = QWidget(), QWidget()
        self._port.setBackgroundRole(QPalette.ColorRole.NoRole)
        self.setViewport(self._port)  # Qt's own, asked for, has PySide declare all kinds of widgets to find out its
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self._inner)
        self.verticalScrollBar().valueChanged.connect(self._look)

    @property
    def keys(self) -> list[str]:
        """What is listed, from the top, seen or not."""
        return list(self._places)

    @property
    def made(self) -> list[QWidget]:
        """The widgets there are of what is listed, from the top."""
        return [self._made[key] for key in self._places if key in self._made]

    def show_cells(self, cells: Iterable[Cell], *, keep: bool = False) -> None:
        """Show other cells. keep: the widgets of cells that were here before are still good."""
        self._cells = list(cells)
        places = {cell.key: i for i, cell in enumerate(self._cells)}
        same, self._places = [*places] == self.keys, places
        if not keep:
            for widget in self._made.values():
                widget.hide()
                widget.setObjectName("")
                widget.deleteLater()  # not now: it may be one of them that asked for others
            self._made.clear()
        for key, widget in self._made.items():
            widget.setVisible(key in places)
        self.arrange()
        if not same:
            self.verticalScrollBar().setValue(0)

    def arrange(self) -> None:
        """Give everything its place, as wide as there is room and as high as the type asks for."""
        whole = self.width() - self.verticalScrollBar().sizeHint().width() - self._right
        self.columns = max(1, (whole + self._gap) // (px(self._wide) + self._gap)) if self._wide else 1
        lines = [self._cells[i : i + self.columns] for i in range(0, len(self._cells), self.columns)]
        self._tops, bottom = [], 0
        for line in lines:
            self._tops.append(bottom)
            bottom += max(px(cell.height) for cell in line) + self._gap
        self._inner.resize(self._port.width(), bottom)
        for key, widget in self._made.items():
            if key in self._places:
                self._put(widget, self._places[key])
        self._look()

    def reach(self, key: str) -> QWidget:
        """Bring a cell into sight, and return its widget."""
        widget = self._widget(self._places[key])
        self.ensureWidgetVisible(widget, 8, 8)
        return widget

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def _look(self) -> None:
        """Make what is in sight, and half as much above and below, so that it is there when it is scrolled to."""
        top, high = self.verticalScrollBar().value(), self._port.height()
        first = max(0, bisect_right(self._tops, top - high // 2) - 1)
        last = bisect_left(self._tops, top + high + high // 2)
        before = len(self._made)
        for place in range(first * self.columns, min(last * self.columns, len(self._cells))):
            self._widget(place)
        if self._behind is not None and len(self._made) > before:
            stops = [self._behind, *self.made]
            for one, next_one in zip(stops, stops[1:], strict=False):
                QWidget.setTabOrder(one, next_one)

    def _widget(self, place: int) -> QWidget:
        cell = self._cells[place]
        widget = self._made.get(cell.key)
        if widget is None:
            widget = self._made[cell.key] = cell.make()
            widget.setParent(self._inner)
            self._put(widget, place)
            widget.show()
        return widget

    def _put(self, widget: QWidget, place: int) -> None:
        line, column = divmod(place, self.columns)
        room = self._port.width() - self._right - self._gap * (self.columns - 1)
        left, right = (room * i // self.columns + self._gap * i for i in (column, column + 1))
        widget.setGeometry(left, self._tops[line], right - self._gap - left, px(self._cells[place].height))
