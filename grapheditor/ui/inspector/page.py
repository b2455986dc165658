"""A page of the inspector: rows for what can be edited, each bound to a value of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from grapheditor.authoring import Option
from grapheditor.graph.arithmetic import is_expression
from grapheditor.ui.inspector.fields import PathField, TextField, field
from grapheditor.ui.inspector.row import Changed, Field
from grapheditor.ui.inspector.terms import Terms
from grapheditor.ui.session import Session
from grapheditor.ui.texts import tr
from grapheditor.ui.widgets import heading, label

TERSE = ("boolean", "choice")
"""Kinds whose editor takes no text: an expression is written in a line in its place."""


@dataclass
class Binding:
    """A row, and where its value comes from; terms tells what expressions may name, None where there are none."""

    row: Field
    value: Callable[[], Any]
    changed: Changed
    terms: Callable[[], Terms | None]
    resets: bool
    title: str


class Page(QWidget):
    """Rows in a column."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.bindings: list[Binding] = []
        self._parts: list[More] = []
        self._button_rows: dict[QPushButton, QHBoxLayout] = {}
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 14, 16, 16)
        self.column.setSpacing(6)

    def add(
        self,
        option: Option,
        value: Callable[[], Any],
        changed: Changed,
        *,
        terms: Callable[[], Terms | None] = lambda: None,
        resets: bool = True,
        title: str = "",
        row: Field | None = None,
    ) -> Field:
        """Add a row. value: returns what the document says, None where selected nodes differ."""
        made = row or field(option, changed, resets=resets, title=title)
        binding = Binding(made, value, changed, terms, resets, title)
        self.bindings.append(binding)
        self._listen(binding)
        self.column.addWidget(made)
        return made

    @contextmanager
    def more(self, name: str) -> Iterator[More]:
        """Let the rows that are added meanwhile stand behind a press on More. name: what is remembered as open."""
        part = More(name)
        with self.behind(part):
            yield part
        self._parts.append(part)
        self.column.addWidget(part)

    @contextmanager
    def behind(self, part: More) -> Iterator[None]:
        """Let the rows that are added meanwhile stand behind a press on More that is there already."""
        outer, before = self.column, len(self.bindings)
        self.column = part.column
        try:
            yield
        finally:
            self.column = outer
        part.rows += [item.row for item in self.bindings[before:]]

    def beside(self, button: QPushButton, other: QPushButton) -> None:
        """Put a button at the right of one that was added."""
        row = self._button_rows[button]
        row.insertWidget(row.count() - 1, other)

    def row(self, name: str) -> Field | None:
        """Return the row of an option."""
        return next((item.row for item in self.bindings if item.row.option.name == name), None)

    def unfold(self, row: Field) -> None:
        """Let a row be seen that stands behind a press on More."""
        for part in self._parts:
            if row in part.rows:
                part.button.setChecked(True)

    def _listen(self, binding: Binding) -> None:
        row = binding.row
        if isinstance(row, PathField) and self.session.path is not None:
            row.home = self.session.path.parent
        if row.option.kind in TERSE:
            row.expression_wanted.connect(lambda: self._swap(binding, as_text=True))
            row.finished.connect(lambda: self._settle(binding))

    def refresh(self) -> None:
        """Show what the document says now."""
        for binding in self.bindings:
            value = binding.value()
            binding.row.terms = binding.terms()
            if binding.row.option.kind in TERSE and is_expression(value) and not isinstance(binding.row, TextField):
                self._swap(binding, as_text=True)
            else:
                binding.row.show_value(value)
                self._settle(binding)
        for part in self._parts:
            part.refresh()

    def _settle(self, binding: Binding) -> None:
        """Put the switch or the choices back where no expression is written any more."""
        row = binding.row
        if row.option.kind in TERSE and isinstance(row, TextField):
            hands_on = row.editor.hasFocus() or row.refused
            if not hands_on and not is_expression(binding.value()):
                self._swap(binding, as_text=False)

    def _swap(self, binding: Binding, *, as_text: bool) -> None:
        """Put a line in the place of a switch or of choices, or the other way round."""
        old = binding.row
        held = old.editor.hasFocus()
        row = field(old.option, binding.changed, as_text=as_text, resets=binding.resets, title=binding.title)
        binding.row = row
        row.terms = binding.terms()
        self._listen(binding)
        around = old.parentWidget()
        layout = around.layout() if around is not None else None
        assert layout is not None
        layout.replaceWidget(old, row)
        old.hide()
        old.deleteLater()
        old.editor.setObjectName("")
        self._order()
        row.show_value(binding.value())
        if held:
            row.editor.setFocus()
            if isinstance(row, TextField):
                row.line.selectAll()

    def _order(self) -> None:
        """Let Tab go through the rows as they stand, whichever was made last."""
        editors = [item.row.editor for item in self.bindings]
        for before, behind in zip(editors, editors[1:], strict=False):
            QWidget.setTabOrder(before, behind)

    def head(self, title: str, right: str = "") -> tuple[QLabel, QLabel]:
        """Add the page's title, and words at its right."""
        row = QHBoxLayout()
        shown, beside = label(title, size=15, bold=True), label(right, mono=True, muted=True, size=11)
        row.addWidget(shown)
        row.addStretch(1)
        row.addWidget(beside)
        self.column.addLayout(row)
        return shown, beside

    def say(self, text: str) -> QLabel:
        """Add a muted sentence."""
        told = label(text, muted=True, size=11)
        told.setWordWrap(True)
        self.column.addWidget(told)
        return told

    def section(self, title: str) -> QLabel:
        """Add a heading."""
        made = heading(title)
        self.column.addWidget(made)
        return made

    def button(self, text: str, name: str, pressed: Callable[[], None], *, why: str = "") -> QPushButton:
        """Add a button as wide as its words. why: its tooltip."""
        made = QPushButton(text)
        made.setObjectName(name)
        made.setAccessibleName(text)
        made.setToolTip(why)
        made.clicked.connect(lambda: pressed())
        self.lay(made)
        return made

    def lay(self, button: QPushButton) -> None:
        """Add a button that was made, as wide as its words."""
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch(1)
        self._button_rows[button] = row
        self.column.addLayout(row)


