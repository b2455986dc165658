"""Trying the open graph out: time by node, a learning rate, a batch learned by heart; each by a process of its own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from grapheditor.edit import Change, edits
from grapheditor.engine.messages import TriedOut, TryOut, Unanswered, Underway
from grapheditor.graph import write_text
from grapheditor.graph.recipe import Recipe
from grapheditor.ui.errand import Errand
from grapheditor.ui.telling import Choice, Notice, sentence
from grapheditor.ui.texts import mark, tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grapheditor.ui.session import Session

Trial = Literal["profile", "find-lr", "overfit", "duration"]
DOING = {
    "profile": mark("measuring each node"), "find-lr": mark("trying learning rates"),
    "overfit": mark("learning one batch by heart"), "duration": mark("measuring what an epoch takes"),
}  # fmt: skip
LIMIT = 600_000
"""Milliseconds after which a trial is given up."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What a step of training takes.

    forward, backward: seconds by path, of what is inside a module and of its copies also together, under the path
    around them. step: those of a plain step. revision: of the document that was measured.
    """

    forward: Mapping[str, float]
    backward: Mapping[str, float]
    step: float
    total: float
    batch: int
    device: str
    revision: int

    def seconds(self, path: str) -> tuple[float, float] | None:
        """Return what a node takes forward and backward, None where that was not measured."""
        if path not in self.forward and path not in self.backward:
            return None
        return self.forward.get(path, 0.0), self.backward.get(path, 0.0)


@dataclass(frozen=True, slots=True)
class RangeCurve:
    """The losses of a trial of rising learning rates, one of each step, and the rates that these suggest."""

    rates: Sequence[float]
    losses: Sequence[float]
    smoothed: Sequence[float]
    suggested: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Lasts:
    """How long a training takes: seconds of an epoch with its measuring, and on which device."""

    epoch: float
    device: str


class Trials(QObject):
    """One trial at a time; a notice tells what came of it."""

    changed = Signal()
    measured = Signal()
    """``timing`` is a newer one."""
    ranged = Signal()
    """``curve`` is another one, or gone."""
    advanced = Signal()
    """What is tried is further than it was."""
    foretold = Signal()
    """How long an epoch takes is known, or not any more."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.timing: Timing | None = None
        self.curve: RangeCurve | None = None
        """What came of trying learning rates, until somebody puts it away."""
        self.lasts: Lasts | None = None
        """How long an epoch takes, as long as that is true of the graph as it is now."""
        self.running: Trial | None = None
        self._quietly = False
        self._far: Underway | None = None
        self._errand = Errand("examiner", self)
        session.training.changed.connect(self._make_room)

    def forget(self) -> None:
        """Know nothing: another graph is open."""
        self.cancel()
        self.timing = self.lasts = None
        self.put_away()

    def _make_room(self) -> None:
        """Give up for a run what nobody has asked for."""
        if self._quietly and self._session.training.alive:
            self.cancel()

    def follow(self, change: Change) -> None:
        """Take in that the graph is another one now, whose epochs may take longer."""
        if self.lasts is not None and not _as_long(change):
            self.lasts = None
            self.foretold.emit()

    def put_away(self) -> None:
        """Forget the curve of learning rates."""
        if self.curve is not None:
            self.curve = None
            self.ranged.emit()

    def start(self, what: Trial, *, quietly: bool = False) -> None:
        """Try the open graph out as it is. quietly: nobody has asked, and nobody is told of it."""
        session = self._session
        why = self.why_not()
        if why is not None:
            if not quietly:
                session.told.emit(Notice(why, wrong=True))
            return
        self.cancel()
        document = session.document
        assert document is not None
        home = str(session.graph.path.parent if session.graph.path else Path())
        question = TryOut(1, what, write_text(session.graph), home, session.abilities.device)
        self.running, self._quietly, self._far = what, quietly, None
        self._errand.ask(question, partial(self._take, document.revision), self._refuse, LIMIT, self._progress)
        self.changed.emit()

    def _progress(self, far: Underway) -> None:
        self._far = far
        self.advanced.emit()

    @property
    def doing(self) -> str:
        """What is tried and how far it is; empty where nothing is."""
        if self.running is None:
            return ""
        doing, far = tr(DOING[self.running]), self._far
        return doing if far is None else tr("{doing} ({n} of {all})", doing=doing, n=far.done, all=far.whole)

    def why_not(self) -> str | None:
        """Say why nothing can be tried now, None where it can."""
        if self.running is not None and not self._quietly:
            return tr("Something is being tried already: {what}.", what=tr(DOING[self.running]))
        return self._session.training.why_not()

    def cancel(self) -> bool:
        """Give the trial up; tell whether there was one."""
        running, self.running = self.running, None
        self._errand.cancel()
        if running is not None:
            self.changed.emit()
        return running is not None

    def _refuse(self, why: str) -> None:
        self.running = None
        if not self._quietly:
            self._session.told.emit(Notice(sentence(why), wrong=True))
        self.changed.emit()

    def _take(self, revision: int, found: TriedOut | Unanswered) -> None:
        self.running = None
        if isinstance(found, Unanswered) and self._quietly:
            pass
        elif isinstance(found, Unanswered):
            self._session.told.emit(Notice(sentence(found.message), wrong=True, node=found.node))
        elif found.what == "profile":
            self._take_timing(found.result, revision)
        elif found.what == "find-lr":
            self._tell_rate(found.result)
        elif found.what == "duration":
            self._take_duration(found.result, revision)
        else:
            self._tell_heart(found.result)
        self.changed.emit()

    def _take_timing(self, result: dict[str, Any], revision: int) -> None:
        forward, backward = (_summed(result["nodes"], f"{way}_seconds") for way in ("forward", "backward"))
        plain = result["plain"]
        step, slowest = sum(plain.values()), result["nodes"][0] if result["nodes"] else None
        total = result["nodes_seconds"]
        self.timing = Timing(forward, backward, step, total, result["batch"], result["device"], revision)
        text = tr(
            "A step takes {step} ({rate:,.0f} samples/s): forward {forward}, backward {backward}, update {update}.",
            step=spent(step), rate=result["samples_per_second"] or 0.0, forward=spent(plain["forward"]),
            backward=spent(plain["backward"]), update=spent(plain["update"]),
        )  # fmt: skip
        if slowest is not None:
            share = f"{slowest['share']:.0%}"
            text += tr(" {node} takes most of it, {share}.", node=slowest["node"], share=share)
        self._session.told.emit(Notice(text, node=slowest["node"] if slowest else None, topic="trial"))
        self.measured.emit()

    def _take_duration(self, result: dict[str, Any], revision: int) -> None:
        document = self._session.document
        if document is None or document.revision != revision:
            return
        self.lasts = Lasts(result["epoch_seconds"], result["device"])
        if not self._quietly:
            self._session.told.emit(Notice(self.duration, topic="trial"))
        self.foretold.emit()

    @property
    def duration(self) -> str:
        """How long a training of the graph as it is now will take, in a sentence; empty where that is not known."""
        lasts, document = self.lasts, self._session.document
        if lasts is None or document is None:
            return ""
        from grapheditor.ui.plots.figures import lasted  # needs numpy: not before the first paint

        epochs = document.graph.recipe.epochs
        epoch, whole = lasted(lasts.epoch), lasted(epochs * lasts.epoch)
        if epochs == 1:
            return tr("An epoch takes about {epoch} on {device}.", epoch=epoch, device=lasts.device)
        text = "An epoch takes about {epoch} on {device}, all {n:,} take {whole}."
        return tr(text, epoch=epoch, device=lasts.device, n=epochs, whole=whole)

    def _tell_heart(self, result: dict[str, Any]) -> None:
        """Tell how learning a batch went; what may help is offered where the window can do it."""
        advice = result["remedies"]
        offered = any(item["command"].endswith("find-lr") for item in advice)
        choices = (Choice(tr("Find a learning rate"), lambda: self.start("find-lr")),) if offered else ()
        text = " ".join([result["verdict"], *(item["text"] for item in advice)])
        self._session.told.emit(Notice(text, wrong=not result["learned"], choices=choices, topic="trial"))

    def _tell_rate(self, result: dict[str, Any]) -> None:
        rates = {name: result[name] for name in ("steepest", "tenth") if result[name] is not None}
        wanted = sorted({float(f"{rate:.1g}") for rate in rates.values()})
        rising, losses, smoothed = (_numbers(result[name]) for name in ("rates", "losses", "smoothed"))
        self.curve = RangeCurve(rising, losses, smoothed, tuple(wanted))
        self.ranged.emit()
        if not rates:
            text = tr("No learning rate made the loss fall: see whether it can learn one batch by heart.")
            choice = Choice(tr("Learn one batch"), lambda: self.start("overfit"))
            self._session.told.emit(Notice(text, wrong=True, choices=(choice,), topic="trial"))
            return
        said = []
        if "steepest" in rates:
            said.append(tr("The loss falls most steeply at a learning rate of {rate:.2g}.", rate=rates["steepest"]))
        if "tenth" in rates:
            said.append(tr("It rises again above {rate:.2g}.", rate=10 * rates["tenth"]))
        choices = tuple(Choice(tr("Take {rate:g}", rate=rate), partial(self.use_rate, rate)) for rate in wanted)
        self._session.told.emit(Notice(" ".join(said), choices=choices, topic="trial"))

    @property
    def rate(self) -> float | None:
        """The learning rate of the first objective, where the recipe says one."""
        objectives = self._session.graph.recipe.objectives if self._session.document is not None else ()
        rate = objectives[0].settings.get("lr") if objectives else None
        return float(rate) if isinstance(rate, int | float) and rate > 0 else None

    def use_rate(self, rate: float) -> None:
        """Let all objectives learn at a rate."""
        graph = self._session.graph
        objectives = tuple(replace(item, settings={**item.settings, "lr": rate}) for item in graph.recipe.objectives)
        self._session.edit(edits.set_recipe(graph, objectives=objectives))


