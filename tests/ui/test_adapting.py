"""A network without data is brought to what people have, and begins from what was learned before, in the real window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton
from safetensors.torch import save_file

from grapheditor.catalog import catalog
from grapheditor.compile import compile_graph
from grapheditor.edit import edits
from grapheditor.graph import Input, Output, write
from grapheditor.runs.record import read_record
from grapheditor.training.run import load_weights

CLASSES = ("apples", "pears", "plums")
SMALL = {"width": 2, "hidden": 8, "size": 32, "batch_norm": True}


@pytest.fixture
def fruit(tmp_path):
    """A folder of images by class, each class of one colour."""
    folder = tmp_path / "fruit"
    for number, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for i in range(12):
            image = QImage(40 + i, 30, QImage.Format.Format_RGB32)
            image.fill(QColor(*(60 + 10 * i if number == channel else 20 for channel in range(3))))
            assert image.save(str(folder / name / f"{i}.png"))
    return folder


def notice(drive) -> str:
    shown = drive.window.notice
    return shown.text.text() if shown.isVisible() else ""


def choose(drive, title: str) -> None:
    """Press the button of the notice that says so."""
    buttons = [drive.find(f"notice-{i}", QPushButton) for i in range(3)]
    (button,) = (item for item in buttons if item.isVisible() and item.text() == title)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def press_train(drive) -> None:
    """Press Train, though it may be disabled: what lies below takes the press then, as Qt passes it on."""
    QTest.mouseClick(drive.window.topbar.train, Qt.MouseButton.LeftButton)


def trained(drive) -> Path:
    """Wait for the run's end and return its folder."""
    training = drive.window.session.training
    drive.wait(lambda: training.run is not None and training.run.ended)
    assert training.run.state == "finished", training.run.problem
    return training.run.folder


def one_epoch(drive) -> None:
    drive.window.session.edit(edits.set_recipe(drive.graph, epochs=1, batch=8))
    drive.wait_for_analysis()


def test_way_3_a_known_network_on_ones_own_pictures(drive, fruit, tmp_path, monkeypatch):
    window, session = drive.window, drive.window.session
    window.new("vgg16", SMALL)
    drive.wait_for_analysis()

    # Train is disabled, says why, and a press on it offers what helps
    train = window.topbar.train
    assert not train.isEnabled()
    assert "There is no data" in train.toolTip()
    press_train(drive)
    assert "There is no data" in notice(drive)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(fruit))
    choose(drive, "Choose a folder…")

    # the program sees that sizes and classes differ, and offers to adapt
    drive.wait(lambda: "does not fit its data" in notice(drive))
    assert "image takes 3×32×32, and the data has 3×64×64" in notice(drive)
    assert "it tells 1,000 classes apart, and the data has 3" in notice(drive)
    assert not train.isEnabled()
    assert "does not fit" in train.toolTip()
    (problem,) = (item for item in session.findings.problems if item["severity"] == "error")
    assert (problem["place"], len(problem["fixes"])) == ("data", 1)
    before = drive.graph.copy()
    choose(drive, "Adapt the network")
    drive.wait_for_analysis()
    assert [drive.graph.wires[Input(name, "x")] for name in ("normalize1", "resize1", "conv1")] == [
        Output("image"), Output("normalize1"), Output("resize1"),
    ]  # fmt: skip
    assert drive.graph.nodes["linear3"].options["out_features"] == 3
    assert all(item["severity"] != "error" for item in session.findings.problems)
    assert train.isEnabled()
    assert notice(drive).startswith("Adapted: image of 3×64×64, Resize to 32×32")
    assert not drive.find("notice-text", QLabel).text().startswith("An epoch"), "nobody asked for that"
    drive.wait(lambda: session.trials.lasts is not None, 60)
    assert "An epoch takes about" in drive.find("training-hint", QLabel).text()
    boxes = [window.canvas.scene.geometry.box(name) for name in drive.graph.nodes]
    assert not any(_overlap(a, b) for i, a in enumerate(boxes) for b in boxes[:i])

    # one step of undo
    session.undo()
    assert drive.graph == before
    session.redo()
    one_epoch(drive)

    # weights of a file in the words of another program, of which all but the head stay as they are
    theirs = compile_graph(catalog().new("vgg16", SMALL)).module().state_dict()
    save_file({f"net.{name}": value for name, value in theirs.items()}, tmp_path / "theirs.safetensors")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "theirs.safetensors"), ""))
    choose(drive, "Begin from a file…")
    drive.wait(lambda: "of theirs.safetensors carry over; linear3 begins fresh." in notice(drive))
    choose(drive, "Let only linear3 learn")
    drive.wait_for_analysis()
    press_train(drive)
    folder = trained(drive)
    begun = read_record(folder).begun
    assert begun is not None
    assert begun.source == str(tmp_path / "theirs.safetensors")
    learned = load_weights(folder, "last")
    assert all(torch.equal(learned[name], theirs[name]) for name in ("conv1.weight", "conv13.bias", "linear2.weight"))

    # the export has the names of the classes in it
    target = tmp_path / "fruit.onnx"
    session.exports.start(target)
    drive.wait(lambda: target.exists() and session.exports.path is None)
    import onnx

    metadata = {item.key: item.value for item in onnx.load(str(target)).metadata_props}
    assert all(name in " ".join(metadata.values()) for name in CLASSES)


