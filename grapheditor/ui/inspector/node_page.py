"""The inspector's page for selected nodes: their options, what belongs to a node, what it does, its PyTorch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from grapheditor.authoring import Operator, Option
from grapheditor.edit import edits, modules
from grapheditor.edit.scope import path_to
from grapheditor.edit.sharing import partners, share_weights
from grapheditor.edit.values import environment, with_copy
from grapheditor.engine.messages import Analysis
from grapheditor.graph import Node
from grapheditor.graph.arithmetic import is_expression
from grapheditor.graph.names import natural
from grapheditor.ui.inspector.code import Code
from grapheditor.ui.inspector.facts import facts
from grapheditor.ui.inspector.fields import ConditionField, LateField, ProseField
from grapheditor.ui.inspector.learning import LearningRows, learning_signature
from grapheditor.ui.inspector.lens import LensLink
from grapheditor.ui.inspector.page import Facts, Page
from grapheditor.ui.inspector.terms import Terms
from grapheditor.ui.session import Session
from grapheditor.ui.texts import counted, mark, tr
from grapheditor.ui.widgets import clear, label

TITLE = Option("title", "text", "", doc=mark("What the node is called on the canvas; empty shows the operator's name."))
ID = Option("id", "text", "", doc=mark("Its name in the source and in checkpoints: letters, digits and _."))
REPEAT = Option(
    "repeat", "integer", 1, 1, 10**6, doc=mark("How many copies of it stand in a chain, each with its weights.")
)
WHEN = Option(
    "when", "number", 1, doc=mark("An expression of the module's options; where it is 0 the node is left out.")
)
OWN = mark("none")


class NodePage(Page):
    """Shows and edits nodes together: of one operator all options, of several those that they have in common."""

    def __init__(self, session: Session, nodes: list[str], parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.nodes = nodes
        found = [session.catalog.of(session.body, session.body.nodes[name]) for name in nodes]
        self.known = {name: item for name, item in zip(nodes, found, strict=True) if item is not None}
        """The nodes whose operator there is, with it: the others have no options."""
        alike = len({session.body.nodes[name].operator for name in nodes}) == 1
        self.operator: Operator | None = found[0] if alike else None
        self._head(alike)
        self.wrongs = QVBoxLayout()
        self.wrongs.setSpacing(4)
        self.column.addLayout(self.wrongs)
        for option in common_options([*self.known.values()]):
            self._option(option)
        if len(nodes) == 1:
            self._own()
        self.learning = LearningRows(self, nodes, self._share)
        self.section(tr("What it does") if len(nodes) == 1 else tr("What they do"))
        self.facts = Facts()
        self.column.addWidget(self.facts)
        if len(nodes) == 1:
            self.column.addWidget(LensLink(session, nodes[0]), 0, Qt.AlignmentFlag.AlignLeft)
        self.code = Code(session)
        self.column.addWidget(self.code)
        self.column.addStretch(1)
        self.refresh()

    def _head(self, alike: bool) -> None:
        node = self.session.body.nodes[self.nodes[0]]
        together = counted(len(self.nodes), "{n} node", "{n} nodes")
        title = (tr(self.operator.title) if self.operator else node.operator) if alike else together
        self.title, self.ids = self.head(title)
        if alike:
            told = self.say(tr(self.operator.headline) if self.operator else tr("There is no such operator here."))
            told.setToolTip(tr(self.operator.doc) if self.operator else "")
            return
        shared = bool(common_options([*self.known.values()]))
        self.say(
            tr("What they have in common is set in all of them.") if shared else tr("They have no option in common.")
        )

    def _option(self, option: Option) -> None:
        def value() -> Any:
            return self._common(option)

        def change(value: Any, bout: object) -> None:
            scope, catalog = self.session.scope, self.session.catalog
            self.session.edit(edits.set_option(scope, catalog, self.nodes, option.name, value), bout)

        self.add(option, value, change, terms=self._terms)

    def _common(self, option: Option) -> Any:
        """Return the value that all nodes with options have; None where they differ."""
        found = []
        for name, operator in self.known.items():
            declared = operator.option(option.name) or option
            found.append(self._node(name).options.get(option.name, declared.default))
        return found[0] if len(set(map(repr, found))) == 1 else None

    def _node(self, name: str) -> Node:
        return self.session.body.nodes[name]

    def _terms(self) -> Terms | None:
        """Return what expressions may name here; None where there is nothing around that they could."""
        scope, graph = self.session.scope, self.session.graph
        head = graph.modules[scope.module].head if scope.module else None
        known = {item.name: item.doc for item in head.options} if head else {}
        if all(self._node(name).repeat != 1 for name in self.nodes):
            known["i"] = tr("The number of the copy, from 0.")
        if head is None and not known:
            return None
        return Terms(known, with_copy(self._node(self.nodes[0]), environment(graph, self.session.place)))

    # What belongs to a node

    def _own(self) -> None:
        self.section(tr("Node"))
        node = self.nodes[0]
        title = ProseField(TITLE, self._set_title, resets=False)
        self.add(TITLE, lambda: self._node(node).title, self._set_title, row=title)
        rename = LateField(ID, self._rename, resets=False)
        self.add(ID, lambda: self._node(node).id, self._rename, row=rename)
        layer = self.operator is not None and self.operator.role == "layer"
        if layer and may_repeat(self.session, node):
            self.add(REPEAT, self._repeat, self._set_repeat, terms=self._around)
        if (layer and self.session.scope.module) or self._node(node).when:
            when = ConditionField(WHEN, self._set_when)
            self.add(WHEN, self._when, self._set_when, terms=self._around, row=when)

    def _around(self) -> Terms | None:
        """Return what the number of copies may name: not the number of one of them."""
        found = self._terms()
        if found is None or not self.session.scope.module:
            return None
        return replace(found, known={name: doc for name, doc in found.known.items() if name != "i"})

    def _share(self) -> None:
        """Add a row for whose weights a node has."""
        node = self.nodes[0]
        operator = self._node(node).operator
        others = [item.id for item in self.session.body.nodes.values() if item.operator == operator and item.id != node]
        doc = mark("Another node of the same operator whose weights it has: what changes in one changes in both.")
        choices = (OWN, *sorted(others, key=natural))
        option = Option("share_weights", "choice", OWN, choices=choices, doc=doc)

        def value() -> str:
            return next(iter(partners(self.session.scope, node)), OWN)

        def change(chosen: Any, bout: object) -> None:
            self.session.edit(share_weights(self.session.scope, node, "" if chosen == OWN else chosen), bout)

        if others:
            self.add(option, value, change)

    def _set_title(self, value: Any, bout: object) -> None:
        self.session.edit(edits.set_title(self.session.scope, self.nodes[0], value), bout)

    def _rename(self, value: Any, _bout: object) -> None:
        self.session.rename(self.nodes[0], value)

    def _repeat(self) -> Any:
        repeat = self._node(self.nodes[0]).repeat
        return f"={repeat}" if isinstance(repeat, str) else repeat

    def _set_repeat(self, value: Any, bout: object) -> None:
        copies = value[1:] if is_expression(value) else value
        self.session.edit(modules.set_repeat(self.session.scope, self.nodes[0], copies), bout)

    def _when(self) -> Any:
        when = self._node(self.nodes[0]).when
        return f"={when}" if when else 1

    def _set_when(self, value: Any, bout: object) -> None:
        text = value[1:] if is_expression(value) else "" if value else "0"
        self.session.edit(modules.set_when(self.session.scope, self.nodes, text), bout)

    # What is known

    def refresh(self) -> None:
        """Show what the document and the engine say now."""
        node = self._node(self.nodes[0])
        together = counted(len(self.nodes), "{n} node", "{n} nodes") if self.operator else ""
        self.ids.setText(node.id if len(self.nodes) == 1 else together)
        if len(self.nodes) == 1:
            self.title.setText(node.title or (tr(self.operator.title) if self.operator else node.operator))
        self.learning.refresh()
        super().refresh()
        self._show_problems(self.session.findings.analysis)
        self.facts.show_rows(facts(self.session, self.nodes, self.operator))
        self.code.show_nodes(self.nodes)

    def _show_problems(self, analysis: Analysis | None) -> None:
        """Say above the options what is wrong with the nodes, and mark the options that it is about."""
        clear(self.wrongs)
        found = analysis.problems if analysis else []
        problems = [item for item in found if {*self.session.holders(item["node"] or "")} & {*self.nodes}]
        for problem in problems:
            clear_whose = len(self.nodes) == 1 and problem["node"] in self.nodes
            told = label(problem["message"] if clear_whose else f"{problem['node']}: {problem['message']}", size=11)
            told.setProperty("wrong", problem["severity"] == "error")
            told.setWordWrap(True)
            self.wrongs.addWidget(told)
        blamed = {item["option"] for item in problems if self._is_here(item["node"] or "")}
        for binding in self.bindings:
            binding.row.blame(binding.row.option.name in blamed)

    def _is_here(self, path: str) -> bool:
        """Tell whether a problem's path names one of the nodes, rather than one inside."""
        places = {self.session.place, self.session.scope.module}
        return any(path == path_to(place, name) for place in places for name in self.nodes)


