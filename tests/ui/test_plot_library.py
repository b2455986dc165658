"""The library of the plots is imported while the window lives, and by no thread but the window's.

Before Python 3.12 PySide keeps its classes in a table without a lock, which the event loop reads without Python's lock:
a class of Qt's that another thread defines may end the process.
"""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import QTimer

from grapheditor.ui.plots.library import _Breath

SCRIPT = """
import sys, threading
from importlib.abc import MetaPathFinder
from PySide6.QtCore import QTimer
from grapheditor.ui import app
from grapheditor.ui.window import Window

elsewhere, beats = [], []

class Watch(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6", "pyqtgraph") or name.startswith("grapheditor.ui"):
            beats.append(name)
            if threading.current_thread() is not threading.main_thread():
                elsewhere.append(name)

sys.meta_path.insert(0, Watch())
beating = QTimer()
beating.timeout.connect(lambda: beats.append(None))

def begin():
    (window,) = [item for item in qt.topLevelWidgets() if isinstance(item, Window)]
    window.new("mnist-convnet")
    beating.start(1)
    wait()

def wait():
    figure = sys.modules.get("grapheditor.ui.plots.figure")
    if figure is None or figure.__spec__._initializing:
        QTimer.singleShot(20, wait)
        return
    first = beats.index("pyqtgraph")
    last = max(place for place, name in enumerate(beats) if name and name.startswith("pyqtgraph."))
    print(len(elsewhere), beats[:first].count(None), beats[first:last].count(None), *elsewhere[:3], flush=True)
    qt.exit()

qt = app.application()
QTimer.singleShot(0, begin)
raise SystemExit(app.run(None))
"""


@pytest.mark.usefixtures("fresh")
def test_it_is_imported_by_the_windows_thread_with_breaths_between():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert done.stdout, done.stderr
    elsewhere, before, between, *_ = done.stdout.split()
    assert elsewhere == "0", done.stdout
    assert int(before) >= 1, "Qt's classes are made in steps"
    assert int(between) >= 3, "the window lives between two modules"


def test_what_is_imported_while_events_are_handled_handles_none(qtbot):
    """A paint that imports something would be painted over by another one, which ends the program."""
    breath, order = _Breath(), []

    def importing():
        order.append("begins")
        breath._last = 0.0
        breath.find_spec("something", None)
        order.append("ends")

    QTimer.singleShot(0, importing)
    QTimer.singleShot(0, lambda: order.append("what came behind it"))
    breath._last = 0.0
    breath.find_spec("pyqtgraph.something", None)
    assert order == ["begins", "ends", "what came behind it"]


def test_what_another_thread_imports_handles_no_events():
    breath = _Breath()
    breath._last = 0.0
    thread = threading.Thread(target=breath.find_spec, args=("something", None))
    thread.start()
    thread.join()
    assert breath._last == 0.0
