"""A field for some of a list of names: all of them, or those that are ticked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QPushButton, QWidget

from grapheditor.authoring import Option
from grapheditor.ui.inspector.row import Changed, Field, indented
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import figures
from grapheditor.ui.widgets import fixed

ROW = 20
MOST_ROWS = 8


class CheckField(Field):
    """Says how many are chosen; a press opens the list. An empty choice is all of them."""

    def __init__(self, option: Option, changed: Changed, names: Callable[[], list[str]]) -> None:
        self._names = names
        self._value: tuple[str, ...] = ()
        super().__init__(option, changed)

    def _editor(self) -> QPushButton:
        button = QPushButton()
        button.setProperty("field", True)
        button.setFont(figures(12))
        button.setCheckable(True)
        button.toggled.connect(self._open)
        self.button = button
        return button

    def _lay_out(self) -> None:
        super()._lay_out()
        self.list = QListWidget()
        self.list.setObjectName(f"list-{self.option.name}")
        self.list.setAccessibleName(self.name.text())
        self.list.setProperty("checks", True)
        self.list.setFont(figures(12))
        palette = self.list.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor("#b5bccb"))  # of which Qt makes the edge of a box, darker
        self.list.setPalette(palette)
        self.list.itemChanged.connect(self._tick)
        self.below = QWidget()
        beside = indented(self.list)
        beside.setContentsMargins(0, 4, 0, 0)
        self.below.setLayout(beside)
        self.below.hide()
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.below)

    def _open(self, opened: bool) -> None:
        self.below.setVisible(opened)
        self._fill()

    def show_value(self, value: Any) -> None:
        """Show the names that are chosen; none of them means all."""
        self._value = tuple(value or ())
        self._show_default(self._value)
        self.reset.setVisible(bool(self._value))
        some = tr("{n} of {all} nodes", n=len(self._value), all=len(self._names()))
        text = some if self._value else tr("all weights")
        self.button.setText(text)
        if self.button.isChecked():
            self._fill()
        self.complain("")

    def go_back(self) -> None:
        """Choose all."""
        self._changed((), None)

    def _fill(self) -> None:
        names = self._names()
        self.list.blockSignals(True)
        if [self.list.item(row).text() for row in range(self.list.count())] != names:
            self.list.clear()
            for name in names:
                item = QListWidgetItem(name)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                self.list.addItem(item)
            fixed(self.list, height=ROW * min(max(len(names), 1), MOST_ROWS) + 10)
        for row, name in enumerate(names):
            ticked = not self._value or name in self._value
            self.list.item(row).setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self.list.blockSignals(False)

    def _tick(self) -> None:
        items = [self.list.item(row) for row in range(self.list.count())]
        ticked = tuple(item.text() for item in items if item.checkState() == Qt.CheckState.Checked)
        if not ticked:
            self._fill()
            self.complain(tr("An objective changes the weights of one node at least."))
            return
        self._changed(() if len(ticked) == len(items) else ticked, None)