def _overlap(a, b) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def test_the_problem_list_offers_it_too_and_the_notice_goes(drive, fruit):
    window = drive.window
    window.new("vgg11", SMALL)
    drive.wait_for_analysis()
    window.learn_from([str(fruit)])
    drive.wait(lambda: "does not fit its data" in notice(drive))
    window.editor.show_problems()
    button = drive.find("fix-None-0", QPushButton)
    assert "Resize to 32×32" in button.text()
    button.click()
    drive.wait_for_analysis()
    assert "resize1" in drive.graph.nodes
    assert notice(drive) == ""


def test_any_disabled_button_of_the_bar_says_why_when_it_is_pressed(drive):
    drive.window.new("mlp")
    drive.wait_for_analysis()
    QTest.mouseClick(drive.find("undo", QPushButton), Qt.MouseButton.LeftButton)
    assert drive.find("status-told", QLabel).text() == "There is nothing to undo."
    fading = drive.window.statusbar.fading
    assert fading.isActive()
    fading.timeout.emit()
    assert drive.find("status-told", QLabel).text() == ""


def test_the_digits_are_always_at_hand(drive):
    drive.window.new("lenet-5")
    drive.wait_for_analysis()
    press_train(drive)
    choose(drive, "Take the digits")
    drive.wait(lambda: "Adapting it" in notice(drive))
    choose(drive, "Adapt the network")
    drive.wait_for_analysis()
    assert drive.window.session.training.why_not() is None


def test_data_that_fits_offers_nothing(drive):
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    drive.window.learn_from(["digits"])
    drive.wait_for_analysis()
    assert notice(drive) == ""
    assert drive.window.session.findings.problems == []


def test_way_6_after_an_edit_it_says_what_carries_over_before_the_next_run_does_it(drive):
    window, session = drive.window, drive.window.session
    window.new("mlp", {"first": 8, "second": 8})
    session.edit(edits.set_recipe(drive.graph, epochs=1, epoch_batches=5))
    drive.wait_for_analysis()
    window.perform("train")
    first = trained(drive)
    drive.wait(lambda: session.weights.run == str(first))
    edits_of = edits.set_option(session.scope, session.catalog, ["linear3"], "out_features", 12)
    session.edit(edits_of)
    drive.wait_for_analysis()
    begins = drive.find("begins", QPushButton)
    assert not begins.isVisible()

    # a menu chooses the run; a sentence says what of it carries over, and offers to leave that as it is
    (choice,) = (item for item in _choices(window) if item.title == f"Those of {first.name}")
    choice.run()
    drive.wait(lambda: "carry over" in notice(drive))
    assert "75 % of the tensors and" in notice(drive)
    assert notice(drive).endswith("linear3 begins fresh.")
    assert "75 % of the tensors" in session.beginning.title
    drive.wait(begins.isVisible)
    window.perform("graph")
    assert drive.find("begins-told", QLabel).text().endswith("linear3 begins fresh.")
    choose(drive, "Let only linear3 learn")
    assert drive.graph.recipe.objectives[0].weights == ("linear3",)

    # another edit, another share
    session.edit(edits.set_option(session.scope, session.catalog, ["linear2"], "out_features", 9))
    drive.wait_for_analysis()
    drive.wait(lambda: "linear2 and linear3 begin fresh" in session.beginning.told)

    window.perform("train")
    drive.wait(lambda: session.training.run is not None and session.training.run.folder not in (None, first))
    second = trained(drive)
    begun = read_record(second).begun
    assert (begun.source, begun.step) == (str(first), 5)


def _choices(window):
    return window.offers.tasks["begin"].choices(window)


