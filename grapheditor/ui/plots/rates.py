"""The loss over rising learning rates, as a chart from which a rate is taken. Imported when the first one is made."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pyqtgraph
from PySide6.QtCore import QLineF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QPushButton, QStyleOptionGraphicsItem, QWidget

from grapheditor.runs.following import Curve
from grapheditor.ui.plots.chart import Chart, Range
from grapheditor.ui.plots.declared import Plot
from grapheditor.ui.plots.figures import calm
from grapheditor.ui.plots.lines import Line
from grapheditor.ui.session import Session
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.widgets import link

FINE = 10**6
"""Places of a curve are whole numbers: so many go on a decade."""
ABOVE = 1.2
"""Of the first loss: what is above that has diverged, and is cut off."""
PLOT = Plot("learning-rates", mark("Loss by learning rate"), "", (), 0)


class RateChart(Chart):
    """Shows the curve, the rate of the recipe and those that suggest themselves; a click on a place offers that."""

    taken = Signal(float)
    """A learning rate is to be taken."""
    put_away = Signal()

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__(PLOT, theme)
        self._trials = session.trials
        self.candidate: float | None = None
        """The rate at the place that was clicked last."""
        self.buttons: list[QPushButton] = []
        self.marks = Marks(self.figure.box, theme)
        self.figure.bottom.setLogMode(True, None)
        self.figure.keys = (*self.figure.keys, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        self.figure.box.clicked.connect(lambda at: self._offer(10.0**at))
        self.zoomed.connect(lambda seen: self.fit(self._whole, seen))
        self.pointed.connect(self.point)
        self.bent.connect(lambda *_: self.refresh())
        self.away = link(tr("Close"), "rates-close")
        self.away.clicked.connect(self.put_away)
        self.head.addWidget(self.away, 0, Qt.AlignmentFlag.AlignTop)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.marks.theme = theme
        self.marks.update()

    def refresh(self) -> None:
        """Show the curve as it is, and which rates can be taken."""
        found = self._trials.curve
        if found is None:
            return
        places = (np.log10(np.asarray(found.rates)) * FINE).round().astype(np.int64)
        curves = [Curve(places, np.asarray(values, np.float64)) for values in (found.losses, found.smoothed)]
        points = (found.rates, found.losses)
        lines = [
            Line("", "accent", curves[0], FINE, 1.0, 0.3, mark=points),
            Line(tr("loss, smoothed"), "accent", curves[1], FINE, mark=points),
        ]
        self.show_lines(PLOT, lines, "rates", logarithmic=self.log.isChecked())
        if len(places):
            self.fit((float(places[0]) / FINE, float(places[-1]) / FINE), None)
        self.show_choices()

    def span(self, first: float, last: float) -> Range:
        """Return which losses are shown: none that say no more than that it diverged."""
        found = self._trials.curve
        if self.scale.logarithmic or found is None:
            return super().span(first, last)
        losses = np.asarray(found.smoothed, np.float64)
        losses = losses[np.isfinite(losses)]
        if not len(losses):
            return 0.0, 1.0
        low, high = float(losses.min()), min(float(losses.max()), float(losses[0]) * ABOVE)
        return calm(min(0.0, low), high) if high > min(0.0, low) else (low - 1.0, low + 1.0)

    @property
    def axis_name(self) -> str:
        return tr("learning rate")

    def place(self, at: float) -> str:
        return tr("learning rate {rate:.2g}", rate=10.0**at)

    def press(self, key: int, held: bool) -> None:
        if key not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().press(key, held)
        elif self.figure.readout.at is not None:
            self._offer(10.0**self.figure.readout.at)
            self.buttons[-1].setFocus()

    def _offer(self, rate: float) -> None:
        """Offer the rate of a place, with two digits."""
        first, last = self._whole
        self.candidate = float(f"{min(max(rate, 10.0**first), 10.0**last):.2g}")
        self.show_choices()

    def show_choices(self) -> None:
        """Have a button for each rate that can be taken, and a line where it is."""
        found = self._trials.curve
        suggested = found.suggested if found is not None else ()
        now = self._trials.rate
        rates = [*suggested, *([self.candidate] if self.candidate not in (None, *suggested) else [])]
        for button in self.buttons:
            button.hide()
            self.head.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        for number, rate in enumerate(rates):
            button = QPushButton(tr("Take {rate:g}", rate=rate))
            button.setObjectName(f"rates-take-{number}")
            button.setEnabled(rate != now)
            button.clicked.connect(partial(self.taken.emit, rate))
            self.head.insertWidget(self.head.count() - 2, button, 0, Qt.AlignmentFlag.AlignTop)
            self.buttons.append(button)
        self.marks.show_rates(suggested, self.candidate, now)
        told = ", ".join(f"{rate:g}" for rate in suggested)
        self.figure.setAccessibleDescription(tr("Suggested: {rates}", rates=told) if told else "")


class Marks(pyqtgraph.GraphicsObject):  # type: ignore[misc]
    """Lines over a figure where rates are: those suggested, the one that was clicked, and the recipe's own."""

    def __init__(self, box: pyqtgraph.ViewBox, theme: Theme) -> None:
        super().__init__(box)
        self.theme = theme
        self.rates: list[tuple[float, str, Qt.PenStyle]] = []
        self._box = box
        for signal in (box.sigResized, box.sigRangeChanged):
            signal.connect(lambda *_: self._move())

    def show_rates(self, suggested: tuple[float, ...], candidate: float | None, now: float | None) -> None:
        """Have lines at these."""
        self.rates = [(rate, "good", Qt.PenStyle.SolidLine) for rate in suggested]
        if candidate is not None:
            self.rates.append((candidate, "warning", Qt.PenStyle.DashLine))
        if now is not None:
            self.rates.append((now, "muted", Qt.PenStyle.DotLine))
        self.update()

    def _move(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._box.rect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        box = self.boundingRect()
        (left, right), _ = self._box.viewRange()
        for rate, colour, style in self.rates:
            at = (math.log10(rate) - left) / (right - left)
            if 0 <= at <= 1:
                painter.setPen(QPen(self.theme.colour(colour), 1.5, style))
                painter.drawLine(QLineF(at * box.width(), 0, at * box.width(), box.height()))
