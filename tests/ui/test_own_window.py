"""Operators of the user's own in the real window: shown locked, looked at, trusted, used, locked again by a byte."""

from __future__ import annotations

import owning
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPlainTextEdit

from grapheditor import state, trust
from grapheditor.catalog import catalog

LEFT = Qt.MouseButton.LeftButton
ROW = "file-file:scale.py"


def look(drive) -> None:
    """Come back to the window, as its activation tells it."""
    drive.window.session.own.look()


def double(drive, name: str) -> None:
    drive.find("panel-left")
    QTest.mouseDClick(drive.find(name), LEFT)
    drive.settle()


def of_node(drive, name: str = "scale1"):
    analysis = drive.window.session.findings.analysis
    found = analysis.problems if analysis is not None else []
    return [item for item in found if item["node"] == name and item["severity"] == "error"]


def test_a_file_is_locked_looked_at_put_off_trusted_and_used(drive):
    owning.put()
    window = drive.window
    window.new("logistic-regression")
    look(drive)
    row = drive.find(ROW)
    assert [label.text() for label in row.findChildren(QLabel)] == ["scale.py", "Scales what arrives.", "locked"]
    assert "locked" in row.accessibleName()
    double(drive, ROW)
    assert drive.find("own-text", QPlainTextEdit).toPlainText() == owning.SCALE
    assert "runs with all your rights" in drive.find("own-told", QLabel).text()
    assert not owning.ran()
    QTest.keyClick(drive.find("own"), Qt.Key.Key_Return)  # what Return does is what harms nobody
    drive.wait(lambda: window.findChild(QPlainTextEdit, "own-text") is None)
    assert not trust.trusted() and not owning.ran()
    double(drive, ROW)
    drive.click("own-trust")
    assert owning.ran()
    drive.wait(lambda: window.findChild(QPlainTextEdit, "own-text") is None)
    assert "scale.py is trusted: Scale by" in window.notice.text.text()
    assert window.findChild(type(row), ROW) is None
    assert "own" in [label.text() for label in drive.row("operator-scale_by").findChildren(QLabel)]
    drive.click_node("flatten")
    name = drive.add("scale by")
    assert drive.graph.nodes[name].operator == "scale_by"
    drive.wait_for_analysis()
    assert not of_node(drive, name)
    assert window.session.findings.analysis.nodes[name]["outputs"]["out"]["shape"] == ["N", 784]


def test_a_changed_byte_locks_it_in_the_open_graph_and_the_way_back_is_beside_the_node(drive):
    owning.trusted()
    window = drive.window
    window.session.show(owning.asking())
    drive.wait_for_analysis()
    assert not of_node(drive) and window.canvas.scene.operator("scale1") is not None
    drive.click_node("scale1")
    assert drive.find("option-factor") is not None
    owning.ran()
    owning.put(owning.SCALE.replace("factor: The", "factor: A"))
    look(drive)
    drive.wait(lambda: of_node(drive))
    (problem,) = of_node(drive)
    assert "has changed since it was trusted" in problem["message"] and "--trust" not in problem["message"]
    assert window.canvas.scene.operator("scale1") is None and window.canvas.selection == {"scale1"}
    assert drive.graph.nodes["scale1"].options == {"factor": 3.0}
    assert not owning.ran()
    drive.click("callout-look")
    assert "factor: A factor" in drive.find("own-text", QPlainTextEdit).toPlainText()
    assert drive.find("own-told", QLabel).text().startswith("scale.py has changed since it was trusted. ")
    drive.click("own-trust")
    drive.wait(lambda: not of_node(drive))
    assert owning.ran() and drive.graph.nodes["scale1"].options == {"factor": 3.0}


