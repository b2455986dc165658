from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QColor, QContextMenuEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QMessageBox, QPushButton, QWidget

from grapheditor.catalog import catalog
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.engine.messages import FoundRun, Ready
from grapheditor.graph import Input, Output
from grapheditor.ui.actions import ACTIONS, MENUS
from grapheditor.ui.canvas.callout import Callout
from grapheditor.ui.run import Run
from grapheditor.ui.telling import Choice, Notice
from grapheditor.ui.theme import THEMES
from grapheditor.ui.widgets import Edit, Offer
from grapheditor.ui.window import Window

ALT = Qt.KeyboardModifier.AltModifier


def test_the_table_of_actions_is_sound():
    ids = [action.id for action in ACTIONS]
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(set(ids)) == len(ids)
    assert len(set(keys)) == len(keys)
    assert {action.menu for action in ACTIONS} == set(MENUS)
    for action in ACTIONS:
        assert action.title[0].isupper()
        assert "!" not in action.title


def test_every_action_can_be_done_or_says_why_not(drive, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([], ""))
    for prepared in (False, True):
        if prepared:
            drive.window.new("mlp")
            drive.wait_for_analysis()
            drive.window.canvas.select(["linear1"])
        for action in ACTIONS:
            if action.id in ("quit", "start", "new", "new-window", "close-window", "train", "theme-system"):
                continue
            why = action.why_not(drive.window)
            assert why is None or why.endswith(".")
            drive.window.perform(action.id)
            QApplication.processEvents()
            if QApplication.activePopupWidget() is not None:
                QApplication.activePopupWidget().close()
            if prepared:
                drive.window.canvas.select([name for name in ("linear1",) if name in drive.graph.nodes])


def entries(menu):
    """Return the entries of a menu and of those below it."""
    found = [action for action in menu.actions() if not action.isSeparator()]
    return [*found, *(one for action in found if action.menu() for one in entries(action.menu()))]


def test_menus_show_every_action_and_grey_what_cannot_be_done(drive):
    shown = {action.objectName() for action in entries(drive.window.menuBar())}
    assert shown >= {f"action-{action.id}" for action in ACTIONS if not action.quiet}
    assert not drive.window.actions_by_id["save"].isEnabled()
    drive.window.new("mlp")
    assert drive.window.actions_by_id["save"].isEnabled()
    assert not drive.window.actions_by_id["undo"].isEnabled()
    assert drive.window.actions_by_id["undo"].toolTip() == "There is nothing to undo."


def test_the_gallery_shows_every_template_with_its_numbers(drive):
    gallery = drive.window.start.gallery
    drive.wait(lambda: gallery.drawn)
    for template in catalog().templates:
        drive.wait(lambda name=template: drive.window.session.surveys.gallery.get(name) is not None)
        card = gallery.area.reach(template)
        assert card is drive.find(f"card-{template}") and card.isVisible()
        assert not card.visibleRegion().isEmpty() and card.numbers.text()
    assert drive.find("card-mnist-convnet").numbers.text().startswith("105,506")
    drive.type("gallery-search", "multilayer", None)
    assert not drive.find("card-mnist-convnet").isVisible()
    assert drive.find("card-mlp").isVisible()


def test_a_template_is_opened_with_its_options(drive):
    QTest.mouseClick(drive.find("card-mlp"), Qt.MouseButton.LeftButton)
    drive.type("option-first", "33")
    drive.click("start-open-template")
    assert drive.graph.nodes["linear1"].options["out_features"] == 33


def test_a_problem_is_shown_where_it_is_and_goes_away(drive):
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    drive.click_node("pool1")
    drive.type("option-kernel_size", "5", None)
    drive.wait(lambda: drive.window.session.findings.analysis.problems)
    assert drive.window.editor.tabs.tabText(1) == "Problems 1"
    assert not drive.find("train").isEnabled()
    assert drive.find("train").toolTip().startswith("conv2: The filter does not fit into the image")
    drive.click("problem-count")
    QTest.mouseClick(drive.find("problem-conv2"), Qt.MouseButton.LeftButton)
    assert drive.window.canvas.selection == {"conv2"}
    drive.window.perform("undo")
    drive.wait(lambda: not drive.window.session.findings.analysis.problems)
    assert drive.window.editor.tabs.tabText(1) == "Problems"
    assert drive.find("train").isEnabled()


