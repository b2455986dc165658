"""The Code tab: follows the graph, finds in its source, and leads from lines to nodes and back."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from grapheditor.engine.messages import Source
from grapheditor.ui.code.view import CodeView
from grapheditor.ui.session import Session
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.widgets import Edit, fixed, label, link


class CodeTab(QWidget):
    """The source of the graph. It is asked for while the tab is seen; of a graph with errors the last sound one stays.

    aside: what stands beside the tabs while this one is shown.
    """

    chosen = Signal(list)
    """A line was chosen: its nodes, by id, or in a definition as ``Block.conv1``."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.theme = theme
        self.setObjectName("code")
        self.setAccessibleName(tr("Code"))
        self._sound: Source | None = None
        self._selected: frozenset[str] = frozenset()
        self.view = CodeView(theme)
        self.reason = label(size=12)
        self.reason.setObjectName("code-problem")
        self.reason.setWordWrap(True)
        self.hint = label(muted=True)
        self.hint.setObjectName("code-hint")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.reason)
        column.addWidget(self.view, 1)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(12, 6, 4, 0)
        self._stack.addWidget(self.hint)
        self._stack.addWidget(whole)
        self.aside = self._aside()
        self.view.line_chosen.connect(self._choose)
        self.view.find_wanted.connect(self.start_finding)
        session.opened.connect(self._forget)
        for signal in (session.findings.printed, session.findings.analysed, session.engine.state_changed):
            signal.connect(self.refresh)
        self.set_theme(theme)
        self.refresh()

    def _aside(self) -> QWidget:
        panel = QWidget()
        row = QHBoxLayout(panel)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.count = label(muted=True, size=11)
        self.count.setObjectName("code-count")
        self.line = Edit()
        self.line.setObjectName("code-find")
        self.line.setAccessibleName(tr("Find in the code"))
        self.line.setPlaceholderText(tr("Find in the code  Ctrl+F"))
        fixed(self.line, width=190)
        self.line.textChanged.connect(self._find)
        self.line.installEventFilter(self)
        copy = link(tr("Copy"), "code-copy")
        copy.setToolTip(tr("The whole source"))
        copy.clicked.connect(self.copy)
        for widget in (self.count, self.line, copy):
            row.addWidget(widget)
        return panel

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.session.findings.watch("source", "tab", True)
        self.refresh()
        self._mark(reveal=True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.session.findings.watch("source", "tab", False)

    def _forget(self) -> None:
        self._sound = None
        self._selected = frozenset()
        self.refresh()

    def refresh(self) -> None:
        """Show the newest sound source, and why it is not that of the graph as it is now where that is so."""
        session, source = self.session, self.session.findings.source
        if session.document is None:
            return
        if source is not None and source.problem is None and source is not self._sound:
            first, self._sound = self._sound is None, source
            self.view.show_text(source.text)
            self._find(self.line.text())
            self._mark(reveal=first)
        problem = source.problem if source is not None else None
        self.view.highlighter.mute(problem is not None)
        has_text = self._sound is not None
        before = tr("Below is the source of the graph as it was before.") if has_text else ""
        self.reason.setText(f"{problem} {before}" if problem else "")
        self.reason.setVisible(problem is not None)
        self.reason.setAlignment(Qt.AlignmentFlag.AlignLeft if has_text else Qt.AlignmentFlag.AlignCenter)
        self.view.setVisible(has_text)
        self.hint.setText(session.engine.why_not() or tr("The source is being written."))
        self._stack.setCurrentIndex(1 if has_text or problem is not None else 0)
        self.aside.setEnabled(has_text)

    # Lines and nodes

    def show_selection(self, nodes: Iterable[str]) -> None:
        """Mark the lines of nodes, given by id or by the key of a record, and scroll to them."""
        self._selected = frozenset(nodes)
        self._mark(reveal=not self.view.hasFocus())

    def _mark(self, *, reveal: bool) -> None:
        lines = self._sound.lines if self._sound else {}
        self.view.mark((line for node in self._selected for line in lines.get(node, ())), reveal=reveal)

    def _choose(self, line: int) -> None:
        lines = self._sound.lines if self._sound else {}
        keys = [key for key, numbers in lines.items() if line in numbers]
        nodes = [key.removeprefix("modules.").replace(".nodes.", ".") for key in keys]
        if nodes:
            self.chosen.emit(nodes)

    # Finding

    def start_finding(self) -> None:
        """Put the cursor into the line that finds."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def _find(self, text: str) -> None:
        count = self.view.find_all(text)
        found = tr("{n} found", n=count) if count else tr("not found")
        self.count.setText(found if text else "")

    def _next(self, by: int) -> None:
        number = self.view.go_to_hit(by)
        if number:
            self.count.setText(tr("{number} of {all}", number=number, all=len(self.view._hits)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return finds the next place, with Shift the one before; Escape leads back into the code."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._next(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.line.clear()
                self.view.setFocus()
                return True
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Keep Ctrl+F for the code while the cursor is in it."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.matches(QKeySequence.StandardKey.Find)
        ):
            event.accept()
            return True
        return super().event(event)

    def copy(self) -> None:
        """Put the whole source onto the clipboard."""
        QApplication.clipboard().setText(self.view.toPlainText())

    def set_theme(self, theme: Theme) -> None:
        """Show everything in another theme."""
        self.theme = theme
        self.view.set_theme(theme)
        self.reason.setStyleSheet(f"color: {theme.error};")
