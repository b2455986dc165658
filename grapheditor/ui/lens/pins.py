"""What is looked at: pins at nodes and wires of the open graph. They are the window's and stand in no file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from grapheditor.edit.scope import path_to, scope_at
from grapheditor.graph import Body, Input, Node, Output
from grapheditor.graph.names import natural
from grapheditor.ui.lens.pin import Number, Pin, What
from grapheditor.ui.lens.source import Source
from grapheditor.ui.lens.walk import Walk

if TYPE_CHECKING:
    from grapheditor.edit import Change
    from grapheditor.graph import Graph
    from grapheditor.ui.session import Session


class Pins(QObject):
    """The pins of the open graph. What is not there any more has none that is seen, and has it again after an undo."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self.all: list[Pin] = []
        self.passing: Pin | None = None
        """What is looked at for as long as the pointer is over it."""
        self.number: Number | None = None
        """The number whose working is shown."""
        self.source = Source(session)
        self.walk = Walk(session, self)
        session.opened.connect(self._open)

    def find(self, what: What) -> Pin | None:
        """Return the pin of something that is shown."""
        place = self.session.place
        return next((pin for pin in self.all if (pin.place, pin.what) == (place, what)), None)

    def toggle(self, what: What) -> None:
        """Pin something that is shown, or take its pin away."""
        pin = self.find(what)
        if pin is None:
            self.all.append(Pin(self.session.place, what))
            self.changed.emit()
        else:
            self.remove(pin)

    def remove(self, pin: Pin) -> None:
        """Take a pin away."""
        self.all.remove(pin)
        self.changed.emit()

    def clear(self) -> None:
        """Take all pins away."""
        self.all.clear()
        self.changed.emit()

    def pass_over(self, what: What | None) -> None:
        """Look at something that has no pin, until that is over."""
        now = self.passing.what if self.passing is not None else None
        if what is not None and self.find(what) is not None:
            what = None
        if what != now:
            self.passing = Pin(self.session.place, what) if what is not None else None
            self.changed.emit()

    def ask(self, number: Number | None) -> None:
        """Show how a number came about, or no number any more."""
        if number != self.number:
            self.number = number
            self.source.want_number((number.path, number.at, number.call) if number is not None else None)
            self.changed.emit()

    def give_up(self) -> bool:
        """Close what was asked last: how a number came about, else the walk; tell whether there was anything."""
        if self.number is not None:
            self.ask(None)
            return True
        on = self.walk.on
        self.walk.end()
        return on

    def seen(self, pin: Pin) -> Mapping[str, Any] | None:
        """Return what was seen of a pin last; of a wire the gradient is what comes back along it alone."""
        path, ends = self.path(pin), self.ends(pin)
        found: Mapping[str, Any] | None = self.source.nodes.get(path) if path is not None else None
        if found is None or ends is None:
            return found
        along: Mapping[str, Any] = self.source.nodes.get(" > ".join(ends), {})
        return {**{name: value for name, value in found.items() if name != "gradient"}, **along}

    def ends(self, pin: Pin) -> tuple[str, str] | None:
        """Return the paths of the nodes at the ends of the wire that a pin is at; None where it is at a node."""
        path = self.path(pin)
        if path is None or not isinstance(pin.what, Input):
            return None
        return path, path_to(pin.place, pin.what.node)

    def start(self, pin: Pin) -> Output | None:
        """Return the output whose tensor a pin shows; None where what it is at is not there now."""
        scope = scope_at(self.session.graph, pin.place)
        if scope is None:
            return None
        body, what = scope.body, pin.what
        if isinstance(what, Input):
            return body.wires.get(what)
        if what not in body.nodes:
            return None
        operator = self.session.catalog.of(body, body.nodes[what])
        if operator is not None and operator.role == "output":
            return next(iter(body.into(what).values()), None)
        return Output(what, operator.outputs[0].name) if operator is not None and operator.outputs else Output(what)

    def path(self, pin: Pin) -> str | None:
        """Return under which path a training knows the tensor; None where what is pinned is not there now."""
        start, scope = self.start(pin), scope_at(self.session.graph, pin.place)
        if start is None or scope is None:
            return None
        path = path_to(pin.place, start.node)
        return f"{path}.{start.port}" if self._several(pin, start) else path

    def _several(self, pin: Pin, start: Output) -> bool:
        scope = scope_at(self.session.graph, pin.place)
        node = scope.body.nodes.get(start.node) if scope is not None else None
        operator = self.session.catalog.of(scope.body, node) if scope is not None and node is not None else None
        return operator is not None and len(operator.outputs) > 1

    def title(self, pin: Pin) -> str:
        """Return what is looked at, as it is written on a card: ``conv2 → expand``, or a node's id."""
        start = self.start(pin)
        if start is None:
            return ""
        written = str(start) if self._several(pin, start) else start.node
        return f"{written} → {pin.what.node}" if isinstance(pin.what, Input) else written

    def is_data(self, pin: Pin) -> bool:
        """Tell whether a pin shows what comes from the data."""
        start, scope = self.start(pin), scope_at(self.session.graph, pin.place)
        return start is not None and scope is not None and scope.body.nodes[start.node].operator == "input"

    def sorted(self) -> list[Pin]:
        """Return the pins of the body that is shown, in the order of what they are at."""
        place = self.session.place
        return sorted((pin for pin in self.all if pin.place == place), key=lambda pin: natural(str(pin.what)))

    # Following the document

    def _open(self) -> None:
        document = self.session.document
        self.all.clear()
        self.passing = self.number = None
        if document is not None:
            document.observe(self._follow)
        self.changed.emit()

    def _follow(self, change: Change) -> None:
        """Let pins go with nodes that got another id."""
        names = renamed(change)
        if names:
            for pin in self.all:
                self._rename(pin, names)
            self.changed.emit()

    def _rename(self, pin: Pin, names: Mapping[tuple[str, str], str]) -> None:
        module, place = _followed(self.session.graph, pin.place, names)
        pin.place = place
        if isinstance(pin.what, Input):
            node = names.get((module, pin.what.node), pin.what.node)
            pin.what = Input(node, pin.what.port, pin.what.index)
        else:
            pin.what = names.get((module, pin.what), pin.what)


def renamed(change: Change) -> dict[tuple[str, str], str]:
    """Return the nodes that have another id after a change, by their module and the id of before."""
    gone: dict[str, list[Node]] = {}
    come: dict[str, list[Node]] = {}
    for key, (before, after) in change.differences.items():
        prefix, kind, _ = key.rpartition("nodes.")
        if kind and isinstance(before, Node) and after is None:
            gone.setdefault(prefix, []).append(before)
        elif kind and before is None and isinstance(after, Node):
            come.setdefault(prefix, []).append(after)
    found = {}
    for prefix, before_nodes in gone.items():
        module = prefix.removeprefix("modules.").rstrip(".")
        for node in before_nodes:
            same = [other for other in come.get(prefix, []) if (other.operator, other.at) == (node.operator, node.at)]
            if len(same) == 1:
                found[module, node.id] = same[0].id
    return found


def _followed(graph: Graph, place: str, names: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    """Return the module at a path of before, and the path after nodes got other ids."""
    module, parts = "", []
    for part in place.split(".") if place else ():
        new = part if part.isdecimal() else names.get((module, part), part)
        parts.append(new)
        body: Body = graph.modules.get(module, graph)
        if not part.isdecimal() and new in body.nodes:
            module = body.nodes[new].operator
    return module, ".".join(parts)
