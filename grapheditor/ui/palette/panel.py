"""The panel on the left: operators, the graph's modules and templates, to be searched, dragged and double-clicked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from grapheditor.authoring import Operator
from grapheditor.catalog import Catalog
from grapheditor.ui.canvas.canvas import MIME
from grapheditor.ui.palette.search import Found, Whole, ranked
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.widgets import Edit, Elided, fixed, label

OPERATORS, MODULES, TEMPLATES = range(3)
TITLES = (mark("Operators"), mark("Modules"), mark("Templates"))


class Row(QFrame):
    """An operator, a module or a template: dragged to the canvas, or double-clicked, or chosen with Return."""

    chosen = Signal(str)
    opened = Signal(str)
    """What it is made of is to be shown."""
    step = Signal(int)

    def __init__(self, operator: Found, theme: Theme, *, doc: bool) -> None:
        super().__init__()
        self.operator = operator
        self.setObjectName(f"{kind_of(operator)}-{operator.id}")
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
        words.addWidget(Elided(title, bold=doc))
        if doc:
            words.addWidget(Elided(headline, muted=True, size=11))
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

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what else can be done with it."""
        kind, name = kind_of(self.operator), self.operator.id
        menu = QMenu(self)
        menu.setObjectName("palette-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Add to the graph")).triggered.connect(lambda: self.chosen.emit(name))
        if kind != "operator":
            text = tr("Open the module") if kind == "module" else tr("Open as a graph of its own")
            menu.addAction(text).triggered.connect(lambda: self.opened.emit(name))
        menu.popup(event.globalPos())

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
    """Operators, the modules of the graph, templates. What one types is looked for among all of them."""

    chosen = Signal(str)
    """It is to be added: the id of an operator or a template, or the name of a module."""
    module_opened = Signal(str)
    template_opened = Signal(str)

    def __init__(self, catalog: Catalog, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel-left")
        self.setAccessibleName(tr("Palette"))
        self.setMinimumWidth(180)
        self.catalog = catalog
        self.theme = theme
        self.modules: Sequence[Operator] = ()
        self._templates = [Whole(item) for item in catalog.templates.values()]
        self.tabs = QTabBar()
        self.tabs.setProperty("narrow", True)
        self.tabs.setObjectName("palette-tabs")
        self.tabs.setAccessibleName(tr("Operators, modules and templates"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)
        for title in TITLES:
            self.tabs.setTabToolTip(self.tabs.addTab(tr(title)), tr(title))
        self.search = Edit()
        self.search.setObjectName("palette-search")
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self._area = _scroll()
        self.tabs.currentChanged.connect(self._switch)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 10, 6)
        column.setSpacing(8)
        column.addWidget(self.tabs)
        column.addWidget(self.search)
        column.addWidget(self._area, 1)
        self._switch()

    def set_theme(self, theme: Theme) -> None:
        """Show the rows in another theme."""
        self.theme = theme
        self._fill()

    def show_modules(self, modules: Sequence[Operator]) -> None:
        """Offer these modules of the graph."""
        if list(modules) != list(self.modules):
            self.modules = modules
            if self.tabs.currentIndex() == MODULES or self.search.text().strip():
                self._switch()

    def _switch(self) -> None:
        count = (len(self.catalog.operators), len(self.modules), len(self._templates))[self.tabs.currentIndex()]
        texts = (tr("Search {n} operators", n=count), tr("Search {n} modules", n=count),
                 tr("Search {n} templates", n=count))  # fmt: skip
        text = texts[self.tabs.currentIndex()]
        self.search.setPlaceholderText(text)
        self.search.setAccessibleName(text)
        self._fill()

    def _groups(self, tab: int) -> Mapping[str, Iterable[Found]]:
        """Return what a tab has, by the titles of its groups."""
        if tab == OPERATORS:
            return self.catalog.by_category()
        if tab == MODULES:
            return {"Module": self.modules} if self.modules else {}
        groups: dict[str, list[Found]] = {}
        for whole in self._templates:
            groups.setdefault(whole.template.category, []).append(whole)
        return groups

    def _found(self, text: str) -> Mapping[str, Iterable[Found]]:
        """Return what answers a text, by category, what belongs to the tab that is open first."""
        everything: list[list[Found]] = [[*self.catalog.operators.values()], [*self.modules], [*self._templates]]
        groups: dict[str, list[Found]] = {}
        for tab in sorted(range(len(TITLES)), key=lambda tab: tab != self.tabs.currentIndex()):
            for item in ranked(text, everything[tab]):
                groups.setdefault(item.category, []).append(item)
        return groups

    def _fill(self) -> None:
        text = self.search.text().strip()
        groups = self._found(text) if text else self._groups(self.tabs.currentIndex())
        rows = [row for name, items in groups.items() for row in self._group(name, items, bool(text))]
        none = tr("No modules yet: select nodes and make a module of them.")
        _replace(self._area, rows, tr("Nothing of that name.") if text or rows else none)

    def _group(self, name: str, items: Iterable[Found], doc: bool) -> list[QWidget]:
        title = label(tr(name), muted=True, size=11, bold=True)
        title.setContentsMargins(2, 6, 0, 0)
        rows: list[QWidget] = [title]
        opened: dict[str, Callable[[str], object]] = {
            "module": self.module_opened.emit, "template": self.template_opened.emit,
        }  # fmt: skip
        for item in items:
            row = Row(item, self.theme, doc=doc)
            row.chosen.connect(self.chosen)
            if kind_of(item) in opened:
                row.opened.connect(opened[kind_of(item)])
            row.step.connect(self._step)
            rows.append(row)
        return rows

    def rows(self) -> list[Row]:
        """Return what is listed, from the top."""
        inner = self._area.widget()
        return [row for row in inner.findChildren(Row) if isinstance(row, Row)] if inner else []

    def _step(self, by: int) -> None:
        rows = self.rows()
        here = next((i for i, row in enumerate(rows) if row.hasFocus()), -1)
        if here + by < 0:
            self.search.setFocus()
        elif here + by < len(rows):
            rows[here + by].setFocus()
            self._area.ensureWidgetVisible(rows[here + by])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the search field Return takes the first row, Down goes to it, Escape shows all, then leads away."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            rows = self.rows()
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
            if event.key() == Qt.Key.Key_Down and rows:
                rows[0].setFocus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and rows:
                self.chosen.emit(rows[0].operator.id)
                return True
        return super().eventFilter(watched, event)


def kind_of(item: Found) -> str:
    """Return what something in the palette is, as the names of its rows begin."""
    return "template" if isinstance(item, Whole) else "module" if item.category == "Module" else "operator"


def _scroll() -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


def _replace(area: QScrollArea, rows: list[QWidget], none: str) -> None:
    inner = QWidget()
    column = QVBoxLayout(inner)
    column.setContentsMargins(0, 0, 2, 0)
    column.setSpacing(4)
    for row in rows:
        column.addWidget(row)
    if not rows:
        told = label(none, muted=True)
        told.setWordWrap(True)
        column.addWidget(told)
    column.addStretch(1)
    area.setWidget(inner)
