"""Fields: the right editor for each kind of option."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QPushButton

from grapheditor.authoring import Option
from grapheditor.graph.arithmetic import is_expression
from grapheditor.ui.inspector.lines import Line
from grapheditor.ui.inspector.marks import Switch
from grapheditor.ui.inspector.row import Changed, Field, go_to_canvas
from grapheditor.ui.inspector.stepping import STEPPED, stepped
from grapheditor.ui.inspector.terms import behind, read
from grapheditor.ui.telling import sentence
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.theme import figures, words
from grapheditor.ui.widgets import Choice, restyle

SEVERAL = mark("several")
GO_ON = tuple("=+-*/%(<>,×")
"""Signs behind which what is typed is not finished."""
SPOKEN = frozenset({mark("none"), mark("the first loss"), mark("no node")})
"""Choices that are words of the window; all others are names, or values that the source says too."""


class TextField(Field):
    """A line of text: numbers, pairs, shapes, words. What is typed stays as it is while the focus is here."""

    def _editor(self) -> Line:
        edit = Line()
        edit.textEdited.connect(self._typed)
        edit.editingFinished.connect(self._finish)
        edit.returnPressed.connect(self._commit)
        edit.given_up.connect(self._give_up)
        edit.stepped.connect(self._step)
        edit.offering.connect(self._hear_offering)
        self.line = edit
        self._shown: Any = None
        self._before: Any = None
        self._offering = False
        if self.option.kind in STEPPED:
            self.name.let_scrub()
            self.name.scrubbed.connect(self._step)
            self.name.released.connect(self._end_bout)
        return edit

    def show_value(self, value: Any) -> None:
        news = value != self._shown
        self._shown = value
        self._show_default(value)
        self._show_behind()
        if not news and (self.refused or (self.line.hasFocus() and self.line.isModified())):
            return
        if news:
            self._bout = None
        self._write()

    def complain(self, text: str) -> None:
        super().complain(text)
        self._show_behind()

    def _show_behind(self) -> None:
        value = self._shown
        self.line.steps = self.option.kind in STEPPED and value is not None and not isinstance(value, str)
        self.line.say_behind("" if self.refused else behind(self.option, value, self.terms))
        restyle(self.line, "expression", is_expression(value))
        self.line.offer(self.terms.known if self.terms else {})

    def read(self, text: str) -> Any:
        """Return the value that a text means; ValueError with a sentence where it means none."""
        return read(self.option, text, self.terms)

    def write(self, value: Any) -> str:
        """Return the text of a value."""
        return self.option.show(value)

    def _write(self) -> None:
        value = self._shown
        self.line.setPlaceholderText(tr(SEVERAL) if value is None else "")
        self.line.setText("" if value is None else self.write(value))
        if not self.line.hasFocus():
            self.line.setCursorPosition(0)
        self.complain("")

    def _typed(self, text: str) -> None:
        try:
            value = self.read(text)
        except ValueError as error:
            self._take_back()
            self._waiting = self._offering or text.rstrip().endswith(GO_ON)
            self.complain(sentence(error))
            return
        if value != self._shown:
            self._take(value)
        else:
            self.complain("")

    def _take(self, value: Any) -> None:
        """Offer a value; what comes back from the document is then no news."""
        before, self._shown = self._shown, value
        if self._bout is None:
            self._bout, self._before = object(), before
        self._offer(value)
        if self.refused:
            self._shown = before
        self._show_behind()

    def _take_back(self) -> None:
        """Go back to the value that was there when the hands came: what stood here on the way was not meant."""
        if self._bout is not None and self._before is not None and self._before != self._shown:
            self._take(self._before)

    def _hear_offering(self, offering: bool) -> None:
        """Complain of nothing while names are offered, nor behind a sign that something has to follow."""
        self._offering = offering
        self.wait(offering or self.line.text().rstrip().endswith(GO_ON))

    def _step(self, steps: int) -> None:
        value = stepped(self.option, self._shown, steps)
        if value != self._shown:
            self._take(value)
        if not self.refused:
            self._write()

    def _end_bout(self) -> None:
        self._bout = None

    def _finish(self) -> None:
        self._bout = None
        self.wait(False)
        if not self.refused:
            self._write()
        self.finished.emit()

    def _commit(self) -> None:
        """Return: take what is there and go back to the canvas; what is refused keeps the hands."""
        window = self.window()
        self._finish()
        if not self.refused and self.line.hasFocus():
            go_to_canvas(self.line if window is self.window() else window)

    def _give_up(self) -> None:
        """Escape: go back to the value that was there when the hands came, and to the canvas."""
        self._take_back()
        self._bout = None
        self._write()
        go_to_canvas(self.line)


class ProseField(TextField):
    """A line of words for people: in the type of words, seen from its beginning."""

    def _editor(self) -> Line:
        line = super()._editor()
        line.setFont(words(12))
        return line

    def _write(self) -> None:
        super()._write()
        self.line.setToolTip(self.line.text() or self.doc)


class ConditionField(TextField):
    """An expression by which something is there or not; an empty line means always."""

    def read(self, text: str) -> Any:
        """Return 1 for an empty text."""
        return super().read(text) if text.strip() else 1

    def write(self, value: Any) -> str:
        """Write nothing where it is always there."""
        return super().write(value) if is_expression(value) else ""

    def _write(self) -> None:
        super()._write()
        self.line.setPlaceholderText(tr("always"))


class LateField(TextField):
    """A line of text that takes effect when it is finished: an id on its way would be many ids."""

    def _typed(self, text: str) -> None:
        self.complain("")

    def _finish(self) -> None:
        text = self.line.text().strip()
        if text != self._shown:
            self._take(text)
        else:
            self.complain("")
        self.finished.emit()


class PathField(TextField):
    """A path: typed, or chosen in a dialog; below the graph's folder it is relative to that."""

    home: Path | None = None
    """The folder of the graph's file, None where it has none."""

    def _lay_out(self) -> None:
        super()._lay_out()
        self.choose = QPushButton(tr("Choose…"))
        self.choose.setObjectName(f"choose-{self.option.name}")
        self.choose.setAccessibleName(tr("Choose {name}", name=self.name.text()))
        self.choose.setProperty("field", True)
        self.choose.clicked.connect(self._ask)
        self.row.addSpacing(6)
        self.row.addWidget(self.choose)

    def _ask(self) -> None:
        start = str(self.home or Path.home())
        if self.option.kind == "folder":
            chosen = QFileDialog.getExistingDirectory(self, tr("Choose a folder"), start)
        else:
            chosen, _ = QFileDialog.getOpenFileName(self, tr("Choose a file"), start)
        if chosen:
            self._bout = None
            self._take(self._below_home(Path(chosen)))
            self._write()
            self.finished.emit()

    def _below_home(self, path: Path) -> str:
        if self.home is not None and path.is_relative_to(self.home):
            return str(path.relative_to(self.home))
        return str(path)


