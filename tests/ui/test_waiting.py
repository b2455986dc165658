"""What takes long says how far it is, and can be given up: exports, and data that is opened."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from grapheditor.compile import compile_graph
from grapheditor.compile.export import STEPS, export
from grapheditor.ui import bars


def told(drive) -> str:
    return drive.find("status-told", QLabel).text()


def escape(drive) -> None:
    drive.window.canvas.select([])
    drive.window.canvas.setFocus()
    drive.key(Qt.Key.Key_Escape)


def by_button(drive) -> None:
    drive.click("status-cancel")


def drafts() -> set[Path]:
    return {*Path(tempfile.gettempdir()).glob("grapheditor-export-*")}


@pytest.mark.parametrize("give_up", [escape, by_button])
def test_an_export_says_its_step_and_is_cancelled_leaving_the_file_of_before(drive, tmp_path, give_up):
    session, target, before = drive.window.session, tmp_path / "net.onnx", drafts()
    target.write_bytes(b"the one of before")
    drive.window.new("mlp")
    drive.wait_for_analysis()
    session.exports.start(target)
    seen: list[str] = []
    session.exports.changed.connect(lambda: seen.append(session.exports.step))
    assert drive.find("status-cancel", QPushButton).isVisible()
    drive.wait(lambda: session.exports.step == "convert")
    assert told(drive).startswith("net.onnx: converting to ONNX (3 of 6)")
    give_up(drive)
    assert session.exports.path is None
    assert not drive.find("status-cancel", QPushButton).isVisible()
    assert "cancelled" in drive.find("notice-text", QLabel).text()
    assert told(drive) == ""
    drive.wait(lambda: drafts() <= before)
    assert target.read_bytes() == b"the one of before"
    assert [*tmp_path.glob("*net.onnx*"), *tmp_path.glob(".net*")] == [target]
    session.exports.start(target)
    drive.wait(lambda: session.exports.path is None, 120)
    assert target.read_bytes() != b"the one of before"
    assert seen[:3] == ["compile", "weights", "convert"]


def test_data_that_hangs_is_told_and_given_up(drive, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("a,b,label\n1,2,x\n3,4,y\n")
    drive.window.new()
    drive.window.learn_from([str(table)])
    opener = drive.window.session.data._opener
    os.kill(opener.pid, signal.SIGSTOP)
    assert told(drive).startswith("opening table.csv")
    escape(drive)
    assert not opener.active
    assert told(drive) == ""
    assert "was not opened" in drive.find("notice-text", QLabel).text()
    assert not drive.find("status-cancel", QPushButton).isVisible()


@pytest.mark.parametrize("name", ["net.onnx", "net.py", "net.safetensors"])
def test_steps_come_in_their_order(tmp_path, name):
    from grapheditor.catalog import catalog

    seen: list[str] = []
    export(compile_graph(catalog().new("mlp")), tmp_path / name, None, told=seen.append)
    assert seen == [step for step in STEPS if step in seen]
    assert seen[-1] == "write"
    assert set(bars.STEPS) == set(STEPS)


def test_that_fixes_are_sought_is_said_beside_the_node_and_in_the_list(drive):
    session, canvas = drive.window.session, drive.window.canvas
    seen: list[bool] = []

    def freeze() -> None:
        seen.append(session.findings.seeks)
        if len(seen) == 1:
            os.kill(session.engine.pid, signal.SIGSTOP)

    session.findings.analysed.connect(freeze)
    drive.window.new("broken-net")
    drive.wait(lambda: seen)
    assert seen == [True]
    node = next(item["node"] for item in session.findings.analysis.problems if item["severity"] == "error")
    drive.click_node(node)
    assert canvas.callout.findChild(QLabel, "callout-seeks").isVisible()
    drive.window.perform("show-problems")
    assert drive.find("seeks-fixes", QLabel).isVisible()
    assert not drive.window.actions_by_id["fix"].isEnabled()
    os.kill(session.engine.pid, signal.SIGCONT)
    drive.wait(lambda: not session.findings.seeks)
    assert canvas.callout.findChild(QPushButton, "callout-fix-0").isVisible()
    assert canvas.callout.findChild(QLabel, "callout-seeks") is None
    assert drive.window.findChild(QLabel, "seeks-fixes") is None
    assert drive.window.actions_by_id["fix"].isEnabled()
    assert canvas.selection == {node}
