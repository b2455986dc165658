"""The state of a window is kept as it changes: also by a program that is killed, and for each file of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from PySide6.QtCore import QSettings

from grapheditor.catalog import catalog
from grapheditor.ui.keeping import MOST_VIEWS, Views
from grapheditor.ui.sight import Sight
from grapheditor.ui.window import Window

KILLED = """
import sys
from pathlib import Path
from PySide6.QtCore import QSettings, QTimer
from grapheditor.ui.app import application
from grapheditor.ui.window import Window

app = application()
window = Window(QSettings(sys.argv[1], QSettings.Format.IniFormat))
window.show()
window.open(Path(sys.argv[2]))

def change():
    window.editor.tabs.setCurrentIndex(3)
    window.perform("panel-palette")
    window.editor.heating.choose("memory")
    window.canvas.zoom_to(1.7)
    QTimer.singleShot(0, window, lambda: print("changed", flush=True))

def look():
    if window._welcomed is None:
        QTimer.singleShot(10, window, look)
    else:
        change()

look()
app.exec()
"""


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "net.graph.json"
    catalog().new("vgg16").save(found)
    return found


def test_what_was_in_sight_of_each_file_is_shown_again(drive, path, tmp_path):
    window = drive.window
    window.open(path)
    drive.wait(lambda: window._welcomed is not None)
    window.canvas.zoom_to(1.3)
    window.canvas.pan(-120.0, 300.0)
    sight = window.canvas.sight
    second = tmp_path / "other.graph.json"
    catalog().new("mlp").save(second)
    window.open(second)
    drive.wait(lambda: window._welcomed is window.session.document)
    assert window.canvas.sight != sight
    window.open(path)
    drive.wait(lambda: window._welcomed is window.session.document)
    drive.wait(lambda: not window.keeper._timer.isActive())
    window.open(path)
    drive.wait(lambda: window._welcomed is window.session.document)
    found = window.canvas.sight
    assert (found.x, found.y, found.zoom) == pytest.approx((sight.x, sight.y, sight.zoom), abs=1e-6)
    assert "zoom" not in path.read_text(), "where one was is not the file's"


def test_the_module_that_was_open_is_open_again(drive, tmp_path):
    path = tmp_path / "resnet.graph.json"
    catalog().new("resnet50").save(path)
    window = drive.window
    window.open(path)
    drive.wait(lambda: window._welcomed is not None)
    node = next(name for name, item in drive.graph.nodes.items() if item.operator in drive.graph.modules)
    window.session.enter_node(node)
    window.canvas.zoom_to(1.1)
    place = window.session.place
    drive.wait(lambda: not window.keeper._timer.isActive())
    window.show_start()
    window.open(path)
    drive.wait(lambda: window._welcomed is window.session.document)
    assert window.session.place == place
    assert window.canvas.view.zoom == pytest.approx(1.1)


def test_a_program_that_is_killed_has_kept_its_state(drive, path, tmp_path):
    ini = tmp_path / "killed.ini"
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(ini), str(path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as program:
        assert program.stdout.readline().strip() == "changed"
        drive.wait(lambda: ini.exists() and "memory" in ini.read_text() and "views" in ini.read_text())
        program.send_signal(signal.SIGTERM)
    settings = QSettings(str(ini), QSettings.Format.IniFormat)
    window = Window(settings)
    assert window.editor.tabs.currentIndex() == 3
    assert window.editor.palette_panel.isHidden()
    assert window.editor.heating.chosen == "memory"
    assert not window.actions_by_id["panel-palette"].isChecked()
    window.show()
    window.open(path)
    drive.wait(lambda: window._welcomed is not None)
    assert window.canvas.view.zoom == pytest.approx(1.7)
    drive.wait(lambda: window.session.engine.is_ready)
    window.close()
    window.deleteLater()


def test_panels_and_tabs_are_as_they_were_left(drive):
    window = drive.window
    window.new("mlp")
    window.editor.palette_panel.tabs.setCurrentIndex(1)
    window.perform("panel-minimap")
    window.perform("stages")
    drive.wait(lambda: not window.keeper._timer.isActive())
    again = Window(QSettings(window.settings.fileName(), QSettings.Format.IniFormat))
    assert again.editor.palette_panel.tabs.currentIndex() == 1
    assert not again.canvas.minimap.shown
    assert not again.canvas.scene.staged
    again.close()
    again.deleteLater()


@pytest.mark.parametrize(
    "text", ["", "[", "7", "[]", '{"x": 1}', '{"x": "a", "y": 0, "zoom": 1, "place": "", "whole": true}',
             '{"x": 1e999, "y": 0, "zoom": 1, "place": "", "whole": true}',
             '{"x": 1, "y": 0, "zoom": 1, "place": 3, "whole": true}'],
)  # fmt: skip
def test_a_view_that_hands_have_spoilt_is_none(tmp_path, text):
    settings = QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat)
    views = Views(settings)
    views.keep(tmp_path / "a", "", Sight(1.0, 2.0, 3.0))
    settings.beginGroup("views")
    (name,) = settings.childKeys()
    settings.endGroup()
    settings.setValue(f"views/{name}", text)
    assert views.find(tmp_path / "a") is None


def test_views_of_files_that_were_not_open_for_longest_are_forgotten(tmp_path):
    settings = QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat)
    views = Views(settings)
    for i in range(MOST_VIEWS):
        settings.setValue(f"views/{i}", json.dumps({"at": i}))
    views.keep(tmp_path / "a", "", Sight(1.0, 2.0, 3.0, True))
    assert views.find(tmp_path / "a") == ("", Sight(1.0, 2.0, 3.0, True))
    assert settings.value("views/0") is None
    assert settings.value("views/1") is not None
