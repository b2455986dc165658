"""A real canvas with real mouse and keyboard events, off the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeySequence, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from grapheditor.catalog import catalog
from grapheditor.edit import Document
from grapheditor.engine.messages import Analysis
from grapheditor.graph import Graph, Input, Node, Output
from grapheditor.ui.actions import ACTIONS
from grapheditor.ui.canvas import Canvas
from grapheditor.ui.keys import Keymap
from grapheditor.ui.theme import DARK, load_fonts

NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


@dataclass
class Hand:
    """Moves the mouse and types, on the plane's coordinates."""

    canvas: Canvas

    def point(self, x: float, y: float) -> QPoint:
        sx, sy = self.canvas.view.to_screen(x, y)
        return QPoint(round(sx), round(sy))

    def port(self, port: Input | Output) -> tuple[float, float]:
        return self.canvas.scene.geometry.where(port)

    def middle(self, name: str) -> tuple[float, float]:
        left, top, right, bottom = self.canvas.scene.geometry.box(name)
        return (left + right) / 2, (top + bottom) / 2

    def click(self, at: tuple[float, float], held: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.canvas, LEFT, held, self.point(*at))

    def press(self, at: tuple[float, float], held: Qt.KeyboardModifier = NONE, button=LEFT) -> None:
        QTest.mousePress(self.canvas, button, held, self.point(*at))

    def go(self, at: tuple[float, float], held: Qt.KeyboardModifier = NONE, button=LEFT) -> None:
        """QTest.mouseMove tells of no buttons and no keys, so the event is made here."""
        place = QPointF(self.point(*at))
        away = QPointF(self.canvas.mapToGlobal(place))
        kind = QEvent.Type.MouseMove
        event = QMouseEvent(kind, place, away, Qt.MouseButton.NoButton, button, held)
        QApplication.sendEvent(self.canvas, event)

    def release(self, at: tuple[float, float], held: Qt.KeyboardModifier = NONE, button=LEFT) -> None:
        QTest.mouseRelease(self.canvas, button, held, self.point(*at))

    def drag(self, start, end, held: Qt.KeyboardModifier = NONE, button=LEFT) -> None:
        self.press(start, held, button)
        for share in (0.25, 0.5, 0.75, 1.0):
            self.go(tuple(a + (b - a) * share for a, b in zip(start, end, strict=True)), held, button)
        self.release(end, held, button)

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.canvas, key, held)

    def type_in_search(self, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
        field = QApplication.focusWidget()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, key)


def bind(canvas: Canvas) -> None:
    """Give a canvas the keys that count there, from the table of actions, as a window does."""
    keymap = Keymap(ACTIONS)
    for item in ACTIONS:
        if item.on_canvas and not item.held:
            action = QAction(item.title, canvas)
            action.setShortcuts([QKeySequence(key) for key in keymap.keys(item.id)])
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(
                lambda _checked=False, run=item.run: run(
                    SimpleNamespace(canvas=canvas, escape=canvas.escape, paste=canvas.paste)
                )
            )
            canvas.addAction(action)
    canvas.show_keys(keymap)


@pytest.fixture
def make(qtbot) -> Callable[[Graph | None], Canvas]:
    """Make a canvas of 1200×900 on a graph, or on an empty one; life size, the plane's origin at (100, 60)."""

    def build(graph: Graph | None = None) -> Canvas:
        load_fonts()
        canvas = Canvas(Document(graph or Graph()), catalog(), DARK)
        canvas.animate = False
        bind(canvas)
        qtbot.addWidget(canvas)
        canvas.resize(1200, 900)
        canvas.show()
        qtbot.waitExposed(canvas)
        canvas.activateWindow()
        canvas.setFocus()
        qtbot.waitUntil(canvas.hasFocus)
        canvas.view.zoom, canvas.view.x, canvas.view.y = 1.0, 100.0, 60.0
        canvas.update()
        return canvas

    return build


@pytest.fixture
def chain() -> Graph:
    """Three nodes under each other and a free one beside them: image - conv1 - relu1, and pool1."""
    graph = Graph()
    graph.put("nodes.image", Node("image", "input", at=(0.0, 0.0)))
    graph.put("nodes.conv1", Node("conv1", "conv2d", at=(0.0, 120.0)))
    graph.put("nodes.relu1", Node("relu1", "relu", at=(0.0, 300.0)))
    graph.put("nodes.pool1", Node("pool1", "max_pool2d", at=(400.0, 120.0)))
    graph.put("wires.conv1.x", Output("image"))
    graph.put("wires.relu1.x", Output("conv1"))
    return graph


@pytest.fixture
def analysed() -> Callable[..., Analysis]:
    """Make an analysis as the engine would send it: shapes by node, and problems."""

    def make_analysis(shapes: dict[str, list], problems=(), parameters=None, revision: int = 0) -> Analysis:
        nodes = {
            name: {
                "outputs": {"out": {"dtype": "float32", "shape": shape}} if shape is not None else {},
                "parameters": (parameters or {}).get(name, 0),
                "multiply_adds": 0,
                "activation_bytes": 0,
            }
            for name, shape in shapes.items()
        }
        told = [{"option": None, "port": None, "place": None, "fixes": [], **problem} for problem in problems]
        return Analysis(revision, nodes, told, 0, 0, 0, 1.0)

    return make_analysis


@pytest.fixture
def hand() -> type[Hand]:
    return Hand
