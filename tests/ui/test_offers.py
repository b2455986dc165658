"""What is offered where: marks at what is chosen, context menus, recent files, panels, pausing; with mouse and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton

from grapheditor.catalog import catalog
from grapheditor.ui.actions import ACTIONS
from grapheditor.ui.texts import tr

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def chosen(window, group):
    """Return the actions of a group that have a mark."""
    return [item.id for item in ACTIONS if item.one_of == group and window.actions_by_id[item.id].isChecked()]


def menu_at(drive, node=None):
    """Click with the right button on a node, or on empty canvas, and return the menu that opens."""
    canvas = drive.window.canvas
    place = QPoint(8, 8)
    if node is not None:
        canvas.center_on(node)
        left, top, _right, _bottom = canvas.scene.geometry.box(node)
        x, y = canvas.view.to_screen(left + 60, top + 14)
        place = QPoint(round(x), round(y))
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(canvas, QContextMenuEvent(reason, place, canvas.mapToGlobal(place)))
    found = QApplication.activePopupWidget()
    assert isinstance(found, QMenu)
    return found


def texts(menu):
    return [action.text().partition("\t")[0] for action in menu.actions() if not action.isSeparator()]


# What is chosen


def test_what_is_chosen_has_a_mark_and_is_the_only_one(drive):
    window = drive.window
    assert chosen(window, "theme") == ["theme-dark"]
    window.actions_by_id["theme-light"].trigger()
    assert chosen(window, "theme") == ["theme-light"]
    window.new("mlp")
    assert chosen(window, "flow") == ["flow-down"]
    window.perform("flow-right")
    drive.wait(lambda: chosen(window, "flow") == ["flow-right"])
    steps = drive.graph
    window.perform("flow-right")
    assert drive.graph is steps
    window.perform("undo")
    assert chosen(window, "flow") == ["flow-down"]
    window.canvas.setFocus()
    assert chosen(window, "heat") == ["heat-none"]
    QTest.keyClick(window.canvas, Qt.Key.Key_H)
    assert chosen(window, "heat") == ["heat-parameters"]
    stages = window.actions_by_id["stages"]
    assert stages.isChecked()
    QTest.keyClick(window.canvas, Qt.Key.Key_H, SHIFT)
    assert not stages.isChecked()


def test_what_is_muted_can_be_unmuted_and_what_cannot_says_why(drive):
    window = drive.window
    window.new("mlp")
    mute = window.actions_by_id["mute"]
    drive.click_node("relu1")
    assert mute.text() == "Mute"
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_M)
    assert drive.graph.nodes["relu1"].when
    assert mute.text() == "Unmute"
    assert texts(menu_at(drive, "relu1")).count("Unmute") == 1
    QApplication.activePopupWidget().close()
    QTest.keyClick(window.canvas, Qt.Key.Key_M)
    assert mute.text() == "Mute"
    source = next(name for name, node in drive.graph.nodes.items() if node.operator == "input")
    window.canvas.select([source])
    assert "cannot be muted" in mute.toolTip()


# Context menus


def test_the_context_menu_of_a_node_has_groups_and_only_what_applies(drive):
    window = drive.window
    window.new("mlp")
    drive.wait_for_analysis()
    menu = menu_at(drive, "relu1")
    assert all(action.isEnabled() for action in menu.actions() if not action.isSeparator())
    assert "Open the module" not in texts(menu)
    assert len(texts(menu)) <= 12
    lines = [action.isSeparator() for action in menu.actions()]
    assert sum(lines) >= 3
    assert not lines[0]
    assert not lines[-1]
    assert (True, True) not in zip(lines, lines[1:], strict=False)
    below = menu.findChild(QMenu, "context-module")
    assert texts(below) == ["Group into a module", "Repeat…"]
    menu.close()
    assert "Leave the module" not in texts(menu_at(drive))
    QApplication.activePopupWidget().close()


def test_the_fix_is_named_where_it_is_offered(drive):
    window = drive.window
    window.new()
    window.session.data.take("digits")
    window.canvas.select(["image"])
    for name in ("linear", "cross_entropy"):
        window.canvas.add_operator(name)
    drive.wait_for_analysis()
    drive.wait(lambda: any(_offers(window, name) for name in drive.graph.nodes))
    node = next(name for name in drive.graph.nodes if _offers(window, name))
    window.canvas.select([node])
    fix = window.canvas.scene.offer()[2][0]["title"]
    menu = menu_at(drive, node)
    assert texts(menu)[0].lower() == fix.lower()
    menu.close()
    window.perform("fix")
    assert window.session.document.can_undo


def _offers(window, name):
    window.canvas.select([name])
    found = window.canvas.scene.offer()
    return found is not None and bool(found[2])


def test_the_edit_menu_is_in_the_order_of_use(drive):
    shown = [action.objectName() for action in drive.window.offers.menus["Edit"].actions() if not action.isSeparator()]
    wanted = [
        "undo",
        "redo",
        "cut",
        "copy",
        "paste",
        "duplicate",
        "duplicate-linked",
        "delete",
        "dissolve",
        "select-all",
    ]
    assert shown[: len(wanted)] == [f"action-{name}" for name in wanted]
    assert shown[-1] == "action-settings"


# Exports


def export_menu(drive):
    """Press the button, and return the menu that opens with what it tells."""
    opened, menu = [], drive.find("export", QPushButton).menu()

    def look():
        opened.append((texts(menu), [action.isEnabled() for action in menu.actions()]))
        opened.append([item.text() for item in menu.findChildren(QLabel, "export-why-not") if item.isVisible()])
        menu.close()

    menu.aboutToShow.connect(lambda: QTimer.singleShot(0, look), Qt.ConnectionType.SingleShotConnection)
    drive.click("export")
    drive.wait(lambda: len(opened) == 2)
    return opened


def test_a_picture_can_be_exported_of_a_graph_with_errors_and_the_menu_says_why_nothing_else(drive):
    window = drive.window
    window.new("mlp")
    drive.wait_for_analysis()
    (entries, able), why = export_menu(drive)
    assert able[:4] == [True] * 4
    assert not why
    window.canvas.select(["relu1"])
    window.canvas.delete_selection()
    drive.wait_for_analysis()
    drive.wait(lambda: not window.actions_by_id["export-onnx"].isEnabled())
    (entries, able), why = export_menu(drive)
    assert entries[3].startswith("Export picture")
    assert able[:4] == [False, False, False, True]
    assert why == [window.actions_by_id["export-onnx"].toolTip()]
    assert "linear" in why[0]


# Recent files


def test_recent_files_open_from_the_menu_and_are_forgotten(drive, tmp_path):
    window = drive.window
    assert not window.actions_by_id["recent"].isEnabled()
    paths = [tmp_path / f"{name}.graph.json" for name in "ab"]
    for path in paths:
        catalog().new("mlp").save(path)
        window.open(path)
    menu = window.actions_by_id["recent"].menu()
    menu.aboutToShow.emit()
    assert texts(menu) == ["b.graph.json", "a.graph.json", "Clear"]
    menu.actions()[1].trigger()
    assert len(window.windows.all) == 2, "what is open stays open"
    other = window.windows.all[-1]
    assert other.session.path == paths[0]
    other.close()
    menu.aboutToShow.emit()
    menu.actions()[-1].trigger()
    assert not window.actions_by_id["recent"].isEnabled()
    assert window.windows.recents.files() == []


# Panels


def test_panels_are_put_away_and_come_back_by_menu_and_keys(drive):
    window = drive.window
    window.new("vgg16")
    editor, canvas = window.editor, window.canvas
    before = canvas.width(), canvas.height()
    panels = {"palette": editor.palette_panel, "inspector": editor.inspector, "tabs": drive.find("panel-bottom")}
    for key, name in zip((Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3), panels, strict=True):
        action = window.actions_by_id[f"panel-{name}"]
        assert action.isChecked()
        QTest.keyClick(window, key, CONTROL)
        assert not panels[name].isVisible()
        assert not action.isChecked()
    QApplication.processEvents()
    assert canvas.width() > before[0] + 400
    assert canvas.height() > before[1]
    window.perform("show-summary")
    assert panels["tabs"].isVisible(), "what shows something of a panel shows the panel"
    canvas.zoom_to(2.0)
    corner = canvas.width() - 40, canvas.height() - 40
    assert canvas.on_minimap(*corner)
    QTest.keyClick(window, Qt.Key.Key_4, CONTROL)
    assert not canvas.on_minimap(*corner)
    QTest.keyClick(window, Qt.Key.Key_2, CONTROL)
    assert panels["inspector"].isVisible()


def test_a_panel_that_was_pulled_shut_opens_again(drive):
    window = drive.window
    window.new("mlp")
    left, middle, right = window.editor.sizes()
    window.editor.setSizes([left, middle + right, 0])
    window._refresh_actions()
    assert not window.actions_by_id["panel-inspector"].isChecked()
    window.perform("panel-inspector")
    assert window.editor.sizes()[2] > 200


# Keys in hints


def test_hints_name_the_keys_that_count_now(drive):
    window = drive.window
    window.new("mlp")
    drive.wait_for_analysis()
    hint = drive.find("training-hint", QLabel)
    assert hint.text().startswith("Ctrl+Return trains")
    window.preferences.keep_keys("Blender", {})
    assert hint.text().startswith("F12 trains")
    assert "F12" in drive.find("runs-hint", QLabel).text()
    window.preferences.keep_keys("grapheditor", window.preferences.keymap.give("train", []))
    assert hint.text() == "Train starts a run. Its curves appear here."
    window.new()
    assert "Press Tab" in window.canvas.accessibleDescription()
    window.preferences.keep_keys("Blender", {})
    assert "Press Shift+A" in window.canvas.accessibleDescription()


# Everything is in the table


def test_devices_weights_and_recent_files_are_commands(drive):
    window = drive.window
    window.new("mlp")
    drive.wait_for_analysis()  # the engine says which devices there are, once
    session = window.session
    session.abilities.devices = [{"id": name, "title": name, "memory": 0} for name in ("cpu", "cuda:0")]
    session.abilities.choose("cpu")
    window.perform("commands")
    QTest.keyClicks(drive.find("commands-search"), "device cuda")
    QTest.keyClick(drive.find("commands-search"), Qt.Key.Key_Return)
    assert session.abilities.device == "cuda:0"
    assert "cuda:0" in drive.find("device", QPushButton).text()
    menu = drive.find("device", QPushButton).menu()
    menu.aboutToShow.emit()
    assert [action.isChecked() for action in menu.actions()] == [False, True]
    window.perform("commands")
    QTest.keyClicks(drive.find("commands-search"), "weights fresh")
    QTest.keyClick(drive.find("commands-search"), Qt.Key.Key_Return)
    assert session.weights.chosen == "fresh"


def test_a_run_pauses_and_goes_on_from_the_toolbar_and_by_its_key(drive):
    window = drive.window
    window.new("mnist-convnet")
    drive.wait_for_analysis()
    assert drive.find("group").isVisible()
    assert not drive.find("pause").isEnabled()
    window.perform("train")
    session = window.session
    drive.wait(lambda: session.training.run.state == "running", 120)
    drive.wait(lambda: session.training.run.step > 0, 120)
    drive.click("pause")
    drive.wait(lambda: session.training.run.state == "paused", 60)
    assert drive.find("training-status", QLabel).text().startswith("paused · epoch 1 / ")
    assert "left" not in drive.find("training-status", QLabel).text()
    assert window.actions_by_id["pause"].text() == tr("Continue")
    assert drive.find("train", QPushButton).text() == "Paused"
    QTest.keyClick(window, Qt.Key.Key_Return, CONTROL | SHIFT)
    drive.wait(lambda: session.training.run.state == "running", 60)
    assert window.actions_by_id["pause"].text() == "Pause"
    drive.click("pause")
    drive.wait(lambda: session.training.run.state == "paused", 60)
    window.perform("stop")
    drive.wait(lambda: session.training.run.state == "stopped", 60)


# Walking


def test_panels_are_walked_both_ways_and_the_notice_is_one(drive):
    from grapheditor.ui.telling import Notice

    window = drive.window
    window.new("mlp")
    drive.wait(window.canvas.hasFocus)
    window.notice.show_notice(Notice("Something failed.", wrong=True))

    def walk(held):
        seen = []
        while not seen or not window.canvas.hasFocus():
            drive.key(Qt.Key.Key_F6, held)
            seen.append(QApplication.focusWidget())
            assert len(seen) < 12
        return seen

    there = walk(Qt.KeyboardModifier.NoModifier)
    back = walk(SHIFT)
    assert there[:-1] == back[-2::-1]
    assert any(window.notice.isAncestorOf(part) for part in there)


@pytest.mark.parametrize("tab", [0, 2])
def test_the_palette_is_one_stop_of_tab_with_arrows_inside(drive, tab):
    window = drive.window
    window.new("mlp")
    panel = window.editor.palette_panel
    panel.tabs.setCurrentIndex(tab)
    drive.wait(window.canvas.hasFocus)
    steps = 0
    while not panel.search.hasFocus():
        drive.key(Qt.Key.Key_Backtab, SHIFT)
        steps += 1
        assert steps < 5
    drive.key(Qt.Key.Key_Down)
    first = QApplication.focusWidget()
    assert first is not panel.search
    drive.key(Qt.Key.Key_Down)
    assert QApplication.focusWidget() is not first
    drive.key(Qt.Key.Key_Up)
    drive.key(Qt.Key.Key_Up)
    assert panel.search.hasFocus()
