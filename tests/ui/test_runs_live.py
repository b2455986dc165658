"""Runs and windows: one that outlives its window, one of a terminal, ends of all kinds, and going on afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QMessageBox, QPushButton

from grapheditor.catalog import catalog
from grapheditor.edit import edits
from grapheditor.engine.messages import Resume
from grapheditor.graph import Input, Node, Output, read, write
from grapheditor.runs.control import Control
from grapheditor.runs.folder import CHECKPOINTS, GRAPH, LOG, make_folder
from grapheditor.runs.lease import look
from grapheditor.runs.record import Error, Record, now, write_record
from grapheditor.ui.widgets import Elided
from grapheditor.ui.window import Window
from grapheditor.ui.windows import ask_running
from tests.ui.conftest import Driver

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture
def digits(tmp_path) -> Path:
    """The digits network in a file, with more epochs than any test lets it have."""
    graph = catalog().new("mnist-convnet")
    graph.put("recipe", replace(graph.recipe, epochs=500))
    path = tmp_path / "digits.graph.json"
    write(graph, path)
    return path


def trained(drive: Driver, path: Path, steps: int = 5):
    """Open a graph and train it for some steps; return its run."""
    training = drive.window.session.training
    drive.window.open(path)
    drive.wait_for_analysis()
    drive.window.perform("train")
    drive.wait(lambda: training.run is not None and training.run.step > steps, 60)
    return training.run


def closed(window: Window) -> None:
    window.session.document.mark_saved()
    assert window.close()


def test_a_run_outlives_its_window_and_the_next_one_finds_it(drive, digits, tmp_path, monkeypatch, qtbot):
    run = trained(drive, digits)
    folder, child = run.folder, run._process.child
    monkeypatch.setattr("grapheditor.ui.windows.ask_running", lambda *_, **_more: "detach")
    closed(drive.window)
    assert child.alive
    made = look(folder).beat.step
    window = Window(QSettings(str(tmp_path / "other.ini"), QSettings.Format.IniFormat))
    other = Driver(window, qtbot)
    try:
        window.show()
        window.open(digits)
        training = window.session.training
        other.wait(lambda: training.run is not None and training.run.step > made + 5, 60)
        assert training.run.folder == folder
        assert training.run.state == "running"
        assert training.why_not() == "A run goes on."
        assert not window.trains, "it would not end with this window"
        window.perform("pause")
        other.wait(lambda: training.run.state == "paused", 30)
        window.perform("pause")
        other.wait(lambda: training.run.state == "running", 30)
        window.perform("stop")
        other.wait(lambda: training.run.state == "stopped", 30)
        other.wait(lambda: not child.alive, 30)
        assert (folder / LOG).exists()
    finally:
        closed(window)
        window.deleteLater()


def test_a_run_of_a_terminal_is_followed_and_outlives_the_window(drive, digits):
    words = [sys.executable, "-m", "grapheditor", "train", str(digits)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            folder = digits.parent / "runs" / "digits-001"
            drive.wait(lambda: (folder / "run.json").exists() and look(folder).lives, 60)
            drive.window.open(digits)
            training = drive.window.session.training
            drive.wait(lambda: training.run is not None and "loss" in training.run.steps, 60)
            closed(drive.window)
            assert process.poll() is None
            Control(folder).stop()
            process.wait(30)
        finally:
            process.kill()
    assert look(folder).state == "stopped"


@POSIX
@pytest.mark.parametrize(
    ("number", "said"),
    [
        (signal.SIGSEGV, "crashed in native code (SIGSEGV)"),
        (signal.SIGABRT, "(SIGABRT)"),
        (signal.SIGKILL, "killed (SIGKILL"),
    ],
)
def test_a_run_that_dies_is_told_in_words_and_goes_on_where_it_was(drive, digits, number, said):
    run = trained(drive, digits, 60)
    os.kill(run.pid, number)
    drive.wait(lambda: run.ended, 10)
    assert run.state == "failed"
    text = drive.find("notice-text", QLabel).text()
    assert said in text
    assert "Its last checkpoint is kept" in text
    (resume,) = (button for button in drive.window.notice.findChildren(QPushButton) if button.text() == "Resume")
    resume.click()
    training = drive.window.session.training
    drive.wait(lambda: training.run is not run and training.run.step > 70, 60)
    assert training.run.folder == run.folder
    record = json.loads((run.folder / "run.json").read_text())
    assert record["state"] == "running"
    steps = training.run.steps["loss"].steps
    assert (steps[1:] - steps[:-1] == 1).all(), "its curve goes on without a gap"


@pytest.mark.parametrize(("button", "wanted"), [("Stop", "stop"), ("Let it go on", "detach"), ("Cancel", "cancel")])
def test_closing_asks_what_becomes_of_a_run(drive, button, wanted):
    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert "digits" in box.text()
        next(item for item in box.buttons() if item.text().replace("&", "") == button).click()

    QTimer.singleShot(0, press)
    assert ask_running(drive.window, "digits") == wanted


def test_runs_wait_for_each_other_and_go_on_side_by_side(drive, digits):
    first = trained(drive, digits)
    window, training = drive.window, drive.window.session.training
    assert training.why_not() == "A run goes on."
    window.perform("train-after")
    assert len(training.queue) == 1
    assert drive.find("training-status", QLabel).text().endswith("1 waits")
    window.perform("train-beside")
    drive.wait(lambda: training.run is not first and training.run.step > 5, 60)
    second = training.run
    assert training.beside == [first]
    assert first.alive and second.alive
    assert first.folder != second.folder
    assert "1 beside it · 1 waits" in drive.find("training-status", QLabel).text()
    window.perform("stop")
    drive.wait(lambda: training.run is not second and training.run.step > 5, 60)
    assert look(second.folder).state == "stopped"
    assert not training.queue
    assert training.beside == [first]
    names = {first.folder.name, second.folder.name, training.run.folder.name}
    assert names == {"digits-001", "digits-002", "digits-003"}
    Control(first.folder).stop()
    drive.wait(lambda: training.beside == [], 60)
    window.perform("train-after")
    window.perform("clear-queue")
    assert not training.queue
    window.perform("stop")
    drive.wait(lambda: not training.alive, 60)
    assert training.run.folder.name == "digits-003"


def test_what_waits_is_seen_put_first_opened_and_taken_out(drive, digits):
    first = trained(drive, digits)
    window, training = drive.window, drive.window.session.training
    window.perform("show-runs")
    panel = window.editor.runs.waiting
    assert panel.isHidden()
    for seed in (500, 250, 125):
        window.session.edit(edits.set_recipe(window.session.graph, seed=seed))
        drive.wait(lambda: window.session.findings.is_new)
        window.perform("train-after")

    def seeds() -> list[int]:
        return [run.recipe["seed"] for run in training.queue]

    def texts() -> list[str]:
        return [item.text() for item in panel.findChildren(Elided) if item.isVisible()]

    assert seeds() == [500, 250, 125]
    drive.wait(lambda: len(texts()) == 3)
    assert ["seed 500" in text for text in texts()] == [True, False, False]
    assert panel.findChild(QPushButton, "waiting-first-0") is None
    drive.click("waiting-first-2")
    assert seeds() == [125, 500, 250]
    drive.wait(lambda: ["seed 125" in text for text in texts()] == [True, False, False])
    drive.click("waiting-drop-1")
    assert seeds() == [125, 250]
    window.session.document.mark_saved()
    drive.click("waiting-open-1")
    drive.wait(lambda: window.session.graph.recipe.seed == 250 and window.session.graph.path is None)
    assert seeds() == [125, 250]
    window.perform("stop")
    drive.wait(lambda: training.run is not first and training.run.step > 5, 60)
    assert json.loads((training.run.folder / "run.json").read_text())["seed"] == 125
    drive.click("waiting-drop-0")
    drive.wait(panel.isHidden)
    window.perform("stop")
    drive.wait(lambda: not training.alive, 60)


@POSIX
def test_a_run_that_was_stopped_is_waited_for_while_it_lives_and_ended_when_it_stands_still(drive, digits, monkeypatch):
    monkeypatch.setattr("grapheditor.ui.run.PATIENCE", 200)
    run = trained(drive, digits)
    drive.wait(lambda: run.resumable, 30)
    os.kill(run.pid, signal.SIGSTOP)
    drive.window.perform("stop")
    drive.wait(lambda: "finishes the step" in drive.find("notice-text", QLabel).text(), 30)
    assert drive.find("notice-0", QPushButton).text() == "End it at once"
    drive.wait(lambda: run.state == "failed", 60)
    said = drive.find("notice-text", QLabel).text()
    assert "did not stop in time" in said
    assert "Its last checkpoint is kept" in said
    assert drive.find("notice-0", QPushButton).text() == "Resume"


def test_a_window_that_closes_spares_a_run_that_lives_until_it_has_kept_what_it_learned(drive, digits, monkeypatch):
    run = trained(drive, digits)
    folder, child = run.folder, run._process.child
    monkeypatch.setattr("grapheditor.ui.run.PATIENCE", 0)
    run.close()
    drive.wait(lambda: not look(folder).lives, 60)
    assert child._process.wait(30) == 0, "it ended by itself"
    assert json.loads((folder / "run.json").read_text())["state"] == "stopped"
    assert [*(folder / CHECKPOINTS).glob("*.safetensors")]


@POSIX
def test_a_run_that_stands_still_is_told_of_in_any_tab_until_it_goes_on(drive, digits):
    run = trained(drive, digits)
    drive.window.perform("show-code")
    os.kill(run.pid, signal.SIGSTOP)
    drive.wait(lambda: "stands still" in drive.find("notice-text", QLabel).text(), 60)
    assert drive.find("notice-0", QPushButton).text() == "End it at once"
    os.kill(run.pid, signal.SIGCONT)
    drive.wait(lambda: drive.find("notice", QFrame).isHidden(), 60)
    drive.window.perform("stop")
    drive.wait(lambda: not run.alive, 60)


def test_a_run_that_became_no_number_offers_its_node_a_rate_and_to_go_on(drive, tmp_path):
    graph = catalog().new("mlp", {"first": 8, "second": 8})
    (objective,) = graph.recipe.objectives
    graph.put("recipe", replace(graph.recipe, objectives=(replace(objective, settings={"lr": 1e38}),)))
    path = tmp_path / "wild.graph.json"
    write(graph, path)
    drive.window.open(path)
    drive.wait_for_analysis()
    drive.window.perform("train")
    training = drive.window.session.training
    drive.wait(lambda: training.run is not None and training.run.state == "failed", 60)
    assert not training.run.resumable
    offered = [drive.find(f"notice-{i}", QPushButton) for i in range(3)]
    assert [button.text() for button in offered if not button.isHidden()] == ["Show node", "Find a learning rate"]
    offered[0].click()
    assert "became" in drive.find("notice-text", QLabel).text(), "to look at a node answers nothing"


@pytest.mark.parametrize("kept", [True, False])
def test_a_run_without_enough_memory_offers_the_batch_that_fits(drive, digits, kept):
    """What a run's own process says of it is tested where it is made; here is what the window makes of that."""
    drive.window.open(digits)
    session = drive.window.session
    folder = make_folder(session.runs, session.name)
    drive.graph.copy().save(folder / GRAPH)
    remedy = {"batch": 8, "accumulate": 13}
    write_record(
        folder, Record("failed", started=now(), ended=now(), error=Error("There is not enough.", None, remedy))
    )
    if kept:
        (folder / CHECKPOINTS / "00000040.json").write_text("{}")
    session.training._take(folder)
    button = drive.find("notice-0", QPushButton)
    wanted = "Resume with a batch of 8" if kept else "Train with a batch of 8"
    drive.wait(lambda: button.text() == wanted, 30)
    orders = []
    session.training._take = orders.append
    session.training.start = lambda how="now": orders.append(drive.graph.recipe)
    button.click()
    if kept:
        assert orders == [Resume(str(folder), changes=remedy)]
    else:
        assert (orders[0].batch, orders[0].accumulate) == (8, 13)


