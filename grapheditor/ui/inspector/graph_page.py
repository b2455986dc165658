"""The inspector's page for the graph itself: its title, data and which input takes which field, objective, run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from grapheditor.authoring import Option
from grapheditor.edit import edits
from grapheditor.graph import Objective
from grapheditor.graph.names import natural
from grapheditor.graph.recipe import SETTINGS, Recipe
from grapheditor.ui.inspector.fields import Changed, Field, field
from grapheditor.ui.session import Session
from grapheditor.ui.widgets import heading, label

OPTIMIZERS = ("SGD", "AdamW", "Adam", "RMSprop", "Adagrad", "NAdam")
NOTHING = "none"


class GraphPage(QWidget):
    """Shows and edits what belongs to the whole graph."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._rows: list[tuple[Field, Any]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 14, 16, 16)
        self._column.setSpacing(6)
        self._column.addWidget(label("Graph", size=15, bold=True))
        self._title()
        self._data()
        self._objectives()
        self._run()
        self._column.addStretch(1)
        self.refresh()

    def _add(self, option: Option, value: Any, changed: Changed) -> None:
        row = field(option, changed)
        self._rows.append((row, value))
        self._column.addWidget(row)

    def _title(self) -> None:
        def change(value: Any, bout: object) -> None:
            self.session.edit(edits.set_info(self.session.graph, replace(self.session.graph.info, title=value)), bout)

        doc = "What the graph is called; the printed class takes its name from it."
        self._add(Option("name", "text", "", doc=doc), lambda: self.session.graph.info.title, change)

    def _data(self) -> None:
        self._column.addWidget(heading("Data"))
        sources = self.session.catalog.sources
        chosen = self.session.graph.recipe.data
        offered = [source for source in sources.values() if source.fields or source.id == chosen]
        titles = {NOTHING: None, **{source.title: source for source in offered}}

        def title() -> str:
            source = sources.get(self.session.graph.recipe.data or "")
            return source.title if source else NOTHING

        def change(value: Any, bout: object) -> None:
            edit, added = edits.add_data(self.session.graph, titles[value])
            self.session.edit(edit, bout)
            if added:
                self.session.placed.emit(added[0])

        doc = "What the network learns from. Its inputs are added where there are none yet."
        self._add(Option("data", "choice", NOTHING, choices=tuple(titles), doc=doc), title, change)
        source = sources.get(self.session.graph.recipe.data or "")
        if source is None or not source.fields:
            return
        about = label(f"{source.doc} {source.licence}.", muted=True, size=11)
        about.setWordWrap(True)
        self._column.addWidget(about)
        names = tuple(item.name for item in source.fields)
        for node in _inputs(self.session):
            self._binding(node, names)

    def _binding(self, node: str, names: tuple[str, ...]) -> None:
        def value() -> str:
            return self.session.graph.recipe.field(node)

        def change(chosen: Any, bout: object) -> None:
            fields = {**self.session.graph.recipe.fields, node: chosen}
            self.session.edit(edits.set_recipe(self.session.graph, fields=fields), bout)

        doc = "Which field of the data this input takes."
        self._add(Option(node, "choice", names[0], choices=names, doc=doc), value, change)

    def _objectives(self) -> None:
        losses = _losses(self.session)
        if not losses:
            self._column.addWidget(heading("Objective"))
            text = label("Add a loss, such as Cross entropy, to train the graph.", muted=True, size=11)
            text.setWordWrap(True)
            self._column.addWidget(text)
            return
        count = len(self.session.graph.recipe.objectives)
        for place in range(max(1, count)):
            self._column.addWidget(heading(f"Objective {place + 1}" if count > 1 else "Objective"))
            self._objective(place, losses)

    def _objective(self, place: int, losses: list[str]) -> None:
        def now() -> Objective:
            objectives = self.session.graph.recipe.objectives
            return objectives[place] if place < len(objectives) else Objective(losses[0])

        def setter(make: Any) -> Changed:
            def change(value: Any, bout: object) -> None:
                graph = self.session.graph
                objectives = graph.recipe.objectives
                changed = (*objectives[:place], make(now(), value), *objectives[place + 1 :])
                self.session.edit(edits.set_recipe(graph, objectives=changed), bout)

            return change

        minimise = Option("minimise", "choice", losses[0], choices=tuple(losses), doc="The loss that training lowers.")
        self._add(minimise, lambda: now().minimise, setter(lambda one, v: replace(one, minimise=v)))
        doc = "The rule by which gradients change the weights; a class of torch.optim."
        chosen = now().optimizer
        known = OPTIMIZERS if chosen in OPTIMIZERS else (*OPTIMIZERS, chosen)
        optimizer = Option("optimizer", "choice", "AdamW", choices=known, doc=doc)
        self._add(optimizer, lambda: now().optimizer, setter(_with_optimizer))
        rate = Option("learning_rate", "number", 1e-3, 0.0, None, doc="How large the steps are.")
        self._add(rate, lambda: _setting(now(), "lr", 1e-3), setter(_with("lr")))
        if chosen in ("SGD", "RMSprop"):
            momentum = Option("momentum", "number", 0.0, 0.0, 1.0, doc="How much of the last step is kept in the next.")
            self._add(momentum, lambda: _setting(now(), "momentum", 0.0), setter(_with("momentum")))
        decay = Option("weight_decay", "number", 0.0, 0.0, None, doc="How strongly weights are pulled towards zero.")
        default = 0.01 if chosen == "AdamW" else 0.0
        self._add(decay, lambda: _setting(now(), "weight_decay", default), setter(_with("weight_decay")))

    def _run(self) -> None:
        self._column.addWidget(heading("Run"))
        for option in (SETTINGS[Recipe][name] for name in ("epochs", "batch", "seed", "validation")):

            def change(value: Any, bout: object, name: str = option.name) -> None:
                self.session.edit(edits.set_recipe(self.session.graph, **{name: value}), bout)

            self._add(option, lambda name=option.name: getattr(self.session.graph.recipe, name), change)

    def refresh(self) -> None:
        """Show what the document says now."""
        for row, value in self._rows:
            row.show_value(value())


def _inputs(session: Session) -> list[str]:
    graph = session.graph
    return sorted((name for name, node in graph.nodes.items() if node.operator == "input"), key=natural)


def _losses(session: Session) -> list[str]:
    found = []
    for name, node in session.graph.nodes.items():
        operator = session.catalog.of(session.graph, node)
        if operator is not None and operator.role == "loss":
            found.append(name)
    return sorted(found, key=natural)


def _setting(objective: Objective, name: str, default: float) -> float:
    """Return a setting of the optimizer; its default where a file has something else than a number there."""
    value = objective.settings.get(name, default)
    return default if isinstance(value, bool | str | tuple) else float(value)


def _with(name: str) -> Any:
    return lambda one, value: replace(one, settings={**one.settings, name: value})


def _with_optimizer(one: Objective, value: str) -> Objective:
    """Another optimizer keeps the rate; what only the old one understands goes."""
    return replace(one, optimizer=value, settings={"lr": one.settings.get("lr", 1e-3)})


def page_signature(session: Session) -> tuple[object, ...]:
    """Return what decides which rows the page has."""
    recipe = session.graph.recipe
    optimizers = tuple(objective.optimizer for objective in recipe.objectives)
    return recipe.data, tuple(_inputs(session)), tuple(_losses(session)), optimizers
