"""Finding an operator by typing: how matches are ranked, and the box that opens at the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from grapheditor.authoring import Operator
from grapheditor.ui.fuzzy import of_template, score
from grapheditor.ui.palette.found import KEPT, MINE, TEMPLATE, Found, Whole
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px, words

ROW = 38
WIDTH, ROWS = 380, 7
OPERATOR = Qt.ItemDataRole.UserRole


Item = TypeVar("Item", bound=Found)
COMMON = 0.9
"""By how much an operator that people mean first lies before others: less than it counts to begin another text."""


def ranked(query: str, items: Iterable[Item]) -> list[Item]:
    """Return what matches a query, the best first; all in their own order where it is empty.

    Each word of the query must be found in title, id, category or the first line of the help, or, as letters in this
    order, in the title (``mxp`` finds MaxPool2d).
    """
    scored = [
        (place - COMMON * (bool(query.strip()) and isinstance(item, Operator) and item.common), i, item)
        for i, item in enumerate(items)
        if (place := score(query, _texts(item))) is not None
    ]
    return [item for _, _, item in sorted(scored, key=lambda entry: entry[:2])]


def _texts(item: Found) -> tuple[str, ...]:
    if isinstance(item, Whole):
        return (*of_template(item.template), TEMPLATE)
    stem = item.stem if isinstance(item, Operator) else item.id
    return item.title, stem, item.id.replace("_", " "), item.category, item.headline


class OperatorModel(QAbstractListModel):
    """What was found as rows; OPERATOR is the role under which one is found whole."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.operators: list[Found] = []

    def show(self, operators: list[Found]) -> None:
        """Show other operators."""
        self.beginResetModel()
        self.operators = operators
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # type: ignore[override]
        return 0 if parent is not None and parent.isValid() else len(self.operators)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # type: ignore[override]
        operator = self.operators[index.row()]
        if role == OPERATOR:
            return operator
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(operator.title)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{tr(operator.title)} ({tr(operator.category)}): {tr(operator.headline)}"
        return None


