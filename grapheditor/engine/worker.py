"""The engine's process: analyses and prints the graph that the window edits; exports in a process of their own.

    python -m grapheditor.engine.worker

Messages are read by a thread; edits that wait are taken together, so that only the newest state is analysed. What takes
longer (fixes, the gallery's numbers) is done while nothing waits, and the search for fixes is given up as soon as
something does. Exporting, and foretelling memory, have processes of their own.
"""

from __future__ import annotations

import gc
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from grapheditor import state
from grapheditor.edit.scope import scope_at
from grapheditor.engine.channel import Channel
from grapheditor.engine.client import SHORTAGE, Child
from grapheditor.engine.messages import (
    Analysis,
    CancelExport,
    Device,
    Edit,
    Export,
    Exporting,
    Failed,
    FindRun,
    Fixes,
    Foretell,
    Foretold,
    FoundRun,
    Glance,
    Glanced,
    Look,
    Message,
    NodeReport,
    Open,
    Ping,
    Planned,
    Pong,
    Print,
    Ready,
    Refused,
    Source,
    Summarise,
    Summary,
    SummaryRow,
    Survey,
    Surveyed,
    UseDevice,
    UseOwn,
)
from grapheditor.engine.process import calm_threads, claim_streams, give_way
from grapheditor.engine.reports import offer, report
from grapheditor.graph import FileError, Graph, Head, Node, read, read_text, write_text
from grapheditor.graph.arithmetic import is_expression
from grapheditor.graph.schema import decode, encode

if TYPE_CHECKING:
    from grapheditor import compile
    from grapheditor.compile.facts import NodeInfo

PAUSE = 0.5
"""Seconds without a message after which memory is foretold: a process is started for it."""
LULL = 2.0
"""Seconds without a message after which templates are looked at while a graph is open: each may take half a second."""
SECONDS_FOR_FIXES = 2.0
"""Of the processor's time; what has been found by then is offered."""


