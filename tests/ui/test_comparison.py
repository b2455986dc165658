"""Runs side by side in a real window: real folders, chosen in the Runs tab, drawn in the Training tab, written into files."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QMenu, QPushButton

from grapheditor.runs.folder import GRAPH, make_folder
from grapheditor.runs.metrics import Writer
from grapheditor.runs.record import Progress, Record, now, write_record
from grapheditor.ui.engine import Engine
from grapheditor.ui.keeping import state

STEPS = 100


@pytest.fixture
def opened(drive, monkeypatch):
    """A window with a graph; runs need no shapes."""
    monkeypatch.setattr(Engine, "start", lambda self: None)
    drive.window.new("mlp")
    return drive


def run_of(drive, seed: int = 0, **values):
    session = drive.window.session
    folder = make_folder(session.runs, session.name)
    drive.graph.copy().save(folder / GRAPH)
    recipe = {"seed": seed, "objectives": [{"minimise": "loss"}]}
    record = Record("finished", started=now(), ended=now(), recipe=recipe, progress=Progress(10, 10, STEPS, STEPS, 8))
    write_record(folder, record)
    series = {"loss": [2.0 - seed / 10 - i / STEPS for i in range(STEPS)], "memory": [2.0**30] * STEPS} | values
    with Writer(folder) as writer:
        writer.steps(0, series)
        for epoch in range(1, 11):
            share = min(1.0, 0.5 + epoch / 25)
            writer.epoch(epoch, 10 * epoch, {"validation_loss": 2.0 - epoch / 10, "validation_accuracy": share})
    return folder


def check(drive, folder) -> None:
    """Choose a run in the table by keys alone."""
    drive.window.perform("show-runs")
    tab = drive.window.editor.runs
    drive.wait(lambda: tab.model.place(folder) >= 0)
    tab.table.setCurrentIndex(tab.model.index(tab.model.place(folder), 0))
    QTest.keyClick(tab.table, Qt.Key.Key_Space)


def charts(drive):
    drive.window.perform("show-training")
    return drive.window.editor.training


def drawn(drive, name: str, *curves):
    """Wait until a chart shows just these curves, named or those of folders, all of them with points."""
    tab = charts(drive)
    wanted = sorted(getattr(curve, "name", curve) for curve in curves)

    def there() -> bool:
        chart = tab.charts.get(name)
        if chart is None or not chart.isVisible() or sorted(names(chart)) != wanted:
            return False
        return all(len(line.curve.steps) for line in chart.lines)

    drive.wait(there)
    return tab.charts[name]


def names(chart) -> list[str]:
    return [line.name for line in chart.lines if line.name]


def test_one_run_of_before_is_shown_as_if_it_were_made_now(opened):
    drive = opened
    folder = run_of(drive)
    tab = charts(drive)
    assert tab.wall.isHidden()
    assert tab.menu.isHidden(), "there is nothing to choose from"
    check(drive, folder)
    chart = drawn(drive, "loss", "batch", "validation")
    assert names(chart) == ["batch", "validation"]
    x, y = chart.values("batch")
    assert len(x) == STEPS
    assert x[-1] == pytest.approx(10)
    assert y[0] == 2.0
    drive.wait(lambda: [item.plot.key for item in tab.wall.charts] == ["loss", "accuracy"])
    check(drive, folder)
    drive.window.perform("show-training")
    drive.wait(lambda: tab.wall.isHidden())


def test_runs_that_are_checked_are_drawn_together_until_they_are_unchecked(opened):
    drive = opened
    folders = [run_of(drive, seed) for seed in range(3)]
    for folder in folders:
        check(drive, folder)
    tab = drive.window.editor.runs
    rows = {row.folder: i for i, row in enumerate(tab.model.rows)}
    for folder in folders:
        index = tab.model.index(rows[folder], 0)
        assert index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        assert not index.data(Qt.ItemDataRole.DecorationRole).isNull()
    assert drive.find("run-compare", QPushButton).text() == "Compare no more"
    chart = drawn(drive, "loss", *folders)
    assert names(chart) == [folder.name for folder in folders]
    colours = {line.name: line.colour for line in chart.lines}
    drive.window.perform("show-runs")
    tab.table.setCurrentIndex(tab.model.index(rows[folders[0]], 0))
    drive.click("run-compare")
    chart = drawn(drive, "loss", *folders[1:])
    kept = {line.name: line.colour for line in chart.lines}
    assert kept == {name: colours[name] for name in names(chart)}, "the others keep their colours"
    drive.window.editor.training.choices.compare("batch")
    drive.window.editor.training.choices.put_together(True)
    assert names(chart) == [f"{folders[1].name}, 2 seeds"]
    np.testing.assert_allclose(chart.lines[0].curve.values[0], 1.85)
    drive.window.new("mlp")
    assert drive.window.session.training.compared.folders == (), "another graph has other runs"


def test_a_compared_run_that_grows_is_followed(opened):
    drive = opened
    folder, other = run_of(drive), run_of(drive)
    for item in (folder, other):
        check(drive, item)
    drive.window.editor.training.choices.compare("batch")
    chart = drawn(drive, "loss", folder, other)
    with Writer(folder) as writer:
        writer.steps(STEPS, {"loss": [0.25] * 7})
    drive.wait(lambda: chart.values(folder.name)[1][-1] == 0.25)
    assert len(chart.values(folder.name)[0]) == STEPS + 7


def test_a_run_that_is_deleted_is_compared_no_more(opened, monkeypatch):
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMessageBox

    drive = opened
    folder = run_of(drive)
    check(drive, folder)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    drive.find("run-delete", QAction).trigger()
    drive.wait(lambda: not folder.exists() and not drive.window.session.training.compared.folders)


def test_charts_are_chosen_from_a_menu_and_the_choice_is_kept(opened):
    drive = opened
    check(drive, run_of(drive))
    chart = drawn(drive, "loss", "batch", "validation")
    tab = charts(drive)
    menu = tab.menu.menu()
    menu.aboutToShow.emit()
    entries = {action.text(): action for action in menu.actions() if action.text()}
    assert [text for text, action in entries.items() if action.isChecked()] == ["Loss", "Accuracy", "Along epochs"]
    tab.see((1.0, 2.0))
    entries["Along time"].trigger()
    drive.wait(lambda: chart.figure.bottom.labelText == "time")
    assert tab._seen is None, "what was seen of another axis is nothing of this one"
    entries["Memory"].trigger()
    drive.wait(lambda: "memory" in tab.charts and tab.charts["memory"].isVisible())
    memory = tab.charts["memory"]
    assert memory.figure.left.tickStrings([0, 2.0**29], 1.0, 1.0) == ["0", "512 MB"]
    drive.click("log-loss")
    assert chart.figure.left.logMode
    tab.smoothing.menu().aboutToShow.emit()
    next(item for item in tab.smoothing.menu().actions() if "30" in item.text()).trigger()
    assert "30" in tab.smoothing.text()
    kept = json.loads(str(state(drive.window.editor)["charts"]))
    assert kept["seen"] == {"memory": True}
    assert kept["logarithmic"] == ["loss"]
    assert kept["smoothing"] == 30
    assert kept["along"] == "time"
    drive.window.keeper.keep()
    assert drive.window.settings.value("window/charts") == state(drive.window.editor)["charts"]


def test_all_charts_show_the_same_of_x(opened):
    drive = opened
    check(drive, run_of(drive))
    loss, accuracy = drawn(drive, "loss", "batch", "validation"), drawn(drive, "accuracy", "validation")
    loss.zoomed.emit((2.0, 4.0))
    for chart in (loss, accuracy):
        assert chart.seen == pytest.approx((2.0, 4.0))
    loss.pointed.emit(3.0)
    assert accuracy.figure.readout.at == 3.0
    accuracy.follow()
    assert loss.seen[0] <= 0
    assert loss.seen[1] >= 10


def test_nothing_is_drawn_while_nobody_sees_it(opened):
    drive = opened
    check(drive, run_of(drive))
    drawn(drive, "loss", "batch", "validation")
    tab = drive.window.editor.training
    drive.window.perform("show-runs")
    chart = tab.charts["loss"]
    before = chart.lines
    tab.choices.smooth(100)
    tab.pace.draw()
    assert chart.lines is before
    drive.window.perform("show-training")
    drive.wait(lambda: len(chart.lines) == len(before) + 1)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".csv"])
def test_what_is_shown_is_written(opened, tmp_path, monkeypatch, suffix):
    drive = opened
    taken = [0.5 * (i + 1) for i in range(STEPS)]
    folder = run_of(drive, loss=[1.5, float("nan"), *[0.5] * (STEPS - 2)], seconds=taken)
    check(drive, folder)
    drawn(drive, "accuracy", "validation")
    path = tmp_path / f"curves{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    drive.window.perform("export-curves")
    drive.wait(lambda: path.exists() and path.name in drive.find("notice-text", QLabel).text())
    if suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(path.read_text())))
        first = {"run": folder.name, "series": "loss", "step": "1", "epoch": "0.1", "seconds": "0.5"}
        assert rows[0] == first | {"value": "1.5"}
        assert float(rows[STEPS - 1]["seconds"]) == taken[-1]
        assert rows[1]["value"] == ""
        assert {row["series"] for row in rows} == {"loss", "validation_loss", "validation_accuracy"}
        assert len(rows) == STEPS + 20
    elif suffix == ".svg":
        text = path.read_text()
        assert "<image" not in text, "curves are lines"
        assert text.count("<polyline") >= 3
        assert "validation" in text
    else:
        picture = QImage(str(path))
        wall = drive.window.editor.training.wall
        assert picture.width() > 2 * wall.charts[-1].geometry().right()
        ink = drive.window.theme.colour("warning").hue()
        pixels = (picture.pixelColor(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3))
        assert sum(pixel.saturation() > 120 and abs(pixel.hue() - ink) < 8 for pixel in pixels) > 30


def test_without_curves_it_is_said_why_none_can_be_written(opened):
    drive = opened
    charts(drive)
    action = drive.window.actions_by_id["export-curves"]
    drive.window.offers.refresh()
    assert not action.isEnabled()
    assert "check a run in the Runs tab" in action.toolTip()
    assert isinstance(drive.window.actions_by_id["charts"].menu(), QMenu)
