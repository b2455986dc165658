"""Whose weights the open graph has where nobody trains it: those that exports, lenses and results take."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from grapheditor.engine.messages import FindRun, FoundRun, Message, TakeWeights, TookWeights
from grapheditor.graph import write_text
from grapheditor.ui.telling import Choice, Notice, sentence
from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from grapheditor.ui.session import Session

Wanted = Path | Literal["newest", "fresh"]
TOPIC = "weights"


class Weights(QObject):
    """The weights that are wanted, and what the engine has found of them."""

    changed = Signal()
    wanted = Signal()
    """A file of weights is to be chosen."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.found: FoundRun | None = None
        self.chosen: Wanted = "newest"
        """The run whose weights are wanted."""
        self._asked = self._answered = 0
        self._waiting: list[tuple[int, Callable[[], object]]] = []
        """What is done when a question is answered, by its number."""
        session.engine.received.connect(self._receive)
        session.engine.state_changed.connect(self._follow_engine)

    def forget(self) -> None:
        """Know nothing, and want the newest: another graph is open."""
        self.found, self.chosen = None, "newest"

    @property
    def run(self) -> str | None:
        """The folder of the run whose weights are taken; None for fresh ones."""
        return self.found.run if self.found is not None else None

    @property
    def title(self) -> str:
        """Whose weights an export would take, and whether the network was changed since."""
        found = self.found
        if found is None or found.run is None:
            return tr("fresh")
        if found.fingerprint == self._session.graph.fingerprint():
            return found.title
        return tr("{weights}, before the last edits", weights=found.title)

    def choose(self, run: Wanted) -> None:
        """Take a run's weights from now on, the newest run's of this graph, or none; until a run is made."""
        self.chosen, self.found = run, None
        self.changed.emit()
        self.find()

    def take(self, place: Path) -> None:
        """Take the weights of a file from now on, as far as they carry over into the graph as it is.

        They are kept as a run of the graph, which nobody trained: so all that takes a run's weights can take them.
        """
        session, document = self._session, self._session.document
        if document is None:
            return
        graph = session.graph
        text, home = write_text(graph), str(graph.path.parent) if graph.path else ""

        def done(found: TookWeights) -> None:
            if session.document is document:
                begin = Choice(tr("Begin the next run from it"), partial(session.beginning.choose, place))
                words = " ".join(found.notes)
                session.told.emit(Notice(words, wrong=not found.whole, choices=(begin,), topic=TOPIC))
                self.choose(Path(found.run))

        def failed(why: str) -> None:
            session.told.emit(Notice(sentence(why), wrong=True, topic=TOPIC))

        session.told.emit(Notice(tr("Looking at what carries over of {name}.", name=place.name), topic=TOPIC))
        folder, name = str(session.runs), session.name
        session.examiner.ask(lambda n: TakeWeights(n, text, str(place), folder, name, home), done, failed)

    def find(self) -> None:
        """Ask which run's weights an export would take."""
        session = self._session
        if session.document is not None and self.chosen != "fresh":
            chosen = None if self.chosen == "newest" else str(self.chosen)
            question = FindRun(str(session.runs), session.name, chosen, self._asked + 1)
            if session.engine.send(question):
                self._asked += 1

    def when_found(self, then: Callable[[], object]) -> None:
        """Call back as soon as it is known whose weights are wanted: at once where nothing is being asked.

        A run that has just ended is asked for behind its end; what is wanted by then are its weights.
        """
        if self._asked == self._answered or self.chosen == "fresh":
            then()
        else:
            self._waiting.append((self._asked, then))

    def _follow_engine(self) -> None:
        """What an engine was asked, the one after it does not answer."""
        if not self._session.engine.is_ready:
            self._answer(self._asked)

    def _answer(self, number: int) -> None:
        """Take questions up to one as answered."""
        self._answered = max(self._answered, number)
        due = [then for asked, then in self._waiting if asked <= number]
        self._waiting = [(asked, then) for asked, then in self._waiting if asked > number]
        for then in due:
            then()

    def _receive(self, message: Message) -> None:
        if isinstance(message, FoundRun):
            self._take(message)
            self._answer(message.request)

    def _take(self, message: FoundRun) -> None:
        """Keep an answer that is about what is wanted now."""
        if not self._is_wanted(message):
            return
        # a graph that is saved after its run has another folder of runs: what it learned is not lost by that
        if message.run is not None or self.found is None:
            self.found = message
        if message.run is None and self.chosen != "newest":
            self._session.told.emit(Notice(sentence(message.title), wrong=True))
        self.changed.emit()

    def _is_wanted(self, message: FoundRun) -> bool:
        """Tell whether an answer is about the weights that are wanted now."""
        session = self._session
        if session.document is None or self.chosen == "fresh":
            return False
        if (message.folder, message.name) != (str(session.runs), session.name):
            return False
        return self.chosen == "newest" or message.run in (None, str(self.chosen))