def test_what_is_doubtful_about_a_run_is_told_when_it_begins(drive, digits):
    """A softmax before the loss that does it itself: it learns, but slowly, and nobody would know why."""
    graph = read(digits)
    (loss,) = (node.id for node in graph.nodes.values() if node.operator == "cross_entropy")
    graph.put("nodes.softmax", Node("softmax", "softmax"))
    graph.put("wires.softmax.x", graph.wires[Input(loss, "x")])
    graph.put(f"wires.{loss}.x", Output("softmax"))
    write(graph, digits)
    drive.window.open(digits)
    drive.wait_for_analysis()
    drive.window.perform("train")
    drive.wait(lambda: "softmax" in drive.find("notice-text", QLabel).text().lower(), 30)
    assert [drive.find(f"notice-{i}", QPushButton).text() for i in range(2)] == ["Show node", "Stop the run"]
    drive.find("notice-1", QPushButton).click()
    drive.wait(lambda: not drive.window.session.training.alive, 60)
    assert drive.find("notice", QFrame).isHidden(), "it is about a run that is over"


def test_what_a_run_warns_of_when_it_begins_stays_in_sight_and_in_its_details(drive, digits):
    graph = catalog().new("mnist-convnet")
    graph.put("recipe", replace(graph.recipe, epochs=500, patience=3, validation=0.0))
    write(graph, digits)
    run = trained(drive, digits)
    said = "Nothing is held out for validation, so no epoch is worse than another: patience stops nothing."
    assert run.notes == (said,)
    notice = drive.window.notice
    assert notice.text.text() == said
    assert notice.isVisible()
    assert not notice._timer.isActive(), "it does not go by itself"
    drive.click("notice-close")
    assert not notice.isVisible()
    drive.window.perform("show-runs")
    details = drive.window.editor.runs.details
    drive.wait(lambda: said in [text.text() for text in details.findChildren(QLabel)])
    drive.window.perform("stop")
    drive.wait(lambda: run.ended, 30)


