"""What the window is about, without widgets: the open document, what of it is shown, and its parts beside that."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import QObject, Signal

from grapheditor import own
from grapheditor.catalog import Catalog, catalog
from grapheditor.edit import Change, Document, edits
from grapheditor.edit.journal import Remains
from grapheditor.edit.scope import Scope, first_copy, holders, nearest_use, path_to, scope_at, touched_modules
from grapheditor.engine.messages import Edit, Failed, Look, Message, NodeReport, Open, UseDevice, UseOwn
from grapheditor.graph import Body, FileError, Graph, write_text
from grapheditor.graph.disk import load_file, replace_file
from grapheditor.graph.file import read_data
from grapheditor.graph.schema import encode
from grapheditor.ui.abilities import Abilities
from grapheditor.ui.adapting import Adapting
from grapheditor.ui.beginning import Beginning
from grapheditor.ui.engine import Engine
from grapheditor.ui.examiner import Examiner
from grapheditor.ui.exports import Exports
from grapheditor.ui.fetching import Fetching
from grapheditor.ui.findings import Findings
from grapheditor.ui.lens.pins import Pins
from grapheditor.ui.opening import DataOpening
from grapheditor.ui.own import Owned
from grapheditor.ui.preview import DataPreview
from grapheditor.ui.safety import Safety
from grapheditor.ui.spotlight import Spotlight
from grapheditor.ui.surveys import Surveys
from grapheditor.ui.telling import Notice, sentence
from grapheditor.ui.texts import tr
from grapheditor.ui.training import Training
from grapheditor.ui.trials import Trials
from grapheditor.ui.weights import Weights

SUFFIX = ".graph.json"


class Session(QObject):
    """One open document and everything that goes on around it, each in a part of its own."""

    opened = Signal()
    """Another document is open, or none (``document`` is None: the start page)."""
    entered = Signal()
    """Another body of the document is shown, the one at ``place``."""
    edited = Signal()
    renamed = Signal(str)
    """A node got another id, this one."""
    placed = Signal(str)
    """A node came that nobody put anywhere by hand: the canvas selects it and goes on from there."""
    titled = Signal()
    told = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalog: Catalog = catalog()
        self.document: Document | None = None
        self.place = ""
        """The path of the use of a module whose definition is shown and edited; empty for the graph itself."""
        self._inside = ""
        """The path of a use into which one looks from there."""
        self._shown = Scope(Graph())
        self.saved_at: float | None = None
        """When the open graph was saved last, as time.time() tells it; None where that was before it was opened."""
        self._token = ""
        self.engine = Engine(self)
        self.abilities = Abilities(self.engine, self)
        self.surveys = Surveys(self.engine, self)
        self.findings = Findings(self)
        self.weights = Weights(self)
        self.exports = Exports(self)
        self.training = Training(self)
        self.spotlight = Spotlight(self)
        self.pins = Pins(self)
        self.data = DataOpening(self)
        self.fetching = Fetching(self)
        self.data.known.connect(self.fetching.tell)
        self.data.known.connect(self.findings.planned)  # what a training would refuse may be something else now
        self.adapting = Adapting(self)
        self.examiner = Examiner(self)
        self.beginning = Beginning(self)
        self.preview = DataPreview(self)
        self.trials = Trials(self)
        self.safety = Safety(self.catalog, self)
        self.safety.told.connect(self.told)
        self.own = Owned(self)
        self.own.told.connect(self.told)
        self.own.operators_changed.connect(self._use_own)
        self.safety.changed.connect(self.titled)
        self.engine.ready.connect(self._send_all)
        self.engine.received.connect(self._receive)
        self.engine.told.connect(self._tell_engine)
        self.abilities.changed.connect(self._use_device)

    # Documents

    @property
    def graph(self) -> Graph:
        """The open graph."""
        assert self.document is not None
        return self.document.graph

    @property
    def scope(self) -> Scope:
        """Where edits are made now."""
        found = scope_at(self.graph, self.place)
        assert found is not None, self.place
        return found

    @property
    def body(self) -> Body:
        """The nodes and wires that are shown."""
        return self.scope.body

    def path_of(self, node: str) -> str:
        """Return the path of a node that is shown, at this use."""
        return path_to(self.place, node)

    def key_of(self, node: str) -> str:
        """Return by what a source knows the lines of a node that is shown."""
        prefix = self.scope.prefix
        return f"{prefix}nodes.{node}" if prefix else node

    def report(self, node: str) -> NodeReport | None:
        """Return what is known of a node that is shown, at this use."""
        analysis = self.findings.analysis
        return analysis.nodes.get(self.path_of(node)) if analysis else None

    def holders(self, path: str) -> list[str]:
        """Return the nodes shown that a path leads to or through."""
        return holders(self.scope, path)

    def enter(self, path: str) -> None:
        """Show the body at a path: of a use of a module, or empty; where there is none the nearest around it."""
        while scope_at(self.graph, path) is None:
            path = path.rpartition(".")[0]
        if path != self.place:
            self.place, self._inside = path, ""
            self._shown = self.scope
            self._look()
            self.entered.emit()

    def enter_node(self, node: str) -> bool:
        """Show the definition behind a node that is shown; False where it is no module."""
        if node not in self.body.nodes or self.body.nodes[node].operator not in self.graph.modules:
            return False
        self.enter(first_copy(self.graph, self.path_of(node)))
        return True

    def leave_module(self) -> None:
        """Show what is around the module that is open, and select its use there."""
        path = self.place
        while path.rpartition(".")[2].isdecimal():
            path = path.rpartition(".")[0]
        around, _, node = path.rpartition(".")
        self.enter(around)
        self.placed.emit(node)

    def undo(self) -> Change | None:
        """Take the last step back where it can be seen; return it."""
        step = self.document.undo() if self.document is not None else None
        self._show_step(step)
        return step

    def redo(self) -> Change | None:
        """Take the last undone step again where it can be seen; return it."""
        step = self.document.redo() if self.document is not None else None
        self._show_step(step)
        return step

    def _show_step(self, step: Change | None) -> None:
        """Open the body that a step has changed, by the nearest use, where it is not the one that is shown."""
        touched = touched_modules(step) if step is not None else set()
        if touched and self.scope.module not in touched:
            found = nearest_use(self.graph, touched, self.place)
            if found is not None:
                self.enter(found)

    def _look(self) -> None:
        """Ask for what is known of the nodes that are shown."""
        if self.engine.is_ready:
            self.engine.send(Look(self.place, self._inside))

    def look_into(self, path: str) -> None:
        """Ask for what is known of the nodes in a use, too, until another body is shown."""
        if path != self._inside:
            self._inside = path
            self._look()

    @property
    def path(self) -> Path | None:
        """The open graph's file, None where it was never saved."""
        return self.document.graph.path if self.document else None

    @property
    def name(self) -> str:
        """What the open graph is called: its file's name without the ending, or its title."""
        if self.path is not None:
            return self.path.name.removesuffix(SUFFIX) if self.path.name.endswith(SUFFIX) else self.path.stem
        return self.graph.info.title or "untitled"

    @property
    def runs(self) -> Path:
        """The folder of the open graph's runs; a graph that was never saved has one of its own."""
        if self.path is not None:
            return self.path.parent / "runs"
        return Path(platformdirs.user_data_dir("grapheditor", appauthor=False)) / "runs" / self._token

    def new(self, template: str | None = None, options: Mapping[str, Any] | None = None) -> None:
        """Open an empty graph, or one made from a template."""
        self.show(Graph() if template is None else self.catalog.new(template, options))

    def read(self, path: Path) -> tuple[Graph, bytes] | None:
        """Return a file's graph and its content; a notice says why, and what is open stays, where that fails."""
        try:
            data = load_file(path)
            return read_data(data, path, self.catalog.history), data
        except FileError as error:
            self.told.emit(Notice(sentence(error), wrong=True))
            return None

    def open(self, path: Path) -> bool:
        """Open a file; what is open stays, and a notice says why, where that fails."""
        found = self.read(path)
        if found is not None:
            self.show(*found)
        return found is not None

    def show(self, graph: Graph, data: bytes | None = None, runs: str = "") -> None:
        """Make a graph the open document. data: the content of its file; runs: names the runs it had without one."""
        self.safety.leave()
        self.document = Document(graph)
        self._token = runs or secrets.token_hex(4)
        self.document.observe(self._follow)
        self.saved_at = None
        self.place, self._inside, self._shown = "", "", Scope(graph)
        for part in (
            self.findings, self.weights, self.training, self.adapting, self.beginning, self.preview, self.trials,
        ):  # fmt: skip
            part.forget()
        self.opened.emit()
        self.training.changed.emit()
        self.safety.enter(self.document, data, self._token)
        self.titled.emit()
        self._send_all()

    def leave(self) -> None:
        """Close the document: it is saved, or its changes are not wanted."""
        self.safety.leave()
        self.document = None
        self.opened.emit()

    def recover(self, left: Remains) -> None:
        """Open what a program that ended has left: its file with the changes that are not in it, or without a file."""
        if left.path is None or not left.path.exists() or not self.open(left.path):
            try:
                graph = left.base(self.catalog.history)
            except FileError as error:
                self.told.emit(Notice(tr("What was not saved cannot be read: {why}", why=sentence(error)), wrong=True))
                return
            self.show(graph, runs=left.head.runs)
        self.safety.recover(left)

    def save(self, path: Path) -> bool:
        """Save the open graph; a notice says why where that fails. The version before is kept as ``NAME~``."""
        assert self.document is not None
        data = write_text(self.graph).encode()
        why = self.safety.why_not_save(path)
        if why is not None:
            self.told.emit(Notice(why, wrong=True))
            return False
        try:
            replace_file(path, data, keep=True)
        except FileError as error:
            self.told.emit(Notice(sentence(error), wrong=True))
            return False
        self.graph.path = path
        self.document.mark_saved()
        self.saved_at = time.time()
        self.safety.saved(path, data)
        self.titled.emit()
        self.weights.find()
        return True

    def edit(self, change: Change, bout: object = None) -> None:
        """Commit a change; one of the same bout of typing belongs to the step before."""
        assert self.document is not None
        self.document.commit(change, bout)

    def rename(self, node: str, name: str) -> None:
        """Give a node another id; ValueError says why where it cannot be one."""
        self.edit(edits.rename(self.scope, node, name))
        self.renamed.emit(name)

    def _follow(self, change: Change) -> None:
        assert self.document is not None
        if self.engine.is_ready:  # one that is still starting gets the whole graph when it is
            records = {key: None if new is None else encode(new) for key, (_, new) in change.differences.items()}
            self.engine.send(Edit(self.document.revision, records))
        self.findings.follow(change)
        self.trials.follow(change)
        self._keep_place()
        self.edited.emit()
        self.titled.emit()

    def _keep_place(self) -> None:
        """Go out as far as needed where what is shown is gone, or is another definition now."""
        scope = scope_at(self.graph, self.place)
        if scope is None:
            self.enter(self.place)
        elif scope != self._shown:
            self._shown = scope
            self.entered.emit()

    def give_up(self) -> bool:
        """Give up what a person waits for: an export, data that is opened, a trial; tell whether there was anything."""
        return self.exports.give_up() or self.data.cancel() or self.fetching.cancel() or self.trials.cancel()

    # The engine

    def _send_all(self) -> None:
        self._use_own()
        if self.document is not None and self.engine.is_ready:
            self._look()
            self._use_device()
            self.engine.send(Open(self.document.revision, write_text(self.graph)))
            self.weights.find()

    def _use_own(self) -> None:
        """Have the engine take the user's own operators that are taken here, of the same bytes."""
        if self.engine.is_ready:
            self.engine.send(UseOwn(own.taken()))

    def _use_device(self) -> None:
        if self.engine.is_ready:
            self.engine.send(UseDevice(self.abilities.device))

    def _receive(self, message: Message) -> None:
        if isinstance(message, Failed):
            self.told.emit(Notice(message.message, wrong=True))

    def _tell_engine(self, text: str, wrong: bool) -> None:
        loss = self.exports.take_loss()
        self.told.emit(Notice(f"{text} {loss}".rstrip(), wrong=wrong or bool(loss), topic="engine"))

    def close(self) -> None:
        """Let go of the document and end the child processes."""
        self.safety.leave()
        self.engine.leave()
        self.examiner.close()
        self.pins.source.close()
        self.training.close()
        self.engine.close()
