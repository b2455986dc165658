"""What the next run begins from, and what of it carries over into the graph as it is now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from grapheditor.edit import edits
from grapheditor.engine.messages import CarriedOver, CarryOver
from grapheditor.graph import write_text
from grapheditor.ui.telling import Choice, Notice
from grapheditor.ui.texts import counted, tr

if TYPE_CHECKING:
    from grapheditor.ui.session import Session

TOPIC = "beginning"


class Beginning(QObject):
    """Fresh weights, or those of a run or a file that was chosen; an examiner says what of these carries over."""

    changed = Signal()
    wanted = Signal()
    """A file of weights is to be chosen."""
    settled = Signal(str)
    """What was offered about this topic is of no use any more."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.place: Path | None = None
        """The run's folder, or the file; None for fresh weights."""
        self.found: CarriedOver | None = None
        """What carries over; of the graph before the last edit, until it is known of this one."""
        self.why_not = ""
        """Why nothing carries over."""
        self._asked: object = None
        self._request = 0
        self._offers = False
        session.findings.rested.connect(self._follow)
        session.training.changed.connect(self._settle)

    def forget(self) -> None:
        """Begin from fresh weights: another graph is open."""
        self._session.examiner.forget(self._request)
        self.place, self.found, self.why_not, self._asked, self._request = None, None, "", None, 0
        self.changed.emit()

    def choose(self, place: Path | None) -> None:
        """Begin from the weights of a run or a file from now on, or from fresh ones."""
        self.forget()
        self.place, self._offers = place, place is not None
        self._follow()
        self.changed.emit()

    def offer(self, done: str) -> None:
        """Ask what to begin from, where nobody has chosen yet. done: what was done to the network, in a sentence."""
        if self.place is None:
            text = tr("{done} The next run begins from fresh weights.", done=done)
            choices = (Choice(tr("Begin from a file…"), self.wanted.emit),)
            self._session.told.emit(Notice(text, choices=choices, topic=TOPIC))

    def _settle(self) -> None:
        """A run that has begun has begun from something."""
        if self._session.training.alive:
            self.settled.emit(TOPIC)

    @property
    def title(self) -> str:
        """What it begins from in few words, and how much of that."""
        if self.place is None:
            return tr("fresh weights")
        if self.why_not:
            return tr("{name}: nothing carries over", name=self.place.name)
        if self.found is None:
            return self.place.name
        return tr("{name}: {share} of the tensors", name=self.place.name, share=f"{100 * self.found.tensors:.0f} %")

    @property
    def told(self) -> str:
        """The same in a sentence."""
        if self.place is None:
            return tr("The next run begins from fresh weights.")
        return self.why_not or (self.found.words if self.found is not None else tr("Looking at what carries over."))

    def _follow(self) -> None:
        """Ask what carries over, where the network is another one than it was asked of."""
        session, place = self._session, self.place
        if place is None or session.document is None or session.findings.error is not None:
            return
        wanted = place, session.graph.fingerprint()
        if wanted == self._asked:
            return
        self._asked = wanted
        text = write_text(session.graph)
        session.examiner.forget(self._request)
        self._request = session.examiner.ask(
            lambda number: CarryOver(number, text, str(place)), self._take, self._refuse
        )

    def _take(self, found: CarriedOver) -> None:
        self.found, self.why_not = found, ""
        if self._offers:
            self._session.told.emit(Notice(found.words, choices=self._choices(found), topic=TOPIC))
        self._offers = False
        self.changed.emit()

    def _refuse(self, why: str) -> None:
        self.found, self.why_not, self._offers = None, why, False
        self._session.told.emit(Notice(why, wrong=True))
        self.changed.emit()

    def _choices(self, found: CarriedOver) -> tuple[Choice, ...]:
        """Offer to leave what carries over as it is, where only one objective changes weights."""
        if not found.fresh or len(self._session.graph.recipe.objectives) != 1:
            return ()
        named = found.fresh[0] if len(found.fresh) == 1 else counted(len(found.fresh), "{n} node", "{n} nodes")
        return (Choice(tr("Let only {what} learn", what=named), self.freeze),)

    def freeze(self) -> None:
        """Have the objective change only the weights that begin fresh."""
        found, recipe = self.found, self._session.graph.recipe
        if found is not None and len(recipe.objectives) == 1:
            objective = replace(recipe.objectives[0], weights=tuple(found.fresh))
            self._session.edit(edits.set_recipe(self._session.graph, objectives=(objective,)))