class Engine:
    """One graph, its analysis, and the answers to the window.

    busy: tells whether something waits to be taken in. hear: takes from any thread what is to be taken in.
    """

    def __init__(self, channel: Channel, busy: Callable[[], bool], hear: Callable[[Message], None]) -> None:
        from grapheditor.catalog import catalog
        from grapheditor.compile import Inference
        from grapheditor.compile.store import Store

        self.channel = channel
        self.busy = busy
        self._hear = hear
        self.inference = Inference(catalog(), Store(state.memo()))
        self.graph = Graph()
        self.revision = -1
        self.place = self.inside = ""
        self.device = "cpu"
        self._changed = False
        self._to_print: int | None = None
        self._to_summarise: int | None = None
        """The revisions that were asked for, None where none was."""
        self._summarised = False
        self._found: compile.Analysis | None = None
        self._kept: dict[str, int] | None = None
        self._measured = -1
        self._foreteller: Child | None = None
        self._exports: dict[int, Child] = {}
        """Those that go on, by request."""
        self._to_fix: compile.Analysis | None = None
        self._to_foretell = False

    def take(self, message: Message) -> None:
        """Take in one message. What the window shows of the graph is worked out by :meth:`settle`, once for many."""
        match message:
            case Open(revision=revision, text=text):
                self.graph, self.revision, self._changed = read_text(text), revision, True
            case Edit(revision=revision, records=records):
                decoded = {key: None if value is None else decode(key, value) for key, value in records.items()}
                self.graph.put_all(decoded)
                self.revision, self._changed = revision, True
            case UseDevice(device=device):
                if device != self.device:
                    self.device, self._to_foretell = device, self._found is not None and self._found.sound
            case UseOwn(files=files):
                self.use_own(files)
            case Look(path=path, inside=inside):
                self.place, self.inside, self._changed = path, inside, self.revision >= 0
            case Print(revision=revision):
                self._to_print = revision
            case Summarise(revision=revision):
                self._to_summarise = revision
            case Export():
                self.export(message)
            case CancelExport(request=request):
                child = self._exports.get(request)
                if child is not None:
                    threading.Thread(target=child.close, name="export's end", daemon=True).start()
            case FindRun():
                self.find_run(message)
            case Survey():
                self.survey(message.template, message.options)
            case Glance():
                self.glance(Path(message.path))
            case Foretold():
                self._take_foretold(message)
            case Planned(revision=revision) if revision == self.revision:
                self.channel.send(message)

    def use_own(self, files: dict[str, str]) -> None:
        """Take the user's own operators that the window has taken; what was inferred with others is not used again."""
        from grapheditor.compile import Inference

        known = self.inference.catalog
        if known.own.refresh(files):
            self.inference = Inference(known, self.inference.store)
            self._changed = self.revision >= 0
            self._measured = -1

    def settle(self) -> None:
        """Analyse the graph if it has changed, print and summarise it if its newest revision was asked for."""
        if self._changed:
            self._changed = self._summarised = False
            fresh = self._measured != self.revision  # another place of the same graph takes as much memory
            if fresh:
                self._measured, self._kept = self.revision, None
                self._give_up_foretelling()
            self.analyse()
            self._to_foretell = self._to_foretell or (fresh and self._found is not None and self._found.sound)
        if self._to_summarise == self.revision:
            self._to_summarise = None
            self.summarise()
        if self._to_print == self.revision:
            self._to_print = None
            self.print()

    def analyse(self) -> None:
        """Send shapes, costs and problems of the graph as it is now."""
        from grapheditor.compile.advice import advice

        start = time.perf_counter()
        self._found = self._to_fix = None
        found = self.inference.analyse(self.graph)
        found.problems += advice(self.graph, self.inference.catalog, found)
        self._found = found
        self._to_fix = None if found.sound else found
        nodes = {name: _report(found, info, self.graph.nodes[name]) for name, info in found.nodes.items()}
        inside = self._reports_in(self.place, found) | self._reports_in(self.inside, found)
        self.channel.send(
            Analysis(
                revision=self.revision,
                nodes=nodes | inside,
                problems=list(map(report, found.problems)),
                parameters=found.parameters,
                multiply_adds=sum(nodes[name]["multiply_adds"] for name in nodes if name in found.used),
                activation_bytes=sum(nodes[name]["activation_bytes"] for name in nodes if name in found.used),
                milliseconds=(time.perf_counter() - start) * 1e3,
                frozen=found.frozen,
                sizes=found.sizes,
            )
        )

    def _reports_in(self, place: str, found: compile.Analysis) -> dict[str, NodeReport]:
        """Return what is known of the nodes in a use of a module, by path; nothing where there is none."""
        scope = scope_at(self.graph, place) if place else None
        if scope is None:
            return {}
        nodes = scope.body.nodes
        return {f"{place}.{name}": _report(found, info, nodes[name]) for name, info in found.inside(place).items()}

    def fix(self) -> None:
        """Send what would make the graph sound, where it is not: this takes longer than an analysis may."""
        from grapheditor.compile.fixes import after, with_fixes

        analysis, self._to_fix = self._to_fix, None
        if analysis is None:
            return
        enough = after(SECONDS_FOR_FIXES)
        problems = with_fixes(self.inference, self.graph, analysis, lambda: self.busy() or enough())
        if self.busy():
            self._to_fix = analysis  # another time, unless it is an edit that waits
        else:
            self.channel.send(Fixes(self.revision, [offer(fix) for item in problems for fix in item.fixes]))

    @property
    def waits_to_foretell(self) -> bool:
        """Whether nobody has asked yet how much memory the graph takes."""
        return self._to_foretell

    def foretell(self) -> None:
        """Have another process say what a training would refuse, and how much memory it takes; an edit ends it."""
        self._to_foretell = False
        revision, batch = self.revision, self.graph.recipe.batch

        def ended(code: int, _log: str) -> None:
            if code:  # where an edit has ended it the revision is an old one
                why = f"The process that foretells it ended (code {code})."
                self._hear(Foretold(revision, batch, None, why))

        self._foreteller = Child("foreteller", self._hear, ended)
        self._foreteller.send(Foretell(revision, write_text(self.graph), self.device))

    def _give_up_foretelling(self) -> None:
        child, self._foreteller, self._to_foretell = self._foreteller, None, False
        if child is not None and child.alive:
            child.kill()

    def _take_foretold(self, message: Foretold) -> None:
        if message.revision != self.revision:
            return
        self._kept = message.kept if message.peak is not None else None
        self.channel.send(message.changed(kept={}))
        if self._summarised:
            self.summarise()

    def summarise(self) -> None:
        """Send what each node costs."""
        from grapheditor.compile.summary import tree

        found = self._found
        if found is None:
            return
        self._summarised = True
        rows = tree(self.graph, found, self._kept)
        counted = [row for row in rows if row["counted"] and not row["module"]]
        self.channel.send(
            Summary(
                revision=self.revision,
                rows=cast("list[SummaryRow]", rows),
                parameters=found.parameters,
                multiply_adds=sum(row["multiply_adds"] for row in counted),
                activation_bytes=sum(row["activation_bytes"] for row in counted),
                kept_bytes=sum(row["kept_bytes"] for row in counted) if self._kept is not None else None,
                batch=self.graph.recipe.batch,
            )
        )

    def print(self) -> None:
        """Send the source of the graph as it is now."""
        from grapheditor.compile import CompileError
        from grapheditor.compile.emit import print_module
        from grapheditor.compile.program import link

        try:
            printed = print_module(link(self.graph, self.inference.catalog, self.inference.analyse(self.graph)))
        except CompileError as error:
            self.channel.send(Source(self.revision, "", {}, str(error)))
            return
        lines = {key: list(numbers) for key, numbers in printed.lines_by_key.items()}
        self.channel.send(Source(self.revision, printed.text, lines))

    def export(self, message: Export) -> None:
        """Have another process export: torch's exporter patches torch while it works, and may run out of memory."""
        answered = threading.Event()

        def received(answer: Message) -> None:
            if not isinstance(answer, Exporting):
                answered.set()
            self.channel.send(answer)

        def ended(code: int, log: str) -> None:
            self._exports.pop(message.request, None)
            if not answered.is_set():
                last = log.strip().rsplit("\n", 1)[-1]
                text = f"The export's process ended (code {code}) before it was done. {last}".strip()
                self.channel.send(Refused(message.request, text))

        child = self._exports[message.request] = Child("exporter", received, ended)
        child.send(Open(self.revision, write_text(self.graph)))
        child.send(message)

    def find_run(self, message: FindRun) -> None:
        """Say which run has the newest weights."""
        from grapheditor.runs.folder import CHECKPOINTS, GRAPH, latest_run
        from grapheditor.training.checkpoint import find_checkpoint, has_checkpoint
        from grapheditor.training.errors import RunError

        run = Path(message.run) if message.run else latest_run(Path(message.folder), message.name)
        title = fingerprint = ""
        if run is not None:
            try:
                best = last = find_checkpoint(run / CHECKPOINTS, "best").epoch
                if has_checkpoint(run / CHECKPOINTS, "last"):
                    last = find_checkpoint(run / CHECKPOINTS).epoch
                title = _taken(run) or f"{run.name}, epoch {best} of {last}"
                fingerprint = read(run / GRAPH, self.inference.catalog.history).fingerprint()
            except (RunError, FileError) as error:
                run, title = None, str(error)
        found = str(run) if run else None
        self.channel.send(FoundRun(message.folder, message.name, found, title, fingerprint, message.request))

    def warm(self) -> None:
        """Infer something without the memo on disk: the first time takes torch a second.

        What is there by then is no garbage: to look through all of torch for some takes a fifth of a second each time.
        """
        from grapheditor.compile import Inference

        known = self.inference.catalog
        Inference(known).analyse(known.new("lenet-5"))
        gc.collect()
        gc.freeze()

    def survey(self, name: str, options: dict[str, Any] | None = None) -> None:
        """Count a template's parameters and work, for the gallery; as it ships it is counted once, and remembered."""
        from grapheditor.catalog import shipped

        store = self.inference.store if not options else None
        key = ("survey", name, shipped())
        known = store.numbers(key) if store is not None else None
        if known is None or len(known) != 2:
            found = self.inference.analyse(self.inference.catalog.new(name, options))
            known = [found.parameters, sum(found.multiply_adds(node) for node in found.nodes)]
            if store is not None:
                store.put_numbers(key, known)
                store.flush()
        parameters, work = known
        self.channel.send(Surveyed(name, parameters, work, options or {}))

    def glance(self, path: Path) -> None:
        """Look into a file and at the runs beside it, for the start page's numbers."""
        from grapheditor.runs.errors import RunError
        from grapheditor.runs.folder import list_runs, plain

        parameters = None
        with suppress(FileError):
            found = self.inference.analyse(read(path, self.inference.catalog.history))
            parameters = found.parameters if found.sound else None
        name = plain(path.name.removesuffix(".graph.json"))
        entries = []
        with suppress(RunError):
            entries = [entry for entry in list_runs(path.parent / "runs") if entry.name == name]
        result = entries[-1].record.result if entries else None
        metrics = (result or {}).get("metrics", {})
        numbers = {str(key): float(value) for key, value in metrics.items() if isinstance(value, int | float)}
        self.channel.send(Glanced(str(path), parameters, len(entries), numbers))


