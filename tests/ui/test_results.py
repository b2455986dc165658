"""The Results tab: a real run measured, its confusions and misses shown, drawings and files tried."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from grapheditor.catalog import catalog
from grapheditor.data import open_data
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.graph import read, write
from grapheditor.training.loop import train
from grapheditor.ui.editor import CURVES, PROBLEMS, REST, RESULTS, TRAINING

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture(scope="module")
def learned(tmp_path_factory) -> Path:
    """A graph's file with a run beside it that knows most digits."""
    graph = catalog().new("mlp", {"first": 64, "second": 32})
    graph.put("recipe", replace(graph.recipe, epochs=4))
    folder = tmp_path_factory.mktemp("learned")
    write(graph, folder / "mlp.graph.json")
    train(graph, folder / "runs", "mlp", send=lambda _: None, stopped=lambda: False)
    return folder / "mlp.graph.json"


@pytest.fixture
def results(drive, learned):
    """The tab, with what the run has learned."""
    drive.window.open(learned)
    drive.wait(lambda: drive.window.session.weights.run is not None)
    drive.window.perform("show-results")
    tab = drive.window.editor.results
    drive.wait(lambda: tab.examined is not None)
    return tab


def test_what_is_confused_and_most_wrong_is_shown(drive, results):
    assert drive.window.editor.tabs.currentIndex() == RESULTS
    found = results.examined
    counts = np.array(found.tables[0]["confusion"])
    assert counts.sum() == found.samples > 500
    assert "accuracy" in results.summary.text()
    assert results.summary.text().startswith("test: ")
    assert results.summary.toolTip().startswith("mlp-001, epoch ")
    wrong = int(counts.sum() - np.trace(counts))
    assert results.wrong.count() == min(60, wrong)
    assert results.wrong.item(0).icon().availableSizes(), "a picture of the sample"
    first = found.misses[0]
    assert f"{first['true']} → {first['said']}" in results.wrong.item(0).text()
    picture = results.matrix.grab().toImage()
    accent = results.matrix.theme.colour("accent")
    place = results.matrix.rect_of(0, 0)
    seen = picture.pixelColor(round(place.x() + 3), round(place.y() + 3))
    assert abs(seen.hue() - accent.hue()) < 20, "the diagonal is in the accent's colour"


def test_a_field_of_the_matrix_shows_its_samples_by_mouse_and_by_keys(drive, results):
    found = results.examined
    first = found.misses[0]
    field = results.matrix.rect_of(first["true"], first["said"]).center().toPoint()
    QTest.mouseClick(results.matrix, LEFT, pos=field)
    expected = [miss for miss in found.misses if (miss["true"], miss["said"]) == (first["true"], first["said"])]
    assert results.wrong.count() == len(expected)
    count = found.tables[0]["confusion"][first["true"]][first["said"]]
    assert f"{first['true']} taken for {first['said']}: {count} of" in results.wrong_title.text()
    assert results.matrix.accessibleDescription() == results.wrong_title.text()
    QTest.mouseClick(results.matrix, LEFT, pos=field)
    assert results.wrong.count() == len(found.misses)
    results.matrix.setFocus()
    QTest.keyClick(results.matrix, Qt.Key.Key_Right)
    assert results.matrix.field == (0, 1)
    QTest.keyClick(results.matrix, Qt.Key.Key_Escape)
    assert results.matrix.field is None


