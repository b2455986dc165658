"""The inspector: shows the page for what is selected, and keeps it true to the document."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QVBoxLayout, QWidget

from grapheditor.ui.inspector.graph_page import GraphPage, page_signature
from grapheditor.ui.inspector.node_page import NodePage
from grapheditor.ui.session import Session
from grapheditor.ui.widgets import label


class Inspector(QScrollArea):
    """The panel on the right."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setObjectName("panel-right")
        self.setAccessibleName("Inspector")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumWidth(260)
        self._shown: object = None
        self._nodes: list[str] = []
        session.opened.connect(lambda: self.show_nodes(()))
        session.entered.connect(lambda: self.show_nodes(()))
        session.edited.connect(self.refresh)
        session.analysed.connect(self.refresh)
        session.printed.connect(self.refresh)

    def show_nodes(self, names: Iterable[str]) -> None:
        """Show these nodes; the graph itself where there are none."""
        self._nodes = sorted(names)
        self.refresh()

    def refresh(self) -> None:
        """Bring the page up to date; make another one where what it is about has changed."""
        if self.session.document is None:
            return
        self._nodes = [name for name in self._nodes if name in self.session.body.nodes]
        key = self._key()
        if key != self._shown:
            self._shown = key
            focus = QApplication.focusWidget()
            held = focus.objectName() if focus is not None and self.isAncestorOf(focus) else ""
            old = self.takeWidget()
            if old is not None:
                old.deleteLater()  # it may be the one whose field was just finished
            self.setWidget(self._page())
            again = self.findChild(QWidget, held) if held else None
            if again is not None:
                again.setFocus()  # the row that the hands are on is still there, made anew
        page = self.widget()
        if isinstance(page, NodePage | GraphPage):
            page.refresh()

    def _key(self) -> object:
        graph = self.session.body
        if not self._nodes:
            return (id(self.session.document), "graph", page_signature(self.session))
        operators = {graph.nodes[name].operator for name in self._nodes if name in graph.nodes}
        return (id(self.session.document), self.session.place, tuple(self._nodes), tuple(sorted(operators)))

    def _page(self) -> QWidget:
        if not self._nodes:
            return GraphPage(self.session)
        operators = {self.session.body.nodes[name].operator for name in self._nodes}
        if len(operators) == 1:
            return NodePage(self.session, self._nodes)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 14, 16, 16)
        column.addWidget(label(f"{len(self._nodes)} nodes", size=15, bold=True))
        text = label("Nodes of one operator can be edited together.", muted=True, size=11)
        text.setWordWrap(True)
        column.addWidget(text)
        column.addStretch(1)
        return page