def analysed(graph: Graph, place: str = "") -> Analysis:
    """Return what the engine says of a graph, for those who have no engine beside them. place: as Look has it."""
    sent: list[Message] = []

    class Sent:
        def send(self, message: Message) -> None:
            sent.append(message)

    engine = Engine(cast(Channel, Sent()), lambda: False, sent.append)
    engine.graph, engine.place, engine.revision = graph, place, 0
    engine.analyse()
    (answer,) = sent
    assert isinstance(answer, Analysis)
    return answer


def _taken(run: Path) -> str:
    """Return what to call weights that were taken from elsewhere, empty where the run has learned its own."""
    from grapheditor.runs.errors import RunError
    from grapheditor.runs.record import read_record

    try:
        record = read_record(run)
    except RunError:
        return ""
    if record.state != "taken" or record.begun is None:
        return ""
    name, share = Path(record.begun.source).name, record.begun.numbers
    return name if share == 1.0 else f"{name}, {100 * share:.0f} % of its numbers"


def _report(found: compile.Analysis, info: NodeInfo, node: Node) -> NodeReport:
    report: NodeReport = {
        "outputs": {port: {"dtype": kind.dtype, "shape": list(kind.shape)} for port, kind in info.outputs.items()},
        "parameters": info.parameters,
        "multiply_adds": found.cost(info.multiply_adds, 1),
        "activation_bytes": found.cost(info.activation_bytes, 1),
    }
    values = _values(info, node)
    if values:
        report["values"] = values
    if info.bypassed:
        report["bypassed"] = True
    held = {item.plain: list(item.shape) for copy in info.instances for item in copy.held if item.trained}
    if held:
        report["weights"] = held
    return report


