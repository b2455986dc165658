"""Outputs that a run keeps, in the Training tab of the real window."""

from __future__ import annotations

from dataclasses import replace
from math import hypot

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from grapheditor.catalog import catalog
from grapheditor.graph import write
from grapheditor.runs.outputs import read_output
from grapheditor.ui.theme import THEMES
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
    assert panel.points.isVisible()
    assert not panel.still.isVisible()
    count = len(panel.steps)
    drive.wait(lambda: len(panel.steps) > count)
    assert panel.shown.step == 0, "what one looks at stays"
    first = painted(panel.points)
    QTest.keyClick(panel.slider, Qt.Key.Key_End)
    drive.wait(lambda: panel.shown.step > newest)
    assert (painted(panel.points) != first).any()
    run = window.session.training.run
    assert read_output(run.folder, panel.steps[0]).node == "maker"
    window.perform("stop")
    drive.wait(lambda: not run.alive)
    window.new("mlp")
    drive.wait_for_analysis()
    drive.wait(lambda: not panel.isVisible())


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_points_stand_in_a_frame_with_a_scale_over_those_of_the_data(drive, tmp_path, theme):
    """Of a real run: on the theme's ground, with its colours, the ends of the axes written beside."""
    opened(drive, tmp_path, epochs=1, record_every=5)
    window, panel = drive.window, drive.window.editor.training.outputs
    window.perform("train")
    drive.wait(lambda: window.session.training.run is not None and window.session.training.run.state == "finished")
    drive.wait(lambda: panel.shown is not None and panel.shown.step == panel.steps[-1])
    panel.set_theme(theme)
    points = panel.points
    assert points.half in (1, 1.5, 2, 3)
    image, frame = points.grab().toImage(), points.frame().toRect()
    ground, made, data = (theme.colour(name) for name in ("canvas", "accent", "muted"))
    inside = [
        QPoint(x, y)
        for x in range(frame.left() + 2, frame.right() - 1)
        for y in range(frame.top() + 2, frame.bottom() - 1)
    ]
    colours = [image.pixelColor(place) for place in inside]
    assert colours.count(ground) > len(inside) / 2
    assert any(distance(seen, made) < 0.6 * distance(ground, made) for seen in colours)
    points.show_points({name: value for name, value in panel.shown.picture.items() if name != "behind"})
    bare = points.grab().toImage()
    apart = [place for place in inside if image.pixel(place) != bare.pixel(place)]
    assert any(distance(image.pixelColor(place), data) < 0.6 * distance(ground, data) for place in apart)
    far = [hypot(*(QPointF(place - frame.center()) * 2 * points.half / frame.width()).toTuple()) for place in apart]
    assert 1.5 < min(far) < max(far) < 2.5, "the data lie on a circle"
    ends = [QRect(0, frame.top(), frame.left() - 2, 14), QRect(0, frame.bottom() - 12, frame.left() - 2, 14)]
    ends += [QRect(frame.left(), frame.bottom() + 2, 14, 14), QRect(frame.right() - 12, frame.bottom() + 2, 12, 14)]
    for place in ends:
        assert points.rect().contains(place)
        written = {
            image.pixel(x, y) for x in range(place.left(), place.right()) for y in range(place.top(), place.bottom())
        }
        assert len(written) > 2, f"something is written at {place}"


def distance(a: QColor, b: QColor) -> int:
    return abs(a.red() - b.red()) + abs(a.green() - b.green()) + abs(a.blue() - b.blue())


def test_results_have_what_was_made_on_the_way(drive, tmp_path):
    opened(drive, tmp_path, epochs=1, record_every=2)
    window, panel = drive.window, drive.window.editor.results.made
    window.perform("train")
    drive.wait(lambda: window.session.training.run is not None and window.session.training.run.state == "finished")
    window.perform("show-results")
    drive.wait(lambda: panel.shown is not None)
    assert panel.isVisible()
    assert (panel.title.text(), panel.shown.step) == ("maker", panel.steps[-1])
    assert (painted(panel.points) != painted(panel.points)[0, 0]).any()
    panel.slider.setFocus()
    QTest.keyClick(panel.slider, Qt.Key.Key_Home)
    drive.wait(lambda: panel.shown.step == 0)
    assert "compared with a target" in window.editor.results.wrong_title.text()
    window.new("mlp")
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
