"""Modules in the real window, with the real engine: way 5 of how it is used, problems inside, undo where it can be seen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from grapheditor.authoring.options import Option
from grapheditor.catalog import catalog
from grapheditor.edit import edits, modules
from grapheditor.edit.scope import Scope
from grapheditor.graph import Input, Output
from grapheditor.ui.canvas.over import Over
from grapheditor.ui.canvas.scene import WireKind

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def type_over(drive, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    field = drive.find("over", Over)
    QTest.keyClicks(field, text)
    QTest.keyClick(field, key)
    QApplication.sendPostedEvents(None, 52)  # deleteLater


def double_click(drive, name: str) -> None:
    canvas = drive.window.canvas
    drive.click_node(name)
    left, top, _, _ = canvas.scene.geometry.box(name)
    x, y = canvas.view.to_screen(left + 60, top + 14)
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().topLeft() + _point(x, y))


def _point(x: float, y: float):
    from PySide6.QtCore import QPoint

    return QPoint(round(x), round(y))


def test_a_chain_is_grouped_named_entered_given_an_option_repeated_split_off_and_undone(drive):
    window, session = drive.window, drive.window.session
    canvas = window.canvas
    window.new("mlp")
    drive.wait_for_analysis()
    origin = drive.graph.copy()
    drive.click_node("linear1")
    for text in ("linear", "relu"):
        drive.add(text)
    added = [name for name in drive.graph.nodes if name not in origin.nodes]
    assert len(added) == 2
    canvas.select(added)
    canvas.setFocus()
    drive.key(Qt.Key.Key_G, CONTROL)
    type_over(drive, "hidden layer")
    use = "hidden_layer1"
    assert canvas.selection == {use}
    assert set(drive.graph.modules) == {"HiddenLayer"}
    drive.wait_for_analysis()

    # inside: the definition, with the shapes of this use, and an option of its own
    double_click(drive, use)
    assert session.place == use
    assert "HiddenLayer" in drive.find("crumb-uses").text()
    drive.wait(lambda: session.report("x"))
    linear = next(name for name, node in session.body.nodes.items() if node.operator == "linear")
    assert canvas.scene.label("x").summary.startswith("from ")
    wires = canvas.scene.kinds()
    assert set(wires.tolist()) <= {WireKind.PLAIN, WireKind.ACTIVE}
    session.edit(modules.put_option(drive.graph, "HiddenLayer", Option("width", "integer", 128, minimum=1)))
    session.edit(edits.set_option(session.scope, session.catalog, [linear], "out_features", "=width"))
    drive.wait_for_analysis()
    assert canvas.scene.label(linear).summary.startswith("128")
    drive.key(Qt.Key.Key_Up, ALT)
    assert session.place == ""
    assert canvas.selection == {use}

    # repeated, copied, and the copy made a module of its own
    canvas.setFocus()
    drive.key(Qt.Key.Key_R, CONTROL)
    type_over(drive, "3")
    assert drive.graph.nodes[use].repeat == 3
    assert canvas.scene.label(use).copies == "×3"
    drive.key(Qt.Key.Key_D, CONTROL)
    (copy,) = canvas.selection
    drive.key(Qt.Key.Key_U, CONTROL)
    assert drive.graph.nodes[copy].operator != drive.graph.nodes[use].operator
    assert len(drive.graph.modules) == 2
    final = drive.graph.copy()

    steps = 0
    while session.document.can_undo:
        window.perform("undo")
        steps += 1
    assert drive.graph == origin
    assert steps == 8
    while session.document.can_redo:
        window.perform("redo")
    assert drive.graph == final


def test_undo_in_another_body_opens_it(drive):
    session, canvas = drive.window.session, drive.window.canvas
    drive.window.new("resnet50")
    session.enter("stage3.first")
    canvas.select(["relu1"])
    drive.window.perform("delete")
    assert "relu1" not in drive.graph.modules["Bottleneck"].nodes
    session.enter("")
    drive.window.perform("undo")
    assert session.scope.module == "Bottleneck"
    assert "relu1" in canvas.scene.body.nodes
    session.enter("stage2")
    drive.window.perform("redo")
    assert session.place == "stage2.first"
    drive.window.perform("undo")
    session.enter("")
    canvas.select(["conv1"])
    canvas.duplicate_selection()
    session.enter("stage2")
    drive.window.perform("undo")
    assert session.place == ""


def test_a_problem_in_a_module_is_shown_in_its_body_and_its_fix_is_followed(drive):
    session, canvas = drive.window.session, drive.window.canvas
    drive.window.new("resnet18")
    scope = Scope(drive.graph, "BasicBlock")
    session.edit(edits.set_option(scope, session.catalog, ["conv2"], "kernel_size", 5))
    drive.wait(lambda: session.findings.analysis is not None and session.findings.analysis.problems)
    problem = session.findings.analysis.problems[0]
    assert canvas.scene.problems(problem["node"].split(".")[0])
    assert WireKind.FAULTY not in canvas.scene.kinds().tolist()
    drive.window.editor.show_problems()
    drive.click(f"problem-{problem['node']}")
    assert session.scope.module == "BasicBlock"
    (shown,) = canvas.selection
    assert canvas.scene.problems(shown)[0]["message"] == problem["message"]
    drive.wait(lambda: session.findings.fixes)
    drive.click("fix-0")
    drive.wait_for_analysis()
    assert not session.findings.analysis.problems
    assert not canvas.scene.problems(shown)
    drive.window.perform("undo")
    assert session.scope.module == "BasicBlock"


def test_repeated_scanned_and_nested_bodies_have_shapes_and_values(drive):
    session, canvas = drive.window.session, drive.window.canvas
    for template, place, node, summary in (
        ("resnet50", "stage2.blocks.1", "conv1", "128"),
        ("resnet50", "stage2.first.shortcut", "conv1", "512"),
        ("gpt2", "blocks.3.feed_forward", "widen", "3072"),
    ):
        drive.window.new(template)
        session.enter(place)
        drive.wait_for_analysis()
        drive.wait(lambda node=node: session.report(node))
        assert canvas.scene.label(node).summary.startswith(summary), place
        kinds = set(canvas.scene.kinds().tolist())
        if template == "gpt2":
            assert kinds == {WireKind.PLAIN}, place
    session.enter("blocks.3")
    assert canvas.scene.label("x").summary == "from the copy before"
    drive.window.new("resnet50")
    session.enter("stage2")
    drive.wait_for_analysis()
    drive.wait(lambda: session.report("blocks"))
    assert canvas.scene.label("blocks").name == "Bottleneck ×3"


def test_what_is_left_out_here_is_faint_and_the_tooltip_says_when(drive):
    from grapheditor.ui.canvas.describe import node_tip

    session, canvas = drive.window.session, drive.window.canvas
    drive.window.new("resnet50")
    session.enter("stage2.blocks.0")
    drive.wait_for_analysis()
    drive.wait(lambda: session.report("shortcut"))
    assert canvas.scene.bypassed("shortcut")
    assert canvas.scene.muted().sum() == 1
    assert "Left out here, when " in node_tip(canvas.scene, "shortcut")
    session.enter("stage2.first")
    drive.wait(lambda: session.report("shortcut"))
    assert not canvas.scene.muted().any()


def test_find_goes_into_the_module_where_a_node_is(drive):
    session, canvas = drive.window.session, drive.window.canvas
    drive.window.new("gpt2")
    canvas.setFocus()
    drive.key(Qt.Key.Key_F, CONTROL)
    line = drive.find("find-line")
    assert line.hasFocus()
    QTest.keyClicks(line, "gelu")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert session.place == "blocks.0.feed_forward"
    assert canvas.selection == {"gelu1"}
    assert canvas.scene.found == {"gelu1"}
    assert line.hasFocus()


def test_modules_travel_as_text_between_windows_and_bodies(drive):
    session, canvas = drive.window.session, drive.window.canvas
    drive.window.new("resnet18")
    canvas.select([name for name, node in drive.graph.nodes.items() if node.operator in drive.graph.modules][:1])
    canvas.copy()
    text = QGuiApplication.clipboard().text()
    assert '"BasicBlock' in text
    drive.window.new("mlp")
    canvas.setFocus()
    drive.key(Qt.Key.Key_V, CONTROL)
    (pasted,) = canvas.selection
    assert drive.graph.nodes[pasted].operator in drive.graph.modules
    drive.wait_for_analysis()
    session.enter_node(pasted)
    assert session.place
    said: list[str] = []
    canvas.message.connect(said.append)
    QGuiApplication.clipboard().setText(text)
    canvas.paste()
    assert said[-1].endswith("it cannot lie within itself.")
    drive.window.perform("undo")
    assert drive.graph == catalog().new("mlp")


def test_own_modules_are_offered_where_they_can_stand(drive):
    session, canvas = drive.window.session, drive.window.canvas
    drive.window.new("resnet18")
    block = next(name for name in drive.graph.modules)
    assert block in {item.id for item in canvas.editing.offered()}
    session.enter("")
    wire = next(end for end, start in drive.graph.wires.items() if start == Output("relu1"))
    assert isinstance(wire, Input)
    place = canvas.editing.add_into(block, (0.0, 0.0), wire)
    assert drive.graph.nodes[place].operator == block
    session.enter_node(place)
    assert block not in {item.id for item in canvas.editing.offered()}


def test_looking_inside_shows_the_values_of_that_use(drive):
    session, canvas = drive.window.session, drive.window.canvas
    drive.window.new("resnet50")
    drive.wait_for_analysis()
    for use, width in (("stage2.first", "128"), ("stage4.first", "512")):
        stage, _, inner = use.partition(".")
        session.enter(stage)
        drive.wait(lambda use=use: session.findings.analysis.nodes.get(use) is not None)
        canvas.select([inner])
        canvas.setFocus()
        drive.key(Qt.Key.Key_I)
        preview = drive.find("preview")
        scene = preview.picture.scene
        assert scene.path == use
        drive.wait(lambda scene=scene: scene.report("conv1"))
        assert scene.label("conv1").summary.startswith(width)
        assert scene.shape(Output("conv1")).startswith(f"N×{width}×")
        canvas.look_away()
        QApplication.sendPostedEvents(None, 52)
