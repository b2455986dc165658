"""Fields: the right editor for each kind of option, with its help, and its complaint in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from grapheditor.authoring import Option
from grapheditor.ui.telling import sentence
from grapheditor.ui.theme import figures
from grapheditor.ui.widgets import Choice, Edit, fixed, label, restyle

LABEL = 112
Changed = Callable[[Any, object], None]
"""Takes a value that is allowed, and the bout of typing that it belongs to."""


class Field(QWidget):
    """One row: a name, an editor, and below it a complaint where what is typed is not allowed."""

    def __init__(self, option: Option, changed: Changed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.option = option
        self._changed = changed
        self._bout: object = None
        self._blamed = False
        words = option.name.replace("_", " ")
        self.name = label(words)
        fixed(self.name, width=LABEL)
        self.complaint = label(size=11)
        self.complaint.setProperty("wrong", True)
        self.complaint.setWordWrap(True)
        self.complaint.setContentsMargins(LABEL + 8, 0, 0, 2)
        self.complaint.hide()
        self.editor = self._editor()
        self.editor.setObjectName(f"option-{option.name}")
        self.editor.setAccessibleName(words)
        self.editor.setAccessibleDescription(option.doc)
        self.name.setBuddy(self.editor)
        for item in (self.name, self.editor):
            item.setToolTip(option.doc)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.name)
        row.addWidget(self.editor, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.complaint)

    def show_value(self, value: Any) -> None:
        """Show a value that comes from the document; None where the selected nodes differ."""
        raise TypeError(f"{type(self).__name__} shows nothing")

    def _editor(self) -> QWidget:
        raise TypeError(f"{type(self).__name__} edits nothing")

    def _offer(self, value: Any) -> None:
        """Hand a value on; a complaint shows where it is not allowed, and the old one stays."""
        try:
            checked = self.option.check(value)
            self._changed(checked, self._bout)
        except ValueError as error:
            self.complain(sentence(error))
            return
        self.complain("")

    @property
    def refused(self) -> bool:
        """Whether the editor holds something that is not allowed; it stays there until it is mended or taken back."""
        return bool(self.complaint.text())

    def complain(self, text: str) -> None:
        """Show what is wrong, or that nothing is."""
        self.complaint.setText(text)
        self.complaint.setVisible(bool(text))
        self._mark()

    def blame(self, blamed: bool) -> None:
        """Mark the field as the one that a problem of the graph is about."""
        self._blamed = blamed
        self._mark()

    def _mark(self) -> None:
        restyle(self.editor, "wrong", self.refused or self._blamed)


class TextField(Field):
    """A line of text: numbers, pairs, shapes, words. What is typed stays as it is while the focus is here."""

    def _editor(self) -> Edit:
        edit = Edit()
        edit.setFont(figures(12))
        edit.textEdited.connect(self._typed)
        edit.editingFinished.connect(self._finish)
        edit.installEventFilter(self)
        self.line = edit
        self._shown: Any = None
        return edit

    def show_value(self, value: Any) -> None:
        news = value != self._shown
        self._shown = value
        if not news and (self.refused or (self.line.hasFocus() and self.line.isModified())):
            return
        if news:
            self._bout = None
        self._write()

    def _write(self) -> None:
        value = self._shown
        self.line.setPlaceholderText("several values" if value is None else "")
        self.line.setText("" if value is None else self.option.show(value))
        self.complain("")

    def _typed(self, text: str) -> None:
        try:
            value = self.option.parse(text)
        except ValueError as error:
            self.complain(sentence(error))
            return
        if value != self._shown:
            self._take(value)
        else:
            self.complain("")

    def _take(self, value: Any) -> None:
        """Offer a value; what comes back from the document is then no news."""
        before, self._shown = self._shown, value
        self._bout = self._bout or object()
        self._offer(value)
        if self.refused:
            self._shown = before

    def _finish(self) -> None:
        self._bout = None
        if not self.refused:
            self._write()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape takes back what was not taken and gives the focus back to the canvas."""
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            self._bout = None
            self._write()
            canvas = self.window().findChild(QWidget, "canvas")
            if canvas is not None and canvas.isVisible():
                canvas.setFocus()
            else:
                self.line.clearFocus()
            return True
        return super().eventFilter(watched, event)


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


class SwitchField(Field):
    """On or off."""

    def _editor(self) -> QPushButton:
        button = QPushButton("off")
        button.setProperty("field", True)
        button.setCheckable(True)
        button.setFont(figures(12))
        button.clicked.connect(self._offer)
        button.toggled.connect(lambda on: button.setText("on" if on else "off"))
        self.button = button
        return button

    def show_value(self, value: Any) -> None:
        self.button.setChecked(bool(value))
        self.button.setText("several values" if value is None else "on" if value else "off")
        self.complain("")


class ChoiceField(Field):
    """One of a few words."""

    def _editor(self) -> Choice:
        box = Choice()
        box.setFont(figures(12))
        box.addItems(list(self.option.choices))
        box.activated.connect(lambda index: self._offer(box.itemText(index)))
        self.box = box
        return box

    def show_value(self, value: Any) -> None:
        self.box.setCurrentIndex(-1 if value is None else self.box.findText(str(value)))
        self.complain("")


def field(option: Option, changed: Changed) -> Field:
    """Return the field for an option."""
    kinds: dict[str, type[Field]] = {"boolean": SwitchField, "choice": ChoiceField}
    return kinds.get(option.kind, TextField)(option, changed)
