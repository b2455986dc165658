"""Whether the open graph fits its data, and the change that makes it fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from grapheditor.edit.adapt import Adaptation, adapt
from grapheditor.engine.messages import FixReport, ProblemReport
from grapheditor.graph.schema import encode
from grapheditor.ui.telling import Choice, Notice
from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from grapheditor.ui.session import Session

TOPIC = "data"


class Adapting(QObject):
    """Looks at the graph and at what is known of its data, for as long as the graph itself has no errors."""

    wanted = Signal(object)
    """A change is to be made, which a grapheditor.engine.messages.FixReport has: whoever makes room takes it."""
    settled = Signal(str)
    """What was offered about this topic is done, or there is nothing to be done any more."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._found: Adaptation | None = None
        self._looked_at: object = None
        self._offers = self._adapted = False
        session.data.known.connect(self._begin)
        session.findings.analysed.connect(self._follow)
        session.findings.planned.connect(self._measure)

    def forget(self) -> None:
        """Know nothing: another graph is open."""
        self._found, self._looked_at, self._offers, self._adapted = None, None, False, False

    @property
    def found(self) -> Adaptation | None:
        """What would make the graph fit; None where it does, or where that is not known yet."""
        session = self._session
        document = session.document
        if document is None or not session.findings.is_new or session.findings.error is not None:
            return None
        fields = session.data.fields
        wanted = (document, document.revision, tuple(fields))
        if self._looked_at != wanted:
            self._looked_at = wanted
            self._found = adapt(session.graph, session.catalog, fields) if fields else None
        return self._found

    @property
    def fix(self) -> FixReport | None:
        """The change, as fixes are made."""
        found = self.found
        if found is None:
            return None
        records = {key: None if new is None else encode(new) for key, (_, new) in found.change.differences.items()}
        return FixReport(title=tr("adapt the network: {what}", what=", ".join(found.does)), records=records)

    @property
    def problem(self) -> ProblemReport | None:
        """What a training would refuse of the graph with this data, and the change as its fix."""
        found, fix = self.found, self.fix
        if found is None or fix is None or not found.refused:
            return None
        return ProblemReport(
            severity="error", message=self._said(found), node=None, port=None, place="data", option=None, fixes=[fix]
        )

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The change as an answer to a notice; none where there is nothing to do."""
        return (Choice(tr("Adapt the network"), self.take),) if self.found is not None else ()

    def take(self) -> None:
        """Make the graph fit."""
        found, fix = self.found, self.fix
        if found is not None and fix is not None:
            self.wanted.emit(fix)
            self._adapted = True
            self._session.beginning.offer(tr("Adapted: {what}.", what=", ".join(found.does)))

    def _measure(self) -> None:
        """Have what an epoch takes known of a graph that was just made fit, before somebody trains it."""
        session = self._session
        if self._adapted and session.findings.is_new:
            self._adapted = False
            session.trials.start("duration", quietly=True)

    def _said(self, found: Adaptation) -> str:
        misfits = "; ".join(found.misfits)
        if found.refused:
            return tr("The network does not fit its data: {misfits}.", misfits=misfits)
        return tr("The network is not ready for its data: {misfits}.", misfits=misfits)

    def _begin(self) -> None:
        """Offer the change once the engine has found the graph sound with what was chosen."""
        self._offers = True
        self._follow()

    def _follow(self) -> None:
        if self._session.document is None or not self._session.findings.is_new:
            return
        found = self.found
        if found is None:
            self.settled.emit(TOPIC)
        elif self._offers:
            does = tr("Adapting it: {what}.", what=", ".join(found.does))
            self._session.told.emit(Notice(f"{self._said(found)} {does}", choices=self.choices, topic=TOPIC))
        self._offers = False