def test_the_problem_offers_to_look_at_the_file_in_its_list_and_by_a_key(drive):
    owning.put()
    window = drive.window
    window.session.show(owning.asking())
    drive.wait(lambda: of_node(drive))
    window.editor.show_problems()
    drive.click("look-scale1")
    drive.click("own-later")
    drive.wait(lambda: window.findChild(QPlainTextEdit, "own-text") is None)
    drive.click_node("scale1")
    assert window.actions_by_id["fix"].text().startswith("Look at scale.py")
    window.perform("fix")
    assert drive.find("own-text", QPlainTextEdit).toPlainText() == owning.SCALE
    assert not owning.ran()


def test_what_changes_while_it_is_read_is_shown_again_and_not_trusted(drive):
    owning.put()
    drive.window.new("mlp")
    look(drive)
    double(drive, ROW)
    other = owning.SCALE.replace("x * factor", "x - factor")
    owning.put(other)
    drive.click("own-trust")
    assert drive.find("own-text", QPlainTextEdit).toPlainText() == other
    assert "has changed since it was read here" in drive.find("own-told", QLabel).text()
    assert not owning.ran() and "scale_by" not in catalog().operators
    drive.click("own-trust")
    assert owning.ran() and "scale_by" in catalog().operators


def test_a_file_that_cannot_be_used_says_why_and_nothing_else_is_lost(drive):
    owning.trusted()
    owning.put("1 / 0\n", "broken.py")
    window = drive.window
    window.new("mlp")
    look(drive)
    double(drive, "file-file:broken.py")
    drive.click("own-trust")
    assert drive.find("own-told", QLabel).text().endswith("broken.py: line 1: ZeroDivisionError: division by zero.")
    assert not drive.find("own-trust").isVisible()
    drive.click("own-later")
    texts = [label.text() for label in drive.find("file-file:broken.py").findChildren(QLabel)]
    assert texts == ["broken.py", "line 1: ZeroDivisionError: division by zero.", "broken"]
    assert "scale_by" in catalog().operators


def test_the_window_hears_of_a_new_file_by_its_folder_and_its_list_is_searched(drive):
    state.operators().mkdir(parents=True)
    drive.window.new("mlp")
    look(drive)
    owning.put()
    drive.wait(lambda: next(iter(drive.window.editor.palette_panel.listed)) == ROW)
    drive.type("palette-search", "scales what", None)
    assert [*drive.window.editor.palette_panel.listed] == [ROW]
    drive.type("palette-search", "scales what")
    assert drive.find("own-text", QPlainTextEdit).toPlainText() == owning.SCALE
    assert not owning.ran()


def test_the_source_of_an_own_operator_is_looked_at_from_its_row(drive):
    trust.trust(owning.SCALE.encode(), owning.put())  # by a terminal, say
    drive.window.new("mlp")
    look(drive)
    row = drive.row("operator-scale_by")
    drive.settle()
    QApplication.sendEvent(
        row, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), row.mapToGlobal(QPoint(5, 5)))
    )
    menu = row.findChild(QMenu, "palette-menu")
    texts = [action.text() for action in menu.actions()]
    assert texts == ["Add to the graph", "Look at the source"]
    menu.actions()[1].trigger()
    menu.close()
    assert drive.find("own-told", QLabel).text() == "scale.py is trusted, and brings: Scale by."
    assert not drive.find("own-trust").isVisible()


def test_all_windows_know_what_one_has_trusted(drive):
    owning.put()
    first = drive.window
    first.session.show(owning.asking())
    second = first.windows.make(first)
    try:
        second.session.show(owning.asking())
        drive.wait(lambda: second.session.findings.analysis is not None and first.session.findings.analysis is not None)
        look(drive)
        first.session.own.trust(first.session.own.file("scale.py"))
        for window in (first, second):
            drive.wait(lambda w=window: not [p for p in w.session.findings.analysis.problems if p["node"] == "scale1"])
            assert window.canvas.scene.operator("scale1") is not None
    finally:
        second.session.document.mark_saved()
        second.close()
        first.activateWindow()
        drive.wait(first.isActiveWindow)
