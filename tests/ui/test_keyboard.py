"""The keyboard alone: from the start page to the exported file of a trained network, and through every panel."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel, QLineEdit, QWidget

from grapheditor.graph import Input, Output

CONTROL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


class Keys:
    """Presses keys, each on whatever has the focus, and never touches anything else."""

    def __init__(self, drive) -> None:
        self.drive = drive

    @property
    def focus(self) -> QWidget:
        return QApplication.focusWidget() or self.drive.window

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.focus, key, held)
        QApplication.processEvents()

    def write(self, text: str) -> None:
        QTest.keyClicks(self.focus, text)

    def tab_to(self, name: str, most: int = 60) -> None:
        """Press Tab until a widget has the focus."""
        seen = []
        for _ in range(most):
            if self.focus.objectName() == name:
                return
            self.press(Qt.Key.Key_Tab)
            seen.append(self.focus.objectName())
        raise AssertionError(f"Tab does not lead to {name}, but through {seen}")

    def set(self, name: str, text: str) -> None:
        """Tab to a field, type into it, and go back to the canvas."""
        self.tab_to(name)
        self.write(text)
        self.press(Qt.Key.Key_Return)
        assert self.focus.objectName() == "canvas"

    def add(self, text: str) -> None:
        self.press(Qt.Key.Key_Tab)
        self.write(text)
        self.press(Qt.Key.Key_Return)

    def answer_dialog(self, text: str) -> None:
        """Type into the dialog for files that opens with the next key, and press Return."""

        def answer(tries: int) -> None:
            dialog, field = QApplication.activeModalWidget(), QApplication.focusWidget()
            if isinstance(dialog, QFileDialog) and isinstance(field, QLineEdit):
                QTest.keyClick(field, Qt.Key.Key_A, CONTROL)
                QTest.keyClicks(field, text)
                QTest.keyClick(field, Qt.Key.Key_Return)
            elif tries:
                QTimer.singleShot(50, self.drive.window, lambda: answer(tries - 1))
            elif isinstance(dialog, QDialog):
                dialog.reject()  # a dialog that cannot be typed into fails the test, and does not hold it up

        QTimer.singleShot(0, self.drive.window, lambda: answer(200))


@pytest.fixture
def keys(drive):
    return Keys(drive)


def test_the_digits_network_is_built_trained_and_exported_by_the_keyboard_alone(drive, keys, tmp_path):
    session = drive.window.session
    keys.tab_to("start-empty")
    keys.press(Qt.Key.Key_Return)
    drive.wait(lambda: keys.focus.objectName() == "canvas")

    keys.press(Qt.Key.Key_I, CONTROL)
    keys.tab_to("option-data")
    keys.press(Qt.Key.Key_Down)
    assert set(drive.graph.nodes) == {"image", "label"}
    assert keys.focus.objectName() == "canvas"
    for text in ("normalize", "conv", "max", "relu", "conv", "max", "relu", "flatten", "linear", "relu", "linear"):
        keys.add(text)
    keys.press(Qt.Key.Key_Return)
    keys.set("option-out_features", "10")
    for text in ("output", "cross", "accuracy"):
        keys.add(text)
        keys.press(Qt.Key.Key_F, CONTROL)
        keys.write("linear2")
        keys.press(Qt.Key.Key_Return)
        keys.press(Qt.Key.Key_Escape)
        assert drive.window.canvas.selection == {"linear2"}
    assert session.graph.nodes["linear2"].options["out_features"] == 10
    assert session.graph.wires[Input("loss", "target")] == Output("label")
    assert session.graph.wires[Input("accuracy", "x")] == Output("linear2")

    keys.press(Qt.Key.Key_Escape)
    keys.press(Qt.Key.Key_I, CONTROL)
    keys.set("option-epochs", "1")
    keys.press(Qt.Key.Key_Return, CONTROL)
    drive.wait(lambda: session.training.run is not None and not session.training.run.alive, 240)
    assert session.training.run.state == "finished", session.training.run.problem
    assert session.training.run.metrics["test_accuracy"] > 0.8

    target = tmp_path / "digits.onnx"
    drive.wait(lambda: session.weights.found is not None and session.weights.found.run is not None)
    keys.answer_dialog(str(target))
    keys.press(Qt.Key.Key_E, CONTROL)
    drive.wait(lambda: target.exists() and session.exports.path is None, 120)
    assert "onnxruntime agrees" in drive.find("notice-text", QLabel).text()


def test_f6_leads_through_all_panels_and_escape_back_to_the_canvas(drive, keys):
    drive.window.new("mlp")
    canvas = drive.window.canvas
    drive.wait(canvas.hasFocus)
    seen = []
    while not seen or not canvas.hasFocus():
        keys.press(Qt.Key.Key_F6)
        seen.append(keys.focus)
        assert len(seen) < 12
    editor = drive.window.editor
    for panel in (editor.palette_panel, editor.inspector, editor.tabs, drive.window.topbar, drive.window.statusbar):
        assert any(panel is part or panel.isAncestorOf(part) for part in seen), panel.objectName()
    for part in seen[:-1]:
        part.setFocus()
        keys.press(Qt.Key.Key_Escape)
        assert canvas.hasFocus(), f"Escape in {part.objectName()}"


def test_everything_that_can_be_pressed_in_the_editor_is_reached_by_tab(drive, keys):
    window = drive.window
    window.new("mlp")
    drive.wait_for_analysis()
    reached, walked = set(), []
    for _ in window.editor.panels:
        keys.press(Qt.Key.Key_F6)
        while keys.focus not in reached:
            reached.add(keys.focus)
            walked.append(keys.focus.objectName())
            if not window.canvas.hasFocus():  # in which Tab adds an operator
                keys.press(Qt.Key.Key_Tab)
    wanted = [
        part
        for part in window.findChildren(QWidget)
        if part.isVisible() and part.isEnabled() and part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.objectName()
        and not part.focusProxy() and not part.objectName().startswith("qt_")
    ]  # fmt: skip
    over_the_canvas = {"legend-choice"}  # where Tab adds; what it offers is in the View menu
    assert {part.objectName() for part in wanted if part not in reached} <= over_the_canvas
    bar = ["tidy", "graph-name", "device", "batch", "train", "export", "commands"]
    assert [name for name in walked if name in bar] == bar, "from left to right"
