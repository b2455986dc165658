"""The PyTorch that nodes become: their lines of the printed source, to be read and copied."""

from __future__ import annotations

from textwrap import dedent

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from grapheditor.engine.messages import Source
from grapheditor.ui.session import Session
from grapheditor.ui.texts import tr
from grapheditor.ui.widgets import Sideways, heading, label

MOST_LINES = 12


class Code(QWidget):
    """Lines of the source under a heading; nothing where there are none."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.text = label(mono=True, size=11)
        self.text.setObjectName("pytorch")
        self.text.setAccessibleName(tr("PyTorch"))
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = QPushButton(tr("Copy"))
        self.copy.setObjectName("copy-pytorch")
        self.copy.setProperty("link", True)
        self.copy.setStyleSheet("padding: 0 4px; min-height: 0;")  # it stands in the line of the heading
        self.copy.setAccessibleName(tr("Copy the PyTorch"))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.text()))
        title = heading(tr("PyTorch"))
        row = QHBoxLayout(title)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(title)
        column.addWidget(Sideways(self.text))

    def show_nodes(self, nodes: list[str]) -> None:
        """Show the lines of nodes of the body that is open; while the source is old, what was shown stays."""
        source = self.session.findings.source
        text = "" if source is None or source.problem is not None else "\n".join(self._lines(source, nodes))
        self.text.setText(text)
        self.setVisible(bool(text))

    def _lines(self, source: Source, nodes: list[str]) -> list[str]:
        lines = source.text.split("\n")
        numbers: set[int] = set()
        for name in nodes:
            numbers.update(source.lines.get(self.session.key_of(name), ()))
        found = [lines[number - 1] for number in sorted(numbers) if number <= len(lines)]
        found = dedent("\n".join(found)).split("\n")
        return found[:MOST_LINES] + (["…"] if len(found) > MOST_LINES else [])
