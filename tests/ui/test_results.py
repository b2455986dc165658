"""The Results tab: a real run measured, its confusions and misses shown, drawings and files tried."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from grapheditor.authoring import template
from grapheditor.catalog import catalog
from grapheditor.data import open_data
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.edit.sketch import sketch
from grapheditor.graph import read, write, write_text
from grapheditor.graph.carried import carry
from grapheditor.training.loop import train
from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.editor import CURVES, PROBLEMS, REST, RESULTS, TRAINING
from grapheditor.ui.results.matrix import Matrix, fitting
from grapheditor.ui.theme import THEMES, figures

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
    assert results.summary.text().startswith(f"epoch {found.epoch} · test: ")
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
    first = found.misses[0]["taken"]
    field = results.matrix.rect_of(first["true"], first["said"]).center().toPoint()
    QTest.mouseClick(results.matrix, LEFT, pos=field)
    expected = [
        miss
        for miss in found.misses
        if (miss["taken"]["true"], miss["taken"]["said"]) == (first["true"], first["said"])
    ]
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


@pytest.mark.parametrize("classes", [3, 10, 80])
def test_a_matrix_says_what_its_rows_and_columns_are(qtbot, monkeypatch, classes):
    """However small its fields are; beside them, and not over the names of classes."""
    said: dict[str, QRectF] = {}

    class Listening(QPainter):
        def drawText(self, place, flags, text):
            said[text] = self.worldTransform().mapRect(QRectF(place))
            super().drawText(place, flags, text)

    monkeypatch.setattr("grapheditor.ui.results.matrix.QPainter", Listening)
    matrix = Matrix(THEMES["dark"])
    matrix.resize(320, 260)
    names = [f"class {n}" for n in range(classes)]
    matrix.show_counts(names, np.eye(classes, dtype=int).tolist())
    matrix.grab()
    fields = matrix.rect_of(0, 0).united(matrix.rect_of(classes - 1, classes - 1))
    assert matrix.rect().contains(fields.toAlignedRect())
    assert said["said"].bottom() <= fields.top()
    assert said["true"].right() <= fields.left()
    assert said["true"].height() > said["true"].width(), "it is written upwards"
    others = [place for text, place in said.items() if text.startswith("class")]
    assert bool(others) == (classes <= 10)
    assert not any(place.intersects(said["said"]) or place.intersects(said["true"]) for place in others)


def test_counts_are_shortened_where_fields_are_small(qtbot):
    ground = QPixmap(100, 100)
    with painting(QPainter(ground)) as painter:
        painter.setFont(figures(9))
        wide = painter.fontMetrics().horizontalAdvance("0") + 0.5
        said = [fitting(433_898, wide * digits + 2, painter) for digits in (6, 5, 4, 3, 2)]
    assert said == ["433898", "434K", "434K", "", ""]


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


def drawn(draw, folder: Path) -> Path:
    """Write the graph that a function draws, train it for an epoch, and return its file."""
    graph = sketch(catalog(), template("Where it began", title="Drawn")(draw), {})
    graph.put("recipe", replace(graph.recipe, epochs=1))
    write(graph, folder / "drawn.graph.json")
    train(graph, folder / "runs", "drawn", send=lambda _: None, stopped=lambda: False, home=folder)
    return folder / "drawn.graph.json"


def shown(drive, path: Path):
    """Return the tab with what a graph's run has learned."""
    drive.window.open(path)
    drive.wait(lambda: drive.window.session.weights.run is not None)
    drive.window.perform("show-results")
    drive.wait(lambda: drive.window.editor.results.examined is not None)
    return drive.window.editor.results


def test_numbers_that_were_said_stand_against_those_that_are_true(drive, tmp_path):
    rows = [f"{i % 7},{i % 11},{(i % 7) - 2.5 * (i % 11)}" for i in range(200)]
    (tmp_path / "houses.csv").write_text("size,age,price\n" + "\n".join(rows) + "\n", "utf-8")

    def draw(g):
        features, price = g.input(shape=("N", 2), id="features"), g.input(shape=("N",), id="price")
        said = g.squeeze(g.linear(features, out_features=1), dim=1, id="said")
        g.output(said, id="result")
        g.train(g.mse_loss(said, price, id="loss"), data="table", source={"file": "houses.csv"})

    results = shown(drive, drawn(draw, tmp_path))
    assert not results.matrix.isVisible() and not results.pad.isVisible() and not results.trial.isVisible()
    assert results.scatter.isVisible()
    pairs = np.array(results.scatter.pairs)
    assert len(pairs) == results.examined.samples == results.wrong.count() == 20
    apart = np.abs(pairs[:, 0] - pairs[:, 1])
    true, said = pairs[int(apart.argmax())]
    assert results.wrong_title.text() == "Most wrong of 20: the highest loss"
    assert results.wrong.item(0).text().startswith(f"{true:.6g} → {said:.6g}  size ")
    assert f"true: {true:.6g}\nsaid: {said:.6g}" in results.wrong.item(0).toolTip()
    scatter = results.scatter
    drive.wait(lambda: scatter.frame().width() > 60)
    place = scatter.place_of(true, said)
    colour = scatter.grab().toImage().pixelColor(place.toPoint())
    assert abs(colour.hue() - scatter.theme.colour("accent").hue()) < 20
    assert scatter.said(place) == f"{said:.6g} was said, {true:.6g} is true"
    (tmp_path / "few.csv").write_text("size,age\n3,4\n", "utf-8")
    results.try_files([tmp_path / "few.csv"])
    drive.wait(lambda: results.said_of.text())
    assert results.trial.isVisible()
    assert "price: " in results.said_of.text()


