"""Where what the lens shows comes from: the run that goes on, asked at a pace that costs it little, else a prober."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from grapheditor.engine.messages import OverviewReport, Probe, Probed
from grapheditor.graph import write_text
from grapheditor.runs.control import Control
from grapheditor.ui.background import Background
from grapheditor.ui.lens.probing import Probing
from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from pathlib import Path

    from grapheditor.ui.run import Run
    from grapheditor.ui.session import Session

SAMPLES = 16
"""How many samples figures are of; the picture is that of the first."""
WIDE = 32
"""How many samples figures of all nodes are of."""
PACE = 0.2
"""Seconds between an answer and the next question, at least."""
SPARING = 45
"""So many times as long as an answer held the training up nothing is asked: looking costs it two hundredths."""
AGAIN = 1.0
"""Seconds after which a run that did not answer is asked again."""
TYPING = 400
"""Milliseconds after an edit before the network is looked into again."""
Way = Literal["run", "wait", "probe"]


class Source(QObject):
    """Asks for what is wanted, and keeps what was seen last. What cannot be seen is told in ``problem``."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.nodes: Mapping[str, Any] = {}
        """What was seen, by path: figures and pictures, as docs/training.md has them."""
        self.overview: OverviewReport | None = None
        """Figures of all nodes, where they are wanted."""
        self.step: int | None = None
        """After how many steps that was; None where nothing was seen."""
        self.weights = ""
        """Whose weights it was seen with; empty in a run that goes on."""
        self.problem = ""
        """Why nothing newer can be seen, as a sentence."""
        self.first, self.count = 0, 0
        """The sample that is shown, and how many there are, where that is known."""
        self.busy = False
        """Whether an answer is waited for."""
        self.working: Mapping[str, Any] | None = None
        """How the number came about that is asked for; None until that is known."""
        self.alone = False
        """Whether figures are of one sample, and all of one network, though a run goes on."""
        self._walked = 0
        """How often somebody began to look so."""
        self.asked = 0
        """How many questions were asked of runs."""
        self.answered: tuple[str, ...] = ()
        """What the last answer was about."""
        self._wanted: tuple[str, ...] = ()
        self._wires: tuple[tuple[str, str], ...] = ()
        self._number: tuple[str, tuple[int, ...], int | None] | None = None
        self._wide = False
        """Whether an overview is wanted."""
        self._asked: tuple[str, ...] = ()
        self._looked_into: Path | None = None
        """The run that has answered before."""
        self._done: object = None
        """What the last question was about that need not be asked twice."""
        self._due = 0.0
        self._asking: object = None
        self._before: Way = "probe"
        self._thread = Background("lens", self)
        self._thread.failed.connect(self._fail)
        self._probing = Probing(self)
        self._probing.answered.connect(self._take_probed)
        self._probing.failed.connect(self._fail)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._consider)
        session.opened.connect(self.forget)
        session.edited.connect(self._wait_for_hands)
        session.training.changed.connect(self._consider)
        session.weights.changed.connect(self._consider)

    @property
    def pid(self) -> int | None:
        """The number of the prober's process."""
        return self._probing.pid

    def want(self, paths: Iterable[str], wires: Iterable[tuple[str, str]] = ()) -> None:
        """Look at these from now on, for as long as they are wanted. wires: the paths of the nodes at their ends."""
        wanted, along = tuple(sorted(set(paths))), tuple(sorted(set(wires)))
        if (wanted, along) != (self._wanted, self._wires):
            self._wanted, self._wires = wanted, along
            self._consider()

    def want_alone(self, alone: bool) -> None:
        """Look at one sample from now on, or at some together."""
        if alone != self.alone:
            self.alone = alone
            self._walked += alone
            self._consider()

    def want_number(self, number: tuple[str, tuple[int, ...], int | None] | None) -> None:
        """Ask how a number came about: the path of its node, its place in a sample, which of the node's calls."""
        if number != self._number:
            self._number, self.working = number, None
            self._consider()

    def want_overview(self, wanted: bool) -> None:
        """Look at all nodes from now on, until that is not wanted any more."""
        if wanted != self._wide:
            self._wide, self.overview = wanted, None
            self._consider()

    @property
    def _looks(self) -> bool:
        return bool(self._wanted) or self._wide

    def choose(self, first: int) -> None:
        """Show another sample, by its number in the order of the first epoch."""
        first = max(0, min(first, self.count - 1) if self.count else first)
        if first != self.first:
            self.first = first
            self.changed.emit()
            self._consider()

    def forget(self) -> None:
        """Know nothing: another graph is open."""
        self._timer.stop()
        self._probing.leave()
        self.nodes, self.step, self.weights, self.problem = {}, None, "", ""
        self.overview = None
        self.first = self.count = 0
        self._wanted, self._wires, self._number, self.working = (), (), None, None
        self.answered, self._done, self._asking, self._due = (), None, None, 0.0
        self.busy = self.alone = False

    def close(self) -> None:
        """End the prober with the window."""
        self._timer.stop()
        self._wanted, self._wide = (), False
        self._probing.close()

    # When to ask whom

    def _way(self) -> tuple[Way, Run | None]:
        training = self._session.training
        run = training.run
        if run is None or not run.alive:
            return "wait" if training.waiting else "probe", None
        return ("run" if run.folder is not None and run.state in ("running", "paused") else "wait"), run

    def _wait_for_hands(self) -> None:
        """Of a graph that is being edited a pause is awaited."""
        if self._looks and self._way()[0] == "probe":
            self._timer.start(TYPING)

    def _consider(self) -> None:
        """Ask, if there is something to ask and it is time to."""
        way, run = self._way()
        ended, self._before = self._before != "probe" and way == "probe", way
        if way != "probe" and self._probing.pid is not None:
            self._give_way()
        if not self._looks or self._asking is not None or self._session.document is None:
            return
        if way == "run" and run is not None and run.folder is not None:
            self._consider_run(run, run.folder)
        elif ended:
            self._timer.start(TYPING)  # which weights it has left is known then
        elif way == "probe" and not self._timer.isActive():
            self._consider_probe()

    def _give_way(self) -> None:
        """A run needs the machine, and changes the weights."""
        if self._probing.busy:
            self._asking, self.busy, self._done = None, False, None
        self._probing.leave()

    def _consider_run(self, run: Run, folder: Path) -> None:
        about = ("run", folder, run.step, self._question()) if run.state == "paused" else None
        if about is not None and about == self._done:
            return
        left = self._due - time.monotonic()
        if left > 0:
            self._timer.start(max(1, round(left * 1000)))
            return
        asks = self._asks()
        self._begin(about)
        self.asked += 1
        self._thread.do(partial(_ask, folder, asks), partial(self._take_run, self._asking, folder))

    def _consider_probe(self) -> None:
        session = self._session
        assert session.document is not None
        run = session.weights.run if session.weights.chosen != "fresh" else None
        about = ("probe", session.document.revision, run, self._question())
        if about == self._done:
            return
        recipe = session.graph.recipe
        if recipe.data is None or not recipe.objectives:
            self._done = about
            why = tr("There is no data to look at: click empty canvas and choose some on the right.")
            self._say(why if recipe.data is None else tr("There is no loss yet; the lens looks at what leads to one."))
            return
        self._begin(about)
        home = str(session.graph.path.parent) if session.graph.path else ""
        self._probing.ask(Probe(0, write_text(session.graph), home, run or "", self._asks()))

    def _question(self) -> tuple[object, ...]:
        return self._wanted, self._wide, self._wires, self._number, self.alone, self.first

    def _asks(self) -> dict[str, Any]:
        batch = self._session.graph.recipe.batch
        asks: dict[str, Any] = {
            "nodes": list(self._wanted), "wires": [list(wire) for wire in self._wires],
            "samples": 1 if self.alone else min(SAMPLES, batch), "first": self.first, "closely": True, "partly": True,
            "overview": min(WIDE, batch) if self._wide else 0,
        }  # fmt: skip
        if self.alone:
            asks["held"] = f"{os.getpid()}-{id(self)}-{self._walked}"
        if self._number is not None:
            node, at, call = self._number
            asks["number"] = {"node": node, "at": list(at), "call": call}
        return asks

    def _begin(self, about: object) -> None:
        self._asking = object()
        self._asked, self._done = self._wanted, about
        self.busy = True

    # What is answered

    def _take_run(self, asking: object, folder: Path, answer: dict[str, Any]) -> None:
        if asking is not self._asking:
            return  # another graph was opened meanwhile
        self.weights = ""
        took = float(answer.get("seconds", 0.0)) if folder == self._looked_into else 0.0  # the first look loads much
        self._looked_into = folder
        self._due = time.monotonic() + max(PACE, SPARING * took)
        self._take(answer, "")

    def _take_probed(self, message: Probed) -> None:
        if self._asking is None:
            return
        if message.problem:
            self._fail(message.problem)
            return
        weights = self._session.weights
        if not message.fits:
            told = tr(
                "The weights of {run} are of before the last edits and do not fit: these are fresh.", run=weights.title
            )
            self.weights = tr("fresh")
            self._take(message.found, told)
        else:
            self.weights = weights.title if weights.run is not None and weights.chosen != "fresh" else tr("fresh")
            self._take(message.found, "")

    def _take(self, answer: Mapping[str, Any], note: str) -> None:
        self._asking, self.busy = None, False
        self.nodes, self.step, self.count = answer["nodes"], answer["step"], answer["of"]
        self.overview = answer.get("overview") if self._wide else None
        self.answered = self._asked
        working = answer.get("working")
        if working is not None and self._number is not None:
            asked = self._number[0], list(self._number[1])
            self.working = working if (working["node"], working["asked"]) == asked else self.working
        self.problem = note
        self.changed.emit()
        self._consider()

    def _fail(self, why: str) -> None:
        """Tell why nothing is seen; a run is asked again after a while, a prober once something changed."""
        if self._asking is None:
            return
        self._asking, self.busy = None, False
        way, run = self._way()
        if run is not None:
            why = why.removeprefix(f"{run.folder}: ")
            why = f"{why[:1].upper()}{why[1:]}"
        if way != "probe":
            self._due = time.monotonic() + AGAIN
            self._done = None
            self._timer.start(round(AGAIN * 1000))
        self._say(why)

    def _say(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
        self.changed.emit()


def _ask(folder: Path, asks: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = Control(folder).ask("look", asks)
    return found
