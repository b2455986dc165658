"""The Training tab: what the run does now, how far it is, and its curves, beside those of runs to compare it with."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from grapheditor.ui.actions import Choice
from grapheditor.ui.background import Background
from grapheditor.ui.following import Following
from grapheditor.ui.keys import Keymap
from grapheditor.ui.plots.chart import Chart, Range
from grapheditor.ui.plots.choices import SMOOTHINGS, Along, Choices, Compared
from grapheditor.ui.plots.declared import Part, Plot, declared
from grapheditor.ui.plots.export import write_picture, write_table
from grapheditor.ui.plots.library import Library
from grapheditor.ui.plots.lines import Lines, ShownRun
from grapheditor.ui.plots.outputs import Outputs
from grapheditor.ui.plots.pace import Pace
from grapheditor.ui.plots.status import ended, status, waiting, without_curves
from grapheditor.ui.plots.wall import Wall
from grapheditor.ui.run import Run
from grapheditor.ui.session import Session
from grapheditor.ui.telling import Notice, sentence
from grapheditor.ui.texts import counted, mark, tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.widgets import Progress, Ticker, label

if TYPE_CHECKING:
    from grapheditor.ui.plots.rates import RateChart

SPACE = 4
"""Pixels between what stands above the charts."""
LATER = 1000
"""Milliseconds until a window that was put away is looked at again."""
ALONG = {"epochs": mark("Along epochs"), "steps": mark("Along steps"), "time": mark("Along time")}
BY = {"validation": mark("Compare by validation"), "train": mark("Compare by train"), "batch": mark("Compare by batch")}


class TrainingTab(QWidget):
    """Follows the session's run, and those that are compared. The charts are made as runs tell what they measure.

    aside: what stands beside the tabs while this one is shown.
    """

    export_wanted = Signal()
    """The curves are to be written into a file."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.theme = theme
        self.setObjectName("training")
        self.setAccessibleName(tr("Training"))
        self.charts: dict[str, Chart] = {}
        self.rates: RateChart | None = None
        """What came of trying learning rates, for as long as that is shown."""
        self.plots: tuple[Plot, ...] = ()
        self.choices = Choices(self)
        self.pace = Pace(self)
        self._lines = Lines()
        self._writer = Background("curves", self)
        self._writer.failed.connect(lambda text: session.told.emit(Notice(sentence(text), wrong=True)))
        self._library = Library(self)
        self._library.load()
        self._making: set[str] = set()
        self._keys = Keymap(())
        self._run: Run | Following | None = None
        self._seen: Range | None = None
        self._along: Along = self.choices.along
        self._stale = False
        self._build()
        self.pace.due.connect(self.draw)
        self.choices.changed.connect(self._choose)
        training = session.training
        training.changed.connect(self.refresh)
        training.progressed.connect(self._show_progress)
        training.compared.changed.connect(self._compare)
        training.compared.seen.connect(self.pace.ask)
        training.compared.read.connect(self.pace.draw)
        news = session.trials.foretold, session.fetching.changed, training.changed
        for signal in (session.opened, session.edited, session.findings.analysed, *news):
            signal.connect(self._say_what_to_do)
        session.trials.ranged.connect(self._show_rates)
        session.edited.connect(self._offer_rates)
        self.refresh()
        self._choose()

    def give_room(self, wide: int) -> None:
        """Have what stands above the charts be so wide at most: the text of the run ends in dots before its buttons."""
        buttons = [part for part in (self.smoothing, self.menu) if not part.isHidden()]
        self.status.give_room(max(0, wide - sum(part.sizeHint().width() + SPACE for part in buttons)))

    def _build(self) -> None:
        self.status = Ticker(size=11)
        self.status.setProperty("muted", True)
        self.status.setObjectName("training-status")
        self.smoothing = _button("charts-smoothing", tr("Smoothing of the curves"))
        self.menu = _button("charts-menu", tr("Charts"))
        self.menu.setText(f"{tr('Charts')} ▾")
        self.aside = QWidget()
        row = QHBoxLayout(self.aside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for part in (self.status, self.smoothing, self.menu):
            row.addWidget(part)
        self.bar = Progress(tr("Progress of the run"))
        self.hint = label(muted=True)
        self.hint.setObjectName("training-hint")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.wall = Wall()
        self.outputs = Outputs(self.theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 12)
        column.setSpacing(10)
        column.addWidget(self.bar)
        column.addWidget(self.hint, 1)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.wall, 1)
        row.addWidget(self.outputs)
        column.addLayout(row, 1)

    def take_menus(self, actions: dict[str, QAction]) -> None:
        """Open the window's own menus of charts and of smoothing."""
        for button, name in ((self.menu, "charts"), (self.smoothing, "smoothing")):
            menu = actions[name].menu()
            if isinstance(menu, QMenu):
                button.setMenu(menu)

    def show_keys(self, keymap: Keymap) -> None:
        """Tell of these keys from now on."""
        self._keys = keymap
        self._say_what_to_do()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.theme = theme
        self.outputs.set_theme(theme)
        for chart in (*self.charts.values(), *self._apart):
            chart.set_theme(theme)

    # The runs

    def runs(self) -> list[ShownRun]:
        """Return the runs of which there are curves to show: the newest one, and those that are compared."""
        training = self.session.training
        found: dict[Path, ShownRun] = {}
        sight = training.shown.sight if training.shown is not None else None
        if sight is not None:
            found[sight.folder] = ShownRun(sight.folder.name, 0, sight)
        for folder in training.compared.folders:
            other = training.compared.sight(folder)
            if other is not None and folder not in found:
                found[folder] = ShownRun(folder.name, training.compared.place(folder), other)
        return list(found.values())

    def refresh(self) -> None:
        """Show the run's state; begin anew where it is another run."""
        run = self.session.training.shown
        if run is not self._run:
            self._run, self._seen = run, None
            self._lines.forget()
            if run is not None:
                run.seen.connect(self.pace.ask)
            self.pace.ask()
        self._show_charts()
        self._show_progress()

    def _show_progress(self) -> None:
        """Say what the run does and how far it is."""
        training = self.session.training
        run = training.run
        sight = training.shown.sight if training.shown is not None else None
        total = max(1, sight.record.progress.steps) if sight is not None else 1
        busy = training.waiting or (run is not None and run.state == "starting")
        self.bar.setRange(0, 0 if busy else total)
        self.bar.setValue(min(total, sight.step) if sight is not None else 0)
        other = f"{run.name}: " if run is not None and run.name != self.session.name else ""
        said = tr("waiting for the engine") if training.waiting else f"{other}{status(run)}"
        if run is None and sight is not None and not training.waiting:
            said = f"{sight.folder.name}: {ended(sight, sight.look.state)}"
        self.status.setText(said + waiting(len(training.beside), len(training.queue)))

    def _compare(self) -> None:
        self._lines.forget()
        self._seen = None
        self._say_what_to_do()
        self.pace.draw()

    def _say_what_to_do(self) -> None:
        training = self.session.training
        run = training.shown
        over = without_curves(run) if run is not None else ""
        if training.compared.folders or (run is not None and not over):
            self.hint.setText(tr("The curves appear here with the first steps."))
            return
        why = over or training.why_not()
        if training.waiting:
            why = tr("Training starts as soon as the engine has looked at the graph. Stop gives it up.")
        key = self._keys.hint("train")
        how = tr("{key} trains the graph. Its curves appear here.", key=key) if key else ""
        text = why or how or tr("Train starts a run. Its curves appear here.")
        lasts = "" if why else self.session.trials.duration
        self.hint.setText(f"{text} {lasts}".strip())

    # The charts

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.pace.ask()

    def draw(self) -> None:
        """Draw the curves as far as they have come; where nobody sees them, not before somebody does."""
        put_away = self.window().isMinimized()
        self._stale = put_away or not self.isVisible()
        if self._stale:
            if put_away:
                QTimer.singleShot(LATER, self, self.pace.ask)
            return
        runs = self.runs()
        self.plots = declared(run.sight for run in runs)
        self.outputs.show_sight(runs[0].sight if runs else None)
        self._show_charts()
        choices, seen = self.choices, self._seen
        whole = (0.0, max((_length(run, choices.along) for run in runs), default=1.0))
        for plot in choices.shown(self.plots):
            chart = self.charts.get(plot.key)
            if chart is not None:
                lines = self._lines.of(plot, runs, choices)
                bent = plot.key in choices.logarithmic and plot.unit != "share"
                chart.show_lines(plot, lines, choices.along, logarithmic=bent)
                chart.fit(whole, seen)

    def _show_charts(self) -> None:
        """Have the charts on the wall that are chosen; those that were never seen are made, one after the other."""
        if self.session.training.shown is None and not self.session.training.compared.folders:
            self.plots = ()
            self.outputs.show_sight(None)
        wanted = self.choices.shown(self.plots)
        self.wall.show_charts([*self._apart, *(self.charts.get(plot.key) for plot in wanted)])
        for plot in wanted:
            if plot.key not in self.charts and plot.key not in self._making:
                self._making.add(plot.key)
                self._library.when_loaded(partial(self._make, plot))
        self.hint.setVisible(not wanted and not self._apart)
        self.wall.setVisible(bool(wanted) or bool(self._apart))
        self.smoothing.setVisible(bool(self.plots))
        self.menu.setVisible(bool(self.plots))

    def _make(self, plot: Plot) -> None:
        self._making.discard(plot.key)
        chart = self.charts[plot.key] = Chart(plot, self.theme)
        chart.painted.connect(self.pace.spent)
        chart.zoomed.connect(self.see)
        chart.pointed.connect(self._point)
        chart.bent.connect(self.choices.bend)
        self._show_charts()
        self.pace.draw()

    # Learning rates

    @property
    def _apart(self) -> tuple[Chart, ...]:
        """The charts that are not of runs."""
        return () if self.rates is None else (self.rates,)

    def _show_rates(self) -> None:
        """Show what came of trying learning rates, or put it away."""
        if self.session.trials.curve is None:
            rates, self.rates = self.rates, None
            self._show_charts()
            if rates is not None:
                rates.deleteLater()
        elif self.rates is None:
            self._library.when_loaded(self._make_rates)
        else:
            self.rates.refresh()

    def _make_rates(self) -> None:
        from grapheditor.ui.plots.rates import RateChart

        if self.rates is None and self.session.trials.curve is not None:
            self.rates = RateChart(self.session, self.theme)
            self.rates.taken.connect(self.session.trials.use_rate)
            self.rates.put_away.connect(self.session.trials.put_away)
            self._show_charts()

    def _offer_rates(self) -> None:
        if self.rates is not None:
            self.rates.show_choices()

    def see(self, seen: Range | None) -> None:
        """Show a range of x in all charts, or all of it."""
        self._seen = seen
        self._point(None)
        self.pace.draw()

    def _point(self, at: float | None) -> None:
        for chart in self.wall.charts:
            if chart not in self._apart:
                chart.point(at)

    # What can be chosen

    def _choose(self) -> None:
        length = self.choices.smoothing
        if self.choices.along != self._along:
            self._along, self._seen = self.choices.along, None
        self.smoothing.setText(f"{_smoothing(length) if length else tr('Smoothing')} ▾")
        self.pace.draw()

    def chart_choices(self) -> list[Choice]:
        """Return what can be chosen of the charts: which are seen, along what, how runs are compared."""
        choices = self.choices
        shown = {plot.key for plot in choices.shown(self.plots)}
        found = [
            Choice(tr(plot.title), partial(choices.show, plot.key, plot.key not in shown), plot.key in shown)
            for plot in self.plots
        ]
        ways: tuple[Along, ...] = get_args(Along)
        found += [
            Choice(tr(ALONG[way]), partial(choices.go_along, way), choices.along == way, apart=not i)
            for i, way in enumerate(ways)
        ]
        compared = self.session.training.compared
        if len(self.runs()) > 1:
            parts: tuple[Compared, ...] = get_args(Compared)
            found += [
                Choice(tr(BY[part]), partial(choices.compare, part), choices.compared == part, apart=not i)
                for i, part in enumerate(parts)
            ]
            together = choices.together
            title = tr("Mean and deviation over seeds")
            found.append(Choice(title, lambda: choices.put_together(not together), together))
        if compared.folders:
            found.append(Choice(tr("Compare no other runs"), compared.clear, apart=True))
        if self._seen is not None:
            found.append(Choice(tr("Show the whole curves"), lambda: self.see(None), apart=not compared.folders))
        if self.wall.charts:
            found.append(Choice(tr("Export curves…"), self.export_wanted.emit, apart=True))
        return found

    def smoothing_choices(self) -> list[Choice]:
        """Return over how many steps curves can be smoothed."""
        now = self.choices.smoothing
        return [
            Choice(_smoothing(length), partial(self.choices.smooth, length), now == length) for length in SMOOTHINGS
        ]

    # Files

    @property
    def has_curves(self) -> bool:
        """Whether there is anything to be written."""
        return bool(self.wall.charts) and bool(self.plots)

    def export(self, path: Path) -> None:
        """Write the charts that are shown. path: .png and .svg are a picture, .csv all points of their curves."""
        done = Notice(tr("{name} written.", name=path.name), folder=path.parent)
        if path.suffix.lower() == ".csv":
            curves = self._curves()
            self._writer.do(lambda: write_table(path, curves), lambda _: self.session.told.emit(done))
        else:
            write_picture(path, self.wall, self.theme)
            self.session.told.emit(done)

    def _curves(self) -> list[tuple[ShownRun, Part]]:
        parts = [part for plot in self.choices.shown(self.plots) for part in plot.parts]
        return [(run, part) for run in self.runs() for part in parts if len(run.curve(part).steps)]


def _smoothing(length: int) -> str:
    return counted(length, "Smoothed over {n} step", "Smoothed over {n} steps") if length else tr("Not smoothed")


def _length(run: ShownRun, along: Along) -> float:
    """Return how long a run is along the axis, whether it has come there or not; along time, as far as it has come."""
    measured = [*run.sight.steps.values(), *run.sight.epochs.values()]
    made = max((int(curve.steps[-1]) for curve in measured if len(curve.steps)), default=0)
    steps = max(made, run.sight.record.progress.steps, 1)
    if along == "time":
        seconds = run.seconds_at(np.array([made]))
        return max(float(seconds[0]), 1e-3) if len(seconds) else 1.0
    return steps / run.per_epoch if along == "epochs" else float(steps)


def _button(name: str, title: str) -> QPushButton:
    button = QPushButton()
    button.setObjectName(name)
    button.setProperty("link", True)
    button.setAccessibleName(title)
    return button
