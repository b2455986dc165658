"""Access: names for a screen reader, no meaning by colour alone, contrast, focus that is seen, translation, scale."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTranslator
from PySide6.QtGui import QAction, QColor, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTabBar,
    QWidget,
)

from grapheditor.catalog import catalog
from grapheditor.ui import style, theme
from grapheditor.ui.actions import ACTIONS
from grapheditor.ui.engine import Engine
from grapheditor.ui.keys import shown
from grapheditor.ui.safety import Safety
from grapheditor.ui.settings import SettingsDialog
from grapheditor.ui.telling import Notice
from grapheditor.ui.texts import CONTEXT, counted, tr
from grapheditor.ui.theme import THEMES
from grapheditor.ui.windows import Windows

UI = Path(__file__).resolve().parents[2] / "grapheditor" / "ui"


@pytest.fixture(autouse=True)
def no_engine(monkeypatch):
    """What is tested here needs no shapes."""
    monkeypatch.setattr(Engine, "start", lambda self: None)
    yield
    theme.set_scale(100)


def name_of(widget):
    """Return what a screen reader says a widget is."""
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton | QLabel) and widget.text():
        return widget.text()
    buddies = [item.text() for item in widget.window().findChildren(QLabel) if item.buddy() is widget]
    return buddies[0] if buddies else ""


def is_part_of_a_choice(widget):
    """Tell whether a widget is the list that a box of choices opens, or in a list of items."""
    while (widget := widget.parentWidget()) is not None:
        if isinstance(widget, QComboBox | QAbstractItemView):
            return True
    return False


def nameless(root):
    """Return what can have the focus and has no name; parts of a named whole are not counted."""
    found = []
    for widget in root.findChildren(QWidget):
        inner = widget.objectName().startswith("qt_") or is_part_of_a_choice(widget)
        if inner or isinstance(widget, QMenu | QLabel) or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        if not widget.isEnabled() or widget.isHidden():
            continue
        if not name_of(widget).strip():
            found.append(f"{type(widget).__name__} {widget.objectName()!r} in {type(widget.parent()).__name__}")
    return found


def test_everything_that_takes_the_focus_has_a_name(drive, tmp_path):
    window = drive.window
    drive.wait(lambda: window.start.gallery.drawn)
    path = tmp_path / "a.graph.json"
    catalog().new("mlp").save(path)
    window.start.show_recent([path])
    window.start.choose("vgg16")
    assert nameless(window) == []
    window.new("mnist-convnet")
    window.canvas.select(["conv1"])
    assert nameless(window) == []
    window.perform("commands")
    assert nameless(drive.find("commands")) == []
    dialog = window.windows.show_settings(window)
    assert nameless(dialog) == []
    dialog.close()


def test_every_action_has_words_and_says_why_it_cannot_be_done(drive):
    for item in ACTIONS:
        action = drive.window.actions_by_id[item.id]
        assert action.text()
        assert action.toolTip()


def test_state_is_said_in_words_beside_its_colour(drive):
    window = drive.window
    assert window.statusbar.engine.text().strip("● ") == window.session.engine.state
    chips = window.start.gallery.chips
    chips["Vision"].click()
    assert [name for name, chip in chips.items() if chip.isChecked()] == ["Vision"], "a state, not a colour alone"
    signs = set()
    for wrong in (False, True):
        window.notice.show_notice(Notice("Something happened.", wrong=wrong))
        signs.add(window.notice._dot.text())
    assert len(signs) == 2
    window.start.choose("mlp")
    window.start.template._complain("That cannot be.")
    assert drive.find("template-complaint", QLabel).text()
    assert not drive.find("start-open-template").isEnabled()


# Contrast


def luminance(colour):
    parts = [colour.redF(), colour.greenF(), colour.blueF()]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(QColor(a)), luminance(QColor(b))), reverse=True)
    return (high + 0.05) / (low + 0.05)


INKS = ("text", "muted", "accent", "good", "warning", "error")


@pytest.mark.parametrize("name", THEMES)
def test_all_inks_keep_their_contrast_on_all_grounds(name):
    colours = THEMES[name]
    mixed = {
        "hovered": style.mixed(colours.raised, colours.text, 0.06),
        "wrong": style.error_ground(colours),
    }
    grounds = {ground: getattr(colours, ground) for ground in ("canvas", "panel", "raised", "card")} | mixed
    for ground, paper in grounds.items():
        inks = {"hovered": ("text",), "wrong": ("text", "error")}.get(ground, INKS)
        for ink in inks:
            assert contrast(getattr(colours, ink), paper) >= 4.5, (ink, ground)
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.on_accent, style.mixed(colours.accent, colours.text, 0.14)) >= 4.5
    assert contrast(colours.accent, colours.panel) >= 3, "the ring around what has the focus"
    assert contrast(colours.accent, colours.canvas) >= 3


@pytest.mark.parametrize("name", THEMES)
def test_the_focus_is_seen(drive, name):
    window = drive.window
    window.perform(f"theme-{name}")
    drive.wait(lambda: window.start.gallery.drawn)
    window.start.choose("vgg16")
    start = window.start
    fields = [start.template.fields[option].editor for option in ("classes", "batch_norm")]
    parts = [
        start.train,
        start._empty,
        start.gallery.search,
        *start.gallery.chips.values(),
        start.gallery.card(start.gallery.shown[5]),
        *fields,
    ]
    for part in (*parts, start.template.create_button):
        assert shows_focus(window, part), part.objectName()
    dialog = window.windows.show_settings(window)
    drive.wait(dialog.isActiveWindow)
    looks, keys, helpers = dialog.appearance, dialog.keys, dialog.helpers
    shown = {0: [looks.theme, dialog.names], 1: [keys.search, keys.list, keys.record], 2: list(helpers.boxes.values())}
    for page, widgets in shown.items():
        dialog.names.setCurrentRow(page)
        for part in widgets:
            assert shows_focus(dialog, part), part.objectName()
    dialog.close()
    window.perform("theme-dark")


def shows_focus(window, part):
    """Tell whether a widget looks otherwise with the focus than without it."""
    window.setFocus()
    QApplication.processEvents()
    assert not part.hasFocus()
    before = picture(part)
    part.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    assert part.hasFocus(), part.objectName()
    return picture(part) != before


def picture(part) -> QImage:
    part.repaint()
    return part.grab().toImage()


# Scale


@pytest.mark.parametrize("percent", [80, 130, 200])
def test_at_any_scale_nothing_is_cut_off(drive, tmp_path, percent):
    window = drive.window
    drive.wait(lambda: window.start.gallery.drawn)
    window.start.show_left([])
    window.start.choose("mlp")
    window.preferences.choose("text-scale", percent)
    dialog = window.windows.show_settings(window)
    QApplication.processEvents()
    assert cut_off(window) == []
    for page in range(3):
        dialog.names.setCurrentRow(page)
        QApplication.processEvents()
        assert cut_off(dialog) == []
    dialog.close()
    window.preferences.choose("text-scale", 100)


def test_with_large_text_in_a_small_window_parts_give_way_and_none_is_cut_off(drive):
    window = drive.window
    window.new("mnist-convnet")
    window.resize(1280, 800)
    window.preferences.choose("text-scale", 150)
    bar, below = window.topbar, window.statusbar
    for part, text in ((below.parameters, "105,506 parameters"), (below.work, "1.33 M multiply-adds")):
        part.setText(text)
        below._crowd.want(part, True)
    for part, text in ((below.memory, "activations 102 KB × batch"), (below.peak, "peak at batch 100: 1 of 2 GB")):
        part.setText(text)
        below._crowd.want(part, True)
    QApplication.processEvents()
    assert [*cut_off(bar), *cut_off(below)] == []
    assert below.parameters.isVisible(), "what people look at most stays longest"
    assert below.memory.isHidden()
    window.editor.show_tab(4)
    QApplication.processEvents()
    tabs = window.editor.tabs
    assert tabs.tabRect(tabs.count() - 1).right() <= tabs.width(), "all tabs can be pressed"
    window.preferences.choose("text-scale", 100)
    window.resize(1600, 800)
    below._crowd.want(below.memory, True)
    drive.wait(lambda: "Ctrl+P" in drive.find("commands", QPushButton).text())
    assert below.memory.isVisible()


def cut_off(root):
    """Return texts of one line that are higher or wider than their place."""
    found = []
    for part in root.findChildren(QWidget):
        if not isinstance(part, QLabel | QAbstractButton) or not part.isVisible() or not part.text():
            continue
        if isinstance(part, QLabel) and part.wordWrap():
            fits = part.heightForWidth(part.width()) <= part.height() + 1
        else:
            text = part.fontMetrics().boundingRect(part.text())
            fits = text.height() <= part.height() + 2 and text.width() <= part.width() + 2
        if not fits:
            found.append(f"{type(part).__name__} {part.objectName()!r} {part.text()!r} {part.size()}")
    return found


def test_the_text_grows_and_shrinks_by_key(drive):
    window = drive.window
    window.new("mlp")
    bar = window.topbar.name
    usual = bar.font().pixelSize()
    assert not window.actions_by_id["text-usual"].isEnabled()
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    for _ in range(3):
        drive.key(Qt.Key.Key_Equal, held)
    assert (window.preferences.scale, bar.font().pixelSize()) == (130, round(1.3 * usual))
    for _ in range(4):
        drive.key(Qt.Key.Key_Minus, held)
    assert window.preferences.scale == 90
    drive.key(Qt.Key.Key_0, held)
    assert (window.preferences.scale, bar.font().pixelSize()) == (100, usual)
    window.preferences.choose("text-scale", 200)
    assert not window.actions_by_id["text-larger"].isEnabled()
    window.preferences.choose("text-scale", 100)


def test_what_is_made_at_another_scale_is_as_large_as_what_follows_it(drive):
    window = drive.window
    window.preferences.choose("text-scale", 150)
    other = Windows(window.settings)
    second = other.make()
    assert second.topbar.height() == window.topbar.height()
    assert second.topbar.name.font().pixelSize() == window.topbar.name.font().pixelSize() == 18
    second.close_unasked()
    window.preferences.choose("text-scale", 100)
    assert window.topbar.name.font().pixelSize() == 12


# Translation


class Brackets(QTranslator):
    """Translates every text of the program into itself in brackets."""

    def translate(self, context, text, disambiguation=None, n=-1):
        return f"⟦{text}⟧" if context == CONTEXT else None

    def isEmpty(self):
        return False


@pytest.fixture
def brackets(qapp):
    translator = Brackets()
    QCoreApplication.installTranslator(translator)
    yield
    QCoreApplication.removeTranslator(translator)


NAMES = {"grapheditor", "—", "●", ""}
"""What has no other name in any language: the program's own, and signs."""


