"""The command palette: every action by name, with its key, and why it cannot be done where that is so."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from grapheditor.ui.actions import Action
from grapheditor.ui.theme import words
from grapheditor.ui.widgets import Edit

WIDTH, ROWS = 520, 12
ASIDE = int(Qt.ItemDataRole.UserRole) + 1
"""What stands at the right of a command."""
Index = QModelIndex | QPersistentModelIndex


class _Row(QStyledItemDelegate):
    """Writes behind a command, at the right, its key, or why it cannot be done."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        rect: QRect = option.rect
        painter.save()
        painter.setFont(words(11))
        painter.setPen(option.palette.placeholderText().color())
        room = rect.adjusted(170, 0, -12, 0)
        text = painter.fontMetrics().elidedText(str(index.data(ASIDE)), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
        painter.restore()


class CommandPalette(QFrame):
    """Opens over the window, takes a few letters, and runs what is chosen."""

    def __init__(self, window: QWidget, offered: list[tuple[Action, str | None]], run: Callable[[str], object]) -> None:
        super().__init__(window)
        self.setObjectName("commands")
        self.setAccessibleName("Commands")
        self._offered = sorted(offered, key=lambda item: item[1] is not None)  # what can be done comes first
        self._run = run
        self.line = Edit()
        self.line.setObjectName("commands-search")
        self.line.setPlaceholderText("What do you want to do?")
        self.line.textChanged.connect(self._fill)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setItemDelegate(_Row(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda _item: self._choose())
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self._fill("")
        self.move((window.width() - WIDTH) // 2, 60)
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
            name = f"{action.menu} {action.title}".lower()
            if not all(part in name for part in parts):
                continue
            item = QListWidgetItem(action.title.rstrip("…"))
            item.setData(Qt.ItemDataRole.UserRole, action.id)
            item.setData(ASIDE, why or (action.keys[0] if action.keys else action.menu))
            if why:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        self.resize(WIDTH, 52 + min(ROWS, max(1, self.list.count())) * 28)
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
        if event.type() == QEvent.Type.FocusOut:
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