def _as_long(change: Change) -> bool:
    """Tell whether an epoch takes as long as before a change."""
    recipes, others = [], {}
    for key, (before, after) in change.differences.items():
        if isinstance(before, Recipe) and isinstance(after, Recipe):
            recipes.append((before, after))
        else:
            others[key] = before, after
    alike = all(replace(before, epochs=after.epochs, seed=after.seed) == after for before, after in recipes)
    return alike and Change("", others).computes_alike


def _numbers(values: Sequence[float | None]) -> Sequence[float]:
    """Return numbers as they came through JSON."""
    return [nan if value is None else float(value) for value in values]


def _summed(nodes: list[dict[str, Any]], what: str) -> dict[str, float]:
    """Return numbers of nodes by path, and those of all that is in a module, or copied, under the path around it."""
    found: dict[str, float] = defaultdict(float)
    for node in nodes:
        parts = node["node"].split(".")
        for end in range(1, len(parts) + 1):
            found[".".join(parts[:end])] += node[what]
    return dict(found)


def spent(seconds: float) -> str:
    """Write a time: ``0.041 ms``, ``12.3 ms``, ``1.2 s``."""
    if seconds >= 1:
        return tr("{n:.3g} s", n=seconds)
    return tr("{n:.3g} ms", n=1000 * seconds) if seconds >= 1e-4 else tr("{n:.2g} ms", n=1000 * seconds)