def untranslated(root, known):
    """Return the texts of a widget that did not go through the translator."""
    found = []
    for part in root.findChildren(QWidget):
        if isinstance(part, QLabel | QAbstractButton):
            texts = [part.text()]
        elif isinstance(part, QLineEdit):
            texts = [part.placeholderText()]
        elif isinstance(part, QComboBox):
            texts = [part.itemText(i) for i in range(part.count())]
        elif isinstance(part, QTabBar):
            texts = [part.tabText(i) for i in range(part.count())]
        else:
            texts = []
        if part.accessibleName() and part.focusPolicy() != Qt.FocusPolicy.NoFocus:
            texts.append(part.accessibleName())
        found += [text for text in texts if "⟦" not in text and text not in known and any(map(str.isalpha, text))]
    return found


def test_every_text_goes_through_the_translator(brackets, drive, monkeypatch, tmp_path):
    assert tr("Save") == "⟦Save⟧"
    assert counted(3, "{n} node", "{n} nodes") == "⟦3 nodes⟧"
    monkeypatch.setattr(Safety, "left", lambda self: [])
    templates = catalog().templates.values()
    proper = {text for item in templates for text in (item.title, item.source, item.paper, item.doc.strip())} | NAMES
    proper |= {option.name.replace("_", " ") for item in templates for option in item.options}
    proper |= {f"{item.title}. {item.headline}" for item in templates} | {"off", "on", "several values"}
    window = drive.window
    drive.wait(lambda: window.start.gallery.drawn)
    window.start.choose("vgg16")
    keys = {shown(key) for item in ACTIONS for key in window.keymap.keys(item.id)}
    assert untranslated(window.start, proper | keys) == []
    assert untranslated(window.topbar, proper | keys | {"cpu", "float32"}) == []
    for menu in window.menuBar().actions():
        assert "⟦" in menu.text()
        for action in menu.menu().actions():
            assert action.isSeparator() or "⟦" in action.text(), action.text()
    assert all("⟦" in action.toolTip() for action in window.actions_by_id.values())
    window.perform("commands")
    rows = drive.find("commands").list
    for i in range(rows.count()):
        assert "⟦" in rows.item(i).text()
    assert untranslated(drive.find("commands"), keys) == []
    dialog = window.windows.show_settings(window)
    assert isinstance(dialog, SettingsDialog)
    sizes = {f"{size} %" for size in range(80, 201, 10)}
    presets = {"grapheditor", "Blender", "Houdini", "ComfyUI"}
    assert untranslated(dialog, sizes | presets) == []
    assert all("⟦" in dialog.names.item(i).text() for i in range(3))
    listed = dialog.keys.list
    assert all("⟦" in listed.item(i).text() for i in range(listed.count()))
    dialog.close()


