"""Several windows of one process: where files open, what is dropped, the menu of windows, and quitting."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox

from grapheditor.catalog import catalog
from grapheditor.graph import read
from grapheditor.ui.engine import Engine
from grapheditor.ui.window import Window

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
BUTTONS = QMessageBox.StandardButton


@pytest.fixture(autouse=True)
def no_engine(monkeypatch):
    """What is tested here needs no shapes."""
    monkeypatch.setattr(Engine, "start", lambda self: None)


@pytest.fixture
def windows(drive):
    found = drive.window.windows
    yield found
    for window in list(found.all):
        if window is not drive.window:
            window.close_unasked()
    QApplication.processEvents()


@pytest.fixture
def files(tmp_path):
    paths = []
    for name in ("mlp", "lenet-5", "gpt2"):
        paths.append(tmp_path / f"{name}.graph.json")
        catalog().new(name).save(paths[-1])
    return paths


def drop(window, *paths, urls=()):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths] + [QUrl(url) for url in urls])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, none))


def titles(windows):
    return [window.title for window in windows.all]


def change(window):
    window.canvas.select(window.session.graph.nodes)
    window.canvas.delete_selection()


def test_the_first_file_opens_here_and_the_next_ones_in_windows_of_their_own(drive, windows, files):
    drop(drive.window, *files)
    assert titles(windows) == ["mlp.graph.json", "lenet-5.graph.json", "gpt2.graph.json"]
    assert windows.all[0] is drive.window
    assert all(window.isVisible() for window in windows.all)
    assert windows.all[1].pos() != windows.all[0].pos()
    assert drive.window.windows.recents.files() == list(reversed(files))


def test_a_file_that_is_open_is_raised_and_not_opened_again(drive, windows, files):
    drop(drive.window, *files[:2])
    drive.window.activateWindow()
    link = files[0].parent / "link.graph.json"
    link.symlink_to(files[1])
    drop(drive.window, link)
    assert len(windows.all) == 2
    drive.wait(windows.all[1].isActiveWindow)
    assert windows.all[1].session.safety.read_only is None


def test_an_empty_graph_that_nobody_touched_makes_room(drive, windows, files):
    QTest.keyClick(drive.window, Qt.Key.Key_N, CONTROL)
    assert len(windows.all) == 1
    assert drive.window.session.document is not None
    drop(drive.window, files[0])
    assert titles(windows) == ["mlp.graph.json"]
    QTest.keyClick(drive.window, Qt.Key.Key_N, CONTROL)
    assert len(windows.all) == 2
    windows.all[1].canvas.add_operator("relu")
    drop(windows.all[1], files[1])
    assert len(windows.all) == 3


def test_a_template_from_the_palette_goes_into_a_window_of_its_own(drive, windows, files):
    drop(drive.window, files[0])
    drive.window.editor.palette_panel.template_opened.emit("lenet-5")
    assert len(windows.all) == 2
    assert drive.window.session.path == files[0]
    assert "conv1" in windows.all[1].session.graph.nodes


def test_what_cannot_be_opened_says_why_and_the_others_open(drive, windows, files, tmp_path):
    drop(drive.window, files[0])
    broken, folder = tmp_path / "broken.graph.json", tmp_path / "a folder"
    broken.write_text("{]")
    folder.mkdir()
    drop(drive.window, broken, files[1])
    assert titles(windows) == ["mlp.graph.json", "lenet-5.graph.json"]
    assert "broken.graph.json" in drive.find("notice-text", QLabel).text()
    drop(drive.window, folder)
    assert "a folder" in drive.find("notice-text", QLabel).text()
    drop(drive.window, urls=["https://example.org/net.graph.json"])
    assert "is not on this computer" in drive.find("notice-text", QLabel).text()
    assert len(windows.all) == 2


def test_several_files_are_chosen_at_once(drive, windows, files, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path) for path in files], ""))
    QTest.keyClick(drive.window, Qt.Key.Key_O, CONTROL)
    assert len(windows.all) == 3


def test_the_window_menu_lists_them_and_keys_go_through_them(drive, windows, files):
    drop(drive.window, *files[:2])
    QTest.keyClick(windows.all[1], Qt.Key.Key_N, CONTROL | SHIFT)
    assert len(windows.all) == 3
    assert windows.all[2].session.document is None
    menu = drive.window.offers.menus["Window"]
    for _ in range(2):
        menu.aboutToShow.emit()
    listed = [action for action in menu.actions() if action.objectName().startswith("window-")]
    assert [action.text() for action in listed] == ["&1  mlp.graph.json", "&2  lenet-5.graph.json", "&3  grapheditor"]
    assert [action.isChecked() for action in listed] == [True, False, False]
    listed[1].trigger()
    drive.wait(windows.all[1].isActiveWindow)
    QTest.keyClick(windows.all[1], Qt.Key.Key_F6, CONTROL)
    drive.wait(windows.all[2].isActiveWindow)
    QTest.keyClick(windows.all[2], Qt.Key.Key_F6, CONTROL)
    drive.wait(drive.window.isActiveWindow)
    QTest.keyClick(windows.all[2], Qt.Key.Key_W, CONTROL)
    assert len(windows.all) == 2


@pytest.mark.parametrize("answer", ["Cancel", "Discard", "SaveAll"])
def test_quitting_asks_once_for_all_that_is_not_saved(drive, windows, files, monkeypatch, answer):
    drop(drive.window, *files)
    for window in windows.all[:2]:
        change(window)
    asked = []
    button = getattr(BUTTONS, answer)
    monkeypatch.setattr(QMessageBox, "question", lambda *given: asked.append(given[2]) or button)
    QTest.keyClick(drive.window, Qt.Key.Key_Q, CONTROL)
    (text,) = asked
    assert "2 graphs" in text
    assert "mlp.graph.json" in text
    assert "lenet-5.graph.json" in text
    assert "gpt2.graph.json" not in text
    assert len(windows.all) == (3 if answer == "Cancel" else 0)
    assert all(bool(read(path).nodes) != (answer == "SaveAll") for path in files[:2])


def test_quitting_with_one_of_them_asks_as_closing_does(drive, windows, files, monkeypatch):
    drop(drive.window, *files[:2])
    change(windows.all[1])
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *given: asked.append(given[2]) or BUTTONS.Discard)
    drive.window.perform("quit")
    assert asked == ["lenet-5.graph.json has changes that are not saved."]
    assert not windows.all


def test_a_theme_is_for_all_windows(drive, windows):
    other = windows.make(drive.window)
    other.perform("theme-light")
    assert drive.window.theme is other.theme
    assert drive.window.theme.name == "light"
    drive.window.perform("theme-dark")
    assert other.theme.name == "dark"


def test_a_window_that_is_closed_leaves_the_others_alone(drive, windows, files):
    drop(drive.window, *files[:2])
    second = windows.all[1]
    closed = []
    second.destroyed.connect(lambda *_: closed.append(1))
    second.close()
    drive.wait(lambda: closed)
    assert titles(windows) == ["mlp.graph.json"]
    drive.window.perform("theme-light")
    drive.window.perform("theme-dark")
    drive.window.canvas.select_all()
    assert isinstance(windows.all[0], Window)


def test_the_threads_of_a_window_end_with_it(drive, windows):
    def count() -> int:
        return threading.active_count()

    first = drive.window
    first.new("mlp")
    drive.settle()
    before = count()
    second = windows.make(first)
    second.new("mnist-convnet")
    second.editor.tabs.setCurrentIndex(4)
    answers = []
    for thread in second.session.training.threads:
        thread.do(lambda: 1, answers.append)
    drive.wait(lambda: answers == [1, 1] and count() > before)
    second.session.document.mark_saved()
    second.close()
    drive.wait(lambda: count() <= before)
