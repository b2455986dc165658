"""The engine's process: analyses and prints the graph that the window edits; exports in a process of their own.

    python -m grapheditor.engine.worker

Messages are read by a thread; edits that wait are taken together, so that only the newest state is analysed.
"""

from __future__ import annotations

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
from grapheditor.engine.channel import Channel
from grapheditor.engine.client import Child
from grapheditor.engine.messages import (
    Analysis,
    Device,
    Edit,
    Export,
    Failed,
    FindRun,
    Fixes,
    FixReport,
    FoundRun,
    Glance,
    Glanced,
    Look,
    Message,
    NodeReport,
    Open,
    Print,
    ProblemReport,
    Ready,
    Refused,
    Source,
    Survey,
    Surveyed,
)
from grapheditor.engine.process import calm_threads, claim_streams
from grapheditor.graph import FileError, Fix, Graph, Problem, read, read_text, write_text
from grapheditor.graph.schema import decode, encode

if TYPE_CHECKING:
    from grapheditor import compile
    from grapheditor.compile.facts import NodeInfo


class Engine:
    """One graph, its analysis, and the answers to the window."""

    def __init__(self, channel: Channel) -> None:
        from grapheditor.catalog import catalog
        from grapheditor.compile import Inference
        from grapheditor.compile.store import Store

        self.channel = channel
        self.inference = Inference(catalog(), Store(state.memo()))
        self.graph = Graph()
        self.revision = -1
        self.place = ""
        self._changed = False
        self._to_print = -1
        self._to_fix: compile.Analysis | None = None

    def take(self, message: Message) -> None:
        """Take in one message. What the window shows of the graph is worked out by :meth:`settle`, once for many."""
        match message:
            case Open(revision=revision, text=text):
                self.graph, self.revision, self._changed = read_text(text), revision, True
            case Edit(revision=revision, records=records):
                decoded = {key: None if value is None else decode(key, value) for key, value in records.items()}
                self.graph.put_all(decoded)
                self.revision, self._changed = revision, True
            case Look(path=path):
                self.place, self._changed = path, self.revision >= 0
            case Print(revision=revision):
                self._to_print = revision
            case Export():
                self.export(message)
            case FindRun():
                self.find_run(message)
            case Survey():
                self.survey(message.template, message.options)
            case Glance():
                self.glance(Path(message.path))

    def settle(self) -> None:
        """Analyse the graph if it has changed, and print it if its newest revision was asked for."""
        if self._changed:
            self._changed = False
            self._to_fix = None
            self.analyse()
        if self._to_print == self.revision:
            self._to_print = -1
            self.print()

    def analyse(self) -> None:
        """Send shapes, costs and problems of the graph as it is now."""
        from grapheditor.compile.advice import advice

        start = time.perf_counter()
        found = self.inference.analyse(self.graph)
        found.problems += advice(self.graph, self.inference.catalog, found)
        self._to_fix = None if found.sound else found
        nodes = {name: _report(found, info) for name, info in found.nodes.items()}
        inside = {f"{self.place}.{name}": _report(found, info) for name, info in found.inside(self.place).items()}
        self.channel.send(
            Analysis(
                revision=self.revision,
                nodes=nodes | inside,
                problems=list(map(_reported, found.problems)),
                parameters=found.parameters,
                multiply_adds=sum(nodes[name]["multiply_adds"] for name in nodes if name in found.used),
                activation_bytes=sum(nodes[name]["activation_bytes"] for name in nodes if name in found.used),
                milliseconds=(time.perf_counter() - start) * 1e3,
            )
        )

    def fix(self) -> None:
        """Send what would make the graph sound, where it is not: this takes longer than an analysis may."""
        from grapheditor.compile.fixes import with_fixes

        analysis, self._to_fix = self._to_fix, None
        if analysis is None:
            return
        problems = with_fixes(self.inference, self.graph, analysis)
        self.channel.send(Fixes(self.revision, [_offered(fix) for item in problems for fix in item.fixes]))

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
        lines = {node: list(numbers) for node, numbers in printed.lines.items()}
        self.channel.send(Source(self.revision, printed.text, lines))

    def export(self, message: Export) -> None:
        """Have another process export: torch's exporter patches torch while it works, and may run out of memory."""
        answered = threading.Event()

        def received(answer: Message) -> None:
            answered.set()
            self.channel.send(answer)

        def ended(code: int, log: str) -> None:
            if not answered.is_set():
                last = log.strip().rsplit("\n", 1)[-1]
                text = f"The export's process ended (code {code}) before it was done. {last}".strip()
                self.channel.send(Refused(message.request, text))

        child = Child("exporter", received, ended)
        child.send(Open(self.revision, write_text(self.graph)))
        child.send(message)

    def find_run(self, message: FindRun) -> None:
        """Say which run has the newest weights."""
        from grapheditor.runs.folder import CHECKPOINTS, GRAPH, latest_run
        from grapheditor.training.checkpoint import find_checkpoint, has_checkpoint
        from grapheditor.training.errors import RunError

        run = latest_run(Path(message.folder), message.name)
        title = fingerprint = ""
        if run is not None:
            try:
                best = last = find_checkpoint(run / CHECKPOINTS, "best").epoch
                if has_checkpoint(run / CHECKPOINTS, "last"):
                    last = find_checkpoint(run / CHECKPOINTS).epoch
                title = f"{run.name}, epoch {best} of {last}"
                fingerprint = read(run / GRAPH, self.inference.catalog.history).fingerprint()
            except (RunError, FileError) as error:
                run, title = None, str(error)
        self.channel.send(FoundRun(message.folder, message.name, str(run) if run else None, title, fingerprint))

    def warm(self) -> None:
        """Infer something without the memo on disk: the first time takes torch a second."""
        from grapheditor.compile import Inference

        known = self.inference.catalog
        Inference(known).analyse(known.new("lenet-5"))

    def survey(self, name: str, options: dict[str, Any] | None = None) -> None:
        """Analyse a template, for the gallery's numbers."""
        found = self.inference.analyse(self.inference.catalog.new(name, options))
        work = sum(found.multiply_adds(node) for node in found.nodes)
        self.channel.send(Surveyed(name, found.parameters, work, options or {}))

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