def test_a_drawn_digit_is_known(drive, results):
    """A vertical stroke is a one, wherever on the pad it is drawn."""
    pad = results.pad
    assert pad.isVisible()
    wide, high = pad.width(), pad.height()
    QTest.mousePress(pad, LEFT, pos=QPoint(wide // 4, high // 5))
    for y in range(high // 5, high * 4 // 5, 3):
        QTest.mouseMove(pad, QPoint(wide // 4, y))
    QTest.mouseRelease(pad, LEFT, pos=QPoint(wide // 4, high * 4 // 5))
    drive.wait(lambda: results.chances.classes)
    assert results.chances.classes[0][0] == "1"
    assert results.chances.classes[0][1] > 0.5
    assert "1 " in results.chances.accessibleName()
    assert not results.seen.pixmap().isNull()
    QTest.mouseClick(pad, RIGHT)
    drive.wait(lambda: not results.chances.classes)


def test_files_are_tried(drive, results, tmp_path):
    test = open_data("digits").parts["test"].columns
    paths = []
    for i in range(3):
        paths.append(tmp_path / f"digit{i}.png")
        Image.fromarray(test["image"].take(np.array([i]))[0, 0]).save(paths[-1])
    (tmp_path / "none.png").write_bytes(b"not a picture")
    results.try_files([*paths, tmp_path / "none.png"])
    drive.wait(lambda: "digit0.png" in results.said_of.text())
    labels = test["label"].take(np.arange(3)).tolist()
    lines = results.said_of.toolTip().splitlines()
    right = [line.split()[1] == str(label) for line, label in zip(lines[:3], labels, strict=True)]
    assert sum(right) >= 2
    assert "none.png" in lines[3]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_process_that_dies_is_said_and_replaced(drive, results):
    examiner = drive.window.session.examiner
    drive.click("results-measure")
    os.kill(examiner.pid, signal.SIGKILL)
    drive.wait(lambda: "killed" in results.summary.text())
    drive.click("results-measure")
    before = results.examined
    drive.wait(lambda: results.examined is not before)
    assert results.summary.text().startswith("test: ")
    assert results.summary.toolTip().startswith("mlp-001, epoch ")


def test_the_tabs_can_be_as_low_as_they_rest(drive):
    """No tab asks for more room than that while it is not seen; a run that begins is given the room of its curves."""
    window = drive.window
    window.resize(1600, 1000)
    window.new("mlp")
    QApplication.processEvents()
    assert window.editor.middle.sizes()[1] == REST
    window.editor.show_tab(TRAINING)
    assert window.editor.middle.sizes()[1] == CURVES


def test_problems_have_room_where_they_need_it(drive):
    window = drive.window
    window.resize(1600, 1000)
    window.new("resnet18")
    drive.wait_for_analysis()
    editor, session = window.editor, window.session
    at = editor.tabs.tabRect(PROBLEMS).center()
    QTest.mouseClick(editor.tabs, Qt.MouseButton.LeftButton, pos=at)
    drive.settle()
    assert editor.middle.sizes()[1] == REST, "a line has room enough"
    editor.tabs.setCurrentIndex(TRAINING)
    scope = Scope(session.graph, "BasicBlock")
    session.edit(edits.set_option(scope, session.catalog, ["conv2"], "kernel_size", 5))
    drive.wait(lambda: session.findings.analysis.problems and session.findings.fixes)
    QTest.mouseClick(editor.tabs, Qt.MouseButton.LeftButton, pos=at)
    drive.settle()
    assert editor.middle.sizes()[1] == CURVES


def test_without_a_run_it_says_what_will_be_here(drive):
    drive.window.new("mlp")
    drive.window.perform("show-results")
    assert drive.find("results-hint").text().startswith("No run yet")


@pytest.mark.parametrize("is_example", [False, True])
def test_the_end_of_a_run_leads_to_what_it_has_learned(drive, learned, tmp_path, is_example):
    path = tmp_path / "mlp.graph.json"
    path.write_bytes(learned.read_bytes())
    graph = read(path)
    graph.put("recipe", replace(graph.recipe, epochs=1))
    write(graph, path)
    window = drive.window
    window.open(path)
    drive.wait_for_analysis()
    window.editor.leads_on = is_example
    window.perform("train")
    drive.wait(lambda: window.session.training.run is not None and not window.session.training.run.alive)
    if not is_example:
        assert window.editor.tabs.currentIndex() == TRAINING
        assert drive.find("notice-text", QLabel).text().startswith("mlp-001 has finished · test accuracy")
        (results,) = (item for item in window.notice.findChildren(QPushButton) if item.text() == "Results")
        results.click()
    assert window.editor.tabs.currentIndex() == RESULTS
    drive.wait(lambda: window.editor.results.examined is not None)
    assert window.editor.results.matrix.names
