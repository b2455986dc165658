"""What the mouse does is bound like keys: by itself, by presets, by choice; seen in what real strokes do on a canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from grapheditor.ui import mouse
from grapheditor.ui.keys import PRESETS, Keymap, normal, shown

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
UP = QPoint(0, 120)
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def strokes(drive):
    drive.window.new("mlp")
    drive.window.canvas.setFocus()
    return Strokes(drive)


class Strokes:
    """Drags on the canvas of a window, and tells what came of them."""

    def __init__(self, drive):
        self.drive = drive
        self.canvas = drive.window.canvas
        self.canvas.fit()
        self.menus = []
        self.canvas.menu_wanted.connect(lambda _at, kind: self.menus.append(kind))

    def use(self, preset, **own):
        preferences = self.drive.window.preferences
        preferences.keep_keys(preset, {name.replace("_", "-"): keys for name, keys in own.items()})

    def drag(self, start, end, button=LEFT, held=NONE):
        QTest.mousePress(self.canvas, button, held, start)
        for step in (1, 2, 3):
            QTest.mouseMove(self.canvas, start + (end - start) * step / 3)
        QTest.mouseRelease(self.canvas, button, held, end)

    def free(self):
        """A place where nothing lies, with as much room above and to the left of it."""
        return QPoint(self.canvas.width() - 60, self.canvas.height() // 2)

    def around(self, held=NONE):
        """Drag a rectangle around the whole canvas."""
        self.drag(QPoint(self.canvas.width() - 4, self.canvas.height() - 4), QPoint(2, 2), LEFT, held)

    def node(self, name):
        box = self.canvas.scene.geometry.box(name)
        x, y = self.canvas.view.to_screen((box.left + box.right) / 2, (box.top + box.bottom) / 2)
        return QPoint(round(x), round(y))

    def view(self):
        return self.canvas.view.x, self.canvas.view.y

    def wheel(self, held=NONE, turned=UP):
        at = QPointF(self.free())
        event = QWheelEvent(
            at, QPointF(self.canvas.mapToGlobal(self.free())), QPoint(), turned, Qt.MouseButton.NoButton, held,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        before = self.canvas.view.zoom, *self.view()
        QApplication.sendEvent(self.canvas, event)
        after = self.canvas.view.zoom, *self.view()
        return tuple(new - old for new, old in zip(after, before, strict=True))


def moved(strokes, button, held=NONE):
    before = strokes.view()
    strokes.drag(strokes.free(), strokes.free() - QPoint(80, 40), button, held)
    after = strokes.view()
    return round(after[0] - before[0]), round(after[1] - before[1])


def test_by_itself_the_middle_button_moves_the_view_and_the_left_one_selects(strokes):
    assert moved(strokes, MIDDLE) == (-80, -40)
    assert moved(strokes, LEFT) == (0, 0)
    assert moved(strokes, RIGHT) == (0, 0)
    strokes.canvas.fit()
    strokes.around()
    assert strokes.canvas.selection == set(strokes.drive.graph.nodes)


def test_as_in_comfyui_the_left_button_moves_the_view_and_ctrl_selects(strokes):
    strokes.use("ComfyUI")
    strokes.canvas.select(["linear1"])
    assert moved(strokes, LEFT) == (-80, -40)
    assert strokes.canvas.selection == {"linear1"}, "a drag is no click"
    QTest.mouseClick(strokes.canvas, LEFT, NONE, strokes.free())
    assert not strokes.canvas.selection
    assert moved(strokes, MIDDLE) == (-80, -40)
    strokes.canvas.fit()
    strokes.around(CONTROL)
    assert strokes.canvas.selection == set(strokes.drive.graph.nodes)
    nodes = len(strokes.drive.graph.nodes)
    strokes.canvas.select([])
    strokes.drag(strokes.node("linear1"), strokes.node("linear1") + QPoint(150, 20), LEFT, ALT)
    assert len(strokes.drive.graph.nodes) == nodes + 1
    strokes.drag(strokes.node("linear1"), strokes.node("linear1") + QPoint(-150, 20), LEFT, CONTROL)
    assert len(strokes.drive.graph.nodes) == nodes + 1, "Ctrl copies nothing there"


def test_shift_adds_to_what_is_selected_whatever_selects(strokes):
    strokes.use("ComfyUI")
    strokes.canvas.select(["linear1"])
    at = strokes.node("linear3")
    strokes.drag(at - QPoint(300, 0), at + QPoint(300, 4), LEFT, CONTROL | SHIFT)
    assert strokes.canvas.selection >= {"linear1", "linear3"}


def test_as_in_houdini_alt_copies_and_a_held_y_cuts(strokes):
    strokes.use("Houdini")
    nodes, wires = len(strokes.drive.graph.nodes), len(strokes.drive.graph.wires)
    at = strokes.node("linear1")
    strokes.drag(at, at + QPoint(200, 10), LEFT, ALT)
    assert len(strokes.drive.graph.nodes) == nodes + 1
    QTest.keyPress(strokes.canvas, Qt.Key.Key_Y)
    below = (strokes.node("linear1") + strokes.node("relu1")) / 2
    strokes.drag(below - QPoint(120, 0), below + QPoint(120, 0))
    QTest.keyRelease(strokes.canvas, Qt.Key.Key_Y)
    assert len(strokes.drive.graph.wires) == wires - 1
    strokes.drive.window.perform("cut-strokes")
    assert strokes.drive.window.statusbar.told.text() == "Hold Y and drag across wires to cut them."


def test_the_right_button_can_move_the_view_and_its_click_still_opens_the_menu(strokes):
    strokes.use("grapheditor", mouse_pan=("RightButton",))
    assert moved(strokes, RIGHT) == (-80, -40)
    assert strokes.menus == []
    assert moved(strokes, MIDDLE) == (0, 0)
    QTest.mouseClick(strokes.canvas, RIGHT, NONE, strokes.node("linear1"))
    assert strokes.menus == ["node"]
    assert strokes.canvas.selection == {"linear1"}
    QApplication.activePopupWidget().close()


def test_a_button_that_moves_the_view_does_so_while_something_is_dragged(strokes):
    strokes.use("grapheditor", mouse_pan=("RightButton",))
    at = strokes.node("linear1")
    before = strokes.view()
    QTest.mousePress(strokes.canvas, LEFT, NONE, at)
    QTest.mouseMove(strokes.canvas, at + QPoint(40, 0))
    QTest.mousePress(strokes.canvas, RIGHT, NONE, at + QPoint(40, 0))
    QTest.mouseMove(strokes.canvas, at + QPoint(40, 30))
    QTest.mouseRelease(strokes.canvas, RIGHT, NONE, at + QPoint(40, 30))
    assert strokes.view()[1] - before[1] == 30
    assert strokes.canvas.gesture is not None
    QTest.mouseRelease(strokes.canvas, LEFT, NONE, at + QPoint(40, 30))
    assert strokes.canvas.gesture is None


@pytest.mark.parametrize("preset", PRESETS)
def test_the_wheel_zooms_and_scrolls_as_it_is_bound(strokes, preset):
    strokes.use(preset)
    zoom, *_ = strokes.wheel()
    assert zoom > 0
    sideways = CONTROL if preset == "Blender" else SHIFT
    assert strokes.wheel(sideways) == (0, 60, 0)
    if preset == "Blender":
        assert strokes.wheel(SHIFT) == (0, 0, 60)
    else:
        assert strokes.wheel(CONTROL)[0] > 0


def test_a_wheel_that_tilts_scrolls_sideways_and_alt_changes_no_axis(strokes):
    assert strokes.wheel(turned=QPoint(120, 0)) == (0, 60, 0)
    zoom, *_ = strokes.wheel(ALT, QPoint(120, 0))  # as Qt tells of a turn while Alt is held
    assert zoom > 0


def test_a_click_with_the_key_that_moves_the_view_keeps_what_is_selected(strokes):
    strokes.canvas.select(["linear1"])
    QTest.keyPress(strokes.canvas, Qt.Key.Key_Space)
    QTest.mouseClick(strokes.canvas, LEFT, NONE, strokes.free())
    QTest.keyRelease(strokes.canvas, Qt.Key.Key_Space)
    assert strokes.canvas.selection == {"linear1"}


def test_the_wheel_can_scroll(strokes):
    strokes.use("grapheditor", mouse_scroll=("Wheel",))
    assert strokes.wheel() == (0, 0, 60)
    assert strokes.wheel(turned=QPoint(120, 0)) == (0, 60, 0), "a wheel that tilts"
    assert strokes.wheel(CONTROL)[0] > 0


@pytest.mark.parametrize("text", ["Ctrl+", "Wheel+Ctrl", "Ctrl+Ctrl+Wheel", "Win+Wheel", "NodeDrag", "Button", ""])
def test_what_is_no_stroke_is_none(text):
    assert mouse.parse(text) is None


def test_strokes_are_written_in_one_way():
    assert normal("Shift+Ctrl+RightButton") == "Ctrl+Shift+RightButton"
    assert shown("Shift+Ctrl+RightButton") == "Ctrl+Shift+right drag"
    assert shown("Wheel") == "wheel"


def test_no_action_has_a_stroke_and_no_way_of_the_mouse_a_key():
    keymap = Keymap((), own={mouse.PAN: ("P", "Wheel", "NodeDrag", "Alt+LeftButton")})
    assert keymap.keys(mouse.PAN) == ("Alt+LeftButton",)
    assert keymap.give(mouse.ZOOM, ["LeftButton", "Alt+Wheel"])[mouse.ZOOM] == ("Alt+Wheel",)
    assert keymap.way(mouse.stroke("MiddleButton", NONE)) == ""
