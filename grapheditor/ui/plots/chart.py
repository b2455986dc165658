"""A chart of curves on a card, drawn by pyqtgraph; that is imported when the first chart is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, words
from grapheditor.ui.widgets import label

SHOWN = 4000
"""A curve of more points is thinned to about so many, by the means of neighbours."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve's name, the theme's colour it has, its width in pixels and how opaque it is."""

    name: str
    """Goes through :func:`tr` where it is shown."""
    colour: str
    width: float = 2.0
    opacity: float = 1.0


class Chart(QFrame):
    """One chart: a title, a legend and curves over epochs."""

    def __init__(
        self, title: str, curves: Sequence[Curve], theme: Theme, *, percent: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        import pyqtgraph

        self.setProperty("chart", True)
        self.setObjectName(f"chart-{title.lower()}")
        shown = tr(title)
        self.setAccessibleName(tr("Chart: {title}", title=shown))
        self.title = title
        self.percent = percent
        self._curves = curves
        self._data: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        head = QHBoxLayout()
        head.addWidget(label(f"{shown}, %" if percent else shown, bold=True))
        head.addStretch(1)
        self._squares = []
        for curve in curves:
            square = label("■")
            self._squares.append((square, curve))
            head.addWidget(square)
            head.addWidget(label(tr(curve.name), muted=True, size=11))
            head.addSpacing(8)
        self.plot = pyqtgraph.PlotWidget(enableMenu=False)
        self.plot.setAccessibleName(tr("Chart: {title}", title=shown))
        self.plot.hideButtons()
        self.plot.setAntialiasing(True)
        self.plot.setMinimumHeight(90)
        self.plot.setFrameShape(QFrame.Shape.NoFrame)
        self._items = {curve.name: self.plot.plot([], []) for curve in curves}
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setStyle(tickFont=figures(10), tickLength=0)
            axis.enableAutoSIPrefix(False)
        self.plot.getAxis("left").setWidth(40)
        self.plot.getAxis("bottom").setLabel(tr("epoch"))
        self.plot.getAxis("bottom").label.setFont(words(10))
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 10, 4)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.plot, 1)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        import pyqtgraph

        self.plot.setBackground(theme.canvas)
        self.plot.showGrid(x=False, y=True, alpha=0.25)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(pyqtgraph.mkPen(None))
            axis.setTickPen(pyqtgraph.mkPen(QColor(theme.line)))
            axis.setTextPen(QColor(theme.muted))
        for square, curve in self._squares:
            colour = QColor(getattr(theme, curve.colour))
            colour.setAlphaF(curve.opacity)
            square.setStyleSheet(f"color: {colour.name(QColor.NameFormat.HexArgb)};")
            item = self._items[curve.name]
            item.setPen(pyqtgraph.mkPen(colour, width=curve.width))
            item.setSymbolPen(None)
            item.setSymbolBrush(colour)

    def show_curve(self, name: str, x: Sequence[float], y: Sequence[float]) -> None:
        """Draw a curve anew; y in per cent where the chart is one of shares."""
        ys = np.asarray(y, dtype=float) * (100 if self.percent else 1)
        xs = np.asarray(x, dtype=float)
        self._data[name] = (xs, ys)
        xs, ys = thinned(xs, ys)
        one = len(xs) == 1
        self._items[name].setData(xs, ys, symbol="o" if one else None, symbolSize=5 if one else 0)

    def values(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return what a curve shows, before thinning."""
        nothing = np.zeros(0)
        return self._data.get(name, (nothing, nothing))

    def fit(self, epochs: float) -> None:
        """Show all epochs from the first on, so that the curve walks to the right."""
        self.plot.setXRange(0, max(epochs, 1e-3), padding=0.02)
        self.plot.setYRange(*span([ys for _, ys in self._data.values()], self.percent), padding=0.03)

    def clear(self) -> None:
        """Forget all curves."""
        for curve in self._curves:
            self.show_curve(curve.name, (), ())


def span(curves: Sequence[np.ndarray], percent: bool) -> tuple[float, float]:
    """Return the range in which curves are read well.

    Shares get whole tens. Of a long curve the highest and lowest hundredth of the points may leave the picture: one bad
    batch would otherwise press all others flat.
    """
    lows, highs = [], []
    for curve in curves:
        finite = curve[np.isfinite(curve)]
        if len(finite):
            low, high = np.quantile(finite, (0.01, 0.99)) if len(finite) >= 200 else (finite.min(), finite.max())
            lows.append(float(low))
            highs.append(float(high))
    if percent:
        low, high = min(lows, default=0.0), max(highs, default=100.0)
        return 10.0 * np.floor(min(low, 99.0) / 10), 10.0 * np.ceil(max(high, 1.0) / 10)
    low, high = min(0.0, *lows) if lows else 0.0, max(highs, default=1.0)
    return low, high if high > low else low + 1.0


def thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Replace runs of neighbours by their means where there are more points than a screen can show."""
    step = len(x) // SHOWN
    if step < 2:
        return x, y
    whole = len(x) // step * step
    return x[:whole].reshape(-1, step).mean(1), y[:whole].reshape(-1, step).mean(1)
