"""What looking costs a training, printed: ``python benchmarks/lens.py [PART ...] [--turns N] [--seconds S]``.

asking   who asks as the window does, at its pace, for a lens at conv1 of mnist-convnet
heat     the same for the figures of all nodes, which are shown as heat
window   the real window, off the screen, with live curves and a lens pinned at conv1; between its turns it is stopped
         by a signal, so that the run is as without one (POSIX)
curves   the same with nothing pinned

One run is made by a process of its own, as `grapheditor train` makes it. Its steps are counted for some seconds with and
without somebody who looks, in turns, which of the two comes first in turns as well; the figure is the mean of the pairs'
ratios, with its standard error. It must be at least 0.95, and 0.98 for curves alone.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from grapheditor.catalog import catalog
from grapheditor.graph import write
from grapheditor.runs.control import Control
from grapheditor.runs.errors import RunError
from grapheditor.runs.lease import look
from grapheditor.ui.lens.source import PACE, SAMPLES, SPARING, WIDE

WANTED = {"asking": 0.95, "heat": 0.95, "window": 0.95, "curves": 0.98}
LENS = {"nodes": ["conv1"], "samples": SAMPLES, "first": 0, "closely": True, "partly": True}
HEAT = {"nodes": [], "overview": WIDE}
Switch = Callable[[bool], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(WANTED)}; all by default")
    parser.add_argument("--turns", type=int, default=30, help="pairs that are measured")
    parser.add_argument("--seconds", type=float, default=2.0, help="of one measurement")
    parser.add_argument("--be-a-window", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--unpinned", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.be_a_window:
        be_a_window(given.be_a_window, pinned=not given.unpinned)
        return
    failed = False
    kinds = {
        "asking": partial(asking, LENS), "heat": partial(asking, HEAT),
        "window": partial(window, pinned=True), "curves": partial(window, pinned=False),
    }  # fmt: skip
    for part in given.parts or WANTED:
        looks = kinds[part]
        with (
            tempfile.TemporaryDirectory() as folder,
            trained(Path(folder)) as (file, run),
            looks(file, run) as switch,
        ):
            ratio = measure(part, run, switch, given.turns, given.seconds)
        failed |= ratio < WANTED[part]
    sys.exit(1 if failed else 0)


def measure(part: str, run: Path, switch: Switch, turns: int, seconds: float) -> float:
    """Print the throughput in turns, and return the mean of the ratios."""
    ratios, alone = [], []
    for turn in range(turns):
        found = {}
        for looks in (True, False) if turn % 2 else (False, True):
            switch(looks)
            time.sleep(0.7)
            found[looks] = throughput(run, seconds)
        ratios.append(found[True] / found[False])
        alone.append(found[False])
    switch(False)
    ratio, error = statistics.geometric_mean(ratios), statistics.stdev(ratios) / len(ratios) ** 0.5
    print(f"{part}: {ratio:.3f} with a standard error of {error:.3f} (at least {WANTED[part]}), {turns} pairs from "
          f"{min(ratios):.3f} to {max(ratios):.3f}; alone {statistics.median(alone):.0f} steps a second", flush=True)  # fmt: skip
    return ratio


def throughput(run: Path, seconds: float) -> float:
    """Return how many steps a second the run makes: between two of its reports, which know time and step."""
    control = Control(run)
    begun, first = time.perf_counter(), control.status()["step"]
    time.sleep(seconds)
    return float((control.status()["step"] - first) / (time.perf_counter() - begun))


@contextmanager
def trained(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Train mnist-convnet meanwhile; yield its file and its run's folder, once it is on its way."""
    graph = catalog().new("mnist-convnet")
    graph.put("recipe", replace(graph.recipe, epochs=10**5, validation=0.0))
    file, run = folder / "digits.graph.json", folder / "runs" / "digits-001"
    write(graph, file)
    words = [sys.executable, "-m", "grapheditor", "train", str(file), "--device", "cpu"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    try:
        until(lambda: look(run).lives and Control(run).status().get("step", 0) > 50)
        yield file, run
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def asking(asks: dict[str, object], _file: Path, run: Path) -> Iterator[Switch]:
    """Have a thread of this process, which does nothing else, ask as the window does."""
    looks, ends = threading.Event(), threading.Event()
    taken: list[float] = []

    def ask() -> None:
        control = Control(run)
        while not ends.is_set():
            looks.wait(0.1)
            if looks.is_set():
                taken.append(control.ask("look", asks)["seconds"])
                ends.wait(max(PACE, SPARING * taken[-1]))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    yield lambda on: looks.set() if on else looks.clear()
    ends.set()
    thread.join(10)
    print(f"  an answer holds it up for {1000 * statistics.median(taken):.1f} ms; {len(taken)} were asked for")


@contextmanager
def window(file: Path, run: Path, *, pinned: bool) -> Iterator[Switch]:
    """Open the real window on the run; it is stopped and goes on by signals."""
    words = [sys.executable, __file__, "--be-a-window", str(file), *([] if pinned else ["--unpinned"])]
    home = {"HOME": str(file.parent), "XDG_CONFIG_HOME": str(file.parent), "XDG_STATE_HOME": str(file.parent)}
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env={**os.environ, **home, "QT_QPA_PLATFORM": "offscreen"}
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == "seen"
        yield lambda on: process.send_signal(signal.SIGCONT if on else signal.SIGSTOP)
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def be_a_window(file: Path, *, pinned: bool) -> None:
    """Be a window that shows the run of a graph and its curves, and perhaps a lens, until this process is ended."""
    from PySide6.QtCore import QSettings, QTimer

    from grapheditor.ui import style
    from grapheditor.ui.app import application
    from grapheditor.ui.window import Window, wanted_theme

    gc.disable()  # as the program does before it makes its window, which collects later
    app = application()
    settings = QSettings(str(file.parent / "window.ini"), QSettings.Format.IniFormat)
    style.apply(app, wanted_theme(settings))
    shown = Window(settings)
    shown.resize(1400, 900)
    shown.show()
    said = []

    def begin() -> None:
        shown.open(file)
        shown.editor.show_training()
        shown.session.pins.source.changed.connect(tell)
        shown.session.training.progressed.connect(tell)
        if pinned:
            shown.session.pins.toggle("conv1")

    def tell() -> None:
        run = shown.session.training.run
        sees = shown.session.pins.source.asked > 1 or not pinned
        if not said and run is not None and run.step and sees:
            said.append(True)
            print("seen", flush=True)

    QTimer.singleShot(500, begin)
    app.exec()


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for something to be so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(RunError):  # it has no folder yet, or does not answer yet
            if condition():
                return
        time.sleep(0.2)
    raise TimeoutError("the run did not come on its way")


if __name__ == "__main__":
    main()
