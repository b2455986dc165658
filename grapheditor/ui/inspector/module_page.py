"""The inspector's page for the module that is open: its name and help, its options, its ports, its uses."""

from __future__ import annotations

from itertools import islice
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from grapheditor.authoring import Option
from grapheditor.edit import modules
from grapheditor.edit.ports import move_port, rename_port
from grapheditor.edit.scope import paths
from grapheditor.edit.values import count_uses, use_paths
from grapheditor.graph.module import Head
from grapheditor.graph.names import fresh
from grapheditor.ui.inspector.fields import LateField
from grapheditor.ui.inspector.option_rows import OptionRow
from grapheditor.ui.inspector.page import Page
from grapheditor.ui.inspector.prose import ParagraphField
from grapheditor.ui.session import Session
from grapheditor.ui.texts import counted, mark, tr
from grapheditor.ui.theme import figures
from grapheditor.ui.widgets import fixed, label

NAME = Option(
    "module", "text", "", doc=mark("The class that it is printed as: a capital letter, then letters and digits.")
)
DOC = Option(
    "doc", "text", "", doc=mark("What the module does; the palette says its first sentence, and the source all of it.")
)
MOST_USES = 20


class ModulePage(Page):
    """Shows and edits the definition that is open."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.module = session.scope.module
        self.title, self.kind = self.head(self.module, tr("module"))
        self.uses, self.count, self.shared = _uses(session, self.module)
        self.about = self.say(counted(self.count, "{n} use", "{n} uses"))
        self.add(
            NAME, lambda: self.module, self._rename, row=LateField(NAME, self._rename, resets=False, title=tr("name"))
        )
        self.add(DOC, lambda: self._head.doc, self._describe, row=ParagraphField(DOC, self._describe, resets=False))
        self._options()
        self._ports()
        self._list_uses()
        why = tr("The palette then has it among the modules, for all graphs, with the modules that it holds.")
        self.button(tr("Keep in my library"), "keep-module", self._keep, why=why)
        self.column.addStretch(1)
        self.refresh()

    @property
    def _head(self) -> Head:
        return self.session.graph.modules[self.module].head

    def refresh(self) -> None:
        """Show what the document says now."""
        if self.session.scope.module != self.module:
            return
        super().refresh()
        for row in self.options:
            row.refresh()

    def _rename(self, value: Any, _bout: object) -> None:
        self.session.edit(modules.rename_module(self.session.graph, self.module, value))

    def _describe(self, value: Any, bout: object) -> None:
        self.session.edit(modules.set_doc(self.session.graph, self.module, value), bout)

    def _keep(self) -> None:
        self.session.own.keep(self.session.graph, self.module)

    # Options

    def _options(self) -> None:
        self.section(tr("Options"))
        self.options = [OptionRow(self.session, self.module, item.name) for item in self._head.options]
        if not self.options:
            self.say(tr("An option is a value that each use sets for itself: fields inside can then say 4*width."))
        for row in self.options:
            self.column.addWidget(row)
        why = tr("A new option, to be named and given a default.")
        self.button(tr("Add an option"), "add-option", self._add, why=why)

    def _add(self) -> None:
        body = self.session.graph.modules[self.module]
        name = "width" if "width" not in body.nodes else fresh("width", body.nodes)
        taken = {*body.nodes, *(item.name for item in self._head.options)}
        name = name if name not in taken else fresh("option", taken)
        option = Option(name, "integer", 64, 1, None)
        window = self.window()  # the page is made anew by the edit
        self.session.edit(modules.put_option(self.session.graph, self.module, option))
        line = window.findChild(QLineEdit, f"option-name-{name}")
        if line is not None:
            line.setFocus()
            line.selectAll()

    # Ports

    def _ports(self) -> None:
        self.section(tr("In"))
        for name in self._head.inputs:
            self._port(name, self._head.inputs.index(name), len(self._head.inputs), inward=True)
        self.section(tr("Out"))
        ports = [port for port, _ in self._head.outputs]
        for name in ports:
            self._port(name, ports.index(name), len(ports), inward=False)

    def _port(self, name: str, place: int, count: int, *, inward: bool) -> None:
        way = "in" if inward else "out"

        def change(value: Any, _bout: object) -> None:
            self.session.edit(rename_port(self.session.graph, self.module, name, value, inward=inward))

        doc = (
            mark("Its name at the uses of the module, and the node's here.")
            if inward
            else mark("Its name at the uses of the module.")
        )
        option = Option(f"{way}-{name}", "text", name, doc=doc)
        title = tr("in {n}", n=place + 1) if inward else tr("out {n}", n=place + 1)
        row = LateField(option, change, resets=False, title=title)
        for text, step, allowed in (("↑", -1, place > 0), ("↓", 1, place < count - 1)):
            if count > 1:
                row.row.addWidget(self._mover(text, name, step, inward=inward, allowed=allowed))
        self.add(option, lambda: name, change, row=row)

    def _mover(self, text: str, name: str, step: int, *, inward: bool, allowed: bool) -> QPushButton:
        button = QPushButton(text)
        words = "up" if step < 0 else "down"
        button.setObjectName(f"port-{words}-{name}")
        told = tr("Move {port} up") if step < 0 else tr("Move {port} down")
        button.setAccessibleName(told.format(port=name))
        button.setToolTip(told.format(port=name))
        button.setProperty("link", True)
        fixed(button, width=22)
        button.setEnabled(allowed)
        button.clicked.connect(
            lambda: self.session.edit(move_port(self.session.graph, self.module, name, step, inward=inward))
        )
        return button

    # Uses

    def _list_uses(self) -> None:
        self.section(tr("Uses"))
        for path in self.uses:
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            button = QPushButton(path)
            button.setObjectName(f"use-{path}")
            button.setAccessibleName(tr("Show the use {path}", path=path))
            button.setToolTip(tr("Show the module with the shapes of this use"))
            button.setProperty("link", True)
            button.setFont(figures(12))
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _, to=path: self.session.enter(to))
            row.addWidget(button)
            row.addStretch(1)
            if path == self.session.place:
                row.addWidget(label(tr("shown"), muted=True, size=11))
            self.column.addWidget(line)
        if self.count > len(self.uses):
            self.say(tr("and {n} more", n=f"{self.count - len(self.uses):,}"))
        if self.shared:
            why = tr("This use gets a definition of its own, alike at first; the others keep theirs.")
            self.button(tr("Make unique for this use"), "make-unique", self._make_unique, why=why)

    def _make_unique(self) -> None:
        """Split off the use that is shown: it is a node of the body around."""
        from grapheditor.edit.scope import scope_at

        place = self.session.place
        while place.rpartition(".")[2].isdecimal():
            place = place.rpartition(".")[0]
        around, _, node = place.rpartition(".")
        scope = scope_at(self.session.graph, around)
        if scope is not None:
            change, _ = modules.make_unique(scope, [node])
            self.session.edit(change)


def module_signature(session: Session) -> tuple[object, ...]:
    """Return what decides which rows the page has."""
    module = session.scope.module
    head = session.graph.modules[module].head
    options = tuple((item.name, item.kind) for item in head.options)
    return (
        module,
        options,
        head.inputs,
        head.outputs,
        _uses(session, module),
        len(list(islice(paths(session.graph, module), 2))),
    )


def _uses(session: Session, module: str) -> tuple[tuple[str, ...], int, bool]:
    """Return the first uses of a module, copy by copy, how many there are, and whether several nodes are one."""
    graph = session.graph
    several = len(list(islice(paths(graph, module), 2))) > 1
    return tuple(islice(use_paths(graph, module), MOST_USES)), count_uses(graph, module), several
