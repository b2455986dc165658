"""Samples of the open graph's data, as they reach its network; kept true to the recipe while they are shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from grapheditor.engine.messages import PreviewData, PreviewedData
from grapheditor.graph import write_text

if TYPE_CHECKING:
    from grapheditor.ui.session import Session

COUNT = 10
"""Samples that are shown."""


class DataPreview(QObject):
    """What is known of the samples. epoch: that whose first samples are shown; another one shows others."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.shown = False
        self.epoch = 1
        self.found: PreviewedData | None = None
        self.why_not = ""
        self._asked: object = None
        """What of the graph the samples that are shown, or asked for, depend on."""
        self._request = 0
        session.findings.rested.connect(self._follow)
        session.fetching.changed.connect(self._look_again)

    @property
    def waits(self) -> bool:
        """Whether samples are being looked up."""
        return self._request != 0

    def forget(self) -> None:
        """Know nothing: another graph is open."""
        self._session.examiner.forget(self._request)
        self.found, self.why_not, self._asked, self._request, self.epoch = None, "", None, 0, 1
        if self.shown:
            self._follow()

    def show(self, shown: bool) -> None:
        """Begin to show samples, or show none any more."""
        self.shown = shown
        self._follow()
        self.changed.emit()

    def turn(self) -> None:
        """Show other samples: the first ones of the next epoch."""
        self.epoch += 1
        self._follow()

    def _follow(self) -> None:
        """Ask for samples where what they depend on is not what they were asked for with."""
        session = self._session
        if not self.shown or session.document is None or session.graph.recipe.data is None:
            return
        recipe, nodes = session.graph.recipe, session.graph.nodes
        inputs = tuple(node for node in nodes.values() if node.operator == "input")
        split = (recipe.data, str(recipe.source), str(recipe.augment), str(recipe.fields), recipe.validation)
        wanted = (*split, recipe.seed, str(inputs), self.epoch)
        if wanted == self._asked:
            return
        self._asked = wanted
        home = str(session.graph.path.parent if session.graph.path else Path())
        text, epoch = write_text(session.graph), self.epoch
        session.examiner.forget(self._request)
        self._request = session.examiner.ask(
            lambda number: PreviewData(number, text, home, COUNT, epoch), self._take, self._refuse
        )
        self.changed.emit()

    def _look_again(self) -> None:
        """Look at what has come meanwhile."""
        if self.found is None and self._session.fetching.source is None:
            self._asked = None
            self._follow()

    def _take(self, found: PreviewedData) -> None:
        self.found, self.why_not, self._request = found, "", 0
        self.changed.emit()

    def _refuse(self, why: str) -> None:
        self.found, self.why_not, self._request = None, why, 0
        self.changed.emit()
