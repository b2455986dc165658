"""One option of the module that is open: its name, its kind, its default, its help, and the way to take it away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from grapheditor.authoring import Option
from grapheditor.authoring.options import SIDES, Kind, Value
from grapheditor.edit import Change, modules
from grapheditor.ui.inspector.fields import LateField
from grapheditor.ui.inspector.page import Page
from grapheditor.ui.inspector.prose import ParagraphField
from grapheditor.ui.inspector.row import Field
from grapheditor.ui.session import Session
from grapheditor.ui.telling import sentence
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.widgets import Choice, fixed, label

WORDS: dict[str, Kind] = {
    mark("integer"): "integer",
    mark("number"): "number",
    mark("on or off"): "boolean",
    mark("choice"): "choice",
    mark("text"): "text",
    mark("pair"): "pair",
    mark("triple"): "triple",
}
"""The kinds that an option of a module may have, as the table calls them."""
FIRST: dict[str, Value] = {
    "integer": 1, "number": 0.0, "boolean": False, "choice": "a", "text": "", "pair": 1, "triple": 1,
}  # fmt: skip
"""The default of an option whose kind is changed to one that its old default does not fit."""
EDGES = ("integer", "number", *SIDES)


def of_kind(option: Option, kind: Kind) -> Option:
    """Return an option with another kind; its default stays where it fits."""
    choices = option.choices or ("a", "b") if kind == "choice" else ()
    low = option.minimum if kind in EDGES else None
    high = option.maximum if kind in EDGES else None
    made = Option(option.name, kind, FIRST[kind], low, high, choices, option.doc)
    if kind == "choice":
        return replace(made, default=option.default if option.default in choices else choices[0])
    for text in (option.show(option.default), made.show(FIRST[kind]), made.show(low or 0)):
        with suppress(ValueError):
            return replace(made, default=made.parse(text))
    return made


class OptionRow(QWidget):
    """Two lines: name, kind and a button that removes it; below them the default, choices and help."""

    def __init__(self, session: Session, module: str, name: str) -> None:
        super().__init__()
        self.session = session
        self.module = module
        self.option_name = name
        self._page = Page(session)
        self._page.column.setContentsMargins(0, 0, 0, 6)
        self._page.column.setSpacing(4)
        option = self._option
        self._first_line(option)
        title = tr("{name} default", name=name)
        shown = replace(option, name=f"default-{name}", doc=mark("The value where a use sets none."))
        self._add(shown, lambda now: now.default, lambda now, value: replace(now, default=value), tr("default"), title)
        if option.kind == "choice":
            words = Option(f"choices-{name}", "text", "", doc=mark("What can be chosen, with commas between."))
            spoken = tr("{name} choices", name=name)
            self._add(words, lambda now: ", ".join(now.choices), _with_choices, tr("choices"), spoken)
        self._help(name)
        self.told = label(size=11)
        self.told.setProperty("wrong", True)
        self.told.setWordWrap(True)
        self.told.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._page)
        column.addWidget(self.told)
        self.refresh()

    @property
    def _option(self) -> Option:
        options = self.session.graph.modules[self.module].head.options
        return next(item for item in options if item.name == self.option_name)

    def _help(self, name: str) -> None:
        def change(value: Any, bout: object) -> None:
            self._put(replace(self._option, doc=value), bout)

        option = Option(f"doc-{name}", "text", "", doc=mark("What it is for; shown where a use is edited."))
        row = ParagraphField(option, change, resets=False, title=tr("help"))
        row.editor.setAccessibleName(tr("{name} help", name=name))
        self._page.add(option, lambda: self._option.doc, change, row=row)

    def _first_line(self, option: Option) -> None:
        doc = mark("Its name: fields inside the module and its uses follow a new one.")
        name = Option(f"name-{option.name}", "text", option.name, doc=doc)
        row = LateField(name, self._rename, resets=False, title=tr("option"))
        row.editor.setAccessibleName(tr("Name of the option {name}", name=option.name))
        self.kind = Choice()
        self.kind.setObjectName(f"kind-{option.name}")
        self.kind.setAccessibleName(tr("Kind of {name}", name=option.name))
        self.kind.addItems([tr(word) for word in WORDS])
        fixed(self.kind, width=92)
        self.kind.activated.connect(lambda place: self._retype(list(WORDS.values())[place]))
        remove = QPushButton("×")
        fixed(remove, width=22)
        remove.setObjectName(f"remove-option-{option.name}")
        remove.setAccessibleName(tr("Remove the option {name}", name=option.name))
        remove.setToolTip(tr("Remove the option {name}", name=option.name))
        remove.setProperty("link", True)
        remove.clicked.connect(self._remove)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.kind)
        line.addWidget(remove)
        row.name.hide()
        row.row.removeWidget(row.reset)
        row.reset.setParent(None)
        row.row.addSpacing(6)
        row.row.addLayout(line)
        self._page.add(name, lambda: self.option_name, self._rename, row=row)

    def _add(
        self,
        option: Option,
        value: Callable[[Option], Any],
        made: Callable[[Option, Any], Option],
        title: str,
        spoken: str,
    ) -> Field:
        def change(new: Any, bout: object) -> None:
            self._put(made(self._option, new), bout)

        row = self._page.add(option, lambda: value(self._option), change, resets=False, title=title)
        row.editor.setAccessibleName(spoken)
        return row

    def refresh(self) -> None:
        """Show what the document says now."""
        found = [item for item in self.session.graph.modules[self.module].head.options if item.name == self.option_name]
        if found:
            self.kind.setCurrentIndex(list(WORDS.values()).index(found[0].kind) if found[0].kind in KNOWN else -1)
            self._page.refresh()

    def _put(self, option: Option, bout: object = None) -> None:
        self.session.edit(modules.put_option(self.session.graph, self.module, option, self.option_name), bout)

    def _rename(self, value: Any, _bout: object) -> None:
        self._put(replace(self._option, name=value))

    def _retype(self, kind: Kind) -> None:
        self._try(lambda: modules.put_option(self._graph, self.module, of_kind(self._option, kind), self.option_name))

    def _remove(self) -> None:
        self._try(lambda: modules.remove_option(self._graph, self.module, self.option_name))

    @property
    def _graph(self) -> Any:
        return self.session.graph

    def _try(self, made: Callable[[], Change]) -> None:
        """Make an edit, or say below the option why it cannot be."""
        try:
            change = made()
        except ValueError as error:
            self.told.setText(sentence(error))
            self.told.show()
            return
        self.told.hide()
        self.session.edit(change)


KNOWN = frozenset(WORDS.values())


def _with_choices(option: Option, text: str) -> Option:
    choices = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not choices:
        raise ValueError(tr("a choice needs words to choose from, with commas between"))
    return replace(option, choices=choices, default=option.default if option.default in choices else choices[0])
