"""The part of the nodes' page about how their weights learn: whether at all, how fast, and from which numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from grapheditor.authoring import Option
from grapheditor.edit.sharing import set_frozen, set_initial, set_rate
from grapheditor.graph import Node
from grapheditor.graph.initial import INITIALIZERS, Initial
from grapheditor.graph.schema import RATES
from grapheditor.ui.inspector.page import More, Page
from grapheditor.ui.session import Session
from grapheditor.ui.texts import mark, tr

FROZEN = Option(
    "frozen", "boolean", False, doc=mark("Nothing in it learns, and it acts as it will when all is learned.")
)
RATE = Option("rate", "number", 1.0, *RATES, doc=mark("What the learning rate is multiplied by for its weights."))
USUAL = mark("as PyTorch does")


class Learning:
    """Adds rows to a page, behind a press on More; nothing where none of the nodes has weights."""

    def __init__(self, page: Page, nodes: list[str], share: Callable[[], None]) -> None:
        """share: adds the row for whose weights a node has."""
        self.page = page
        self.session = page.session
        self.nodes = [name for name in nodes if has_weights(self.session, name)]
        self._alone = len(nodes) == 1
        self._named: list[str] = []
        self._part: More | None = None
        if not self.nodes:
            return
        page.section(tr("Weights"))
        if len(nodes) == 1:
            share()
        with page.more("weights") as self._part:
            self._common(FROZEN, set_frozen)
            self._common(RATE, set_rate, tr("learning rate ×"))
        self.refresh()

    def refresh(self) -> None:
        """Add rows for weights that are known by now: another page would take from the hands what they are typing."""
        if self._part is None or not self._alone:
            return
        new = [name for name in weights_of(self.session, self.nodes[0]) if name not in self._named]
        with self.page.behind(self._part):
            for weight in new:
                self._drawn(weight)
        self._named += new

    def _node(self, name: str) -> Node:
        return self.session.body.nodes[name]

    def _common(self, option: Option, edit: Any, title: str = "") -> None:
        """Add a row for what is said of all nodes."""

        def value() -> Any:
            found = {getattr(self._node(name), option.name) for name in self.nodes}
            return found.pop() if len(found) == 1 else None

        def change(chosen: Any, bout: object) -> None:
            self.session.edit(edit(self.session.scope, self.nodes, chosen), bout)

        self.page.add(option, value, change, title=title or tr(option.name))

    def _drawn(self, weight: str) -> None:
        """Add the rows of how a weight is drawn: by what, and its settings."""
        node = self.nodes[0]

        def now() -> Initial | None:
            return self._node(node).initial.get(weight)

        def other(chosen: Any, bout: object) -> None:
            made = None if chosen == USUAL else Initial(chosen)
            self.session.edit(set_initial(self.session.scope, node, weight, made), bout)

        found = now()
        known = INITIALIZERS[found.name] if found is not None else None
        doc = known.doc.split("\n", 1)[0] if known is not None else mark("How its numbers are drawn before they learn.")
        option = Option(f"initial-{weight}", "choice", USUAL, choices=(USUAL, *INITIALIZERS), doc=doc)
        title = tr("{weight} begins", weight=weight)
        self.page.add(option, lambda: named.name if (named := now()) else USUAL, other, title=title)
        for item in known.options if known is not None else ():
            self._setting(weight, item)

    def _setting(self, weight: str, option: Option) -> None:
        node = self.nodes[0]

        def value() -> Any:
            found = self._node(node).initial.get(weight)
            return option.default if found is None else found.settings.get(option.name, option.default)

        def change(chosen: Any, bout: object) -> None:
            found = self._node(node).initial[weight]
            rest = {key: item for key, item in found.settings.items() if key != option.name}
            settings = rest if chosen == option.default else {**rest, option.name: chosen}
            made = Initial(found.name, settings)
            self.session.edit(set_initial(self.session.scope, node, weight, made), bout)

        shown = replace(option, name=f"initial-{weight}-{option.name}")
        self.page.add(shown, value, change, title=tr(option.name.replace("_", " ")))


def has_weights(session: Session, node: str) -> bool:
    """Tell whether a node has weights, as far as that is known, or something is said of them."""
    report, found = session.report(node), session.body.nodes[node]
    if found.weights or learning_of(found) != learning_of(Node("", "")):
        return True
    operator = session.catalog.of(session.body, found)
    if operator is None or operator.role != "layer":
        return False
    return report is None or report["parameters"] > 0


def weights_of(session: Session, node: str) -> list[str]:
    """Return what a node's weights are called, those with something said of them among them."""
    report = session.report(node)
    held = report.get("weights", {}) if report is not None else {}
    return list(dict.fromkeys([*held, *session.body.nodes[node].initial]))


def learning_of(node: Node) -> tuple[object, ...]:
    """Return what is said of how a node's weights learn."""
    return dict(node.initial), node.frozen, node.rate


def learning_signature(session: Session, nodes: list[str]) -> tuple[object, ...]:
    """Return what decides which rows there are."""
    some = tuple(name for name in nodes if has_weights(session, name))
    if len(nodes) > 1 or not some:
        return some
    drawn = session.body.nodes[some[0]].initial
    return tuple((name, item.name) for name, item in sorted(drawn.items())) or some
