"""Data that is not on this computer: public data that can be downloaded, own files that lie elsewhere now."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from grapheditor.authoring import Option
from grapheditor.catalog import Source
from grapheditor.engine.messages import FetchData, FetchedData, Underway
from grapheditor.ui.errand import Errand
from grapheditor.ui.telling import Choice, Notice, sentence
from grapheditor.ui.texts import tr
from grapheditor.ui.widgets import size

if TYPE_CHECKING:
    from grapheditor.ui.session import Session

LIMIT = 24 * 3_600_000
"""Milliseconds: a server that gives nothing any more is given up by who asks it."""
HOLDS = 2.0
"""Seconds for which it is believed that files are here, or are not: a disk far away is not asked at each key."""


class Fetching(QObject):
    """Knows what is not here. Downloads a source, in a process of its own; what has come is kept and gone on with."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._errand = Errand("opener", self)
        self.source: Source | None = None
        """What is being downloaded."""
        self._far: Underway | None = None
        self._looked: dict[object, tuple[float, bool]] = {}
        """When it was looked for something, and whether it was there."""

    @property
    def absent(self) -> Source | None:
        """The data of the open graph, where it would have to be downloaded first."""
        if self._session.document is None:
            return None
        source = self._session.catalog.sources.get(self._session.graph.recipe.data or "")
        if source is None or not source.files:
            return None
        return None if self._is_so(source.id, lambda: source.here) else source

    @property
    def lost(self) -> Option | None:
        """The option of the open graph's data that names a file or a folder, where there is none."""
        session = self._session
        source = session.catalog.sources.get(session.graph.recipe.data or "") if session.document is not None else None
        for option in source.options if source is not None else ():
            text = session.data.named(option)
            if text is not None and not self._is_so((session.path, text), partial(session.data.is_there, text)):
                return option
        return None

    @property
    def why_not(self) -> str:
        """Why nothing can be learned from the open graph's data now, in a sentence; empty where it is here."""
        absent, lost = self.absent, self.lost
        if lost is not None:
            return self._why_lost(lost)
        if absent is None:
            return ""
        if absent is self.source:
            return tr("{name} is being downloaded.", name=tr(absent.title))
        return tr("{name} is not on this computer yet.", name=tr(absent.title))

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be done, as answers to a notice: downloading, or choosing what is not where it was."""
        absent, lost = self.absent, self.lost
        if lost is not None:
            title = tr("Choose the folder…") if lost.kind == "folder" else tr("Choose the file…")
            return (Choice(title, partial(self._session.data.wanted.emit, lost.kind == "folder")),)
        return (Choice(self.offer, self.start),) if absent is not None and absent is not self.source else ()

    def _why_lost(self, option: Option) -> str:
        session = self._session
        source = session.catalog.sources[session.graph.recipe.data or ""]
        name, text = tr(source.title), session.data.named(option)
        if not text:
            return tr("{name}: nothing is chosen for {option}.", name=name, option=option.name)
        place = session.data.home / text
        return tr("{name}: nothing is at {place}, its {option}.", name=name, place=place, option=option.name)

    @property
    def offer(self) -> str:
        """What a button says that downloads it."""
        absent = self.absent
        much = size(sum(item.bytes for item in absent.files)) if absent is not None else ""
        return tr("Download it ({size})", size=much)

    @property
    def doing(self) -> str:
        """What is being downloaded and how much of it has come; empty where nothing is."""
        if self.source is None:
            return ""
        name, far = tr(self.source.title), self._far
        if far is None:
            return tr("downloading {name}", name=name)
        return tr("downloading {name} ({n} of {all})", name=name, n=size(far.done), all=size(far.whole))

    def tell(self) -> None:
        """Offer the download, where the open graph learns from what is not here."""
        if self.choices:
            self._session.told.emit(Notice(self.why_not, choices=self.choices, topic="data"))

    def start(self) -> None:
        """Download what the open graph learns from."""
        source = self.absent
        if source is None:
            return
        self.source, self._far = source, None
        self._errand.ask(FetchData(source.id), self._take, self._refuse, LIMIT, self._progress)
        self.changed.emit()

    def cancel(self) -> bool:
        """Give up; tell whether something was being downloaded."""
        if not self._errand.cancel():
            return False
        self.source = None
        self.changed.emit()
        self._session.told.emit(Notice(tr("Stopped. What has come is kept, and gone on with the next time.")))
        return True

    def _is_so(self, what: object, look: Callable[[], bool]) -> bool:
        """Return what a look at the disk says, or said a moment ago."""
        now, known = time.monotonic(), self._looked.get(what)
        if known is None or now - known[0] > HOLDS:
            known = self._looked[what] = now, look()
        return known[1]

    def _progress(self, far: Underway) -> None:
        self._far = far
        self.changed.emit()

    def _take(self, found: FetchedData) -> None:
        if found.problem:
            self._refuse(found.problem)
            return
        source, self.source = self.source, None
        self._looked.clear()
        assert source is not None
        self._session.told.emit(Notice(tr("{name} is on this computer now.", name=tr(source.title)), topic="data"))
        self.changed.emit()

    def _refuse(self, why: str) -> None:
        self.source = None
        self._session.told.emit(Notice(sentence(why), wrong=True, choices=self.choices, topic="data"))
        self.changed.emit()
