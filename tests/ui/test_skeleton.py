"""The walking skeleton, whole: from an empty canvas to the exported file of a trained digits network."""

from __future__ import annotations

import gzip

import numpy as np
import onnxruntime
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton

from grapheditor.catalog import catalog
from grapheditor.graph import Graph, Input, Output, read

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_images():
    """Read the sample's test images without any code of ours."""
    folder = catalog().sources["digits"].folder
    images = np.frombuffer(gzip.decompress((folder / "t10k-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16)
    labels = np.frombuffer(gzip.decompress((folder / "t10k-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    return images.reshape(-1, 1, 28, 28).astype(np.float32), labels


test_images.__test__ = False  # type: ignore[attr-defined]


def test_from_an_empty_canvas_to_the_file_of_a_trained_network(drive, tmp_path, monkeypatch):
    window, session = drive.window, drive.window.session
    drive.click("start-empty")
    drive.wait(window.canvas.hasFocus)

    data = drive.find("option-data")
    data.setFocus()
    drive.key(Qt.Key.Key_Down)
    assert set(drive.graph.nodes) == {"image", "label"}
    assert window.canvas.selection == {"image"}

    for text in ("normalize", "conv", "max", "relu", "conv", "max", "relu", "flatten", "linear", "relu", "linear"):
        drive.add(text)
    assert session.graph.wires[Input("conv1", "x")] == Output("normalize1")
    last = next(iter(window.canvas.selection))
    assert last == "linear2"
    drive.type("option-out_features", "10")
    drive.add("output")
    drive.click_node("linear2")
    assert drive.add("cross") == "loss"
    drive.click_node("linear2")
    drive.add("accuracy")
    assert session.graph.wires[Input("loss", "target")] == Output("label")
    assert session.graph.wires[Input("accuracy", "x")] == Output("linear2")
    assert [item.minimise for item in session.graph.recipe.objectives] == ["loss"]

    drive.wait_for_analysis()
    assert session.findings.analysis.problems == []
    assert session.findings.analysis.nodes["flatten1"]["outputs"]["out"]["shape"] == ["N", 800]
    built = session.graph.copy()

    window.canvas.select([])
    drive.type("option-epochs", "2")
    drive.wait_for_analysis()
    drive.wait(lambda: drive.find("train").isEnabled())
    drive.click("train")
    drive.wait(lambda: session.training.run is not None and not session.training.run.alive, 120)
    assert session.training.run.state == "finished", session.training.run.problem
    assert session.training.run.metrics["test_accuracy"] > 0.9
    batch = window.editor.training.charts["loss"].values("batch")[1]
    assert len(batch) == 2 * 90
    assert batch[-20:].mean() < 0.5 * batch[:20].mean()
    assert len(window.editor.training.charts["accuracy"].values("validation")[1]) == 2
    assert "test accuracy" in window.editor.training.status.text()

    target = tmp_path / "digits.onnx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    drive.wait(lambda: session.weights.found is not None and session.weights.found.run is not None)
    drive.key(Qt.Key.Key_E, CONTROL)
    drive.wait(lambda: target.exists() and session.exports.path is None)
    assert "onnxruntime agrees" in drive.find("notice-text", QLabel).text()

    images, labels = test_images()
    (scores,) = onnxruntime.InferenceSession(target).run(None, {"image": images})
    accuracy = (scores.argmax(1) == labels).mean()
    assert accuracy > 0.9

    weights = drive.find("weights", QPushButton)
    drive.wait(lambda: "of 2" in weights.text())
    assert "before" not in weights.text()
    window.canvas.select(["linear1"])
    drive.type("option-out_features", "64")
    drive.wait(lambda: "before the last edits" in weights.text())
    drive.type("option-out_features", "128")
    drive.wait(lambda: "before" not in weights.text())

    file = tmp_path / "mine.graph.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    with drive.qtbot.waitSignal(session.weights.changed, timeout=20_000):
        drive.key(Qt.Key.Key_S, CONTROL)
    assert read(file) == session.graph
    assert not session.document.edited
    assert "edited" not in window.windowTitle()
    assert session.weights.found.run == str(session.training.run.folder), "a graph that is saved keeps what it learned"

    while session.document.can_undo:
        window.perform("undo")
    assert session.graph == Graph()
    while session.document.can_redo:
        window.perform("redo")
    assert {name: node.options for name, node in session.graph.nodes.items()} == {
        name: node.options for name, node in built.nodes.items()
    }


def test_one_click_on_the_start_page_trains_the_digits(drive):
    window, session = drive.window, drive.window.session
    drive.click("start-train-digits")
    drive.wait(
        lambda: (
            session.training.run is not None
            and "loss" in session.training.run.steps
            and session.training.run.step >= 60
        )
    )
    losses = session.training.run.steps["loss"].values
    assert np.mean(losses[-10:]) < np.mean(losses[:10])
    assert window.editor.tabs.currentIndex() == 0
    picture = window.editor.training.charts["loss"].figure.grab().toImage()
    accent = window.theme.colour("accent")
    hues = {
        picture.pixelColor(x, y).hue() // 12
        for x in range(0, picture.width(), 1)
        for y in range(0, picture.height(), 1)
        if picture.pixelColor(x, y).saturation() > 80
    }
    assert accent.hue() // 12 in hues, "no curve is to be seen"
    (card,) = window.editor.lenses.cards.values()
    drive.wait(lambda: "mean" in card.figures.text())
    assert card.title.text() == "conv1", "a lens shows the first feature maps"
    assert session.pins.source.pid is None, "the run itself is asked"
    drive.click("stop")
    assert session.training.run.state == "stopping"
    assert session.training.why_not() == "A run goes on."
    drive.wait(lambda: not session.training.run.alive)
    assert session.training.run.state == "stopped"
    assert session.training.run.folder.is_dir()
    drive.wait(
        lambda: session.weights.found is not None and session.weights.found.run == str(session.training.run.folder)
    )
