"""The part of the graph's page that is about augmentation: what is done at random to each input while training."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QPushButton

from grapheditor.authoring import Option
from grapheditor.edit import edits
from grapheditor.graph.order import ancestors
from grapheditor.graph.recipe import Augmentation
from grapheditor.ui.inspector.objectives import allowed
from grapheditor.ui.inspector.page import Page
from grapheditor.ui.session import Session
from grapheditor.ui.texts import tr

Steps = tuple[Augmentation, ...]


def suiting(session: Session, inputs: Collection[str], compared: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the names of the augmentations that suit each input, of those inputs that any suits.

    compared: the losses and metrics; no other input is learned from than those that these need.
    """
    needed = ancestors(session.graph, compared)
    defaults = {item.name: item.default for item in session.catalog.operators["input"].options}
    found = {}
    for name in needed.intersection(inputs) if compared else inputs:
        given = {**defaults, **session.graph.nodes[name].options}
        shape, dtype = given["shape"], str(given["dtype"])
        if isinstance(shape, tuple):
            found[name] = tuple(key for key, item in session.abilities.augments.items() if item.suits(shape, dtype))
    return {name: names for name, names in found.items() if names}


class Augmentations:
    """Adds the rows of all inputs that can be augmented to a page, from the augmentations that the engine knows."""

    def __init__(self, page: Page, inputs: list[str], compared: list[str]) -> None:
        self.page = page
        self.session = page.session
        self.known = self.session.abilities.augments
        self.suiting = suiting(self.session, inputs, compared)
        shown = [name for name in inputs if name in self.suiting or self._steps(name)]
        if not self.known or not shown:
            return
        page.section(tr("Augmentation"))
        for name in shown:
            for place in range(len(self._steps(name))):
                self._step(name, place)
            if name not in self.suiting:
                continue
            why = tr(
                "Change {input} at random while training, so that the network sees more than there is.", input=name
            )
            text = tr("Augment {input}", input=name) if len(shown) > 1 else tr("Add an augmentation")
            page.button(text, f"add-augmentation-{name}", partial(self._add, name), why=why)

    def _steps(self, name: str) -> Steps:
        return self.session.graph.recipe.augment.get(name, ())

    def _put(self, name: str, steps: Steps, bout: object = None) -> None:
        rest = {key: item for key, item in self.session.graph.recipe.augment.items() if key != name}
        augment = {**rest, name: steps} if steps else rest
        self.session.edit(edits.set_recipe(self.session.graph, augment=augment), bout)

    def _replace(self, name: str, place: int, step: Augmentation | None, bout: object = None) -> None:
        steps, kept = self._steps(name), (step,) if step is not None else ()
        self._put(name, (*steps[:place], *kept, *steps[place + 1 :]), bout)

    def _add(self, name: str) -> None:
        taken = {step.name for step in self._steps(name)}
        suiting = self.suiting[name]
        first = next((item for item in suiting if item not in taken), suiting[0])
        self._put(name, (*self._steps(name), Augmentation(first)))

    def _step(self, name: str, place: int) -> None:
        """Add the rows of one step: which it is, its options, and a button that takes it away."""
        chosen = self._steps(name)[place].name
        head = self.known[chosen].head if chosen in self.known else None
        suiting = self.suiting.get(name, ())
        known = (*suiting, *(() if chosen in suiting else (chosen,)))
        doc = (
            " ".join(head.doc.split("\n\n", 1)[0].split()) if head is not None else tr("There is no such augmentation.")
        )
        option = Option(f"augment-{name}-{place}", "choice", known[0], choices=known, doc=doc)

        def other(value: Any, bout: object) -> None:
            self._replace(name, place, Augmentation(value), bout)

        self.page.add(option, lambda: self._steps(name)[place].name, other, resets=False, title=f"{name}, {place + 1}")
        for item in head.options if head is not None else ():
            self._option(name, place, item)
        remove = QPushButton(tr("Remove"))
        remove.setObjectName(f"remove-augment-{name}-{place}")
        remove.setAccessibleName(tr("Remove {what} of {input}", what=chosen, input=name))
        remove.clicked.connect(lambda: self._replace(name, place, None))
        self.page.lay(remove)

    def _option(self, name: str, place: int, option: Option) -> None:
        def value() -> Any:
            return allowed(option, self._steps(name)[place].options.get(option.name, option.default))

        def change(chosen: Any, bout: object) -> None:
            step = self._steps(name)[place]
            rest = {key: item for key, item in step.options.items() if key != option.name}
            options = rest if chosen == option.default else {**rest, option.name: chosen}
            self._replace(name, place, replace(step, options=options), bout)

        shown = replace(option, name=f"augment-{name}-{place}-{option.name}")
        self.page.add(shown, value, change, title=tr(option.name.replace("_", " ")))
