"""Curves as they are painted: thinned to what the pixels can show, and put into their places by numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from grapheditor.runs.series import between, fewest
from grapheditor.ui.plots.legend import Entry
from grapheditor.ui.plots.lines import Line
from grapheditor.ui.plots.signs import shape, swatch
from grapheditor.ui.style import mixed
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px, words

STROKE = 2
"""Curves are drawn with smooth edges, the calmest first, until they went up and down by so many widths of the chart.

Smooth edges of a jagged curve take a hundred times as long as drawing it a pixel wide, and show the same.
"""
PLACES = 5
"""How often a sign stands on a curve."""
FAR = 20_000.0
"""Pixels out of the picture, behind which it makes no difference where a point is."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What of the plane is seen: the range of x and of y, and the pixels that it has, scale of the device for each.

    cut: lines end at the edges, exactly.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    width: float
    height: float
    scale: float = 1.0
    cut: bool = False

    def across(self, x: np.ndarray) -> np.ndarray:
        """Return where places along x are, in pixels from the left."""
        found: np.ndarray = (x - self.x[0]) * (self.width / (self.x[1] - self.x[0]))
        return found

    def down(self, y: np.ndarray) -> np.ndarray:
        """Return where values are, in pixels from the top."""
        return np.clip((self.y[1] - y) * (self.height / (self.y[1] - self.y[0])), -FAR, FAR)


class Scale(NamedTuple):
    """How values stand on the axis: times a factor, and as powers of ten where it is logarithmic."""

    factor: float = 1.0
    logarithmic: bool = False

    def of(self, values: np.ndarray) -> np.ndarray:
        """Return the places of values; NaN where they have none."""
        found = values * self.factor
        if self.logarithmic:
            with np.errstate(invalid="ignore", divide="ignore"):
                found = np.where(found > 0, np.log10(found), np.nan)
        return np.where(np.isfinite(found), found, np.nan)


class Shape(NamedTuple):
    """A curve in pixels. rise: how far it goes up and down in all."""

    x: np.ndarray
    y: np.ndarray
    pieces: list[QPolygonF]
    band: QPolygonF | None
    rise: float


