"""Training the open graph: whether that can be done, and the run that does it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from grapheditor.edit import edits
from grapheditor.engine.messages import Resume, Train
from grapheditor.graph import write_text
from grapheditor.graph.disk import load_file
from grapheditor.graph.recipe_schema import encode
from grapheditor.runs.folder import GRAPH, leave_run, name_of
from grapheditor.runs.record import read_record
from grapheditor.ui.adapting import TOPIC as DATA
from grapheditor.ui.background import Background
from grapheditor.ui.comparison import Comparison
from grapheditor.ui.following import Following
from grapheditor.ui.meanwhile import Meanwhile, look_around
from grapheditor.ui.queue import Queue, Waiting
from grapheditor.ui.run import Run
from grapheditor.ui.telling import Choice, Notice, in_window, sentence
from grapheditor.ui.texts import tr
from grapheditor.ui.ways_on import DOUBT, doubted, endings, ways_on

if TYPE_CHECKING:
    from grapheditor.graph.recipe import Recipe
    from grapheditor.ui.session import Session


How = Literal["now", "after", "beside"]
STANDS = "run-stands"
"""The topic of what is told of a run that stands still."""
NOTHING: Mapping[str, Any] = {}


class Training(QObject):
    """The newest run of this window, and waiting for the engine to find the graph sound before it begins."""

    changed = Signal()
    """Another run, another state of it, or something waits."""
    progressed = Signal()
    """The run was looked at: several times a second, so nothing but its progress hangs on this."""
    settled = Signal(str)
    """What was told about a topic is no longer so."""
    finished = Signal(object)
    """A run has made all its epochs: a grapheditor.ui.run.Run."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.run: Run | None = None
        self.beside: list[Run] = []
        """Runs of this window that were begun before it and go on beside it."""
        self.past: Following | None = None
        """The newest run of the open graph, of before, as long as this window has none."""
        self.queue = Queue(self)
        self.queue.changed.connect(self.changed)
        self.waiting = False
        """Whether a run starts as soon as the graph is found sound."""
        self._how: How = "now"
        self._stands = self._late = False
        """Whether it was told that the run stands still, and that it is still at its last step."""
        self.threads = Background("runs", self), Background("control", self)
        """One that reads the folders of runs, and one that speaks with runs, which may take seconds to answer."""
        for thread in self.threads:
            thread.failed.connect(lambda text: session.told.emit(Notice(sentence(text), wrong=True)))
        self.compared = Comparison(self.threads[0], self)
        session.opened.connect(self._find)
        session.edited.connect(self._wait_no_more)
        session.findings.analysed.connect(self._begin)
        session.engine.state_changed.connect(self._follow_engine)

    def forget(self) -> None:
        """Let go of a run that is over: another graph is open."""
        self.waiting = False
        self.compared.clear()
        self._drop_past()
        if self.run is not None and not self.run.alive:
            self._let_go()

    @property
    def shown(self) -> Run | Following | None:
        """The newest run of all, which is followed where this window has one, and else one of before."""
        return self.run or self.past

    @property
    def alive(self) -> bool:
        """Whether the newest run goes on."""
        return self.run is not None and self.run.alive

    @property
    def ends_here(self) -> bool:
        """Whether a run would end with this window."""
        return any(run.ends_here for run in self._all)

    @property
    def _all(self) -> list[Run]:
        return [*self.beside, *([self.run] if self.run is not None else [])]

    def why_not(self, how: How = "now") -> str | None:
        """Say why the open graph cannot be trained, or None where it can, be it that the engine has to look first."""
        found = self.obstacle(how)
        return found.text if found is not None else None

    def obstacle(self, how: How = "now") -> Notice | None:
        """Return what to tell where the open graph cannot be trained, with what can be done about it."""
        session = self._session
        reason = self._reason(how)
        if reason is None:
            return None
        if self.alive and how == "now":
            return Notice(reason, choices=self._beside_it(), topic="run-goes-on")
        lacking = session.document is not None and bool(session.graph.nodes)
        choices = self._remedies() if lacking else ()
        return Notice(reason, wrong=True, choices=choices, topic=DATA if choices else "")

    def _beside_it(self) -> tuple[Choice, ...]:
        """Return how the open graph can be trained while a run goes on."""
        if self._reason("after") is not None:
            return ()
        return (
            Choice(tr("Train when it has ended"), partial(self.start, "after")),
            Choice(tr("Train beside it"), partial(self.start, "beside")),
        )

    def _remedies(self) -> tuple[Choice, ...]:
        """Return what would let the graph learn: data where it has none, what makes it fit its data."""
        session = self._session
        if session.graph.recipe.data is None:
            digits = session.catalog.sources["digits"]
            return (
                Choice(tr("Choose a folder…"), partial(session.data.wanted.emit, True)),
                Choice(tr("Choose a file…"), partial(session.data.wanted.emit, False)),
                Choice(tr("Take the digits"), partial(session.data.use, digits)),
                Choice(tr("Take a file's weights…"), session.weights.wanted.emit),
            )
        return session.fetching.choices or session.adapting.choices

    def _reason(self, how: How) -> str | None:
        session = self._session
        if session.document is None:
            return tr("There is no graph open.")
        if self.alive and how == "now":
            return tr("A run goes on.")
        if not self.alive and how != "now":
            return tr("No run goes on.")
        recipe = session.graph.recipe
        if not session.graph.nodes:
            return tr("The graph is empty: add operators first.")
        if recipe.data is None:
            return tr("There is no data: drop some onto the window, or click empty canvas and choose it on the right.")
        absent = session.fetching.why_not
        if absent:
            return absent
        misfit = session.adapting.problem
        if misfit is not None:
            return misfit["message"]
        if not recipe.objectives:
            fields = session.data.fields
            usual = "cross_entropy" if not fields or any(item.kinds for item in fields) else "mse_loss"
            loss = tr(session.catalog.operators[usual].title)
            return tr("There is no loss to minimise: add one, such as {loss}.", loss=loss)
        if session.engine.stopped or not session.findings.is_new:
            return session.engine.why_not() if session.engine.stopped else None
        for problem in session.findings.problems:
            if problem["severity"] == "error":
                return f"{problem['node'] or problem['place'] or tr('The graph')}: {problem['message']}"
        return None

    def start(self, how: How = "now") -> None:
        """Start a run of the open graph: at once, or as soon as the engine has found the graph sound.

        how: while a run goes on, ``after`` has this one wait for its end, ``beside`` has both go on.
        """
        session = self._session
        obstacle = self.obstacle(how)
        if obstacle is not None:
            session.told.emit(obstacle)
            return
        self._how, self.waiting = how, not session.findings.is_new
        if self.waiting:
            self.changed.emit()
            return
        graph = session.graph
        home = str(graph.path.parent) if graph.path else ""
        begin = str(session.beginning.place or "")
        order = Train(write_text(graph), str(session.runs), session.name, session.abilities.device, home, begin=begin)
        if how == "after":
            self.queue.add(Waiting(order, encode(graph.recipe)))
        else:
            session.weights.chosen = "newest"
            run = self._take(order)
            run.over.connect(partial(self._look_into, run, graph.recipe))
        doubt = doubted(session)
        if doubt is not None:
            session.told.emit(doubt)

    def resume(self, folder: Path, changes: Mapping[str, Any] = NOTHING) -> None:
        """Go on with a run from its newest whole checkpoint, in its folder. changes: settings that are others now."""
        if self.alive:
            self._session.told.emit(Notice(tr("A run goes on: stop it first."), wrong=True))
        else:
            self._take(Resume(str(folder), changes=dict(changes)))

    def train_with(self, changes: Mapping[str, Any]) -> None:
        """Change settings of the graph's recipe, and train it anew."""
        self._session.edit(edits.set_recipe(self._session.graph, **changes))
        self.start()

    def again(self, folder: Path) -> None:
        """Make a run again, in a folder of its own: same graph, recipe, seed and device; behind one that goes on."""
        device = self._session.abilities.device

        def read() -> Waiting:
            record, text = read_record(folder), load_file(folder / GRAPH).decode("utf-8", "replace")
            place = record.device or device
            order = Train(text, str(folder.parent), name_of(folder), place, record.home, str(folder))
            return Waiting(order, record.recipe)

        def then(found: Waiting) -> None:
            if self.alive:
                self.queue.add(found)
            else:
                self._take(found.order)

        self.threads[1].do(read, then)

    def stop(self) -> None:
        """Stop the run, or waiting for it; what it learned is kept."""
        if self.waiting:
            self._wait_no_more()
        elif self.run is not None:
            self.run.stop()

    def pause(self) -> None:
        """Have the run pause after the step that it makes, or go on; it says itself when it does."""
        if self.run is not None:
            self.run.pause()

    def detach(self) -> None:
        """Have the runs go on when this window is closed."""
        for run in self._all:
            run.detach()

    def close(self) -> None:
        """End the runs with the window, unless they were let go."""
        self.queue.clear()
        for run in self._all:
            run.close()
            if run.alive and not run.ends_here and run.folder is not None:
                leave_run(run.folder)

    def _take(self, what: Train | Resume | Path) -> Run:
        """Make a run, or follow one that is made elsewhere."""
        self._let_go()
        self._drop_past()
        self.run = Run(what, self.threads, self)
        self.run.changed.connect(self.changed)
        self.run.seen.connect(self.progressed)
        self.run.noted.connect(partial(self._tell_notes, self.run, isinstance(what, Train) and bool(what.begin)))
        self.run.epoch_ended.connect(self._session.weights.find)
        self.run.over.connect(self._end)
        self.run.changed.connect(self._watch)
        self.run.late.connect(self._tell_late)
        self.changed.emit()
        return self.run

    def _look_into(self, run: Run, recipe: Recipe) -> None:
        """Of a run that did not come to its first step, know what its data has: that tells whether the network fits."""
        now = self._session.graph.recipe
        if run.problem is not None and not run.step and (now.data, now.source) == (recipe.data, recipe.source):
            self._session.data.look()

    def _tell_notes(self, run: Run, carries: bool) -> None:
        """Tell what a run has said when it began. carries: whether its first sentence is what it was asked to take."""
        warns = len(run.notes) > carries
        self._session.told.emit(Notice(" ".join(run.notes), lasting=warns, topic="begun"))

    def _find(self) -> None:
        """Follow the runs of the graph just opened that somebody makes: a window before this one, or a terminal."""
        session, document = self._session, self._session.document
        if document is None:
            return

        def then(found: Meanwhile) -> None:
            if session.document is not document:
                return
            if found.told is not None:
                session.told.emit(found.told)
            if not self.alive:
                for folder in found.living:
                    self._take(folder)
            if self.run is None and found.newest is not None:
                self._show_past(found.newest)

        self.threads[0].do(partial(look_around, session.runs, session.name), then)

    def _show_past(self, folder: Path) -> None:
        """Show a run of before until there is a newer one."""
        self._drop_past()
        self.past = Following(folder, self.threads[0], self)
        self.past.seen.connect(self._see_past)
        self.changed.emit()

    def _see_past(self) -> None:
        sight = self.past.sight if self.past is not None else None
        if self.past is not None and sight is not None and not sight.more:
            self.past.stop()
            self.changed.emit()

    def put_away(self, folder: Path) -> None:
        """Show a run of before no more: it is deleted."""
        if self.past is not None and self.past.folder == folder:
            self._drop_past()
            self.changed.emit()

    def _drop_past(self) -> None:
        past, self.past = self.past, None
        if past is not None:
            past.seen.disconnect(self._see_past)
            past.leave()

    def _begin(self) -> None:
        """Start what waited for the engine."""
        if self.waiting and self._session.findings.is_new:
            self._wait_no_more()
            self.start(self._how)

    def _wait_no_more(self) -> None:
        if self.waiting:
            self.waiting = False
            self.changed.emit()

    def _follow_engine(self) -> None:
        """For an engine that comes no more no run waits."""
        if self._session.engine.stopped:
            self._wait_no_more()

    def _let_go(self) -> None:
        """Turn to another run; this one is forgotten when it has ended."""
        run, self.run = self.run, None
        if run is None:
            return
        run.changed.disconnect(self.changed)
        run.seen.disconnect(self.progressed)
        run.over.disconnect(self._end)
        run.changed.disconnect(self._watch)
        run.late.disconnect(self._tell_late)
        self.settled.emit(STANDS)
        if run.ended:
            run.deleteLater()
        else:
            self.beside.append(run)
            run.over.connect(partial(self._end_beside, run))

    def _end_beside(self, run: Run) -> None:
        self.beside.remove(run)
        if run.problem is not None:
            text, choices = f"{run.title}: {in_window(run.problem.message)}", ways_on(self._session, run, run.problem)
            self._session.told.emit(Notice(text, wrong=True, node=run.problem.node, choices=choices))
        self._session.weights.find()
        self.changed.emit()
        run.deleteLater()

    def _watch(self) -> None:
        """Tell that the run stands still, in whichever tab one looks; take that back when it goes on."""
        run = self.run
        if run is not None and run.state == "stalled" and not self._stands:
            self._stands = True
            text = tr("The run stands still: its process gives no sign of life. It may go on by itself.")
            self._session.told.emit(Notice(text, wrong=True, choices=endings(run), topic=STANDS))
        elif run is not None and run.state != "stalled" and self._stands:
            self._stands = False
            self.settled.emit(STANDS)

    def _tell_late(self) -> None:
        """Tell once that a run that was stopped is still at its last step."""
        run = self.run
        if run is not None and not self._late:
            self._late = True
            text = tr("The run finishes the step that it is at, and keeps what it has learned, before it ends.")
            self._session.told.emit(Notice(text, choices=endings(run), topic=STANDS))

    def _end(self) -> None:
        run = self.run
        self._stands = self._late = False
        self.settled.emit(STANDS)
        self.settled.emit(DOUBT)
        if run is not None and run.problem is not None:
            problem, choices = run.problem, ways_on(self._session, run, run.problem)
            which = f"{run.title}: " if self.beside or self.queue else ""
            text = f"{which}{in_window(problem.message)}"
            self._session.told.emit(Notice(text, True, node=problem.node, choices=choices, topic=f"run-{run.title}"))
        self._session.weights.find()
        self.changed.emit()
        if run is not None and run.state == "finished":
            self.finished.emit(run)
        following = self.queue.take()
        if following is not None:
            self._take(following)