def test_a_refused_value_complains_in_place_and_keeps_the_old_one(drive):
    drive.window.new("mnist-convnet")
    drive.click_node("conv1")
    drive.type("option-stride", "0", None)
    field = drive.find("option-stride").parent()
    assert field.complaint.isVisible()
    assert "at least 1" in field.complaint.text()
    assert "stride" not in drive.graph.nodes["conv1"].options
    drive.key(Qt.Key.Key_Return)
    drive.wait_for_analysis()
    assert drive.find("option-stride").text() == "0", "what was typed stays until it is mended or taken back"
    assert field.complaint.isVisible()
    QTest.keyClick(drive.find("option-stride"), Qt.Key.Key_Escape)
    assert drive.find("option-stride").text() == "1"
    assert not field.complaint.isVisible()


def test_a_training_does_not_begin_past_a_refused_value(drive):
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    drive.click_node("conv1")
    drive.type("option-stride", "0", None)
    drive.window.canvas.setFocus()
    drive.click("train")
    assert not drive.window.session.training.alive
    said = drive.find("notice-text", QLabel).text()
    assert said.startswith("stride: ")
    assert "at least 1" in said
    assert drive.find("option-stride").hasFocus()
    QTest.keyClick(drive.find("option-stride"), Qt.Key.Key_Escape)
    drive.click("train")
    drive.wait(lambda: drive.window.session.training.alive)
    drive.window.session.training.stop()
    drive.wait(lambda: not drive.window.session.training.alive)


def test_the_option_that_a_problem_is_about_is_marked(drive):
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    drive.click_node("conv1")
    drive.type("option-kernel_size", "40", None)
    drive.wait(lambda: drive.window.session.findings.analysis.problems)
    marked = [item.objectName() for item in drive.window.findChildren(Edit) if item.property("wrong")]
    assert marked == ["option-kernel_size"]
    drive.type("option-kernel_size", "5", None)
    drive.wait(lambda: not drive.window.session.findings.analysis.problems)
    assert not drive.find("option-kernel_size").property("wrong")


def test_a_first_operator_goes_behind_the_input_that_waits(drive):
    drive.window.new()
    drive.wait(drive.window.canvas.hasFocus)
    drive.find("option-data").setFocus()
    drive.key(Qt.Key.Key_Down)
    assert drive.window.canvas.selection == {"image"}
    assert drive.window.canvas.hasFocus()
    drive.window.canvas.select([])
    drive.add("normalize")
    assert drive.graph.wires[Input("normalize1", "x")] == Output("image")
    drive.window.canvas.select([])
    assert drive.add("relu") == "relu1"
    assert not drive.graph.into("relu1"), "image has found its operator; labels wait for a loss"


def test_the_right_button_offers_what_can_be_done(drive):
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    canvas = drive.window.canvas
    canvas.fit()

    def offered(x, y):
        place = canvas.rect().topLeft() + QPoint(*map(round, canvas.view.to_screen(x, y)))
        reason = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(canvas, QContextMenuEvent(reason, place, canvas.mapToGlobal(place)))
        menu = QApplication.activePopupWidget()
        actions = {action.objectName().removeprefix("action-"): action for action in menu.actions()}
        menu.close()
        return actions

    left, top, _, _ = canvas.scene.geometry.box("relu1")
    actions = offered(left + 60, top + 14)
    assert canvas.selection == {"relu1"}
    assert {"rename", "duplicate", "dissolve"} <= set(actions)
    actions["dissolve"].trigger()
    assert "relu1" not in drive.graph.nodes
    drive.window.perform("undo")

    wire = Input("relu1", "x")
    ends = [canvas.scene.geometry.where(end) for end in (drive.graph.wires[wire], wire)]
    actions = offered(*(sum(axis) / 2 for axis in zip(*ends, strict=True)))
    assert canvas.selected_wires == {wire}
    actions["insert"].trigger()
    QTest.keyClicks(QApplication.focusWidget(), "tanh")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert drive.graph.wires[wire] == Output("tanh1")

    actions = offered(left - 100, top)
    assert not canvas.selection
    assert "paste" in actions


