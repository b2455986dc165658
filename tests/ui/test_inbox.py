"""What threads hand to the window's thread: in order, not to who is gone, and without an end of the program."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import QEventLoop, QObject

from grapheditor.ui.inbox import inbox

WINDOWS_GO = """
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from grapheditor.ui.background import Background

app = QCoreApplication([])
for _ in range(300):
    window = QObject()
    threads = [Background("thread", window) for _ in range(4)]
    for _ in range(50):
        for thread in threads:
            thread.do(lambda: None, lambda _: None)
    app.processEvents()
    window.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
print("goes on")
"""


@pytest.fixture
def box(qapp):
    return inbox()


def test_windows_go_while_their_threads_have_something_to_say():
    done = subprocess.run([sys.executable, "-c", WINDOWS_GO], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "goes on\n"), done.stderr


def test_a_flood_from_several_threads_comes_whole_and_in_the_order_of_each(qtbot, box):
    owner, came = QObject(), []

    def say(name: int) -> None:
        for number in range(3000):  # more than the socket holds while nobody listens
            box.hand(owner, lambda *what: came.append((what, threading.current_thread())), name, number)

    threads = [threading.Thread(target=say, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not came, "calls are made by the event loop"
    qtbot.waitUntil(lambda: len(came) == 9000, timeout=60_000)
    for name in range(3):
        assert [number for (who, number), _ in came if who == name] == list(range(3000))
    assert {thread for _, thread in came} == {threading.current_thread()}


def test_who_is_gone_is_not_called(qtbot, box):
    gone, here, came = QObject(), QObject(), []
    box.hand(gone, came.append, "gone")
    box.hand(here, came.append, "here")
    gone.deleteLater()
    qtbot.waitUntil(lambda: bool(came))
    assert came == ["here"]


def test_a_call_with_an_event_loop_of_its_own_holds_up_no_other(qtbot, box):
    owner, came, loop = QObject(), [], QEventLoop()
    box.hand(owner, loop.exec)  # as a dialog does
    box.hand(owner, came.append, 1)
    box.hand(owner, loop.quit)
    box.hand(owner, came.append, 2)
    qtbot.waitUntil(lambda: came == [1, 2])


def test_a_call_that_fails_keeps_none_from_being_made(qtbot, box):
    owner, came = QObject(), []
    with qtbot.captureExceptions() as failures:
        box.hand(owner, lambda: 1 / 0)
        box.hand(owner, came.append, 1)
        qtbot.waitUntil(lambda: bool(came))
    assert [kind for kind, *_ in failures] == [ZeroDivisionError]
