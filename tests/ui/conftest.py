"""A real window with a real engine, off the screen; its settings in a folder of the test."""

from __future__ import annotations

import gc
import os
import queue
import shutil

import homes
import pytest
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QWidget

from grapheditor import state
from grapheditor.catalog import catalog
from grapheditor.engine.client import Child
from grapheditor.engine.messages import Surveyed
from grapheditor.ui import style
from grapheditor.ui.app import application
from grapheditor.ui.window import Window, wanted_theme


class Driver:
    """Does with a window what hands do."""

    def __init__(self, window: Window, qtbot) -> None:
        self.window = window
        self.qtbot = qtbot

    def find(self, name: str, kind: type = QWidget):
        self.settle()
        found = self.window.findChild(kind, name)
        assert found is not None, f"there is no {name}"
        return found

    def row(self, name: str) -> QWidget:
        """Scroll to what the palette lists by a name."""
        self.settle()
        return self.window.editor.palette_panel.reach(name)

    def settle(self) -> None:
        """Do what waits to be done; that a window before has lost the focus may be told only now."""
        QApplication.processEvents()
        if QApplication.activeWindow() is None:
            self.window.activateWindow()
            QApplication.processEvents()

    def click(self, name: str) -> None:
        widget = self.find(name)
        assert widget.isVisible(), f"{name} is not to be seen"
        assert widget.isEnabled(), f"{name} is disabled"
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        if QApplication.activeWindow() is None:
            self.settle()
        QTest.keyClick(QApplication.focusWidget() or self.window, key, held)

    def type(self, name: str, text: str, key: Qt.Key | None = Qt.Key.Key_Return) -> None:
        field = self.find(name)
        field.setFocus()
        field.selectAll()
        for letter in text:
            QTest.keyClick(self._typed_into(field), letter)
        if key is not None:
            QTest.keyClick(self._typed_into(field), key)

    @staticmethod
    def _typed_into(field: QWidget) -> QWidget:
        """Return the field, or what has the focus in its stead: a page may be made anew at any letter."""
        focus = QApplication.focusWidget()
        return field if field.isVisible() or focus is None else focus

    def click_node(self, name: str) -> None:
        canvas = self.window.canvas
        canvas.center_on(name)
        left, top, _right, _bottom = canvas.scene.geometry.box(name)
        x, y = canvas.view.to_screen(left + 60, top + 14)
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().topLeft() + _point(x, y))
        assert canvas.selection == {name}

    def add(self, text: str) -> str:
        """Tab, a few letters, Return."""
        self.settle()
        before = set(self.graph.nodes)
        self.window.canvas.setFocus()
        QTest.keyClick(self.window.canvas, Qt.Key.Key_Tab)
        field = QApplication.focusWidget()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        (added,) = set(self.graph.nodes) - before
        return added

    @property
    def graph(self):
        return self.window.session.graph

    def wait(self, condition, seconds: float = 60) -> None:
        try:
            self.qtbot.waitUntil(lambda: bool(condition()), timeout=int(seconds * 1000))
        except self.qtbot.TimeoutError as error:
            error.add_note(self.look())
            raise

    def look(self) -> str:
        """Return what somebody would look at first who wonders why nothing happens."""
        session, canvas, notice = self.window.session, self.window.canvas, self.window.notice.notice
        found = session.findings
        known = [item and item.revision for item in (found.analysis, found.source)]
        revision = session.document and session.document.revision
        return (
            f"{session.engine.state}; revision {revision}, analysis and source of {known}; "
            f"in {session.place!r}, selected {sorted(canvas.selection)}; said: {notice and notice.text}"
        )

    def wait_for_analysis(self) -> None:
        session = self.window.session
        self.wait(
            lambda: (
                session.findings.analysis is not None
                and session.findings.analysis.revision == session.document.revision
            )
        )


def _point(x: float, y: float):
    from PySide6.QtCore import QPoint

    return QPoint(round(x), round(y))


@pytest.fixture(scope="session")
def first_start(tmp_path_factory):
    """The folder with what an engine that had looked at all templates remembers of them; None where few tests run."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return None
    said: queue.SimpleQueue = queue.SimpleQueue()
    with pytest.MonkeyPatch.context() as patch:
        homes.settle(tmp_path_factory.mktemp("first"), patch)
        child = Child("worker", said.put, lambda _code, _log: said.put(None))
        waiting = set(catalog().templates)
        while waiting:
            message = said.get(timeout=120)
            assert message is not None, "it ended"
            if isinstance(message, Surveyed):
                waiting.remove(message.template)
        child.close(patience=60)
        return state.memo().parent


@pytest.fixture(autouse=True)
def collected():
    """What a window leaves is collected in the test's thread, and before another test has threads that collect."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def strays(monkeypatch):
    """Parts of a window that were shown before they had their place in it, as a window of their own for a moment."""
    found: list[str] = []
    show = QWidget.setVisible

    def shown(widget: QWidget, visible: bool) -> None:
        if visible and widget.windowType() == Qt.WindowType.Window and not isinstance(widget, QMainWindow):
            found.append(f"{type(widget).__name__} {widget.objectName()}")
        show(widget, visible)

    monkeypatch.setattr(QWidget, "setVisible", shown)
    return found


@pytest.fixture
def drive(strays, qtbot, tmp_path, monkeypatch, first_start):
    """A driver of a window on its start page; questions about unsaved changes are answered with Discard."""
    if first_start is not None:
        shutil.copytree(first_start, state.memo().parent)
    app = application()
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    settings.setValue("theme", "dark")
    settings.setValue("folder", str(tmp_path))
    style.apply(app, wanted_theme(settings))
    window = Window(settings)
    window.canvas.animate = False
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Discard)
    window.resize(1400, 900)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield Driver(window, qtbot)
    monkeypatch.setattr("grapheditor.ui.windows.ask_running", lambda *_, **_more: "stop")
    if window.session.document is not None:
        window.session.document.mark_saved()
    window.close()
    window.deleteLater()
    app.processEvents()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # else the next test's style sheet goes through this window
    assert not strays
