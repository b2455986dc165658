"""What is shown as heat on the canvas: chosen by the View menu, a key or the legend, and kept true to the graph.

A further measure is an entry in :data:`MEASURES`: what it is called, and the numbers of the nodes as they are known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from grapheditor.ui.canvas import Canvas
from grapheditor.ui.canvas.legend import Legend
from grapheditor.ui.canvas.overlay import Overlay
from grapheditor.ui.inspector.facts import share
from grapheditor.ui.session import Session
from grapheditor.ui.summary.columns import Cost
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.widgets import short, size


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that can be shown as heat. overlay: returns it as far as it is known, None where it is not yet."""

    id: str
    title: str
    overlay: Callable[[Session], Overlay | None]


def _shares(measure: str, title: str, cost: Cost, of: Callable[[int, int], str]) -> Measure:
    """Return the measure of a cost of the summary, as shares of the whole. of: writes the whole; takes the batch."""

    def overlay(session: Session) -> Overlay | None:
        summary = session.summary
        whole = getattr(summary, cost) if summary is not None else None
        if summary is None or whole is None:
            return None
        values = {row["path"]: (row[cost] or 0) / whole if whole else 0.0 for row in summary.rows if row["counted"]}
        return Overlay(measure, tr(title), values, written, tr("of {whole}", whole=of(whole, summary.batch)))

    return Measure(measure, title, overlay)


def written(part: float) -> str:
    """Write a share in a few characters."""
    return "0 %" if not part else "<0.1 %" if part < 0.001 else share(part)


def _kept(whole: int, batch: int) -> str:
    return tr("{size} kept at batch {batch}", size=size(whole), batch=batch)


MEASURES: tuple[Measure, ...] = (
    _shares("parameters", mark("Parameters"), "parameters", lambda whole, _: f"{whole:,}"),
    _shares("multiply-adds", mark("Multiply-adds"), "multiply_adds", lambda whole, _: short(whole)),
    _shares("memory", mark("Memory"), "kept_bytes", _kept),
)


class Heating(QObject):
    """Shows the measure that was chosen on a canvas, with its legend."""

    changed = Signal()

    def __init__(self, session: Session, canvas: Canvas, theme: Theme) -> None:
        super().__init__(canvas)
        self.session = session
        self.canvas = canvas
        self.chosen = ""
        """The id of the measure; empty where none is shown."""
        self.menu = QMenu(canvas)
        self.menu.setObjectName("heat-menu")
        self.menu.aboutToShow.connect(self._offer)
        self.legend = Legend(canvas, self.menu, theme)
        for signal in (session.opened, session.analysed, session.summarised, session.entered):
            signal.connect(self.refresh)
        self.refresh()

    def choose(self, measure: str) -> None:
        """Show a measure by its id; an empty one shows none."""
        self.chosen = measure
        self.session.watch("summary", "heat", bool(measure))
        self.refresh()
        self.changed.emit()

    def restore(self, measure: str) -> None:
        """Show what was shown before; nothing where that is not known any more."""
        if measure in {item.id for item in MEASURES}:
            self.choose(measure)

    def next(self) -> None:
        """Show the next measure; none behind the last one."""
        known = ["", *(item.id for item in MEASURES)]
        self.choose(known[(known.index(self.chosen) + 1) % len(known)])

    def show_stages(self, shown: bool) -> None:
        """Show from afar stages as blocks and sizes as heights, or all nodes alike."""
        self.canvas.show_stages(shown)
        self.changed.emit()

    def refresh(self) -> None:
        """Bring canvas and legend up to date; what was known of the graph before stays until more is known."""
        measure = next((item for item in MEASURES if item.id == self.chosen), None)
        document = self.session.document
        overlay = measure.overlay(self.session) if measure is not None and document is not None else None
        self.canvas.show_overlay(overlay)
        waits = tr(measure.title) if measure is not None and overlay is None else ""
        self.legend.show_heat(self.canvas.scene.heat(), waits)
        scene = self.canvas.scene
        self.legend.setVisible(scene.stands() and bool(scene.body.nodes))  # a module may have another name just now

    def _offer(self) -> None:
        self.menu.clear()
        for name, title in (("", tr("No heat")), *((item.id, tr(item.title)) for item in MEASURES)):
            action = self.menu.addAction(title)
            action.setObjectName(f"heat-{name or 'none'}")
            action.setCheckable(True)
            action.setChecked(name == self.chosen)
            action.triggered.connect(lambda _checked=False, name=name: self.choose(name))
        self.menu.addSeparator()
        stages = self.menu.addAction(tr("Stages and sizes when zoomed out"))
        stages.setObjectName("heat-stages")
        stages.setCheckable(True)
        stages.setChecked(self.canvas.scene.staged)
        stages.triggered.connect(self.show_stages)
