"""Keys alone on the canvas of a real window: connecting, cutting, walking on with a selection, moving, linked copies."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from grapheditor.graph import Input, Output

NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def chain_in(drive):
    """Build image, conv1, relu1 and an addition that nothing feeds, in a window; leave the focus on the canvas."""
    drive.window.new()
    for text in ("input", "conv2d", "relu"):
        drive.add(text)
    drive.window.canvas.select([])
    drive.window.canvas.add_operator("add", (600.0, 300.0))
    drive.window.canvas.setFocus()
    return drive


def press(drive, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(QApplication.focusWidget(), key, held)
    QApplication.processEvents()


def test_a_node_is_connected_to_a_port_that_is_searched(chain_in):
    drive = chain_in
    canvas, graph = drive.window.canvas, drive.graph
    canvas.select(["relu1"])
    press(drive, Qt.Key.Key_K)
    QTest.keyClicks(QApplication.focusWidget(), "add1.y")
    press(drive, Qt.Key.Key_Return)
    assert graph.wires[Input("add1", "y")] == Output("relu1")
    assert canvas.hasFocus()
    press(drive, Qt.Key.Key_K)
    (popup,) = [item for item in drive.window.findChildren(type(canvas._search)) if item.isVisible()]
    titles = [row.title for row in popup.model.operators]
    assert "add1.x" in titles
    assert not {"add1.y", "conv1.x", "relu1.x"} & set(titles), "what is wired so already, and what would close a cycle"
    press(drive, Qt.Key.Key_Escape)
    canvas.select(["add1"])
    press(drive, Qt.Key.Key_K)
    QTest.keyClicks(QApplication.focusWidget(), "conv1 add1.x")
    press(drive, Qt.Key.Key_Return)
    assert graph.wires[Input("add1", "x")] == Output("conv1")


def test_wires_are_chosen_cut_and_moved(chain_in):
    drive = chain_in
    canvas, graph = drive.window.canvas, drive.graph
    canvas.select(["conv1"])
    press(drive, Qt.Key.Key_W)
    assert canvas.selected_wires == {Input("conv1", "x")}
    assert "Wire from input1 to conv1.x selected." in canvas.accessibleDescription()
    press(drive, Qt.Key.Key_W)
    assert canvas.selected_wires == {Input("relu1", "x")}
    press(drive, Qt.Key.Key_W, SHIFT)
    assert canvas.selected_wires == {Input("conv1", "x")}
    press(drive, Qt.Key.Key_W)
    press(drive, Qt.Key.Key_K)
    QTest.keyClicks(QApplication.focusWidget(), "add1.x")
    press(drive, Qt.Key.Key_Return)
    assert graph.wires == {Input("conv1", "x"): Output("input1"), Input("add1", "x"): Output("conv1")}
    canvas.select(["add1"])
    press(drive, Qt.Key.Key_W)
    press(drive, Qt.Key.Key_Delete)
    assert Input("add1", "x") not in graph.wires
    assert "add1" in graph.nodes


def test_an_arrow_leads_from_a_wire_to_its_ends(chain_in):
    drive = chain_in
    canvas = drive.window.canvas
    for key, name in ((Qt.Key.Key_Up, "conv1"), (Qt.Key.Key_Down, "relu1")):
        canvas.select([], [Input("relu1", "x")])
        press(drive, key)
        assert canvas.selection == {name}


def test_shift_with_arrows_takes_more_nodes_along(chain_in):
    drive = chain_in
    canvas = drive.window.canvas
    canvas.select(["relu1"])
    press(drive, Qt.Key.Key_Up, SHIFT)
    assert canvas.selection == {"relu1", "conv1"}
    press(drive, Qt.Key.Key_Up, SHIFT)
    assert canvas.selection == {"relu1", "conv1", "input1"}
    press(drive, Qt.Key.Key_Down)
    assert canvas.selection == {"conv1"}


def test_control_with_arrows_moves_the_selected_nodes_in_one_step(chain_in):
    drive = chain_in
    canvas, graph = drive.window.canvas, drive.graph
    before = {name: node.at for name, node in graph.nodes.items()}
    canvas.select(["conv1", "relu1"])
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        press(drive, key, CONTROL)
    for name in ("conv1", "relu1"):
        assert graph.nodes[name].at == (before[name][0] + 48, before[name][1] + 24)
    canvas.select(["conv1"])
    press(drive, Qt.Key.Key_Left, CONTROL)
    drive.window.perform("undo")
    assert graph.nodes["conv1"].at == (before["conv1"][0] + 48, before["conv1"][1] + 24)
    drive.window.perform("undo")
    assert {name: node.at for name, node in graph.nodes.items()} == before


def test_a_linked_copy_has_the_weights_of_its_original(chain_in):
    drive = chain_in
    canvas, graph = drive.window.canvas, drive.graph
    drive.wait_for_analysis()
    canvas.select(["conv1"])
    press(drive, Qt.Key.Key_D, ALT)
    (copy,) = canvas.selection
    assert graph.nodes[copy].weights == graph.nodes["conv1"].weights != ""
