"""The command palette: every action by name, with its key, and why it cannot be done where that is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from grapheditor.ui.fuzzy import score
from grapheditor.ui.keys import Keys, shown
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import px, words
from grapheditor.ui.widgets import Edit

WIDTH, ROWS, ROW = 520, 12, 28
ASIDE = int(Qt.ItemDataRole.UserRole) + 1
"""What stands at the right of a command."""
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to do: what it is called, its menu and keys, and why it cannot be done, None where it can."""

    title: str
    menu: str
    keys: Keys
    why: str | None
    run: Callable[[], object]


class SideNote(QStyledItemDelegate):
    """Writes behind an entry, at the right, what belongs to it: its key, or why it cannot be done."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        rect: QRect = option.rect
        painter.save()
        painter.setFont(words(11))
        painter.setPen(QApplication.palette().placeholderText().color())  # a style sheet pales that of the widget
        room = rect.adjusted(px(24) + option.fontMetrics.horizontalAdvance(str(index.data())), 0, -12, 0)
        text = painter.fontMetrics().elidedText(str(index.data(ASIDE) or ""), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
        painter.restore()


class CommandPalette(QFrame):
    """Opens over the window, takes a few letters, and runs what is chosen."""

    def __init__(self, window: QWidget, offered: list[Offer]) -> None:
        super().__init__(window)
        self.setObjectName("commands")
        self.setAccessibleName(tr("Commands"))
        self._offered = offered
        self.line = Edit()
        self.line.setObjectName("commands-search")
        self.line.setPlaceholderText(tr("What do you want to do?"))
        self.line.setAccessibleName(tr("Search commands"))
        self.line.textChanged.connect(self._fill)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setItemDelegate(SideNote(self.list))
        self.list.setAccessibleName(tr("Commands found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # not inside the click: what is chosen may open a dialog, and the list would be gone behind it
        self.list.itemClicked.connect(lambda _item: QTimer.singleShot(0, self, self._choose))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self._before = QApplication.focusWidget()
        self._fill("")
        self.move((window.width() - self.width()) // 2, 60)
        self.show()
        self.raise_()
        self.line.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.raise_()

    def _fill(self, text: str) -> None:
        """List what answers the letters: what can be done first, then the best match first."""
        self.list.clear()
        found = [(score(text, (one.title, one.menu)), one) for one in self._offered]
        kept = [(one.why is not None, place, one) for place, one in found if place is not None]
        for _, _, offer in sorted(kept, key=lambda item: item[:2]):
            title = offer.title.rstrip("…")
            aside = offer.why or (shown(offer.keys[0]) if offer.keys else offer.menu)
            item = QListWidgetItem(title)
            item.setData(Qt.ItemDataRole.UserRole, self._offered.index(offer))
            item.setData(ASIDE, aside)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title}, {aside}")
            if offer.why:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        if not kept:
            nothing = QListWidgetItem(tr("No command of that name."))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        self.resize(px(WIDTH), px(52) + min(ROWS, max(1, self.list.count())) * px(ROW))
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
        self._give_back()
        self._offered[item.data(Qt.ItemDataRole.UserRole)].run()

    def _give_back(self) -> None:
        """Close, and give the focus back to what had it: else Qt gives it to whatever comes next."""
        before = self._before
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus()  # which closes this, too
        self._end()

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
                    self._give_back()
                case _:
                    return super().eventFilter(watched, event)
            return True
        return super().eventFilter(watched, event)