def _values(info: NodeInfo, node: Node) -> dict[str, Any]:
    """Return what the expressions of a node are here, where that is the same for all of its copies."""
    given = [copy.options for copy in info.instances if copy.options is not None]
    values = {
        name: given[0][name]
        for name, value in node.options.items()
        if is_expression(value) and given and all(name in one and one[name] == given[0][name] for one in given)
    }
    if isinstance(node.repeat, str) and info.copies is not None:
        values["repeat"] = len(info.copies)
    return values


def augmentations() -> dict[str, Any]:
    """Return what can be done to a batch while training, as the window's forms are made from it."""
    from grapheditor.training.augment import AUGMENTS

    return {
        name: {**item.suits._asdict(), "head": encode(Head(item.doc, item.options, (), ()))}
        for name, item in AUGMENTS.items()
    }


def devices() -> list[Device]:
    """Return the devices that torch can use here."""
    import torch

    from grapheditor.training.room import installed

    cores = os.cpu_count() or 1
    title = f"cpu, {cores} core{'s' if cores > 1 else ''}"
    found: list[Device] = [{"id": "cpu", "title": title, "memory": installed() or 0}]
    if torch.cuda.is_available():
        for i in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(i)
            title = f"cuda:{i}, {properties.total_memory / 2**30:.0f} GB"
            found.append({"id": f"cuda:{i}", "title": title, "memory": properties.total_memory})
    if torch.backends.mps.is_available():
        found.append({"id": "mps", "title": "Apple graphics", "memory": 0})
    return found


