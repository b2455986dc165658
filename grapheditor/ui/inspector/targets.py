"""The part of the graph's page about targets: copies of a module whose weights follow another's instead of learning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QPushButton

from grapheditor.authoring import Option
from grapheditor.edit import edits
from grapheditor.graph.names import natural
from grapheditor.graph.recipe import SETTINGS, Target
from grapheditor.ui.inspector.page import Page
from grapheditor.ui.session import Session
from grapheditor.ui.texts import mark, tr

DOCS = {
    "every": mark("It is brought up to date after so many steps."),
    "keep": mark("The share of its own weights that stays then; 0 copies."),
}


class Targets:
    """Adds the rows of all targets to a page; nothing where no module stands twice."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.session
        self.copies = copies(self.session)
        if not self.copies and not self._all:
            return
        page.section(tr("Targets"))
        for place in range(len(self._all)):
            self._target(place)
        if self.copies:
            why = tr("Let a node follow the weights of another one like it, as in BYOL or deep Q-learning.")
            page.button(tr("Add a target"), "add-target", self._add, why=why)

    @property
    def _all(self) -> tuple[Target, ...]:
        return self.session.graph.recipe.targets

    def _put(self, targets: tuple[Target, ...], bout: object = None) -> None:
        self.session.edit(edits.set_recipe(self.session.graph, targets=targets), bout)

    def _replace(self, place: int, target: Target | None, bout: object = None) -> None:
        kept = (target,) if target is not None else ()
        self._put((*self._all[:place], *kept, *self._all[place + 1 :]), bout)

    def _add(self) -> None:
        taken = {item.node for item in self._all}
        offered = [(node, names[0]) for names in self.copies for node in names[1:]]
        node, of = next((pair for pair in offered if pair[0] not in taken), offered[0])
        self._put((*self._all, Target(node, of)))

    def _target(self, place: int) -> None:
        names = [name for alike in self.copies for name in alike]
        docs = {"node": mark("Whose weights follow."), "of": mark("The node that learns, whose weights it gets.")}
        for field, title in (("node", tr("follows")), ("of", tr("what learns"))):
            now = getattr(self._all[place], field)
            choices = tuple(names) if now in names else (*names, now)
            option = Option(f"target-{place}-{field}", "choice", choices[0], choices=choices, doc=docs[field])
            self._row(place, field, option, title, resets=False)
        for field, option in SETTINGS[Target].items():
            shown = replace(option, name=f"target-{place}-{field}", doc=DOCS.get(field, option.doc))
            self._row(place, field, shown, tr(field.replace("_", " ")))
        remove = QPushButton(tr("Remove"))
        remove.setObjectName(f"remove-target-{place}")
        remove.setAccessibleName(tr("Remove target {n}", n=place + 1))
        remove.clicked.connect(lambda: self._replace(place, None))
        self.page.lay(remove)

    def _row(self, place: int, field: str, option: Option, title: str, *, resets: bool = True) -> None:
        def change(value: Any, bout: object) -> None:
            self._replace(place, replace(self._all[place], **{field: value}), bout)

        self.page.add(option, lambda: getattr(self._all[place], field), change, resets=resets, title=title)


def copies(session: Session) -> list[list[str]]:
    """Return uses of one module with weights of their own, which could follow each other; only where there are two."""
    alike: dict[str, list[str]] = {}
    for name, node in sorted(session.graph.nodes.items(), key=lambda item: natural(item[0])):
        if node.operator in session.graph.modules and not node.weights:
            alike.setdefault(node.operator, []).append(name)
    return [names for names in alike.values() if len(names) > 1]
