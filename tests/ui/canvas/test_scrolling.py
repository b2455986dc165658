"""The view moves while something is dragged: at the edges by itself, by the middle button and the wheel by hand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from grapheditor.graph import Input, Node, Output
from grapheditor.ui.canvas.scrolling import EDGE, FASTEST, speed

MIDDLE = Qt.MouseButton.MiddleButton


def screen(canvas, x: float, y: float) -> tuple[float, float]:
    return canvas.view.to_scene(x, y)


def test_a_node_at_the_edge_scrolls_and_stays_under_the_pointer(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.press(mouse.middle("pool1"))
    mouse.go(screen(canvas, 1190, 450))
    assert canvas.scrolling.timer.isActive()
    for _ in range(10):
        canvas.scrolling.step()
    assert canvas.view.x < 100.0 - 50
    x, y = canvas.view.to_screen(*mouse.middle("pool1"))
    assert (x, y) == (pytest.approx(1190, abs=1), pytest.approx(450, abs=1))
    mouse.go(screen(canvas, 600, 450))
    assert not canvas.scrolling.timer.isActive()
    before = canvas.view.x
    canvas.scrolling.step()
    assert canvas.view.x == before
    mouse.go(screen(canvas, 1190, 450))
    canvas.scrolling.step()
    end = screen(canvas, 1190, 450)
    mouse.release(end)
    assert not canvas.scrolling.timer.isActive()
    assert chain.nodes["pool1"].at == (pytest.approx(end[0] - 113, abs=1), pytest.approx(end[1] - 26, abs=1))
    canvas.document.undo()
    assert chain.nodes["pool1"].at == (400.0, 120.0)


def test_a_wire_is_drawn_to_what_was_out_of_sight(make, hand, chain):
    chain.put("nodes.relu2", Node("relu2", "relu", at=(0.0, 1100.0)))
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.press(mouse.port(Output("relu1")))
    mouse.go(screen(canvas, 213, 895))
    while canvas.view.to_screen(*mouse.port(Input("relu2", "x")))[1] > 800:
        canvas.scrolling.step()
    mouse.go(mouse.port(Input("relu2", "x")))
    mouse.release(mouse.port(Input("relu2", "x")))
    assert chain.wires[Input("relu2", "x")] == Output("relu1")


def test_a_band_grows_while_the_view_moves(make, hand, chain):
    chain.put("nodes.relu2", Node("relu2", "relu", at=(0.0, 1100.0)))
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.press((-60.0, 60.0))
    mouse.go(screen(canvas, 300, 898))
    assert canvas.selection == {"conv1", "relu1"}
    for _ in range(60):
        canvas.scrolling.step()
    assert canvas.selection == {"conv1", "relu1", "relu2"}
    mouse.key(Qt.Key.Key_Escape)
    assert not canvas.scrolling.timer.isActive()
    assert canvas.selection == frozenset()


def test_a_click_near_the_edge_does_not_scroll(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.press(screen(canvas, 5, 450))
    mouse.go(screen(canvas, 6, 451))
    assert not canvas.scrolling.timer.isActive()


def test_the_middle_button_pans_while_a_node_is_dragged(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.press(mouse.middle("pool1"))
    mouse.go((600.0, 300.0))
    mouse.press((600.0, 300.0), button=MIDDLE)
    before = canvas.view.to_screen(*mouse.middle("pool1"))
    mouse.go((500.0, 200.0))
    assert (canvas.view.x, canvas.view.y) == (0.0, -40.0)
    after = canvas.view.to_screen(*mouse.middle("pool1"))
    assert after == (pytest.approx(before[0] - 100), pytest.approx(before[1] - 100))
    place = screen(canvas, 600, 260)
    mouse.release(place, button=MIDDLE)
    assert canvas.gesture is not None
    mouse.release(place)
    assert chain.nodes["pool1"].at == (600.0 - 113, 300.0 - 26)


def test_the_wheel_zooms_and_what_is_dragged_stays_under_the_pointer(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.press(mouse.middle("pool1"))
    mouse.go((600.0, 300.0))
    place = QPointF(300.0, 700.0)
    away = QPointF(canvas.mapToGlobal(place))
    none, held = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(place, away, QPoint(), QPoint(0, 240), none, held, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(canvas, wheel)
    assert canvas.view.zoom == pytest.approx(1.44)
    x, y = canvas.view.to_screen(*mouse.middle("pool1"))
    assert (x, y) == (pytest.approx(700, abs=1.5), pytest.approx(360, abs=1.5))


def test_it_is_the_faster_the_further_out_the_pointer_is():
    assert speed(600, 1200) == speed(EDGE, 1200) == speed(1200 - EDGE, 1200) == 0.0
    assert 0.0 < speed(20, 1200) < speed(2, 1200) < speed(-20, 1200) <= FASTEST
    assert speed(-500, 1200) == FASTEST
    assert speed(1700, 1200) == -FASTEST