def common_options(operators: list[Operator]) -> list[Option]:
    """Return the options that all operators have, by name, kind and choices."""
    if not operators:
        return []
    first, *others = operators

    def everywhere(option: Option) -> bool:
        found = [item.option(option.name) for item in others]
        return all(item is not None and (item.kind, item.choices) == (option.kind, option.choices) for item in found)

    return [option for option in first.options if everywhere(option)]


def node_signature(session: Session, nodes: list[str]) -> tuple[object, ...]:
    """Return what decides which rows the page has: the operators, their options, who could share weights."""
    body, graph = session.body, session.graph
    operators = sorted({body.nodes[name].operator for name in nodes})
    heads = tuple(graph.modules[name].head for name in operators if name in graph.modules)
    if len(nodes) > 1:
        return tuple(nodes), tuple(operators), heads, learning_signature(session, nodes)
    alike = tuple(sorted(name for name, node in body.nodes.items() if node.operator in operators))
    optional = bool(session.scope.module or body.nodes[nodes[0]].when)
    offered = may_repeat(session, nodes[0])
    return tuple(nodes), tuple(operators), heads, alike, optional, offered, learning_signature(session, nodes)


def may_repeat(session: Session, node: str) -> bool:
    """Tell whether copies of a node in a chain mean something, as far as that is known.

    Each has weights of its own then, or what it gives is like what it takes.
    """
    report = session.report(node)
    if session.body.nodes[node].repeat != 1 or report is None or not report["outputs"] or report["parameters"]:
        return True
    wires = session.body.into(node)
    if not wires:
        return True
    start, *others = wires.values()
    before = session.report(start.node)
    return not others and before is not None and [before["outputs"].get(start.port)] == [*report["outputs"].values()]
