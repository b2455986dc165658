"""How long the window makes one wait: from an edit to the canvas, and the longest stall of its event loop."""

from __future__ import annotations

import gc
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HOME = tempfile.TemporaryDirectory()
for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
    os.environ[name] = f"{HOME.name}/{name.lower()}"

from PySide6.QtCore import QEvent, QObject, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from grapheditor.catalog import catalog
from grapheditor.edit import Change, edits
from grapheditor.edit.scope import Scope
from grapheditor.ui import style
from grapheditor.ui.app import application
from grapheditor.ui.window import Window, wanted_theme

TURNS = 15
TICK = 0.005


@contextmanager
def window() -> Iterator[Window]:
    """A real window with its engine, as it stands after the first seconds."""
    gc.disable()  # as the program does before it makes its window, which collects later
    app = application()
    settings = QSettings(f"{HOME.name}/window.ini", QSettings.Format.IniFormat)
    style.apply(app, wanted_theme(settings))
    made = Window(settings)
    made.resize(1600, 1000)
    made.show()
    wait(lambda: made.session.engine.is_ready)
    yield made
    made.session.safety.leave()
    made.session.document = None
    made.close()
    made.deleteLater()
    app.processEvents()


def wait(condition: Callable[[], bool], seconds: float = 300) -> None:
    """Let the event loop turn until something is so."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("it takes too long")
        QApplication.processEvents()
        time.sleep(0.0002)


def analysed(made: Window) -> bool:
    session = made.session
    return session.findings.analysis is not None and session.findings.analysis.revision == session.document.revision


class Painted(QObject):
    """Tells when the canvas was painted last."""

    def __init__(self, made: Window) -> None:
        super().__init__()
        self.canvas = made.canvas
        self.at = 0.0
        self.canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - a name of Qt
        if watched is self.canvas and event.type() == QEvent.Type.Paint:
            self.canvas.removeEventFilter(self)
            self.canvas.event(event)
            self.canvas.installEventFilter(self)
            self.at = time.perf_counter()
            return True
        return False


def click() -> None:
    """Open each template as a click in the gallery does, once the gallery has its numbers, and say how long shapes take."""
    with window() as made:
        known = made.session.catalog.templates
        wait(lambda: len(made.session.surveys.gallery) == len(known))
        made.new("mlp")
        wait(lambda: analysed(made))
        painted, arrived = Painted(made), [0.0]
        made.session.findings.analysed.connect(lambda: arrived.append(time.perf_counter()))
        found = []
        for name in known:
            rest(0.4)
            start = time.perf_counter()
            made.new(name)
            wait(lambda: analysed(made))
            wait(lambda: painted.at > arrived[-1])
            found.append((painted.at - start, name))
        slowest = ", ".join(f"{name} {seconds:.2f}" for seconds, name in sorted(found, reverse=True)[:5])
        middle = statistics.median(seconds for seconds, _ in found)
        print(
            f"from the click to shapes on the canvas: median {middle:.2f} s, slowest {slowest} (at most 0.5)",
            flush=True,
        )


def edit() -> None:
    known = catalog()
    with window() as made:
        made.new("resnet152")
        wait(lambda: analysed(made))
        painted = Painted(made)
        graph = made.session.graph
        (head,) = (name for name, node in graph.nodes.items() if node.operator == "linear")
        sizes = list(range(200, 200 + TURNS + 1))
        kinds: dict[str, Callable[[int], Change]] = {
            "a title": lambda i: edits.set_title(Scope(graph), head, f"Scores {i}"),
            "classes": lambda i: edits.set_option(Scope(graph), known, [head], "out_features", 100 + i),
            "a padding": lambda i: edits.set_option(Scope(graph), known, ["conv1"], "padding", i % 7),
            "image size": lambda i: edits.set_option(
                Scope(graph), known, ["image"], "shape", ("N", 3, sizes[i], sizes[i])
            ),
        }
        arrived = []
        made.session.findings.analysed.connect(lambda: arrived.append(time.perf_counter()))
        wait(lambda: made.session.findings.foretold is not None)
        wait(lambda: len(made.session.surveys.gallery) == len(known.templates))
        for kind, change in kinds.items():
            whole, engine = [], []
            for i in range(TURNS + 1):
                rest(0.6)
                start = time.perf_counter()
                made.session.edit(change(i))
                wait(lambda: analysed(made))
                wait(lambda: painted.at > arrived[-1])
                whole.append((painted.at - start) * 1e3)
                engine.append(made.session.findings.analysis.milliseconds)
            whole, engine = whole[1:], engine[1:]
            print(
                f"edit of {kind}: painted after {statistics.median(whole):.1f} ms (median of {len(whole)}, "
                f"from {min(whole):.1f} to {max(whole):.1f}; at most 30), the engine {statistics.median(engine):.1f} ms",
                flush=True,
            )


def rest(seconds: float) -> None:
    until = time.monotonic() + seconds
    wait(lambda: time.monotonic() > until)


@dataclass(slots=True)
class Gap:
    """A time in which the event loop did not turn, in seconds."""

    wall: float
    cpu: float
    """What the window's thread computed in it."""
    threads: float
    """What the window's other threads computed."""
    stolen: float
    """What the host of a virtual machine took from each of its cores, where the kernel counts it (in steps of 10 ms)."""
    where: str

    def __str__(self) -> str:
        parts = (self.wall, self.cpu, self.threads, self.stolen)
        whole, own, threads, stolen = (f"{part * 1e3:.1f}" for part in parts)
        return f"{whole:>6} ms, {own:>5} of its own, {threads:>5} of other threads, {stolen:>5} stolen  {self.where}"


