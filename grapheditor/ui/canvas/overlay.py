"""An overlay: a number for each node, shown on the canvas as heat. What is shown is somebody else's to say.

Parameters, multiply-adds and memory are such numbers; so is anything that is known of nodes by their paths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np

from grapheditor.ui.canvas.rows import Floats

Scale = Literal["linear", "log"]


@dataclass(frozen=True, slots=True)
class Overlay:
    """Numbers of nodes, by path (``stage2.blocks.0.conv1``); of a node that is repeated one without the copy's number
    says it for all copies.

    title: what they are. written: writes one, unit included. scale: how numbers become heat; a logarithm shows those of
    many magnitudes, leaves out what is below 0, and has 0 as cold as the least. high: what the hottest number of a
    linear scale is at least. decades: how many magnitudes a logarithm spans at least.

    For the legend: note: what the numbers refer to. ends: what is cold and what is hot, in words. more: a sentence.
    lead: what stands out, and the path of the node to which a click on that leads.
    """

    id: str
    title: str
    values: Mapping[str, float]
    written: Callable[[float], str]
    note: str = ""
    scale: Scale = "linear"
    high: float = 0.0
    decades: float = 0.0
    ends: tuple[str, str] = ("", "")
    more: str = ""
    lead: tuple[str, str] | None = None

    def value(self, path: str) -> float | None:
        """Return the number of a node, None where there is none."""
        found = self.values.get(path)
        if found is not None:
            return found
        return self.values.get(".".join(part for part in path.split(".") if not part.isdecimal()))


@dataclass(frozen=True, slots=True)
class Heat:
    """An overlay as it is shown: for each node, by slot, its number and how hot that is, from 0 to 1.

    Both are nan for nodes without a number. low, high: the numbers at 0 and 1.
    """

    overlay: Overlay
    values: Floats
    shares: Floats
    low: float
    high: float

    def at(self, share: float) -> float:
        """Return the number that is so hot."""
        if self.overlay.scale == "log":
            return float(self.low * (self.high / self.low) ** share) if self.low > 0 else 0.0
        return self.low + (self.high - self.low) * share


def heat(overlay: Overlay, paths: list[str]) -> Heat:
    """Return what an overlay says of nodes, given by path in the order of their slots.

    A linear scale begins at 0, a logarithmic one at the least number that is shown.
    """
    found = (overlay.value(path) for path in paths)
    values = np.array([np.nan if value is None else value for value in found], dtype=np.float64)
    log_scale = overlay.scale == "log"
    if log_scale:
        values[~(values >= 0)] = np.nan
    known = values[np.isfinite(values)]
    counted = known[known > 0] if log_scale else known
    if not len(counted):
        return Heat(overlay, values, np.where(np.isfinite(values), 0.0, np.nan), 0.0, 0.0)
    if log_scale:
        high = float(counted.max())
        low = min(float(counted.min()), high / 10**overlay.decades)
    else:
        high, low = max(float(counted.max()), overlay.high), min(0.0, float(counted.min()))
    if high <= low:
        return Heat(overlay, values, np.where(np.isfinite(values), (values > 0).astype(float), np.nan), low, high)
    if log_scale:
        shares = (np.log(np.maximum(values, low)) - log(low)) / (log(high) - log(low))
    else:
        shares = (values - low) / (high - low)
    return Heat(overlay, values, shares, low, high)
