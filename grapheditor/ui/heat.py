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
from grapheditor.ui.lens import overview
from grapheditor.ui.session import Session
from grapheditor.ui.summary.columns import Cost
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.trials import spent
from grapheditor.ui.widgets import short, size


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that can be shown as heat. overlay: returns it as far as it is known, None where it is not yet.

    inside: it is seen by looking inside the network, which goes on for as long as it is shown.
    """

    id: str
    title: str
    overlay: Callable[[Session], Overlay | None]
    inside: bool = False


def _shares(measure: str, title: str, cost: Cost, of: Callable[[int, int], str]) -> Measure:
    """Return the measure of a cost of the summary, as shares of the whole. of: writes the whole; takes the batch."""

    def overlay(session: Session) -> Overlay | None:
        summary = session.findings.summary
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


def _time(session: Session) -> Overlay | None:
    """Return the share of a step's time that each node takes, once that was measured."""
    timing, document = session.trials.timing, session.document
    if timing is None or document is None:
        return None
    paths = timing.forward.keys() | timing.backward.keys()
    shares = {path: sum(timing.seconds(path) or ()) / (timing.total or 1.0) for path in paths}
    note = tr(
        "of {time} at batch {batch}, on {device}", time=spent(timing.total), batch=timing.batch, device=timing.device
    )
    if timing.revision != document.revision:
        note = f"{note}, {tr('before the last edits')}"
    return Overlay("time", tr("Time"), shares, written, note)


MEASURES: tuple[Measure, ...] = (
    _shares("parameters", mark("Parameters"), "parameters", lambda whole, _: f"{whole:,}"),
    _shares("multiply-adds", mark("Multiply-adds"), "multiply_adds", lambda whole, _: short(whole)),
    _shares("memory", mark("Memory"), "kept_bytes", _kept),
    Measure("time", mark("Time"), _time),
    Measure("gradient", mark("Gradient"), overview.gradient, inside=True),
    Measure("dead", mark("Dead units"), overview.dead, inside=True),
    Measure("not-finite", mark("Not finite"), overview.not_finite, inside=True),
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
        for signal in (
            session.opened,
            session.trials.measured,
            session.findings.analysed,
            session.findings.summarised,
            session.entered,
        ):
            signal.connect(self.refresh)
        for signal in (session.pins.source.changed, session.training.changed):
            signal.connect(self._look_again)
        self.refresh()

    def choose(self, measure: str) -> None:
        """Show a measure by its id; an empty one shows none."""
        self.chosen = measure
        self.session.findings.watch("summary", "heat", bool(measure))
        self.session.pins.source.want_overview(self._looks_inside)
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
        measure, document = self._measure, self.session.document
        overlay = measure.overlay(self.session) if measure is not None and document is not None else None
        self.canvas.show_overlay(overlay)
        waits = tr(measure.title) if measure is not None and overlay is None else ""
        why = self.session.pins.source.problem if waits and self._looks_inside else ""
        self.legend.show_heat(self.canvas.scene.heat(), waits, why)
        scene = self.canvas.scene
        self.legend.setVisible(scene.stands() and bool(scene.body.nodes))  # a module may have another name just now

    @property
    def _measure(self) -> Measure | None:
        return next((item for item in MEASURES if item.id == self.chosen), None)

    @property
    def _looks_inside(self) -> bool:
        return self._measure is not None and self._measure.inside

    def _look_again(self) -> None:
        """Something was seen inside the network, or a run tells how it ended."""
        if self._looks_inside:
            self.refresh()

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
