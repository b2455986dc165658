"""Gestures by real mouse and keyboard events, each one step that undo takes back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QDragEnterEvent, QDropEvent, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication

from grapheditor.catalog import catalog
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Input, Node, Output
from grapheditor.ui.canvas.canvas import MIME
from grapheditor.ui.canvas.geometry import Geometry
from grapheditor.ui.palette.search import SearchPopup

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
RIGHT, MIDDLE = Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton


def wires(canvas) -> dict[str, str]:
    return {str(end): str(start) for end, start in canvas.document.graph.wires.items()}


def searching(canvas) -> SearchPopup | None:
    return next((item for item in canvas.window().findChildren(SearchPopup) if item.isVisible()), None)


# Adding


def test_a_chain_is_typed_without_the_mouse(make, hand):
    canvas = make()
    for text in ("input", "conv", "relu", "max"):
        hand(canvas).key(Qt.Key.Key_Tab)
        hand(canvas).type_in_search(text)
    assert wires(canvas) == {"conv1.x": "input1", "relu1.x": "conv1", "pool1.x": "relu1"}
    assert canvas.selection == {"pool1"}
    heights = [canvas.document.graph.nodes[name].at for name in ("input1", "conv1", "relu1", "pool1")]
    assert heights == sorted(heights, key=lambda at: at[1])
    assert len({x for x, _ in heights}) == 1
    assert canvas.hasFocus()
    canvas.document.undo()
    assert "pool1" not in canvas.document.graph.nodes


def test_escape_closes_the_search_and_adds_nothing(make, hand):
    canvas = make()
    hand(canvas).key(Qt.Key.Key_Tab)
    hand(canvas).type_in_search("relu", Qt.Key.Key_Escape)
    assert searching(canvas) is None
    assert canvas.hasFocus()
    assert not canvas.document.graph.nodes


def test_down_chooses_the_next_of_what_was_found(make, hand):
    canvas = make()
    hand(canvas).key(Qt.Key.Key_Tab)
    hand(canvas).type_in_search("norm", Qt.Key.Key_Down)
    first, second = searching(canvas).model.operators[:2]
    hand(canvas).type_in_search("")
    (node,) = canvas.document.graph.nodes.values()
    assert node.operator == second.id != first.id


def test_a_double_click_on_nothing_searches_and_adds_there_unwired(make, hand, chain, qtbot):
    canvas = make(chain)
    canvas.select(["relu1"])
    mouse = hand(canvas)
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=mouse.point(500, 500))
    mouse.type_in_search("tanh")
    assert canvas.document.graph.nodes["tanh1"].at == (500 - 113, 500)
    assert not canvas.document.graph.into("tanh1")


def test_a_node_added_where_one_stands_takes_a_free_place(make, chain):
    canvas = make(chain)
    canvas.select(["conv1"])
    chain.put("nodes.tanh1", Node("tanh1", "tanh", at=(0.0, 212.0)))
    canvas.set_document(canvas.document)
    canvas.select(["conv1"])
    name = canvas.add_operator("relu")
    assert canvas.document.graph.nodes[name].at == (266.0, 212.0)
    assert wires(canvas)[f"{name}.x"] == "conv1"


# Wires


@pytest.mark.parametrize("backwards", [False, True])
def test_a_wire_is_drawn_between_ports_in_either_direction(make, hand, chain, backwards):
    canvas = make(chain)
    mouse = hand(canvas)
    ends = [mouse.port(Output("conv1")), mouse.port(Input("pool1", "x"))]
    mouse.drag(*(reversed(ends) if backwards else ends))
    assert wires(canvas)["pool1.x"] == "conv1"
    assert canvas.document.can_undo == "Connect"
    canvas.document.undo()
    assert "pool1.x" not in wires(canvas)


def test_a_wire_dropped_anywhere_on_a_node_takes_its_first_free_input(make, hand, chain):
    chain.put("nodes.add1", Node("add1", "add", at=(400.0, 300.0)))
    chain.put("wires.add1.x", Output("conv1"))
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.drag(mouse.port(Output("image")), mouse.middle("add1"))
    assert wires(canvas)["add1.y"] == "image"


def test_a_cycle_is_refused_with_its_reason_and_the_node_is_dimmed(make, hand, chain, qtbot):
    canvas = make(chain)
    mouse = hand(canvas)
    before = chain.copy()
    mouse.press(mouse.port(Output("relu1")))
    mouse.go(mouse.middle("pool1"))
    mouse.go(mouse.port(Input("conv1", "x")))
    names = canvas.scene.geometry.nodes.keys
    possible = {name for name, able in zip(names, canvas.scene.possible, strict=True) if able}
    assert possible == {"pool1"}
    assert canvas.scene.target is None
    with qtbot.waitSignal(canvas.message) as told:
        mouse.release(mouse.port(Input("conv1", "x")))
    assert "cycle" in told.args[0]
    assert canvas.document.graph == before
    assert canvas.scene.possible is None


def test_a_wire_end_is_moved_to_another_input(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.drag(mouse.port(Input("relu1", "x")), mouse.port(Input("pool1", "x")))
    assert wires(canvas) == {"conv1.x": "image", "pool1.x": "conv1"}
    assert canvas.document.can_undo == "Move wire"


def test_a_wire_end_dropped_on_nothing_is_removed(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.drag(mouse.port(Input("relu1", "x")), (500.0, 600.0))
    assert wires(canvas) == {"conv1.x": "image"}
    assert searching(canvas) is None


def test_a_wire_start_is_moved_to_another_output(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    x, y = mouse.port(Output("conv1"))
    mouse.drag((x, y + 16), mouse.port(Output("pool1")))
    assert wires(canvas)["relu1.x"] == "pool1"


def test_escape_leaves_a_dragged_wire_where_it_was(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    before = chain.copy()
    mouse.press(mouse.port(Input("relu1", "x")))
    mouse.go((500.0, 600.0))
    mouse.key(Qt.Key.Key_Escape)
    mouse.release((500.0, 600.0))
    assert canvas.document.graph == before
    assert canvas.gesture is None


def test_a_wire_dropped_on_nothing_offers_what_takes_it_and_connects_it(make, hand, chain, analysed):
    canvas = make(chain)
    canvas.set_analysis(analysed({"conv1": ["N", 10]}))
    mouse = hand(canvas)
    mouse.drag(mouse.port(Output("conv1")), (400.0, 400.0))
    offered = {operator.id for operator in searching(canvas).model.operators}
    assert "linear" in offered
    assert not offered & {"input", "conv2d", "max_pool2d"}
    mouse.type_in_search("linear")
    assert wires(canvas)["linear1.x"] == "conv1"


def test_a_search_from_a_wire_ends_when_its_node_goes(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.drag(mouse.port(Output("conv1")), (400.0, 400.0))
    canvas.select(["conv1"])
    canvas.delete_selection()
    assert searching(canvas) is None


def test_another_button_does_not_end_a_drag(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.press(mouse.middle("pool1"))
    mouse.go((700.0, 500.0))
    mouse.press((700.0, 500.0), button=RIGHT)
    mouse.release((700.0, 500.0), button=RIGHT)
    assert canvas.gesture is not None
    mouse.release((700.0, 500.0))
    assert canvas.document.can_undo == "Move"


def test_labels_are_offered_a_loss_and_go_to_its_target(make, hand, analysed):
    graph = Graph()
    graph.put("nodes.label", Node("label", "input", {"shape": ("N",), "dtype": "int64"}))
    canvas = make(graph)
    analysis = analysed({"label": ["N"]})
    analysis.nodes["label"]["outputs"]["out"]["dtype"] = "int64"
    canvas.set_analysis(analysis)
    mouse = hand(canvas)
    mouse.drag(mouse.port(Output("label")), (200.0, 300.0))
    mouse.type_in_search("cross")
    assert wires(canvas) == {"loss.target": "label"}


def test_an_input_dragged_to_nothing_adds_what_feeds_it(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.drag(mouse.port(Input("pool1", "x")), (513.0, 60.0))
    mouse.type_in_search("relu")
    assert wires(canvas)["pool1.x"] == "relu2"


def test_a_repeating_input_takes_wire_after_wire(make, hand, chain):
    chain.put("nodes.cat1", Node("cat1", "concatenate", at=(400.0, 300.0)))
    canvas = make(chain)
    mouse = hand(canvas)
    for name in ("image", "conv1", "pool1"):
        mouse.drag(mouse.port(Output(name)), mouse.middle("cat1"))
    assert [str(item) for item in canvas.document.graph.inputs("cat1", "xs")] == ["image", "conv1", "pool1"]


def test_a_stroke_with_control_and_the_right_button_cuts_wires(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.drag((50.0, 90.0), (180.0, 90.0), CONTROL, RIGHT)
    assert wires(canvas) == {"relu1.x": "conv1"}
    canvas.document.undo()
    assert len(wires(canvas)) == 2


# Nodes


def test_nodes_are_dragged_and_undo_puts_them_back(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.drag(mouse.middle("pool1"), (700.0, 500.0))
    assert canvas.document.graph.nodes["pool1"].at == (700.0 - 113, 500.0 - 26)
    canvas.document.undo()
    assert canvas.document.graph.nodes["pool1"].at == (400.0, 120.0)
    assert canvas.scene.geometry.box("pool1").left == 400.0


def test_all_selected_nodes_are_dragged_together(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    canvas.select(["image", "conv1"])
    x, y = mouse.middle("conv1")
    mouse.drag((x, y), (x + 40, y - 30))
    at = {name: node.at for name, node in canvas.document.graph.nodes.items()}
    assert (at["image"], at["conv1"], at["relu1"]) == ((40.0, -30.0), (40.0, 90.0), (0.0, 300.0))


@pytest.mark.parametrize("held", [Qt.KeyboardModifier.NoModifier, ALT])
def test_a_node_dropped_on_a_wire_is_inserted_unless_alt_is_held(make, hand, chain, held):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.drag(mouse.middle("pool1"), (113.0, 236.0), held)
    if held == ALT:
        assert wires(canvas) == {"conv1.x": "image", "relu1.x": "conv1"}
        return
    assert wires(canvas) == {"conv1.x": "image", "pool1.x": "conv1", "relu1.x": "pool1"}
    assert canvas.document.can_undo == "Insert"
    canvas.document.undo()
    assert canvas.document.graph.nodes["pool1"].at == (400.0, 120.0)
    assert wires(canvas) == {"conv1.x": "image", "relu1.x": "conv1"}


def test_what_is_inserted_stands_in_line_and_what_depends_on_it_makes_way(make, hand, chain):
    chain.put("nodes.relu1", Node("relu1", "relu", at=(0.0, 212.0)))
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.drag(mouse.middle("pool1"), (130.0, 190.0))
    at = {name: node.at for name, node in canvas.document.graph.nodes.items()}
    assert at == {"image": (0.0, 0.0), "conv1": (0.0, 120.0), "pool1": (0.0, 212.0), "relu1": (0.0, 304.0)}
    canvas.document.undo()
    assert canvas.document.graph.nodes["relu1"].at == (0.0, 212.0)


def test_a_node_over_a_wire_that_it_cannot_take_is_only_moved(make, hand, chain):
    chain.put("nodes.add1", Node("add1", "add", at=(400.0, 500.0)))
    chain.put("wires.add1.x", Output("relu1"))
    canvas = make(chain)
    mouse = hand(canvas)
    before = wires(canvas)
    mouse.drag(mouse.middle("add1"), (113.0, 236.0))
    assert wires(canvas) == before
    assert canvas.document.graph.nodes["add1"].at == (0.0, 236.0 - 17)


def test_a_click_with_control_adds_to_the_selection_and_takes_away(make, hand, chain):
    canvas = make(chain)
    hand(canvas).click(hand(canvas).middle("conv1"))
    hand(canvas).click(hand(canvas).middle("relu1"), CONTROL)
    assert canvas.selection == {"conv1", "relu1"}
    hand(canvas).click(hand(canvas).middle("pool1"), CONTROL)
    assert canvas.selection == {"conv1", "relu1", "pool1"}
    hand(canvas).click(hand(canvas).middle("relu1"), CONTROL)
    assert canvas.selection == {"conv1", "pool1"}
    assert canvas.document.can_undo is None


def test_a_drag_with_control_of_a_node_that_is_not_selected_copies_it_alone(make, hand, chain):
    canvas = make(chain)
    hand(canvas).click(hand(canvas).middle("conv1"))
    x, y = hand(canvas).middle("pool1")
    hand(canvas).drag((x, y), (x + 300, y + 200), CONTROL)
    assert set(canvas.document.graph.nodes) == {"image", "conv1", "relu1", "pool1", "pool2"}
    assert canvas.selection == {"pool2"}


def test_a_drag_with_control_leaves_the_node_and_adds_a_copy(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    x, y = mouse.middle("conv1")
    mouse.drag((x, y), (x + 400, y + 200), CONTROL)
    graph = canvas.document.graph
    assert graph.nodes["conv1"].at == (0.0, 120.0)
    assert graph.nodes["conv2"].at == (400.0, 320.0)
    assert canvas.selection == {"conv2"}


def test_escape_puts_a_dragged_node_back(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.press(mouse.middle("conv1"))
    mouse.go((700.0, 500.0))
    assert canvas.scene.geometry.box("conv1").left > 400
    mouse.key(Qt.Key.Key_Escape)
    mouse.release((700.0, 500.0))
    assert canvas.scene.geometry.box("conv1")[:2] == (0.0, 120.0)
    assert canvas.document.can_undo is None


# Selecting


def test_click_shift_click_and_a_click_on_nothing(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.click(mouse.middle("image"))
    mouse.click(mouse.middle("pool1"), SHIFT)
    assert canvas.selection == {"image", "pool1"}
    mouse.click(mouse.middle("pool1"), SHIFT)
    assert canvas.selection == {"image"}
    mouse.click((600.0, 500.0))
    assert canvas.selection == frozenset()


def test_a_rubber_band_selects_what_it_touches(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.drag((-60.0, -40.0), (300.0, 140.0))
    assert canvas.selection == {"image", "conv1"}
    mouse.drag((700.0, 100.0), (600.0, 200.0), SHIFT)
    assert canvas.selection == {"image", "conv1", "pool1"}


def test_a_wire_is_selected_by_a_click_and_deleted(make, hand, chain):
    canvas = make(chain)
    hand(canvas).click((113.0, 236.0))
    assert canvas.selected_wires == {Input("relu1", "x")}
    canvas.delete_selection()
    assert wires(canvas) == {"conv1.x": "image"}
    assert canvas.selected_wires == frozenset()


def test_arrow_keys_walk_along_wires_and_layers(make, hand, chain):
    canvas = make(chain)
    walked = []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Left):
        hand(canvas).key(key)
        walked += canvas.selection
    assert walked == ["image", "conv1", "relu1", "conv1", "pool1", "conv1"]


def test_return_and_a_double_click_activate_a_node(make, hand, chain, qtbot):
    canvas = make(chain)
    mouse = hand(canvas)
    canvas.select(["conv1"])
    with qtbot.waitSignal(canvas.node_activated) as told:
        mouse.key(Qt.Key.Key_Return)
    assert told.args == ["conv1"]
    with qtbot.waitSignal(canvas.node_activated) as told:
        qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=mouse.point(*mouse.middle("pool1")))
    assert told.args == ["pool1"]


# Removing, copying, placing


def test_delete_dissolve_and_undo(make, chain):
    canvas = make(chain)
    before = chain.copy()
    canvas.select(["conv1"])
    canvas.dissolve_selection()
    assert wires(canvas) == {"relu1.x": "image"}
    canvas.select_all()
    canvas.delete_selection()
    assert not canvas.document.graph.nodes
    assert canvas.selection == frozenset()
    canvas.document.undo()
    canvas.document.undo()
    assert canvas.document.graph == before


def test_copy_and_paste_keep_inner_wires_and_cut_removes(make, chain):
    canvas = make(chain)
    canvas.select(["conv1", "relu1"])
    canvas.copy()
    assert '"conv2d"' in QGuiApplication.clipboard().text()
    QCursor.setPos(canvas.mapToGlobal(QPoint(700, 500)))
    canvas.paste()
    assert canvas.selection == {"conv2", "relu2"}
    assert wires(canvas)["relu2.x"] == "conv2"
    assert "conv2.x" not in wires(canvas)
    assert canvas.document.graph.nodes["conv2"].at == (600.0 - 113, 440.0 - 107)
    assert canvas.document.graph.nodes["relu2"].at == (600.0 - 113, 440.0 - 107 + 180)
    canvas.cut()
    assert "conv2" not in canvas.document.graph.nodes


@pytest.mark.parametrize(
    "around",
    [
        "```json\n{}\n```",
        "Here is {{ your }} network:\n\n```json\n{}\n```\nIt has {{2}} layers.\n```python\nprint({{}})\n```\n",
        "Sure! {}\n\nTell me whether it works.",
        "~~~\r\n{}\r\n~~~",
    ],
)
def test_a_graph_from_a_chat_is_pasted(make, chain, around):
    canvas = make(chain)
    canvas.select(["conv1", "relu1"])
    QGuiApplication.clipboard().setText(around.format(canvas.editing.copied(canvas.selection)))
    canvas.paste()
    assert canvas.selection == {"conv2", "relu2"}
    assert wires(canvas)["relu2.x"] == "conv2"


@pytest.mark.parametrize("text", ["", "hello", "```json\n{\n```", '{"nodes": 7}', "[" * 5000])
def test_pasting_something_else_is_a_message(make, chain, qtbot, text):
    canvas = make(chain)
    QGuiApplication.clipboard().setText(text)
    with qtbot.waitSignal(canvas.message) as told:
        canvas.paste()
    assert "clipboard" in told.args[0]
    assert canvas.document.can_undo is None


def test_duplicate_is_one_step_of_that_name(make, chain):
    canvas = make(chain)
    canvas.select(["conv1"])
    canvas.duplicate_selection()
    assert canvas.selection == {"conv2"}
    assert canvas.document.can_undo == "Duplicate"


def test_tidy_is_one_step_and_glides_to_where_the_document_says(make, qtbot, chain):
    canvas = make(chain)
    canvas.animate = True
    before = chain.copy()
    canvas.tidy()
    at = canvas.document.graph.nodes["relu1"].at
    assert at[1] == 184.0
    assert canvas.document.can_undo == "Tidy"
    qtbot.waitUntil(lambda: canvas.scene.geometry.box("relu1")[:2] == at)
    canvas.document.undo()
    assert canvas.document.graph == before
    assert canvas.scene.geometry.box("relu1")[:2] == (0.0, 300.0)


# The view


def test_undo_during_a_glide_puts_the_nodes_back_at_once(make, chain):
    canvas = make(chain)
    canvas.animate = True
    canvas.tidy()
    assert canvas.scene.geometry.box("relu1")[:2] == (0.0, 300.0)
    canvas.document.undo()
    assert canvas.scene.geometry.box("relu1")[:2] == (0.0, 300.0)
    canvas.tidy()
    canvas.document.commit(edits.move(Scope(chain), {"image": (5.0, 5.0)}))
    assert canvas.scene.geometry.places() == Geometry(chain, catalog()).places()


def wheel(canvas, at: QPoint, notches: int = 0, fingers: QPoint | None = None) -> None:
    phase = Qt.ScrollPhase.ScrollUpdate if fingers else Qt.ScrollPhase.NoScrollPhase
    turned = fingers or QPoint(0, 120 * notches)
    away = QPointF(canvas.mapToGlobal(at))
    buttons, held = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(QPointF(at), away, fingers or QPoint(), turned, buttons, held, phase, False)
    QApplication.sendEvent(canvas, event)


def test_the_wheel_zooms_at_the_cursor(make, hand, chain):
    canvas = make(chain)
    place = hand(canvas).point(113.0, 146.0)
    wheel(canvas, place, notches=2)
    assert canvas.view.zoom == pytest.approx(1.44)
    assert hand(canvas).point(113.0, 146.0) == place
    for _ in range(60):
        wheel(canvas, place, notches=-2)
    assert canvas.view.zoom == pytest.approx(0.02)


def test_two_fingers_and_the_middle_button_pan(make, chain, qtbot):
    canvas = make(chain)
    wheel(canvas, QPoint(400, 300), fingers=QPoint(30, -20))
    assert (canvas.view.zoom, canvas.view.x, canvas.view.y) == (1.0, 130.0, 40.0)
    qtbot.mousePress(canvas, MIDDLE, pos=QPoint(500, 400))
    qtbot.mouseMove(canvas, QPoint(560, 430))
    qtbot.mouseRelease(canvas, MIDDLE, pos=QPoint(560, 430))
    assert (canvas.view.x, canvas.view.y) == (190.0, 70.0)


def test_space_and_a_drag_pan_and_edit_nothing(make, hand, chain, qtbot):
    canvas = make(chain)
    mouse = hand(canvas)
    x = canvas.view.x
    qtbot.keyPress(canvas, Qt.Key.Key_Space)
    start = mouse.middle("conv1")
    mouse.drag(start, (start[0] + 50, start[1]))
    qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.view.x > x
    assert canvas.document.can_undo is None


def test_fit_shows_all_and_the_minimap_appears_when_something_is_out_of_sight(make, hand, chain):
    canvas = make(chain)
    canvas.fit()
    size = canvas.width(), canvas.height()
    assert not canvas.minimap.needed(canvas.scene, canvas.view, *size)
    for dx, dy in ((-1000, 0), (1000, 0), (0, -900), (0, 900)):
        canvas.fit()
        canvas.pan(dx, dy)
        assert canvas.minimap.needed(canvas.scene, canvas.view, *size)
    canvas.zoom_to(3.0)
    assert canvas.minimap.needed(canvas.scene, canvas.view, *size)
    canvas.grab()
    left, top, _right, _bottom = canvas.minimap.box(*size)
    before = canvas.view.to_scene(600, 450)
    mouse = hand(canvas)
    mouse.click(canvas.view.to_scene(left + 20, top + 20))
    assert canvas.view.to_scene(600, 450) != before
    assert canvas.document.can_undo is None


def test_all_stays_in_sight_when_the_window_is_resized_until_the_view_is_changed(make, chain):
    canvas = make(chain)
    canvas.fit()
    canvas.resize(700, 500)
    assert canvas.view.on_screen(canvas.scene.geometry.bounds()).bottom < 500
    canvas.zoom_to(1.0)
    canvas.resize(1200, 900)
    assert canvas.view.zoom == 1.0


# From the palette


@pytest.mark.parametrize("held", [Qt.KeyboardModifier.NoModifier, ALT])
def test_an_operator_from_the_palette_is_dropped_and_inserted_into_a_wire(make, hand, chain, held):
    canvas = make(chain)
    mouse = hand(canvas)
    data = QMimeData()
    data.setData(MIME, b"batch_norm2d")
    place = mouse.point(113.0, 236.0)
    given = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, held)
    enter = QDragEnterEvent(place, *given)
    QApplication.sendEvent(canvas, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(canvas, QDropEvent(QPointF(place), *given))
    expected = {"conv1.x": "image", "relu1.x": "conv1"}
    if held != ALT:
        expected |= {"bn1.x": "conv1", "relu1.x": "bn1"}
    assert wires(canvas) == expected
    assert canvas.selection == {"bn1"}


def test_what_is_no_operator_is_not_taken(make, hand):
    canvas = make()
    data = QMimeData()
    data.setData(MIME, b"no_such_operator")
    enter = QDragEnterEvent(
        hand(canvas).point(0, 0), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, CONTROL
    )
    enter.ignore()
    QApplication.sendEvent(canvas, enter)
    assert not enter.isAccepted()


def test_a_template_is_shown_whole_when_the_document_is_set(make):
    canvas = make()
    from grapheditor.edit import Document

    canvas.set_document(Document(catalog().new("mnist-convnet")))
    bounds = canvas.view.on_screen(canvas.scene.geometry.bounds())
    assert bounds.left >= 0
    assert bounds.top >= 0
    assert bounds.right <= canvas.width()
    assert bounds.bottom <= canvas.height()