def test_typing_in_a_field_is_one_step_of_undo(drive):
    drive.window.new("mnist-convnet")
    drive.click_node("conv1")
    drive.type("option-out_channels", "128", None)
    assert drive.graph.nodes["conv1"].options["out_channels"] == 128
    QTest.keyClick(drive.find("option-out_channels"), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "out_channels" not in drive.graph.nodes["conv1"].options
    assert drive.find("option-out_channels").text() == "32"
    assert not drive.window.session.document.can_undo
    QTest.keyClicks(drive.find("option-out_channels"), "0")
    assert drive.graph.nodes["conv1"].options["out_channels"] == 320
    drive.window.perform("undo")
    assert "out_channels" not in drive.graph.nodes["conv1"].options


def test_what_is_being_typed_is_not_wiped_by_the_engine(drive):
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    drive.click_node("conv1")
    drive.type("option-stride", "1")
    for text, name in (("a", "option-kernel_size"), ("edges", "option-id")):
        drive.type(name, text, None)
        drive.window.session.findings.analysed.emit()
        drive.window.session.findings.printed.emit()
        assert drive.find(name).text() == text
    assert drive.find("option-kernel_size").parent().refused
    QTest.keyClick(drive.find("option-id"), Qt.Key.Key_Escape)
    assert set(drive.graph.nodes) >= {"conv1"}
    assert drive.find("option-id").text() == "conv1"
    assert drive.window.canvas.hasFocus()


def test_an_export_that_dies_with_its_engine_is_said_and_can_be_made_again(drive, tmp_path):
    window, session = drive.window, drive.window.session
    window.new("mlp")
    drive.wait_for_analysis()
    session.exports.start(tmp_path / "one.onnx")
    assert session.exports.path is not None
    told, tried = [], []
    session.told.connect(lambda notice: told.append(notice.text))

    def export_at_once() -> None:
        if not session.engine.is_ready and not tried:
            session.exports.start(tmp_path / "two.py")
            tried.append(session.exports.path)

    session.engine.state_changed.connect(export_at_once)
    os.kill(session.engine.pid, signal.SIGKILL)
    drive.wait(lambda: any("Export it again" in text for text in told))
    assert tried == [None], "an engine that is starting has no graph yet"
    drive.wait(lambda: session.engine.is_ready)
    drive.wait_for_analysis()
    session.exports.start(tmp_path / "two.py")
    drive.wait(lambda: (tmp_path / "two.py").exists())


def test_an_engine_that_dies_too_often_is_started_again_by_hand(drive):
    session = drive.window.session
    drive.window.new("mlp")
    for _ in range(4):
        drive.wait(lambda: session.engine.is_ready)
        killed = session.engine.pid
        os.kill(killed, signal.SIGKILL)
        drive.wait(lambda killed=killed: session.engine.stopped or session.engine.pid != killed)
    drive.wait(lambda: session.engine.stopped)
    assert "Start the engine again" in drive.find("notice-text", QLabel).text()
    session.rename("linear1", "wide")
    assert "has stopped" in session.training.why_not()
    drive.window.perform("engine")
    drive.wait_for_analysis()
    assert session.training.why_not() is None


def test_a_file_that_the_dialog_did_not_ask_about_is_asked_about(drive, tmp_path, monkeypatch):
    drive.window.new("mlp")
    precious = tmp_path / "foo.graph.json"
    precious.write_text("precious")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "foo"), ""))
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *a: (asked.append(a[2]), QMessageBox.StandardButton.No)[1])
    assert not drive.window.files.save_as()
    assert "foo.graph.json exists already" in asked[0]
    assert precious.read_text() == "precious"
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    assert drive.window.files.save_as()
    assert "mlp" in precious.read_text() or "linear" in precious.read_text()


def test_settings_that_are_no_numbers_do_not_break_the_page(drive, tmp_path):
    graph = catalog().new("mlp")
    objective = replace(graph.recipe.objectives[0], settings={"lr": "x", "momentum": "abc"})
    graph.put("recipe", replace(graph.recipe, objectives=(objective,)))
    graph.save(tmp_path / "odd.graph.json")
    drive.window.open(tmp_path / "odd.graph.json")
    assert drive.find("option-learning_rate").text() == "0.001"


