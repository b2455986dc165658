"""The command palette: every action by name, with its key, and why it cannot be done where that is so."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from grapheditor.ui.actions import Action
from grapheditor.ui.widgets import Edit

WIDTH, ROWS = 480, 12


class CommandPalette(QFrame):
    """Opens over the window, takes a few letters, and runs what is chosen."""

    def __init__(self, window: QWidget, offered: list[tuple[Action, str | None]], run: Callable[[str], object]) -> None:
        super().__init__(window)
        self.setObjectName("commands")
        self.setAccessibleName("Commands")
        self._offered = offered
        self._run = run
        self.line = Edit()
        self.line.setObjectName("commands-search")
        self.line.setPlaceholderText("What do you want to do?")
        self.line.textChanged.connect(self._fill)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda _item: self._choose())
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self._fill("")
        self.setGeometry((window.width() - WIDTH) // 2, 60, WIDTH, 52 + ROWS * 28)
        self.show()
        self.raise_()
        self.line.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.raise_()

    def _fill(self, text: str) -> None:
        self.list.clear()
        parts = text.lower().split()
        for action, why in self._offered:
            words = f"{action.menu} {action.title}".lower()
            if not all(part in words for part in parts):
                continue
            key = f"    {action.keys[0]}" if action.keys else ""
            item = QListWidgetItem(f"{action.title.rstrip('…')}{key}" + (f"    {why}" if why else ""))
            item.setData(Qt.ItemDataRole.UserRole, action.id)
            if why:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        self._move(0, 1)

    def _move(self, start: int, by: int) -> None:
        row = start
        while 0 <= row < self.list.count():
            if self.list.item(row).flags() & Qt.ItemFlag.ItemIsEnabled:
                self.list.setCurrentRow(row)
                return
            row += by

    def _choose(self) -> None:
        item = self.list.currentItem()
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        self._end()
        self._run(item.data(Qt.ItemDataRole.UserRole))

    def _end(self) -> None:
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down, Return and Escape steer the list from the line; leaving the line closes it."""
        if event.type() == QEvent.Type.FocusOut and not self.list.underMouse():
            self._end()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            match event.key():
                case Qt.Key.Key_Down:
                    self._move(self.list.currentRow() + 1, 1)
                case Qt.Key.Key_Up:
                    self._move(self.list.currentRow() - 1, -1)
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    self._choose()
                case Qt.Key.Key_Escape:
                    self._end()
                case _:
                    return super().eventFilter(watched, event)
            return True
        return super().eventFilter(watched, event)