def stolen() -> float:
    """Return the seconds that a core of a virtual machine wanted and did not get, 0 where that is not known."""
    try:
        return int(Path("/proc/stat").read_text().split(maxsplit=9)[8]) / 100 / (os.cpu_count() or 1)
    except OSError:
        return 0.0


def frames(of: int) -> str:
    """Return the innermost four places a thread is at, without reading any source, which would hold up all threads."""
    frame, found = sys._current_frames().get(of), []
    while frame is not None and len(found) < 4:
        found.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(found)


class Stalls(QObject):
    """Measures how long the event loop does not turn; a thread looks at what holds it up."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[Gap] = []
        self._last = self._now()
        self._seen = ""
        self._main = threading.get_ident()
        self._ended = threading.Event()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(round(TICK * 1000))
        threading.Thread(target=self._watch, daemon=True).start()

    @staticmethod
    def _now() -> tuple[float, float, float, float]:
        return time.perf_counter(), time.thread_time(), time.process_time(), stolen()

    def _tick(self) -> None:
        now = self._now()
        wall, cpu, process, taken = (after - before for before, after in zip(self._last, now, strict=True))
        self.gaps.append(Gap(wall, cpu, process - cpu, taken, self._seen))
        self._last, self._seen = now, ""

    def _watch(self) -> None:
        while not self._ended.wait(TICK):
            if time.perf_counter() - self._last[0] > 0.02 and not self._seen:
                self._seen = frames(self._main)

    def end(self) -> None:
        """Measure no more."""
        self._timer.stop()
        self._ended.set()

    def tell(self, during: str) -> None:
        self.end()
        worst = sorted(self.gaps, key=lambda gap: -gap.wall)[:5]
        busiest = max(self.gaps, key=lambda gap: gap.cpu)
        print(
            f"{during}: longest stall {worst[0].wall * 1e3:.0f} ms (at most 50), of one thread's own time "
            f"{busiest.cpu * 1e3:.0f} ms; {sum(gap.wall > 0.05 for gap in self.gaps)} of {len(self.gaps):,} above 50 ms"
        )
        for gap in [*worst, busiest]:
            print(f"    {gap}", flush=True)


def stall() -> None:
    known = catalog()
    with window() as made:
        session = made.session
        rest(2.0)  # icons and pictures of the start page
        made.new("vgg16")
        wait(lambda: analysed(made))
        rest(1.0)
        stalls = Stalls()
        session.exports.start(Path(HOME.name) / "vgg16.onnx")
        linear = [name for name, node in session.graph.nodes.items() if node.operator == "linear"]
        turn = 0
        while session.exports.path is not None:
            session.edit(edits.set_option(session.scope, known, linear[-1:], "out_features", 100 + turn % 50))
            turn += 1
            rest(0.2)
        wait(lambda: analysed(made))
        stalls.tell(f"{turn} edits while VGG16 is analysed and exported")
        session.document.mark_saved()
        made.new("mnist-convnet")
        wait(lambda: session.findings.is_new)
        rest(1.0)
        stalls = Stalls()
        made.train()
        wait(
            lambda: (
                session.training.run is not None and (session.training.run.epoch >= 2 or not session.training.run.alive)
            )
        )
        stalls.tell("training, the first plots included")
        session.training.stop()
        wait(lambda: session.training.run is not None and session.training.run.ended)