def test_each_of_several_objectives_has_a_form_of_its_own(drive):
    drive.window.new("gan-gaussians")
    QApplication.processEvents()
    first, second = drive.window.findChildren(QLineEdit, "option-learning_rate")
    before = drive.graph.recipe.objectives
    second.setFocus()
    second.selectAll()
    QTest.keyClicks(second, "0.25")
    QTest.keyClick(second, Qt.Key.Key_Return)
    after = drive.graph.recipe.objectives
    assert after == (before[0], replace(before[1], settings={**before[1].settings, "lr": 0.25}))
    assert first.text() == "0.001"


def test_an_answer_for_another_document_is_not_taken(drive):
    session = drive.window.session
    drive.window.new("mlp")
    drive.wait_for_analysis()
    old = session.findings.analysis
    drive.window.new("mnist-convnet")
    session.engine.received.emit(old)
    assert session.findings.analysis is None or "conv1" in session.findings.analysis.nodes
    session.engine.received.emit(FoundRun("elsewhere", "other", "elsewhere/other-001", "other-001, epoch 1 of 1"))
    assert session.weights.found is None or session.weights.found.run is None


def test_waiting_to_train_ends_with_an_edit_and_with_stop(drive):
    session = drive.window.session
    drive.window.new("mlp")
    for end in (lambda: drive.window.perform("stop"), lambda: session.rename("linear1", "wide")):
        session.findings.analysis = None
        session.training.start()
        assert session.training.waiting
        assert drive.window.editor.training.status.text() == "waiting for the engine"
        end()
        assert not session.training.waiting
        assert drive.window.editor.training.status.text() == ""


def test_a_device_that_was_chosen_stays_when_the_engine_starts_again(drive):
    session = drive.window.session
    both = [{"id": "cpu", "title": "cpu", "memory": 0}, {"id": "cuda:0", "title": "cuda:0", "memory": 1}]
    session.engine.received.emit(Ready("2", both))
    assert session.abilities.device == "cuda:0"
    session.abilities.choose("cpu")
    session.engine.received.emit(Ready("2", both))
    assert session.abilities.device == "cpu"
    session.abilities.choose("cuda:0")
    session.engine.received.emit(Ready("2", both[:1]))
    assert session.abilities.device == "cpu"


def test_a_hint_goes_with_the_next_edit(drive):
    drive.window.new("mlp")
    drive.window.session.rename("linear1", "wide")
    drive.window.perform("undo")
    assert drive.window.statusbar.told.text().startswith("Undone")
    drive.window.session.rename("linear2", "wide")
    assert drive.window.statusbar.told.text() == ""


def test_the_window_opens_as_it_was_left_and_survives_damaged_settings(drive, tmp_path):
    settings = QSettings(str(tmp_path / "other.ini"), QSettings.Format.IniFormat)
    first = Window(settings)
    first.resize(800, 640)
    first.show()
    first.editor.middle.setSizes([400, 300])
    kept = first.editor.middle.sizes()
    first.close()
    second = Window(settings)
    second.show()
    assert (second.width(), second.height()) == (800, 640)
    assert second.editor.middle.sizes()[1] == pytest.approx(kept[1], abs=40)
    second.close()
    for name in ("window/geometry", "window/columns", "window/rows"):
        settings.setValue(name, "abc")
    third = Window(settings)
    assert third.editor is not None
    third.close()
    for window in (first, second, third):
        window.deleteLater()


def test_an_option_of_a_template_is_the_one_that_is_seen(drive):
    drive.window.start.choose("mlp")
    for text in ("33", "256"):
        drive.type("option-first", text)
    assert drive.find("option-first").text() == "256"
    drive.click("start-open-template")
    assert drive.graph.nodes["linear1"].options["out_features"] == 256


def test_a_node_gets_another_id_and_stays_selected(drive):
    drive.window.new("mnist-convnet")
    drive.click_node("conv1")
    drive.type("option-id", "first")
    assert "first" in drive.graph.nodes
    assert drive.window.canvas.selection == {"first"}
    drive.type("option-id", "for")
    assert "first" in drive.graph.nodes
    assert "word of the Python language" in drive.find("option-id").parent().complaint.text()
    drive.window.perform("rename")
    QTest.keyClicks(QApplication.focusWidget(), "Edges")
    assert drive.graph.nodes["first"].title == "Edges"


