"""A row of the palette: dragged, double-clicked, chosen by a key, with a menu of what else can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from grapheditor.authoring import Operator
from grapheditor.catalog import Catalog
from grapheditor.ui.canvas.canvas import MIME
from grapheditor.ui.palette.found import Found, Locked, Saved, is_placeable, kind_of, sign
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.thumbnail import Thumbnail
from grapheditor.ui.widgets import Elided, fixed, label

WIDE, HIGH = 64, 56
"""Pixels of the picture of a kept module, and of its row."""


def has_two_lines(item: Found, *, doc: bool) -> bool:
    """Tell whether the first line of its help stands below a name. doc: it is to stand there in this list."""
    return doc or isinstance(item, Saved | Locked)


def height_of(item: Found, *, doc: bool) -> int:
    """Return the pixels of its row at a scale of 1."""
    return HIGH if isinstance(item, Saved) else 44 if has_two_lines(item, doc=doc) else 26


class Row(QFrame):
    """An operator, a module or a template: dragged to the canvas, or double-clicked, or chosen with Return."""

    chosen = Signal(str)
    opened = Signal(str)
    """What it is made of is to be shown."""
    renamed = Signal(str)
    removed = Signal(str)
    step = Signal(int)

    def __init__(self, operator: Found, catalog: Catalog, theme: Theme, *, doc: bool) -> None:
        super().__init__()
        doc = has_two_lines(operator, doc=doc)
        self.operator = operator
        self.setObjectName(f"{kind_of(operator)}-{operator.id}")
        title, category, headline = tr(operator.title), tr(operator.category), tr(operator.headline)
        self.setAccessibleName(f"{title}, {category}")
        self.setAccessibleDescription(headline)
        self.setToolTip(f"{title} · {category}\n{headline}")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Down leads from the search field to it, not fifty times Tab
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self._pressed: QPoint | None = None
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addWidget(Elided(title, bold=doc))
        if doc:
            words.addWidget(Elided(headline, muted=True, size=11))
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(_mark(operator, catalog, theme))
        row.addLayout(words, 1)
        told = sign(operator)
        if told:
            row.addWidget(label(told, muted=True, size=11))
            self.setAccessibleName(f"{self.accessibleName()}, {told}")
        fixed(self, height=height_of(operator, doc=doc))
        self.setStyleSheet(
            f"Row {{ background: {theme.raised}; border-radius: 6px; border: 1px solid transparent; }}"
            f"Row:hover {{ border-color: {theme.card_edge}; }} Row:focus {{ border-color: {theme.accent}; }}"
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        self.setFocus()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not is_placeable(self.operator):
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
        if is_placeable(self.operator):
            menu.addAction(tr("Add to the graph")).triggered.connect(lambda: self.chosen.emit(name))
        own = isinstance(self.operator, Operator) and self.operator.origin
        if kind != "operator" or own:
            source = tr("Look at the source")
            texts = {"module": tr("Open the module"), "file": source, "operator": source}
            text = texts.get(kind, tr("Open as a graph of its own"))
            menu.addAction(text).triggered.connect(lambda: self.opened.emit(name))
        if kind == "kept":
            menu.addAction(tr("Rename…")).triggered.connect(lambda: self.renamed.emit(name))
            menu.addAction(tr("Remove from my library")).triggered.connect(lambda: self.removed.emit(name))
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


def _mark(item: Found, catalog: Catalog, theme: Theme) -> QWidget:
    """Return what stands before a name: the colour of the category, or the picture of a kept module."""
    part = item.kept.part if isinstance(item, Saved) else None
    if part is not None:
        picture = Thumbnail(catalog, theme, margin=5)
        picture.setMinimumHeight(0)
        fixed(picture, width=WIDE, height=HIGH - 8)
        (use,) = part.nodes.values()
        picture.show_graph(part.modules[use.operator])
        return picture
    bar = QFrame()
    bar.setFixedWidth(4)
    bar.setStyleSheet(f"background: {theme.category(item.category).name()}; border-radius: 2px; border: 0;")
    return bar