def shaped(line: Line, frame: Frame, scale: Scale) -> Shape:
    """Return how a curve is drawn in a frame."""
    seen = between(line.curve.steps, frame.x[0] * line.per, frame.x[1] * line.per)
    steps, values = line.curve.steps[seen], line.curve.values[seen]
    if not len(steps):
        return Shape(np.empty(0), np.empty(0), [], None, 0.0)
    covered = (steps[-1] - steps[0]) / line.per / (frame.x[1] - frame.x[0])
    columns = max(2, int(frame.width * frame.scale * min(1.0, covered)))
    most = 2 * columns if line.width <= 1 else max(8, columns // 2)
    if line.opacity < 1:
        most //= 2  # what lies faint behind another one
    band = None
    if line.deviation is not None:
        band = _band(steps, values, line.deviation[seen], line.per, max(8, columns // 3), frame, scale)
    steps, values = fewest(steps, values, most)
    x, y = frame.across(steps / line.per), frame.down(scale.of(values))
    if frame.cut:
        x, y = _inside(x, y, frame)
    rise = float(np.nansum(np.abs(np.diff(np.clip(y, 0, frame.height))))) if len(y) > 1 else 0.0
    return Shape(x, y, [_polygon(x[piece], y[piece]) for piece in _finite(y)], band, rise)


def _band(
    steps: np.ndarray, values: np.ndarray, deviation: np.ndarray, per: float, most: int, frame: Frame, scale: Scale
) -> QPolygonF:
    """Return the outline of what lies within a deviation of a curve."""
    above = fewest(steps, values + deviation, most)
    below = fewest(steps, values - deviation, most)
    x, y = [], []
    for (at, edge), way in ((above, 1), (below, -1)):
        place = scale.of(edge)
        place = np.where(np.isnan(place) & np.isfinite(edge), frame.y[0], place)  # it goes below zero
        there = np.isfinite(place)
        x.append(np.clip(frame.across(at[there] / per)[::way], 0, frame.width))
        y.append(np.clip(frame.down(place[there])[::way], 0, frame.height))
    return _polygon(np.concatenate(x), np.concatenate(y))


def _inside(x: np.ndarray, y: np.ndarray, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Cut a line off at the edges of a frame, exactly. What lies outside is NaN."""
    for edge in (0.0, frame.width):
        x, y = _crossing(x, y, edge)
    for edge in (0.0, frame.height):
        y, x = _crossing(y, x, edge)
    outside = (x < 0) | (x > frame.width) | (y < 0) | (y > frame.height)
    return x, np.where(outside, np.nan, y)


def _crossing(across: np.ndarray, other: np.ndarray, edge: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the coordinates of a line with a point wherever it crosses an edge."""
    below = across < edge
    at = np.flatnonzero((below[:-1] != below[1:]) & np.isfinite(across[:-1]) & np.isfinite(across[1:]))
    if not len(at):
        return across, other
    part = (edge - across[at]) / (across[at + 1] - across[at])
    between = other[at] + part * (other[at + 1] - other[at])
    return np.insert(across, at + 1, edge), np.insert(other, at + 1, between)


def _finite(y: np.ndarray) -> Iterator[slice]:
    """Yield the stretches in which there are numbers."""
    there = np.isfinite(y)
    if there.all():
        yield slice(0, len(y))
        return
    edges = np.flatnonzero(np.diff(np.concatenate([[0], there.astype(np.int8), [0]])))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield slice(start, end)


def _polygon(x: np.ndarray, y: np.ndarray) -> QPolygonF:
    from pyqtgraph.functions import arrayToQPolygonF

    found: QPolygonF = arrayToQPolygonF(np.ascontiguousarray(x), np.ascontiguousarray(y))
    return found


class Curves(QGraphicsItem):
    """The curves of a chart, in the pixels of its view box. They are painted anew when something of them changes."""

    def __init__(self, box: Any, theme: Theme) -> None:
        super().__init__(box)
        self.theme = theme
        self.lines: list[Line] = []
        self.measure = Scale()
        self.cut = False
        """Whether lines end at the edges themselves: an SVG knows no clipping."""
        self._box = box
        self._kept: list[tuple[Line, Shape]] = []
        self.drawn = False
        """Whether they were painted anew since somebody has asked, and not copied from what they looked like."""
        self._kept_for: tuple[Frame, Scale] | None = None
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        box.sigResized.connect(lambda *_: self.move())
        box.sigRangeChanged.connect(lambda *_: self.update())

    def move(self) -> None:
        """The box has another size."""
        self.prepareGeometryChange()
        self.update()

    def show_lines(self, lines: list[Line], scale: Scale) -> None:
        """Draw other curves, where they are others."""
        if lines != self.lines or scale != self.measure:
            self.lines, self.measure = lines, scale
            self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._box.rect())

    def frame(self, scale: float = 1.0) -> Frame:
        """Return what is seen now."""
        (left, right), (low, high) = self._box.viewRange()
        size = self._box.rect()
        return Frame((left, right), (low, high), max(1.0, size.width()), max(1.0, size.height()), scale, self.cut)

    def shapes(self, frame: Frame) -> list[Shape]:
        """Return the curves in a frame; those of which nothing has changed are as they were."""
        kept = dict.fromkeys(range(len(self._kept))) if self._kept_for == (frame, self.measure) else {}
        found = []
        for i, line in enumerate(self.lines):
            known = i in kept and self._kept[i][0] == line
            found.append(self._kept[i][1] if known else shaped(line, frame, self.measure))
        self._kept = list(zip(self.lines, found, strict=True))
        self._kept_for = (frame, self.measure)
        return found

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        frame = self.frame(abs(painter.deviceTransform().m11()) or 1.0)
        if frame.width < 8 or frame.height < 8:
            return
        self.drawn = True
        painter.save()
        painter.setClipRect(self.boundingRect())
        self._paint(painter, frame, self.shapes(frame))
        painter.restore()

    def _paint(self, painter: QPainter, frame: Frame, shapes: list[Shape]) -> None:
        """Draw bands, the curves on them, and the signs of runs on these."""
        for line, found in zip(self.lines, shapes, strict=True):
            if found.band is not None:
                ink = self._ink(line, 0.16)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(ink)
                painter.drawPolygon(found.band)
        left, fine = STROKE * frame.width, set()
        for i in sorted(range(len(shapes)), key=lambda i: shapes[i].rise):
            left -= shapes[i].rise
            if left >= 0:
                fine.add(i)
        for i, (line, found) in enumerate(zip(self.lines, shapes, strict=True)):
            self._draw(painter, line, found, fine=i in fine)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for i, (line, found) in enumerate(zip(self.lines, shapes, strict=True)):
            if line.sign and not line.dots:
                self._sign(painter, line, found, i, frame.width)

    def _ink(self, line: Line, opacity: float) -> QColor:
        ink = QColor(self.theme.colour(line.colour))
        ink.setAlphaF(opacity)
        return ink

    def _draw(self, painter: QPainter, line: Line, found: Shape, *, fine: bool) -> None:
        ink = QColor(mixed(self.theme.canvas, getattr(self.theme, line.colour), line.opacity))  # blending takes longer
        if line.dots or len(found.x) == 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            for x, y in zip(found.x.tolist(), found.y.tolist(), strict=True):
                if y == y:
                    painter.drawPath(shape(line.sign or "circle", QPointF(x, y), px(3.5)))
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, fine)
        pen = QPen(ink, line.width if fine else 0.0)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for piece in found.pieces:
            painter.drawPolyline(piece)

    def _sign(self, painter: QPainter, line: Line, found: Shape, number: int, width: float) -> None:
        """Put the sign of a curve on some places of it, each curve's beside the others'."""
        if not len(found.x):
            return
        shift = (number % 7 + 0.5) / 7
        places = (np.arange(PLACES) + shift) * width / PLACES
        places = places[(places >= found.x[0]) & (places <= found.x[-1])]
        if not len(places):
            places = found.x[-1:]
        painter.setPen(QPen(self.theme.colour("canvas"), 1.0))
        painter.setBrush(self._ink(line, 1.0))
        for x, y in zip(places.tolist(), np.interp(places, found.x, found.y).tolist(), strict=True):
            if y == y:
                painter.drawPath(shape(line.sign, QPointF(x, y), px(4)))


class Reading(NamedTuple):
    """What stands at the cursor: a curve, and its value there in figures."""

    entry: Entry
    value: str


class Cursor(QGraphicsItem):
    """A line across a chart, and beside it what the curves are there."""

    def __init__(self, box: Any, theme: Theme) -> None:
        super().__init__(box)
        self.theme = theme
        self._box = box
        self.at: float | None = None
        self.title = ""
        self.readings: Sequence[Reading] = ()
        self.setZValue(10)
        box.sigResized.connect(lambda *_: self.prepareGeometryChange())

    def boundingRect(self) -> QRectF:
        return QRectF(self._box.rect())

    def show_at(self, at: float | None, title: str = "", readings: Sequence[Reading] = ()) -> None:
        """Stand at a place along x, or nowhere."""
        if at is None and self.at is None:
            return
        self.at, self.title, self.readings = at, title, readings
        self.update()

    @property
    def text(self) -> str:
        """What is read there, in words."""
        return ", ".join([self.title, *(f"{item.entry.name} {item.value}" for item in self.readings)])

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self.at is None:
            return
        box = self.boundingRect()
        left, right = self._box.viewRange()[0]
        x = round(box.width() * (self.at - left) / (right - left)) + 0.5
        if not 0 <= x <= box.width():
            return
        painter.save()
        painter.setPen(QPen(self.theme.colour("muted"), 0.0))
        painter.drawLine(QPointF(x, 0), QPointF(x, box.height()))
        self._tell(painter, x, box)
        painter.restore()

    def _tell(self, painter: QPainter, x: float, box: QRectF) -> None:
        names, numbers = QFontMetrics(words(11)), QFontMetrics(figures(11))
        high = px(15)
        most = max(1, int((box.height() - px(14)) // high) - 1)
        shown = list(self.readings[:most] if len(self.readings) <= most else self.readings[: most - 1])
        more = len(self.readings) - len(shown)
        rest = tr("{n} more", n=more) if more else ""
        texts = [names.elidedText(item.entry.name, Qt.TextElideMode.ElideMiddle, px(170)) for item in shown]
        name_width = max((names.horizontalAdvance(text) for text in texts), default=0)
        value_width = max((numbers.horizontalAdvance(item.value) for item in shown), default=0)
        head = numbers.horizontalAdvance(self.title)
        wide = max(px(24) + name_width + px(12) + value_width, head + px(12), names.horizontalAdvance(rest) + px(12))
        tall = high * (1 + len(shown) + bool(rest)) + px(8)
        start = x + px(8) if x + px(8) + wide <= box.width() else max(0.0, x - px(8) - wide)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme.colour("card_edge"), 1.0))
        painter.setBrush(self.theme.colour("raised"))
        painter.drawRoundedRect(QRectF(start + 0.5, px(4) + 0.5, wide, tall), 4, 4)
        left, right = int(Qt.AlignmentFlag.AlignLeft), int(Qt.AlignmentFlag.AlignRight)
        inside = QRectF(start + px(6), px(8), wide - px(12), high)
        painter.setFont(figures(11))
        painter.setPen(self.theme.colour("muted"))
        painter.drawText(inside, left, self.title)
        for item, text in zip(shown, texts, strict=True):
            inside.translate(0, high)
            entry = item.entry
            middle = QPointF(inside.left() + px(5), inside.top() + high / 2)
            swatch(painter, self.theme, middle, entry.colour, max(0.6, entry.opacity), entry.sign)
            painter.setFont(words(11))
            painter.setPen(self.theme.colour("text"))
            painter.drawText(inside.adjusted(px(14), 0, 0, 0), left, text)
            painter.setFont(figures(11))
            painter.drawText(inside, right, item.value)
        if rest:
            inside.translate(0, high)
            painter.setFont(words(11))
            painter.setPen(self.theme.colour("muted"))
            painter.drawText(inside, left, rest)