def _report(found: compile.Analysis, info: NodeInfo) -> NodeReport:
    return {
        "outputs": {port: {"dtype": kind.dtype, "shape": list(kind.shape)} for port, kind in info.outputs.items()},
        "parameters": info.parameters,
        "multiply_adds": found.cost(info.multiply_adds, 1),
        "activation_bytes": found.cost(info.activation_bytes, 1),
    }


def _reported(problem: Problem) -> ProblemReport:
    fixes = list(map(_offered, problem.fixes))
    return cast(ProblemReport, {**problem.describe(), "option": problem.option, "fixes": fixes})


def _offered(fix: Fix) -> FixReport:
    records = {key: None if record is None else encode(record) for key, record in fix.records.items()}
    return {"title": fix.title, "records": records}


def devices() -> list[Device]:
    """Return the devices that torch can use here."""
    import os

    import torch

    cores = os.cpu_count() or 1
    found: list[Device] = [{"id": "cpu", "title": f"cpu, {cores} core{'s' if cores > 1 else ''}", "memory": 0}]
    if torch.cuda.is_available():
        for i in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(i)
            title = f"cuda:{i}, {properties.total_memory / 2**30:.0f} GB"
            found.append({"id": f"cuda:{i}", "title": title, "memory": properties.total_memory})
    if torch.backends.mps.is_available():
        found.append({"id": "mps", "title": "Apple graphics", "memory": 0})
    return found


def main() -> None:
    """Serve until the window closes the stream."""
    channel = claim_streams()
    calm_threads()
    waiting: queue.Queue[Message | None] = queue.Queue()

    def read() -> None:
        try:
            while (message := channel.receive()) is not None:
                waiting.put(message)
        except (OSError, ValueError) as error:
            print(f"The input is damaged: {error}", file=sys.stderr)
        finally:
            waiting.put(None)

    threading.Thread(target=read, name="reader", daemon=True).start()
    import torch

    engine = Engine(channel)
    channel.send(Ready(torch.__version__, devices()))
    guarded = _Guarded(channel)
    templates = list(engine.inference.catalog.templates)
    cold = True
    while True:
        if waiting.empty():  # what the window asks for comes first
            guarded(engine.fix)
        while templates and waiting.empty():
            guarded(engine.survey, templates.pop(0))
        if cold and waiting.empty():
            guarded(engine.warm)
            cold = False
        messages = [waiting.get()]
        while not waiting.empty():
            messages.append(waiting.get())
        for message in messages:
            if message is None:
                return
            guarded(engine.take, message)
        guarded(engine.settle)


class _Guarded:
    """Calls; a defect must not silence the engine: the window is told of it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def __call__(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            function(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, the window shows it
            self._channel.send(Failed(f"The engine failed: {error}", details=traceback.format_exc()))


if __name__ == "__main__":
    main()
