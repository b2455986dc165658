"""Safety of work: a window that is killed, one that has the file open already, files that change under it, full disks."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox

from grapheditor import state
from grapheditor.catalog import catalog
from grapheditor.edit import edits
from grapheditor.edit.journal import remains
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Node, read, write_text
from grapheditor.ui.engine import Engine

KNOWN = catalog()
BUTTONS = QMessageBox.StandardButton
WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from grapheditor.ui import app
from grapheditor.ui.window import Window
from grapheditor.ui.widgets import Edit

def begin():
    (window,) = [item for item in QApplication.topLevelWidgets() if isinstance(item, Window)]
    if len(sys.argv) == 1:
        window.new("mnist-convnet")
    for name, value in (("conv1", "48"), ("conv2", "96")):
        window.canvas.select([name])
        QApplication.processEvents()
        field = window.findChild(Edit, "option-out_channels")
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, value)
    print(window.session.runs, flush=True)
    sys.stdin.readline()

app.application()
QTimer.singleShot(0, begin)
raise SystemExit(app.run(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
"""
"""A window of a process of its own in which two options are typed; it then waits to be killed."""


@contextmanager
def edited_elsewhere(drive, *path):
    """Have another window edit a file, or a graph without one; yield what it said of its runs."""
    command = [sys.executable, "-c", WINDOW, *map(str, path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        try:
            runs = other.stdout.readline().strip()
            assert runs
            drive.wait(lambda: any(typed(left) == 96 for left in left_over()))
            yield runs
        finally:
            other.kill()


def left_over():
    return list(remains(state.documents()))


def typed(left):
    """Return what was typed last, as far as it is in a journal."""
    return left.records.get("nodes.conv2", {}).get("options", {}).get("out_channels")


def journalled(drive):
    """Wait until what was edited is in the journal."""
    drive.window.session.safety._journal.wait()
    return left_over()


def channels(graph):
    return [graph.nodes[name].options.get("out_channels") for name in ("conv1", "conv2")]


def told(drive):
    bar = drive.window.notice
    return bar.text.text() if bar.isVisible() else ""


def choose(drive, title):
    for number in range(3):
        button = drive.find(f"notice-{number}")
        if button.isVisible() and button.text() == title:
            drive.click(f"notice-{number}")
            return
    raise AssertionError(f"there is no {title} in: {told(drive)}")


@pytest.fixture(autouse=True)
def no_engine(request, monkeypatch):
    """What is tested here needs no shapes, but for those who look at them; windows of other processes have it all."""
    if "modules" not in request.node.name:
        monkeypatch.setattr(Engine, "start", lambda self: None)


@pytest.fixture
def digits(tmp_path):
    folder = tmp_path / "graphs"
    folder.mkdir()
    path = folder / "digits.graph.json"
    KNOWN.new("mnist-convnet").save(path)
    return path


@pytest.fixture
def opened(drive, digits):
    drive.window.open(digits)
    return digits


def set_option(node, name, value):
    return lambda graph: edits.set_option(Scope(graph), KNOWN, [node], name, value)


def edit(drive, node="conv1", name="out_channels", value=40):
    drive.window.session.edit(set_option(node, name, value)(drive.graph))


def write_elsewhere(path, *makers, text=None):
    """Change a file as another program does; return its graph."""
    graph = read(path)
    for make in makers:
        make(graph).apply(graph)
    path.write_text(write_text(graph) if text is None else text, "utf-8")
    return graph


# A window that is killed


def test_a_killed_window_comes_back_with_all_that_was_shown(drive, digits):
    before = digits.read_bytes()
    with edited_elsewhere(drive, digits):
        pass
    assert digits.read_bytes() == before
    drive.window.open(digits)
    assert channels(drive.graph) == [None, 64]
    assert told(drive).startswith("digits.graph.json has 4 changes of ")
    choose(drive, "Recover")
    assert channels(drive.graph) == [48, 96]
    assert "4 changes recovered" in told(drive)
    assert drive.window.session.document.edited
    (left,) = journalled(drive)
    assert channels(left.graph(KNOWN.history)) == [48, 96], "what was recovered is as safe as before"
    drive.window.perform("undo")
    assert channels(drive.graph) == [None, 64]
    drive.window.perform("redo")
    assert drive.window.files.save()
    assert channels(read(digits)) == [48, 96]
    assert journalled(drive) == []


def test_a_graph_without_a_file_comes_back_on_the_start_page(drive):
    with edited_elsewhere(drive) as runs:
        drive.window.show_start()
        assert drive.window.start.findChild(QLabel, "left-0") is None, "what somebody has open is not left over"
    drive.window.show_start()
    assert "4 changes of " in drive.find("left-0", QLabel).text()
    drive.click("recover-0")
    assert channels(drive.graph) == [48, 96]
    assert drive.window.session.path is None
    assert str(drive.window.session.runs) == runs, "what it has learned is found again"
    drive.window.show_start()
    assert left_over() == []


def test_what_is_discarded_is_gone(drive, digits):
    with edited_elsewhere(drive, digits):
        pass
    drive.window.show_start()
    drive.click("discard-0")
    assert left_over() == []
    drive.window.open(digits)
    assert told(drive) == ""


def test_a_recovery_that_is_put_off_is_offered_again(drive, digits):
    with edited_elsewhere(drive, digits):
        pass
    drive.window.open(digits)
    drive.click("notice-close")
    edit(drive, "linear1", "out_features", 99)
    drive.window.new("mlp")
    assert told(drive) == ""
    drive.window.open(digits)
    assert "4 changes" in told(drive)
    choose(drive, "Discard")
    assert left_over() == []


def test_what_two_windows_have_left_is_offered_one_after_the_other(drive, digits):
    for _ in range(2):
        with edited_elsewhere(drive, digits):
            drive.wait(lambda: typed(left_over()[0]) == 96)
    assert len(left_over()) == 2
    drive.window.open(digits)
    choose(drive, "Discard")
    assert len(left_over()) == 1
    choose(drive, "Recover")
    assert channels(drive.graph) == [48, 96]
    assert "recovered" in told(drive)


def test_recovery_merges_with_what_others_and_oneself_have_done_since(drive, digits):
    with edited_elsewhere(drive, digits):
        pass
    write_elsewhere(digits, set_option("linear1", "out_features", 99), set_option("conv1", "out_channels", 7))
    drive.window.open(digits)
    assert "The file was changed since: recovering merges both." in told(drive)
    edit(drive, "conv1", "stride", 2)
    choose(drive, "Recover")
    assert channels(drive.graph) == [48, 96]
    assert drive.graph.nodes["linear1"].options["out_features"] == 99
    assert drive.graph.nodes["conv1"].options["stride"] == 2
    assert "Both had changed nodes.conv1" in told(drive)


def test_a_file_that_is_gone_is_recovered_without_it(drive, digits):
    with edited_elsewhere(drive, digits):
        pass
    digits.unlink()
    drive.window.show_start()
    drive.click("recover-0")
    assert channels(drive.graph) == [48, 96]
    assert drive.window.session.path is None


def test_what_the_file_has_already_is_not_offered(drive, digits):
    with edited_elsewhere(drive, digits):
        pass
    write_elsewhere(digits, set_option("conv1", "out_channels", 48), set_option("conv2", "out_channels", 96))
    drive.window.open(digits)
    assert told(drive) == ""
    assert left_over() == []


def test_leaving_leaves_nothing(drive, opened, monkeypatch):
    edit(drive)
    assert len(journalled(drive)) == 1
    drive.window.new("mlp")
    assert left_over() == []
    edit(drive, "linear1", "out_features", 5)
    assert len(journalled(drive)) == 1
    drive.window.session.document.mark_saved()
    assert drive.window.close()
    assert list(state.documents().iterdir()) == []


def test_a_journal_that_cannot_be_written_is_said(drive, opened):
    drive.window.session.safety._journal.path = Path(os.devnull) / "journal"
    edit(drive)
    drive.wait(lambda: "the journal cannot be written" in told(drive))


# A second window


def test_a_file_that_is_open_elsewhere_is_shown_read_only(drive, digits, tmp_path, monkeypatch):
    before = digits.read_bytes()
    with edited_elsewhere(drive, digits):
        drive.window.open(digits)
        assert "is open in another window (process " in told(drive)
        assert "read-only" in drive.window.windowTitle()
        edit(drive, value=24)
        asked = []
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: asked.append(a) or (str(digits), ""))
        assert not drive.window.files.save()
        assert asked, "saving asks for another name"
        assert "close it there, or choose another name" in told(drive)
        assert digits.read_bytes() == before
        drive.window.session.told.emit(drive.window.notice._waiting[-1])
        choose(drive, "Try again")
        assert "read-only" in drive.window.windowTitle()
    choose(drive, "Try again")
    assert "read-only" not in drive.window.windowTitle()
    assert channels(drive.graph)[0] == 24
    assert "4 changes" in told(drive), "the other window was killed: what it had not saved is offered"
    choose(drive, "Discard")
    assert drive.window.files.save()
    assert channels(read(digits)) == [24, 64]


def test_a_read_only_graph_is_saved_under_another_name(drive, digits, monkeypatch):
    other = digits.with_name("other.graph.json")
    with edited_elsewhere(drive, digits):
        drive.window.open(digits)
        edit(drive, value=24)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(other), ""))
        assert drive.window.files.save()
        assert channels(read(other)) == [24, 64]
        assert "read-only" not in drive.window.windowTitle()
        assert told(drive) == ""


