"""What the engine has found about the open graph, as far as that is about the graph as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from grapheditor.edit import Change
from grapheditor.edit.helpers import wanted
from grapheditor.engine.messages import (
    Analysis,
    Fixes,
    FixReport,
    Foretold,
    Message,
    Planned,
    Print,
    ProblemReport,
    Source,
    Summarise,
    Summary,
)
from grapheditor.ui.telling import in_window

if TYPE_CHECKING:
    from grapheditor.ui.session import Session

PRINT_AFTER = 120
"""Milliseconds without an edit before the source is printed again."""
Reading = Literal["source", "summary"]


class Findings(QObject):
    """Shapes, costs, problems and fixes; source and summary for as long as somebody reads them."""

    analysed = Signal()
    rested = Signal()
    """There was no edit for a moment: the time for what need not follow every key."""
    printed = Signal()
    summarised = Signal()
    foretold_changed = Signal()
    fixes_found = Signal()
    planned = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.analysis: Analysis | None = None
        """What is shown of the newest one."""
        self._reported: Analysis | None = None
        self.source: Source | None = None
        self.summary: Summary | None = None
        self.foretold: Foretold | None = None
        """How much memory training takes, as it was worked out last."""
        self.foretold_holds = False
        """Whether that is the memory of the graph as it is now."""
        self.fixes: list[FixReport] = []
        """What would make the graph sound, for the first of its errors."""
        self.seeks = False
        """Whether the engine still looks for them."""
        self._planned: Planned | None = None
        """What a training would refuse, of some revision."""
        self._readers: set[str] = set()
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(PRINT_AFTER)
        self._resting.timeout.connect(self._rest)
        session.engine.received.connect(self._receive)

    def forget(self) -> None:
        """Know nothing: another graph is open."""
        self.analysis = self._reported = self.source = self.summary = self.foretold = None
        self.foretold_holds = False

    def follow(self, change: Change) -> None:
        """Take in that the graph is another one now, which may take other memory."""
        self.foretold_holds = self.foretold_holds and change.computes_alike

    @property
    def is_new(self) -> bool:
        """Whether what the engine found is about the graph as it is now."""
        return self.analysis is not None and self.analysis.revision == self._revision

    @property
    def problems(self) -> list[ProblemReport]:
        """All that is wrong with the graph: what its analysis found, and what a training would refuse of it."""
        analysis, planned = self.analysis, self._planned
        if analysis is None:
            return []
        known = planned is not None and planned.revision == analysis.revision
        misfit = self._session.adapting.problem
        refused = [*(planned.problems if planned is not None and known else ()), *([misfit] if misfit else [])]
        return [*analysis.problems, *refused]

    @property
    def error(self) -> ProblemReport | None:
        """The first thing that is wrong with the network itself, None where it can be computed, or is not known."""
        found = self.analysis.problems if self.analysis is not None else []
        return next((item for item in found if item["severity"] == "error"), None)

    def watch(self, what: Reading, reader: str, on: bool) -> None:
        """Say that somebody wants to see the source or the summary of each revision, or no longer does."""
        item = f"{what} {reader}"
        if on == (item in self._readers):
            return
        (self._readers.add if on else self._readers.remove)(item)
        if on and what == "source" and not self._resting.isActive():
            self._print()
        if on and what == "summary":
            self._summarise()

    def heed_helpers(self) -> None:
        """Show of what the engine found what the helpers that are on have to say, and all that comes from none."""
        found = self._reported
        if found is not None:
            said = [item for item in found.problems if wanted(item.get("helper", ""))]
            self.analysis = found if len(said) == len(found.problems) else found.changed(problems=said)
            self.analysed.emit()

    @property
    def _revision(self) -> int | None:
        document = self._session.document
        return None if document is None else document.revision

    def _receive(self, message: Message) -> None:
        match message:
            case Analysis() if message.revision == self._revision:
                self._take(message)
            case Source() if message.revision == self._revision:
                self.source = message
                self.printed.emit()
            case Summary() if message.revision == self._revision:
                self.summary = message
                self.summarised.emit()
            case Foretold() if message.revision == self._revision:
                self.foretold, self.foretold_holds = message, True
                self.foretold_changed.emit()
            case Planned() if message.revision == self._revision:
                for problem in message.problems:
                    problem["message"] = in_window(problem["message"])
                self._planned = message
                self.planned.emit()
            case Fixes() if message.revision == self._revision:
                self.fixes, self.seeks = message.fixes, False
                self.fixes_found.emit()

    def _take(self, message: Analysis) -> None:
        for problem in message.problems:
            problem["message"] = in_window(problem["message"])
        self._reported = message
        self.fixes = []
        self.seeks = any(item["severity"] == "error" for item in message.problems)
        self._resting.start()
        self._summarise()
        self.heed_helpers()

    def _rest(self) -> None:
        self._print()
        self.rested.emit()

    def _print(self) -> None:
        revision = self._revision
        known = self.source is not None and self.source.revision == revision
        if revision is not None and not known and self._is_read("source"):
            self._session.engine.send(Print(revision))

    def _summarise(self) -> None:
        revision = self._revision
        known = self.summary is not None and self.summary.revision == revision
        if revision is not None and not known and self._is_read("summary"):
            self._session.engine.send(Summarise(revision))

    def _is_read(self, what: Reading) -> bool:
        return any(item.startswith(what) for item in self._readers)
