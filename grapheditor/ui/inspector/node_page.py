"""The inspector's page for selected nodes: title, id, options, what it does, the PyTorch it becomes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from grapheditor.authoring import Operator, Option
from grapheditor.edit import edits
from grapheditor.engine.messages import Analysis, Source
from grapheditor.graph import Body
from grapheditor.ui.inspector.fields import Field, LateField, TextField, field
from grapheditor.ui.session import Session
from grapheditor.ui.theme import figures
from grapheditor.ui.widgets import clear, heading, label, shape, short, size

TITLE = Option("title", "text", "", doc="What the node is called on the canvas; empty shows the operator's name.")
ID = Option("id", "text", "", doc="Its name in the source and in checkpoints: letters, digits and _.")


class NodePage(QWidget):
    """Shows and edits the nodes of one operator, together."""

    def __init__(self, session: Session, nodes: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.nodes = nodes
        self.operator: Operator | None = session.catalog.of(session.body, session.body.nodes[nodes[0]])
        self._fields: dict[str, Field] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 14, 16, 16)
        self._column.setSpacing(6)
        self._head()
        self.wrongs = QVBoxLayout()
        self.wrongs.setSpacing(4)
        self._column.addLayout(self.wrongs)
        self._options()
        self._column.addWidget(heading("What it does"))
        self.facts = QVBoxLayout()
        self.facts.setSpacing(4)
        self._column.addLayout(self.facts)
        self._code_heading = heading("PyTorch")
        self._column.addWidget(self._code_heading)
        self.code = label(mono=True)
        self.code.setObjectName("pytorch")
        self.code.setWordWrap(True)
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._column.addWidget(self.code)
        self._column.addStretch(1)
        self.refresh()

    def _head(self) -> None:
        row = QHBoxLayout()
        title = self.operator.title if self.operator else self.session.body.nodes[self.nodes[0]].operator
        self.title = label(title, size=15, bold=True)
        self.ids = label(mono=True, muted=True, size=11)
        row.addWidget(self.title)
        row.addStretch(1)
        row.addWidget(self.ids)
        self._column.addLayout(row)
        doc = label(self.operator.headline if self.operator else "There is no such operator here.", muted=True, size=11)
        doc.setWordWrap(True)
        doc.setToolTip(self.operator.doc if self.operator else "")
        self._column.addWidget(doc)

    def _options(self) -> None:
        for option in self.operator.options if self.operator else ():

            def change(value: Any, bout: object, name: str = option.name) -> None:
                self.session.edit(
                    edits.set_option(self.session.scope, self.session.catalog, self.nodes, name, value), bout
                )

            self._add(field(option, change))
        if len(self.nodes) == 1:
            self._column.addWidget(heading("Name"))
            self._add(TextField(TITLE, self._set_title))
            self._add(LateField(ID, self._rename))

    def _add(self, row: Field) -> None:
        self._fields[row.option.name] = row
        self._column.addWidget(row)

    def _set_title(self, value: Any, bout: object) -> None:
        self.session.edit(edits.set_title(self.session.scope, self.nodes[0], value), bout)

    def _rename(self, value: Any, _bout: object) -> None:
        self.session.rename(self.nodes[0], value)

    def refresh(self) -> None:
        """Show what the document and the engine say now."""
        graph = self.session.body
        nodes = [graph.nodes[name] for name in self.nodes]
        self.ids.setText(nodes[0].id if len(nodes) == 1 else f"{len(nodes)} nodes")
        if len(nodes) == 1:
            self._fields["id"].show_value(nodes[0].id)
            self._fields["title"].show_value(nodes[0].title)
            self.title.setText(nodes[0].title or (self.operator.title if self.operator else nodes[0].operator))
        for option in self.operator.options if self.operator else ():
            values = {repr(node.options.get(option.name, option.default)) for node in nodes}
            alike = len(values) == 1
            self._fields[option.name].show_value(nodes[0].options.get(option.name, option.default) if alike else None)
        self._show_problems(self.session.analysis)
        self._show_facts(graph, self.session.analysis)
        self._show_code(self.session.source)

    def _show_problems(self, analysis: Analysis | None) -> None:
        """Say above the options what is wrong with the nodes, and mark the options that it is about."""
        clear(self.wrongs)
        found = analysis.problems if analysis else []
        problems = [item for item in found if {*self.session.holders(item["node"] or "")} & {*self.nodes}]
        for problem in problems:
            inside = "" if problem["node"] in self.nodes else f"{problem['node']}: "
            told = label(f"{inside}{problem['message']}", size=11)
            told.setProperty("wrong", problem["severity"] == "error")
            told.setWordWrap(True)
            self.wrongs.addWidget(told)
        blamed = {item["option"] for item in problems if item["node"] in self.nodes}
        for name, row in self._fields.items():
            row.blame(name in blamed)

    def _show_facts(self, graph: Body, analysis: Analysis | None) -> None:
        clear(self.facts)
        for name, text in self._rows(graph, analysis):
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 0, 0, 0)
            line.addWidget(label(name))
            value = label(text, mono=True)
            value.setWordWrap(True)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            line.addWidget(value, 1)
            self.facts.addWidget(row)

    def _rows(self, graph: Body, analysis: Analysis | None) -> list[tuple[str, str]]:
        if analysis is None:
            return [("shapes", "the engine is starting")]
        known = [info for name in self.nodes if (info := self.session.report(name)) is not None]
        rows: list[tuple[str, str]] = []
        if len(self.nodes) == 1:
            for end, start in sorted(graph.into(self.nodes[0]).items()):
                kind = self.session.report(start.node)
                output = kind["outputs"].get(start.port) if kind else None
                several = self.operator is not None and len(self.operator.inputs) > 1
                name = f"in {end.port}" if several else "in"
                rows.append((name, shape(output["shape"]) if output else "–"))
            if not known:
                rows.append(("out", "–"))
            for info in known:
                rows += [("out", f"{shape(kind['shape'])} {kind['dtype']}") for kind in info["outputs"].values()]
        rows.append(("parameters", f"{sum(info['parameters'] for info in known):,}" if known else "–"))
        work = sum(info["multiply_adds"] for info in known)
        rows.append(("multiply-adds", short(work) if known else "–"))
        rows.append(("activation", f"{size(sum(info['activation_bytes'] for info in known))} × N" if known else "–"))
        return rows

    def _show_code(self, source: Source | None) -> None:
        text = ""
        if source is not None and source.problem is None:
            lines = source.text.split("\n")
            keys = map(self.session.key_of, self.nodes)
            numbers = sorted({number for key in keys for number in source.lines.get(key, [])})
            text = "\n".join(lines[number - 1].strip() for number in numbers[:12] if number <= len(lines))
        self.code.setText(text)
        self.code.setFont(figures(11))
        self._code_heading.setVisible(bool(text))
