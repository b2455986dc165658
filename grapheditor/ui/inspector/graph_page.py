"""The inspector's page for the graph itself: its title, data and which input takes which field, objectives, run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from grapheditor.authoring import Option
from grapheditor.catalog import Source
from grapheditor.edit import edits
from grapheditor.graph.names import natural
from grapheditor.graph.recipe import SETTINGS, Recipe
from grapheditor.ui.inspector.augmentations import Augmentations, suiting
from grapheditor.ui.inspector.fields import ProseField
from grapheditor.ui.inspector.objectives import Objectives, allowed
from grapheditor.ui.inspector.page import Page
from grapheditor.ui.inspector.prose import ParagraphField
from grapheditor.ui.inspector.row import Field
from grapheditor.ui.inspector.samples import Samples
from grapheditor.ui.inspector.targets import Targets, copies
from grapheditor.ui.opening import PATHS
from grapheditor.ui.session import Session
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.widgets import link

NOTHING = mark("none")
OFTEN = ("epochs", "batch", "seed", "validation")
"""The settings of a run that stand there at once."""
FIRST_LOSS, NO_NODE = mark("the first loss"), mark("no node")
MOST_CHOICES = 200
"""Nodes that are offered in a list; where there are more, a name is typed."""
NAME = Option("name", "text", "", doc=mark("What the graph is called; the printed class takes its name from it."))
DOC = Option("doc", "text", "", doc=mark("What it is for. Shift+Return begins a line."))


class GraphPage(Page):
    """Shows and edits what belongs to the whole graph."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.head(tr("Graph"))
        self._info()
        self._data()
        Augmentations(self, inputs(session), with_roles(session, "loss", "metric"))
        Objectives(self, with_roles(session, "loss"))
        Targets(self)
        self._run()
        self.column.addStretch(1)
        self.refresh()

    def _info(self) -> None:
        for option, name, kind in ((NAME, "title", ProseField), (DOC, "doc", ParagraphField)):

            def change(value: Any, bout: object, name: str = name) -> None:
                info = replace(self.session.graph.info, **{name: value})
                self.session.edit(edits.set_info(self.session.graph, info), bout)

            def value(name: str = name) -> str:
                return str(getattr(self.session.graph.info, name))

            self.add(option, value, change, row=kind(option, change, resets=False))

    # Data

    def _data(self) -> None:
        self.section(tr("Data"))
        sources = self.session.catalog.sources
        titles: dict[str, Source | None] = {NOTHING: None, **{source.title: source for source in sources.values()}}

        def title() -> str:
            source = sources.get(self.session.graph.recipe.data or "")
            return source.title if source else NOTHING

        def change(value: Any, bout: object) -> None:
            self.session.data.use(titles[value], bout=bout)

        doc = mark("What the network learns from. Its inputs are added where there are none yet.")
        self.add(Option("data", "choice", NOTHING, choices=tuple(titles), doc=doc), title, change, resets=False)
        source = sources.get(self.session.graph.recipe.data or "")
        if source is None:
            return
        told = self.say(f"{tr(source.headline)} {tr('Licence: {name}.', name=source.licence)}")
        told.setToolTip(tr(source.doc))
        self._absent = self.say("")
        self._absent.setObjectName("data-absent")
        self._fetch = link("", "data-fetch")
        self._fetch.clicked.connect(self.session.fetching.start)
        self.lay(self._fetch)
        self.session.fetching.changed.connect(self._tell_absent)
        self._tell_absent()
        for option in source.options:
            self._source_option(option)
        names = tuple(item.name for item in source.fields)
        for node in inputs(self.session):
            self._binding(node, names)
        self.column.addWidget(Samples(self.session.preview))

    def _tell_absent(self) -> None:
        """Say that the data is not here, and offer to download it."""
        fetching = self.session.fetching
        self._absent.setText(fetching.why_not)
        self._absent.setVisible(bool(fetching.why_not))
        self._fetch.setText(fetching.offer)
        self._fetch.setVisible(fetching.absent is not None and bool(fetching.choices))

    def _source_option(self, option: Option) -> None:
        def value() -> Any:
            return allowed(option, self.session.graph.recipe.source.get(option.name, option.default))

        def change(chosen: Any, bout: object) -> None:
            rest = {key: item for key, item in self.session.graph.recipe.source.items() if key != option.name}
            options = rest if chosen == option.default else {**rest, option.name: chosen}
            self.session.edit(edits.set_recipe(self.session.graph, source=options), bout)

        def look() -> None:
            """Open the data once its place is written whole: on the way there it is / and other people's folders."""
            recipe = self.session.graph.recipe
            source = self.session.catalog.sources.get(recipe.data or "")
            if source is not None and not source.fields:
                self.session.data.use(source, recipe.source)

        shown = replace(option, name=f"data-{option.name}")
        row = self.add(shown, value, change, title=tr(option.name.replace("_", " ")))
        if option.kind in PATHS:
            row.finished.connect(look)

    def _binding(self, node: str, names: tuple[str, ...]) -> None:
        def value() -> str:
            return self.session.graph.recipe.field(node)

        def change(chosen: Any, bout: object) -> None:
            fields = {key: item for key, item in self.session.graph.recipe.fields.items() if key != node}
            if chosen != node:
                fields[node] = chosen
            self.session.edit(edits.set_recipe(self.session.graph, fields=fields), bout)

        doc = tr("Which field of the data the input {node} takes.", node=node)
        choices = names if not names or value() in names else (*names, value())
        if choices:
            option = Option(f"field-{node}", "choice", choices[0], choices=choices, doc=doc)
        else:
            option = Option(f"field-{node}", "text", node, doc=doc)
        self.add(option, value, change, resets=False, title=tr("{node} takes", node=node))

    def row_at(self, place: str) -> Field | None:
        """Return the row of a place in the recipe, such as objectives.0.optimizer, shown; None where it has none."""
        kind, *rest = place.split(".")
        rows = [binding.row for binding in self.bindings]
        found: Field | None
        names = [row.option.name for row in rows]
        if kind == "objectives":
            starts = [i for i, name in enumerate(names) if name == "minimise"]
            begin = starts[int(rest[0])]
            wanted = {"weights": "changes", "schedules": "schedule-"}.get(rest[1], rest[1]) if len(rest) > 1 else ""
            found = next((row for row in rows[begin:] if wanted and row.option.name.startswith(wanted)), rows[begin])
        else:
            begun = {"targets": f"target-{'.'.join(rest[:1])}-", "fields": "field-", "augment": "augment-"}.get(
                kind, kind
            )
            found = next((row for row in rows if begun and row.option.name.startswith(begun)), None)
        if found is not None:
            self.unfold(found)
        return found

    # Run

    def _run(self) -> None:
        self.section(tr("Run"))
        settings = SETTINGS[Recipe]
        for name in OFTEN:
            self._setting(settings[name])
        self._begins = self.say(self.session.beginning.told)
        self._begins.setObjectName("begins-told")
        self.session.beginning.changed.connect(self._tell_beginning)
        trials = self.session.trials
        self._lasts = self.say(trials.duration)
        self._lasts.setObjectName("duration-told")
        self._measure = link(tr("Measure what an epoch takes"), "measure-duration")
        self._measure.clicked.connect(lambda: trials.start("duration"))
        self.lay(self._measure)
        trials.foretold.connect(self._tell_duration)
        trials.changed.connect(self._tell_duration)
        self._tell_duration()
        with self.more("run"):
            for name, option in settings.items():
                if name == "monitor":
                    self._named(option, FIRST_LOSS, with_roles(self.session, "loss", "metric"))
                elif name == "record" and (kept := recordable(self.session)):
                    self._named(option, NO_NODE, kept)
                elif name not in OFTEN and name != "data":
                    self._setting(option)

    def _tell_beginning(self) -> None:
        """Say what the next run begins from."""
        self._begins.setText(self.session.beginning.told)

    def _tell_duration(self) -> None:
        """Say how long an epoch takes, or offer to measure it."""
        known, trials = self.session.trials.duration, self.session.trials
        self._lasts.setText(known)
        self._lasts.setVisible(bool(known))
        self._measure.setVisible(not known)
        self._measure.setEnabled(trials.running is None)
        going = trials.running == "duration"
        self._measure.setText(tr("Measuring three steps…") if going else tr("Measure what an epoch takes"))

    def _setting(self, option: Option) -> None:
        def change(value: Any, bout: object) -> None:
            self.session.edit(edits.set_recipe(self.session.graph, **{option.name: value}), bout)

        self.add(option, lambda: getattr(self.session.graph.recipe, option.name), change)

    def _named(self, option: Option, none: str, names: list[str]) -> None:
        """Add a row for a setting that names a node. none: what is chosen where it names none."""

        def change(value: Any, bout: object) -> None:
            chosen = "" if value == none else value
            self.session.edit(edits.set_recipe(self.session.graph, **{option.name: chosen}), bout)

        def value() -> str:
            return getattr(self.session.graph.recipe, option.name) or none

        known = tuple(dict.fromkeys((none, *names, value())))
        self.add(replace(option, kind="choice", default=none, choices=known), value, change)


