"""Modules, frames, muting, replacing, linked copies and finding, by real mouse and keyboard events on the canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from grapheditor.catalog import catalog
from grapheditor.graph import Frame, Input, Node, Output
from grapheditor.ui.canvas.finding import matches
from grapheditor.ui.canvas.over import Over
from grapheditor.ui.canvas.preview import Preview
from grapheditor.ui.canvas.scene import WireKind
from grapheditor.ui.palette.search import SearchPopup

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def over(canvas) -> Over | None:
    return next((item for item in canvas.findChildren(Over) if item.isVisible()), None)


def type_over(canvas, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    field = over(canvas)
    assert field is not None
    assert field.hasFocus()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, key)


@pytest.fixture
def told():
    """What a canvas says in the status bar."""

    def listen(canvas) -> list[str]:
        said: list[str] = []
        canvas.message.connect(said.append)
        return said

    return listen


def title_of(canvas, name: str) -> tuple[float, float]:
    box = canvas.scene.frames()[name]
    return box.left + 30, box.top + 6


# Modules


def test_a_group_is_made_at_once_and_named_by_typing_in_one_step(make, chain):
    canvas = make(chain)
    before = chain.copy()
    canvas.select(["conv1", "relu1"])
    canvas.group_selection()
    assert chain.modules["Block"].head.inputs == ("x",)
    type_over(canvas, "residual block")
    assert list(chain.modules) == ["ResidualBlock"]
    assert canvas.selection == {"residual_block1"}
    assert chain.wires[Input("residual_block1", "x")] == Output("image")
    assert canvas.hasFocus()
    assert over(canvas) is None
    canvas.document.undo()
    assert chain == before
    assert not canvas.document.can_undo


def test_escape_keeps_the_name_that_a_group_was_given(make, chain):
    canvas = make(chain)
    canvas.select(["conv1"])
    canvas.group_selection()
    type_over(canvas, "nothing of this", Qt.Key.Key_Escape)
    assert list(chain.modules) == ["Block"]
    assert canvas.hasFocus()


def test_a_name_that_is_taken_is_refused_where_it_is_typed(make, chain, told):
    canvas = make(chain)
    canvas.select(["conv1"])
    canvas.group_selection()
    type_over(canvas, "stem")
    canvas.select(["relu1"])
    canvas.group_selection()
    said = told(canvas)
    type_over(canvas, "stem")
    assert said == ["'Stem' cannot be the name of a module: there is already a module Stem."]
    assert over(canvas) is not None
    type_over(canvas, "end")
    assert set(chain.modules) == {"Stem", "End"}


def test_leaving_the_title_by_a_click_takes_what_was_typed(make, hand, chain):
    canvas = make(chain)
    canvas.select(["conv1", "relu1"])
    canvas.group_selection()
    QTest.keyClicks(over(canvas), "body")
    QApplication.sendEvent(over(canvas), _focus_out(Qt.FocusReason.MouseFocusReason))
    assert list(chain.modules) == ["Body"]


def _focus_out(reason: Qt.FocusReason):
    from PySide6.QtGui import QFocusEvent

    return QFocusEvent(QEvent.Type.FocusOut, reason)


def test_nothing_that_could_be_grouped_is_told(make, chain, told):
    canvas = make(chain)
    said = told(canvas)
    canvas.select(["image"])
    canvas.group_selection()
    assert said == ["Select operators first: inputs, outputs, losses and metrics stay outside a module."]
    assert over(canvas) is None


def test_several_modules_are_unpacked_in_one_step(make, chain):
    canvas = make(chain)
    canvas.select(["conv1"])
    canvas.group_selection()
    canvas.select(["relu1"])
    canvas.group_selection()
    before = chain.copy()
    canvas.select([name for name, node in chain.nodes.items() if node.operator.startswith("Block")])
    canvas.unpack_selection()
    assert not chain.modules
    assert canvas.selection == {"conv1", "relu1"}
    canvas.document.undo()
    assert chain == before


def test_a_number_of_copies_is_typed_on_the_card(make, chain, told):
    canvas = make(chain)
    said = told(canvas)
    canvas.select(["conv1"])
    canvas.ask_repeat()
    type_over(canvas, "depth")
    assert "depth" in said[-1]
    type_over(canvas, "12")
    assert chain.nodes["conv1"].repeat == 12
    assert canvas.scene.label("conv1").name == "Conv2d ×12"
    canvas.document.undo()
    assert chain.nodes["conv1"].repeat == 1


def test_one_looks_into_a_module_while_alt_is_held_over_it(make, hand, chain):
    canvas = make(chain)
    canvas.select(["conv1", "relu1"])
    canvas.group_selection()
    type_over(canvas, "body")
    mouse = hand(canvas)
    mouse.go(mouse.middle("body1"), ALT, Qt.MouseButton.NoButton)
    (shown,) = canvas.window().findChildren(Preview)
    assert shown.isVisible()
    assert "2 nodes" in shown.accessibleName()
    shown.grab()
    mouse.go(mouse.middle("pool1"), ALT, Qt.MouseButton.NoButton)
    assert not shown.isVisible()
    canvas.select(["body1"])
    canvas.look_inside()
    mouse.click((900, 700))
    assert not [item for item in canvas.window().findChildren(Preview) if item.isVisible()]


# Muting, replacing, linked copies


def test_what_changes_the_shape_is_not_muted_and_says_so(make, chain, told, analysed):
    canvas = make(chain)
    said = told(canvas)
    canvas.set_analysis(analysed({"image": ["N", 3, 8, 8], "conv1": ["N", 64, 8, 8], "relu1": ["N", 64, 8, 8]}))
    canvas.select(["conv1"])
    canvas.mute_selection()
    assert said == ["conv1 cannot be muted: N×3×8×8 becomes N×64×8×8 in it."]
    canvas.select(["relu1"])
    canvas.mute_selection()
    assert chain.nodes["relu1"].when == "0"
    assert canvas.scene.muted()[canvas.scene.geometry.nodes.slot["relu1"]]
    canvas.mute_selection()
    assert chain.nodes["relu1"].when == ""


def test_a_muted_card_is_fainter_at_every_zoom(make, chain):
    canvas = make(chain)
    for zoom in (1.0, 0.4, 0.1):
        canvas.view.zoom = zoom
        pictures = []
        for when in ("", "0"):
            chain.put("nodes.relu1", Node("relu1", "relu", at=(0.0, 300.0), when=when))
            canvas.set_document(canvas.document)
            canvas.view.zoom, canvas.view.x, canvas.view.y = zoom, 100.0, 60.0
            pictures.append(canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32))
        x, y = canvas.view.to_screen(60, 317)
        plain, faint = (image.pixelColor(round(x), round(y)).lightness() for image in pictures)
        assert faint < plain, zoom


def test_another_operator_takes_the_place_of_a_node(make, hand, chain):
    canvas = make(chain)
    before = chain.copy()
    canvas.select(["relu1"])
    popup = canvas.replace_selection()
    assert isinstance(popup, SearchPopup)
    offered = [item.id for item in popup.model.operators]
    assert "gelu" in offered
    assert not {"relu", "input", "output"} & set(offered)
    assert popup.model.operators[0].category == "Activation"
    hand(canvas).type_in_search("gelu")
    assert chain.nodes["gelu1"].at == before.nodes["relu1"].at
    assert chain.wires[Input("gelu1", "x")] == Output("conv1")
    assert canvas.selection == {"gelu1"}
    canvas.document.undo()
    assert chain == before
    assert not canvas.document.can_undo


def test_a_linked_copy_is_dragged_with_control_and_shift(make, hand, chain, told, analysed):
    canvas = make(chain)
    mouse, said = hand(canvas), told(canvas)
    canvas.set_analysis(analysed({"conv1": ["N", 64, 8, 8], "relu1": ["N", 64, 8, 8]}, parameters={"conv1": 100}))
    start = mouse.middle("conv1")
    mouse.drag(start, (start[0] + 300, start[1] + 260), CONTROL | SHIFT)
    assert chain.nodes["conv2"].weights == chain.nodes["conv1"].weights == "conv1"
    assert chain.nodes["conv2"].at == (300.0, 380.0)
    assert canvas.scene.label("conv1").link == canvas.scene.label("conv2").link == 0
    assert canvas.selection == {"conv2"}
    canvas.document.undo()
    assert chain.nodes["conv1"].weights == ""
    start = mouse.middle("relu1")
    mouse.drag(start, (start[0] + 300, start[1]), CONTROL | SHIFT)
    assert said == ["relu1 has no weights that could be shared."]
    mouse.drag(start, (start[0] + 300, start[1]), CONTROL)
    assert "relu2" in chain.nodes


def test_what_a_node_needs_and_what_needs_it_is_selected(make, chain):
    canvas = make(chain)
    canvas.select(["conv1"])
    canvas.select_upstream()
    assert canvas.selection == {"image", "conv1"}
    canvas.select(["conv1"])
    canvas.select_downstream()
    assert canvas.selection == {"conv1", "relu1"}


# Frames


def test_a_frame_is_titled_dragged_and_taken_away(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    canvas.select(["conv1", "relu1"])
    canvas.frame_selection()
    type_over(canvas, "The stem")
    assert chain.frames == {"frame1": Frame("The stem", ("conv1", "relu1"), 0)}
    assert canvas.scene.frame == "frame1"
    canvas.document.undo()
    assert not chain.frames
    canvas.document.redo()
    start = title_of(canvas, "frame1")
    mouse.drag(start, (start[0] + 50, start[1] + 20))
    assert chain.nodes["conv1"].at == (50.0, 140.0)
    assert chain.nodes["relu1"].at == (50.0, 320.0)
    assert chain.nodes["image"].at == (0.0, 0.0)
    assert canvas.scene.frame == "frame1"
    canvas.delete_selection()
    assert not chain.frames
    assert "conv1" in chain.nodes
    canvas.document.undo()
    mouse.click((900, 700))
    assert canvas.scene.frame is None


def test_the_title_of_a_frame_is_changed_by_a_double_click(make, hand, chain, qtbot):
    canvas = make(chain)
    chain.put("frames.frame1", Frame("Stem", ("conv1",)))
    mouse = hand(canvas)
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=mouse.point(*title_of(canvas, "frame1")))
    type_over(canvas, "Head")
    assert chain.frames["frame1"].title == "Head"
    canvas.recolour_frame()
    assert chain.frames["frame1"].colour == 1


def test_a_frame_is_seen_behind_its_nodes_and_follows_a_drag(make, hand, chain):
    canvas = make(chain)
    plain = canvas.grab().toImage()
    chain.put("frames.frame1", Frame("Stem", ("pool1",), 1))
    at = canvas.view.to_screen(395, 172 + 6)
    shown = canvas.grab().toImage()
    assert shown.pixelColor(*map(round, at)) != plain.pixelColor(*map(round, at))
    assert canvas.scene.bounds().right > canvas.scene.geometry.bounds().right
    mouse = hand(canvas)
    mouse.press(mouse.middle("pool1"))
    mouse.go((700, 400))
    assert canvas.scene.frames()["frame1"].left > 500
    mouse.release((700, 400))


# Finding


def test_nodes_are_found_by_name_operator_and_shape_in_all_modules():
    graph = catalog().new("resnet50")
    shapes = {"conv1": "N×64×112×112"}

    def found(text: str) -> set[tuple[str, str]]:
        return set(matches(graph, catalog(), text, lambda path: shapes.get(path, "")))

    assert ("", "conv1") in found("conv1")
    assert ("stage1.first", "conv1") in found("conv1")
    assert {place for place, _ in found("BatchNorm")} >= {"", "stage1.first", "stage1.first.shortcut"}
    assert found("64x112") == found("64×112×112") == {("", "conv1")}
    assert found("bottleneck") >= {("stage1", "first"), ("stage1", "blocks")}
    assert not found("")
    assert not found("nowhere")


def test_return_goes_to_the_next_that_was_found_and_escape_ends_it(make, chain):
    canvas = make(chain)
    box = canvas.find_nodes()
    QTest.keyClicks(box.line, "1")
    assert canvas.scene.found == {"conv1", "relu1", "pool1"}
    assert box.count.text() == "3"
    order = []
    for _ in range(4):
        QTest.keyClick(box.line, Qt.Key.Key_Return)
        order.append(*canvas.selection)
    assert order == ["conv1", "pool1", "relu1", "conv1"]
    assert box.count.text() == "1 of 3"
    QTest.keyClick(box.line, Qt.Key.Key_Up)
    assert canvas.selection == {"relu1"}
    canvas.delete_selection()
    assert box.count.text() == "2"
    assert canvas.scene.found == {"conv1", "pool1"}
    QTest.keyClick(box.line, Qt.Key.Key_Escape)
    assert not canvas.scene.found
    assert canvas.hasFocus()


def test_the_box_says_that_shapes_in_modules_that_are_not_open_are_not_searched(make, chain):
    canvas = make(catalog().new("resnet50"))
    box = canvas.find_nodes()
    high = box.height()
    QTest.keyClicks(box.line, "bottleneck")
    assert box.note.isHidden()
    box.line.clear()
    QTest.keyClicks(box.line, "64x56")
    assert box.note.isVisible()
    assert "shapes in what is open" in box.note.text()
    assert box.rect().contains(box.note.geometry())
    assert box.note.width() >= box.note.sizeHint().width()
    box.line.clear()
    assert box.note.isHidden()
    assert box.height() == high
    plain = make(chain).find_nodes()
    QTest.keyClicks(plain.line, "64x56")
    assert plain.note.isHidden(), "there are no modules"


def test_what_is_found_is_outlined(make, chain):
    canvas = make(chain)
    plain = canvas.grab().toImage()
    canvas.scene.found = frozenset({"pool1"})
    shown = canvas.grab().toImage()
    x, y = canvas.view.to_screen(400 - 7, 140)
    around = [(round(x) + dx, round(y) + dy) for dx in (-1, 0, 1) for dy in range(8)]
    assert any(shown.pixelColor(*at) != plain.pixelColor(*at) for at in around)


# Bodies


def test_a_problem_inside_is_on_the_card_of_the_module_and_on_the_wire_within(make, chain, analysed):
    canvas = make(chain)
    canvas.select(["conv1", "relu1"])
    canvas.group_selection()
    type_over(canvas, "body")
    problem = {"severity": "error", "message": "It does not fit.", "node": "body1.conv1", "port": "x"}
    canvas.set_analysis(
        analysed({"image": ["N", 3, 8, 8], "body1": None}, [problem], revision=canvas.document.revision)
    )
    assert canvas.scene.problems("body1")
    assert WireKind.FAULTY not in canvas.scene.kinds().tolist()
    canvas.show_place("body1")
    wires = canvas.scene.geometry.wires
    assert canvas.scene.kinds()[wires.slot[Input("conv1", "x")]] == WireKind.FAULTY


def test_wires_of_a_body_are_dashed_only_once_the_engine_has_looked_into_it(make, chain, analysed):
    canvas = make(chain)
    canvas.select(["conv1", "relu1"])
    canvas.group_selection()
    type_over(canvas, "body")
    shapes = {"image": ["N", 3, 8, 8], "body1": ["N", 64, 8, 8]}
    revision = canvas.document.revision
    canvas.set_analysis(analysed(shapes, revision=revision))
    canvas.show_place("body1")
    assert set(canvas.scene.kinds().tolist()) == {WireKind.PLAIN}
    canvas.set_analysis(analysed({**shapes, "body1.x": ["N", 3, 8, 8]}, revision=revision))
    assert sorted(canvas.scene.kinds().tolist()) == [WireKind.PLAIN, WireKind.UNKNOWN, WireKind.UNKNOWN]
