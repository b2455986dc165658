"""The inspector: shows the page for what is selected, and keeps it true to the document."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from grapheditor.graph import Input
from grapheditor.ui.inspector.graph_page import GraphPage, page_signature
from grapheditor.ui.inspector.module_page import ModulePage, module_signature
from grapheditor.ui.inspector.node_page import NodePage, node_signature
from grapheditor.ui.inspector.page import Page
from grapheditor.ui.inspector.prose import Paragraph
from grapheditor.ui.inspector.wire_page import WirePage, wire_signature
from grapheditor.ui.session import Session
from grapheditor.ui.texts import tr


class Inspector(QScrollArea):
    """The panel on the right."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setObjectName("panel-right")
        self.setAccessibleName(tr("Inspector"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumWidth(260)
        self.page: Page | None = None
        self._pages = QWidget()
        column = QVBoxLayout(self._pages)
        column.setContentsMargins(0, 0, 0, 0)
        self.setWidget(self._pages)
        self._shown: object = None
        self._nodes: list[str] = []
        self._wire: Input | None = None
        session.opened.connect(lambda: self.show_nodes(()))
        session.entered.connect(lambda: self.show_nodes(()))
        session.edited.connect(self.refresh)
        session.findings.analysed.connect(self.refresh)
        session.findings.printed.connect(self.refresh)

    def show_nodes(self, names: Iterable[str], wires: Iterable[Input] = ()) -> None:
        """Show these nodes, or a single wire; without any the module that is open, or the graph itself."""
        self._nodes = sorted(names)
        chosen = list(wires)
        self._wire = chosen[0] if len(chosen) == 1 and not self._nodes else None
        self.refresh()

    def refresh(self) -> None:
        """Bring the page up to date; make another one where what it is about has changed."""
        if self.session.document is None:
            return
        self._nodes = [name for name in self._nodes if name in self.session.body.nodes]
        if self._wire not in self.session.body.wires:
            self._wire = None
        key = self._key()
        if key != self._shown:
            self._shown = key
            self._renew()
        if self.page is not None:
            self.page.refresh()

    def renew(self) -> None:
        """Make the page anew: what is said of operators may be another thing now."""
        self._shown = None
        self.refresh()

    def go_to(self, place: str) -> None:
        """Put the focus on the row of the graph's page that a place in the recipe names, where there is one."""
        row = self.page.row_at(place) if isinstance(self.page, GraphPage) else None
        if row is not None:
            self.ensureWidgetVisible(row)
            row.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _renew(self) -> None:
        """Put another page in place; the row that the hands are on may be there again, made anew.

        The old one may be the one whose field was just finished, so it goes later, and nobody finds it meanwhile. It
        stays where it is: what is put elsewhere has its style worked out anew, part by part.
        """
        focus = QApplication.focusWidget()
        held = focus.objectName() if focus is not None and self.isAncestorOf(focus) else ""
        place = focus.cursorPosition() if isinstance(focus, QLineEdit | Paragraph) else None
        if self.page is not None:
            self.page.hide()
            for part in self.page.findChildren(QWidget):
                part.setObjectName("")
            self.page.deleteLater()
        self.page = self._made()
        self._pages.layout().addWidget(self.page)  # type: ignore[union-attr]
        self.page.show()
        self._order(self.page)
        again = self.page.findChild(QWidget, held) if held else None
        if again is not None:
            again.setFocus()
        if place is not None and isinstance(again, QLineEdit | Paragraph):
            again.setCursorPosition(place)

    def _order(self, page: Page) -> None:
        """Let Tab lead from here into the page: what is made in its place comes behind everything in the window."""
        parts = (part for part in page.findChildren(QWidget) if part.focusPolicy() & Qt.FocusPolicy.TabFocus)
        stops = (part for part in parts if part.window() is self.window())  # and not in a list that opens
        for before, behind in pairwise((self, *stops)):
            QWidget.setTabOrder(before, behind)

    def _key(self) -> object:
        kind: object
        if self._nodes:
            kind = ("nodes", node_signature(self.session, self._nodes))
        elif self._wire is not None:
            kind = ("wire", wire_signature(self.session, self._wire))
        elif self.session.scope.module:
            kind = ("module", module_signature(self.session))
        else:
            kind = ("graph", page_signature(self.session))
        return self.session.document, self.session.place, kind

    def _made(self) -> Page:
        if self._nodes:
            return NodePage(self.session, self._nodes, self._pages)
        if self._wire is not None:
            return WirePage(self.session, self._wire, self._pages)
        kind = ModulePage if self.session.scope.module else GraphPage
        return kind(self.session, self._pages)
