"""The part of the nodes' page about how their weights learn: whether at all, how fast, and from which numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grapheditor.authoring import Option
from grapheditor.edit.change import Change
from grapheditor.edit.scope import Scope
from grapheditor.edit.sharing import set_frozen, set_initial, set_parametrized, set_rate
from grapheditor.graph import Node
from grapheditor.graph.learning import AS_USUAL, INITIALIZERS, PARAMETRIZATIONS, Declared, Way
from grapheditor.graph.schema import RATES
from grapheditor.ui.inspector.page import More, Page
from grapheditor.ui.session import Session
from grapheditor.ui.texts import mark, tr

FROZEN = Option(
    "frozen", "boolean", False, doc=mark("Nothing in it learns, and it acts as it will when all is learned.")
)
RATE = Option("rate", "number", 1.0, *RATES, doc=mark("What the learning rate is multiplied by for its weights."))
USUAL = mark("as PyTorch does")
ITSELF = mark("nothing else")


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that is said of weights one by one: its field, the edit, what there is, and how the rows are called."""

    field: str
    edit: Callable[[Scope, str, str, Way | None], Change]
    known: Mapping[str, Declared]
    none: str
    title: str
    doc: str


KINDS = (
    Kind(
        "initial", set_initial, INITIALIZERS, USUAL, mark("{weight} begins"),
        mark("How its numbers are drawn before they learn."),
    ),
    Kind(
        "parametrized", set_parametrized, PARAMETRIZATIONS, ITSELF, mark("{weight} is made by"),
        mark("What makes the weight at each step, of others that learn in its place."),
    ),
)  # fmt: skip


class LearningRows:
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
                for kind in KINDS:
                    self._ways(kind, weight)
        self._named += new

    def _node(self, name: str) -> Node:
        return self.session.body.nodes[name]

    def _common(self, option: Option, edit: Any, title: str = "") -> None:
        """Add a row for what is said of all nodes."""

        def value() -> Any:
            found = {getattr(self._node(name).learning, option.name) for name in self.nodes}
            return found.pop() if len(found) == 1 else None

        def change(chosen: Any, bout: object) -> None:
            self.session.edit(edit(self.session.scope, self.nodes, chosen), bout)

        self.page.add(option, value, change, title=title or tr(option.name))

    def _ways(self, kind: Kind, weight: str) -> None:
        """Add the rows of one thing that is said of a weight: by what, and its settings."""
        node = self.nodes[0]

        def now() -> Way | None:
            ways: Mapping[str, Way] = getattr(self._node(node).learning, kind.field)
            return ways.get(weight)

        def say(way: Way | None, bout: object) -> None:
            self.session.edit(kind.edit(self.session.scope, node, weight, way), bout)

        found = now()
        known = kind.known[found.name] if found is not None else None
        doc = known.doc.split("\n", 1)[0] if known is not None else kind.doc
        option = Option(f"{kind.field}-{weight}", "choice", kind.none, choices=(kind.none, *kind.known), doc=doc)
        self.page.add(
            option, lambda: named.name if (named := now()) else kind.none,
            lambda chosen, bout: say(None if chosen == kind.none else Way(chosen), bout),
            title=tr(kind.title, weight=weight),
        )  # fmt: skip
        for item in known.options if known is not None else ():
            self._setting(f"{kind.field}-{weight}-{item.name}", item, now, say)

    def _setting(
        self, name: str, option: Option, now: Callable[[], Way | None], say: Callable[[Way | None, object], None]
    ) -> None:
        def value() -> Any:
            found = now()
            return option.default if found is None else found.settings.get(option.name, option.default)

        def change(chosen: Any, bout: object) -> None:
            found = now()
            assert found is not None
            rest = {key: item for key, item in found.settings.items() if key != option.name}
            say(Way(found.name, rest if chosen == option.default else {**rest, option.name: chosen}), bout)

        self.page.add(replace(option, name=name), value, change, title=tr(option.name.replace("_", " ")))


def has_weights(session: Session, node: str) -> bool:
    """Tell whether a node has weights, as far as that is known, or something is said of them."""
    report, found = session.report(node), session.body.nodes[node]
    if found.weights or found.learning != AS_USUAL:
        return True
    operator = session.catalog.of(session.body, found)
    if operator is None or operator.role != "layer":
        return False
    return report is None or report["parameters"] > 0


def weights_of(session: Session, node: str) -> list[str]:
    """Return what a node's weights are called, those with something said of them among them."""
    report, said = session.report(node), session.body.nodes[node].learning
    held = report.get("weights", {}) if report is not None else {}
    return list(dict.fromkeys([*held, *said.initial, *said.parametrized]))


def learning_signature(session: Session, nodes: list[str]) -> tuple[object, ...]:
    """Return what decides which rows there are."""
    some = tuple(name for name in nodes if has_weights(session, name))
    if len(nodes) > 1 or not some:
        return some
    said = session.body.nodes[some[0]].learning
    ways = tuple((name, way.name) for ways in (said.initial, said.parametrized) for name, way in sorted(ways.items()))
    return (*some, *ways)
