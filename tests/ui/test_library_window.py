"""The user's library of modules in the real window: kept by the menu, listed with pictures, dropped, renamed, removed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from test_palette import LEFT, drop, group, listed, on_wire, open_tab

from grapheditor import state
from grapheditor.edit.modules import set_doc
from grapheditor.graph import read, write_text
from grapheditor.graph.model import Tie
from grapheditor.ui.canvas.over import Over
from grapheditor.ui.thumbnail import Thumbnail

ROW = "kept-library:Block"


@pytest.fixture
def kept(drive):
    """A window whose graph has a module, which is in the library."""
    drive.window.new("mnist-convnet")
    assert group(drive, "conv2", "pool2") == "Block"
    drive.window.perform("keep-module")
    assert "Block is in your library" in drive.window.notice.text.text()
    return drive


def menu_of(drive, name: str) -> QMenu:
    row = drive.find(name)
    drive.settle()
    place = QPoint(5, 5)
    QApplication.sendEvent(row, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, row.mapToGlobal(place)))
    return row.findChild(QMenu, "palette-menu")


def type_over(text: str) -> None:
    field = QApplication.focusWidget()
    assert isinstance(field, Over)
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def choose(drive, name: str, text: str) -> None:
    menu = menu_of(drive, name)
    (action,) = [action for action in menu.actions() if action.text() == text]
    menu.close()  # as a click does
    action.trigger()
    drive.settle()


def test_a_module_is_kept_from_its_menu_and_listed_with_its_picture_in_all_graphs(kept):
    window = kept.window
    assert (state.library() / "Block.graph.json").exists()
    window.perform("keep-module")
    assert "already, as it is here" in window.notice.text.text()
    window.session.document.mark_saved()
    window.new("mlp")
    open_tab(kept, 1)
    assert listed(kept) == [ROW]
    picture = kept.find(ROW).findChild(Thumbnail)
    assert [block.category for block in picture.outline.blocks] == ["Input and output", "Convolution", "Pooling"]


def test_it_is_inserted_by_a_double_click_and_a_drop_in_one_step_of_undo_each(kept):
    window = kept.window
    window.session.document.mark_saved()
    window.new("mnist-convnet")
    open_tab(kept, 1)
    before = write_text(kept.graph)
    window.canvas.select([])
    QTest.mouseDClick(kept.find(ROW), LEFT)
    assert [node.id for node in kept.graph.nodes.values() if node.operator == "Block"] == ["block1"]
    assert set(kept.graph.modules) == {"Block"}
    window.perform("undo")
    assert write_text(kept.graph) == before
    assert drop(window.canvas, "library:Block", on_wire(window.canvas, "relu2"))
    (use,) = [node.id for node in kept.graph.nodes.values() if node.operator == "Block"]
    assert kept.graph.wires[next(iter(kept.graph.into("relu2")))].node == use
    window.perform("undo")
    assert write_text(kept.graph) == before
    assert not drop(window.canvas, "library:Nothing", QPoint(200, 200))


def test_the_same_definition_is_used_again_and_another_of_its_name_gets_a_free_one(kept):
    window = kept.window
    open_tab(kept, 1)
    window.canvas.select([])
    QTest.mouseDClick(kept.find(ROW), LEFT)
    assert set(kept.graph.modules) == {"Block"}
    window.session.edit(set_doc(kept.graph, "Block", "Another one."))
    QTest.mouseDClick(kept.find(ROW), LEFT)
    assert set(kept.graph.modules) == {"Block", "Block1"}
    window.perform("keep-module")
    assert "Block1 is in your library" in window.notice.text.text()


def test_a_newer_version_replaces_the_one_before_which_stays(kept):
    window = kept.window
    first = (state.library() / "Block.graph.json").read_bytes()
    window.session.edit(set_doc(kept.graph, "Block", "Convolves and pools."))
    window.perform("keep-module")
    assert "in your library is this one now; the one before is kept as Block.graph.json~" in window.notice.text.text()
    assert (state.library() / "Block.graph.json~").read_bytes() == first
    open_tab(kept, 1)
    kept.wait(lambda: "Convolves and pools." in [label.text() for label in kept.find(ROW).findChildren(QLabel)])


def test_it_is_renamed_where_it_is_listed_and_removed_and_put_back(kept):
    window = kept.window
    open_tab(kept, 1)
    choose(kept, ROW, "Rename…")
    type_over("Halving")
    kept.wait(lambda: "kept-library:Halving" in listed(kept))
    assert ROW not in listed(kept)
    choose(kept, "kept-library:Halving", "Rename…")
    type_over("not a name")
    assert "begins with a capital letter" in window.statusbar.told.text()
    assert "kept-library:Halving" in listed(kept)
    choose(kept, "kept-library:Halving", "Remove from my library")
    assert "kept-library:Halving" not in listed(kept)
    kept.click("notice-0")
    assert "kept-library:Halving" in listed(kept)


def test_it_is_opened_as_a_graph_of_its_own_and_kept_from_the_inspector(kept):
    window = kept.window
    window.editor.enter()
    window.canvas.select([])
    (state.library() / "Block.graph.json").unlink()
    kept.click("keep-module")
    assert (state.library() / "Block.graph.json").exists()
    window.session.document.mark_saved()
    open_tab(kept, 1)
    before = len(window.windows.all)
    choose(kept, ROW, "Open as a graph of its own")
    opened = window.windows.all[-1]
    assert len(window.windows.all) == before + 1 and opened.session.path == state.library() / "Block.graph.json"
    opened.close()


def test_a_broken_file_is_shown_as_broken_with_its_sentence_and_cannot_be_added(kept):
    window = kept.window
    (state.library() / "Torn.graph.json").write_text("{")
    open_tab(kept, 1)
    kept.wait(lambda: "kept-library:Torn" in listed(kept))
    row = kept.find("kept-library:Torn")
    texts = [label.text() for label in row.findChildren(QLabel)]
    assert "broken" in texts and any("is not JSON as it should be" in text for text in texts)
    before = write_text(kept.graph)
    QTest.mouseDClick(row, LEFT)
    assert write_text(kept.graph) == before
    assert not drop(window.canvas, "library:Torn", QPoint(200, 200))
    assert "Add to the graph" in [action.text() for action in menu_of(kept, ROW).actions()]
    assert "Add to the graph" not in [action.text() for action in menu_of(kept, "kept-library:Torn").actions()]


def test_the_search_box_of_the_canvas_finds_it_and_its_ties_come_with_it(kept):
    window = kept.window
    path = state.library() / "Block.graph.json"
    part = read(path)
    (use,) = part.nodes
    part.put(f"ties.{use}.conv2.bias", Tie(f"{use}.conv2.weight"))
    part.save(path)
    window.session.own.look()
    window.session.document.mark_saved()
    window.new("mlp")
    before = write_text(kept.graph)
    window.canvas.select([])
    name = kept.add("block")
    assert kept.graph.nodes[name].operator == "Block"
    assert {key: tie.source for key, tie in kept.graph.ties.items()} == {f"{name}.conv2.bias": f"{name}.conv2.weight"}
    window.perform("undo")
    assert write_text(kept.graph) == before
