"""Hands: random gestures on a real window, by the events that a mouse and a keyboard give to its native window.

What is under the pointer, what has the focus and which popup is open decide who gets an event, as with people. The same
seed makes the same choices where the window shows the same. :data:`Hands.told` says in words what was done.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFrame,
    QLineEdit,
    QMenu,
    QPushButton,
    QTabBar,
    QTableView,
    QToolButton,
    QWidget,
)

from grapheditor.catalog import catalog
from grapheditor.graph import write_text
from grapheditor.ui.actions import ACTIONS, MENUS, Action
from grapheditor.ui.canvas.canvas import MIME
from grapheditor.ui.window import Window

Key, Held, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton
NONE = Held.NoModifier
HELD = (NONE, NONE, NONE, NONE, Held.ShiftModifier, Held.ControlModifier, Held.AltModifier,
        Held.ControlModifier | Held.ShiftModifier)  # fmt: skip
ELSEWHERE = frozenset(
    [
        "new",
        "new-window",
        "open",
        "start",
        "save-as",
        "before",
        "export-onnx",
        "export-python",
        "export-weights",
        "export-picture",
        "export-part",
        "quit",
        "settings",
        "recent",
        "device",
        "weights",
        "train",
        "engine",
        "close-window",
        "next-window",
        "pan",
        "about",
        "lessons",
        *(item.id for item in ACTIONS if item.id.startswith("tours-")),
    ]
)
"""Actions that lead to another document, a dialog or a training."""
OPERATORS = ("re", "conv", "linear", "add", "concat", "norm2d", "maxp", "drop", "input", "output", "cross", "flat", "x")
WORDS = ("Head", "Block", "stem", "12", "3", "0", "-1", "=width", "=2*i+1", "3, 3", "N, 3, 32, 32", "0.5", "1e400", "a b",
         "", "same", "Größe ✓", "conv1", "xyz", "N", "true", "=", "999999999999")  # fmt: skip
LARGEST = 150
"""Nodes in all bodies above which more is removed than added."""
PAGES = 12
"""Steps of a drag at most."""


def shown_in(root: QWidget, *kinds: type[QWidget]) -> list[QWidget]:
    """Return what of these kinds can be reached by a pointer in a panel, from the top."""
    found = [item for kind in kinds for item in root.findChildren(kind)]
    seen = [item for item in found if item.isVisible() and item.isEnabled() and not item.visibleRegion().isEmpty()]
    places = [(item.mapTo(root, QPoint(0, 0)), item) for item in seen]
    return [item for place, item in sorted(places, key=lambda pair: (pair[0].y(), pair[0].x(), pair[1].objectName()))]


@dataclass(frozen=True, slots=True)
class Gesture:
    """One kind of gesture: how often it is made, and whether it can add nodes."""

    do: Callable[[], str]
    weight: int
    adds: bool = False


class Hands:
    """Two hands at a window that shows a document."""

    def __init__(self, window: Window, seed: int) -> None:
        self.window = window
        self.chance = random.Random(seed)
        self.told: list[str] = []
        self._gestures = (
            Gesture(self._click_canvas, 10), Gesture(self._drag_node, 12), Gesture(self._drag_anything, 8),
            Gesture(self._drag_wire, 10, adds=True), Gesture(self._band, 4), Gesture(self._cut, 2),
            Gesture(self._look_around, 6), Gesture(self._double_click, 7), Gesture(self._by_key, 34, adds=True),
            Gesture(self._by_palette, 8, adds=True), Gesture(self._by_menu, 4, adds=True),
            Gesture(self._by_context, 8, adds=True), Gesture(self._search, 6, adds=True),
            Gesture(self._use_list, 5, adds=True), Gesture(self._drop, 4, adds=True), Gesture(self._inspect, 22),
            Gesture(self._below, 6), Gesture(self._fix, 3), Gesture(self._press_button, 4), Gesture(self._type, 4),
            Gesture(self._history, 8), Gesture(self._foreign_text, 1, adds=True), Gesture(self._resize, 1),
            Gesture(self._remove, 2),
        )  # fmt: skip

    def act(self) -> None:
        """Make one gesture, and let the window follow it."""
        graph = self.window.session.graph
        count = len(graph.nodes) + sum(len(module.nodes) for module in graph.modules.values())
        able = [item for item in self._gestures if count <= LARGEST or not item.adds]
        weights = [40 if count > LARGEST and item.do == self._remove else item.weight for item in able]
        (chosen,) = self.chance.choices(able, weights)
        self.told.append(chosen.do.__name__.lstrip("_"))
        self.told[-1] += f": {chosen.do()}"
        QApplication.processEvents()

    def _activate(self) -> None:
        """Do what a manager of windows does when a menu is gone: not every screen has one."""
        for _ in range(100):
            if QApplication.activePopupWidget() is not None or QApplication.activeWindow() is self.window:
                break
            self.window.activateWindow()
            QApplication.processEvents()
        if QApplication.activePopupWidget() is None and QApplication.focusWidget() is None:
            self.window.canvas.setFocus()

    # The mouse

    def _at(self, widget: QWidget, place: QPoint | None = None) -> QPoint:
        """Return a place of a widget in the native window's pixels; by default its middle, or what is seen of it."""
        if place is None:
            place = widget.visibleRegion().boundingRect().center()
        return widget.mapTo(self.window, place)

    def _pressed(self, at: QPoint, button: Button = Button.LeftButton, held: Held = NONE) -> None:
        QTest.mousePress(self.window.windowHandle(), button, held, at)
        QApplication.processEvents()

    def _moved(self, at: QPoint) -> None:
        QTest.mouseMove(self.window.windowHandle(), at)
        QApplication.processEvents()

    def _released(self, at: QPoint, button: Button = Button.LeftButton, held: Held = NONE) -> None:
        QTest.mouseRelease(self.window.windowHandle(), button, held, at)
        QApplication.processEvents()

    def _clicked(self, at: QPoint, button: Button = Button.LeftButton, held: Held = NONE) -> str:
        self._pressed(at, button, held)
        self._released(at, button, held)
        return f"{button.name} at {at.x()}, {at.y()} with {held.name}"

    def _dragged(self, start: QPoint, end: QPoint, button: Button = Button.LeftButton, held: Held = NONE) -> str:
        """Drag in a few steps; seldom something else happens on the way."""
        count = self.chance.randint(1, PAGES)
        on_the_way = self.chance.choice(["", "", "", "", "", "escape", "undo", "wheel", "key", "wait"])
        self._pressed(start, button, held)
        for i in range(1, count + 1):
            self._moved(start + (end - start) * (i / count))
            if i == (count + 1) // 2:
                self._interrupt(on_the_way, end)
        self._released(end, button, held)
        told = f"{button.name} from {start.x()}, {start.y()} to {end.x()}, {end.y()} with {held.name}"
        return f"{told} in {count} steps{on_the_way and ', on the way: '}{on_the_way}"

    def _interrupt(self, what: str, at: QPoint) -> None:
        if what == "escape":
            self._key(Key.Key_Escape)
        elif what == "undo":
            self._key(Key.Key_Z, Held.ControlModifier)
        elif what == "wheel":
            self._wheel(at, self.chance.choice([-2, 1]))
        elif what == "key":
            self._keys(self.chance.choice(["Del", "L", "Tab", "Ctrl+D", "M", "Alt+Up", "Ctrl+A"]))
        elif what == "wait":
            self.window.session.safety.look()

    def _wheel(self, at: QPoint, notches: int, held: Held = NONE) -> None:
        QTest.wheelEvent(self.window.windowHandle(), QPointF(at), QPoint(0, 120 * notches), QPoint(), held)
        QApplication.processEvents()

    # The keyboard

    def _key(self, key: Key, held: Held = NONE) -> None:
        """Press a key; a popup that is open gets it."""
        self._activate()
        QTest.keyClick(self.window.windowHandle(), key, held)
        QApplication.processEvents()

    def _keys(self, text: str) -> None:
        """Press the keys of a shortcut."""
        pressed = QKeySequence(text)[0]
        self._key(pressed.key(), pressed.keyboardModifiers())

    def _written(self, text: str) -> None:
        """Type into whatever has the keyboard."""
        for letter in text:
            self._activate()
            if letter.isascii():
                QTest.keyClick(self.window.windowHandle(), letter)
            elif (widget := QApplication.focusWidget()) is not None:
                QApplication.sendEvent(widget, QKeyEvent(QEvent.Type.KeyPress, 0, NONE, letter))
        QApplication.processEvents()

    def focus_canvas(self) -> None:
        """Walk through the panels until the canvas has the keyboard."""
        canvas = self.window.canvas
        for _ in range(6):
            if QApplication.activePopupWidget() is not None:
                self._key(Key.Key_Escape)
            elif canvas.hasFocus():
                return
            else:
                self._keys("F6")
        canvas.setFocus()

    def rest(self) -> None:
        """Let go of everything: popups, fields, gestures, what is selected."""
        for _ in range(4):
            self._key(Key.Key_Escape)
        self.focus_canvas()
        for _ in range(3):
            self._key(Key.Key_Escape)

    def _answered(self, words: tuple[str, ...] = WORDS) -> str:
        """Type into the field that has opened, if one has; mostly to its end."""
        field = QApplication.focusWidget()
        if not isinstance(field, QLineEdit) or field.objectName() == "palette-search":
            return ""
        name = field.objectName()
        text, end = self.chance.choice(words), self.chance.choice(["Return"] * 6 + ["Escape", "Escape", "Tab", ""])
        if self.chance.random() < 0.3:
            self._keys("Down")
        else:
            self._keys("Ctrl+A")
            self._written(text)
        if name == "commands-search":  # whatever is typed there, it must not lead to another document
            end = "Escape"
        if end:
            self._keys(end)
        return f"; {text!r} {end} into {name}"

    # Places on the canvas

    def _on_canvas(self, place: tuple[float, float]) -> QPoint:
        """Return the pixel of a place of the plane; where it is out of sight everything is brought into sight."""
        canvas = self.window.canvas
        at = QPoint(*map(round, canvas.view.to_screen(*place)))
        if not canvas.rect().adjusted(2, 2, -2, -2).contains(at):
            self.focus_canvas()
            self._keys("Home")
            at = QPoint(*map(round, canvas.view.to_screen(*place)))
        rect = canvas.rect().adjusted(2, 2, -2, -2)
        at = QPoint(min(max(at.x(), rect.left()), rect.right()), min(max(at.y(), rect.top()), rect.bottom()))
        return self._at(canvas, at)

    def _node(self) -> str | None:
        names = sorted(self.window.session.body.nodes)
        return self.chance.choice(names) if names else None

    def _card(self, name: str) -> tuple[float, float]:
        left, top, right, bottom = self.window.canvas.scene.geometry.box(name)
        return left + (right - left) * self.chance.uniform(0.1, 0.9), top + (bottom - top) * self.chance.uniform(
            0.25, 0.7
        )

    def _port(self, outputs: bool | None = None) -> tuple[float, float] | None:
        name, geometry = self._node(), self.window.canvas.scene.geometry
        if name is None:
            return None
        outputs = self.chance.random() < 0.5 if outputs is None else outputs
        ports = list(geometry.outputs(name) if outputs else geometry.inputs(name))
        return geometry.where(self.chance.choice(ports)) if ports else None

    def _wire(self) -> tuple[float, float] | None:
        geometry = self.window.canvas.scene.geometry
        ends = sorted(geometry.wires.keys, key=str)
        if not ends:
            return None
        x1, y1, x2, y2 = geometry.ends(geometry.wires.slots([self.chance.choice(ends)]))[0].tolist()
        share = self.chance.choice([0.05, 0.5, 0.5, 0.95])
        return x1 + (x2 - x1) * share, y1 + (y2 - y1) * share

    def _frame(self) -> tuple[float, float] | None:
        frames = self.window.canvas.scene.frames()
        box = frames[self.chance.choice(sorted(frames))] if frames else None
        return (box.left + 30, box.top + 10) if box is not None else None

    def _anywhere(self) -> tuple[float, float]:
        canvas = self.window.canvas
        return canvas.view.to_scene(
            self.chance.uniform(0, canvas.width() - 1), self.chance.uniform(0, canvas.height() - 1)
        )

    def _somewhere(self) -> QPoint:
        """A card, a port, a wire, a frame's title, or anywhere on the canvas."""
        name = self._node()
        kind = self.chance.choice(
            [lambda: self._card(name) if name else None] * 3 + [self._port, self._wire, self._frame]
        )
        return self._on_canvas(kind() or self._anywhere())

    # Gestures on the canvas

    def _click_canvas(self) -> str:
        return self._clicked(self._somewhere(), held=self.chance.choice(HELD)) + self._answered()

    def _drag_node(self) -> str:
        name = self._node()
        if name is None:
            return "there is none"
        start = self._on_canvas(self._card(name))
        by = QPoint(self.chance.randint(-300, 300), self.chance.randint(-300, 300))
        end = start + by if self.chance.random() < 0.7 else self._on_canvas(self._wire() or self._anywhere())
        return f"{name} {self._dragged(start, end, held=self.chance.choice(HELD))}"

    def _drag_anything(self) -> str:
        button = self.chance.choice([Button.LeftButton] * 4 + [Button.MiddleButton, Button.RightButton])
        return self._dragged(self._somewhere(), self._somewhere(), button, self.chance.choice(HELD)) + self._left_open()

    def _drag_wire(self) -> str:
        outputs = self.chance.random() < 0.6
        place = self._port(outputs)
        if place is None:
            return "there is no port"
        target = self._port(not outputs) if self.chance.random() < 0.6 else None
        start = self._on_canvas(place)
        end = self._on_canvas(target) if target is not None else self._somewhere()
        return self._dragged(start, end) + self._answered(OPERATORS)

    def _band(self) -> str:
        held = self.chance.choice([NONE, NONE, Held.ShiftModifier])
        return self._dragged(self._on_canvas(self._anywhere()), self._on_canvas(self._anywhere()), held=held)

    def _cut(self) -> str:
        start, end = self._on_canvas(self._anywhere()), self._on_canvas(self._anywhere())
        return self._dragged(start, end, Button.RightButton, Held.ControlModifier)

    def _look_around(self) -> str:
        canvas, at = self.window.canvas, self._on_canvas(self._anywhere())
        kind = self.chance.choice(["wheel", "wheel", "pan", "space", "minimap"])
        if kind == "wheel":
            notches = self.chance.choice([-6, -3, -1, 1, 2, 4, 6])
            self._wheel(at, notches, self.chance.choice([NONE, Held.ControlModifier]))
            return f"{notches} notches"
        if kind == "minimap":
            left, top, right, bottom = canvas.minimap.box(canvas.width(), canvas.height())
            corner = self._at(canvas, QPoint(round(left) + 4, round(top) + 4))
            return self._dragged(corner, corner + QPoint(round(right - left) // 2, round(bottom - top) // 2))
        if kind == "pan":
            return self._dragged(at, self._on_canvas(self._anywhere()), Button.MiddleButton)
        self.focus_canvas()
        window = self.window.windowHandle()
        QTest.keyPress(window, Key.Key_Space)
        told = self._dragged(at, self._on_canvas(self._anywhere()))
        QTest.keyRelease(window, Key.Key_Space)
        return f"space, {told}"

    def _double_click(self) -> str:
        at = self._somewhere()
        QTest.mouseDClick(self.window.windowHandle(), Button.LeftButton, NONE, at)
        QApplication.processEvents()
        return f"{at.x()}, {at.y()}" + self._answered(OPERATORS)

    # Actions

    def _actions(self) -> list[Action]:
        return [item for item in ACTIONS if item.id not in ELSEWHERE and item.id != "commands"]

    def _select_some(self) -> None:
        """Select what an action can be about."""
        names = sorted(self.window.session.body.nodes)
        if not names or self.chance.random() < 0.4:
            return
        for i, name in enumerate(self.chance.sample(names, min(len(names), self.chance.choice([1, 1, 1, 2, 3, 4])))):
            if name in self.window.canvas.scene.geometry.nodes:  # a click may have met something else
                self._clicked(self._on_canvas(self._card(name)), held=Held.ShiftModifier if i else NONE)

    def _by_key(self) -> str:
        keyed = [(item, key) for item in self._actions() for key in self.window.keymap.keys(item.id)]
        action, key = self.chance.choice(keyed)
        self._select_some()
        if self.chance.random() < 0.9:
            self.focus_canvas()
        self._keys(key)
        return f"{action.id} by {key}, {self._left_open()}"

    def _left_open(self) -> str:
        """Answer the box or the menu that an action has opened."""
        popup = QApplication.activePopupWidget()
        if isinstance(popup, QMenu):
            return self._chosen(popup)
        return self._answered((*WORDS, *OPERATORS))

    def _by_palette(self) -> str:
        action = self.chance.choice(self._actions())
        self._select_some()
        self._keys("Ctrl+P")
        field = QApplication.focusWidget()
        if field is None or field.objectName() != "commands-search":
            return "it did not open"
        self._written(action.title.rstrip("…"))
        first = field.parentWidget().list.item(0)  # type: ignore[union-attr]
        wanted = first is not None and first.text() == action.title.rstrip("…")
        self._keys("Return" if wanted else "Escape")
        if wanted and QApplication.focusWidget() is field:  # it says why that cannot be done now
            self._keys("Escape")
        return f"{action.id}, {self._left_open() if wanted else 'another one came first'}"

    def _by_menu(self) -> str:
        bar = self.window.menuBar()
        name = self.chance.choice([name for name in MENUS if name not in ("File", "Window", "Run")])
        self._select_some()
        self._clicked(self._at(bar, bar.actionGeometry(self.window.offers.menus[name].menuAction()).center()))
        popup = QApplication.activePopupWidget()
        return f"{name}, {self._chosen(popup)}" if isinstance(popup, QMenu) else f"{name} did not open"

    def _by_context(self) -> str:
        self.focus_canvas()
        self._keys("Escape")
        if self.chance.random() < 0.2:
            canvas = self.window.canvas
            place = canvas.rect().center()
            event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, place, canvas.mapToGlobal(place))
            QApplication.sendEvent(canvas, event)
            told = "by the keyboard"
        else:
            told = self._clicked(self._somewhere(), Button.RightButton)
        popup = QApplication.activePopupWidget()
        return f"{told}, {self._chosen(popup)}" if isinstance(popup, QMenu) else f"{told}, no menu"

    def _chosen(self, menu: QMenu) -> str:
        """Choose something of a menu that is open, by the mouse; or close it."""
        apart = {self.window.actions_by_id[name] for name in ELSEWHERE}
        offered = [item for item in menu.actions() if item.isEnabled() and not item.isSeparator() and item not in apart]
        if not offered or self.chance.random() < 0.1:
            self._keys("Escape")
            return "closed again"
        action = self.chance.choice(offered)
        text = action.text()
        QTest.mouseClick(menu, Button.LeftButton, NONE, menu.actionGeometry(action).center())
        QApplication.processEvents()
        below = QApplication.activePopupWidget()
        if isinstance(below, QMenu) and below is action.menu():
            return f"{text!r}, {self._chosen(below)}"
        if below is menu:
            self._keys("Escape")
        return f"{text!r}{self._answered((*WORDS, *OPERATORS))}"

    def _history(self) -> str:
        back = self.chance.randint(1, 12)
        forth = self.chance.choice([back, back, back, back, self.chance.randint(0, back)])
        self.focus_canvas()
        for key in ["Ctrl+Z"] * back + [self.chance.choice(["Ctrl+Shift+Z", "Ctrl+Y"])] * forth:
            self._keys(key)
        return f"{back} undone, {forth} done again"

    def _remove(self) -> str:
        names = sorted(self.window.session.body.nodes)
        chosen = self.chance.sample(names, len(names) // 2)
        self.window.canvas.select(chosen)
        self.focus_canvas()
        self._keys(self.chance.choice(["Del", "Alt+Del", "Ctrl+X"]))
        return f"{len(chosen)} nodes"

    # Adding

    def _search(self) -> str:
        self._select_some()
        self.focus_canvas()
        self._keys(self.chance.choice(["Tab", "Ctrl+Space"]))
        return self._answered(OPERATORS)

    def _use_list(self) -> str:
        """Use the list of operators on the left: type and take the first, or double-click a row."""
        panel = self.window.editor.palette_panel
        if not panel.search.isVisible():
            return "it is put away"
        text = self.chance.choice(OPERATORS)
        self._clicked(self._at(panel.search))
        self._keys("Ctrl+A")
        self._written(text)
        if self.chance.random() < 0.5:
            self._keys("Return")
        else:
            rows = [row for row in panel.rows() if not row.visibleRegion().isEmpty()]
            if rows:
                at = self._at(self.chance.choice(rows))
                QTest.mouseDClick(self.window.windowHandle(), Button.LeftButton, NONE, at)
        if self.chance.random() < 0.5:
            self._clicked(self._at(panel.search))
            self._keys("Escape")
        return repr(text)

    def _drop(self) -> str:
        """Let an operator of the list be dragged over the canvas and dropped there."""
        canvas, operators = self.window.canvas, sorted(catalog().operators)
        name = self.chance.choice(operators)
        data = QMimeData()
        data.setData(MIME, name.encode())
        held = self.chance.choice([NONE, NONE, Held.AltModifier])
        given = Qt.DropAction.CopyAction, data, Button.LeftButton, held
        place = self._somewhere() - self._at(canvas, QPoint(0, 0))
        QApplication.sendEvent(canvas, QDragEnterEvent(QPoint(1, 1), *given))
        QApplication.sendEvent(canvas, QDragMoveEvent(place, *given))
        QApplication.sendEvent(canvas, QDropEvent(QPointF(place), *given))
        return f"{name} at {place.x()}, {place.y()}"

    def _foreign_text(self) -> str:
        """Paste what is no part of a graph, or that of another program."""
        network = write_text(catalog().new(self.chance.choice(["mlp", "mnist-convnet"])))
        text = self.chance.choice(
            ["", "hello", "{}", "[1, 2", network, network[: len(network) // 2], '{"format": 999}']
        )
        QGuiApplication.clipboard().setText(text)
        self.focus_canvas()
        self._keys("Ctrl+V")
        return repr(text[:20])

    # Panels

    def _inspect(self) -> str:
        """Do something with one of the inspector's fields."""
        inspector = self.window.editor.inspector
        if self.chance.random() < 0.5:
            name = self._node()
            if name is not None:
                self._clicked(self._on_canvas(self._card(name)))
        if self.chance.random() < 0.3 and inspector.isVisible():
            self._wheel(self._at(inspector), self.chance.choice([-8, -3, 8]))
        fields = [item for item in shown_in(inspector, QLineEdit, QAbstractButton, QComboBox) if _stays(item)]
        if not fields:
            return "there are none"
        field = self.chance.choice(fields)
        told = f"{type(field).__name__} {field.objectName()}"
        if isinstance(field, QLineEdit) and self.chance.random() < 0.3:
            self._clicked(self._at(field))
            keys = self.chance.choices(["Up", "Down", "PgUp", "Ctrl+Z", "Backspace", "Shift+Up"], k=3)
            for key in keys:
                self._keys(key)
            return f"{told} {' '.join(keys)}"
        self._clicked(self._at(field))
        return told + self._picked(field) + self._answered()

    def _picked(self, field: QWidget) -> str:
        """Choose something in the list of a box of choices, or of a menu, that a click has opened."""
        popup = QApplication.activePopupWidget()
        if isinstance(popup, QMenu):
            return self._chosen(popup)
        if popup is None:
            return ""
        keys = ["Down"] * self.chance.randint(0, 3) + [self.chance.choice(["Return", "Return", "Escape"])]
        for key in keys:
            self._keys(key)
        return f" {' '.join(keys)}"

    def _below(self) -> str:
        """Do something in the tabs below the canvas: choose one, click into it."""
        editor = self.window.editor
        if self.chance.random() < 0.5 and editor.tabs.isVisible():
            tab = self.chance.randrange(editor.tabs.count())
            return self._clicked(self._at(editor.tabs, editor.tabs.tabRect(tab).center()))
        parts = shown_in(editor._below, QAbstractButton, QFrame, QTableView, QTabBar)
        if not parts:
            return "there is nothing"
        part = self.chance.choice(parts)
        seen = part.visibleRegion().boundingRect()
        place = QPoint(self.chance.randint(seen.left(), seen.right()), self.chance.randint(seen.top(), seen.bottom()))
        return f"{type(part).__name__} {part.objectName()} {self._clicked(self._at(part, place))}{self._left_open()}"

    def _fix(self) -> str:
        """Take what would mend the first problem."""
        self._keys("Alt+2")
        fixes = [item for item in shown_in(self.window.editor.problems, QAbstractButton) if item.objectName()]
        if not fixes:
            return "there is none"
        chosen = self.chance.choice(fixes)
        told = chosen.text()  # type: ignore[attr-defined]
        self._clicked(self._at(chosen))
        return repr(told)

    def _press_button(self) -> str:
        """Press a button of the bar above, of the breadcrumb, or of a notice."""
        apart = {*ELSEWHERE, "export", "device"}
        bars = (self.window.topbar, self.window.notice)
        buttons = [item for bar in bars for item in shown_in(bar, QAbstractButton) if item.objectName() not in apart]
        if not buttons:
            return "there is none"
        button = self.chance.choice(buttons)
        told = button.objectName() or button.text()  # type: ignore[attr-defined]
        menu = button.menu() if isinstance(button, QToolButton | QPushButton) else None
        if menu is not None:
            QTimer.singleShot(0, menu, menu.close)  # the press returns when its menu is closed
        self._clicked(self._at(button))
        return told + self._left_open()

    def _type(self) -> str:
        """Type into whatever has the keyboard, as people do by mistake."""
        self._activate()
        text = self.chance.choice(["f", "relu", "  ", "lmi", "12", "="])
        self._written(text)
        return repr(text) + self._left_open()

    def _resize(self) -> str:
        wide, high = self.chance.randint(1000, 1600), self.chance.randint(650, 1000)
        self.window.resize(wide, high)
        return f"{wide}×{high}"


def _stays(field: QWidget) -> bool:
    """Tell whether a field of the inspector opens no dialog of the system."""
    return not field.objectName().startswith(("choose-", "qt_"))
