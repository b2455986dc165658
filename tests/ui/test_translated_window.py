"""Another language: every text of the real window comes from the translator, whatever is open and selected."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTranslator
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QTabBar,
    QTreeView,
    QWidget,
)

from grapheditor.catalog import catalog
from grapheditor.edit import edits, modules
from grapheditor.ui.actions import ACTIONS
from grapheditor.ui.editor import TITLES
from grapheditor.ui.inspector.page import More
from grapheditor.ui.keys import shown
from grapheditor.ui.safety import Safety
from grapheditor.ui.texts import CONTEXT

SKIPPED = ("qt_", "Scroll", "pytorch")
"""Parts of Qt's own, which Qt translates, and source."""
UNITS = {"float", "int", "bool", "KB", "MB", "GB", "TB", "ms", "lr", "N"}


class Brackets(QTranslator):
    """Translates every text of the program into itself in brackets."""

    def translate(self, context, text, disambiguation=None, n=-1):
        return f"⟦{text}⟧" if context == CONTEXT else None

    def isEmpty(self):
        return False


@pytest.fixture(autouse=True)
def brackets(qapp, monkeypatch):
    translator = Brackets()
    QCoreApplication.installTranslator(translator)
    monkeypatch.setattr(Safety, "left", lambda self: [])
    monkeypatch.setattr(More, "opened", {"run", "objective-0"})
    yield
    QCoreApplication.removeTranslator(translator)


def outside(text: str) -> str:
    """Return what of a text stands in no brackets."""
    before = None
    while before != text:
        before, text = text, re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
    return re.sub(r"<[^>]*>", " ", text)


def texts(part: QWidget) -> Iterator[str]:
    """Yield what a widget shows, what it says under the pointer, and what a screen reader says of it."""
    yield part.toolTip()
    if part.focusPolicy() != Qt.FocusPolicy.NoFocus:
        yield part.accessibleName()
        yield part.accessibleDescription()
    if isinstance(part, QLabel | QAbstractButton):
        yield part.text()
    if isinstance(part, QLineEdit):
        yield part.placeholderText()
    if isinstance(part, QTabBar):
        yield from (part.tabText(i) for i in range(part.count()))
    if isinstance(part, QComboBox):
        yield from (part.itemText(i) for i in range(part.count()))
    if isinstance(part, QMenu):
        yield from (action.text() for action in part.actions())
    if isinstance(part, QTreeView):
        model, across = part.model(), Qt.Orientation.Horizontal
        for i in range(model.columnCount()):
            yield str(model.headerData(i, across))
            yield str(model.headerData(i, across, Qt.ItemDataRole.ToolTipRole) or "")
    if isinstance(part, QListWidget):
        yield from (part.item(i).text() for i in range(part.count()))


def names(drive) -> set[str]:
    """Return the words that are the same in any language: names and values of the graph, keys, what PyTorch says."""
    known: set[str] = {"grapheditor", "PyTorch", "cpu", "cuda", *UNITS}
    templates = catalog().templates.values()
    known |= {word for item in templates for word in words(f"{item.title} {item.source} {item.paper}")}
    known |= {word for item in ACTIONS for key in drive.window.keymap.keys(item.id) for word in words(shown(key))}
    session = drive.window.session
    if session.document is not None:
        graph = session.graph
        for body in (graph, *graph.modules.values()):
            for node in body.nodes.values():
                known |= {*words(node.id), *words(node.title), *words(node.operator)}
        known |= {*words(session.name), *words(session.place), *words(graph.info.doc)}
        known |= {word for item in session.abilities.devices for word in words(item["title"])}
        known |= {word for item in session.catalog.sources.values() for word in words(f"{item.title} {item.licence}")}
    for option in options(drive):
        known |= {word for choice in (*option.choices, option.show(option.default)) for word in words(str(choice))}
    return known


def options(drive):
    for binding in drive.window.editor.inspector.findChildren(QWidget):
        if hasattr(binding, "option"):
            yield binding.option


def words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]{2,}", text)


def untranslated(root: QWidget, known: set[str]) -> list[str]:
    found = []
    for part in (root, *root.findChildren(QWidget)):
        if (
            not (part.isVisibleTo(root) or part is root)
            or part.objectName().startswith(SKIPPED)
            or "problem" in part.objectName()
        ):
            continue
        for text in texts(part):
            strange = [word for word in words(outside(text)) if word not in known]
            if strange:
                found.append(f"{type(part).__name__} {part.objectName()!r}: {text!r} says {strange}")
    return found


def check(drive, root: QWidget | None = None) -> None:
    QApplication.processEvents()
    found = untranslated(root or drive.window, names(drive))
    assert not found, "\n".join(found)


def test_the_start_page(drive):
    window = drive.window
    drive.wait(lambda: window.start.gallery.drawn)
    window.start.choose("vgg16")
    check(drive, window.start)


def test_the_editor(drive):
    """One window, through all that it shows: an engine of its own for each part would take minutes."""
    window = drive.window
    window.new("mnist-convnet")
    drive.wait_for_analysis()
    check(drive)
    check_the_canvas(drive)
    for chosen in (["conv1"], ["conv1", "conv2"], ["conv1", "relu1"]):
        window.canvas.select(chosen)
        check(drive, window.editor.inspector)
        assert "⟦" in window.canvas.accessibleDescription()
    for tab in range(len(TITLES)):
        window.editor.show_tab(tab)
        if TITLES[tab] == "Summary":
            drive.wait(lambda: window.session.findings.summary is not None)
        check(drive, drive.find("panel-bottom"))
    check_menus(drive)
    check_what_is_typed_into(drive)
    change, use, _ = modules.group(window.session.scope, window.session.catalog, ["conv1", "pool1"])
    window.session.edit(change)
    window.session.enter(use)
    drive.wait_for_analysis()
    check(drive)
    drive.click("add-option")
    check(drive, window.editor.inspector)


def check_the_canvas(drive):
    canvas = drive.window.canvas
    assert canvas.scene.label("conv1").title.startswith("⟦")
    assert not outside(canvas.accessibleDescription()).strip()
    drive.window.session.edit(edits.set_title(drive.window.session.scope, "conv1", "My layer"))
    assert canvas.scene.label("conv1").title == "My layer", "what people wrote stays"


def check_menus(drive):
    window = drive.window
    for menu in (
        *window.offers.menus.values(),
        *window.topbar.findChildren(QMenu),
        *window.statusbar.findChildren(QMenu),
    ):
        menu.aboutToShow.emit()
        check(drive, menu)


def check_what_is_typed_into(drive):
    window = drive.window
    window.activateWindow()
    window.canvas.setFocus()
    drive.wait(window.canvas.hasFocus)
    drive.key(Qt.Key.Key_Tab)
    check(drive, drive.find("search"))
    drive.key(Qt.Key.Key_Escape)
    window.perform("find")
    check(drive, drive.find("find"))
    drive.key(Qt.Key.Key_Escape)
    window.perform("commands")
    check(drive, drive.find("commands"))
    drive.key(Qt.Key.Key_Escape)


def test_an_empty_graph(drive):
    drive.window.new()
    for tab in range(len(TITLES)):
        drive.window.editor.show_tab(tab)
        check(drive)