class More(QWidget):
    """Rows that are seldom needed: shown at a press, and then on all pages of this name."""

    opened: ClassVar[set[str]] = set()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.rows: list[Field] = []
        self.button = QPushButton(tr("More"))
        self.button.setObjectName(f"more-{name}")
        self.button.setProperty("link", True)
        self.button.setCheckable(True)
        self.button.setChecked(name in self.opened)
        self.button.toggled.connect(self._open)
        self.inside = QWidget(self)
        self.inside.setVisible(self.button.isChecked())
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(0, 6, 0, 0)
        self.column.setSpacing(6)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        outer.addWidget(self.inside)

    def _open(self, opened: bool) -> None:
        (self.opened.add if opened else self.opened.discard)(self.name)
        self.inside.setVisible(opened)
        self.refresh()

    def refresh(self) -> None:
        """Say how many of the rows that are not seen are not the default."""
        count = sum(not row.reset.isHidden() for row in self.rows)
        sign = "▾" if self.button.isChecked() else "▸"
        hidden = tr("More · {n} set", n=count) if count and not self.button.isChecked() else tr("More")
        self.button.setText(f"{sign} {hidden}")


class Facts(QWidget):
    """Names and what is true of them, in two columns; the right one is monospaced and can be copied."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(4)
        self._grid.setHorizontalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[tuple[QLabel, QLabel]] = []

    def show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show these; labels are taken again, so that nothing flickers while one types."""
        while len(self._labels) < len(rows):
            name, value = label(), label(mono=True)
            value.setWordWrap(True)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(name, len(self._labels), 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, len(self._labels), 1)
            self._labels.append((name, value))
        for place, (name, value) in enumerate(self._labels):
            shown = place < len(rows)
            name.setVisible(shown)
            value.setVisible(shown)
            if shown:
                name.setText(rows[place][0])
                value.setText(rows[place][1])

    def rows(self) -> dict[str, str]:
        """Return what is shown."""
        return {name.text(): value.text() for name, value in self._labels if not name.isHidden()}
