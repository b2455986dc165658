"""The Problems tab: each problem with its node; a click goes there."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from grapheditor.engine.messages import FixReport, ProblemReport
from grapheditor.ui.session import Session
from grapheditor.ui.telling import SEEKS, SEVERITIES, begun
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px
from grapheditor.ui.widgets import Offer, fixed, label

NARROW = 460
"""Where a sentence has less room than this it stands below its node."""


class Problem(QFrame):
    """One problem."""

    chosen = Signal(str)
    """The path of its node."""
    place_chosen = Signal(str)
    """What it is about in the recipe, where it has no node; nothing for the whole graph."""

    def __init__(self, report: ProblemReport, theme: Theme) -> None:
        super().__init__()
        self.node, self.place = report["node"], report["place"]
        about = self.node or report["place"] or tr("graph")
        self.setProperty("problem", True)
        self.setProperty("severity", report["severity"])
        self.setObjectName(f"problem-{self.node}")
        severity = tr(SEVERITIES[report["severity"]])
        self.setAccessibleName(f"{severity}, {about}: {report['message']}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        colour = theme.severity(report["severity"]).name()
        dot = label("●")
        dot.setStyleSheet(f"color: {colour};")
        word = label(severity, size=11)
        word.setStyleSheet(f"color: {colour};")
        fixed(word, width=52)
        self._parts = dot, word, label(about, mono=True, bold=True)
        self._message = label(report["message"])
        self._message.setWordWrap(True)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 7, 12, 7)
        self._grid.setHorizontalSpacing(10)
        self._grid.setColumnStretch(3, 1)
        for column, part in enumerate(self._parts):
            self._grid.addWidget(part, 0, column, Qt.AlignmentFlag.AlignTop)
        self.arrange(narrow=False)

    def arrange(self, *, narrow: bool) -> None:
        """Let the sentence stand beside the node, or below it where there is little room."""
        self._parts[-1].setMinimumWidth(0 if narrow else px(110))
        self._grid.removeWidget(self._message)
        self._grid.addWidget(self._message, *((1, 1, 1, 3) if narrow else (0, 3)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose()
        else:
            super().keyPressEvent(event)

    def _choose(self) -> None:
        if self.node:
            self.chosen.emit(self.node)
        else:
            self.place_chosen.emit(self.place or "")


class ProblemsTab(QScrollArea):
    """The list, errors first."""

    chosen = Signal(str)
    """As of a problem, like the next."""
    place_chosen = Signal(str)
    fix_chosen = Signal(object)
    file_chosen = Signal(str)
    """The file of the user's own operators that would help is to be looked at."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.theme = theme
        self.setObjectName("problems")
        self.setAccessibleName(tr("Problems"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._shown: object = None
        session.opened.connect(self.refresh)
        session.findings.analysed.connect(self.refresh)
        session.findings.fixes_found.connect(self.refresh)
        session.findings.planned.connect(self.refresh)
        self.refresh()

    def fits(self, room: QSize) -> bool:
        """Tell whether all problems can be seen at once in so much room."""
        layout = self.widget().layout()  # type: ignore[union-attr]
        return layout is None or layout.totalHeightForWidth(room.width()) <= room.height()

    @property
    def _narrow(self) -> bool:
        return self.viewport().width() < px(NARROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        for row in self.findChildren(Problem):
            row.arrange(narrow=self._narrow)
        super().resizeEvent(event)

    def set_theme(self, theme: Theme) -> None:
        """Show the list in another theme."""
        self.theme = theme
        self._shown = None
        self.refresh()

    def _offers(self, fixes: list[FixReport], about: str) -> QWidget:
        """Offer what would help, each by one click. about: what the buttons' names begin with."""
        panel = QWidget()
        column = QVBoxLayout(panel)
        column.setContentsMargins(24, 0, 12, 4)
        column.setSpacing(4)
        for i, fix in enumerate(fixes):
            button = Offer(begun(fix["title"]))
            button.setObjectName(f"{about}-{i}")
            button.setProperty("field", True)
            button.setToolTip(f"{button.text()}\n{tr('One step of undo')}")
            button.clicked.connect(lambda _checked=False, chosen=fix: self.fix_chosen.emit(chosen))
            column.addWidget(button)
        return panel

    def _look(self, file: str, about: str) -> QWidget:
        """Offer to look at a file."""
        button = Offer(tr("Look at {file}", file=file))
        button.setObjectName(f"look-{about}")
        button.setProperty("field", True)
        button.clicked.connect(lambda: self.file_chosen.emit(file))
        panel = QWidget()
        column = QVBoxLayout(panel)
        column.setContentsMargins(24, 0, 12, 4)
        column.addWidget(button)
        return panel

    def refresh(self) -> None:
        """Show the problems that the engine found."""
        analysis = self.session.findings.analysis
        problems = self.session.findings.problems
        fixes, seeks = list(self.session.findings.fixes), self.session.findings.seeks
        shown = (analysis is None, problems, fixes, seeks)
        if self._shown == shown:
            return
        self._shown = shown
        rank = {"error": 0, "warning": 1, "hint": 2}
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        for report in sorted(problems, key=lambda item: rank.get(item["severity"], 3)):
            row = Problem(report, self.theme)
            row.chosen.connect(self.chosen)
            row.place_chosen.connect(self.place_chosen)
            row.arrange(narrow=self._narrow)
            column.addWidget(row)
            if "file" in report:
                column.addWidget(self._look(report["file"], str(report["node"])))
            if report["fixes"]:
                column.addWidget(self._offers(report["fixes"], f"fix-{report['node']}"))
            elif report["severity"] == "error" and fixes:
                column.addWidget(self._offers(fixes, "fix"))
                fixes = []
            elif report["severity"] == "error" and seeks:
                told = label(tr(SEEKS), muted=True)
                told.setObjectName("seeks-fixes")
                told.setContentsMargins(24, 0, 12, 4)
                column.addWidget(told)
                seeks = False
        if not problems:
            why = self.session.engine.why_not() or tr("Looking at the graph.")
            text = tr("No problems.") if analysis is not None else why
            column.addWidget(label(text, muted=True))
        column.addStretch(1)
        old = self.takeWidget()
        if old is not None:
            old.deleteLater()
        self.setWidget(inner)
