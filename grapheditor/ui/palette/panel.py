"""The panel on the left: operators, modules and templates, to be searched, dragged and double-clicked.

Among the operators stand the user's own, with the files that wait to be trusted; among the modules those of the user's
library, each with its picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QTabBar, QVBoxLayout, QWidget

from grapheditor.authoring import Operator
from grapheditor.catalog import Catalog
from grapheditor.ui.canvas.over import Over
from grapheditor.ui.own import shelf
from grapheditor.ui.palette.found import FILE, KEPT, LIBRARY, OWN, Found, Locked, Saved, Whole, kind_of
from grapheditor.ui.palette.row import Row, height_of
from grapheditor.ui.palette.search import ranked
from grapheditor.ui.scrolled import Cell, Scrolled
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.widgets import Edit, label

OPERATORS, MODULES, TEMPLATES = range(3)
TITLE = 22
"""Pixels of the title of a group, at a scale of 1."""
TITLES = (mark("Operators"), mark("Modules"), mark("Templates"))


class PalettePanel(QWidget):
    """Operators, the modules of the graph, templates. What one types is looked for among all of them."""

    chosen = Signal(str)
    """It is to be added: the id of an operator or a template, or the name of a module."""
    module_opened = Signal(str)
    template_opened = Signal(str)
    file_wanted = Signal(str)
    """A file of the user's own operators is to be shown, by its name."""
    kept_opened = Signal(str)
    kept_renamed = Signal(str, str)
    """A module of the library is to be called otherwise: its name, and the new one."""
    kept_removed = Signal(str)
    told = Signal(str)

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
        self.listed: dict[str, Found] = {}
        """What is listed, by the names of the rows, from the top."""
        self._none = label(muted=True)
        self._none.setWordWrap(True)
        self._area = Scrolled()
        self.tabs.currentChanged.connect(self._switch)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 10, 6)
        column.setSpacing(8)
        column.addWidget(self.tabs)
        column.addWidget(self.search)
        column.addWidget(self._none)
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

    def show_own(self) -> None:
        """Show what is the user's own as it is now."""
        self._switch()

    def _kept(self) -> list[Saved]:
        return [Saved(item) for item in shelf().kept.values()]

    def _locked(self) -> list[Locked]:
        return [Locked(file) for file in self.catalog.own.files.values() if not file.operators]

    def _switch(self) -> None:
        modules = len(self.modules) + len(shelf().kept)
        count = (len(self.catalog.operators), modules, len(self._templates))[self.tabs.currentIndex()]
        texts = (tr("Search {n} operators", n=count), tr("Search {n} modules", n=count),
                 tr("Search {n} templates", n=count))  # fmt: skip
        text = texts[self.tabs.currentIndex()]
        self.search.setPlaceholderText(text)
        self.search.setAccessibleName(text)
        self._fill()

    def _groups(self, tab: int) -> Mapping[str, Iterable[Found]]:
        """Return what a tab has, by the titles of its groups."""
        if tab == OPERATORS:
            locked = self._locked()
            files: dict[str, list[Found]] = {FILE: [*locked]} if locked else {}
            return {**files, **self.catalog.by_category()}
        if tab == MODULES:
            kept = self._kept()
            return {**({"Module": self.modules} if self.modules else {}), **({KEPT: kept} if kept else {})}
        groups: dict[str, list[Found]] = {}
        for whole in self._templates:
            groups.setdefault(whole.template.category, []).append(whole)
        return groups

    def _found(self, text: str) -> Mapping[str, Iterable[Found]]:
        """Return what answers a text, by category, what belongs to the tab that is open first."""
        everything: list[list[Found]] = [
            [*self.catalog.operators.values(), *self._locked()], [*self.modules, *self._kept()], [*self._templates],
        ]  # fmt: skip
        groups: dict[str, list[Found]] = {}
        for tab in sorted(range(len(TITLES)), key=lambda tab: tab != self.tabs.currentIndex()):
            for item in ranked(text, everything[tab]):
                groups.setdefault(item.category, []).append(item)
        return groups

    def _fill(self) -> None:
        text = self.search.text().strip()
        groups = self._found(text) if text else self._groups(self.tabs.currentIndex())
        self.listed = {f"{kind_of(item)}-{item.id}": item for items in groups.values() for item in items}
        self._area.show_cells(cell for name, items in groups.items() for cell in self._group(name, items, bool(text)))
        none = tr("No modules yet: select nodes and make a module of them.")
        self._none.setText((self.catalog.told_of(text) or tr("Nothing of that name.")) if text else none)
        self._none.setVisible(not self.listed)

    def _group(self, name: str, items: Iterable[Found], doc: bool) -> Iterator[Cell]:
        yield Cell(f"title-{name}", TITLE, partial(_title, name))
        for item in items:
            yield Cell(f"{kind_of(item)}-{item.id}", height_of(item, doc=doc), partial(self._row, item, doc))

    def _row(self, item: Found, doc: bool) -> Row:
        opened: dict[str, Callable[[str], object]] = {
            "module": self.module_opened.emit, "template": self.template_opened.emit,
            "kept": lambda name: self.kept_opened.emit(name.removeprefix(LIBRARY)),
            "file": self._choose, "operator": self._look,
        }  # fmt: skip
        row = Row(item, self.catalog, self.theme, doc=doc)
        row.chosen.connect(self._choose)
        row.renamed.connect(self._ask_name)
        row.removed.connect(lambda name: self.kept_removed.emit(name.removeprefix(LIBRARY)))
        row.opened.connect(opened[kind_of(item)])
        row.step.connect(self._step)
        return row

    def _choose(self, name: str) -> None:
        """Have something added; of what cannot be, show what it is, or say why."""
        kept = shelf().kept.get(name.removeprefix(LIBRARY)) if name.startswith(LIBRARY) else None
        if name.startswith(OWN):
            self.file_wanted.emit(name.removeprefix(OWN))
        elif kept is not None and kept.part is None:
            self.told.emit(kept.problem)
        else:
            self.chosen.emit(name)

    def _look(self, name: str) -> None:
        """Have the file of an own operator shown."""
        operator = self.catalog.operators.get(name)
        if operator is not None and operator.origin:
            self.file_wanted.emit(Path(operator.origin).name)

    def _ask_name(self, name: str) -> None:
        """Ask for another name of a module of the library, where it is shown."""
        before = name.removeprefix(LIBRARY)
        if f"kept-{name}" in self.listed:
            row = self.reach(f"kept-{name}")
            field = Over(
                self, self.theme, tr("Name of the module"), before,
                lambda text: self.kept_renamed.emit(before, text), self.told.emit,
            )  # fmt: skip
            field.open_at(QRect(row.mapTo(self, QPoint(0, 8)), row.size()))

    def rows(self) -> list[Row]:
        """Return the rows there are of what is listed, from the top: those in sight, and some around them."""
        return [widget for widget in self._area.made if isinstance(widget, Row)]

    def reach(self, name: str) -> QWidget:
        """Scroll to what is listed by a name, and return its row."""
        return self._area.reach(name)

    def _step(self, by: int) -> None:
        names = [*self.listed]
        here = next((names.index(row.objectName()) for row in self.rows() if row.hasFocus()), -1)
        if here + by < 0:
            self.search.setFocus()
        elif here + by < len(names):
            self.reach(names[here + by]).setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the search field Return takes the first row, Down goes to it, Escape shows all, then leads away."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            names = [*self.listed]
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
            if event.key() == Qt.Key.Key_Down and names:
                self.reach(names[0]).setFocus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and names:
                self._choose(self.listed[names[0]].id)
                return True
        return super().eventFilter(watched, event)


def _title(name: str) -> QWidget:
    found = label(tr(name), muted=True, size=11, bold=True)
    found.setContentsMargins(2, 6, 0, 0)
    return found
