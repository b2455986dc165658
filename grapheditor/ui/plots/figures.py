"""How the values of a chart are written."""

from __future__ import annotations

import math

import numpy as np

from grapheditor.ui.plots.declared import Unit
from grapheditor.ui.texts import tr
from grapheditor.ui.widgets import size


def written(value: float, unit: Unit) -> str:
    """Write a value as a chart shows it, with its unit. A share is given in per cent."""
    if not math.isfinite(value):
        return tr("not a number") if math.isnan(value) else "∞" if value > 0 else "-∞"
    match unit:
        case "share":
            return f"{value:.1f} %"
        case "bytes":
            return size(value)
        case "rate":
            return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        case _:
            return f"{value:.4g}"


def lasted(seconds: float) -> str:
    """Write a time: ``12.3 s``, ``4:05``, ``1:04:05``."""
    if seconds < 60:
        return tr("{n:.1f} s", n=max(0.0, seconds))
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def span(curves: list[np.ndarray], percent: bool) -> tuple[float, float]:
    """Return the range in which curves are read well.

    Shares get whole tens. Of a long curve the highest and lowest hundredth of the points may leave the picture: one bad
    batch would otherwise press all others flat.
    """
    found = [bounds for curve in curves if (bounds := _bounds(curve)) is not None]
    lows, highs = [low for low, _ in found], [high for _, high in found]
    if percent:
        low, high = min(lows, default=0.0), max(highs, default=100.0)
        return 10.0 * math.floor(min(low, 99.0) / 10), 10.0 * math.ceil(max(high, 1.0) / 10)
    low, high = min(0.0, *lows) if lows else 0.0, max(highs, default=1.0)
    return low, high if high > low else low + 1.0


def decades(curves: list[np.ndarray]) -> tuple[float, float]:
    """Return the range of curves on a logarithmic axis, as powers of ten; what is not positive has no place there."""
    found = [bounds for curve in curves if (bounds := _bounds(curve[curve > 0])) is not None]
    if not found:
        return -1.0, 0.0
    low, high = math.log10(min(low for low, _ in found)), math.log10(max(high for _, high in found))
    return (low, high) if high - low > 0.1 else (low - 0.5, high + 0.5)


def calm(low: float, high: float) -> tuple[float, float]:
    """Return a range that is a little larger and rounder, so that an axis does not change with every point."""
    step = 10.0 ** math.floor(math.log10(high - low)) / 10
    return step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9)


def _bounds(curve: np.ndarray) -> tuple[float, float] | None:
    """Return where a curve lies; of a long one some hundred points tell."""
    if len(curve) >= 200:
        finite = curve[:: max(1, len(curve) // 2000)]
        finite = finite[np.isfinite(finite)]
        if len(finite):
            low, high = np.quantile(finite, (0.01, 0.99))
            return float(low), float(high)
    finite = curve[np.isfinite(curve)]
    return (float(finite.min()), float(finite.max())) if len(finite) else None
