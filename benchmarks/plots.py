"""How long curves take: a repaint of many long ones, and the opening of a very long one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication
from waiting import rest, wait, window

from grapheditor.runs.folder import make_folder
from grapheditor.runs.following import Curve
from grapheditor.runs.metrics import Writer
from grapheditor.runs.record import Progress, Record, now, write_record
from grapheditor.ui.plots.chart import Chart
from grapheditor.ui.plots.choices import Choices
from grapheditor.ui.window import Window

RUNS, POINTS, LONG = 10, 100_000, 1_000_000
REPAINTS = 30


def curves() -> None:
    with window() as made:
        made.new("mlp")
        made.editor.show_training()
        rest(1.0)
        opening(made)
        repaints(made)


def run(made: Window, steps: int, seed: int, names: tuple[str, ...] = ("loss",)) -> Path:
    """A run as it lies on the disk: noise of a tenth around a curve that falls."""
    folder = make_folder(made.session.runs, "mlp")
    recipe = {"seed": seed, "objectives": [{"minimise": "loss"}]}
    progress = Progress(10, 10, steps, steps, 32)
    write_record(folder, Record("finished", started=now(), ended=now(), graph="one", recipe=recipe, progress=progress))
    draw = np.random.default_rng(seed)
    at = np.arange(steps)
    with Writer(folder, interval=0) as writer:
        values = {name: (np.exp(-3 * at / steps) + 0.1 * draw.standard_normal(steps)).tolist() for name in names}
        for first in range(0, steps, 500):
            writer.steps(first, {name: numbers[first : first + 500] for name, numbers in values.items()})
    return folder


def opening(made: Window) -> None:
    """From the choice of a run to its last point in the picture, the first chart of the process included and not."""
    tab, compared = made.editor.training, made.session.training.compared
    for names in (("loss",), ("loss", "learning_rate", "gradient_norm")):
        folder = run(made, LONG, 1, names)
        for which in ("the first chart included", "again"):
            for chart in tab.charts.values():
                chart.figure.curves.lines, chart.figure.curves._kept = [], []
            begun = time.perf_counter()
            compared.choose(folder)
            wait(lambda: "loss" in tab.charts and painted(tab.charts["loss"], LONG))
            took = time.perf_counter() - begun
            print(
                f"a run of {LONG:,} steps, {len(names)} series, {which}: drawn after {took:.2f} s (at most 1)",
                flush=True,
            )
            compared.choose(folder, False)
            rest(0.3)


def painted(chart: Chart, count: int) -> bool:
    kept = chart.figure.curves._kept
    return chart.isVisible() and bool(kept) and len(kept[0][0].curve.steps) == count


def repaints(made: Window) -> None:
    tab, compared = made.editor.training, made.session.training.compared
    folders = [run(made, POINTS, seed) for seed in range(RUNS)]
    for folder in folders:
        compared.choose(folder)
    wait(lambda: len(tab.runs()) == RUNS and all(len(item.sight.steps["loss"].steps) == POINTS for item in tab.runs()))
    tab.pace.draw()
    wait(lambda: "loss" in tab.charts and painted(tab.charts["loss"], POINTS))
    chart = tab.charts["loss"]
    print(f"{RUNS} runs of {POINTS:,} points on a chart of {chart.figure.width()} x {chart.figure.height()} pixels")
    whole = tab.runs()
    grown = [0]

    def news() -> None:
        """Each run tells a hundred steps more: the last ones are held back at first."""
        grown[0] = (grown[0] + 1) % REPAINTS
        count = POINTS - 100 * (REPAINTS - grown[0])
        for item in whole:
            curve = full[item.name]
            item.sight.steps["loss"] = Curve(curve.steps[:count], curve.values[:count])
        tab.draw()

    full = {item.name: item.sight.steps["loss"] for item in whole}
    for folder in folders:
        compared._followed[folder].stop()
    choices: Choices = tab.choices
    rest(1.5)
    measure("new points of all", chart, news)
    choices.smooth(100)
    measure("new points of all, smoothed", chart, news)
    choices.smooth(0)
    choices.put_together(True)
    measure("new points of all, as a mean with its deviation", chart, news)
    choices.put_together(False)
    at = [0.0]

    def point() -> None:
        at[0] = (at[0] + 0.37) % 10
        tab._point(at[0])

    measure("the cursor moves", chart, point)
    measure("nothing is new", chart, tab.draw)


def measure(what: str, chart: Chart, change: Callable[[], None]) -> None:
    took = []
    for _ in range(REPAINTS):
        begun = time.thread_time()
        change()
        chart.figure.viewport().update()
        QApplication.processEvents()
        took.append((time.thread_time() - begun) * 1e3)
    print(f"repaint, {what}: {statistics.median(took[3:]):.1f} ms of processor (median of {len(took) - 3}, up to "
          f"{max(took[3:]):.1f}; at most 16)", flush=True)  # fmt: skip