def test_of_a_sample_that_cannot_be_read_the_window_says_what_to_click(drive, tmp_path):
    draw = np.random.default_rng(0)
    for name in ("bright", "dark"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(30):
            pixels = draw.integers(0, 250, (16, 16, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{i:02}.png")
    broken = tmp_path / "pictures" / "dark" / "07.png"
    broken.write_bytes(broken.read_bytes()[:40])
    graph = catalog().new("logistic-regression", {"classes": 2, "channels": 3, "size": 16})
    source = {"folder": str(tmp_path / "pictures"), "size": 16, "colours": "colour", "test": 0.0}
    graph.put("recipe", replace(graph.recipe, data="image-folder", source=source, epochs=1, validation=0.0))
    path = tmp_path / "pictures.graph.json"
    write(graph, path)
    window, training = drive.window, drive.window.session.training
    window.open(path)
    drive.wait_for_analysis()
    window.perform("train")
    drive.wait(lambda: training.run is not None and training.run.ended)
    text = drive.find("notice-text", QLabel).text()
    assert str(broken) in text
    assert text.endswith("The recipe may leave such samples out.")
    failed = training.run
    hint = drive.find("training-hint", QLabel).text()
    assert hint.startswith(f"{failed.title} failed before it had curves to show. {broken}")
    assert drive.find("notice-0", QPushButton).text() == "Train without such samples"
    drive.click("notice-0")
    drive.wait(lambda: training.run is not failed and training.run.ended)
    assert training.run.state == "finished"
    assert drive.graph.recipe.unreadable == "skip"
    window.perform("show-runs")
    tab = window.editor.runs
    drive.wait(lambda: {row.folder for row in tab.model.rows} >= {training.run.folder})
    said = [tab.model.index(i, j).data(Qt.ItemDataRole.ToolTipRole) for i in range(len(tab.model.rows)) for j in (0, 1)]
    assert not any("--" in text or "grapheditor" in text for text in said)


@contextmanager
def another(tmp_path: Path, qtbot, path: Path):
    """Open a graph in a window of a later start; what still trains then goes on without it."""
    window = Window(QSettings(str(tmp_path / "other.ini"), QSettings.Format.IniFormat))
    try:
        window.show()
        window.open(path)
        yield Driver(window, qtbot)
    finally:
        closed(window)
        window.deleteLater()


def test_runs_let_go_side_by_side_are_all_found_and_their_end_is_told_once(drive, digits, tmp_path, monkeypatch, qtbot):
    first = trained(drive, digits)
    training = drive.window.session.training
    drive.window.perform("train-beside")
    drive.wait(lambda: training.run is not first and training.run.step > 5, 60)
    folders = [first.folder, training.run.folder]
    monkeypatch.setattr("grapheditor.ui.windows.ask_running", lambda *_, **_more: "detach")
    closed(drive.window)
    with another(tmp_path, qtbot, digits) as other:
        training = other.window.session.training
        other.wait(lambda: training.run is not None and training.run.step > 5 and training.beside, 60)
        assert [run.folder for run in (*training.beside, training.run)] == folders, (
            "the newest is the one that is shown"
        )
        assert not other.window.trains
    for folder in folders:
        Control(folder).stop()
    drive.wait(lambda: not any(look(folder).lives for folder in folders), 30)
    with another(tmp_path, qtbot, digits) as other:
        other.wait(lambda: other.window.session.training.past is not None)
        text = other.find("notice-text", QLabel).text()
        assert all(f"{folder.name} went on by itself and was stopped after step" in text for folder in folders)
        assert other.window.session.training.past.folder == folders[1]
    with another(tmp_path, qtbot, digits) as other:
        other.wait(lambda: other.window.session.training.past is not None)
        assert "went on by itself" not in other.find("notice-text", QLabel).text(), "once"


def test_training_during_a_run_is_offered_behind_it_and_beside_it(drive, digits):
    trained(drive, digits)
    window, training = drive.window, drive.window.session.training
    window.perform("train")
    assert drive.find("notice-text", QLabel).text() == "A run goes on."
    buttons = [drive.find(f"notice-{i}", QPushButton) for i in range(3)]
    assert [item.text() for item in buttons if item.isVisible()] == ["Train when it has ended", "Train beside it"]
    drive.click("notice-0")
    assert len(training.queue) == 1
    window.perform("clear-queue")
    window.perform("stop")
    drive.wait(lambda: not training.alive, 60)


@POSIX
def test_of_several_runs_it_is_said_which_has_failed(drive, digits):
    first = trained(drive, digits)
    window, training = drive.window, drive.window.session.training
    window.perform("train-beside")
    drive.wait(lambda: training.run is not first and training.run.step > 3, 60)
    second = training.run
    os.kill(second.pid, signal.SIGKILL)
    drive.wait(lambda: not training.alive, 60)
    assert drive.find("notice-text", QLabel).text().startswith(f"{second.title}: ")
    Control(first.folder).stop()
    drive.wait(lambda: training.beside == [], 60)
