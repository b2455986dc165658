"""The settings: looks, keys and helpers, chosen in the dialog with mouse and keyboard, and files that hands have spoilt."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QLineEdit, QListWidget, QPushButton

from grapheditor.edit import edits
from grapheditor.edit.helpers import HELPERS, NAMES
from grapheditor.edit.scope import Scope
from grapheditor.graph import Input
from grapheditor.ui import theme
from grapheditor.ui.actions import ACTIONS
from grapheditor.ui.keys import PRESETS, Keymap, is_plain, normal
from grapheditor.ui.preferences import Preferences
from grapheditor.ui.settings import SettingsDialog
from grapheditor.ui.theme import THEMES, figures
from grapheditor.ui.window import Window

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(autouse=True)
def as_before():
    yield
    theme.set_scale(100)
    for name in NAMES:
        setattr(HELPERS, name, True)


@pytest.fixture
def dialog(drive):
    QTest.keyClick(drive.window, Qt.Key.Key_Comma, CONTROL)
    found = drive.window.windows.dialog
    assert isinstance(found, SettingsDialog)
    drive.qtbot.waitExposed(found)
    yield found
    found.close()


def part(dialog, name, kind):
    found = dialog.findChild(kind, name)
    assert found is not None, f"there is no {name}"
    return found


def press(dialog, name):
    QTest.mouseClick(part(dialog, name, QPushButton), Qt.MouseButton.LeftButton)


def choose_action(dialog, query):
    dialog.names.setCurrentRow(1)
    search = part(dialog, "settings-key-search", QLineEdit)
    search.clear()
    QTest.keyClicks(search, query)
    return part(dialog, "settings-keys", QListWidget)


def record(dialog, button, key, held=Qt.KeyboardModifier.NoModifier):
    press(dialog, button)
    target = part(dialog, button, QPushButton)
    for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(target, QKeyEvent(kind, key, held))


def go_to_canvas(drive):
    """Keys go to the window that is active."""
    drive.window.activateWindow()
    drive.window.canvas.setFocus()
    drive.wait(drive.window.canvas.hasFocus)


def shown_keys(dialog, row=0):
    item = part(dialog, "settings-keys", QListWidget).item(row)
    return item.data(Qt.ItemDataRole.AccessibleTextRole)


# The table of keys


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_gives_a_key_to_two_actions(preset):
    keymap = Keymap(ACTIONS, preset)
    given = [(key, name) for name in keymap.bound for key in keymap.keys(name)]
    for key, name in given:
        assert keymap.holders(key) == [name]
    assert all(key and normal(key) == key for key, _ in given)
    assert set(PRESETS[preset]) - keymap.bound.keys() == set()
    assert all(keymap.keys(name) == keys for name, keys in PRESETS[preset].items()), "written as they are kept"


def test_own_keys_win_over_the_preset_and_give_them_back():
    keymap = Keymap(ACTIONS, "Blender")
    assert keymap.keys("duplicate") == ("Shift+D",)
    assert "Ctrl+X" not in keymap.keys("cut")
    own = keymap.give("tidy", ("Shift+D", "Ctrl+L"))
    assert own == {"tidy": ("Shift+D", "Ctrl+L")}
    keymap = Keymap(ACTIONS, "Blender", own)
    assert keymap.keys("duplicate") == ()
    own = keymap.give("fit", ("Shift+D",))
    assert own == {"tidy": ("Ctrl+L",), "fit": ("Shift+D",)}
    own = Keymap(ACTIONS, "Blender", own).reset("duplicate")
    keymap = Keymap(ACTIONS, "Blender", own)
    assert keymap.keys("duplicate") == ("Shift+D",)
    assert keymap.keys("fit") == ()
    assert Keymap(ACTIONS, "Blender", keymap.give("tidy", keymap.default("tidy"))).own == {"fit": ()}


def test_keys_that_type_something_count_on_the_canvas_only():
    assert all(map(is_plain, ("L", "Shift+A", "Tab", "Del", "Space", "Esc", ".")))
    assert not any(map(is_plain, ("Ctrl+L", "Alt+Up", "F3", "Shift+F6", "")))


# The file


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "purple"),
        ("theme", ["dark", "light"]),
        ("text-scale", "huge"),
        ("text-scale", "1e400"),
        ("text-scale", "nan"),
        ("text-scale", 5),
        ("motion", "wild"),
        ("keys/preset", "Emacs"),
        ("keys/own/save", "{["),
        ("keys/own/save", "7"),
        ("keys/own/save", json.dumps([1, 2])),
        ("keys/own/nothing-of-that-name", json.dumps(["Ctrl+1"])),
        ("helpers/behind", "perhaps"),
        ("window/geometry", "abc"),
        ("recent", 7),
    ],
)
def test_what_hands_have_spoilt_counts_as_not_chosen(qtbot, tmp_path, name, value):
    settings = QSettings(str(tmp_path / "spoilt.ini"), QSettings.Format.IniFormat)
    settings.setValue(name, value)
    preferences = Preferences(settings)
    assert preferences.theme_name == "system"
    assert preferences.scale == 100
    assert preferences.motion == "system"
    assert preferences.keymap.preset == "grapheditor"
    assert preferences.keymap.keys("save") == ("Ctrl+S",)
    assert HELPERS.behind
    window = Window(settings)
    assert window.actions_by_id["save"].shortcut().toString() == "Ctrl+S"
    window.close()
    window.deleteLater()


def test_a_key_that_is_none_is_left_out(tmp_path):
    settings = QSettings(str(tmp_path / "spoilt.ini"), QSettings.Format.IniFormat)
    settings.setValue("keys/own/save", json.dumps(["no such key", "Ctrl+Shift+K"]))
    assert Preferences(settings).keymap.keys("save") == ("Ctrl+Shift+K",)


# The dialog


def test_the_dialog_holds_nothing_up_and_is_there_once(drive, dialog):
    assert not dialog.isModal()
    drive.window.perform("settings")
    assert drive.window.windows.dialog is dialog
    drive.window.new("mlp")
    drive.window.canvas.select(["linear1"])
    drive.window.perform("delete")
    assert "linear1" not in drive.graph.nodes
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert drive.window.windows.dialog is None


def test_theme_size_and_motion_count_at_once_and_are_kept(drive, dialog):
    drive.window.new("mlp")
    page = dialog.appearance
    before = drive.window.topbar.height(), drive.window.topbar.name.font().pixelSize()
    columns = drive.window.editor.sizes()
    for box, value in ((page.theme, "light"), (page.scale, "200"), (page.motion, "on")):
        box.setFocus()
        box.setCurrentIndex(box.findData(value))
        box.activated.emit(box.currentIndex())
    assert drive.window.theme is THEMES["light"]
    assert (drive.window.topbar.height(), drive.window.topbar.name.font().pixelSize()) == (2 * before[0], 2 * before[1])
    wider = drive.window.editor.sizes()
    assert wider[0] > 1.5 * columns[0]
    assert wider[2] > 1.5 * columns[2]
    assert drive.window.canvas.animate
    again = Preferences(drive.window.settings)
    assert (again.theme_name, again.scale, again.motion) == ("light", 200, "on")
    page.motion.activated.emit(page.motion.findData("off"))
    assert not drive.window.canvas.animate
    page.scale.activated.emit(page.scale.findData("100"))
    assert (drive.window.topbar.height(), drive.window.topbar.name.font().pixelSize()) == before


def test_the_summary_follows_the_size_of_text_and_cuts_no_number(drive, dialog):
    drive.window.new("resnet50")
    drive.window.perform("show-summary")
    tab, find = drive.window.editor.summary, drive.window.editor.code.line
    drive.wait(lambda: tab.model.summary is not None and tab.model.summary.kept_bytes is not None)
    header, wide = tab.table.header(), find.width()
    before = tab.table.visualRect(tab.model.index(0, 0)).height()
    page = dialog.appearance
    for percent in ("100", "150", "200", "100"):
        page.scale.activated.emit(page.scale.findData(percent))
        drive.settle()
        assert tab.model.summary.parameters == 25_557_032
        for i, text in enumerate(tab.totals.texts(), 1):
            room = header.sectionSize(i) - 13
            title = tab.model.headerData(i, Qt.Orientation.Horizontal)
            assert QFontMetrics(figures(11, "semibold")).horizontalAdvance(text) <= room
            assert QFontMetrics(header.font()).horizontalAdvance(title) <= room
        larger = int(percent) / 100
        assert tab.table.visualRect(tab.model.index(0, 0)).height() == round(before * larger)
        assert tab.model.index(0, 3).data(Qt.ItemDataRole.FontRole).pixelSize() == round(11 * larger)
        assert find.width() == round(wide * larger)


def test_an_action_gets_another_key_and_menus_show_it(drive, dialog):
    window = drive.window
    assert choose_action(dialog, "tidy").count() == 1
    record(dialog, "key-record", Qt.Key.Key_K, CONTROL | SHIFT)
    assert shown_keys(dialog).startswith("Tidy: Ctrl+Shift+K")
    window.new("mlp")
    go_to_canvas(drive)
    window.session.edit(_moved(window.session.graph))
    before = dict(window.session.graph.nodes)
    QTest.keyClick(window.canvas, Qt.Key.Key_L)
    assert dict(window.session.graph.nodes) == before, "the old key does nothing any more"
    QTest.keyClick(window.canvas, Qt.Key.Key_K, CONTROL | SHIFT)
    assert dict(window.session.graph.nodes) != before
    assert window.actions_by_id["tidy"].shortcut().toString() == "Ctrl+Shift+K"
    assert "Ctrl+Shift+K" in drive.find("tidy").text()
    window.perform("commands")
    QTest.keyClicks(drive.find("commands-search", QLineEdit), "tidy")
    assert "Ctrl+Shift+K" in drive.find("commands").list.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    press(dialog, "key-reset")
    assert window.actions_by_id["tidy"].shortcut().toString() == "L"
    assert not part(dialog, "key-reset-all", QPushButton).isEnabled()


def _moved(graph):
    return edits.move(Scope(graph), {"linear1": (900.0, 900.0)})


def test_a_key_that_another_action_has_is_told_and_can_be_taken(drive, dialog):
    choose_action(dialog, "tidy")
    record(dialog, "key-add", Qt.Key.Key_S, CONTROL)
    text = part(dialog, "key-conflict-text", QLabel)
    assert text.isVisible()
    assert text.text() == "Ctrl+S does this now: Save. Take it for Tidy?"
    press(dialog, "key-leave")
    assert drive.window.actions_by_id["save"].shortcut().toString() == "Ctrl+S"
    record(dialog, "key-add", Qt.Key.Key_S, CONTROL)
    press(dialog, "key-take")
    assert not text.isVisible()
    assert [key.toString() for key in drive.window.actions_by_id["tidy"].shortcuts()] == ["L", "Ctrl+S"]
    assert drive.window.actions_by_id["save"].shortcut().isEmpty()
    press(dialog, "key-reset-all")
    assert drive.window.actions_by_id["save"].shortcut().toString() == "Ctrl+S"


def test_recording_takes_tab_and_gives_up_at_escape(drive, dialog):
    choose_action(dialog, "fit all")
    record(dialog, "key-record", Qt.Key.Key_Escape)
    assert shown_keys(dialog).endswith(": Home")
    record(dialog, "key-record", Qt.Key.Key_Tab)
    assert "Add an operator where the pointer is" in part(dialog, "key-conflict-text", QLabel).text()
    press(dialog, "key-take")
    drive.window.new("mlp")
    go_to_canvas(drive)
    drive.window.canvas.zoom_to(3.0)
    QTest.keyClick(drive.window.canvas, Qt.Key.Key_Tab)
    assert drive.window.canvas.view.zoom < 3.0
    assert drive.window.canvas.hasFocus(), "no search box opens any more"


def test_keys_as_in_blender(drive, dialog):
    preset = dialog.keys.preset
    preset.activated.emit(preset.findData("Blender"))
    window = drive.window
    window.new("mlp")
    go_to_canvas(drive)
    window.canvas.select(["linear1"])
    QTest.keyClick(window.canvas, Qt.Key.Key_D, SHIFT)
    assert "linear4" in drive.graph.nodes
    QTest.keyClick(window.canvas, Qt.Key.Key_X)
    assert "linear4" not in drive.graph.nodes
    QTest.keyClick(window.canvas, Qt.Key.Key_A, SHIFT)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, "axdX")
    assert field.text() == "axdX", "letters of actions are letters in a field"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert Preferences(window.settings).keymap.preset == "Blender"


def test_the_canvas_has_its_keys_from_the_table(drive):
    window = drive.window
    window.new("mlp")
    window.canvas.setFocus()
    window.canvas.select([])
    QTest.keyClick(window.canvas, Qt.Key.Key_Down)
    first = window.canvas.selection
    QTest.keyClick(window.canvas, Qt.Key.Key_Down)
    assert len(first) == 1
    assert window.canvas.selection != first
    QTest.keyClick(window.canvas, Qt.Key.Key_Return)
    assert drive.window.editor.inspector.hasFocus()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert not window.canvas.selection
    preferences = window.preferences
    preferences.keep_keys("grapheditor", preferences.keymap.give("pan", ["V"]))
    QTest.keyPress(window.canvas, Qt.Key.Key_V)
    assert window.canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    QTest.keyRelease(window.canvas, Qt.Key.Key_V)
    assert window.canvas.cursor().shape() != Qt.CursorShape.OpenHandCursor
    QTest.keyPress(window.canvas, Qt.Key.Key_Space)
    assert window.canvas.cursor().shape() != Qt.CursorShape.OpenHandCursor


def test_each_helper_can_be_switched_off(drive, dialog):
    dialog.names.setCurrentRow(2)
    for name in NAMES:
        box = part(dialog, f"helper-{name}", QCheckBox)
        assert box.isChecked()
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Space)
        assert not getattr(HELPERS, name)
    drive.window.new()
    canvas = drive.window.canvas
    canvas.add_operator("input")
    label = canvas.add_operator("input")
    drive.graph.nodes[label].options["dtype"] = "int64"
    linear = canvas.add_operator("linear")
    assert not drive.graph.into(linear)
    loss = canvas.add_operator("cross_entropy")
    assert Input(loss, "target") not in drive.graph.wires
    assert not drive.graph.recipe.objectives
    QTest.keyClick(part(dialog, "helper-objective", QCheckBox), Qt.Key.Key_Space)
    canvas.add_operator("cross_entropy")
    assert drive.graph.recipe.objectives
    Preferences(drive.window.settings)
    assert HELPERS.objective
    assert not HELPERS.behind


def test_a_stroke_of_the_mouse_is_recorded_like_a_key(drive, dialog):
    assert choose_action(dialog, "move the view").count() >= 1
    assert shown_keys(dialog) == "Move the view: middle drag"
    button = part(dialog, "key-record", QPushButton)
    press(dialog, "key-record")
    assert "Press a button here" in button.text()
    QTest.keyClick(button, Qt.Key.Key_V)
    assert button.waiting, "a key is none"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    text = part(dialog, "key-conflict-text", QLabel)
    assert text.text() == "drag does this now: Select with a rectangle. Take it for Move the view?"
    press(dialog, "key-leave")
    press(dialog, "key-record")
    QTest.mouseClick(button, Qt.MouseButton.RightButton, Qt.KeyboardModifier.AltModifier)
    assert shown_keys(dialog) == "Move the view: Alt+right drag · yours"
    kept = Preferences(drive.window.settings).keymap
    assert kept.keys("mouse-pan") == ("Alt+RightButton",)
    press(dialog, "key-record")
    QTest.keyClick(button, Qt.Key.Key_Escape)
    assert not button.waiting
    press(dialog, "key-clear")
    assert shown_keys(dialog) == "Move the view: no key · yours"
    press(dialog, "key-reset")
    assert shown_keys(dialog) == "Move the view: middle drag"