class Service:
    """Takes the window's messages in, by a thread, and has the engine do what they ask for."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._waiting: queue.Queue[Message | None] = queue.Queue()
        self._since: float | None = None
        threading.Thread(target=self._read, name="reader", daemon=True).start()

    def _read(self) -> None:
        try:
            while (message := self.channel.receive()) is not None:
                if isinstance(message, Ping):
                    since = self._since
                    self.channel.send(Pong(0.0 if since is None else time.monotonic() - since))
                else:
                    self._waiting.put(message)
        except (OSError, ValueError) as error:
            print(f"The input is damaged: {error}", file=sys.stderr)
        finally:
            self._waiting.put(None)

    def run(self) -> None:
        """Serve until the window closes the stream."""
        import torch

        engine = Engine(self.channel, self._interrupted, self._waiting.put)
        self.channel.send(Ready(torch.__version__, devices(), augmentations()))
        gc.freeze()
        rest = [*((engine.survey, name) for name in engine.inference.catalog.templates), (engine.warm,)]
        while True:
            messages = [self._next(engine, rest)]
            while not self._waiting.empty():
                messages.append(self._waiting.get())
            for message in messages:
                if message is None:
                    return
                self._do(engine.take, message)
            self._do(engine.settle)

    def _interrupted(self) -> bool:
        """Tell whether something waits; what asks this now and then does not hang."""
        if self._since is not None:
            self._since = time.monotonic()
        return not self._waiting.empty()

    def _next(self, engine: Engine, rest: list[tuple[Any, ...]]) -> Message | None:
        """Return the next message; until it comes, do what takes longer."""
        if self._waiting.empty():  # what the window asks for comes first
            self._do(engine.fix)
        if engine.waits_to_foretell:
            with suppress(queue.Empty):
                return self._waiting.get(timeout=PAUSE)
            self._do(engine.foretell)
        while rest and self._waiting.empty():
            if engine.revision >= 0:  # somebody works on a graph
                with suppress(queue.Empty):
                    return self._waiting.get(timeout=LULL)
            self._do(*rest.pop(0))
        return self._waiting.get()

    def _do(self, function: Callable[..., None], *arguments: object) -> None:
        """Call; a defect must not silence the engine: the window is told of it. Without memory it cannot go on."""
        from grapheditor.training.room import is_shortage

        self._since = time.monotonic()
        try:
            function(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, the window shows it
            if is_shortage(error):
                traceback.print_exc()
                os._exit(SHORTAGE)
            self.channel.send(Failed(f"The engine failed: {error}", details=traceback.format_exc()))
        finally:
            self._since = None


def main() -> None:
    """Serve until the window closes the stream."""
    channel = claim_streams()
    give_way()
    calm_threads()
    Service(channel).run()
    sys.stderr.flush()
    os._exit(0)  # to take torch down in order takes a second, for which a window that is closed would wait


if __name__ == "__main__":
    main()
