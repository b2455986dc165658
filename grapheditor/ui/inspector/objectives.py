"""The part of the graph's page that is about learning: objectives with their weights, optimizers and schedules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QPushButton

from grapheditor.authoring import Option
from grapheditor.edit import edits
from grapheditor.graph import Objective
from grapheditor.graph.recipe import SETTINGS, Schedule
from grapheditor.ui.inspector.checks import CheckField
from grapheditor.ui.inspector.page import Page
from grapheditor.ui.inspector.row import Changed
from grapheditor.ui.inspector.torch_settings import OPTIMIZERS, REQUIRED, SCHEDULES, required
from grapheditor.ui.inspector.way import WayLink
from grapheditor.ui.learners import learners
from grapheditor.ui.texts import mark, tr

FIRST = ("lr", "momentum", "weight_decay", "betas")
"""What is set often enough to stand there at once."""
TITLES = {"lr": "learning_rate"}


class Objectives:
    """Adds the rows of all objectives to a page."""

    def __init__(self, page: Page, losses: list[str]) -> None:
        self.page = page
        self.session = page.session
        self.losses = losses
        count = len(self._all)
        if not count:
            page.section(tr("Objective"))
            self._say_none()
        for place in range(count):
            page.section(tr("Objective {n}", n=place + 1) if count > 1 else tr("Objective"))
            _Form(self, place)
        if losses:
            why = tr("Lower another loss too, or the same one by other weights.")
            page.button(tr("Add an objective"), "add-objective", self._add, why=why)

    @property
    def _all(self) -> tuple[Objective, ...]:
        return self.session.graph.recipe.objectives

    def _say_none(self) -> None:
        few = tr("Nothing is minimised yet.")
        self.page.say(few if self.losses else tr("Add a loss, such as Cross entropy, to train the graph."))

    def _add(self) -> None:
        taken = {item.minimise for item in self._all}
        loss = next((name for name in self.losses if name not in taken), self.losses[0])
        self.put((*self._all, Objective(loss)))

    def put(self, objectives: tuple[Objective, ...], bout: object = None) -> None:
        """Make these the objectives of the recipe."""
        self.session.edit(edits.set_recipe(self.session.graph, objectives=objectives), bout)


class _Form:
    """The rows of one objective."""

    def __init__(self, objectives: Objectives, place: int) -> None:
        self.objectives = objectives
        self.page = objectives.page
        self.place = place
        losses = objectives.losses
        chosen = self.now.minimise
        known = tuple(losses) if chosen in losses else (*losses, chosen)
        minimise = Option("minimise", "choice", known[0], choices=known, doc=mark("The loss that training lowers."))
        self._row(minimise, lambda one: one.minimise, lambda one, value: replace(one, minimise=value), resets=False)
        self._weights()
        self._optimizer()
        for number in range(len(self.now.schedules)):
            self._schedule(number)
        with self.page.more(f"objective-{place}"):
            for option in self._settings():
                if option.name not in FIRST:
                    self._setting(option)
            for name in ("every", "clip"):
                self._plain(SETTINGS[Objective][name])
        self._buttons()

    @property
    def now(self) -> Objective:
        return self.page.session.graph.recipe.objectives[self.place]

    def put(self, one: Objective, bout: object = None) -> None:
        """Make this the objective."""
        every = self.page.session.graph.recipe.objectives
        self.objectives.put((*every[: self.place], one, *every[self.place + 1 :]), bout)

    def _row(
        self,
        option: Option,
        value: Callable[[Objective], Any],
        made: Callable[[Objective, Any], Objective],
        *,
        resets: bool = True,
        title: str = "",
    ) -> None:
        self.page.add(option, lambda: value(self.now), self._setter(made), resets=resets, title=title)

    def _setter(self, made: Callable[[Objective, Any], Objective]) -> Changed:
        return lambda value, bout: self.put(made(self.now, value), bout)

    def _weights(self) -> None:
        doc = mark("The nodes whose weights it changes; the others keep theirs.")
        option = Option("changes", "text", "", doc=doc)
        change = self._setter(lambda one, value: replace(one, weights=value))
        row = CheckField(option, change, lambda: learners(self.page.session, self.now.weights))
        self.page.add(option, lambda: self.now.weights, change, row=row)

    def _optimizer(self) -> None:
        chosen = self.now.optimizer
        known = tuple(OPTIMIZERS) if chosen in OPTIMIZERS else (*OPTIMIZERS, chosen)
        doc = mark("The rule by which gradients change the weights; a class of torch.optim.")
        self._row(
            Option("optimizer", "choice", "AdamW", choices=known, doc=doc),
            lambda one: one.optimizer,
            # another optimizer keeps the rate; what only the old one understands goes
            lambda one, value: replace(one, optimizer=value, settings={"lr": one.settings.get("lr", 1e-3)}),
        )
        for option in self._settings():
            if option.name in FIRST:
                self._setting(option)

    def _settings(self) -> tuple[Option, ...]:
        return OPTIMIZERS.get(self.now.optimizer, OPTIMIZERS["SGD"][:1])

    def _setting(self, option: Option) -> None:
        key = option.name
        shown = replace(option, name=TITLES.get(key, key))

        def made(one: Objective, value: Any) -> Objective:
            rest = {name: item for name, item in one.settings.items() if name != key}
            return replace(one, settings=rest if value == option.default and key != "lr" else {**rest, key: value})

        self._row(shown, lambda one: allowed(option, one.settings.get(key, option.default)), made)

    def _plain(self, option: Option) -> None:
        name = option.name
        doc = {
            "every": mark("It makes a step once in so many."),
            "clip": mark("The largest norm of its gradients; 0 is none."),
        }
        shown = replace(option, doc=doc[name])
        self._row(shown, lambda one: getattr(one, name), lambda one, value: replace(one, **{name: value}))

    # Schedules

    def _schedule(self, number: int) -> None:
        def now() -> Schedule:
            return self.now.schedules[number]

        def put(one: Objective, schedule: Schedule | None) -> Objective:
            others = one.schedules
            kept = (schedule,) if schedule else ()
            return replace(one, schedules=(*others[:number], *kept, *others[number + 1 :]))

        chosen = now().name
        known = tuple(SCHEDULES) if chosen in SCHEDULES else (*SCHEDULES, chosen)
        doc = mark("How the learning rate changes; a class of torch.optim.lr_scheduler.")
        self._row(
            Option(f"schedule-{number}", "choice", known[0], choices=known, doc=doc),
            lambda one: one.schedules[number].name,
            lambda one, value: put(one, replace(now(), name=value, settings=required(value))),
            resets=False,
            title=tr("schedule"),
        )
        for option in SCHEDULES.get(chosen, ()):
            self._schedule_setting(option, number, put)
        docs = {
            "steps": mark("After so many the next schedule takes over; 0 goes on to the end."),
            "each": mark("Whether it moves on with every step or with every epoch."),
        }
        for name in ("each", "steps"):
            option = SETTINGS[Schedule][name]
            self._row(
                replace(option, name=f"schedule-{number}-{name}", doc=docs[name]),
                lambda one, name=name: getattr(one.schedules[number], name),  # type: ignore[misc]
                lambda one, value, name=name: put(one, replace(now(), **{name: value})),  # type: ignore[misc]
                title={"each": tr("moves each"), "steps": tr("lasts")}[name],
            )
        remove = f"remove-schedule-{number}"
        self.page.button(tr("Remove this schedule"), remove, lambda: self.put(put(self.now, None)))

    def _schedule_setting(self, option: Option, number: int, put: Callable[[Objective, Schedule], Objective]) -> None:
        key = option.name
        shown = replace(option, name=f"schedule-{number}-{key}")

        def made(one: Objective, value: Any) -> Objective:
            schedule = one.schedules[number]
            rest = {name: item for name, item in schedule.settings.items() if name != key}
            needed = key in REQUIRED.get(schedule.name, ())
            settings = {**rest, key: value} if needed or value != option.default else rest
            return put(one, replace(schedule, settings=settings))

        def value(one: Objective) -> Any:
            return allowed(option, one.schedules[number].settings.get(key, option.default))

        self._row(shown, value, made, title=tr(key.replace("_", " ")))

    def _buttons(self) -> None:
        name = "" if self.place == 0 else f"-{self.place + 1}"
        add = self.page.button(tr("Add a schedule"), f"add-schedule{name}", self._add_schedule)
        add.setToolTip(tr("Let the learning rate change as training goes on."))
        remove = QPushButton(tr("Remove"))
        remove.setObjectName(f"remove-objective{name}")
        remove.setAccessibleName(tr("Remove objective {n}", n=self.place + 1))
        remove.clicked.connect(self._remove)
        self.page.beside(add, remove)
        self.page.lay(WayLink(self.page.session, self.place))

    def _add_schedule(self) -> None:
        one = self.now
        name = next(iter(SCHEDULES))
        each = one.schedules[-1].each if one.schedules else "step"
        self.put(replace(one, schedules=(*one.schedules, Schedule(name, required(name), each=each))))

    def _remove(self) -> None:
        every = self.page.session.graph.recipe.objectives
        self.objectives.put((*every[: self.place], *every[self.place + 1 :]))


def allowed(option: Option, value: Any) -> Any:
    """Return a value of a file; the default where it is no value of this setting."""
    try:
        return option.check(value)
    except ValueError:
        return option.default
