"""What people have chosen of the charts: which are seen, how smooth, along what axis; kept with the window's state."""

from __future__ import annotations

import json
from typing import Literal, get_args

from PySide6.QtCore import QObject, Signal

from grapheditor.ui.plots.declared import Plot, at_first

Along = Literal["epochs", "steps", "time"]
Compared = Literal["validation", "train", "batch"]
SMOOTHINGS = (0, 10, 30, 100, 300, 1000)
"""Over about how many steps a curve of steps is smoothed; 0 is not at all."""
MOST_NAMES = 200


class Choices(QObject):
    """How the charts are drawn.

    seen: of charts, by key, whether they are seen, where somebody has said so. logarithmic: those whose axis is so.
    compared: which part of the data runs are compared by. together: those that differ by seed are a mean and a band.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.seen: dict[str, bool] = {}
        self.logarithmic: set[str] = set()
        self.smoothing = 0
        self.along: Along = "epochs"
        self.compared: Compared = "validation"
        self.together = False

    def shown(self, plots: tuple[Plot, ...]) -> list[Plot]:
        """Return which of the charts are to be seen."""
        first = at_first(plots)
        return [plot for plot in plots if self.seen.get(plot.key, plot.key in first)]

    def show(self, key: str, shown: bool) -> None:
        """Show a chart, or do not."""
        self.seen[key] = shown
        self.changed.emit()

    def smooth(self, length: int) -> None:
        """Smooth curves of steps over so many steps."""
        self.smoothing = length
        self.changed.emit()

    def go_along(self, axis: Along) -> None:
        """Draw along epochs, steps or the time that a run has taken."""
        self.along = axis
        self.changed.emit()

    def compare(self, part: Compared) -> None:
        """Compare runs by this part."""
        self.compared = part
        self.changed.emit()

    def put_together(self, together: bool) -> None:
        """Draw runs that differ by their seed as a mean with its deviation, or each by itself."""
        self.together = together
        self.changed.emit()

    def bend(self, key: str, logarithmic: bool) -> None:
        """Give a chart a logarithmic axis, or an even one."""
        (self.logarithmic.add if logarithmic else self.logarithmic.discard)(key)
        self.changed.emit()

    @property
    def text(self) -> str:
        """All of it, to be kept."""
        values = {
            "seen": self.seen, "logarithmic": sorted(self.logarithmic), "smoothing": self.smoothing,
            "along": self.along, "compared": self.compared, "together": self.together,
        }  # fmt: skip
        return json.dumps(values)

    def restore(self, text: str) -> None:
        """Take what was kept; what cannot be is left out."""
        try:
            found = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            return
        if not isinstance(found, dict):
            return
        seen, logarithmic = found.get("seen"), found.get("logarithmic")
        if isinstance(seen, dict) and len(seen) <= MOST_NAMES:
            self.seen = {key: shown for key, shown in seen.items() if isinstance(shown, bool)}
        if isinstance(logarithmic, list) and len(logarithmic) <= MOST_NAMES:
            self.logarithmic = {key for key in logarithmic if isinstance(key, str)}
        if found.get("smoothing") in SMOOTHINGS:
            self.smoothing = int(found["smoothing"])
        if found.get("along") in get_args(Along):
            self.along = found["along"]
        if found.get("compared") in get_args(Compared):
            self.compared = found["compared"]
        self.together = found.get("together") is True
        self.changed.emit()
