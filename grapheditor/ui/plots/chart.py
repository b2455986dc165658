"""A chart of curves on a card, drawn by pyqtgraph; that is imported when the first chart is made."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QFrame, QGraphicsItem, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from grapheditor.ui.plots.curves import Reading, Scale
from grapheditor.ui.plots.declared import Plot
from grapheditor.ui.plots.figures import calm, decades, lasted, span, written
from grapheditor.ui.plots.legend import Entry, Legend
from grapheditor.ui.plots.lines import Line
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px, words
from grapheditor.ui.widgets import label, restyle

STEP, LEAP = 0.01, 0.1
"""By how much of what is seen an arrow key moves the cursor, without and with Shift."""
BELOW, ABOVE = 0.03, 0.07
"""Room around the curves, as a share of them; above, so that the highest figure of the axis fits."""
Range = tuple[float, float]


class Chart(QFrame):
    """One chart: a title, a legend, and curves over epochs, steps or time.

    What the mouse and keys want to see along x is told, for all charts show the same of it.
    """

    zoomed = Signal(object)
    """A range of x is to be seen, None for all of it."""
    pointed = Signal(object)
    """The cursor is to stand at a place along x, None for nowhere."""
    bent = Signal(str, bool)
    """The axis of this chart is to be logarithmic, or not to be."""
    painted = Signal(float)
    """It was painted, in so many seconds."""

    def __init__(self, plot: Plot, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from grapheditor.ui.plots.figure import Figure

        self.setProperty("chart", True)
        self.setObjectName(f"chart-{plot.key}")
        self.plot = plot
        self.theme = theme
        self.lines: list[Line] = []
        self._whole: Range = (0.0, 1.0)
        self._along = "epochs"
        self._framed: Range | None = None
        self._fitted: object = None
        name = tr("Chart: {title}", title=tr(plot.title))
        self.setAccessibleName(name)
        self.title = label(plot.shown, bold=True)
        self.legend = Legend(theme)
        self.log = QPushButton(tr("log"))
        self.log.setObjectName(f"log-{plot.key}")
        self.log.setProperty("quiet", True)
        self.log.setCheckable(True)
        self.log.setToolTip(tr("Logarithmic axis"))
        self.log.setAccessibleName(tr("Logarithmic axis of {title}", title=tr(plot.title)))
        if plot.unit == "share":
            self.log.hide()
        self.log.toggled.connect(lambda on: self.bent.emit(self.plot.key, on))
        head = self.head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.legend, 1, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.log, 0, Qt.AlignmentFlag.AlignTop)
        self.figure = Figure(plot.unit, theme)
        self.figure.setObjectName(f"figure-{plot.key}")
        self.figure.setAccessibleName(name)
        self.figure.setMinimumHeight(px(80))
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 10, 4)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.figure, 1)
        self._connect()

    def _connect(self) -> None:
        figure = self.figure
        figure.painted.connect(self.painted)
        figure.pointed.connect(self.pointed)
        figure.pressed.connect(self.press)
        figure.focused.connect(lambda on: restyle(self, "focused", on))
        figure.box.framed.connect(self._frame)
        figure.box.wheeled.connect(self.zoom)
        figure.box.moved.connect(self.move_by)
        figure.box.all_wanted.connect(self.follow)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.theme = theme
        self.legend.set_theme(theme)
        self.figure.set_theme(theme)

    # What is shown

    @property
    def scale(self) -> Scale:
        """How values stand on the axis."""
        return Scale(100.0 if self.plot.unit == "share" else 1.0, self.log.isChecked())

    def show_lines(self, plot: Plot, lines: list[Line], along: str, *, logarithmic: bool) -> None:
        """Draw the curves as they are now. along: epochs, steps or time."""
        self.plot, self.lines, self._along = plot, lines, along
        with QSignalBlocker(self.log):
            self.log.setChecked(logarithmic)
        left = self.figure.left
        if left.logMode != logarithmic:
            left.setLogMode(logarithmic)
        self.figure.name_axis(self.axis_name)
        self.figure.measure_time(along == "time")
        self.legend.show_entries([_entry(line) for line in lines if line.name])
        self.figure.curves.show_lines(lines, self.scale)
        if self.figure.readout.at is not None:
            self.point(self.figure.readout.at)

    def fit(self, whole: Range, seen: Range | None) -> None:
        """Show a range of x, or all of it, so that the curve walks to the right; along y what is in it."""
        self._whole = whole
        if seen is None:
            self._framed = None
        first, last = seen or whole
        what = (first, last, self._framed, self.scale, self.lines)
        if what == self._fitted:
            return
        self._fitted = what
        low, high = self._framed or self.span(first, last)
        pad = (last - first) * (0.02 if seen is None else 0.0)
        rise = 0.0 if self._framed else high - low
        wanted = [[first - pad, last + pad], [low - BELOW * rise, high + ABOVE * rise]]
        if self.figure.box.viewRange() != wanted:
            box = QRectF(wanted[0][0], wanted[1][0], wanted[0][1] - wanted[0][0], wanted[1][1] - wanted[1][0])
            self.figure.box.setRange(box, padding=0)

    def span(self, first: float, last: float) -> Range:
        """Return which values are shown of a range of x."""
        found = []
        for line in self.lines:
            steps = line.curve.steps
            ends = (math.floor(first * line.per), math.ceil(last * line.per) + 1)
            here = slice(*np.searchsorted(steps, ends).tolist())
            values = _sampled(line.curve.values[here])
            found.append(values)
            if line.deviation is not None:
                deviation = _sampled(line.deviation[here])
                found += [values - deviation, values + deviation]
        scale = self.scale
        if scale.logarithmic:
            return decades(found)
        low, high = span([values * scale.factor for values in found], self.plot.unit == "share")
        return (low, high) if self.plot.unit == "share" else calm(low, high)

    def values(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return what a curve shows, before thinning: places along x, and values as they were measured."""
        for line in self.lines:
            if line.name == name:
                return line.curve.steps / line.per, line.curve.values
        return np.zeros(0), np.zeros(0)

    # Zoom

    @property
    def seen(self) -> Range:
        """What of x is seen."""
        left, right = self.figure.box.viewRange()[0]
        return float(left), float(right)

    def zoom(self, factor: float, around: float) -> None:
        """Show so much more of x, or with a factor below 1 less, around a place that stays where it is."""
        left, right = self.seen
        self._see(around - (around - left) * factor, around + (right - around) * factor)

    def move_by(self, distance: float) -> None:
        """Show what lies beside what is seen."""
        left, right = self.seen
        distance = max(self._whole[0] - left, min(self._whole[1] - right, distance))
        if left + distance >= self._whole[0] - 1e-9 and right + distance <= self._whole[1] + 1e-9:
            self._see(left + distance, right + distance)

    def follow(self) -> None:
        """Show everything, as far as it has come."""
        self._framed = None
        self.zoomed.emit(None)

    def _see(self, left: float, right: float) -> None:
        first, last = self._whole
        left, right = max(first, left), min(last, right)
        if right - left >= (last - first) * 0.999:
            self.follow()
        elif right - left > (last - first) * 1e-6:
            self.zoomed.emit((left, right))

    def _frame(self, found: QRectF) -> None:
        """Show what was dragged out, along y in this chart alone."""
        self._framed = found.top(), found.bottom()
        first, last = self._whole
        self.zoomed.emit((max(first, found.left()), min(last, found.right())))

    # Cursor

    def point(self, at: float | None) -> None:
        """Let the cursor stand at a place along x."""
        readout = self.figure.readout
        if at is None:
            readout.show_at(None)
            return
        readout.show_at(at, self.place(at), list(self._readings(at)))

    @property
    def axis_name(self) -> str:
        """What goes along x."""
        return {"epochs": tr("epoch"), "time": tr("time")}.get(self._along, tr("step"))

    def place(self, at: float) -> str:
        """Write a place along x."""
        if self._along == "steps":
            return tr("step {step:,}", step=round(at))
        if self._along == "time":
            return tr("after {time}", time=lasted(at))
        per = next((line.per for line in self.lines if len(line.curve.steps)), 1.0)
        return tr("epoch {epoch:.2f}, step {step:,}", epoch=at, step=round(at * per))

    def _readings(self, at: float) -> list[Reading]:
        factor = self.scale.factor
        found = []
        for line in self.lines:
            value = _value(line, at * line.per)
            if value is not None and (line.name or len(self.lines) == 1 or line is self.lines[-1]):
                entry = _entry(line) if line.name else _entry(line)._replace(name=tr(self.plot.title))
                text = written(value[0] * factor, self.plot.unit)
                if value[1] is not None:
                    text = f"{text} ± {written(value[1] * factor, self.plot.unit)}"
                found.append(Reading(entry, text))
        return found

    def press(self, key: int, held: bool) -> None:
        """Do what a key does in the figure."""
        left, right = self.seen
        at = self.figure.readout.at
        middle = at if at is not None else (left + right) / 2
        match key:
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                way = (1 if key == Qt.Key.Key_Right else -1) * (LEAP if held else STEP)
                self.pointed.emit(min(right, max(left, middle + way * (right - left))))
                self.figure.setAccessibleDescription(self.figure.readout.text)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom(0.8, middle)
            case Qt.Key.Key_Minus:
                self.zoom(1.25, middle)
            case _:
                self.follow()

    # Pictures

    def draw(self, painter: QPainter, box: QRectF) -> None:
        """Draw the chart into a box of a picture, without the cursor."""
        readout = self.figure.readout
        parts = (self.figure.curves, self.figure.left, self.figure.bottom)
        at = readout.at
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme.colour("line"), 1.0))
        painter.setBrush(self.theme.colour("canvas"))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setFont(words(12, "semibold"))
        painter.setPen(self.theme.colour("text"))
        title = self.title.text()
        painter.drawText(QPointF(box.left() + 14, box.top() + 22), title)
        used = QFontMetrics(words(12, "semibold")).horizontalAdvance(title) + 28
        self.legend.paint(painter, QRectF(box.left() + used, box.top() + 8, box.width() - used - 10, 40))
        place = self.figure.geometry()
        target = QRectF(box.left() + place.x(), box.top() + place.y(), place.width(), place.height())
        try:
            readout.at, self.figure.curves.cut = None, True
            for part in parts:
                part.setCacheMode(QGraphicsItem.CacheMode.NoCache)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            self.figure.render(painter, target, self.figure.viewport().rect())
        finally:
            for part in parts:
                part.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
            readout.at, self.figure.curves.cut = at, False
            painter.restore()


def _entry(line: Line) -> Entry:
    return Entry(line.name, line.colour, line.opacity, line.sign)


def _sampled(values: np.ndarray) -> np.ndarray:
    """Return some thousand of many values: where they lie is told by these."""
    return values[:: max(1, len(values) // 2000)] if len(values) >= 4000 else values


def _value(line: Line, step: float) -> tuple[float, float | None] | None:
    """Return the value of the point next to a step, and its deviation; None where the curve has not come there."""
    steps: Sequence[int] = line.curve.steps  # type: ignore[assignment]
    if not len(steps):
        return None
    gap = (steps[-1] - steps[0]) / max(1, len(steps) - 1) or line.per
    if not steps[0] - gap <= step <= steps[-1] + gap / 2:
        return None
    behind = min(len(steps) - 1, int(np.searchsorted(line.curve.steps, math.ceil(step))))
    before = max(0, behind - 1)
    at = before if step - steps[before] < steps[behind] - step else behind
    deviation = None if line.deviation is None else float(line.deviation[at])
    return float(line.curve.values[at]), deviation
