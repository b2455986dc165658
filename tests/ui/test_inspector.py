"""The inspector as hands use it: in a real window with a real engine."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRegularExpression, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from grapheditor.edit import Change, edits
from grapheditor.graph import Input, Node
from grapheditor.ui.inspector.fields import TextField
from grapheditor.ui.inspector.graph_page import GraphPage
from grapheditor.ui.inspector.module_page import ModulePage
from grapheditor.ui.inspector.page import More, Page

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def digits(drive):
    drive.window.new("mnist-convnet")
    drive.window.canvas.select(["conv1"])
    return drive


@pytest.fixture
def inside(drive):
    """The definition of Bottleneck, as layer stage3.first uses it, with its second convolution selected."""
    drive.window.new("resnet50")
    drive.window.session.enter("stage3.first")
    drive.window.canvas.select(["conv2"])
    return drive


def option(drive, name, node="conv1"):
    return drive.graph.nodes[node].options.get(name)


def wheel(widget, turned, held=NONE):
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle, widget.mapToGlobal(middle), QPoint(), QPoint(0, turned), Qt.MouseButton.NoButton, held,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def steps_of(drive):
    """Take everything back and return how many steps that were."""
    count = 0
    while drive.window.session.document.can_undo:
        drive.window.perform("undo")
        count += 1
    return count


def test_values_are_those_of_their_nodes_beside_one_whose_operator_there_is_not(drive):
    drive.window.new("mnist-convnet")
    session, canvas = drive.window.session, drive.window.canvas
    alien = Change("Add", {"nodes.alien": (None, Node("alien", "warp_drive", {"out_channels": 7}))})
    session.edit(alien)
    session.edit(edits.set_option(session.scope, session.catalog, ["conv1", "conv2"], "out_channels", 48))
    canvas.select(["alien", "conv1", "conv2"])
    assert drive.find("option-out_channels").text() == "48"
    session.edit(edits.set_option(session.scope, session.catalog, ["conv2"], "out_channels", 64))
    assert drive.find("option-out_channels").text() == ""
    assert drive.find("option-out_channels").placeholderText()


def test_arrows_and_wheel_step_a_number(digits):
    line = digits.find("option-out_channels")
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Up)
    QTest.keyClick(line, Qt.Key.Key_Up, SHIFT)
    assert option(digits, "out_channels") == 43
    wheel(line, -120)
    wheel(line, -120, SHIFT)
    assert line.text() == "32"
    wheel(line, 120)
    assert option(digits, "out_channels") == 33
    assert steps_of(digits) == 1, "one visit of the hands is one step of undo"
    digits.window.canvas.setFocus()
    wheel(line, 120)
    assert option(digits, "out_channels") is None, "the wheel scrolls where the hands are not"


def test_dragging_the_label_is_one_step(digits):
    name = digits.find("option-out_channels").parent().name
    for _ in range(2):
        QTest.mousePress(name, Qt.MouseButton.LeftButton, pos=QPoint(20, 8))
        for x in (24, 40, 60):
            QTest.mouseMove(name, QPoint(x, 8))
        QTest.mouseRelease(name, Qt.MouseButton.LeftButton, pos=QPoint(60, 8))
    assert option(digits, "out_channels") == 52
    assert steps_of(digits) == 2


def test_pairs_show_both_sides(digits):
    line = digits.find("option-kernel_size")
    assert (line.text(), line.behind) == ("5", "5×5")
    digits.type("option-kernel_size", "3x5", None)
    assert option(digits, "kernel_size") == (3, 5)
    assert line.behind == ""
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "3×5"


def test_a_switch_says_on_and_off_and_goes_back(digits):
    switch = digits.find("option-bias")
    row = switch.parent()
    assert (switch.text(), row.reset.isVisible()) == ("on", False)
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert (switch.text(), option(digits, "bias")) == ("off", False)
    assert row.reset.isVisible()
    QTest.mouseClick(row.reset, Qt.MouseButton.LeftButton)
    assert option(digits, "bias") is None
    assert switch.text() == "on"


def test_a_changed_value_is_marked_and_reset_by_the_menu(digits):
    line = digits.find("option-stride")
    digits.type("option-stride", "2", None)
    assert line.parent().reset.isVisible()
    QApplication.sendEvent(line, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(4, 4), QPoint(4, 4)))
    menu = QApplication.activePopupWidget()
    back = next(action for action in menu.actions() if action.text() == "Reset to 1")
    assert back.isEnabled()
    back.trigger()
    menu.close()
    assert option(digits, "stride") is None
    assert line.text() == "1"


def test_the_field_in_use_shows_its_help(digits):
    row = digits.find("option-stride").parent()
    assert not row.help.isVisible()
    row.editor.setFocus()
    digits.wait(row.help.isVisible)
    assert row.help.text() == row.option.doc
    digits.find("option-padding").setFocus()
    digits.wait(lambda: not row.help.isVisible())


def test_return_commits_and_goes_back_to_the_canvas(digits):
    digits.type("option-stride", "2")
    assert digits.window.canvas.hasFocus()
    digits.type("option-stride", "no")
    assert digits.find("option-stride").hasFocus(), "what is refused keeps the hands"
    assert option(digits, "stride") == 2
    digits.key(Qt.Key.Key_Escape)
    assert digits.window.canvas.hasFocus()
    assert digits.find("option-stride").text() == "2"


def test_tab_goes_through_the_fields(digits):
    digits.find("option-out_channels").setFocus()
    seen = []
    for _ in range(9):
        seen.append(QApplication.focusWidget().objectName().removeprefix("option-"))
        digits.key(Qt.Key.Key_Tab)
    options = ["out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias", "padding_mode"]
    assert seen == [*options, "title"]


def test_every_field_has_a_name_for_a_reader(digits):
    for nodes in (["conv1"], ["conv1", "relu1"], []):
        digits.window.canvas.select(nodes)
        QApplication.processEvents()
        kinds = (QLineEdit, QComboBox, QPushButton)
        fields = [item for kind in kinds for item in digits.window.editor.inspector.page.findChildren(kind)]
        assert [item.objectName() for item in fields if not (item.accessibleName() or item.text())] == []


# Expressions


def test_a_field_in_a_module_shows_its_expression_and_its_value(inside):
    line = inside.find("option-out_channels")
    assert (line.text(), line.behind) == ("width", "= 256")
    assert line.property("expression") is True
    inside.window.session.enter("stage1.first")
    inside.window.canvas.select(["conv2"])
    assert inside.find("option-out_channels").behind == "= 64"


def test_an_expression_is_typed_and_complains_in_place(inside):
    conv = inside.graph.modules["Bottleneck"].nodes
    line = inside.find("option-out_channels")
    inside.type("option-out_channels", "2*wid", None)
    assert "wid is not an option" in line.parent().complaint.text()
    assert conv["conv2"].options["out_channels"] == "=width", (
        "the last good value stays, not what stood there on the way"
    )
    assert not inside.window.session.document.can_undo
    QTest.keyClicks(line, "th")
    assert conv["conv2"].options["out_channels"] == "=2*width"
    assert line.behind == "= 512"
    assert not line.parent().complaint.isVisible()
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert conv["conv2"].options["out_channels"] == "=width", "Escape goes back to what was there before"
    assert line.text() == "width"
    assert not inside.window.session.document.can_undo


def test_names_are_offered_while_typing(inside):
    line = inside.find("option-out_channels")
    inside.type("option-out_channels", "4*w", None)
    popup = inside.find("offers")
    assert popup.isVisible()
    assert [popup.item(row).text() for row in range(popup.count())] == ["width"]
    QTest.keyClick(line, Qt.Key.Key_Down)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "4*width"
    assert not popup.isVisible()
    assert inside.graph.modules["Bottleneck"].nodes["conv2"].options["out_channels"] == "=4*width"
    for key, text in ((Qt.Key.Key_Tab, "2*stride"), (Qt.Key.Key_Escape, "2*str")):
        inside.type("option-out_channels", "2*str", None)
        assert popup.isVisible()
        QTest.keyClick(line, key)
        assert not popup.isVisible()
        assert line.text() == text
        assert line.hasFocus()


def test_nothing_complains_and_nothing_moves_while_names_are_offered(inside):
    line = inside.find("option-out_channels")
    row, below = line.parent(), inside.find("option-kernel_size")
    line.setFocus()
    inside.wait(row.help.isVisible)
    inside.settle()
    place = below.mapTo(inside.window, QPoint()).y()
    line.selectAll()
    for text in ("=", "=4*", "=4*w", "=4*wi", "=4*wid"):
        QTest.keyClicks(line, text[-2:] if text == "=4*" else text[-1])
        inside.settle()
        assert line.text() == text
        assert inside.find("offers").isVisible() == ("w" in text)
        assert not row.complaint.isVisible()
        assert not line.property("wrong")
        assert line.behind == "", "what it came to before is no value of what stands here"
        assert below.mapTo(inside.window, QPoint()).y() == place
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert row.complaint.isVisible(), "the list is closed: now it is said"
    QTest.keyClicks(line, "th+")
    assert not row.complaint.isVisible()
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert row.complaint.isVisible(), "who is done is told at once"
    QTest.keyClick(line, Qt.Key.Key_Backspace)
    assert (line.behind, row.complaint.isVisible()) == ("= 1024", False)


def test_a_switch_takes_an_expression_at_the_key(inside):
    conv = inside.graph.modules["Bottleneck"].nodes
    inside.find("option-bias").setFocus()
    inside.key(Qt.Key.Key_Equal)
    line = inside.find("option-bias", QLineEdit)
    assert line.hasFocus()
    inside.type("option-bias", "project")
    assert conv["conv2"].options["bias"] == "=project"
    assert inside.find("option-bias", QLineEdit).behind == "= on"
    assert len(inside.window.findChildren(QWidget, "option-bias")) == 1
    inside.window.perform("undo")
    assert isinstance(inside.find("option-bias"), QPushButton)
    assert inside.find("option-bias").text() == "off"


def test_outside_a_module_arithmetic_is_done_at_once(digits):
    digits.type("option-out_channels", "4*8 + 1")
    assert option(digits, "out_channels") == 33
    digits.type("option-out_channels", "4*width", None)
    assert "whole number" in digits.find("option-out_channels").parent().complaint.text()


# Several nodes


def test_nodes_of_several_operators_have_common_options(digits):
    digits.window.canvas.select(["conv1", "linear1", "linear2"])
    shown = [item.row.option.name for item in digits.window.editor.inspector.page.bindings]
    assert shown == ["bias", "frozen", "rate"]
    digits.click("option-bias")
    assert {option(digits, "bias", name) for name in ("conv1", "linear1", "linear2")} == {False}
    assert steps_of(digits) == 1
    digits.window.canvas.select(["conv1", "relu1"])
    digits.wait(lambda: digits.window.session.report("relu1") is not None)
    shown = [item.row.option.name for item in digits.window.editor.inspector.page.bindings]
    assert shown == ["frozen", "rate"]


def test_values_that_differ_are_several(digits):
    edit = edits.set_option(digits.window.session.scope, digits.window.session.catalog, ["conv2"], "bias", False)
    digits.window.session.edit(edit)
    digits.window.canvas.select(["conv1", "conv2"])
    assert digits.find("option-bias").text() == "several"
    assert digits.find("option-out_channels").placeholderText() == "several"
    QTest.keyClick(digits.find("option-out_channels"), Qt.Key.Key_Up)
    assert option(digits, "out_channels") is None, "there is nothing to step from"


# What it does


def test_facts_and_source_of_a_node(inside):
    inside.wait_for_analysis()
    page = inside.window.editor.inspector.page
    rows = page.facts.rows()
    assert rows["in"] == "N×256×28×28 float32"
    assert rows["out"] == "N×256×14×14 float32"
    assert rows["parameters"] == "589,824 (2.3 %)"
    assert rows["activation"] == "196 KB × N"
    inside.window.canvas.select(["shortcut"])
    rows = inside.window.editor.inspector.page.facts.rows()
    assert rows["uses"] == "4", "in one block of each group; in the others it is bypassed"
    assert rows["operators inside"] == "2"


def test_the_pytorch_is_shown_inside_modules_too(inside):
    inside.wait(lambda: "nn.Conv2d(width, width, 3" in inside.find("pytorch", QLabel).text())


def test_the_pytorch_keeps_its_indentation_and_scrolls_sideways_alone(digits):
    source = digits.window.session.findings
    digits.wait(lambda: source.source is not None and "nn.Conv2d" in digits.find("pytorch", QLabel).text())
    shown = digits.find("pytorch", QLabel)
    long = "    x = F.relu(" + "+".join(["self.conv1(x)"] * 20) + ")"
    lines = {digits.window.session.key_of("conv1"): (1, 2, 3)}
    source.source = source.source.changed(text=f"    for step in range(3):\n    {long}\n    return x", lines=lines)
    page = digits.window.editor.inspector.page
    page.code.show_nodes(["conv1"])
    assert shown.text() == f"for step in range(3):\n{long}\nreturn x"
    digits.settle()
    inspector = digits.window.editor.inspector
    assert inspector.horizontalScrollBar().maximum() == 0
    around = shown.parentWidget().parentWidget()
    assert around.horizontalScrollBar().maximum() > 0
    digits.wait(lambda: around.viewport().height() >= shown.sizeHint().height())


def test_the_pytorch_is_copied(digits):
    digits.wait(lambda: "nn.Conv2d" in digits.find("pytorch", QLabel).text())
    digits.click("copy-pytorch")
    assert QGuiApplication.clipboard().text() == digits.find("pytorch", QLabel).text()


# A node's own


def test_a_node_is_repeated_and_optional(inside):
    body = inside.graph.modules["Bottleneck"].nodes
    inside.window.canvas.select(["shortcut"])
    assert inside.find("option-when").text() == "project"
    assert inside.find("option-when").behind == "= on"
    inside.type("option-when", "stride - 1")
    assert body["shortcut"].when == "stride - 1"
    inside.type("option-when", "", None)
    inside.key(Qt.Key.Key_Delete)
    inside.key(Qt.Key.Key_Return)
    assert body["shortcut"].when == ""
    inside.type("option-repeat", "stride")
    assert body["shortcut"].repeat == "stride"
    assert inside.find("option-repeat").behind == "= 2"
    inside.type("option-repeat", "3")
    assert body["shortcut"].repeat == 3
    assert steps_of(inside) == 4


def test_weights_are_shared_by_a_choice(digits):
    box = digits.find("option-share_weights", QComboBox)
    assert [box.itemText(place) for place in range(box.count())] == ["none", "conv2"]
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert {digits.graph.nodes[name].weights for name in ("conv1", "conv2")} == {"conv2"}
    QTest.keyClick(digits.find("option-share_weights"), Qt.Key.Key_Up)
    assert digits.graph.nodes["conv1"].weights == digits.graph.nodes["conv2"].weights == ""


# The module that is open


@pytest.fixture
def module(inside):
    inside.window.canvas.select([])
    assert isinstance(inside.window.editor.inspector.page, ModulePage)
    return inside


def test_a_module_is_renamed_and_described(module):
    module.type("option-module", "Narrow")
    assert "Narrow" in module.graph.modules
    assert "Bottleneck" not in module.graph.modules
    module.type("option-module", "narrow", None)
    module.key(Qt.Key.Key_Return)
    assert "capital letter" in module.find("option-module").parent().complaint.text()
    module.type("option-doc", "Three convolutions.")
    assert module.graph.modules["Narrow"].head.doc == "Three convolutions."


def test_an_option_of_a_module_is_made_and_used(module):
    module.click("add-option")
    line = QApplication.focusWidget()
    assert line.objectName().startswith("option-name-")
    module.type(line.objectName(), "factor")
    head = module.graph.modules["Bottleneck"].head
    assert [item.name for item in head.options] == ["width", "stride", "project", "factor"]
    module.type("option-default-factor", "4")
    module.window.canvas.select(["conv3"])
    module.type("option-out_channels", "factor*width")
    assert module.find("option-out_channels").behind == "= 1024"
    module.window.canvas.select([])
    module.click("remove-option-factor")
    rows = module.window.editor.inspector.page.options
    assert "needed by conv3" in rows[-1].told.text()
    module.type("option-name-factor", "wide")
    assert module.graph.modules["Bottleneck"].nodes["conv3"].options["out_channels"] == "=wide*width"


def test_an_option_gets_another_kind(module):
    kinds = module.find("kind-stride", QComboBox)
    for word, default in (("number", 1.0), ("text", "1"), ("choice", "a"), ("pair", 1), ("on or off", True)):
        kinds = module.find("kind-stride", QComboBox)
        kinds.setCurrentText(word)
        kinds.activated.emit(kinds.currentIndex())
        found = next(item for item in module.graph.modules["Bottleneck"].head.options if item.name == "stride")
        assert found.default == default
        assert type(found.default) is type(default)
    assert module.find("option-default-stride").text() == "on"
    module.click("remove-option-project")
    assert len(module.graph.modules["Bottleneck"].head.options) == 3, "shortcut needs it"


def test_choices_are_typed_with_commas(module):
    kinds = module.find("kind-width", QComboBox)
    kinds.setCurrentText("choice")
    kinds.activated.emit(kinds.currentIndex())
    module.type("option-choices-width", "small, large")
    found = module.graph.modules["Bottleneck"].head.options[0]
    assert (found.choices, found.default) == (("small", "large"), "small")


def test_ports_are_named_and_ordered(module):
    module.type("option-in-x", "image")
    assert module.graph.modules["Bottleneck"].head.inputs == ("image",)
    assert Input("first", "image") in module.graph.modules["BottleneckStage"].wires
    module.type("option-out-out", "sum")
    assert module.graph.modules["Bottleneck"].head.outputs == (("sum", "out"),)
    assert module.graph.modules["BottleneckStage"].inputs("blocks", "image")[0].port == "sum"
    module.window.canvas.add_operator("input")
    module.window.canvas.select([])
    before = module.graph.modules["Bottleneck"].head.inputs
    assert len(before) == 2
    module.click(f"port-down-{before[0]}")
    assert module.graph.modules["Bottleneck"].head.inputs == before[::-1]


def test_uses_are_counted_and_listed_copy_by_copy(module):
    assert module.window.editor.inspector.page.about.text() == "16 uses"
    module.click("use-stage1.blocks.1")
    assert module.window.session.place == "stage1.blocks.1"
    module.settle()
    (crumb,) = (item for item in module.window.findChildren(QToolButton, "crumb-uses") if item.isVisible())
    assert crumb.text() == "Bottleneck, used 16 times, shapes of stage1.blocks.1 ▾"
    assert crumb.toolTip() == "Show the module as another of its uses has it"
    assert "▾" not in crumb.accessibleName()
    chosen = [action.text() for action in crumb.menu().actions() if action.isChecked()]
    assert chosen == ["stage1.blocks.1"]
    assert len(crumb.menu().actions()) == 16


def test_uses_are_listed_and_made_unique(module):
    module.click("use-stage4.first")
    assert module.window.session.place == "stage4.first"
    module.click("make-unique")
    assert module.graph.modules["BottleneckStage"].nodes["first"].operator == "Bottleneck1"
    assert module.window.session.scope.module == "Bottleneck1"
    assert module.find("option-module").text() == "Bottleneck1"


# The graph


@pytest.fixture
def graph(drive):
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    assert isinstance(drive.window.editor.inspector.page, GraphPage)
    yield drive
    More.opened.clear()


def test_objectives_are_added_and_removed(graph):
    graph.window.canvas.add_operator("mse_loss")
    graph.window.canvas.select([])
    graph.click("add-objective")
    first, second = graph.graph.recipe.objectives
    assert {first.minimise, second.minimise} == {name for name in graph.graph.nodes if "loss" in name}
    graph.click("remove-objective-2")
    graph.click("remove-objective")
    assert graph.graph.recipe.objectives == ()
    graph.window.perform("undo")
    assert graph.graph.recipe.objectives == (first,)


def test_an_objective_changes_the_weights_that_are_ticked(graph):
    graph.click("option-changes")
    ticks = graph.find("list-changes")
    assert [ticks.item(row).text() for row in range(ticks.count())] == ["conv1", "conv2", "linear1", "linear2"]
    for row in (0, 1, 2):
        graph.find("list-changes").item(row).setCheckState(Qt.CheckState.Unchecked)
    assert graph.graph.recipe.objectives[0].weights == ("linear2",)
    assert graph.find("option-changes").text() == "1 of 4 nodes"
    ticks = graph.find("list-changes")
    ticks.item(3).setCheckState(Qt.CheckState.Unchecked)
    assert graph.graph.recipe.objectives[0].weights == ("linear2",), "one at least"
    graph.find("option-changes").parent().go_back()
    assert graph.graph.recipe.objectives[0].weights == ()


def choose(drive, name, text):
    box = drive.find(name, QComboBox)
    place = box.findText(text)
    assert place >= 0
    box.setCurrentIndex(place)
    box.activated.emit(place)


def test_an_optimizer_has_all_its_settings(graph):
    choose(graph, "option-optimizer", "AdamW")
    graph.type("option-betas", "0.5, 0.99")
    graph.click("more-objective-0")
    graph.type("option-eps", "1e-6")
    graph.click("option-amsgrad")
    graph.type("option-clip", "1")
    one = graph.graph.recipe.objectives[0]
    assert one.optimizer == "AdamW"
    assert {**one.settings, "lr": 0} == {"lr": 0, "betas": (0.5, 0.99), "eps": 1e-6, "amsgrad": True}
    assert one.clip == 1.0
    graph.click("more-objective-0")
    assert graph.find("more-objective-0").text() == "▸ More · 3 set"


def test_a_schedule_is_added_set_and_removed(graph):
    graph.click("add-schedule")
    choose(graph, "option-schedule-0", "StepLR")
    schedule = graph.graph.recipe.objectives[0].schedules[0]
    assert (schedule.name, schedule.settings) == ("StepLR", {"step_size": 10})
    graph.type("option-schedule-0-step_size", "3")
    choose(graph, "option-schedule-0-each", "epoch")
    schedule = graph.graph.recipe.objectives[0].schedules[0]
    assert (schedule.settings, schedule.each) == ({"step_size": 3}, "epoch")
    graph.click("remove-schedule-0")
    assert graph.graph.recipe.objectives[0].schedules == ()


def test_seldom_settings_of_a_run_stand_behind_more(graph):
    assert not graph.find("option-precision").isVisible()
    graph.click("more-run")
    assert graph.find("option-precision").isVisible()
    choose(graph, "option-precision", "bfloat16")
    choose(graph, "option-monitor", "accuracy")
    recipe = graph.graph.recipe
    assert (recipe.precision, recipe.monitor) == ("bfloat16", "accuracy")
    choose(graph, "option-monitor", "the first loss")
    assert graph.graph.recipe.monitor == ""


def test_the_node_whose_output_a_run_keeps_is_one_of_those_there_are(graph):
    graph.click("more-run")
    offered = graph.find("option-record", QComboBox)
    assert [offered.itemData(i) for i in range(offered.count())][:2] == ["no node", "conv1"]
    choose(graph, "option-record", "conv1")
    assert graph.graph.recipe.record == "conv1"
    graph.window.session.rename("conv1", "first")
    assert graph.graph.recipe.record == "first"
    graph.window.canvas.select([])
    choose(graph, "option-record", "no node")
    assert graph.graph.recipe.record == ""


def test_a_folder_of_images_is_chosen(graph, tmp_path, monkeypatch):
    choose(graph, "option-data", "Images by class")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    graph.click("choose-data-folder")
    graph.type("option-data-size", "32")
    recipe = graph.graph.recipe
    assert (recipe.data, dict(recipe.source)) == ("image-folder", {"folder": str(tmp_path), "size": 32})
    graph.type("option-field-image", "picture")
    assert graph.graph.recipe.field("image") == "picture"
    graph.window.perform("undo")
    assert graph.graph.recipe.field("image") == "image"


def test_nothing_is_wider_than_the_panel(drive):
    for template, place, nodes in (
        ("resnet50", "stage3.first", ["conv2"]), ("resnet50", "stage3.first", []), ("gan-gaussians", "", []),
        ("lstm-text", "", []),
    ):  # fmt: skip
        drive.window.new(template)
        drive.window.session.enter(place)
        drive.window.canvas.select(nodes)
        drive.wait_for_analysis()
        page = drive.window.editor.inspector.page
        assert isinstance(page, Page)
        assert page.minimumSizeHint().width() <= 330
        for line in page.findChildren(QLineEdit):
            if line.isVisible():
                assert line.height() >= 24
                assert line.width() >= 80, line.objectName()


def test_an_edit_from_elsewhere_reaches_what_is_not_being_typed(digits):
    digits.find("option-stride").setFocus()
    edit = edits.set_option(digits.window.session.scope, digits.window.session.catalog, ["conv1"], "groups", 4)
    digits.window.session.edit(edit)
    row = digits.find("option-groups").parent()
    assert isinstance(row, TextField)
    assert row.line.text() == "4"


def test_an_input_is_augmented_by_what_the_engine_declares(graph):
    from grapheditor.training.augment import AUGMENTS

    graph.wait_for_analysis()
    session = graph.window.session
    assert {name: item.head.options for name, item in session.abilities.augments.items()} == {
        name: item.options for name, item in AUGMENTS.items()
    }
    graph.click("add-augmentation-image")
    (step,) = graph.graph.recipe.augment["image"]
    assert step.name == next(iter(AUGMENTS))
    choose(graph, "option-augment-image-0", "affine")
    graph.type("option-augment-image-0-degrees", "200", None)
    assert graph.find("option-augment-image-0-degrees").parent().complaint.isVisible()
    graph.type("option-augment-image-0-degrees", "25")
    (step,) = graph.graph.recipe.augment["image"]
    assert (step.name, dict(step.options)) == ("affine", {"degrees": 25.0})
    graph.click("add-augmentation-image")
    assert len(graph.graph.recipe.augment["image"]) == 2
    graph.click("remove-augment-image-0")
    assert [item.name for item in graph.graph.recipe.augment["image"]] != ["affine"]
    assert "label" not in graph.graph.recipe.augment
    assert not graph.window.findChildren(QWidget, "add-augmentation-label")


@pytest.mark.parametrize(
    ("template", "options", "offered"),
    [
        (
            "unet",
            {"classes": 4, "size": 32, "width": 8, "depth": 2, "padded": True},
            {"image": "horizontal_flip", "mask": "horizontal_flip"},
        ),
        ("char-gpt", {}, {}),
        ("gan-gaussians", {}, {"point": "noise"}),
    ],
)
def test_an_input_is_offered_the_augmentations_that_suit_it(drive, template, options, offered):
    drive.window.new(template, options)
    drive.wait_for_analysis()
    drive.window.canvas.select([])
    buttons = drive.window.editor.inspector.findChildren(QWidget, QRegularExpression("^add-augmentation-"))
    shown = [item.objectName().removeprefix("add-augmentation-") for item in buttons]
    assert shown == list(offered)  # what nothing learns from, as the noise of the exported generator, is left alone
    for name, first in offered.items():
        drive.click(f"add-augmentation-{name}")
        assert [step.name for step in drive.graph.recipe.augment[name]] == [first]
        choices = drive.find(f"option-augment-{name}-0")
        assert isinstance(choices, QComboBox)
        assert (choices.findText("brightness") >= 0) == (name == "image")


def test_a_copy_of_a_module_follows_another(drive):
    from grapheditor.edit import modules
    from grapheditor.graph.recipe import Target

    session = drive.window.session
    drive.window.new("mlp")
    assert not drive.window.findChildren(QWidget, "add-target")
    change, use, module = modules.group(session.scope, session.catalog, ["linear2", "relu2"])
    session.edit(change)
    change, other = edits.add_node(session.scope, session.catalog, module, (600.0, 0.0), "relu1")
    session.edit(change)
    drive.window.canvas.select([])
    drive.click("add-target")
    assert drive.graph.recipe.targets == (Target(other, use),)
    drive.type("option-target-0-keep", "0.99")
    drive.type("option-target-0-every", "5")
    assert drive.graph.recipe.targets == (Target(other, use, 5, 0.99),)
    choose(drive, "option-target-0-node", use)
    choose(drive, "option-target-0-of", other)
    assert drive.graph.recipe.targets == (Target(use, other, 5, 0.99),)
    drive.click("remove-target-0")
    assert drive.graph.recipe.targets == ()


def facts_of(drive) -> dict[str, str]:
    from grapheditor.ui.inspector.facts import facts

    return dict(facts(drive.window.session, sorted(drive.window.canvas.selection), None))


@pytest.mark.parametrize("name", ["gan-gaussians", "gpt2"])
def test_each_set_of_weights_counts_once(drive, name):
    drive.window.new(name)
    drive.wait_for_analysis()
    drive.window.canvas.setFocus()
    drive.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert drive.window.canvas.selection == {*drive.graph.nodes}
    whole = drive.window.session.findings.analysis.parameters
    assert facts_of(drive)["parameters"] == f"{whole:,} (100 %)"
    shown = [text.text() for text in drive.window.editor.inspector.findChildren(QLabel)]
    assert f"{whole:,} (100 %)" in shown


@pytest.mark.parametrize(
    ("node", "rows"),
    [("conv1", {"repeat", "share_weights"}), ("relu3", {"repeat"}), ("pool1", set()), ("flatten1", set())],
)
def test_repeating_and_sharing_are_offered_where_they_mean_something(drive, node, rows):
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    if node not in drive.graph.nodes:
        node = next(name for name in drive.graph.nodes if name.startswith("flat"))
    drive.click_node(node)
    offered = {item.row.option.name for item in drive.window.editor.inspector.page.bindings}
    assert offered & {"repeat", "share_weights"} == rows


# Words of several lines


def test_a_description_keeps_its_paragraphs_and_is_as_high_as_they_are(drive):
    window = drive.window
    window.new("bert-base")
    drive.wait_for_analysis()
    said = window.session.graph.info.doc
    assert "\n\n" in said
    field = drive.find("option-doc", QPlainTextEdit)
    assert field.toPlainText() == said
    high = field.height()
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, "One")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(field, "two")
    assert window.session.graph.info.doc == "One\ntwo"
    drive.settle()
    assert field.height() < high / 2
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is window.canvas
    window.perform("undo")
    assert window.session.graph.info.doc == said == field.toPlainText()


def test_escape_takes_back_what_was_typed_into_a_description(drive):
    window = drive.window
    window.new("bert-base")
    drive.wait_for_analysis()
    said = window.session.graph.info.doc
    field = drive.find("option-doc", QPlainTextEdit)
    field.setFocus()
    QTest.keyClicks(field, "Not ")
    assert window.session.graph.info.doc.startswith("Not ")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert window.session.graph.info.doc == said == field.toPlainText()


def test_a_page_that_is_made_anew_while_one_types_keeps_the_place(drive):
    window = drive.window
    window.new("bert-base")
    drive.wait_for_analysis()
    field = drive.find("option-doc", QPlainTextEdit)
    field.setFocus()
    QTest.keyClicks(field, "Not ")
    window.editor.inspector.renew()
    again = QApplication.focusWidget()
    assert again is not field
    QTest.keyClicks(again, "all ")
    assert window.session.graph.info.doc.startswith("Not all Twelve")