def test_texts_can_be_collected():
    """What :func:`tr` is given is a text and not made of parts: else no translation would find it."""
    for path in sorted(UI.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("mark", "counted"):
                texts = call.args[1:] if call.func.id == "counted" else call.args
                assert all(isinstance(text, ast.Constant) for text in texts), f"{path}:{call.lineno}"
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "tr":
                assert not isinstance(call.args[0], ast.JoinedStr | ast.BinOp), f"{path}:{call.lineno}"


def test_the_panels_are_as_wide_again_when_the_text_is(drive):
    """Also where there was no room for all of them meanwhile."""
    window = drive.window
    window.resize(1366, 768)
    window.new("mlp")
    drive.settle()
    before = window.editor.sizes()
    for percent in (200, 80, 100):
        window.preferences.choose("text-scale", percent)
        drive.settle()
        assert window.canvas.width() >= window.canvas.minimumWidth()
    assert window.editor.sizes() == pytest.approx(before, abs=2)


def test_large_text_in_a_small_window_cuts_no_field_and_no_button(drive):
    """Fields go below their names, and what is used rarely leaves the bar, rather than being cut off."""
    window = drive.window
    window.resize(1000, 640)
    window.new("mlp")
    drive.settle()
    beside = drive.find("option-name").geometry()
    window.preferences.choose("text-scale", 180)
    drive.settle()
    page = drive.find("option-name").parentWidget()
    assert window.editor.inspector.horizontalScrollBar().maximum() == 0
    field = drive.find("option-name").geometry()
    assert field.left() < beside.left() and field.top() > beside.top()
    assert field.right() <= page.width()
    for button in window.topbar.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width(), button.objectName()
            assert window.topbar.rect().contains(button.geometry()), button.objectName()
    window.preferences.choose("text-scale", 100)
    drive.settle()
    assert drive.find("option-name").geometry() == beside


def test_each_menu_opens_by_its_first_letter(drive):
    titles = [entry.text() for entry in drive.window.menuBar().actions()]
    letters = [title[title.index("&") + 1] for title in titles]
    assert len(set(letters)) == len(letters)
    taken = {key for item in ACTIONS for key in drive.window.keymap.keys(item.id)}
    assert not taken & {f"Alt+{letter}" for letter in letters}


def test_an_action_of_the_menu_is_one_of_the_table(drive):
    window = drive.window
    known = set(window.actions_by_id.values())
    menus = [entry.menu() for entry in window.menuBar().actions()]
    while menus:
        for action in menus.pop().actions():
            assert isinstance(action, QAction)
            if action.menu() is not None and action not in known:
                menus.append(action.menu())
            else:
                assert action.isSeparator() or action.objectName().startswith(("action-", "window-"))


def test_cards_are_as_large_as_the_text(drive):
    """A graph opens at the size of the text, and follows when that is changed."""
    window = drive.window
    window.new()
    name = drive.add("relu")
    window.canvas.fit()
    assert window.canvas.view.zoom == 1.0
    window.preferences.choose("text-scale", 130)
    assert window.canvas.view.zoom == pytest.approx(1.3)
    window.canvas.center_on(name)
    window.preferences.choose("text-scale", 100)
    assert window.canvas.view.zoom == pytest.approx(1.0)
    window.preferences.choose("text-scale", 130)
    window.session.document.mark_saved()
    window.new("resnet50")
    drive.wait(lambda: window.canvas.view.zoom == pytest.approx(0.85 * 1.3))
