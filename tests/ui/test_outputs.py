"""Outputs that a run keeps, in the Training tab of the real window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from grapheditor.catalog import catalog
from grapheditor.graph import write
from grapheditor.runs.outputs import read_output
from tests.ui.conftest import Driver


def opened(drive: Driver, tmp_path, **recipe) -> Driver:
    graph = catalog().new("gan-gaussians", {"width": 8})
    graph.put("recipe", replace(graph.recipe, source={"samples": 2000, "deviation": 0.1}, **recipe))
    path = tmp_path / "contest.graph.json"
    write(graph, path)
    drive.window.open(path)
    drive.wait_for_analysis()
    return drive


def painted(widget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return data[:, : image.width()].copy()


def test_outputs_come_as_they_are_made_and_a_slider_leads_back(drive, tmp_path):
    opened(drive, tmp_path, epochs=500, record_every=5)
    window, panel = drive.window, drive.window.editor.training.outputs
    assert not panel.isVisible()
    window.perform("train")
    drive.wait(lambda: len(panel.steps) > 2 and panel.shown is not None and panel.shown.step > 0)
    assert panel.isVisible()
    assert panel.title.text() == "maker"
    newest = panel.shown.step
    drive.wait(lambda: panel.shown.step > newest)
    assert panel.step.text() == f"step {panel.shown.step:,}"
    panel.slider.setFocus()
    QTest.keyClick(panel.slider, Qt.Key.Key_Home)
    drive.wait(lambda: panel.shown.step == 0)
    assert (painted(panel.still) > 150).any(), "points are bright"
    count = len(panel.steps)
    drive.wait(lambda: len(panel.steps) > count)
    assert panel.shown.step == 0, "what one looks at stays"
    first = painted(panel.still)
    QTest.keyClick(panel.slider, Qt.Key.Key_End)
    drive.wait(lambda: panel.shown.step > newest)
    assert (painted(panel.still) != first).any()
    run = window.session.training.run
    assert read_output(run.folder, panel.steps[0]).node == "maker"
    window.perform("stop")
    drive.wait(lambda: not run.alive)
    window.new("mlp")
    drive.wait_for_analysis()
    drive.wait(lambda: not panel.isVisible())


def test_what_is_damaged_is_told(drive, tmp_path):
    opened(drive, tmp_path, epochs=1, record="generator.linear1", record_every=2)
    window, panel = drive.window, drive.window.editor.training.outputs
    window.perform("train")
    drive.wait(lambda: window.session.training.run is not None and window.session.training.run.state == "finished")
    drive.wait(lambda: panel.shown is not None and panel.shown.step == panel.steps[-1])
    assert panel.title.text() == "generator.linear1"
    folder = window.session.training.run.folder
    (folder / "outputs" / f"{panel.steps[1]:08}.json").write_text("{}")
    panel.slider.setValue(1)
    drive.wait(lambda: "is damaged" in panel.step.text())


def test_what_a_language_model_writes_is_read_in_the_window(drive, tmp_path):
    book = tmp_path / "book.txt"
    book.write_text("the sea, the sea. " * 400, "utf-8")
    letters = len(set(book.read_text("utf-8")))
    graph = catalog().new("lstm-text", {"vocabulary": letters, "width": 16, "layers": 1, "dropout": 0.0})
    source = {"file": str(book), "length": 24, "step": 6}
    graph.put("recipe", replace(graph.recipe, data="text", source=source, epochs=500, batch=16, record_every=40))
    path = tmp_path / "sea.graph.json"
    write(graph, path)
    drive.window.open(path)
    drive.wait_for_analysis()
    panel = drive.window.editor.training.outputs
    drive.window.perform("train")
    drive.wait(lambda: panel.shown is not None and "sea" in panel.shown.text)
    assert panel.text.isVisible()
    assert not panel.still.isVisible()
    assert panel.text.toPlainText() == panel.shown.text
    run = drive.window.session.training.run
    drive.window.perform("stop")
    drive.wait(lambda: not run.alive)