class OperatorDelegate(QStyledItemDelegate):
    """A row of two lines: category bar, title, and the first line of the help."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        return QSize(px(WIDTH), px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        operator: Found = index.data(OPERATOR)
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            ground = QColor(self.theme.accent)
            ground.setAlphaF(0.16)
            painter.setBrush(ground)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
        painter.setBrush(self.theme.category(operator.category))
        painter.drawRoundedRect(QRectF(rect.left() + px(8), rect.top() + px(7), 4, rect.height() - px(14)), 2, 2)
        self._line(painter, rect, 4, tr(operator.title), self.theme.text, True)
        own = isinstance(operator, Operator) and operator.origin
        kind = f"{tr(operator.category)}: " if operator.category in (TEMPLATE, KEPT) else f"{tr(MINE)}: " if own else ""
        self._line(painter, rect, 20, f"{kind}{tr(operator.headline)}".rstrip("."), self.theme.muted, False)
        painter.restore()

    def _line(self, painter: QPainter, rect: QRectF, top: int, text: str, colour: str, title: bool) -> None:
        painter.setFont(words(12, "semibold") if title else words(11))
        painter.setPen(QColor(colour))
        room = QRectF(rect.left() + px(22), rect.top() + px(top), rect.width() - px(32), px(16))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


class SearchPopup(QFrame):
    """A search box over a window: type, choose by Up, Down and Return or by a click; Escape closes it.

    A plain child of the window, so that it works alike with every window system. It deletes itself when it
    closes, as it does when the focus goes elsewhere.
    """

    chosen = Signal(str)
    """The id of the operator that was chosen."""
    escaped = Signal()
    """The box was closed by Escape; the focus should go back to where it came from."""
    closed = Signal()
    """The box is gone, for whatever reason."""

    def __init__(
        self,
        parent: QWidget,
        operators: Iterable[Found],
        theme: Theme,
        note: str = "",
        rank: Callable[[str, Iterable[Found]], list[Found]] = ranked,
        asks: tuple[str, str] | None = None,
        told_of: Callable[[str], str | None] = lambda _text: None,
    ) -> None:
        """asks: what is searched, and what is said where nothing matches; operators by default. told_of: says more of
        a text that nothing matches.
        """
        super().__init__(parent)
        self._operators = list(operators)
        self._rank = rank
        self._theme = theme
        self.setObjectName("search")
        search, nothing = asks or (tr("Search operators"), tr("No operator matches."))
        self.setAccessibleName(search if asks else tr("Add an operator"))
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(search)
        self.field.setAccessibleName(search)
        self.field.setFont(words(13))
        self.note = QLabel(note, self.field)
        self.model = OperatorModel(self)
        self.list = QListView(self)
        self._none, self._told_of = nothing, told_of
        self.nothing = QLabel(nothing, self)
        self.nothing.setWordWrap(True)
        self._build()
        self.field.textChanged.connect(self._search)
        self.list.clicked.connect(lambda index: self._choose(index.row()))
        self.field.installEventFilter(self)
        self._search("")

    def _build(self) -> None:
        self.list.setModel(self.model)
        self.list.setItemDelegate(OperatorDelegate(self._theme, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.setAccessibleName(tr("Operators found"))
        self.note.setFont(figures(11))
        self.nothing.setFont(words(12))
        self.nothing.setContentsMargins(12, 8, 12, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for item in (self.field, self.list, self.nothing):
            column.addWidget(item)
        self.setStyleSheet(_style(self._theme))
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(32)
        shadow.setOffset(0, 8)
        shadow.setColor(QColor(0, 0, 0, 110 if self._theme.name == "dark" else 50))
        self.setGraphicsEffect(shadow)

    def open_at(self, place: QPoint) -> None:
        """Show the box with its upper left corner at a place of the window, as far as it fits in."""
        parent = self.parentWidget()
        assert parent is not None
        self._fit()
        x = max(8, min(place.x(), parent.width() - px(WIDTH) - 8))
        y = max(8, min(place.y(), parent.height() - px(ROWS * ROW + 70) - 8))
        self.move(x, y)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _search(self, text: str) -> None:
        self.model.show(self._rank(text, self._operators))
        self.nothing.setText(self._told_of(text) or self._none)
        self.list.setCurrentIndex(self.model.index(0, 0))
        self._fit()

    def _fit(self) -> None:
        count = self.model.rowCount()
        self.list.setVisible(count > 0)
        self.nothing.setVisible(count == 0)
        self.list.setFixedHeight(min(count, ROWS) * px(ROW) + 2)
        self.note.adjustSize()
        self.field.setTextMargins(0, 0, self.note.width() + px(8) if self.note.text() else 0, 0)
        self.note.move(
            px(WIDTH) - 16 - self.note.width() - px(10), (self.field.sizeHint().height() - self.note.height()) // 2
        )
        self.setFixedWidth(px(WIDTH))
        self.setFixedHeight(self.sizeHint().height())

    def _choose(self, row: int) -> None:
        if 0 <= row < self.model.rowCount():
            name = self.model.operators[row].id
            self.dismiss()
            self.chosen.emit(name)

    def dismiss(self) -> None:
        """Close the box; nothing is chosen."""
        self.field.removeEventFilter(self)
        self.hide()
        self.deleteLater()
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.dismiss()
        elif isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            taken = event.key() in _KEYS
            if event.type() == QEvent.Type.ShortcutOverride:
                event.setAccepted(taken)
                return taken
            if taken:
                self._press(Qt.Key(event.key()))
                return True
        return super().eventFilter(watched, event)

    def _press(self, key: Qt.Key) -> None:
        row, count = self.list.currentIndex().row(), self.model.rowCount()
        if key == Qt.Key.Key_Escape:
            self.dismiss()
            self.escaped.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(row)
        elif count:
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Backtab: -1, Qt.Key.Key_PageUp: -ROWS, Qt.Key.Key_PageDown: ROWS}
            wanted = row + step.get(key, 1)
            bounded = min(max(wanted, 0), count - 1) if abs(wanted - row) > 1 else wanted % count
            self.list.setCurrentIndex(self.model.index(bounded, 0))


_KEYS = frozenset(
    {
        Qt.Key.Key_Escape,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Tab,
        Qt.Key.Key_Backtab,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    }
)


def _style(theme: Theme) -> str:
    return f"""
    #search {{ background: {theme.panel}; border: 1px solid {theme.line}; border-radius: 10px; }}
    #search QLineEdit {{ background: {theme.canvas}; color: {theme.text}; border: 2px solid {theme.accent};
        border-radius: 6px; padding: {px(5)}px {px(8)}px; min-height: {px(18)}px; }}
    #search QListView {{ background: {theme.panel}; border: none; outline: none; }}
    #search QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
    #search QScrollBar::handle:vertical {{ background: {theme.line}; border-radius: 4px; min-height: 24px; }}
    #search QScrollBar::add-line, #search QScrollBar::sub-line {{ height: 0; }}
    #search QScrollBar::add-page, #search QScrollBar::sub-page {{ background: transparent; }}
    #search QLabel {{ background: transparent; color: {theme.muted}; }}
    """
