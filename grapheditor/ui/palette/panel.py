"""The panel on the left: operators by category and templates, to be searched, dragged and double-clicked."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from grapheditor.authoring import Operator, Template
from grapheditor.catalog import Catalog
from grapheditor.ui.canvas.canvas import MIME
from grapheditor.ui.palette.search import ranked
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.widgets import Edit, fixed, label


class Row(QFrame):
    """An operator in the list: dragged to the canvas, or double-clicked, or chosen with Return."""

    chosen = Signal(str)
    step = Signal(int)

    def __init__(self, operator: Operator, theme: Theme, *, doc: bool) -> None:
        super().__init__()
        self.operator = operator
        self.setObjectName(f"operator-{operator.id}")
        title, category, headline = tr(operator.title), tr(operator.category), tr(operator.headline)
        self.setAccessibleName(f"{title}, {category}")
        self.setAccessibleDescription(headline)
        self.setToolTip(f"{title} · {category}\n{headline}")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Down leads from the search field to it, not fifty times Tab
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self._pressed: QPoint | None = None
        bar = QFrame()
        bar.setFixedWidth(4)
        bar.setStyleSheet(f"background: {theme.category(operator.category).name()}; border-radius: 2px; border: 0;")
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addWidget(label(title, bold=doc))
        if doc:
            line = label(headline, muted=True, size=11)
            line.setMinimumWidth(10)
            words.addWidget(line)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(bar)
        row.addLayout(words, 1)
        fixed(self, height=44 if doc else 26)
        self.setStyleSheet(
            f"Row {{ background: {theme.raised}; border-radius: 6px; border: 1px solid transparent; }}"
            f"Row:hover {{ border-color: {theme.card_edge}; }} Row:focus {{ border-color: {theme.accent}; }}"
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        self.setFocus()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        moved = (event.position().toPoint() - self._pressed).manhattanLength()
        if moved >= QApplication.startDragDistance():
            self._pressed = None
            drag = QDrag(self)
            data = QMimeData()
            data.setData(MIME, self.operator.id.encode())
            drag.setMimeData(data)
            drag.setPixmap(self.grab())
            drag.exec(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self.operator.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.operator.id)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.step.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)


class PalettePanel(QWidget):
    """Operators and templates."""

    operator_chosen = Signal(str)
    template_chosen = Signal(str)

    def __init__(self, catalog: Catalog, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel-left")
        self.setAccessibleName(tr("Palette"))
        self.setMinimumWidth(180)
        self.catalog = catalog
        self.theme = theme
        self.tabs = QTabBar()
        self.tabs.setObjectName("palette-tabs")
        self.tabs.setAccessibleName(tr("Operators and templates"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.addTab(tr("Operators"))
        self.tabs.addTab(tr("Templates"))
        self.search = Edit()
        self.search.setObjectName("palette-search")
        self.search.setAccessibleName(tr("Search operators"))
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self._lists = QStackedWidget()
        self._operators, self._templates = _scroll(), _scroll()
        self._lists.addWidget(self._operators)
        self._lists.addWidget(self._templates)
        self.tabs.currentChanged.connect(self._switch)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 10, 6)
        column.setSpacing(8)
        column.addWidget(self.tabs)
        column.addWidget(self.search)
        column.addWidget(self._lists, 1)
        self._fill("")
        self._switch(0)

    def set_theme(self, theme: Theme) -> None:
        """Show the rows in another theme."""
        self.theme = theme
        self._fill(self.search.text())

    def _switch(self, index: int) -> None:
        self._lists.setCurrentIndex(index)
        count = len(self.catalog.operators) if index == 0 else len(self.catalog.templates)
        text = tr("Search {n} operators", n=count) if index == 0 else tr("Search {n} templates", n=count)
        self.search.setPlaceholderText(text)
        self.search.setAccessibleName(text)
        self._fill(self.search.text())

    def _fill(self, text: str) -> None:
        groups: dict[str, Iterable[Operator]] = dict(self.catalog.by_category())
        if text.strip():
            found = ranked(text, self.catalog.operators.values())
            groups = {}
            for operator in found:
                groups[operator.category] = [*groups.get(operator.category, ()), operator]
        _replace(self._operators, [w for name, items in groups.items() for w in self._group(name, items, bool(text))])
        wanted = text.strip().lower()
        cards = [self._card(item) for item in self.catalog.templates.values() if wanted in item.title.lower()]
        _replace(self._templates, cards)

    def _group(self, name: str, items: Iterable[Operator], doc: bool) -> list[QWidget]:
        title = label(tr(name), muted=True, size=11, bold=True)
        title.setContentsMargins(2, 6, 0, 0)
        rows: list[QWidget] = [title]
        for operator in items:
            row = Row(operator, self.theme, doc=doc)
            row.chosen.connect(self.operator_chosen)
            row.step.connect(self._step)
            rows.append(row)
        return rows

    def _card(self, template: Template) -> QWidget:
        button = QPushButton(template.title)
        button.setObjectName(f"template-{template.id}")
        button.setToolTip(f"{tr(template.headline)}\n{template.source}".strip())
        button.setProperty("field", True)
        button.clicked.connect(lambda: self.template_chosen.emit(template.id))
        return button

    def rows(self) -> list[Row]:
        """Return the rows of operators, from the top."""
        inner = self._operators.widget()
        return [row for row in inner.findChildren(Row) if isinstance(row, Row)] if inner else []

    def _cards(self) -> list[QPushButton]:
        inner = self._templates.widget()
        return inner.findChildren(QPushButton) if inner else []

    def _step(self, by: int) -> None:
        rows = self.rows()
        here = next((i for i, row in enumerate(rows) if row.hasFocus()), -1)
        if here + by < 0:
            self.search.setFocus()
        elif here + by < len(rows):
            rows[here + by].setFocus()
            self._operators.ensureWidgetVisible(rows[here + by])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the search field Return takes the first row, Down goes to it, Escape shows all, then leads away."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            rows = self.rows() if self.tabs.currentIndex() == 0 else []
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
            cards = self._cards() if self.tabs.currentIndex() == 1 else []
            if event.key() == Qt.Key.Key_Down and cards:
                cards[0].setFocus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and cards:
                cards[0].click()
                return True
            if event.key() == Qt.Key.Key_Down and rows:
                rows[0].setFocus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and rows:
                self.operator_chosen.emit(rows[0].operator.id)
                return True
        return super().eventFilter(watched, event)


def _scroll() -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


def _replace(area: QScrollArea, rows: list[QWidget]) -> None:
    inner = QWidget()
    column = QVBoxLayout(inner)
    column.setContentsMargins(0, 0, 2, 0)
    column.setSpacing(4)
    for row in rows:
        column.addWidget(row)
    if not rows:
        column.addWidget(label(tr("Nothing of that name."), muted=True))
    column.addStretch(1)
    area.setWidget(inner)