class SwitchField(Field):
    """On or off."""

    def _editor(self) -> Switch:
        button = Switch()
        button.clicked.connect(self._offer)
        button.toggled.connect(lambda on: button.setText(tr("on") if on else tr("off")))
        button.expression_wanted.connect(self._want_expression)
        self.button = button
        return button

    def _want_expression(self) -> None:
        if self.terms is not None:
            self.expression_wanted.emit()

    def show_value(self, value: Any) -> None:
        self.button.say(value)
        self._show_default(value)
        self.complain("")


class Pick(Choice):
    """A box of choices that wants an expression at the key =, where one is possible."""

    expression_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() == "=":
            self.expression_wanted.emit()
        else:
            super().keyPressEvent(event)


class ChoiceField(Field):
    """One of a few words."""

    def _editor(self) -> Pick:
        box = Pick()
        box.setFont(figures(12))
        box.setPlaceholderText(tr(SEVERAL))
        box.setSizeAdjustPolicy(Pick.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(6)
        for choice in self.option.choices:
            box.addItem(tr(choice) if choice in SPOKEN else choice, choice)
        box.activated.connect(lambda index: self._offer(box.itemData(index)))
        box.expression_wanted.connect(self._want_expression)
        self.box = box
        return box

    def _want_expression(self) -> None:
        if self.terms is not None:
            self.expression_wanted.emit()

    def show_value(self, value: Any) -> None:
        self.box.setCurrentIndex(-1 if value is None else self.box.findData(str(value)))
        self._show_default(value)
        self.complain("")


def field(option: Option, changed: Changed, *, as_text: bool = False, resets: bool = True, title: str = "") -> Field:
    """Return the field for an option. as_text: a line for an expression, where a switch or choices would stand."""
    kinds: dict[str, type[Field]] = {
        "boolean": SwitchField, "choice": ChoiceField, "file": PathField, "folder": PathField,
    }  # fmt: skip
    kind = TextField if as_text else kinds.get(option.kind, TextField)
    return kind(option, changed, resets=resets, title=title)