def test_nodes_of_one_operator_are_edited_together(drive):
    drive.window.new("mnist-convnet")
    drive.window.canvas.select(["conv1", "conv2"])
    assert drive.find("option-out_channels").placeholderText() == "several"
    drive.type("option-out_channels", "48")
    assert {drive.graph.nodes[name].options["out_channels"] for name in ("conv1", "conv2")} == {48}
    drive.window.perform("undo")
    assert "out_channels" not in drive.graph.nodes["conv1"].options


@pytest.mark.parametrize("category", catalog().by_category())
def test_every_operator_has_a_field_for_each_option(drive, category):
    drive.window.new()
    for operator in catalog().by_category()[category]:
        if not operator.options:
            continue
        drive.window.canvas.add_operator(operator.id)
        drive.settle()
        for option in operator.options:
            editor = drive.window.findChild(QWidget, f"option-{option.name}")
            assert editor is not None and editor.isVisible(), f"{operator.id}.{option.name}"
            assert editor.accessibleName()
            assert editor.accessibleDescription() == option.doc


def test_the_inspector_shows_the_pytorch_of_a_node(drive):
    drive.window.new("mnist-convnet")
    drive.click_node("conv2")
    drive.wait(lambda: "nn.Conv2d" in drive.find("pytorch", QLabel).text())
    lines = drive.find("pytorch", QLabel).text().split("\n")
    assert lines == ["self.conv2 = nn.Conv2d(32, 64, 5)", "x = F.relu(F.max_pool2d(self.conv2(x), 2))"]


def test_the_palette_searches_and_adds_behind_what_is_selected(drive):
    drive.window.new("mnist-convnet")
    drive.window.canvas.select(["relu3"])
    drive.type("palette-search", "drop")
    assert drive.graph.wires[next(iter(drive.graph.into("dropout1")))].node == "relu3"
    QTest.mouseDClick(drive.find("operator-dropout"), Qt.MouseButton.LeftButton)
    assert "dropout2" in drive.graph.nodes


def test_the_command_palette_runs_what_it_finds(drive):
    drive.window.new("mnist-convnet")
    drive.window.perform("commands")
    line = drive.find("commands-search", QLineEdit)
    drive.wait(line.hasFocus)
    QTest.keyClicks(line, "select all")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert drive.window.canvas.selection == set(drive.graph.nodes)


@pytest.mark.parametrize("query", ["", "select all"])
def test_the_command_palette_gives_the_keyboard_back(drive, query):
    drive.window.new("mnist-convnet")
    canvas = drive.window.canvas
    canvas.setFocus()
    drive.window.perform("commands")
    line = drive.find("commands-search", QLineEdit)
    drive.wait(line.hasFocus)
    QTest.keyClicks(line, query)
    QTest.keyClick(line, Qt.Key.Key_Return if query else Qt.Key.Key_Escape)
    drive.settle()
    assert canvas.hasFocus()


def test_a_second_press_meets_the_field_that_the_first_one_did(drive):
    """The help of a field that is left goes away, and what stood below it moves up."""
    drive.window.new("mnist-convnet")
    drive.click_node("conv1")
    QTest.mouseClick(drive.find("option-out_channels"), Qt.MouseButton.LeftButton)
    help_ = drive.find("option-out_channels").parent().help
    drive.wait(help_.isVisible)
    field = drive.find("option-padding")
    before = field.mapToGlobal(QPoint())
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    drive.settle()
    assert field.hasFocus()
    assert field.mapToGlobal(QPoint()) == before
    assert help_.isVisible()
    drive.wait(lambda: not help_.isVisible(), 10)
    assert field.hasFocus()


def test_problems_of_several_nodes_say_whose_they_are(drive):
    drive.window.new("mnist-convnet")
    drive.click_node("conv1")
    drive.type("option-kernel_size", "40")
    findings = drive.window.session.findings
    drive.wait(lambda: findings.analysis is not None and findings.analysis.problems)
    page = drive.window.editor.inspector
    drive.window.canvas.select(["conv1"])
    drive.settle()
    (told,) = [item.text() for item in page.findChildren(QLabel) if item.property("wrong") and item.isVisible()]
    assert not told.startswith("conv1")
    drive.window.canvas.select(["conv1", "conv2"])
    drive.settle()
    texts = [item.text() for item in page.findChildren(QLabel) if item.property("wrong") and item.isVisible()]
    assert f"conv1: {told}" in texts


