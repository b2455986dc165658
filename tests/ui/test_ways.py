"""Ways through the program as people go them, in the real window with the real engine, by mouse and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLabel, QPushButton, QToolButton

from grapheditor import state
from grapheditor.edit.helpers import HELPERS, NAMES
from grapheditor.edit.journal import remains
from grapheditor.graph import Graph, Input, Output
from grapheditor.ui.canvas.cards import blocks
from grapheditor.ui.canvas.paint import Level, level
from grapheditor.ui.editor import RESULTS, TRAINING
from grapheditor.ui.heat import written

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


def colours(picture: QImage) -> int:
    """Return how many colours are to be seen."""
    return len({picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)})


def test_way_1_the_first_minute(drive, tmp_path, monkeypatch):
    """From one click to a digit of one's own that is known, and a file of what was learned; nothing is asked."""
    window, session = drive.window, drive.window.session
    drive.click("start-train-digits")

    # laid out and labelled; the run has begun, its loss falls, a lens shows feature maps
    assert apart(window.canvas)
    assert window.canvas.view.zoom > 0.3
    drive.wait(lambda: session.training.run is not None and "loss" in session.training.run.steps)
    assert window.editor.tabs.currentIndex() == TRAINING
    (card,) = window.editor.lenses.cards.values()
    drive.wait(lambda: "mean " in card.figures.text())
    assert card.title.text() == "conv1"
    assert colours(card.picture.grab().toImage()) > 20
    run = session.training.run
    drive.wait(lambda: not run.alive, 180)
    assert run.state == "finished", run.problem
    losses = run.steps["loss"].values
    assert losses[-20:].mean() < 0.3 * losses[:20].mean()

    # what it has learned: figures, what is confused, a pad to draw on
    results = window.editor.results
    drive.wait(lambda: results.examined is not None)
    assert window.editor.tabs.currentIndex() == RESULTS
    assert run.metrics["test_accuracy"] > 0.9
    assert results.summary.toolTip().startswith(f"{run.folder.name}, epoch ")
    assert "accuracy 9" in results.summary.text()
    counts = results.examined.tables[0]["confusion"]
    assert sum(counts[i][i] for i in range(10)) > 0.9 * sum(map(sum, counts))
    pad = results.pad
    QTest.mousePress(pad, LEFT, pos=QPoint(pad.width() // 2, pad.height() // 5))
    for y in range(pad.height() // 5, pad.height() * 4 // 5, 3):
        QTest.mouseMove(pad, QPoint(pad.width() // 2, y))
    QTest.mouseRelease(pad, LEFT, pos=QPoint(pad.width() // 2, pad.height() * 4 // 5))
    drive.wait(lambda: results.chances.classes)
    assert results.chances.classes[0][0] == "1"

    # taken away; nothing had to be saved, and nothing would be lost
    target = tmp_path / "digits.onnx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    window.perform("export-onnx")
    drive.wait(lambda: session.exports.path is None)
    assert "onnxruntime agrees" in drive.find("notice-text", QLabel).text()
    assert target.stat().st_size > 400_000
    assert session.path is None
    window.canvas.select(["conv1"])
    drive.type("option-out_channels", "24")
    session.safety._journal.wait()
    (left,) = remains(state.documents())
    assert left.graph(session.catalog.history).nodes["conv1"].options["out_channels"] == 24


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
    button = drive.find("callout-fix-0")
    assert button.width() >= button.sizeHint().width(), "nothing of it is cut off"
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
    assert session.findings.analysis.problems == []
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
    assert drive.window.session.findings.analysis.problems == []
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


def test_a_table_that_the_window_is_opened_with_is_learned_from_by_what_is_added(drive, tmp_path):
    rows = [f"{i % 7},{i % 11},{(i % 7) - 2.5 * (i % 11)}" for i in range(200)]
    (tmp_path / "houses.csv").write_text("size,age,price\n" + "\n".join(rows) + "\n", "utf-8")
    drive.window.take_in([tmp_path / "houses.csv"])
    drive.wait(lambda: drive.graph.nodes)
    assert drive.find("notice-text", QLabel).text().endswith("The target 'price' is taken for a number.")
    drive.window.canvas.add_operator("linear")
    assert drive.find("train").toolTip() == "There is no loss to minimise: add one, such as Mean squared error."
    drive.window.canvas.add_operator("mse_loss")
    assert drive.graph.wires[Input("loss", "target")] == Output("price")
    drive.wait(lambda: drive.window.session.findings.fixes)
    drive.window.perform("fix")
    drive.wait_for_analysis()
    assert not [item for item in drive.window.session.findings.problems if item["severity"] == "error"]
    assert drive.graph.inputs("loss", "x") == [Output("squeeze1")]


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


def press(drive, name: str, *, double: bool = False, held=Qt.KeyboardModifier.NoModifier) -> None:
    canvas = drive.window.canvas
    canvas.reveal([name])
    left, top, _, _ = canvas.scene.geometry.box(name)
    send = QTest.mouseDClick if double else QTest.mouseClick
    send(canvas, LEFT, held, point(canvas, left + 60, top + 14))


def test_way_4_two_networks_against_each_other(drive):
    window = drive.window
    window.new("gan-gaussians")
    drive.wait_for_analysis()
    scene = window.canvas.scene
    links = {name: scene.label(name).link for name in drive.graph.nodes}
    assert links["discriminator"] == links["judged"] is not None, "one network that stands twice"
    assert links["generator"] == links["maker"] not in (None, links["judged"])
    drive.click_node("discriminator")
    window.perform("duplicate-linked")
    (copy,) = window.canvas.selection
    assert drive.graph.nodes[copy].weights == "discriminator"
    undo(drive)
    window.perform("graph")
    for button, marked, lit in (
        ("show-way", {"discriminator", "judged"}, {"real_as_real", "made_as_made", "judging"}),
        ("show-way-2", {"maker"}, {"judged", "fooling"}),
    ):
        drive.click(button)
        assert (scene.marked, scene.lit) == (marked, marked | lit)
    drive.wait_for_analysis()
    window.perform("train")
    training, outputs = window.session.training, window.editor.training.outputs
    drive.wait(lambda: training.run is not None and training.run.step > 60)
    drive.wait(lambda: len(outputs.steps) > 1 and outputs.shown is not None)
    assert outputs.isVisible()
    assert outputs.title.text() == "maker"
    assert {"judging", "fooling"} <= training.run.steps.keys()
    window.perform("stop")
    drive.wait(lambda: not training.run.alive)


def test_way_5_modules(drive):
    window, session, canvas = drive.window, drive.window.session, drive.window.canvas
    window.new("mlp")
    drive.wait_for_analysis()
    origin = drive.graph.copy()
    drive.click_node("linear1")
    linear, relu = drive.add("linear"), drive.add("relu")

    # Ctrl+G makes a module of the selection, its cut wires become ports, its title waits to be typed
    press(drive, linear, held=SHIFT)
    assert canvas.selection == {linear, relu}
    canvas.setFocus()
    drive.key(Qt.Key.Key_G, CONTROL)
    over = QApplication.focusWidget()
    assert over.objectName() == "over"
    QTest.keyClicks(over, "hidden layer")
    QTest.keyClick(over, Qt.Key.Key_Return)
    use = "hidden_layer1"
    assert canvas.selection == {use}
    head = drive.graph.modules["HiddenLayer"].head
    assert (len(head.inputs), len(head.outputs)) == (1, 1)

    # a second use; entering edits the definition, and the breadcrumb says of which use the shapes are
    canvas.setFocus()
    other = drive.add("hidden layer")
    assert drive.graph.nodes[other].operator == "HiddenLayer"
    press(drive, use, double=True)
    assert session.place == use
    crumb = drive.find("crumb-uses", QToolButton)
    assert crumb.text() == f"HiddenLayer, used 2 times, shapes of {use} ▾"
    actions = {action.text(): action for action in crumb.menu().actions()}
    actions[other].trigger()
    assert session.place == other

    def crumbs() -> list[str]:
        return [item.text() for item in window.findChildren(QToolButton, "crumb-uses") if item.isVisible()]

    drive.wait(lambda: crumbs() == [f"HiddenLayer, used 2 times, shapes of {other} ▾"])
    canvas.setFocus()

    # a new option is typed in the module's panel; a field takes 4*width, shows its value, complains in place
    drive.click("add-option")
    name = QApplication.focusWidget()
    assert name.objectName() == "option-name-width"
    QTest.keyClick(name, Qt.Key.Key_Return)
    drive.type("option-default-width", "64")
    drive.click_node(linear)
    drive.type("option-out_features", "4*widt", None)
    line = drive.find("option-out_features")
    assert not line.parent().complaint.isVisible(), "the name is still offered"
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert line.parent().complaint.isVisible()
    assert "widt is not an option" in line.parent().complaint.text()
    QTest.keyClicks(line, "h")
    QTest.keyClick(line, Qt.Key.Key_Return)
    line = drive.find("option-out_features")
    assert (line.text(), line.behind) == ("4*width", "= 256")
    assert not line.parent().complaint.isVisible()
    drive.wait_for_analysis()
    assert canvas.scene.label(linear).summary.startswith("256")

    # a switch on a node makes it optional
    drive.click_node(relu)
    drive.type("option-when", "width - 64")
    drive.wait_for_analysis()
    drive.wait(lambda: canvas.scene.bypassed(relu))
    assert drive.find("option-when").behind == "= 0"

    # out again; the other use becomes a module of its own; twelve copies of the first
    canvas.setFocus()
    drive.key(Qt.Key.Key_Up, ALT)
    assert (session.place, canvas.selection) == ("", {other})
    canvas.setFocus()
    drive.key(Qt.Key.Key_U, CONTROL)
    assert drive.graph.nodes[other].operator != "HiddenLayer"
    press(drive, use)
    canvas.setFocus()
    drive.key(Qt.Key.Key_R, CONTROL)
    over = QApplication.focusWidget()
    QTest.keyClicks(over, "12")
    QTest.keyClick(over, Qt.Key.Key_Return)
    assert canvas.scene.label(use).copies == "×12"
    drive.wait_for_analysis()
    assert not [item for item in session.findings.analysis.problems if item["severity"] == "error"]
    assert session.findings.analysis.nodes[use]["parameters"] == 12 * (256 * 256 + 256)

    final = drive.graph.copy()
    while session.document.can_undo:
        window.perform("undo")
    assert drive.graph == origin
    while session.document.can_redo:
        window.perform("redo")
    assert drive.graph == final


def test_way_7_understanding_a_network(drive):
    window, session, canvas = drive.window, drive.window.session, drive.window.canvas
    window.new("mnist-convnet")
    drive.wait_for_analysis()
    canvas.setFocus()

    # zoomed out: stages as blocks, sizes as heights
    drive.key(Qt.Key.Key_Home)
    while level(canvas.view.zoom) is not Level.BLOCKS:
        drive.key(Qt.Key.Key_Minus, CONTROL)
    found = canvas.scene.stages()
    assert any(size.endswith("×28×28") for size in found.sizes)
    slots = canvas.scene.geometry.nodes.slots(["conv1", "linear2"])
    wide = blocks(canvas.scene, canvas.view, slots)[:, 2]
    assert wide[0] > 2 * wide[1]
    drive.key(Qt.Key.Key_H, SHIFT)
    assert canvas.scene.stages() is None
    assert len(set(blocks(canvas.scene, canvas.view, slots)[:, 2].tolist())) == 1
    drive.key(Qt.Key.Key_H, SHIFT)

    # shares of parameters, of multiply-adds, of memory as heat, switchable by key, menu and legend
    legend = window.editor.heating.legend
    assert legend.isVisible()
    drive.key(Qt.Key.Key_H)
    drive.wait(lambda: canvas.scene.heat() is not None)
    heat = canvas.scene.heat()
    assert legend.choice.text() == "Heat: Parameters"
    assert legend.note.text() == f"of {session.findings.analysis.parameters:,}"
    values = dict(zip(canvas.scene.geometry.nodes.keys, heat.values.tolist(), strict=True))
    assert sum(values.values()) == pytest.approx(1.0)
    report = session.report("linear1")
    assert values["linear1"] == pytest.approx(report["parameters"] / session.findings.analysis.parameters)
    assert legend.scale.numbers[0] == "0 %"
    assert legend.scale.numbers[2] == written(max(values.values()))
    drive.key(Qt.Key.Key_H)
    assert legend.choice.text() == "Heat: Multiply-adds"
    window.editor.heating.menu.aboutToShow.emit()
    chosen = {action.objectName(): action for action in window.editor.heating.menu.actions()}
    assert chosen["heat-multiply-adds"].isChecked()
    chosen["heat-memory"].trigger()
    drive.wait(lambda: canvas.scene.heat() is not None, 200)
    assert f"kept at batch {drive.graph.recipe.batch}" in legend.note.text()
    window.actions_by_id["heat-none"].trigger()
    assert canvas.scene.heat() is None
    assert legend.scale.isHidden()

    # the summary is sorted by a click and copied
    drive.key(Qt.Key.Key_3, ALT)
    tab = window.editor.summary
    drive.wait(lambda: tab.model.summary is not None)
    header = tab.table.header()
    for _ in range(2):
        place = QPoint(header.sectionViewportPosition(3) + 40, header.height() // 2)
        QTest.mouseClick(header.viewport(), LEFT, pos=place)
    figures = [tab.model.report(tab.model.index(i, 0))["parameters"] for i in range(tab.model.rowCount())]
    assert figures in (sorted(figures), sorted(figures, reverse=True))
    tab.table.selectAll()
    QTest.keyClick(tab.table, Qt.Key.Key_C, CONTROL)
    data = QApplication.clipboard().mimeData()
    assert data.text().startswith("| node | operator |")
    assert bytes(data.data("text/csv").data()).startswith(b"node,operator,")

    # a click on a wire: what it is, and where its sizes come from
    canvas.setFocus()
    canvas.select([])
    (wire, start) = next((end, start) for end, start in drive.graph.wires.items() if start.node == "conv1")
    canvas.center_on("conv1")
    (x1, y1), (x2, y2) = canvas.scene.geometry.where(start), canvas.scene.geometry.where(wire)
    QTest.mouseClick(canvas, LEFT, pos=point(canvas, (x1 + x2) / 2, (y1 + y2) / 2))
    assert canvas.selected_wires == {wire}
    page = window.editor.inspector.page
    kind = session.report("conv1")["outputs"]["out"]
    rows = page.facts.rows()
    assert rows["from"] == "conv1"
    assert rows["shape"] == "×".join(map(str, kind["shape"]))
    assert drive.find("origin-1", QPushButton).text() == "conv1"
    assert drive.find("origin-0", QPushButton).text() == "image"
    drive.click("origin-0")
    assert canvas.selection == {"image"}

    # the code beside it, each line tied to its node
    drive.key(Qt.Key.Key_4, ALT)
    code = window.editor.code
    drive.wait(lambda: "nn.Linear" in code.view.toPlainText())
    lines = code.view.toPlainText().split("\n")
    number = next(i for i, line in enumerate(lines) if "self.linear1 =" in line)
    block = code.view.document().findBlockByNumber(number)
    code.view.verticalScrollBar().setValue(number)
    rect = code.view.blockBoundingGeometry(block).translated(code.view.contentOffset())
    QTest.mouseClick(code.view.viewport(), LEFT, pos=QPoint(20, round(rect.center().y())))
    assert canvas.selection == {"linear1"}
    canvas.select(["conv1"])
    assert all("conv1" in lines[number - 1] for number in code.view.marked)