def test_weights_of_a_file_that_do_not_fit_are_told(drive, tmp_path, monkeypatch):
    save_file({"a.weight": torch.zeros(3, 5)}, tmp_path / "other.safetensors")
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "other.safetensors"), ""))
    drive.window.files.begin_from_weights()
    drive.wait(lambda: "Nothing of other.safetensors carries over" in drive.find("notice-text", QLabel).text())
    assert drive.window.session.beginning.title == "other.safetensors: nothing carries over"
    drive.window.session.beginning.choose(None)
    assert not drive.find("begins", QPushButton).isVisible()


def choose_in(drive, action: str, title: str) -> None:
    """Choose something of a menu of choices."""
    choices = drive.window.offers.tasks[action].choices(drive.window)
    next(item for item in choices if item.title == title).run()


def test_way_6_weights_of_a_file_are_looked_at_measured_and_exported_without_a_training(drive, tmp_path, monkeypatch):
    """The status bar says whose weights are loaded; lens, results and exports take them; a menu changes them."""
    window, session = drive.window, drive.window.session
    window.new("mlp")
    drive.wait_for_analysis()
    torch.manual_seed(3)
    module = compile_graph(session.graph.copy()).module()
    path = tmp_path / "theirs.safetensors"
    save_file({f"net.{name}": value.clone() for name, value in module.state_dict().items()}, path)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    choose_in(drive, "weights", "Those of a file…")
    button = drive.find("weights", QPushButton)
    drive.wait(lambda: button.text().startswith("weights: theirs.safetensors"), 60)
    assert "100 % of the tensors" in drive.find("notice-text", QLabel).text()
    taken = Path(session.weights.run)
    assert read_record(taken).state == "taken"
    own = load_weights(taken)
    assert all(torch.equal(own[name], value) for name, value in module.state_dict().items() if "linear" in name)

    window.perform("show-runs")
    table = window.editor.runs
    drive.wait(lambda: [row.state for row in table.model.rows] == ["taken"])
    assert not table.model.flags(table.model.index(0, 0)) & Qt.ItemFlag.ItemIsUserCheckable

    window.perform("show-results")
    results = window.editor.results
    drive.wait(lambda: results.examined is not None and Path(results.examined.run) == taken, 60)

    window.perform("show-training")
    assert window.editor.training.charts == {}
    window.perform("train")
    drive.wait(lambda: session.training.run is not None and session.training.run.step > 3, 60)
    assert session.weights.chosen == "newest"
    window.perform("stop")
    drive.wait(lambda: not session.training.alive, 60)
    drive.wait(lambda: session.weights.run not in (None, str(taken)))


def test_a_file_of_weights_that_is_dropped_is_asked_about(drive, tmp_path):
    window = drive.window
    window.new("mlp")
    drive.wait_for_analysis()
    path = tmp_path / "theirs.safetensors"
    save_file(compile_graph(window.session.graph.copy()).module().state_dict(), path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(300, 300), copy, data, left, none))
    assert drive.find("notice-text", QLabel).text() == "What are the weights of theirs.safetensors for?"
    choose(drive, "Take them as they are")
    drive.wait(lambda: window.session.weights.title == "theirs.safetensors", 60)
    window.dropEvent(QDropEvent(QPointF(300, 300), copy, data, left, none))
    choose(drive, "Begin the next run from them")
    assert window.session.beginning.place == path


def test_data_that_a_graph_came_with_is_adapted_to_once_a_run_has_refused_it(drive, tmp_path):
    letters = "".join(chr(code) for code in range(33, 123)) + " "
    (tmp_path / "book.txt").write_text(letters * 60, "utf-8")
    graph = catalog().new("char-gpt", {"width": 16, "layers": 1, "heads": 2})
    recipe = replace(graph.recipe, data="text", source={"file": "book.txt"}, epochs=1, epoch_batches=2, batch=4)
    graph.put("recipe", recipe)
    write(graph, tmp_path / "letters.graph.json")
    drive.window.open(tmp_path / "letters.graph.json")
    drive.wait_for_analysis()
    assert drive.window.session.adapting.found is None, "nobody has opened what a file names"
    press_train(drive)
    drive.wait(lambda: "does not fit its data" in notice(drive))
    assert drive.graph.recipe == recipe
    assert sorted(name for name, node in drive.graph.nodes.items() if node.operator == "input") == ["next", "tokens"]
    choose(drive, "Adapt the network")
    drive.wait_for_analysis()
    drive.wait(lambda: drive.window.topbar.train.isEnabled())
    press_train(drive)
    trained(drive)