def inputs(session: Session) -> list[str]:
    """Return the graph's inputs."""
    graph = session.graph
    return sorted((name for name, node in graph.nodes.items() if node.operator == "input"), key=natural)


def with_roles(session: Session, *roles: str) -> list[str]:
    """Return the graph's nodes with one of these roles."""
    found = []
    for name, node in session.graph.nodes.items():
        operator = session.catalog.of(session.graph, node)
        if operator is not None and operator.role in roles:
            found.append(name)
    return sorted(found, key=natural)


def recordable(session: Session) -> list[str]:
    """Return the nodes whose output a run can keep; none where there are too many for a list."""
    nodes = session.graph.nodes
    if len(nodes) > MOST_CHOICES:
        return []
    return sorted(nodes.keys() - {*inputs(session), *with_roles(session, "loss", "metric", "output")}, key=natural)


def page_signature(session: Session) -> tuple[object, ...]:
    """Return what decides which rows the page has."""
    recipe = session.graph.recipe
    learning = tuple((item.optimizer, tuple(each.name for each in item.schedules)) for item in recipe.objectives)
    augmented = tuple((name, tuple(step.name for step in steps)) for name, steps in sorted(recipe.augment.items()))
    following = len(recipe.targets), tuple(map(tuple, copies(session)))
    roles = tuple(with_roles(session, "loss", "metric"))
    nodes = tuple(inputs(session)), roles, tuple(recordable(session))
    suited = tuple(suiting(session, inputs(session), roles).items())
    return recipe.data, nodes, learning, augmented, suited, following
