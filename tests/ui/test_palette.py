"""The palette by hand: operators, the graph's own modules, templates; searched, dragged, inserted, opened."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QTabBar

from grapheditor.catalog import catalog
from grapheditor.edit import Document
from grapheditor.edit.parts import as_module
from grapheditor.ui.canvas.canvas import MIME
from grapheditor.ui.widgets import Elided

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


def test_a_layer_of_torch_without_an_operator_is_told_of_where_it_is_searched(drive):
    drive.window.new("mlp")
    drive.type("palette-search", "Sequential", None)
    assert listed(drive) == []
    said = [item.text() for item in drive.window.editor.palette_panel.findChildren(QLabel) if item.isVisible()]
    assert any(text.startswith("There is no Sequential: nodes that are wired") for text in said)
    drive.window.canvas.setFocus()
    drive.key(Qt.Key.Key_Tab)
    QTest.keyClicks(QApplication.focusWidget(), "syncbatch")
    assert drive.find("search").nothing.text().startswith("There is no SyncBatchNorm: it needs several processes")


def open_tab(drive, number: int) -> None:
    tabs = drive.find("palette-tabs", QTabBar)
    QTest.mouseClick(tabs, LEFT, pos=tabs.tabRect(number).center())
    assert tabs.currentIndex() == number


def listed(drive) -> list[str]:
    return [*drive.window.editor.palette_panel.listed]


def drop(canvas, name: str, place: QPoint) -> bool:
    """Drag a row of the palette to a place, as the system tells the canvas; tell whether it was taken."""
    data = QMimeData()
    data.setData(MIME, name.encode())
    given = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    enter, move = QDragEnterEvent(place, *given), QDragMoveEvent(place, *given)
    enter.ignore()
    QApplication.sendEvent(canvas, enter)
    if enter.isAccepted():
        QApplication.sendEvent(canvas, move)
        QApplication.sendEvent(canvas, QDropEvent(QPointF(place), *given))
    return enter.isAccepted()


def on_wire(canvas, end: str) -> QPoint:
    """Return the middle of the wire to a node, on the canvas."""
    geometry = canvas.scene.geometry
    (wire,) = [wire for wire in geometry.graph.wires if wire.node == end]
    canvas.center_on(end)
    below, above = geometry.box(end), geometry.box(geometry.graph.wires[wire].node)
    x, y = canvas.view.to_screen((below.left + below.right) / 2, (above.bottom + below.top) / 2)
    return QPoint(round(x), round(y))


def group(drive, *names: str) -> str:
    drive.window.canvas.select(names)
    drive.window.canvas.setFocus()
    drive.key(Qt.Key.Key_G, CONTROL)
    drive.key(Qt.Key.Key_Return)
    (use,) = drive.window.canvas.selection
    return drive.graph.nodes[use].operator


def test_what_has_no_room_ends_in_dots_and_is_told_in_full(drive):
    drive.window.new("mlp")
    drive.type("palette-search", "avgpool2d", None)
    row = drive.find("operator-avg_pool2d")
    line = row.findChildren(Elided)[1]
    whole = catalog().operators["avg_pool2d"].headline
    assert line.text() == whole
    assert line.cut
    assert line.shown().endswith("…")
    assert whole in row.toolTip()
    drive.window.editor.setSizes([900, 400, 300])
    drive.wait(lambda: not line.cut)
    assert line.shown() == whole


def test_the_modules_of_the_graph_are_listed_as_they_are_made_named_and_undone(drive):
    drive.window.new("mnist-convnet")
    open_tab(drive, 1)
    assert listed(drive) == []
    name = group(drive, "conv2", "pool2")
    assert listed(drive) == [f"module-{name}"]
    drive.window.canvas.rename_module()
    QTest.keyClicks(QApplication.focusWidget(), "Second stage")
    drive.key(Qt.Key.Key_Return)
    assert listed(drive) == ["module-SecondStage"]
    drive.window.perform("undo")
    drive.window.perform("undo")
    assert listed(drive) == []


def test_a_module_is_added_by_a_double_click_and_dropped_on_a_wire(drive):
    drive.window.new("mnist-convnet")
    name = group(drive, "relu3")
    open_tab(drive, 1)
    drive.window.canvas.select([])
    QTest.mouseDClick(drive.find(f"module-{name}"), LEFT)
    uses = [node.id for node in drive.graph.nodes.values() if node.operator == name]
    assert len(uses) == 2
    canvas = drive.window.canvas
    before = drive.graph.wires[next(iter(drive.graph.into("conv2")))]
    assert drop(canvas, name, on_wire(canvas, "conv2"))
    (third,) = {node.id for node in drive.graph.nodes.values() if node.operator == name} - {*uses}
    assert drive.graph.wires[next(iter(drive.graph.into("conv2")))].node == third
    assert drive.graph.wires[next(iter(drive.graph.into(third)))] == before


def test_inside_a_module_the_palette_offers_none_that_would_lie_within_itself(drive):
    drive.window.new("mnist-convnet")
    name = group(drive, "conv2", "pool2")
    open_tab(drive, 1)
    drive.window.editor.enter()
    assert drive.window.session.place
    assert listed(drive) == []
    assert not drop(drive.window.canvas, name, QPoint(300, 200))


def test_what_is_typed_is_looked_for_among_operators_modules_and_templates(drive):
    drive.window.new("mnist-convnet")
    group(drive, "conv2", "pool2")
    drive.window.canvas.rename_module()
    QTest.keyClicks(QApplication.focusWidget(), "Convolution stage")
    drive.key(Qt.Key.Key_Return)
    drive.type("palette-search", "conv", key=None)
    found = listed(drive)
    assert found[0] == "operator-conv2d"
    assert {"module-ConvolutionStage", "template-mnist-convnet"} <= {*found}
    open_tab(drive, 2)
    assert listed(drive)[0] == "template-mnist-convnet"
    drive.type("palette-search", "rsn50", key=None)
    assert listed(drive)[0] == "template-resnet50"


def test_a_template_becomes_a_module_in_the_graph_in_one_step(drive):
    drive.window.new("mnist-convnet")
    before, windows = dict(drive.graph.records()), len(drive.window.windows.all)
    open_tab(drive, 2)
    row = drive.row("template-resnet20")
    QTest.mouseClick(row, LEFT)
    assert dict(drive.graph.records()) == before
    assert len(drive.window.windows.all) == windows
    canvas = drive.window.canvas
    assert drop(canvas, "resnet20", on_wire(canvas, "conv1"))
    (use,) = canvas.selection
    assert drive.graph.nodes[use].operator == "ResNet20"
    assert drive.graph.wires[next(iter(drive.graph.into("conv1")))].node == use
    assert drive.graph.wires[next(iter(drive.graph.into(use)))].node == "normalize"
    assert len(drive.window.windows.all) == windows
    drive.window.perform("undo")
    assert dict(drive.graph.records()) == before


def test_a_template_in_the_graph_has_the_parameters_that_it_has_alone(drive):
    drive.window.new("resnet20")
    drive.wait_for_analysis()
    alone = drive.window.session.findings.analysis.parameters
    drive.window.session.document.mark_saved()
    drive.window.new()
    drive.window.canvas.setFocus()
    drive.add("input")
    drive.window.session.edit(_typed(drive))
    QTest.keyClick(drive.window.canvas, Qt.Key.Key_Tab)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, "ResNet-20")
    QTest.keyClick(field, Qt.Key.Key_Return)
    (use,) = drive.window.canvas.selection
    drive.add("output")
    drive.wait_for_analysis()
    analysis = drive.window.session.findings.analysis
    assert not [item for item in analysis.problems if item["severity"] == "error"]
    assert analysis.parameters == alone
    assert analysis.nodes[use]["parameters"] == alone


def _typed(drive):
    from grapheditor.edit import edits

    (name,) = drive.graph.nodes
    session = drive.window.session
    return edits.set_option(session.scope, session.catalog, [name], "shape", ("N", 3, 32, 32))


def test_a_template_is_opened_as_a_graph_from_its_menu(drive):
    drive.window.new("mnist-convnet")
    open_tab(drive, 2)
    row = drive.row("template-lenet-5")
    middle = row.rect().center()
    QApplication.sendEvent(row, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, middle, row.mapToGlobal(middle)))
    menu = drive.find("palette-menu", QMenu)
    opened = []
    drive.window.editor.template_chosen.disconnect()
    drive.window.editor.template_chosen.connect(opened.append)
    _, whole = menu.actions()
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(whole).center())
    assert opened == ["lenet-5"]


@pytest.mark.parametrize("name", [*catalog().templates])
def test_every_template_can_be_a_module(name):
    graph = catalog().new(name)
    part = as_module(graph, catalog().templates[name].title)
    (use,) = part.nodes.values()
    module = part.modules[use.operator]
    assert module.head.outputs
    assert Document(part).graph is part
    problems = [item.message for item in catalog().check_nodes(part)]
    assert all(message.startswith(f"Nothing is wired to {use.id}.") for message in problems)
    assert len(problems) == len(module.head.inputs)