def test_a_callout_leaves_the_card_that_it_speaks_of_uncovered(drive):
    drive.window.new("mnist-convnet")
    canvas = drive.window.canvas
    box = canvas.view.on_screen(canvas.scene.geometry.box("conv1"))
    room = max(canvas.width() - box.right, box.left)
    for titles in (["Make it 3"], ["Make " + "a very long change " * 8]):
        callout = Callout(
            canvas, canvas.theme, "conv1", {"message": "It does not fit.", "severity": "error"},
            [{"title": title} for title in titles], "Alt+Return", print, print,
        )  # fmt: skip
        callout.place(box)
        assert room > callout.width()
        assert callout.x() >= box.right or callout.geometry().right() <= box.left
        (button,) = callout.findChildren(Offer)
        assert button.fontMetrics().horizontalAdvance(button.shown()) <= button.width()
        assert ("…" in button.shown()) == (len(titles[0]) > 100)
        callout.deleteLater()


def test_with_the_largest_text_a_problem_is_read_without_scrolling_sideways(drive):
    window = drive.window
    window.new("broken-net")
    window.resize(1280, 800)
    drive.wait(lambda: window.session.findings.fixes)
    window.editor.show_tab(1)
    window.preferences.choose("text-scale", 200)
    drive.settle()
    tab = window.editor.problems
    assert tab.horizontalScrollBar().maximum() == 0
    window.preferences.choose("text-scale", 100)


def test_a_file_that_cannot_be_read_leaves_what_is_open(drive, tmp_path):
    drive.window.new("mlp")
    before = drive.graph
    path = tmp_path / "bad.graph.json"
    path.write_text("{]")
    drive.window.open(path)
    assert drive.graph is before
    assert "is not JSON" in drive.find("notice-text", QLabel).text()
    assert drive.find("notice").isVisible()
    drive.click("notice-close")
    assert not drive.find("notice").isVisible()