def test_a_mask_that_is_said_is_seen_beside_its_image(drive, tmp_path):
    graph = catalog().new("unet", {"classes": 4, "channels": 3, "size": 32, "width": 4, "depth": 1, "padded": True})
    graph.put("recipe", replace(graph.recipe, epochs=1, source={**graph.recipe.source, "samples": 80}))
    write(graph, tmp_path / "unet.graph.json")
    train(graph, tmp_path / "runs", "unet", send=lambda _: None, stopped=lambda: False)
    results = shown(drive, tmp_path / "unet.graph.json")
    assert len(results.matrix.names) == 4
    assert np.array(results.matrix.counts).sum() == results.examined.samples * 32 * 32
    sizes = results.wrong.item(0).icon().availableSizes()
    assert sizes[0].width() > 3 * 50, "the sample, the mask, and what was said"
    QTest.mouseClick(results.matrix, LEFT, pos=results.matrix.rect_of(1, 0).center().toPoint())
    assert results.wrong.count() == len(results.examined.misses), "pixels are no samples"
    image = open_data("shapes", graph.recipe.source).parts["test"].columns["image"].take(np.array([0]))[0]
    Image.fromarray(image.transpose(1, 2, 0)).save(tmp_path / "one.png")
    results.try_files([tmp_path / "one.png"])
    drive.wait(lambda: results.chances.classes)
    assert results.seen.pixmap().width() > 1.5 * results.seen.pixmap().height()
    assert sum(share for _, share in results.chances.classes) == pytest.approx(1)


@pytest.fixture
def files(tmp_path) -> list[Path]:
    """Three digits, and what is no picture."""
    paths = [tmp_path / f"digit{i}.png" for i in range(3)]
    test = open_data("digits").parts["test"].columns
    for i, path in enumerate(paths):
        Image.fromarray(test["image"].take(np.array([i]))[0, 0]).save(path)
    (tmp_path / "none.png").write_bytes(b"not a picture")
    return [*paths, tmp_path / "none.png"]


def drop(widget, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    given = widget.rect().center(), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(*given)
    QApplication.sendEvent(widget, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(QPointF(given[0]), *given[1:]))


def test_all_files_that_are_dropped_are_shown_with_what_is_said_of_them(drive, results, files):
    drop(results, files)
    tried = results.tried
    drive.wait(lambda: tried.count() == 4)
    assert tried.isVisible()
    rows = [tried.item(i) for i in range(4)]
    labels = open_data("digits").parts["test"].columns["label"].take(np.arange(3)).tolist()
    right = [row.text().split()[1] == str(label) for row, label in zip(rows[:3], labels, strict=True)]
    assert sum(right) >= 2
    assert not any(row.icon().isNull() for row in rows[:3])
    assert "none.png" in rows[3].text()
    assert "digit0.png" in results.said_of.text()
    QTest.mouseClick(tried.viewport(), LEFT, pos=tried.visualItemRect(rows[1]).center())
    assert results.said_of.text().startswith("digit1.png: ")
    assert not results.seen.pixmap().isNull()
    rows_said = rows[0].text().split()[1]
    drop(results, files[:1])
    drive.wait(lambda: not tried.isVisible())
    assert results.chances.isVisible()
    assert results.said_of.text() == "digit0.png"
    assert results.chances.classes[0][0] == rows_said


def test_what_is_said_of_files_stays_where_nothing_is_measured_yet(drive, learned, files):
    drive.window.open(learned)
    drive.wait(lambda: drive.window.session.weights.run is not None)
    tab = drive.window.editor.results
    assert tab.examined is None
    tab.try_files(files)
    drive.wait(lambda: tab.tried.count() == 4)
    drive.window.session.training.changed.emit()
    drive.window.perform("show-results")
    assert tab.tried.isVisible()
    assert tab.examined is None
    assert tab.wrong_title.text().startswith("Measuring")
    drive.wait(lambda: tab.examined is not None)
    assert tab.tried.isVisible()
    assert tab.matrix.isVisible()
    assert tab.pad.isVisible()
    drive.window.new("mlp")
    assert tab.tried.count() == 0


def test_files_that_are_dropped_anywhere_are_tried_and_one_that_could_be_data_is_asked_about(drive, learned, tmp_path):
    drive.window.open(learned)
    drive.wait(lambda: drive.window.session.weights.run is not None)
    asked, learning = [], []
    drive.window.editor.results.try_files = asked.append
    drive.window.learn_from = learning.append
    picture, table, graph = tmp_path / "digit.png", tmp_path / "rows.csv", tmp_path / "drawn.png"
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(picture)
    table.write_text("a,b\n1,2\n")
    graph.write_bytes(carry(picture.read_bytes(), write_text(drive.graph.copy())))
    drop(drive.window, [picture])
    assert asked == [[picture]]
    assert drive.window.editor.tabs.currentIndex() == RESULTS
    drop(drive.window, [table])
    texts = [drive.find(f"notice-{i}", QPushButton).text() for i in range(2)]
    assert texts == ["Ask the network about it", "Learn from it"]
    drive.find("notice-1", QPushButton).click()
    assert learning == [[str(table)]]
    drop(drive.window, [graph])
    assert len(asked) == 1, "a picture of a graph is opened"
    assert len(drive.window.windows.all) == 2
    drive.window.windows.all[-1].close_unasked()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_process_that_dies_is_said_and_replaced(drive, results):
    examiner = drive.window.session.examiner
    drive.click("results-measure")
    os.kill(examiner.pid, signal.SIGKILL)
    drive.wait(lambda: "killed" in results.summary.text())
    drive.click("results-measure")
    before = results.examined
    drive.wait(lambda: results.examined is not before)
    assert results.summary.text().startswith(f"epoch {results.examined.epoch} · test: ")
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
