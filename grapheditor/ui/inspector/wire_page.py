"""The inspector's page for a wire: what travels on it, from where to where, and which nodes made its sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from grapheditor.edit.scope import feeder
from grapheditor.graph import Input, Output
from grapheditor.graph.names import natural
from grapheditor.graph.origin import origin
from grapheditor.ui.inspector.lens import LensLink
from grapheditor.ui.inspector.page import Facts, Page
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import figures
from grapheditor.ui.widgets import fixed, label, shape, size

if TYPE_CHECKING:
    from grapheditor.engine.messages import WireType
    from grapheditor.ui.session import Session

BYTES = {"float64": 8, "int64": 8, "float32": 4, "int32": 4, "float16": 2, "bfloat16": 2, "bool": 1, "uint8": 1}


class WirePage(Page):
    """Shows one wire. Its sizes lead to the nodes that made them."""

    def __init__(self, session: Session, wire: Input, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.wire = wire
        self.start = session.body.wires[wire]
        self.head(tr("Wire"), _written(wire))
        self.say(tr("What {start} gives, as {end} takes it.", start=_written(self.start), end=_written(wire)))
        self.section(tr("What it is"))
        self.facts = Facts()
        self.column.addWidget(self.facts)
        self.column.addWidget(LensLink(session, wire), 0, Qt.AlignmentFlag.AlignLeft)
        self.section(tr("Where its sizes come from"))
        kind = kind_of(session, self.start)
        if kind is None:
            self.say(tr("They are not known: something before it has an error, or the engine is still looking."))
        for axis, each in enumerate(kind["shape"] if kind else ()):
            self._origin(axis, each)
        self.column.addStretch(1)
        self.refresh()

    def _origin(self, axis: int, each: int | str) -> None:
        """Add a row: the size, the node that made it, and what that node is."""
        session = self.session

        def sizes(output: Output) -> Sequence[object] | None:
            known = kind_of(session, output)
            return known["shape"] if known is not None else None

        node = origin(session.body, sizes, self.start, axis).node
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        number = label(str(each), mono=True)
        fixed(number, width=64)
        button = QPushButton(node)
        button.setObjectName(f"origin-{axis}")
        button.setAccessibleName(tr("{size} comes from {node}: go there", size=each, node=node))
        button.setProperty("link", True)
        button.setFont(figures(12))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(lambda: session.placed.emit(node))
        row.addWidget(number)
        row.addWidget(button)
        row.addWidget(label(self._about(node, axis), muted=True, size=11), 1)
        self.column.addWidget(line)

    def _about(self, node: str, axis: int) -> str:
        session = self.session
        operator = session.catalog.of(session.body, session.body.nodes[node])
        if operator is None:
            return ""
        if operator.role == "input":
            if session.scope.module:
                return feeder(session.graph, session.place, node)
            return tr("samples of a batch") if axis == 0 else tr("the data's size, or an option of the input")
        report = session.report(node)
        values = report.get("values", {}) if report else {}
        given = session.body.nodes[node].options
        summary = operator.summary({**given, **{key: values[key] for key in given if key in values}})
        came = next((kind_of(session, start) for start in session.body.into(node).values()), None)
        took = tr("{shape} arrives", shape=shape(came["shape"])) if came is not None else ""
        return " · ".join(filter(None, (operator.title, summary, took)))

    def refresh(self) -> None:
        """Show what the engine says now."""
        super().refresh()
        session, kind = self.session, kind_of(self.session, self.start)
        takers = sorted(
            (_written(end) for end, start in session.body.wires.items() if start == self.start), key=natural
        )
        rows = [(tr("from"), _written(self.start)), (tr("to"), ", ".join(takers))]
        if kind is not None:
            rows += [(tr("shape"), shape(kind["shape"])), (tr("elements"), kind["dtype"])]
            count = 1
            for each in kind["shape"][1:]:
                count *= each if isinstance(each, int) else 0
            if count and kind["dtype"] in BYTES:
                rows += [
                    (tr("numbers a sample"), f"{count:,}"),
                    (tr("memory a sample"), size(count * BYTES[kind["dtype"]])),
                ]
        self.facts.show_rows(rows)


def kind_of(session: Session, start: Output) -> WireType | None:
    """Return what a node that is shown gives, None where that is not known."""
    report = session.report(start.node)
    return report["outputs"].get(start.port) if report is not None else None


def _written(end: Input | Output) -> str:
    """Write an end of a wire; the port that all have goes without saying."""
    return end.node if isinstance(end, Output) and end.port == "out" else str(end)


def wire_signature(session: Session, wire: Input) -> tuple[object, ...]:
    """Return what decides which rows the page has: the wire, and all sizes and options that its own may come from."""
    analysis = session.findings.analysis
    return wire, session.body.wires[wire], analysis.revision if analysis is not None else None
