"""What is the user's own: files of operators that wait to be trusted or are, and the library of modules.

All windows of the process see the same. The folders are looked at when they tell of a change, when people come back to
a window, and before anything is done with them; what has changed is found by content.
"""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from grapheditor import state
from grapheditor.catalog import catalog
from grapheditor.edit import library
from grapheditor.edit.library import Library
from grapheditor.errors import DataError
from grapheditor.graph import FileError, Graph
from grapheditor.graph.disk import before
from grapheditor.own import OwnFile
from grapheditor.ui.telling import Choice, Notice, sentence
from grapheditor.ui.texts import tr

SETTLED = 150
"""Milliseconds without a sign from the folders before they are looked at."""


@cache
def shelf() -> Library:
    """Return the user's library, as it was when it was looked at last."""
    return Library(catalog().history)


class Belongings(QObject):
    """Watches the folders for all windows."""

    operators_changed = Signal()
    library_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SETTLED)
        self._pause.timeout.connect(self.look)

    @cached_property
    def _watcher(self) -> QFileSystemWatcher:
        """It starts a thread, which nobody needs who has neither folder."""
        watcher = QFileSystemWatcher(self)
        watcher.fileChanged.connect(lambda _path: self._pause.start())
        watcher.directoryChanged.connect(lambda _path: self._pause.start())
        return watcher

    def look(self) -> None:
        """Look what the folders have now."""
        if catalog().own.refresh():
            self.operators_changed.emit()
        if shelf().refresh(state.library()):
            self.library_changed.emit()
        self._watch()

    def trust(self, file: OwnFile) -> OwnFile:
        """Trust a file as it was read, and return it as it is now; DataError where that cannot be kept."""
        found = catalog().own.trust(file)
        self.operators_changed.emit()
        return found

    def _watch(self) -> None:
        folders = [folder for folder in (state.operators(), state.library()) if folder.is_dir()]
        files = [file.path for file in catalog().own.files.values()] + [kept.path for kept in shelf().kept.values()]
        wanted = {str(path) for path in (*folders, *(file for file in files if not file.is_symlink()))}
        if not wanted:
            return
        known = {*self._watcher.files(), *self._watcher.directories()}
        if known - wanted:
            self._watcher.removePaths(sorted(known - wanted))
        if wanted - known:
            self._watcher.addPaths(sorted(wanted - known))


class Owned(QObject):
    """What one window does with it, and tells of it."""

    operators_changed = Signal()
    library_changed = Signal()
    told = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._belongings: Belongings | None = None

    def join(self, belongings: Belongings) -> None:
        """See what all windows of the process see."""
        self._belongings = belongings
        belongings.operators_changed.connect(self.operators_changed)
        belongings.library_changed.connect(self.library_changed)

    def look(self) -> None:
        """Look what the folders have now."""
        if self._belongings is not None:
            self._belongings.look()

    # Operators

    def file(self, name: str) -> OwnFile | None:
        """Return a file of the user's own operators as it is now, by its name."""
        self.look()
        return catalog().own.files.get(name)

    def trust(self, file: OwnFile) -> OwnFile:
        """Trust a file as it was read; return it as it is now, which may be another content."""
        assert self._belongings is not None
        try:
            found = self._belongings.trust(file)
        except DataError as error:
            self.told.emit(Notice(error.message, wrong=True))
            return file
        if found.operators:
            names = ", ".join(item.title for item in found.operators)
            self.told.emit(Notice(tr("{file} is trusted: {names}.", file=found.name, names=names)))
        return found

    # The library

    def keep(self, graph: Graph, module: str) -> None:
        """Put a module of a graph into the library, and tell what became of one of its name."""
        try:
            outcome = library.keep(state.library(), library.part_of(graph, module))
        except ValueError as error:
            self.told.emit(Notice(sentence(error), wrong=True))
            return
        self.look()
        path = state.library() / f"{module}{library.SUFFIX}"
        texts = {
            "new": tr("{name} is in your library: the palette has it among the modules.", name=module),
            "same": tr("{name} is in your library already, as it is here.", name=module),
            "replaced": tr(
                "{name} in your library is this one now; the one before is kept as {file}.",
                name=module, file=before(path).name,
            ),
        }  # fmt: skip
        self.told.emit(Notice(texts[outcome]))

    def rename(self, name: str, text: str) -> None:
        """Give a module of the library another name; ValueError says why where it cannot be one."""
        self.look()
        kept = shelf().kept.get(name)
        if kept is not None:
            library.rename(kept, text, shelf().history)
            self.look()

    def remove(self, name: str) -> None:
        """Take a module out of the library; it can be put back."""
        kept = shelf().kept.get(name)
        if kept is None:
            return
        try:
            library.remove(kept.path)
        except FileError as error:
            self.told.emit(Notice(sentence(error), wrong=True))
            return
        self.look()
        choice = Choice(tr("Put it back"), lambda: self._put_back(kept.path))
        self.told.emit(Notice(tr("{name} is in your library no more.", name=name), choices=(choice,), topic="library"))

    def _put_back(self, path: Path) -> None:
        try:
            library.put_back(path)
        except FileError as error:
            self.told.emit(Notice(sentence(error), wrong=True))
        self.look()
