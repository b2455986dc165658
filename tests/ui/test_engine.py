"""The window and an engine that dies, hangs, runs out of memory or prints: real processes, each of its first lives bad."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from grapheditor.engine import client
from grapheditor.ui import engine as watching

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")

LIFE = """
import os, pathlib, resource, struct, sys, threading, time
{before}
from grapheditor.engine import worker
worker.Engine.survey = worker.Engine.warm = lambda *_: None
mark = pathlib.Path({mark!r})
if not mark.exists():
    mark.touch()
{first}
worker.main()
"""
ANALYSE = """
    analyse, lives = worker.Engine.analyse, []
    def bad(self):
        lives.append(self)
        if len(lives) < 2:
            return analyse(self)
        {what}
    worker.Engine.analyse = bad
"""
"""The second analysis of the first life goes wrong."""


@pytest.fixture
def told(request, monkeypatch, tmp_path):
    """What the window is told of an engine whose code is that of the test's marker ``life``; nobody waits for long."""
    given = request.node.get_closest_marker("life")
    code = LIFE.format(
        **{"before": "", "first": "    pass", "mark": str(tmp_path / "lived"), **(given.kwargs if given else {})}
    )
    real = client.command
    monkeypatch.setattr(
        client, "command", lambda kind: [sys.executable, "-c", code] if kind == "worker" else real(kind)
    )
    monkeypatch.setattr(watching, "BEAT", 0.1)
    texts: list[str] = []
    start = watching.Engine.start

    def hear(text, _wrong):
        texts.append(text)
        monkeypatch.setattr(watching, "SILENT", 60.0)
        monkeypatch.setattr(watching, "HANGS", 60.0)

    def started(engine):
        if not hasattr(engine, "followed"):
            engine.followed = True
            engine.told.connect(hear)
        start(engine)

    monkeypatch.setattr(watching.Engine, "start", started)
    return texts


@pytest.fixture
def drive_impatiently(told, drive, monkeypatch):
    """A window with an analysed graph that gives its engine three seconds; those that come later get their time."""
    drive.window.new("mlp")
    drive.wait_for_analysis()
    for name, seconds in (("LATE", 0.4), ("SILENT", 3.0), ("HANGS", 6.0)):
        monkeypatch.setattr(watching, name, seconds)
    return drive


def edit(drive) -> None:
    drive.window.session.rename("linear1", "wide")


def nothing_is_lost(drive, told, *words: str) -> None:
    """The window has said what happened, and another engine knows the graph with the edit."""
    session = drive.window.session
    drive.wait(lambda: told)
    assert all(word in told[0] for word in words), told
    assert "nothing is lost" in told[0]
    assert drive.find("notice-text").text() == told[0]
    drive.wait_for_analysis()
    assert session.engine.is_ready
    assert session.findings.analysis.nodes["wide"]["parameters"] > 0
    assert session.document.can_undo


def bad(what: str):
    return pytest.mark.life(first=ANALYSE.format(what=what))


def test_killed(told, drive_impatiently):
    drive = drive_impatiently
    os.kill(drive.window.session.engine.pid, signal.SIGKILL)
    edit(drive)
    nothing_is_lost(drive, told, "SIGKILL")


def test_crashed_by_native_code(told, drive_impatiently):
    drive = drive_impatiently
    os.kill(drive.window.session.engine.pid, signal.SIGSEGV)
    edit(drive)
    nothing_is_lost(drive, told, "SIGSEGV")


def test_stopped(told, drive_impatiently):
    drive = drive_impatiently
    states = []
    drive.window.session.engine.state_changed.connect(lambda: states.append(drive.window.session.engine.state))
    os.kill(drive.window.session.engine.pid, signal.SIGSTOP)
    edit(drive)
    nothing_is_lost(drive, told, "did not answer for 3 s")
    assert any(state.startswith("engine has not answered for") for state in states)


@bad("while True: pass")
def test_in_an_endless_loop(told, drive_impatiently):
    drive = drive_impatiently
    edit(drive)
    drive.wait(lambda: drive.window.session.engine.late)
    assert drive.window.session.engine.state.startswith("engine at work for")
    nothing_is_lost(drive, told, "at one thing for more than 6 s")


@bad("import ctypes; ctypes.PyDLL(None).pause()")
def test_hanging_in_native_code_that_lets_no_thread_run(told, drive_impatiently):
    drive = drive_impatiently
    edit(drive)
    nothing_is_lost(drive, told, "did not answer")


@bad("resource.setrlimit(resource.RLIMIT_AS, (2**20, -1)); x = [bytes(2**20) for _ in range(2**20)]")
def test_out_of_memory(told, drive_impatiently):
    drive = drive_impatiently
    edit(drive)
    nothing_is_lost(drive, told, "ran out of memory")


@bad('self.channel._outgoing.write(struct.pack(">I", 1000) + b"{"); self.channel._outgoing.flush(); os._exit(3)')
def test_gone_in_the_middle_of_a_frame(told, drive_impatiently):
    drive = drive_impatiently
    edit(drive)
    nothing_is_lost(drive, told, "code 3")


@bad('self.channel._outgoing.write(struct.pack(">I", 30) + b"{"); self.channel._outgoing.flush(); time.sleep(60)')
def test_a_frame_cut_in_half(told, drive_impatiently):
    drive = drive_impatiently
    edit(drive)
    nothing_is_lost(drive, told, "what cannot be read")


FLOOD = """
    claim = worker.claim_streams
    def claimed():
        channel = claim()
        flood = lambda: [os.write(1, b'native noise ' * 5000) for _ in range(2000)]
        threading.Thread(target=flood, daemon=True).start()
        return channel
    worker.claim_streams = claimed
"""
"""As soon as the streams are claimed: before, only what is told to the end stands before the mark."""


@pytest.mark.life(before="[os.write(1, bytes(range(256)) * 256) for _ in range(200)]", first=FLOOD)
def test_flooded_by_what_native_code_prints(told, drive_impatiently):
    drive = drive_impatiently
    edit(drive)
    drive.wait_for_analysis()
    assert drive.window.session.findings.analysis.nodes["wide"]["parameters"] > 0
    assert told == []


@pytest.mark.life(before="os._exit(9)")
def test_one_that_never_starts_is_given_up(told, drive):
    session = drive.window.session
    drive.window.new("mlp")
    drive.wait(lambda: session.engine.stopped)
    assert len(told) == watching.MOST_RESTARTS + 1
    assert "not started again" in told[-1]
    assert session.engine.state == "engine stopped"
    session.rename("linear1", "wide")
    assert session.document.can_undo


def test_what_a_process_says_at_once_is_heard(qtbot, monkeypatch):
    """A process may have said that it is ready before whoever started it comes to anything else."""

    class Quick(client.Child):
        def __init__(self, kind, received, ended):
            said = threading.Event()

            def tell(message):
                received(message)
                said.set()

            super().__init__(kind, tell, ended)
            assert said.wait(60)

    monkeypatch.setattr(watching, "Child", Quick)
    engine = watching.Engine()
    engine.start()
    try:
        qtbot.waitUntil(lambda: engine.is_ready, timeout=10_000)
    finally:
        engine.close()