def test_a_dropped_file_opens_and_is_remembered(drive, tmp_path):
    path = tmp_path / "mine.graph.json"
    catalog().new("mlp").save(path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    drive.window.dropEvent(event)
    assert drive.window.session.path == path
    assert drive.window.windows.recents.files() == [path]
    assert drive.window.windowTitle() == "mine.graph.json"


@pytest.mark.parametrize("answer", ["Cancel", "Discard"])
def test_unsaved_changes_are_asked_about(drive, monkeypatch, answer):
    asked = []
    button = getattr(QMessageBox.StandardButton, answer)
    monkeypatch.setattr(QMessageBox, "question", lambda *given: asked.append(given[2]) or button)
    drive.window.new("mlp")
    assert not asked
    drive.window.canvas.delete_selection()
    drive.window.canvas.select_all()
    drive.window.canvas.delete_selection()
    drive.window.new("mnist-convnet")
    assert len(asked) == 1
    assert ("conv1" in drive.graph.nodes) == (answer == "Discard")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_engine_is_said_and_comes_back_with_everything(drive):
    session = drive.window.session
    drive.window.new("mlp")
    drive.wait_for_analysis()
    states = []
    session.engine.state_changed.connect(lambda: states.append(session.engine.state))
    os.kill(session.engine.pid, signal.SIGKILL)
    drive.wait(lambda: "engine starting again" in states)
    drive.window.canvas.select(["linear1"])
    drive.type("option-out_features", "77")
    drive.wait_for_analysis()
    assert session.engine.is_ready
    assert session.findings.analysis.nodes["linear1"]["outputs"]["out"]["shape"] == ["N", 77]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_run_is_said(drive):
    session = drive.window.session
    drive.window.train_digits()
    drive.wait(lambda: session.training.run is not None and session.training.run.step > 5)
    os.kill(session.training.run.pid, signal.SIGKILL)
    drive.wait(lambda: session.training.run.state == "failed")
    assert "killed (SIGKILL" in drive.find("notice-text", QLabel).text()
    drive.wait(lambda: drive.find("train").isEnabled())


def test_closing_ends_every_process(drive, monkeypatch):
    session = drive.window.session
    drive.window.train_digits()
    drive.wait(lambda: session.training.run is not None and session.training.run.step > 5)
    engine, run = session.engine._process.child, session.training.run._process.child
    monkeypatch.setattr("grapheditor.ui.windows.ask_running", lambda *_, **_more: "cancel")
    assert not drive.window.close()
    assert run.alive
    monkeypatch.setattr("grapheditor.ui.windows.ask_running", lambda *_, **_more: "stop")
    assert drive.window.close()
    assert not engine.alive
    assert not run.alive
    assert isinstance(session.training.run, Run)


def test_without_data_or_loss_train_says_what_is_missing(drive):
    drive.window.new()
    assert drive.find("train").toolTip() == "The graph is empty: add operators first."
    drive.window.canvas.add_operator("input")
    assert drive.find("train").toolTip().startswith("There is no data")
    drive.window.learn_from(["digits"])
    assert drive.find("train").toolTip() == "There is no loss to minimise: add one, such as Cross entropy."


@pytest.mark.parametrize("name", THEMES)
def test_text_keeps_its_contrast(name):
    theme = THEMES[name]
    for ground in ("canvas", "panel", "raised", "card"):
        for ink in ("text", "muted", "error", "accent"):
            assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 4.5, (ink, ground)
    assert contrast(theme.on_accent, theme.accent) >= 4.5


def contrast(a: str, b: str) -> float:
    def luminance(colour: str) -> float:
        parts = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_both_themes_can_be_chosen_while_it_runs(drive):
    drive.window.new("mlp")
    dark = drive.window.canvas.grab().toImage().pixelColor(3, 3)
    drive.window.perform("theme-light")
    light = drive.window.canvas.grab().toImage().pixelColor(3, 3)
    assert dark.name() == THEMES["dark"].canvas
    assert light.name() == THEMES["light"].canvas
    drive.window.perform("theme-dark")


def test_the_windows_process_never_loads_torch(tmp_path):
    code = """
import sys
from PySide6.QtCore import QTimer
from grapheditor.ui import app
def look():
    print("torch" in sys.modules, app.QApplication.topLevelWidgets() != [], flush=True)
    app.QApplication.closeAllWindows()
timer = QTimer()
app.application()
QTimer.singleShot(1500, look)
raise SystemExit(app.run(None))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["False", "True"], done.stderr
    assert done.returncode == 0, done.stderr
    assert not done.stderr.strip()


def test_what_takes_long_is_loaded_behind_the_first_paint():
    code = """
import sys
from PySide6.QtCore import QEvent, QObject
from grapheditor.cli import main
from grapheditor.ui.app import application
class Watch(QObject):
    def eventFilter(self, thing, event):
        if event.type() == QEvent.Type.Paint:
            print(*(name for name in ("numpy", "torch", "pyqtgraph", "networkx", "grapheditor.ui.canvas", "grapheditor.ui.editor",
                    "grapheditor.nodes.dense")
                    if name in sys.modules), "and no more", flush=True)
            application().quit()
        return False
watch = Watch()
application().installEventFilter(watch)
raise SystemExit(main([]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[:1] == ["and no more"], done.stderr


def test_a_fix_is_one_click_and_one_step_of_undo(drive):
    session = drive.window.session
    drive.window.new("broken-net")
    drive.wait_for_analysis()
    drive.window.editor.show_problems()
    drive.wait(lambda: session.findings.fixes)
    assert drive.find("fix-0").text().startswith("Set kernel size of")
    drive.click("fix-1")
    drive.wait_for_analysis()
    assert not session.findings.analysis.problems
    assert drive.graph.nodes["pool1"].options["kernel_size"] == 3
    drive.window.perform("undo")
    drive.wait_for_analysis()
    assert session.findings.analysis.problems[0]["node"] == "conv2"
    assert not session.document.can_undo


def test_a_problem_inside_a_module_shows_on_its_node(drive):
    session = drive.window.session
    drive.window.new("gpt2")
    drive.wait_for_analysis()
    assert drive.window.canvas.scene.label("blocks").copies == "×12"
    drive.click_node("blocks")
    drive.type("option-heads", "7")
    drive.wait(lambda: session.findings.analysis.problems)
    assert session.findings.analysis.problems[0]["node"] == "blocks.0.attention.attention1"
    assert drive.window.canvas.scene.problems("blocks")
    drive.window.canvas.select([])
    drive.window.editor.go_to("blocks.0.attention.attention1")
    assert session.place == "blocks.0.attention"
    assert drive.window.canvas.selection == {"attention1"}
    assert drive.window.canvas.scene.problems("attention1")


def test_a_hint_that_knows_a_cure_offers_it_by_one_click(drive):
    session = drive.window.session
    drive.window.new("alexnet")
    drive.wait_for_analysis()
    wire = Output("conv1"), Input("relu1", "x")
    session.edit(edits.add_between(Scope(drive.graph), session.catalog, "batch_norm2d", (0, 0), *wire)[0])
    drive.wait_for_analysis()
    drive.window.editor.show_problems()
    assert drive.find("fix-conv1-0").text() == "Leave the bias out"
    drive.click("fix-conv1-0")
    assert drive.graph.nodes["conv1"].options["bias"] is False
    drive.wait_for_analysis()
    assert not session.findings.analysis.problems
    drive.window.perform("undo")
    assert drive.graph.nodes["conv1"].options.get("bias", True) is True


def test_a_run_asked_for_before_the_engine_has_looked_waits_and_starts_by_itself(drive):
    session, bar = drive.window.session, drive.window.statusbar
    drive.wait(lambda: session.engine.is_ready)
    os.kill(session.engine.pid, signal.SIGSTOP)
    drive.window.new("mlp")
    drive.window.canvas.setFocus()
    drive.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert session.training.waiting
    assert session.training.run is None
    assert "as soon as the engine has looked" in bar.told.text()
    assert "as soon as the engine has looked" in drive.find("training-hint", QLabel).text()
    assert drive.find("train", QPushButton).text() == "Waiting"
    os.kill(session.engine.pid, signal.SIGCONT)
    drive.wait(lambda: session.training.run is not None)
    assert not session.training.waiting
    assert bar.told.text() == ""
    drive.window.perform("stop")
    drive.wait(lambda: not session.training.run.alive)


def test_a_run_that_waits_for_a_graph_that_is_not_sound_ends_with_the_reason(drive):
    session = drive.window.session
    drive.window.new("mlp")
    drive.window.canvas.editing.remove([], [next(iter(session.body.into("linear2")))])
    drive.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert session.training.waiting
    drive.wait(lambda: not session.training.waiting)
    assert session.training.run is None
    assert "linear2" in drive.find("notice-text", QLabel).text()
    assert drive.window.editor.training.status.text() == ""


def test_a_key_whose_action_cannot_be_done_says_why(drive):
    drive.window.new()
    drive.settle()
    told = drive.window.statusbar.told
    drive.window.canvas.setFocus()
    for key, held, why in (
        (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier, "The graph is empty: add operators first."),
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier, "Nothing is selected."),
        (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier, "There is nothing to undo."),
    ):
        drive.key(key, held)
        assert told.text() == why
    drive.window.statusbar.tell("")
    field = drive.find("option-epochs")
    field.setFocus()
    drive.settle()
    drive.key(Qt.Key.Key_Delete)
    assert told.text() == "", "in a field the key is the field's"


@pytest.mark.parametrize(("wide", "covers"), [(1400, False), (1000, False), (900, True)])
def test_a_notice_stands_over_the_canvas_and_covers_others_only_where_its_words_need_it(drive, wide, covers):
    window = drive.window
    window.new("mlp")
    window.resize(wide, 640)
    drive.settle()
    choices = tuple(Choice(f"Do the {name} thing", lambda: None) for name in ("first", "second")[: 2 if covers else 1])
    window.notice.show_notice(Notice("A sentence of some length about the graph that is open.", choices=choices))
    drive.settle()
    bar, canvas = window.notice, window.canvas
    box = bar.rect().translated(bar.mapTo(window, QPoint(0, 0)))
    room = canvas.rect().translated(canvas.mapTo(window, QPoint(0, 0)))
    assert room.contains(box) != covers
    assert abs(box.center().x() - room.center().x()) < 4
    assert bar.text.width() >= 150
    assert window.rect().contains(box)