@pytest.mark.parametrize("verb", ["new", "merge"])
def test_the_command_line_does_not_write_over_what_a_window_has_open(drive, opened, verb, capsys):
    before = opened.read_bytes()
    words = ["new", "mlp", "--force", "-o", str(opened)] if verb == "new" else ["merge", *[str(opened)] * 3]
    command = [sys.executable, "-m", "grapheditor", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 3
    assert f"is open in a window (process {os.getpid()} on this machine" in done.stderr
    assert opened.read_bytes() == before
    drive.window.show_start()
    assert subprocess.run(command, capture_output=True).returncode == 0


# Changes on disk


def test_a_file_that_was_changed_outside_is_shown_as_it_is_now(drive, opened):
    write_elsewhere(opened, set_option("conv1", "out_channels", 7), lambda g: edits.remove(Scope(g), ["accuracy"]))
    drive.wait(lambda: channels(drive.graph)[0] == 7)
    assert "accuracy" not in drive.graph.nodes
    assert not drive.window.session.document.edited
    assert "changed outside and is shown as it is now" in told(drive)
    drive.window.perform("undo")
    assert channels(drive.graph)[0] is None
    assert drive.window.session.document.edited
    assert drive.window.files.save(), "and saved without a question: what is there was seen"
    assert channels(read(opened))[0] is None


def test_what_is_written_with_the_old_time_and_size_is_noticed(drive, opened):
    kept = opened.stat()
    text = opened.read_text("utf-8").replace('"kernel_size": 5', '"kernel_size": 3')
    assert len(text) == kept.st_size
    with opened.open("r+b") as file:
        file.write(text.encode())
    os.utime(opened, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    drive.wait(lambda: drive.graph.nodes["conv1"].options["kernel_size"] == 3)


def test_a_file_that_says_the_same_in_other_lines_changes_nothing(drive, opened):
    revision = drive.window.session.document.revision
    write_elsewhere(opened, text=opened.read_text("utf-8").replace('{"operator"', '{ "operator"'))
    drive.window.session.safety.look()
    assert drive.window.session.document.revision == revision
    assert told(drive) == ""
    edit(drive)
    assert drive.window.files.save()


def test_modules_come_and_go_with_the_file(drive, tmp_path):
    path = tmp_path / "net.graph.json"
    KNOWN.new("mlp").save(path)
    drive.window.open(path)
    KNOWN.new("gpt2").save(path)
    drive.wait(lambda: drive.graph.modules)
    drive.wait_for_analysis()
    assert not drive.window.session.findings.analysis.problems
    KNOWN.new("mlp").save(path)
    drive.wait(lambda: not drive.graph.modules)
    drive.wait_for_analysis()
    assert not drive.window.session.findings.analysis.problems


@pytest.mark.parametrize(
    ("choice", "here", "edited"),
    [("Merge", [40, 7], True), ("Keep mine", [40, 64], True), ("Take theirs", [None, 7], False)],
)
def test_changes_on_both_sides_are_merged_kept_or_taken(drive, opened, choice, here, edited):
    edit(drive)
    write_elsewhere(opened, set_option("conv2", "out_channels", 7))
    drive.wait(lambda: "there are changes here that are not saved" in told(drive))
    assert channels(drive.graph) == [40, 64], "nothing happens before somebody chooses"
    choose(drive, choice)
    assert channels(drive.graph) == here
    assert drive.window.session.document.edited == edited
    left = journalled(drive)
    assert [channels(item.graph(KNOWN.history)) for item in left] == ([here] if edited else [])
    assert drive.window.files.save(), "and nothing is asked again"
    assert channels(read(opened)) == here
    drive.window.perform("undo")
    assert channels(drive.graph) == [40 if choice != "Keep mine" else None, 64]


def test_what_both_have_changed_is_named_and_mine_stays(drive, opened):
    edit(drive)
    write_elsewhere(opened, set_option("conv1", "out_channels", 7))
    drive.wait(lambda: "not saved" in told(drive))
    choose(drive, "Merge")
    assert channels(drive.graph)[0] == 40
    assert "Both had changed nodes.conv1: what was done here stays." in told(drive)


@pytest.mark.parametrize("answer", [BUTTONS.Cancel, BUTTONS.Yes])
def test_saving_over_a_changed_file_asks_first(drive, opened, monkeypatch, answer):
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *a: (asked.append(a[2]), answer)[1])
    edit(drive)
    theirs = write_elsewhere(opened, set_option("conv2", "out_channels", 7))
    assert drive.window.files.save() == (answer == BUTTONS.Yes)
    assert "changed outside since it was opened here" in asked[0]
    if answer == BUTTONS.Yes:
        assert channels(read(opened)) == [40, 64]
        assert read(opened.with_name("digits.graph.json~")) == theirs
        assert told(drive) == ""
    else:
        assert read(opened) == theirs
        choose(drive, "Merge")
        assert channels(drive.graph) == [40, 7]


def test_a_file_that_goes_is_said_and_written_again(drive, opened):
    opened.unlink()
    drive.wait(lambda: "is not there any more" in told(drive))
    assert drive.window.session.document.edited
    opened.write_text("what somebody else has put there", "utf-8")
    drive.wait(lambda: "was changed outside; what is open here stays as it is" in told(drive))
    opened.unlink()
    assert drive.window.files.save()
    assert read(opened) == drive.graph
    assert not drive.window.session.document.edited


def test_a_file_that_is_half_written_is_waited_for(drive, opened):
    graph = read(opened)
    set_option("conv1", "out_channels", 7)(graph).apply(graph)
    text = write_text(graph)
    opened.write_text(text[: len(text) // 2], "utf-8")
    drive.wait(lambda: "was changed outside; what is open here stays" in told(drive))
    assert channels(drive.graph)[0] is None
    opened.write_text(text, "utf-8")
    drive.wait(lambda: channels(drive.graph)[0] == 7)


# Saving


def test_the_version_before_is_kept_and_opened(drive, opened):
    first = read(opened)
    edit(drive)
    assert drive.window.files.save()
    assert read(opened.with_name("digits.graph.json~")) == first
    assert drive.window.files.save()
    assert read(opened.with_name("digits.graph.json~")) == first, "the same once more is no version"
    drive.window.perform("before")
    assert drive.graph == first
    assert drive.window.session.path is None


def test_a_full_disk_costs_nothing(drive, opened, monkeypatch):
    edit(drive, value=64)
    assert drive.window.files.save()
    first, second = read(opened.with_name("digits.graph.json~")), read(opened)
    edit(drive, value=65)
    assert len(journalled(drive)) == 1

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert not drive.window.files.save()
        assert "No space left on device" in told(drive)
    assert read(opened) == second
    assert read(opened.with_name("digits.graph.json~")) == first
    assert sorted(item.name for item in opened.parent.iterdir()) == ["digits.graph.json", "digits.graph.json~"]
    assert drive.window.session.document.edited
    (left,) = journalled(drive)
    assert channels(left.graph(KNOWN.history))[0] == 65


def test_a_notice_with_choices_comes_back_behind_others(drive, opened):
    edit(drive)
    write_elsewhere(opened, set_option("conv2", "out_channels", 7))
    drive.wait(lambda: "not saved" in told(drive))
    drive.window.about()
    assert "Apache" in told(drive)
    drive.click("notice-close")
    assert "not saved" in told(drive)
    drive.window.new("mlp")
    assert told(drive) == ""


def test_an_unknown_operator_is_opened_edited_and_saved_with_all_it_has(drive, tmp_path):
    path = tmp_path / "strange.graph.json"
    graph = Graph()
    graph.put("nodes.q", Node("q", "quantum_layer", {"qubits": 7}))
    graph.put("nodes.relu1", Node("relu1", "relu"))
    graph.save(path)
    drive.window.open(path)
    drive.window.session.rename("relu1", "bend")
    assert drive.window.files.save()
    assert read(path).nodes["q"] == graph.nodes["q"]
