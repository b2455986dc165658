"""The tabs below the canvas: Summary, Code and Runs, and the status bar, in a real window."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import onnx
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QBoxLayout, QInputDialog, QLabel, QMessageBox, QPushButton

from grapheditor.catalog import catalog
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.engine.messages import Foretold, Print, Summarise
from grapheditor.graph.recipe_schema import encode
from grapheditor.runs.folder import GRAPH, make_folder
from grapheditor.runs.metrics import Writer
from grapheditor.runs.record import Parent, Progress, Record, now, read_record, write_record
from grapheditor.ui.problems import Problem
from grapheditor.ui.widgets import restyle

KNOWN = catalog()
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def opened(drive):
    """A window with an analysed graph."""
    drive.window.new("mlp")
    drive.wait_for_analysis()
    return drive


def summary_of(drive):
    drive.window.perform("show-summary")
    tab = drive.window.editor.summary
    drive.wait(
        lambda: tab.model.summary is not None and tab.model.summary.revision == drive.window.session.document.revision
    )
    return tab


def row(tab, path):
    index = tab.model.find(path)
    assert index.isValid(), path
    return index


def click(table, index) -> None:
    table.scrollTo(index)
    rect = table.visualRect(index)
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=rect.topLeft() + QPoint(30, 10))


def test_the_summary_is_the_graph_and_follows_it(opened):
    drive = opened
    tab = summary_of(drive)
    assert [tab.model.report(tab.model.index(i, 0))["path"] for i in range(tab.model.rowCount())] == drive.graph.order()
    linear = row(tab, "linear1")
    assert linear.siblingAtColumn(3).data() == "200,960"
    assert linear.siblingAtColumn(4).data() == "85.5%"
    assert tab.totals.texts()[2] == "235,146"
    click(tab.table, linear)
    assert drive.window.canvas.selection == {"linear1"}
    assert drive.window.focusWidget() is tab.table
    drive.window.canvas.select(["linear2"])
    assert [report["path"] for report in tab.table.selected()] == ["linear2"]
    drive.window.session.edit(edits.set_option(Scope(drive.graph), KNOWN, ["linear1"], "out_features", 10))
    drive.wait(lambda: row(tab, "linear1").siblingAtColumn(3).data() == "7,850")
    assert [report["path"] for report in tab.table.selected()] == ["linear2"], "typing loses no selection"


def test_what_is_kept_for_the_way_back_comes_later(opened):
    tab = summary_of(opened)
    opened.wait(lambda: tab.model.summary.kept_bytes is not None, 200)
    assert sum(report["kept_bytes"] for report in tab.model.rows()) == tab.model.summary.kept_bytes > 0


def test_the_summary_is_sorted_and_copied(opened):
    drive = opened
    tab = summary_of(drive)
    tab.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    assert tab.model.report(tab.model.index(0, 0))["path"] == "linear1"
    drive.window.canvas.select(["linear1", "linear2"])
    tab.table.setFocus()
    QTest.keyClick(tab.table, Qt.Key.Key_C, CONTROL)
    data = QApplication.clipboard().mimeData()
    lines = data.text().splitlines()
    assert lines[2].startswith("| linear1 | linear | N×256 | 200,960 | 85.5% |")
    assert lines[3].startswith("| linear2 ")
    assert len(lines) == 4
    rows = list(csv.reader(io.StringIO(bytes(data.data("text/csv").data()).decode())))
    assert rows[1][:4] == ["linear1", "linear", "N×256", "200960"]
    tab.copy_csv()
    assert len(QApplication.clipboard().text().splitlines()) == 1 + len(drive.graph.nodes)
    tab.copy_markdown()
    assert "| **total** |  |  | 235,146 |" in QApplication.clipboard().text()


def test_modules_are_unfolded_in_the_summary(drive):
    drive.window.new("resnet18")
    drive.wait_for_analysis()
    tab = summary_of(drive)
    drive.click("summary-unfold")
    (inner, *_) = [report["path"] for report in tab.model.rows() if report["path"].startswith("stage2.")]
    assert tab.table.visualRect(row(tab, inner)).isValid()
    click(tab.table, row(tab, inner))
    assert drive.window.canvas.selection == {"stage2"}
    assert [report["path"] for report in tab.table.selected()] == [inner]
    tab.opened.emit(inner)
    assert drive.window.session.place == inner.rpartition(".")[0]
    drive.window.canvas.select([])
    drive.window.canvas.select([inner.rpartition(".")[2]])
    assert inner in [report["path"] for report in tab.table.selected()]
    drive.window.session.enter("")
    stage = tab.model.report(row(tab, "stage2"))
    inside = [report for report in tab.model.rows() if report["path"].startswith("stage2.") and not report["module"]]
    assert stage["parameters"] == sum(report["parameters"] for report in inside)
    drive.window.session.edit(edits.set_title(Scope(drive.graph), "stage2", "Second"))
    drive.wait(lambda: tab.model.summary.revision == drive.window.session.document.revision)
    assert tab.table.isExpanded(row(tab, "stage2"))


def code_of(drive):
    drive.window.perform("show-code")
    tab, session = drive.window.editor.code, drive.window.session
    drive.wait(
        lambda: session.findings.source is not None and session.findings.source.revision == session.document.revision
    )
    return tab


def click_line(tab, text: str, start: int = 0) -> int:
    lines = tab.view.toPlainText().split("\n")
    number = next(i for i, line in enumerate(lines) if text in line and i >= start)
    block = tab.view.document().findBlockByNumber(number)
    tab.view.verticalScrollBar().setValue(number)
    rect = tab.view.blockBoundingGeometry(block).translated(tab.view.contentOffset())
    place = QPoint(20, round(rect.center().y()))
    QTest.mouseClick(tab.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    return number + 1


def test_lines_lead_to_nodes_and_nodes_to_lines(opened):
    drive = opened
    tab = code_of(drive)
    number = click_line(tab, "self.linear2 = nn.Linear")
    assert drive.window.canvas.selection == {"linear2"}
    assert number in tab.view.marked
    assert len(tab.view.marked) > 1
    drive.window.canvas.select(["linear1"])
    lines = tab.view.toPlainText().split("\n")
    assert all("linear1" in lines[number - 1] for number in tab.view.marked)


def test_a_line_in_a_module_leads_to_the_nodes_that_use_it(drive):
    drive.window.new("resnet18")
    drive.wait_for_analysis()
    tab = code_of(drive)
    source = drive.window.session.findings.source
    (module,) = {key.split(".")[1] for key in source.lines if key.endswith(".nodes.bn2")}
    number = source.lines[f"modules.{module}.nodes.bn2"][0]
    assert "bn2" in source.text.split("\n")[number - 1]
    click_line(tab, "self.bn2 = ")
    assert drive.window.canvas.selection == {"stage1", "stage2", "stage3", "stage4"}
    drive.window.session.enter(f"{next(iter(drive.window.canvas.selection))}.first")
    click_line(tab, "self.bn2 = ")
    assert drive.window.canvas.selection == {"bn2"}, "where the definition is open it is the node itself"
    drive.window.canvas.select(["conv1"])
    key = f"modules.{module}.nodes.conv1"
    assert tab.view.marked == frozenset(drive.window.session.findings.source.lines[key])


def test_the_code_is_searched_and_copied(opened):
    drive = opened
    tab = code_of(drive)
    QTest.keyClick(tab.view, Qt.Key.Key_F, CONTROL)
    assert drive.window.focusWidget() is tab.line
    QTest.keyClicks(tab.line, "self.linear1")
    assert tab.count.text() == "2 found"
    QTest.keyClick(tab.line, Qt.Key.Key_Return)
    QTest.keyClick(tab.line, Qt.Key.Key_Return)
    assert tab.count.text() == "2 of 2"
    assert tab.view.textCursor().selectedText() == "self.linear1"
    drive.click("code-copy")
    assert QApplication.clipboard().text() == drive.window.session.findings.source.text


def test_a_graph_with_errors_shows_the_last_sound_source(opened):
    drive = opened
    tab = code_of(drive)
    sound = tab.view.toPlainText()
    drive.window.session.edit(edits.remove(Scope(drive.graph), ["flatten"]))
    drive.wait(lambda: drive.window.session.findings.source.problem is not None)
    assert tab.view.toPlainText() == sound
    assert "wired" in drive.find("code-problem", QLabel).text()
    drive.window.undo()
    drive.wait(lambda: drive.window.session.findings.source.problem is None)
    assert not tab.reason.isVisible()


def test_nothing_is_asked_for_that_nobody_sees(opened, monkeypatch):
    drive = opened
    session, sent = drive.window.session, []
    send = session.engine.send
    monkeypatch.setattr(session.engine, "send", lambda message: sent.append(type(message)) or send(message))
    with drive.qtbot.waitSignal(session.findings.rested, timeout=60_000):
        session.edit(edits.rename(Scope(drive.graph), "linear1", "wide"))
    assert not {Print, Summarise} & set(sent)
    drive.window.canvas.select(["wide"])
    assert Print in sent


def run_of(drive, name: str, graph=None, *, values=(0.5, 0.75), **record):
    parent = drive.window.session.runs
    folder = make_folder(parent, name)
    graph = graph or drive.graph
    graph.copy().save(folder / GRAPH)
    fields = {
        "state": "finished",
        "started": now(),
        "ended": now(),
        "graph": graph.fingerprint(),
        "recipe": encode(graph.recipe),
        "progress": Progress(2, 3, 20, 30),
    }
    write_record(folder, Record(**(fields | record)))
    with Writer(folder) as writer:
        for epoch, value in enumerate(values, 1):
            writer.epoch(epoch, 10 * epoch, {"validation_accuracy": value, "validation_loss": 1 - value})
    return folder


def texts(tab, place: int) -> list[str]:
    return [tab.model.index(place, column).data() or "" for column in range(tab.model.columnCount())]


def test_the_runs_of_the_folder_and_what_is_done_with_them(opened, monkeypatch):
    drive = opened
    session = drive.window.session
    other = KNOWN.new("mlp")
    edits.set_option(Scope(other), KNOWN, ["linear1"], "out_features", 99).apply(other)
    other.put("recipe", replace(other.recipe, batch=64))
    first = run_of(drive, session.name, other, state="failed", started="2024-02-03T04:05:06+00:00")
    second = run_of(drive, session.name, values=(0.5, 0.9, 0.8))
    died = run_of(drive, session.name, state="running", started="2023-02-03T04:05:06+00:00", ended=None)
    (died / "run.json").with_name("lease").write_text("{}")
    drive.window.perform("show-runs")
    tab = drive.window.editor.runs
    drive.wait(lambda: len(tab.model.rows) == 3)
    assert drive.window.editor.tabs.tabText(4) == "Runs 3"
    drive.wait(lambda: texts(tab, 0)[7] == "as it is now")
    shown = [texts(tab, place) for place in range(3)]
    assert [line[0] for line in shown] == [second.name, first.name, died.name]
    assert [line[1].split()[1] for line in shown] == ["finished", "failed", "died"]
    assert shown[0][4:6] == ["2 / 3", "90.0% validation accuracy"]
    assert shown[1][7] == "linear1.out_features was 99, batch was 64"
    click(tab.table, tab.model.index(1, 0))
    said = [label.text() for label in tab.details.findChildren(QLabel)]
    assert {"failed", "batch", "64"} <= set(said)
    assert not drive.find("run-stop", QPushButton).isVisible(), "nobody makes it"

    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: said.append(url.toLocalFile()))
    drive.find("run-reveal", QAction).trigger()
    assert said[-1] == str(first)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Cancel)
    drive.find("run-delete", QAction).trigger()
    assert first.exists()
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    drive.find("run-delete", QAction).trigger()
    drive.wait(lambda: len(tab.model.rows) == 2)
    assert not first.exists()


def test_a_run_is_starred_named_and_made_again(opened, monkeypatch):
    drive = opened
    session = drive.window.session
    small = KNOWN.new("mlp")
    small.put("recipe", replace(small.recipe, epochs=1, seed=7))
    first = run_of(drive, session.name, small)
    drive.window.perform("show-runs")
    tab = drive.window.editor.runs
    drive.wait(lambda: len(tab.model.rows) == 1)
    drive.find("run-star", QAction).trigger()
    drive.wait(lambda: texts(tab, 0)[0] == f"{first.name} ★")
    monkeypatch.setattr(QInputDialog, "getText", lambda *_given, **_more: (" the one ", True))
    drive.find("run-name", QAction).trigger()
    drive.wait(lambda: texts(tab, 0)[0] == f"{first.name} “the one” ★")
    drive.find("run-star", QAction).trigger()
    drive.wait(lambda: texts(tab, 0)[0] == f"{first.name} “the one”")
    drive.find("run-again", QAction).trigger()
    training = session.training
    drive.wait(lambda: training.run is not None and training.run.ended)
    assert training.run.problem is None, training.run.problem
    record = read_record(training.run.folder)
    assert record.parent == Parent(str(first), "reproduced")
    assert (record.state, record.seed) == ("finished", 7)
    assert training.run.folder.parent == first.parent
    assert training.run.folder.name != first.name


def test_the_graph_of_a_run_is_opened_as_it_was(opened):
    drive = opened
    other = KNOWN.new("mlp")
    edits.set_option(Scope(other), KNOWN, ["linear1"], "out_features", 99).apply(other)
    folder = run_of(drive, drive.window.session.name, other)
    drive.window.perform("show-runs")
    tab = drive.window.editor.runs
    drive.wait(lambda: len(tab.model.rows) == 1)
    drive.click("run-open")
    drive.wait(lambda: drive.graph.nodes["linear1"].options["out_features"] == 99)
    assert drive.window.session.path is None
    assert folder.name in drive.find("notice-text", QLabel).text()


def test_a_living_run_is_paused_stopped_and_its_weights_taken(drive):
    drive.window.train_digits()
    session = drive.window.session
    drive.wait(lambda: session.training.run is not None and session.training.run.epoch >= 1)
    drive.window.perform("show-runs")
    tab = drive.window.editor.runs
    drive.wait(lambda: [row.state for row in tab.model.rows] == ["running"])
    drive.click("run-pause")
    drive.wait(lambda: tab.model.rows[0].state == "paused")
    assert drive.find("run-pause", QPushButton).text() == "Continue"
    drive.click("run-pause")
    drive.wait(lambda: tab.model.rows[0].state == "running")
    drive.click("run-stop")
    drive.wait(lambda: tab.model.rows[0].state == "stopped")
    drive.wait(lambda: session.training.run.state == "stopped")
    session.weights.choose("fresh")
    assert drive.find("weights", QPushButton).text() == "weights: fresh ▾"
    drive.click("run-take")
    drive.wait(
        lambda: drive.find("weights", QPushButton).text().startswith(f"weights: {tab.model.rows[0].folder.name}")
    )
    assert session.weights.found.run == str(tab.model.rows[0].folder)


def test_an_export_asked_for_right_after_weights_waits_for_them(drive, tmp_path):
    window, session = drive.window, drive.window.session
    window.train_digits()
    drive.wait(lambda: session.training.run is not None and session.training.run.epoch >= 1)
    session.training.stop()
    drive.wait(lambda: session.training.run.state == "stopped")
    folder = session.training.run.folder
    session.weights.choose("fresh")
    session.weights.choose(folder)
    assert session.weights.run is None, "nobody knows yet"
    session.exports.start(tmp_path / "digits.onnx")
    drive.wait(lambda: session.exports.path is None)
    metadata = {item.key: item.value for item in onnx.load(str(tmp_path / "digits.onnx")).metadata_props}
    assert metadata["run"] == folder.name


def test_the_status_bar_foretells_the_peak_of_memory(opened):
    drive = opened
    session, bar = drive.window.session, drive.window.statusbar
    drive.wait(lambda: bar.peak.isVisible(), 100)
    assert bar.peak.text().startswith(f"peak at batch {drive.graph.recipe.batch}: ")
    assert " of " in bar.peak.text()
    assert "▲" not in bar.peak.text()
    before = session.findings.foretold.peak
    told = bar.peak.text()
    session.edit(edits.move(session.scope, {next(iter(drive.graph.nodes)): (7.0, 7.0)}))
    assert bar.peak.text() == told, "where a node stands takes no memory"
    session.edit(edits.set_recipe(drive.graph, batch=4000))
    assert bar.peak.text() == "peak at batch 4000: …", "another batch takes other memory, which is not known yet"
    drive.wait(lambda: session.findings.foretold.batch == 4000, 100)
    assert bar.peak.text().startswith("peak at batch 4000: ")
    assert "…" not in bar.peak.text()
    assert session.findings.foretold.peak > before
    session.abilities.devices = [{**item, "memory": 1000} for item in session.abilities.devices]
    session.findings.foretold_changed.emit()
    assert bar.peak.text().startswith("▲ peak at batch 4000")
    session.findings.foretold = Foretold(0, 1, None, "Batch norm needs two samples.")
    session.findings.foretold_changed.emit()
    assert bar.peak.text() == "peak at batch 1: not known"


def test_what_a_training_would_refuse_is_among_the_problems(opened):
    """A while after the analysis, with its place in the recipe; the graph itself is sound and can be exported."""
    drive = opened
    session, tabs = drive.window.session, drive.window.editor.tabs
    objective = replace(drive.graph.recipe.objectives[0], optimizer="Adma")
    session.edit(edits.set_recipe(drive.graph, objectives=(objective,)))
    drive.wait(lambda: session.findings.problems, 100)
    assert not session.findings.analysis.problems
    assert tabs.tabText(1) == "Problems 1"
    assert drive.find("problem-count", QPushButton).text() == "1 problem"
    assert session.training.why_not().startswith("objectives.0.optimizer: There is no optimizer Adma")
    drive.click_node("relu1")
    drive.window.perform("show-problems")
    (row,) = drive.window.editor.problems.findChildren(Problem)
    assert "objectives.0.optimizer" in [text.text() for text in row.findChildren(QLabel)]
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert drive.window.canvas.selection == set(), "the graph's page has the recipe"
    assert QApplication.focusWidget().objectName() == "option-optimizer"
    session.undo()
    drive.wait_for_analysis()
    assert session.findings.problems == []
    assert session.training.why_not() is None


def test_the_status_bar_counts_problems_and_says_what_is_saved(opened, tmp_path):
    drive = opened
    session, bar = drive.window.session, drive.window.statusbar
    assert bar.saved.text() == "not saved yet"
    session.save(tmp_path / "net.graph.json")
    assert bar.saved.text() in ("saved 0 s ago", "saved 1 s ago", "saved 2 s ago")
    session.edit(edits.remove(Scope(drive.graph), ["flatten"]))
    drive.wait_for_analysis()
    assert bar.problems.text() == "1 problem"
    assert bar.saved.text() == "edited"
    assert not bar.peak.isVisible()


def test_the_tabs_have_their_names_again_when_there_is_room(opened):
    drive = opened
    drive.window.resize(1680, 900)
    tabs = drive.window.editor.tabs
    drive.wait(lambda: tabs.width() >= tabs.sizeHint().width())
    whole = tabs.width()
    restyle(tabs, "crowded", True)  # as a window is that comes up narrow, and then takes its kept size
    drive.wait(lambda: tabs.width() < whole)
    restyle(tabs, "crowded", False)
    drive.wait(lambda: tabs.width() == whole, 5)


def test_what_stands_above_the_tabs_follows_their_room(opened):
    drive = opened
    drive.window.resize(1680, 900)
    editor = drive.window.editor
    drive.wait(lambda: editor.tabs.property("crowded") is False)
    for panel in ("palette", "inspector"):
        editor.panels_shown.show(panel)
    sizes = editor.sizes()
    editor.setSizes([sum(sizes) // 2 - 100, 200, sum(sizes) // 2 - 100])  # as a program does it, not a hand
    drive.wait(lambda: editor._bottom_panel.width() < 420)
    drive.wait(lambda: editor.tabs.property("crowded") is True, 5)


def test_the_chosen_tab_has_room_for_its_bold_name(opened):
    opened.window.resize(1680, 900)
    tabs = opened.window.editor.tabs
    for place in range(tabs.count()):
        tabs.setCurrentIndex(place)
        opened.settle()
        assert tabs.width() >= tabs.sizeHint().width()


def test_what_is_told_of_a_run_goes_below_the_tabs_where_it_has_no_room_beside_them(opened):
    editor = opened.window.editor
    opened.window.resize(1024, 700)
    editor.tabs.setCurrentIndex(0)
    editor.training.status.setText("")
    opened.wait(lambda: editor._head.direction() == QBoxLayout.Direction.LeftToRight)
    editor.training.status.setText("epoch 8 of 10 · 12,345 samples/s · 1 min 23 s left · 1 run waits")
    opened.wait(lambda: editor._head.direction() == QBoxLayout.Direction.TopToBottom)
    opened.wait(lambda: editor.training.status.geometry().right() <= editor.training.aside.width(), 5)
