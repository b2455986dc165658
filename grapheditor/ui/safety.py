"""Safety of work: the journal of what is not saved, the lock on the file, and changes of the file by others.

What is on disk is known by its content. `known` is the content that the document was last brought together with: the
journal is based on it, a merge begins with it, and a save asks where the file holds something else.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from grapheditor import state
from grapheditor.catalog import Catalog
from grapheditor.edit import Change, Document
from grapheditor.edit.change import between
from grapheditor.edit.compare import merge
from grapheditor.edit.journal import Head, Journal, Remains, key_of, remains
from grapheditor.edit.lock import Lock, document_key
from grapheditor.graph import FileError, Graph, write_text
from grapheditor.graph.disk import digest, load_file
from grapheditor.graph.file import read_data
from grapheditor.ui.telling import Choice, Notice, sentence
from grapheditor.ui.texts import counted, mark, tr

SETTLED = 150
"""Milliseconds without a sign from the folder before the file is looked at: a version control touches it many times."""


@dataclass(frozen=True, slots=True)
class Known:
    """A content of the file: its digest (None: there is no such file) and its text."""

    digest: str | None
    text: str


class Safety(QObject):
    """Watches over one document at a time, between :meth:`enter` and :meth:`leave`."""

    told = Signal(object)
    settled = Signal(str)
    """What a notice of this topic asked is answered."""
    changed = Signal()
    _failed = Signal(str)

    def __init__(self, catalog: Catalog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self.folder = state.documents()
        self.read_only: str | None = None
        """Who has the file open, where that is somebody else: it is not saved from here."""
        self._document: Document | None = None
        self._unobserve: Callable[[], None] = lambda: None
        self._path: Path | None = None
        self._lock: Lock | None = None
        self._journal: Journal | None = None
        self._known = Known(None, "")
        self._runs = ""
        self._shown: str | None = ""
        """The content that a notice is about, so that it is not told twice."""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SETTLED)
        self._pause.timeout.connect(self._look_soon)
        self._failed.connect(self._tell_failure)

    @cached_property
    def _watcher(self) -> QFileSystemWatcher:
        """It starts a thread, which the start page has no need of."""
        watcher = QFileSystemWatcher(self)
        watcher.fileChanged.connect(lambda _path: self._pause.start())
        watcher.directoryChanged.connect(lambda _path: self._pause.start())
        return watcher

    # One document

    def enter(self, document: Document, data: bytes | None, runs: str) -> None:
        """Watch over a document. data: the content of its file; runs: names the folder of its runs without one."""
        self.leave()
        self._document, self._runs = document, runs
        path = document.graph.path
        if data is None or path is None:
            self._known = Known(None, write_text(document.graph))
        else:
            self._known = Known(digest(data), data.decode("utf-8-sig"))
        self._hold(path)
        self._unobserve = document.observe(self._append)
        self._offer_remains()

    def leave(self) -> None:
        """Let go of the document: it is saved, or its changes are not wanted."""
        self._unobserve()
        self._unobserve = lambda: None
        self._pause.stop()
        self._watch(None)
        if self._journal is not None:
            self._journal.close()
        if self._lock is not None:
            self._lock.release()
        self._document = self._path = self._lock = self._journal = self.read_only = None

    def _hold(self, path: Path | None) -> None:
        """Take the lock of a path, or of a document without one, and begin its journal."""
        self._path = path
        key = document_key(path) if path else _unsaved()
        self._lock = Lock(self.folder, key)
        self.read_only = None
        if not self._lock.take():
            self.read_only = self._lock.holder()
            self._tell_read_only()
            key = _unsaved()
            self._lock = Lock(self.folder, key)
            self._lock.take()
        self._journal = Journal(self.folder, key, self._failed.emit)
        self._journal.begin(self._head())
        self._watch(path)

    def try_again(self) -> None:
        """Take the lock of a file that somebody else had, if it is free by now."""
        assert self._document is not None and self._path is not None
        lock = Lock(self.folder, document_key(self._path))
        if not lock.take():
            self.read_only = lock.holder()
            self._tell_read_only()
            return
        lock.release()
        old_lock, old_journal, path = self._lock, self._journal, self._path
        self._hold(path)
        self._rebase(self._known)
        if old_journal is not None and old_lock is not None:
            old_journal.close()
            old_lock.release()
        self.told.emit(Notice(tr("{name} can be saved from here now.", name=path.name)))
        self._offer_remains()
        self.look()
        self.changed.emit()

    def _tell_read_only(self) -> None:
        assert self._path is not None
        text = tr(
            "{name} is open in another window ({holder}). It is shown here read-only: "
            "it can be edited and saved under another name.",
            name=self._path.name,
            holder=self.read_only,
        )
        self.told.emit(Notice(text, choices=(Choice(tr("Try again"), self.try_again),), topic="lock"))

    # The journal

    def _head(self) -> Head:
        assert self._document is not None
        path = str(self._path.absolute()) if self._path else None
        title = self._path.name if self._path else self._document.graph.info.title or "untitled"
        return Head(path, title, self._known.digest, self._runs, self._known.text)

    def _append(self, change: Change) -> None:
        if self._journal is not None:
            self._journal.append(change)

    def _rebase(self, known: Known, graph: Graph | None = None) -> None:
        """Base the journal on another content; graph: that content, where the document differs from it."""
        assert self._document is not None and self._journal is not None
        self._known = known
        self._shown = known.digest
        if graph is None and self._document.edited:
            graph = self._base()
        change = between(graph, self._document.graph, "Changes") if graph is not None else None
        self._journal.begin(self._head(), change)

    def _base(self) -> Graph:
        assert self._document is not None
        return read_data(self._known.text.encode(), self._path or Path("journal"), self._catalog.history)

    def _tell_failure(self, reason: str) -> None:
        text = tr(
            "What is not saved would be lost if the program ended now: the journal cannot be written ({reason}).",
            reason=reason,
        )
        self.told.emit(Notice(text, wrong=True))

    # Recovery

    def left(self) -> list[Remains]:
        """Return what programs that ended have left, and nobody has open."""
        return [item for item in remains(self.folder) if self._is_free(key_of(item))]

    def _is_free(self, key: str) -> bool:
        lock = Lock(self.folder, key)
        free = lock.take()
        lock.release()
        return free

    def _offer_remains(self) -> None:
        """Offer what was not saved of this file; what the file has already is dropped."""
        assert self._document is not None and self._journal is not None
        if self._path is None or self.read_only is not None:
            return
        for left in remains(self.folder, document_key(self._path)):
            if left.file == self._journal.path:
                continue
            with contextlib.suppress(FileError):
                if left.graph(self._catalog.history) == self._document.graph:
                    self.discard(left)
                    continue
            self._offer(left)
            return

    def _offer(self, left: Remains) -> None:
        text = tr("{name} has {changes}.", name=left.head.title, changes=describe(left))
        if left.head.digest != self._known.digest:
            text = f"{text} {tr('The file was changed since: recovering merges both.')}"
        choices = (
            Choice(tr("Recover"), lambda: self.recover(left)),
            Choice(tr("Discard"), lambda: self._discard_next(left)),
        )
        self.told.emit(Notice(text, choices=choices, topic="recovery"))

    def recover(self, left: Remains) -> None:
        """Bring back what was not saved, as one step that can be undone; what was done since is merged with it."""
        assert self._document is not None and self._journal is not None
        try:
            base, graph = left.base(self._catalog.history), left.graph(self._catalog.history)
        except FileError as error:
            self.told.emit(Notice(tr("What was not saved cannot be read: {why}", why=sentence(error)), wrong=True))
            return
        merged, conflicts = merge(base, graph, self._document.graph)
        self._document.commit(between(self._document.graph, merged, "Recover"))
        if self._journal.wait():
            self.discard(left)
        text = tr("{name}: {changes} recovered.", name=left.head.title, changes=_changes(left.count))
        self.told.emit(Notice(text + _told_conflicts(conflicts)))
        self._offer_remains()

    def _discard_next(self, left: Remains) -> None:
        self.discard(left)
        self._offer_remains()

    def discard(self, left: Remains) -> None:
        """Forget what was not saved."""
        with contextlib.suppress(OSError):
            left.file.unlink(missing_ok=True)
        self.settled.emit("recovery")

    # The file

    def why_not_save(self, path: Path) -> str | None:
        """Say why a path cannot be saved to: another window has it open; None where it can."""
        if path == self._path and self.read_only is None:
            return None
        lock = Lock(self.folder, document_key(path))
        if (self._lock is not None and lock.path == self._lock.path) or lock.take():
            lock.release()
            return None
        return tr(
            "{name} is open in another window ({holder}): close it there, or choose another name.",
            name=path.name,
            holder=lock.holder(),
        )

    def saved(self, path: Path, data: bytes) -> None:
        """Take what was written as the known content."""
        assert self._document is not None and self._journal is not None and self._lock is not None
        known = Known(digest(data), data.decode())
        if path == self._path and self.read_only is None:
            self._rebase(known)
        else:
            old_lock, old_journal = self._lock, self._journal
            self._known = known
            self._shown = known.digest
            old_journal.close()
            old_lock.release()
            self._hold(path)
        self.settled.emit("file")
        self.settled.emit("lock")

    def is_changed(self) -> bool:
        """Tell whether the file holds something that this document has never been brought together with."""
        if self._path is None or self.read_only is not None:
            return False
        try:
            return digest(load_file(self._path)) != self._known.digest
        except FileError:
            return self._path.exists()

    def look(self, *, again: bool = False) -> None:
        """Look whether others have changed the file. again: ask once more about what was asked before."""
        if self._document is None or self._path is None:
            return
        self._watch(self._path)
        try:
            data = load_file(self._path)
        except FileError as error:
            if self._path.exists():
                self._tell_unreadable(error, error.message)
            else:
                self._tell_gone()
            return
        found = digest(data)
        if found == self._known.digest or (found == self._shown and not again):
            return
        try:
            graph = read_data(data, self._path, self._catalog.history)
        except FileError as error:
            self._tell_unreadable(error, found)
            return
        self._shown = found
        self._meet(Known(found, data.decode("utf-8-sig")), graph)

    def _look_soon(self) -> None:
        """Look once no button is held: what is being dragged must not go meanwhile."""
        if QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self.look()
        else:
            self._pause.start()

    def _meet(self, theirs: Known, graph: Graph) -> None:
        """Bring the document together with what others have written."""
        assert self._document is not None and self._path is not None
        if graph == self._document.graph:
            self._document.mark_saved()
            self._rebase(theirs)
            self.changed.emit()
        elif not self._document.edited:
            self._take(theirs, graph, "Reload")
            text = tr(
                "{name} was changed outside and is shown as it is now. Undo brings back what was here.",
                name=self._path.name,
            )
            self.told.emit(Notice(text, topic="file"))
        else:
            name = self._path.name
            text = tr("{name} was changed outside, and there are changes here that are not saved.", name=name)
            choices = (
                Choice(tr("Merge"), lambda: self._merge(theirs, graph)),
                Choice(tr("Keep mine"), lambda: self._keep(theirs, graph)),
                Choice(tr("Take theirs"), lambda: self._take(theirs, graph, "Take theirs")),
            )
            self.told.emit(Notice(text, wrong=True, choices=choices, topic="file"))

    def _take(self, theirs: Known, graph: Graph, title: str) -> None:
        assert self._document is not None
        self._document.commit(between(self._document.graph, graph, title))
        self._document.mark_saved()
        self._rebase(theirs)
        self.changed.emit()

    def _keep(self, theirs: Known, graph: Graph) -> None:
        self._rebase(theirs, graph)

    def _merge(self, theirs: Known, graph: Graph) -> None:
        assert self._document is not None and self._path is not None
        merged, conflicts = merge(self._base(), self._document.graph, graph)
        self._document.commit(between(self._document.graph, merged, "Merge"))
        if merged == graph:
            self._document.mark_saved()
        self._rebase(theirs, graph)
        self.changed.emit()
        text = tr("{name} merged.", name=self._path.name) + _told_conflicts(conflicts)
        self.told.emit(Notice(text, topic="file"))

    def _tell_unreadable(self, error: FileError, content: str) -> None:
        if content != self._shown:
            self._shown = content
            text = f"{sentence(error)} {tr('It was changed outside; what is open here stays as it is.')}"
            self.told.emit(Notice(text, wrong=True, topic="file"))

    def _tell_gone(self) -> None:
        """A file that is gone is no saved version any more: leaving asks, and saving writes it again."""
        assert self._document is not None and self._path is not None
        if self._known.digest is not None:
            self._known = Known(None, self._known.text)
            self._shown = None
            self._document.forget_saved()
            self.changed.emit()
            text = tr(
                "{name} is not there any more. What is open here stays; saving writes it again.",
                name=self._path.name,
            )
            self.told.emit(Notice(text, wrong=True, topic="file"))

    def _watch(self, path: Path | None) -> None:
        """Watch a file and its folder: who replaces a file makes another one."""
        wanted: Sequence[str] = () if path is None else (str(path.absolute()), str(path.absolute().parent))
        watched = [*self._watcher.files(), *self._watcher.directories()]
        old = [item for item in watched if item not in wanted]
        if old:
            self._watcher.removePaths(old)
        for item in wanted:
            if item not in watched and Path(item).exists():
                self._watcher.addPath(item)


def describe(left: Remains) -> str:
    """Say what a journal holds: ``12 changes of 21 Nov 10:42 that were not saved, the last one: Add Conv2d``."""
    when = f"{datetime.fromtimestamp(left.when):%d %b %H:%M}".lstrip("0")
    one = mark("{changes} of {when} that was not saved (last: {last})")
    many = mark("{changes} of {when} that were not saved (last: {last})")
    return tr(one if left.count == 1 else many, changes=_changes(left.count), when=when, last=left.last)


def _changes(count: int) -> str:
    return counted(count, "{n} change", "{n} changes")


def _told_conflicts(conflicts: Sequence[str]) -> str:
    if not conflicts:
        return ""
    shown = ", ".join(conflicts[:4])
    if len(conflicts) > 4:
        shown = tr("{names} and {n} more", names=shown, n=len(conflicts) - 4)
    return " " + tr("Both had changed {names}: what was done here stays.", names=shown)


def _unsaved() -> str:
    return f"unsaved-{secrets.token_hex(6)}"
