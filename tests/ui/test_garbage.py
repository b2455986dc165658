"""Garbage is collected where Qt's objects live: in a window that runs, by its own thread and no other."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from grapheditor.ui.garbage import Collector


class Circle:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def where():
    """The generations that are collected and the threads that do it."""
    seen: list[tuple[int, threading.Thread]] = []

    def look(phase: str, what: dict[str, int]) -> None:
        if phase == "start":
            seen.append((what["generation"], threading.current_thread()))

    gc.callbacks.append(look)
    yield seen
    gc.callbacks.remove(look)


def circles(count: int) -> weakref.ref[Circle]:
    """Make garbage; return what tells whether the last of it is gone."""
    for _ in range(count):
        last = Circle()
    return weakref.ref(last)


def test_no_thread_but_the_windows_collects(drive, where):
    drive.wait(lambda: drive.window.session.engine.is_ready)
    assert drive.window.findChild(Collector) is None, "it is the application's: windows come and go"
    assert not gc.isenabled()
    made: list[weakref.ref[Circle]] = []
    thread = threading.Thread(target=lambda: made.append(circles(20_000)))
    thread.start()
    thread.join()
    assert made[0]() is not None, "its own thread leaves it alone"
    drive.wait(lambda: made[0]() is None, 30)
    assert {thread for _, thread in where} == {threading.current_thread()}


def test_the_long_collection_waits_until_no_button_is_held(qtbot, qapp, monkeypatch, where):
    held = [Qt.MouseButton.LeftButton]
    monkeypatch.setattr(QGuiApplication, "mouseButtons", lambda: held[0])
    limits = gc.get_threshold()
    gc.set_threshold(10, 1, 1)
    collector = Collector(qapp)
    try:
        qtbot.waitUntil(lambda: [age for age, _ in where].count(1) > 3 or not circles(20), timeout=30_000)
        assert 2 not in {age for age, _ in where}
        held[0] = Qt.MouseButton.NoButton
        qtbot.waitUntil(lambda: 2 in {age for age, _ in where} or not circles(20), timeout=30_000)
    finally:
        gc.set_threshold(*limits)
        collector.setParent(None)
        collector.deleteLater()
