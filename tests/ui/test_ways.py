"""Ways through the program as people go them, in the real window with the real engine, by mouse and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton

from grapheditor.edit.helpers import HELPERS, NAMES
from grapheditor.graph import Graph, Input, Output

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def helpers():
    """What a test switches off is on again behind it."""
    yield
    for name in NAMES:
        setattr(HELPERS, name, True)


def drop(drive, *, text: str = "", path=None) -> bool:
    """Drop something onto the middle of the canvas; tell whether it was taken."""
    canvas, data, none = drive.window.canvas, QMimeData(), Qt.KeyboardModifier.NoModifier
    if path is not None:
        data.setUrls([QUrl.fromLocalFile(str(path))])
    else:
        data.setText(text)
    middle, copy = QPointF(canvas.rect().center()), Qt.DropAction.CopyAction
    enter = QDragEnterEvent(middle.toPoint(), copy, data, LEFT, none)
    QApplication.sendEvent(canvas, enter)
    if enter.isAccepted():
        QApplication.sendEvent(canvas, QDropEvent(middle, copy, data, LEFT, none))
    return enter.isAccepted()


def offered(drive) -> list[str]:
    """Return what stands beside the selected node: the problem, and what would help."""
    drive.wait_for_analysis()
    callout = drive.window.canvas.callout
    if callout is None or not callout.isVisible():
        return []
    texts = [item.text() for item in callout.findChildren(QLabel)]
    return texts + [item.text() for item in callout.findChildren(QPushButton)]


def undo(drive) -> None:
    drive.window.canvas.setFocus()
    drive.key(Qt.Key.Key_Z, CONTROL)


def apart(canvas) -> bool:
    """Tell whether no two cards cover each other."""
    boxes = [canvas.scene.geometry.box(name) for name in canvas.scene.body.nodes]
    return not any(a.meets(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_way_2_a_network_by_hand_from_the_keyboard(drive):
    window, session = drive.window, drive.window.session
    drive.click("start-empty")
    canvas = window.canvas
    drive.wait(canvas.hasFocus)
    assert "Press Tab to add an operator" in canvas.accessibleDescription()
    assert "Drop data here" in canvas.accessibleDescription()

    # data is dropped, and its inputs appear
    assert not drop(drive, text="nothing that is known")
    assert drop(drive, text="digits")
    assert {name: node.options["shape"] for name, node in drive.graph.nodes.items()} == {
        "image": ("N", 1, 28, 28),
        "label": ("N",),
    }
    assert canvas.selection == {"image"}

    # a chain without the mouse
    before = "image"
    for text, operator in (("normal", "normalize"), ("conv", "conv2d"), ("relu", "relu"), ("max", "max_pool2d")):
        name = drive.add(text)
        assert drive.graph.nodes[name].operator == operator
        assert drive.graph.inputs(name, "x") == [Output(before)]
        assert canvas.selection == {name}
        before = name

    # a linear layer would act on the last dimension: Flatten is offered, by one key or one click, as one step
    drive.add("linear")
    found = offered(drive)
    assert "last dimension" in found[0]
    assert found[1].startswith("Insert a flatten between pool1 and linear1")
    assert "Alt+Return" in found[1]
    without = drive.graph.copy()
    drive.key(Qt.Key.Key_Return, ALT)
    assert drive.graph.inputs("linear1", "x") == [Output("flatten1")]
    assert drive.graph.inputs("flatten1", "x") == [Output("pool1")]
    assert canvas.selection == {"linear1"}
    assert apart(canvas)
    assert not offered(drive)
    undo(drive)
    assert drive.graph == without
    assert offered(drive)
    drive.click("callout-fix-0")
    assert drive.graph.inputs("linear1", "x") == [Output("flatten1")]
    assert canvas.hasFocus()

    # the only label is the target, and the first loss the first objective
    drive.type("option-out_features", "10")
    canvas.setFocus()
    before_loss = drive.graph.copy()
    assert drive.add("cross") == "loss"
    assert drive.graph.wires[Input("loss", "x")] == Output("linear1")
    assert drive.graph.wires[Input("loss", "target")] == Output("label")
    (objective,) = drive.graph.recipe.objectives
    assert (objective.minimise, objective.weights, objective.optimizer) == ("loss", (), "AdamW")
    assert objective.settings == {"lr": 1e-3}
    undo(drive)
    assert drive.graph == before_loss
    drive.key(Qt.Key.Key_Z, CONTROL | SHIFT)

    # what feeds only losses is offered as the output
    canvas.select(["loss"])
    canvas.setFocus()
    drive.key(Qt.Key.Key_Up)
    assert canvas.selection == {"linear1"}
    found = offered(drive)
    assert found[1].startswith("Make linear1 the output")
    drive.key(Qt.Key.Key_Return, ALT)
    assert drive.graph.inputs("output", "x") == [Output("linear1")]
    assert apart(canvas)
    drive.wait_for_analysis()
    assert session.analysis.problems == []
    drive.wait(lambda: drive.find("train").isEnabled())

    while session.document.can_undo:
        undo(drive)
    assert drive.graph == Graph()


def test_helpers_that_are_switched_off_offer_nothing(drive):
    drive.click("start-empty")
    drop(drive, text="digits")
    for text in ("conv", "linear"):
        drive.add(text)
    assert offered(drive)
    drive.window.perform("settings")
    dialog = drive.window.windows.dialog
    box = dialog.findChild(QCheckBox, "helper-flatten")
    box.setChecked(False)
    assert not offered(drive)
    assert drive.window.session.analysis.problems == []
    box.setChecked(True)
    assert offered(drive)
    dialog.close()


def images(folder) -> None:
    """Write two classes of four images each."""
    for number, name in enumerate(("cats", "dogs")):
        (folder / name).mkdir(parents=True)
        for i in range(4):
            image = QImage(12, 10, QImage.Format.Format_RGB32)
            image.fill(QColor(40 * i, 100 * number, 50))
            assert image.save(str(folder / name / f"{i}.png"))


def test_a_folder_and_a_table_that_are_dropped_give_their_inputs(drive, tmp_path):
    images(tmp_path / "pets")
    (tmp_path / "rows.csv").write_text("width,height,kind\n1.5,2,a\n2.5,1,b\n0.5,4,a\n1.0,3,b\n")
    drive.click("start-empty")
    assert drop(drive, path=tmp_path / "pets")
    drive.wait(lambda: drive.graph.nodes)
    assert {name: node.options["shape"] for name, node in drive.graph.nodes.items()} == {
        "image": ("N", 3, 64, 64),
        "label": ("N",),
    }
    assert drive.graph.recipe.data == "image-folder"
    undo(drive)
    assert drive.graph == Graph()
    assert drop(drive, path=tmp_path / "rows.csv")
    drive.wait(lambda: drive.graph.nodes)
    assert drive.graph.nodes["features"].options["shape"] == ("N", 2)
    assert drive.graph.recipe.data == "table"


def test_what_cannot_be_opened_is_told(drive, tmp_path):
    (tmp_path / "rows.csv").write_bytes(b"\xff\xfe\x00bad")
    drive.click("start-empty")
    drop(drive, path=tmp_path / "rows.csv")
    drive.wait(lambda: "cannot be opened" in drive.find("notice-text", QLabel).text())


def test_data_that_is_chosen_in_the_inspector_is_opened_for_its_inputs(drive, tmp_path):
    images(tmp_path / "pets")
    drive.click("start-empty")
    drive.window.canvas.select([])
    row = drive.find("option-data")
    place = row.findText("Images by class")
    row.setCurrentIndex(place)
    row.activated.emit(place)
    assert drive.graph.recipe.data == "image-folder"
    assert not drive.graph.nodes
    drive.type("option-data-folder", str(tmp_path / "pets"))
    drive.wait(lambda: set(drive.graph.nodes) == {"image", "label"})


def point(canvas, x: float, y: float) -> QPoint:
    sx, sy = canvas.view.to_screen(x, y)
    return QPoint(round(sx), round(sy))
