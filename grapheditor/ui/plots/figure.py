"""A figure of pyqtgraph with the axes, mouse and keys of this program. Imported when the first chart is made."""

from __future__ import annotations

import math
import time
from typing import Any, Literal

import pyqtgraph
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPaintEvent

from grapheditor.ui.plots.curves import Cursor, Curves
from grapheditor.ui.plots.declared import Unit
from grapheditor.ui.plots.figures import lasted
from grapheditor.ui.theme import Theme, figures, px, words
from grapheditor.ui.widgets import size

SMALLEST_DRAG = 6
"""Pixels: what is dragged no further is a click."""
GRID = 0.25
"""How much the lines of the grid cover."""

APART = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Seconds between two figures of an axis of time."""


class Axis(pyqtgraph.AxisItem):  # type: ignore[misc]
    """An axis whose figures are written in the unit of the chart."""

    def __init__(self, side: str, unit: Unit | Literal["time"] = "") -> None:
        super().__init__(side)
        self.unit = unit
        self.picture: Any
        self._specs: Any = None
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)

    def paint(self, p: Any, opt: Any, widget: Any) -> None:
        """Draw the ticks themselves: a picture of them, as the library keeps it, makes its fonts anew at each paint."""
        if self.picture is None:
            p.setFont(self.style["tickFont"])
            self._specs = self.generateDrawSpecs(p)
            self.picture = True
        if self._specs is not None:
            axis, ticks, texts = self._specs
            p.save()
            self.drawPicture(p, axis, ticks if self.grid else [], texts)
            p.restore()

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.unit == "bytes" and not self.logMode:
            return [size(value) if value > 0 else "0" for value in values]
        if self.unit == "time":
            return [f"{value:g} s" if self.range[1] < 60 else lasted(value) if value else "0" for value in values]
        found: list[str] = super().tickStrings(values, scale, spacing)
        if self.logMode:  # the library writes all nine figures of a decade, one over the other
            near = self.range[1] - self.range[0] < 2.5
            wanted = {"1", "2", "5"} if near else {"1"}
            return [text if text.lstrip("0.")[:1] in wanted else "" for text in found]
        return found

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        if self.unit == "bytes" and maxVal > minVal:
            lines = max(2.0, size / px(40))
            return [(2.0 ** math.ceil(math.log2((maxVal - minVal) / lines)), 0.0)]
        if self.unit == "time" and maxVal - minVal > 10:
            apart = (maxVal - minVal) * px(70) / size
            return [(float(next((item for item in APART if item >= apart), 86400 * math.ceil(apart / 86400))), 0.0)]
        found: list[tuple[float, float]] = super().tickSpacing(minVal, maxVal, size)
        return found[:2]  # the lines of a third kind are too faint to be seen, and far more than the others


class Box(pyqtgraph.ViewBox):  # type: ignore[misc]
    """The inside of a figure: tells what the mouse wants to see, and leaves to the chart what comes of it."""

    framed = Signal(QRectF)
    """What was dragged out."""
    wheeled = Signal(float, float)
    """So much more is to be seen (less than 1: less), around a place along x."""
    moved = Signal(float)
    """By so much along x."""
    all_wanted = Signal()
    clicked = Signal(float)
    """A place along x was clicked."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseMode(pyqtgraph.ViewBox.RectMode)
        self.disableAutoRange()

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:
        event.accept()
        self.wheeled.emit(1.25 ** (-event.delta() / 120), self.mapSceneToView(event.scenePos()).x())

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        event.accept()
        if axis is None and event.button() == Qt.MouseButton.LeftButton:
            super().mouseDragEvent(event)
        else:
            now, before = (self.mapSceneToView(place) for place in (event.scenePos(), event.lastScenePos()))
            self.moved.emit(before.x() - now.x())

    def showAxRect(self, ax: Any, **_: Any) -> None:
        found = QRectF(ax).normalized()
        wide, high = self.viewPixelSize()
        if found.width() >= SMALLEST_DRAG * wide and found.height() >= SMALLEST_DRAG * high:
            self.framed.emit(found)

    def mouseClickEvent(self, event: Any) -> None:
        event.accept()
        if event.double():
            self.all_wanted.emit()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.mapSceneToView(event.scenePos()).x())


class Figure(pyqtgraph.GraphicsView):  # type: ignore[misc]
    """Axes, curves and a cursor.

    The library's own plot brings four axes, a menu and a form of settings along, and takes three times as long to make.
    """

    painted = Signal(float)
    """Its curves were painted anew, in so many seconds."""
    pointed = Signal(object)
    """The pointer is at a place along x, or has left."""
    pressed = Signal(int, bool)
    """A key was pressed, and whether Shift was held."""
    focused = Signal(bool)
    keys: tuple[Qt.Key, ...] = (
        Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus, Qt.Key.Key_Home,
    )  # fmt: skip

    def __init__(self, unit: Unit, theme: Theme) -> None:
        super().__init__()
        self.unit = unit
        self.box = Box()
        self.left, self.bottom = Axis("left", unit), Axis("bottom")
        self.enableMouse(False)
        grid = self.centralLayout
        grid.setContentsMargins(1, 1, 1, 1)
        grid.setSpacing(0)
        grid.addItem(self.box, 0, 1)
        grid.addItem(self.left, 0, 0)
        grid.addItem(self.bottom, 1, 1)
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
            axis.setZValue(0.5)  # above what lies behind the curves
            axis.setFlag(axis.GraphicsItemFlag.ItemNegativeZStacksBehindParent)
            axis.setStyle(tickLength=0)
            axis.enableAutoSIPrefix(False)
        self.curves = Curves(self.box, theme)
        self.readout = Cursor(self.box, theme)
        self.scene().sigMouseMoved.connect(self._point)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.setBackground(theme.canvas)
        self.left.setGrid(GRID)
        for axis in (self.left, self.bottom):
            axis.setStyle(tickFont=figures(10))
            axis.setPen(pyqtgraph.mkPen(None))
            axis.setTickPen(pyqtgraph.mkPen(QColor(theme.line)))
            axis.setTextPen(QColor(theme.muted))
        self.left.setWidth(px(56 if self.unit == "bytes" else 42))
        self.bottom.setHeight(px(34))
        self.bottom.label.setFont(words(10))
        accent = QColor(theme.accent)
        self.box.rbScaleBox.setPen(pyqtgraph.mkPen(accent))
        accent.setAlphaF(0.15)
        self.box.rbScaleBox.setBrush(pyqtgraph.mkBrush(accent))
        self.curves.theme = self.readout.theme = theme
        self.curves.update()
        self.readout.update()

    def measure_time(self, on: bool) -> None:
        """Write places along x as seconds, minutes and hours, or as numbers."""
        axis = self.bottom
        if (axis.unit == "time") != on:
            axis.unit = "time" if on else ""
            axis.picture = None
            axis.update()

    def name_axis(self, text: str) -> None:
        """Say what goes along x."""
        axis = self.bottom
        if axis.labelText != text:
            axis.setLabel(text)
            axis.label.setFont(words(10))

    def paintEvent(self, event: QPaintEvent) -> None:
        begun = time.perf_counter()
        self.curves.drawn = False
        super().paintEvent(event)
        if self.curves.drawn:
            self.painted.emit(time.perf_counter() - begun)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in self.keys:
            event.accept()
            self.pressed.emit(event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None)

    def _point(self, place: Any) -> None:
        inside = self.box.sceneBoundingRect().contains(place)
        self.pointed.emit(self.box.mapSceneToView(place).x() if inside else None)
