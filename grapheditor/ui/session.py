"""What the window is about, without widgets: the document, what the engine knows of it, the run, exports."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import platformdirs
from PySide6.QtCore import QObject, QTimer, Signal

from grapheditor.catalog import Catalog, catalog
from grapheditor.edit import Change, Document, edits
from grapheditor.edit.helpers import wanted
from grapheditor.edit.journal import Remains
from grapheditor.edit.scope import Scope, first_copy, holders, nearest_use, path_to, scope_at, touched_modules
from grapheditor.engine.messages import (
    Analysis,
    CancelExport,
    Device,
    Edit,
    Export,
    Exported,
    Exporting,
    Failed,
    FindRun,
    Fixes,
    FixReport,
    Foretold,
    FoundRun,
    Glance,
    Glanced,
    Look,
    Message,
    NodeReport,
    Open,
    Planned,
    Print,
    ProblemReport,
    Ready,
    Refused,
    Source,
    Summarise,
    Summary,
    Survey,
    Surveyed,
    Train,
)
from grapheditor.graph import Body, FileError, Graph, Head, write_text
from grapheditor.graph.disk import load_file, replace_file
from grapheditor.graph.file import read_data
from grapheditor.graph.schema import decode, encode
from grapheditor.runs.control import Control
from grapheditor.ui.background import Background
from grapheditor.ui.engine import Engine
from grapheditor.ui.opening import DataOpening
from grapheditor.ui.safety import Safety
from grapheditor.ui.telling import Notice, sentence
from grapheditor.ui.texts import tr
from grapheditor.ui.training import Run

SUFFIX = ".graph.json"
PRINT_AFTER = 120
"""Milliseconds without an edit before the source is printed again."""


class Session(QObject):
    """One open document and everything that goes on around it."""

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
    analysed = Signal()
    rested = Signal()
    """There was no edit for a moment: the time for what need not follow every key."""
    printed = Signal()
    summarised = Signal()
    foretold_changed = Signal()
    fixes_found = Signal()
    planned = Signal()
    surveyed = Signal()
    glanced = Signal(object)
    told = Signal(object)
    run_changed = Signal()
    weights_changed = Signal()
    exporting_changed = Signal()
    devices_changed = Signal()
    """Other devices are known, or another one is chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalog: Catalog = catalog()
        self.engine = Engine(self)
        self.engine.received.connect(self._receive)
        self.engine.ready.connect(self._send_all)
        self.engine.state_changed.connect(self._follow_engine)
        self.engine.told.connect(self._tell_engine)
        self.safety = Safety(self.catalog, self)
        self.safety.told.connect(self.told)
        self.safety.changed.connect(self.titled)
        self.data = DataOpening(self)
        self.document: Document | None = None
        self.place = ""
        """The path of the use of a module whose definition is shown and edited; empty for the graph itself."""
        self._inside = ""
        """The path of a use into which one looks from there."""
        self._shown = Scope(Graph())
        self.analysis: Analysis | None = None
        """What is shown of the newest one."""
        self._reported: Analysis | None = None
        self.source: Source | None = None
        self.summary: Summary | None = None
        self.foretold: Foretold | None = None
        """How much memory training takes; of the revision before, until that of the newest is known."""
        self.saved_at: float | None = None
        """When the open graph was saved last, as time.time() tells it; None where that was before it was opened."""
        self._readers: set[str] = set()
        self.devices: list[Device] = []
        self.augments: dict[str, Head] = {}
        """What can be done to a batch at random while training: help and options; the engine tells."""
        self.device = "cpu"
        self.chosen_device = False
        self.run: Run | None = None
        self._hands = Background("run control", self)
        self._hands.failed.connect(lambda text: self.told.emit(Notice(sentence(text), wrong=True)))
        self.weights: FoundRun | None = None
        self.chosen_weights: Path | Literal["newest", "fresh"] = "newest"
        """The run whose weights are wanted."""
        self.fixes: list[FixReport] = []
        """What would make the graph sound, for the first of its errors."""
        self.seeks = False
        """Whether the engine still looks for them."""
        self._planned: Planned | None = None
        """What a training would refuse, of some revision."""
        self.gallery: dict[str, Surveyed] = {}
        self._sized: Surveyed | None = None
        """The newest answer about a template with options of one's own."""
        self.exporting: Path | None = None
        self.step = ""
        """Which step the export is at, as the engine calls it."""
        self._requests = 0
        self._lost = ""
        """What was being exported when the engine ended."""
        self._token = ""
        self.waiting = False
        """Whether a run starts as soon as the graph is found sound."""
        self._printing = QTimer(self)
        self._printing.setSingleShot(True)
        self._printing.setInterval(PRINT_AFTER)
        self._printing.timeout.connect(self._rest)

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
        return self.analysis.nodes.get(self.path_of(node)) if self.analysis else None

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
        self._token = runs or uuid.uuid4().hex[:8]
        self.document.observe(self._follow)
        self.analysis = self._reported = self.source = self.summary = self.foretold = self.weights = self.saved_at = (
            None
        )
        self.chosen_weights = "newest"
        self.place, self._inside, self._shown = "", "", Scope(graph)
        self.waiting = False
        if self.run is not None and not self.run.alive:
            self._let_go()
        self.opened.emit()
        self.run_changed.emit()
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
        self.find_weights()
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
        if self.waiting:
            self.waiting = False
            self.run_changed.emit()
        if self.engine.is_ready:  # one that is still starting gets the whole graph when it is
            records = {key: None if new is None else encode(new) for key, (_, new) in change.differences.items()}
            self.engine.send(Edit(self.document.revision, records))
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

    # The engine

    def choose_device(self, name: str) -> None:
        """Train on a device from now on."""
        self.device = name
        self.chosen_device = True
        self.devices_changed.emit()

    def _send_all(self) -> None:
        if self.document is not None and self.engine.is_ready:
            self._look()
            self.engine.send(Open(self.document.revision, write_text(self.graph)))
            self.find_weights()

    def survey(self, template: str, options: dict[str, Any]) -> None:
        """Ask for the numbers of a template with options."""
        self.engine.send(Survey(template, options))

    def surveyed_as(self, template: str, options: dict[str, Any]) -> Surveyed | None:
        """Return the numbers of a template with options, as far as they are known."""
        if not options:
            return self.gallery.get(template)
        found = self._sized
        return found if found and (found.template, found.options) == (template, options) else None

    def glance(self, path: str) -> None:
        """Ask what is in a file."""
        self.engine.send(Glance(path))

    def find_weights(self) -> None:
        """Ask which run's weights an export would take."""
        if self.document is not None and self.chosen_weights != "fresh":
            chosen = None if self.chosen_weights == "newest" else str(self.chosen_weights)
            self.engine.send(FindRun(str(self.runs), self.name, chosen))

    def choose_weights(self, run: Path | Literal["newest", "fresh"]) -> None:
        """Take a run's weights from now on, the newest run's of this graph, or none; until a run is made."""
        self.chosen_weights = run
        self.weights = None
        self.weights_changed.emit()
        self.find_weights()

    def watch(self, what: Literal["source", "summary"], reader: str, on: bool) -> None:
        """Say that somebody wants to see the source or the summary of each revision, or no longer does."""
        wanted = f"{what} {reader}"
        if on == (wanted in self._readers):
            return
        (self._readers.add if on else self._readers.remove)(wanted)
        if on and what == "source" and not self._printing.isActive():
            self._print()
        if on and what == "summary":
            self._summarise()

    def _wants(self, what: str) -> bool:
        return any(item.startswith(what) for item in self._readers)

    def _rest(self) -> None:
        self._print()
        self.rested.emit()

    def _print(self) -> None:
        if self.document is not None and self._wants("source"):
            revision = self.document.revision
            if self.source is None or self.source.revision != revision:
                self.engine.send(Print(revision))

    def _summarise(self) -> None:
        if self.document is not None and self._wants("summary"):
            revision = self.document.revision
            if self.summary is None or self.summary.revision != revision:
                self.engine.send(Summarise(revision))

    @property
    def weights_title(self) -> str:
        """Whose weights an export would take, and whether the network was changed since."""
        found = self.weights
        if found is None or found.run is None:
            return tr("fresh")
        if found.fingerprint == self.graph.fingerprint():
            return found.title
        return tr("{weights}, before the last edits", weights=found.title)

    def _receive(self, message: Message) -> None:
        match message:
            case Ready():
                self.devices = message.devices
                self.augments = {name: _declared(name, item) for name, item in message.augments.items()}
                known = [item["id"] for item in message.devices]
                if not self.chosen_device or self.device not in known:
                    self.device = next((name for name in known if name != "cpu"), "cpu")
                self.devices_changed.emit()
            case Analysis():
                self._take_analysis(message)
            case Source():
                if self.document is not None and message.revision == self.document.revision:
                    self.source = message
                    self.printed.emit()
            case Summary() if self.document is not None and message.revision == self.document.revision:
                self.summary = message
                self.summarised.emit()
            case Foretold() if self.document is not None and message.revision == self.document.revision:
                self.foretold = message
                self.foretold_changed.emit()
            case Planned() if self.document is not None and message.revision == self.document.revision:
                self._planned = message
                self.planned.emit()
            case Fixes() if self.document is not None and message.revision == self.document.revision:
                self.fixes, self.seeks = message.fixes, False
                self.fixes_found.emit()
            case Surveyed():
                if message.options:
                    self._sized = message
                else:
                    self.gallery[message.template] = message
                self.surveyed.emit()
            case Glanced():
                self.glanced.emit(message)
            case FoundRun() if self._is_wanted(message):
                # a graph that is saved after its run has another folder of runs: what it learned is not lost by that
                if message.run is not None or self.weights is None:
                    self.weights = message
                if message.run is None and self.chosen_weights != "newest":
                    self.told.emit(Notice(sentence(message.title), wrong=True))
                self.weights_changed.emit()
            case Exporting(request=request, step=step) if request == self._requests:
                self.step = step
                self.exporting_changed.emit()
            case Exported() | Refused():
                self._take_export(message)
            case Failed():
                self.told.emit(Notice(message.message, wrong=True))

    def _is_wanted(self, message: FoundRun) -> bool:
        """Tell whether an answer is about the weights that are wanted now."""
        if self.document is None or self.chosen_weights == "fresh":
            return False
        if (message.folder, message.name) != (str(self.runs), self.name):
            return False
        return self.chosen_weights == "newest" or message.run in (None, str(self.chosen_weights))

    @property
    def problems(self) -> list[ProblemReport]:
        """All that is wrong with the graph: what its analysis found, and what a training would refuse of its recipe."""
        analysis, planned = self.analysis, self._planned
        if analysis is None:
            return []
        known = planned is not None and planned.revision == analysis.revision
        return [*analysis.problems, *(planned.problems if planned is not None and known else ())]

    def _take_analysis(self, message: Analysis) -> None:
        if self.document is None or message.revision != self.document.revision:
            return
        self._reported = message
        self.fixes = []
        self.seeks = any(item["severity"] == "error" for item in message.problems)
        self._printing.start()
        self._summarise()
        self.heed_helpers()
        if self.waiting:
            self.waiting = False
            self.run_changed.emit()
            self.train()

    def heed_helpers(self) -> None:
        """Show of what the engine found what the helpers that are on have to say, and all that comes from none."""
        found = self._reported
        if found is not None:
            said = [item for item in found.problems if wanted(item.get("helper", ""))]
            self.analysis = found if len(said) == len(found.problems) else replace(found, problems=said)
            self.analysed.emit()

    # Training

    def why_not_train(self) -> str | None:
        """Say why the open graph cannot be trained, or None where it can, be it that the engine has to look first."""
        if self.document is None:
            return tr("There is no graph open.")
        if self.run is not None and self.run.alive:
            return tr("A run goes on.")
        recipe = self.graph.recipe
        if not self.graph.nodes:
            return tr("The graph is empty: add operators first.")
        if not recipe.objectives:
            return tr("There is no loss to minimise: add one, such as Cross entropy.")
        if recipe.data is None:
            return tr("There is no data: click empty canvas and choose some on the right.")
        if self.engine.stopped or self.analysis is None or not self.is_analysed:
            return self.engine.why_not() if self.engine.stopped else None
        for problem in self.problems:
            if problem["severity"] == "error":
                return f"{problem['node'] or problem['place'] or tr('The graph')}: {problem['message']}"
        return None

    @property
    def is_analysed(self) -> bool:
        """Whether what the engine found is about the graph as it is now."""
        return (
            self.document is not None and self.analysis is not None and self.analysis.revision == self.document.revision
        )

    def train(self) -> None:
        """Start a run of the open graph: at once, or as soon as the engine has found the graph sound."""
        reason = self.why_not_train()
        if reason is not None:
            self.told.emit(Notice(reason, wrong=True))
            return
        self.waiting = not self.is_analysed
        if self.waiting:
            self.run_changed.emit()
            return
        self._let_go()
        home = str(self.graph.path.parent) if self.graph.path else ""
        order = Train(write_text(self.graph), str(self.runs), self.name, self.device, home)
        self.chosen_weights = "newest"
        self.run = Run(order, self)
        self.run.changed.connect(self.run_changed)
        self.run.epoch_ended.connect(self.find_weights)
        self.run.over.connect(self._run_over)
        self.run_changed.emit()

    def _let_go(self) -> None:
        """Forget the run; it is deleted when its process is gone."""
        run, self.run = self.run, None
        if run is not None:
            run.changed.disconnect(self.run_changed)
            run.over.disconnect(self._run_over)
            if run.ended:
                run.deleteLater()
            else:
                run.over.connect(run.deleteLater)

    def stop(self) -> None:
        """Stop the run, or waiting for it; what it learned is kept."""
        if self.waiting:
            self.waiting = False
            self.run_changed.emit()
        elif self.run is not None:
            self.run.stop()

    def pause(self) -> None:
        """Have the run pause after the step that it makes, or go on; it says itself when it does."""
        run = self.run
        if run is not None and run.folder is not None:
            control = Control(Path(run.folder))
            self._hands.do(control.go_on if run.state == "paused" else control.pause, lambda _: None)

    def _run_over(self) -> None:
        run = self.run
        if run is not None and run.problem is not None:
            self.told.emit(Notice(run.problem.message, wrong=True, node=run.problem.node))
        self.find_weights()
        self.run_changed.emit()

    # Exports

    def export(self, path: Path) -> None:
        """Export the open graph with the newest weights; a notice tells the end."""
        why = self.engine.why_not()
        if why is not None:
            self.told.emit(Notice(why, wrong=True))
            return
        self._requests += 1
        run = self.weights.run if self.weights else None
        self.engine.send(Export(self._requests, str(path), run))
        self.exporting, self.step = path, ""
        self.exporting_changed.emit()

    def give_up(self) -> bool:
        """Give up what a person waits for: an export, or data that is opened; tell whether there was anything."""
        path, self.exporting = self.exporting, None
        if path is None:
            return self.data.cancel()
        self.engine.send(CancelExport(self._requests))
        self._requests += 1
        self.exporting_changed.emit()
        self.told.emit(Notice(tr("The export was cancelled: {name} is as it was before.", name=path.name)))
        return True

    def _follow_engine(self) -> None:
        """An engine that is gone takes its export with it; for one that comes no more no run waits."""
        if self.waiting and self.engine.stopped:
            self.waiting = False
            self.run_changed.emit()
        if self.exporting is not None and not self.engine.is_ready:
            self._lost, self.exporting = self.exporting.name, None
            self._requests += 1
            self.exporting_changed.emit()

    def _tell_engine(self, text: str, wrong: bool) -> None:
        lost, self._lost = self._lost, ""
        if lost:
            text, wrong = f"{text} {tr('{name} was not written. Export it again.', name=lost)}", True
        self.told.emit(Notice(text, wrong=wrong, topic="engine"))

    def _take_export(self, message: Exported | Refused) -> None:
        if message.request != self._requests:
            return
        self.exporting = None
        self.exporting_changed.emit()
        if isinstance(message, Refused):
            self.told.emit(Notice(message.message, wrong=True, node=message.node))
            return
        path = Path(message.result["path"])
        text = tr("{name} written", name=path.name)
        if "max_relative_difference" in message.result:
            sizes = ", ".join(map(str, message.result["batches"]))
            worst = message.result["max_relative_difference"]
            text += tr("; onnxruntime agrees to {worst} at batches of {sizes}", worst=f"{worst:.0e}", sizes=sizes)
        if path.suffix != ".py":
            text += tr(". Weights: {weights}", weights=self.weights_title)
        self.told.emit(Notice(f"{text}.", folder=path.parent))

    def close(self) -> None:
        """Let go of the document and end the child processes."""
        self.safety.leave()
        self.engine.leave()
        if self.run is not None:
            self.run.close()
        self.engine.close()


def _declared(name: str, value: Any) -> Head:
    """Read help and options as the engine declares them."""
    head = decode(f"modules.{name.title().replace('_', '')}", value)
    assert isinstance(head, Head)
    return head
