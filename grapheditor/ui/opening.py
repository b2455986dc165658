"""Data that was dropped or chosen: opened in a process of its own, since only that tells what it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from grapheditor import state
from grapheditor.authoring import Option
from grapheditor.catalog import Catalog, Source
from grapheditor.edit import edits
from grapheditor.engine.messages import OpenData, OpenedData
from grapheditor.graph.body import OptionValue
from grapheditor.graph.carried import carried
from grapheditor.graph.disk import load_file
from grapheditor.ui.errand import Errand
from grapheditor.ui.telling import Notice, sentence
from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from grapheditor.ui.session import Session

PATHS = ("file", "folder")
"""Kinds of options that name something on the disk."""
LIMIT = 120_000
"""Milliseconds."""
Then = Callable[[Sequence[str]], None]


class DataOpening(QObject):
    """Gives the session's graph the inputs of its data. What is opened for a graph that is gone is forgotten."""

    changed = Signal()
    """Something is opened now, or nothing any more."""
    known = Signal()
    """The graph learns from other data, and what that has is known."""
    wanted = Signal(bool)
    """A folder is to be chosen, or a file."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self._opener = Errand("opener", self)
        self.opening = ""
        """What is opened now, for people; empty where nothing is."""
        self._opened: dict[object, list[edits.Arriving]] = {}
        """What data has that was opened here, by source and options."""

    def _show(self, what: str) -> None:
        self.opening = what
        self.changed.emit()

    def cancel(self) -> bool:
        """Give up what is being opened; tell whether something was."""
        what = self.opening
        if not self._opener.cancel():
            return False
        self._show("")
        self.session.told.emit(Notice(tr("{name} was not opened: the graph has no inputs from it.", name=what)))
        return True

    @property
    def fields(self) -> list[edits.Arriving]:
        """What the open graph's data has, as far as that is known: its source declares it, or it was opened here."""
        recipe = self.session.graph.recipe
        source = self.session.catalog.sources.get(recipe.data or "")
        if source is not None and source.fields:
            return [edits.Arriving.of(field) for field in source.fields]
        return self._opened.get(_key(recipe.data, recipe.source), [])

    def take(self, name: str) -> bool:
        """Learn from what a text names: a source by its id, or a file or a folder; tell whether it is any of these."""
        sources, text = self.session.catalog.sources, name.strip()
        if text in sources:
            self.use(sources[text])
            return True
        found = self.session.catalog.guess(Path(text)) if text else None
        if found is not None and self.session.document is not None:
            source, options = found
            self.use(sources[source], {key: self._near(path) for key, path in options.items()})
        return found is not None

    def replace(self, chosen: str) -> bool:
        """Take a folder or a file for what the data names and is not there, else as data to learn from.

        Tell whether it is any.
        """
        session, lost = self.session, self.session.fetching.lost
        source = session.catalog.sources.get(session.graph.recipe.data or "")
        if lost is None or source is None or (lost.kind == "folder") != Path(chosen).is_dir():
            return self.take(chosen)
        self.use(source, {**session.graph.recipe.source, lost.name: self._near(chosen)})
        return True

    def named(self, option: Option) -> str | None:
        """Return the path that an option of the open graph's data names, empty where none; None of other options."""
        return str(self.session.graph.recipe.source.get(option.name) or "") if option.kind in PATHS else None

    @property
    def home(self) -> Path:
        """Where relative paths begin."""
        return self.session.path.parent if self.session.path is not None else Path()

    def is_there(self, text: str) -> bool:
        """Tell whether a path is named, and anything is there."""
        if not text:
            return False
        try:
            place = Path(text).expanduser()
            return (self.home / place).exists() or (state.data() / place).exists()
        except (OSError, ValueError, RuntimeError):
            return False

    def _near(self, path: str) -> str:
        """Return a path as the graph's file names it: from its own folder where it lies in there."""
        home = self.session.path.parent if self.session.path is not None else None
        place = Path(path).absolute()
        return str(place.relative_to(home)) if home is not None and place.is_relative_to(home) else str(place)

    def use(self, source: Source | None, options: Mapping[str, OptionValue] | None = None, bout: object = None) -> None:
        """Make the graph learn from a source with these options. Its inputs appear with it, or once it was opened.

        Both are one step of undo.
        """
        session, options = self.session, dict(options or {})
        bout = bout if bout is not None else object()
        self._opener.cancel()
        self._show("")
        places = [str(options.get(item.name) or "") for item in source.options if item.kind in PATHS] if source else []
        if source is None or source.fields or not all(map(self.is_there, places)):
            change, added = edits.add_data(session.graph, source, options)
            session.edit(change, bout)
            if added:
                session.placed.emit(added[0])
            self.known.emit()
            return
        if dict(session.graph.recipe.source) != options or session.graph.recipe.data != source.id:
            session.edit(edits.add_data(session.graph, source, options, ())[0], bout)

        def opened(notes: Sequence[str]) -> None:
            change, added = edits.add_data(session.graph, source, options, self.fields)
            if added:
                session.edit(change, bout)
                session.placed.emit(added[0])
            if notes:
                session.told.emit(Notice(" ".join(sentence(note[:1].upper() + note[1:]) for note in notes)))

        self._open(source, options, opened, self._refuse)
        self._show(Path(places[0]).name if places else tr(source.title))

    def look(self) -> None:
        """Have it known what the data has that the graph learns from; the graph stays as it is."""
        recipe = self.session.graph.recipe
        source = self.session.catalog.sources.get(recipe.data or "")
        if source is not None and not self.fields:
            self._open(source, dict(recipe.source), lambda _: None, lambda _: None)

    def _open(self, source: Source, options: dict[str, OptionValue], then: Then, refuse: Callable[[str], None]) -> None:
        """Open data by a process of its own. then: what is done with its notes, once it is known what it has."""
        document = self.session.document

        def opened(found: OpenedData) -> None:
            self._show("")
            if self.session.document is not document or document is None:
                return
            if found.problem:
                refuse(found.problem)
                return
            self._opened[_key(source.id, options)] = [
                edits.Arriving(item["name"], item["dtype"], tuple(item["shape"]), item["classes"], item["pieces"])
                for item in found.fields
            ]
            then(found.notes)
            self.known.emit()

        self._opener.ask(OpenData(source.id, options, str(self.home)), opened, refuse, LIMIT)

    def _refuse(self, why: str) -> None:
        self._show("")
        self.session.told.emit(Notice(tr("The data cannot be opened: {why}", why=why), wrong=True))


def _key(source: str | None, options: Mapping[str, OptionValue]) -> object:
    return source, tuple(sorted((name, str(value)) for name, value in options.items()))


def is_sample(catalog: Catalog, path: Path) -> bool:
    """Tell whether a file is an image that a network can be asked about, and none that carries a graph."""
    if not catalog.is_image(path):
        return False
    try:
        carried(load_file(path))
    except ValueError:
        return True
    return False
