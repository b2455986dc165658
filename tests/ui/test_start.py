"""The start page: finding a network with a few letters or the arrow keys, its options and numbers, recent files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from grapheditor.catalog import catalog
from grapheditor.engine.messages import Glanced, Surveyed
from grapheditor.graph import write_text
from grapheditor.ui.engine import Engine
from grapheditor.ui.fuzzy import score
from grapheditor.ui.outline import outline
from grapheditor.ui.recent import moment, number

KNOWN = catalog()


@pytest.fixture(autouse=True)
def no_engine(request, monkeypatch):
    """Only where numbers are counted an engine is needed."""
    if "counted" not in request.node.name:
        monkeypatch.setattr(Engine, "start", lambda self: None)


@pytest.fixture
def gallery(drive):
    found = drive.window.start.gallery
    drive.wait(lambda: found.drawn)
    return found


def shown(gallery):
    return gallery.shown


# Pictures


def blocks(name):
    found = outline(KNOWN.new(name), KNOWN)
    return found, [(block.category, block.count) for block in found.blocks]


def test_what_follows_in_a_row_is_one_block():
    found, marks = blocks("vgg16")
    convolutions = [count for category, count in marks if category == "Convolution"]
    assert convolutions == [2, 2, 3, 3, 3]
    assert not found.skips


def test_copies_are_one_block_with_their_number():
    assert [count for category, count in blocks("resnet50")[1] if category == "Module"] == [3, 4, 6, 3]
    assert ("Module", 96) in blocks("gpt3")[1]


def test_wires_that_pass_layers_by_are_arcs():
    found, _ = blocks("unet")
    assert found.skips
    for a, b in found.skips:
        assert found.blocks[b].layer > found.blocks[a].layer + 1


@pytest.mark.parametrize("name", KNOWN.templates)
def test_every_template_has_a_picture_that_flows_down(name):
    found, marks = blocks(name)
    assert marks
    assert not {category for category, _ in marks} & {"Loss", "Metric"}
    for a, b in found.wires:
        assert found.blocks[a].layer < found.blocks[b].layer


# Finding


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("resnet50", "resnet50"),
        ("rsn50", "resnet50"),
        ("lecun", "lenet-1989"),
        ("lecun 1998", "lenet-5"),
        ("he 2015 152", "resnet152"),
        ("u-net", "unet"),
    ],
)
def test_a_network_is_found_by_name_author_and_year(drive, gallery, query, first):
    QTest.keyClicks(gallery.search, query)
    assert shown(gallery)[0] == first
    assert gallery.card(first).isVisible()
    other = next(name for name in KNOWN.templates if name not in gallery.shown)
    assert not gallery.card(other).isVisible()


def test_where_nothing_goes_on_there_is_nothing_to_cancel(drive):
    assert not drive.find("status-cancel").isVisible()


def test_what_is_not_there_is_said(drive, gallery):
    QTest.keyClicks(gallery.search, "zzz")
    assert not shown(gallery)
    assert gallery.nothing.isVisible()
    QTest.keyClick(gallery.search, Qt.Key.Key_Escape)
    assert shown(gallery) == list(KNOWN.templates)


def test_letters_in_order_find_a_name_and_no_other_text():
    assert score("mlp", ("Multilayer perceptron",)) is not None
    assert score("plm", ("Multilayer perceptron",)) is None
    assert score("mlp", ("VGG", "Multilayer perceptron")) is None
    assert score("vgg", ("VGG16", "x")) < score("vgg", ("x", "after VGG16"))


def test_categories_filter_and_search_stays(drive, gallery):
    QTest.keyClicks(gallery.search, "2015")
    both = shown(gallery)
    drive.click("chip-vision")
    assert set(shown(gallery)) == {name for name in both if KNOWN.templates[name].category == "Vision"}
    assert not gallery.chips[""].isChecked()
    drive.click("chip-all")
    assert shown(gallery) == both


# The keyboard


def test_the_keyboard_reaches_everything(drive, gallery):
    gallery.search.setFocus()
    drive.key(Qt.Key.Key_Down)
    assert gallery.card(gallery.shown[0]).hasFocus()
    drive.key(Qt.Key.Key_Right)
    assert gallery.card(gallery.shown[1]).hasFocus()
    drive.key(Qt.Key.Key_Down)
    columns = gallery.area.columns
    assert gallery.card(gallery.shown[1 + columns]).hasFocus()
    drive.key(Qt.Key.Key_Left)
    drive.key(Qt.Key.Key_Up)
    assert gallery.card(gallery.shown[0]).hasFocus()
    drive.key(Qt.Key.Key_Up)
    assert gallery.search.hasFocus()
    drive.key(Qt.Key.Key_Return)
    drive.key(Qt.Key.Key_Space)
    panel = drive.window.start.template
    assert panel.isVisible()
    assert panel.template.id == gallery.shown[0]
    drive.key(Qt.Key.Key_Escape)
    assert not panel.isVisible()
    drive.key(Qt.Key.Key_Return)
    assert drive.window.session.graph == KNOWN.new(gallery.shown[0])


def test_return_presses_what_has_the_focus(drive, gallery):
    chip = gallery.chips["Vision"]
    chip.setFocus()
    drive.key(Qt.Key.Key_Return)
    assert chip.isChecked()
    drive.find("start-empty").setFocus()
    drive.key(Qt.Key.Key_Return)
    assert drive.window.session.document is not None


def test_a_double_click_makes_a_network_at_once(drive, gallery):
    QTest.mouseDClick(drive.find("card-mlp"), Qt.MouseButton.LeftButton)
    assert drive.graph == KNOWN.new("mlp")


# Options


def test_a_wrong_option_is_said_and_nothing_is_made_of_it(drive, gallery):
    drive.window.start.choose("vgg16")
    drive.type("option-classes", "-3", None)
    assert drive.window.start.template.fields["classes"].complaint.isVisible()
    drive.type("option-classes", "7", None)
    drive.click("start-open-template")
    assert drive.graph == KNOWN.new("vgg16", {"classes": 7})


def test_the_numbers_that_are_counted_follow_the_options(drive, gallery):
    session = drive.window.session
    drive.window.start.choose("mlp")
    numbers = drive.find("template-numbers", QLabel)
    drive.wait(lambda: numbers.text() == "235,146 parameters")
    drive.type("option-classes", "20", None)
    assert numbers.text() == "counting"
    drive.wait(lambda: numbers.text() == "236,436 parameters")
    assert session.surveys.gallery["mlp"].parameters == 235_146, "the card keeps the template's own"
    drive.type("option-classes", "10", None)
    drive.wait(lambda: numbers.text() == "235,146 parameters")


def test_a_late_answer_is_not_taken_for_other_options(drive, gallery):
    start = drive.window.start
    start.choose("mlp")
    drive.type("option-classes", "20", None)
    drive.window.session.engine.received.emit(Surveyed("mlp", 5, 5, {"classes": 2}))
    assert start.template.numbers.text() == "counting"
    drive.window.session.engine.received.emit(Surveyed("mlp", 236436, 5, {"classes": 20}))
    assert start.template.numbers.text() == "236,436 parameters"


# Recent files


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (datetime(2026, 3, 12, 14, 2), "today, 14:02"),
        (datetime(2026, 3, 11, 23, 59), "yesterday"),
        (datetime(2026, 3, 9, 1, 0), "Monday"),
        (datetime(2026, 3, 6, 1, 0), "Friday"),
        (datetime(2026, 3, 5, 1, 0), "5 March"),
        (datetime(2025, 11, 12, 1, 0), "12 November 2025"),
        (datetime(2026, 3, 13, 1, 0), "13 March"),
    ],
)
def test_moments_are_written_as_people_say_them(then, said):
    assert moment(then, datetime(2026, 3, 12, 16, 0)) == said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Glanced("x", 25_600_000), "25.6 M"),
        (Glanced("x", 5, 2), "2 runs"),
        (Glanced("x", 5, 1, {"validation_accuracy": 0.5, "test_accuracy": 0.9912}), "99.1 %"),
        (Glanced("x", 5, 1, {"validation_loss": 1.5249}), "loss 1.52"),
        (Glanced("x", None), ""),
    ],
)
def test_a_file_is_told_by_its_best_number(found, said):
    assert number(found) == said


def test_recent_files_have_numbers_that_are_counted_by_the_engine(drive, tmp_path):
    paths = [tmp_path / "one.graph.json", tmp_path / "two.graph.json"]
    KNOWN.new("mlp").save(paths[0])
    paths[1].write_text("no graph")
    drive.window.start.show_recent(paths)
    row = drive.find("recent-0")
    drive.wait(lambda: row.aside.text() == "235 K")
    assert row.accessibleName().startswith("one.graph.json, today, ")
    assert drive.find("recent-1").aside.text() == ""
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert drive.window.session.path == Path(paths[0])


def test_the_search_is_a_line_that_can_be_edited(drive, gallery):
    line = drive.find("gallery-search", QLineEdit)
    line.setFocus()
    QTest.keyClicks(QApplication.focusWidget(), "res net")
    QTest.keyClick(line, Qt.Key.Key_Left)
    QTest.keyClick(line, Qt.Key.Key_Backspace)
    assert line.text() == "res nt"


# The clipboard


def test_a_graph_that_is_pasted_onto_the_start_page_is_opened(drive, gallery):
    window, graph = drive.window, KNOWN.new("mnist-convnet")
    drive.settle()
    QApplication.clipboard().setText(f"Try this:\n```json\n{write_text(graph)}```\n")
    drive.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert drive.graph == graph
    assert window.is_edited, "nobody has saved it yet"
    drive.wait(lambda: window.canvas.isVisible() and window.canvas.view.zoom > 0)
    window.undo()
    assert not drive.graph.nodes


def test_what_is_no_graph_is_told_on_the_start_page(drive, gallery):
    drive.settle()
    QApplication.clipboard().setText("hello")
    drive.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert drive.window.session.document is None
    assert any("clipboard" in item.text() for item in drive.window.notice.findChildren(QLabel) if item.isVisible())
