"""Finding nodes by name, operator or shape, in the graph and in all its modules; the box that asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from grapheditor.catalog import Catalog
from grapheditor.edit.scope import Scope, first_copy, path_to, paths
from grapheditor.graph import Graph
from grapheditor.graph.order import used_modules
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px, words
from grapheditor.ui.widgets import label

WIDE, HIGH, NOTE = 360, 42, 20
_KEYS = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down)


def places(graph: Graph) -> Iterator[tuple[str, Scope]]:
    """Yield the bodies of a graph, each with the path at which it is shown: its first use; its own comes first."""
    yield "", Scope(graph)
    for name in reversed(used_modules(graph, {node.operator for node in graph.nodes.values()})):
        yield first_copy(graph, next(paths(graph, name))), Scope(graph, name)


def matches(graph: Graph, catalog: Catalog, query: str, shape: Callable[[str], str]) -> list[tuple[str, str]]:
    """Return the nodes that a query means: the path of the use in which each is shown, and its id.

    Each word must be in the id, the title, the operator's title or name, or in the shape of a result. shape: of a node
    by its path, as far as it is known (``N×64×56×56``).
    """
    parts = query.lower().replace("*", "×").split()
    found = []
    for path, scope in places(graph) if parts else ():
        for node in sorted(scope.body.nodes.values(), key=lambda item: (item.at[1], item.at[0])):
            operator = catalog.of(scope.body, node)
            texts = [
                node.id,
                node.title,
                node.operator,
                operator.title if operator else "",
                shape(path_to(path, node.id)),
            ]
            text = "\n".join(texts).lower()
            if all(_within(part, text) for part in parts):
                found.append((path, node.id))
    return found


def _within(part: str, text: str) -> bool:
    return part in text or ("x" in part[1:-1] and part.replace("x", "×") in text)


class FindBox(QFrame):
    """A line over the canvas: Return goes to the next, Shift+Return to the one before, Escape closes it.

    search: gives what a text means. go: shows one of these. note: says what was not searched, if anything.
    """

    def __init__(
        self,
        canvas: QWidget,
        theme: Theme,
        search: Callable[[str], list[tuple[str, str]]],
        go: Callable[[str, str], object],
        closed: Callable[[], object],
        note: Callable[[str], str],
    ) -> None:
        super().__init__(canvas)
        self._search, self._go, self._closed, self._note = search, go, closed, note
        self.found: list[tuple[str, str]] = []
        self.at = -1
        self.setObjectName("find")
        self.line = QLineEdit(self)
        self.line.setObjectName("find-line")
        self.line.setPlaceholderText(tr("Find by name, operator or shape"))
        self.line.setAccessibleName(tr("Find nodes by name, operator or shape"))
        self.line.setFont(words(13))
        self.line.setClearButtonEnabled(False)
        self.count = QLabel("", self)
        self.count.setFont(figures(11))
        self.count.setAccessibleName(tr("Nodes found"))
        self.note = label(size=11)
        self.note.setObjectName("find-note")
        self.note.hide()
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(8, 6, 10, 6)
        column.setSpacing(2)
        row.addWidget(self.line, 1)
        row.addWidget(self.count)
        column.addLayout(row)
        column.addWidget(self.note)
        self.line.textChanged.connect(self._look)
        self.line.installEventFilter(self)
        self.setStyleSheet(
            f"#find {{ background: {theme.panel}; border: 1px solid {theme.line}; border-radius: 10px; }}"
            f"#find QLineEdit {{ background: {theme.canvas}; color: {theme.text}; border: 2px solid {theme.accent};"
            " border-radius: 6px; padding: 3px 8px; }"
            f"#find QLabel {{ color: {theme.muted}; background: transparent; }}"
        )

    def open(self) -> None:
        """Show the box at the top of the canvas, ready to be typed into."""
        canvas = self.parentWidget()
        assert canvas is not None
        wide = min(WIDE, canvas.width() - 24)
        self.setGeometry((canvas.width() - wide) // 2, 10, wide, HIGH)
        self.show()
        self.raise_()
        self.line.selectAll()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def again(self) -> None:
        """Search anew: the graph has changed."""
        self._look(self.line.text())

    def _look(self, text: str) -> None:
        self.found, self.at = self._search(text), -1
        self.note.setText(self._note(text))
        self.note.setVisible(bool(self.note.text()))
        self.resize(self.width(), px(HIGH + NOTE) if self.note.text() else HIGH)
        self._tell()

    def _tell(self) -> None:
        many = len(self.found)
        text = "" if not self.line.text().strip() else tr("none") if not many else f"{many}"
        self.count.setText(tr("{at} of {many}", at=self.at + 1, many=many) if self.at >= 0 else text)

    def step(self, by: int) -> None:
        """Show the next node that was found, or the one before."""
        if self.found:
            self.at = (self.at + by) % len(self.found) if self.at >= 0 or by > 0 else len(self.found) - 1
            self._go(*self.found[self.at])
            self._tell()
            self.raise_()
            self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            key = event.key()
            back = key == Qt.Key.Key_Up or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            if key not in _KEYS:
                return False
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
            elif key == Qt.Key.Key_Escape:
                self.dismiss()
            else:
                self.step(-1 if back else 1)
            return True
        return False

    def dismiss(self) -> None:
        """Close the box; nothing is outlined any more."""
        canvas = self.parentWidget()
        self.line.removeEventFilter(self)
        self.hide()
        self.deleteLater()
        self._closed()
        if canvas is not None:
            canvas.setFocus()
