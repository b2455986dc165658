"""The Training tab: what the run does now, how far it is, and its curves."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from grapheditor.ui.keys import Keymap
from grapheditor.ui.plots.chart import Chart, Curve
from grapheditor.ui.plots.library import Library
from grapheditor.ui.session import Session
from grapheditor.ui.texts import counted, mark, tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.training import Run
from grapheditor.ui.widgets import label

LOSS = (
    Curve(mark("batch"), "accent", 1.0, 0.45), Curve(mark("train"), "accent"), Curve(mark("validation"), "warning"),
)  # fmt: skip
DRAW_AFTER = 100
"""Milliseconds from news of a run to the curves: what comes meanwhile is drawn with it."""
SHARE = (Curve(mark("train"), "accent"), Curve(mark("validation"), "warning"))


class TrainingTab(QWidget):
    """Follows the session's run. The charts are made by :meth:`load`."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.theme = theme
        self.setObjectName("training")
        self.setAccessibleName(tr("Training"))
        self.loss: Chart | None = None
        self.share: Chart | None = None
        self._library = Library(self)
        self._library.load()
        self._loading = False
        self._keys = Keymap(())
        self._run: Run | None = None
        self._drawing = QTimer(self)
        self._drawing.setSingleShot(True)
        self._drawing.setInterval(DRAW_AFTER)
        self._drawing.timeout.connect(self.draw)
        self.status = label(mono=True, muted=True, size=11)
        self.status.setObjectName("training-status")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the run"))
        self.hint = label(muted=True)
        self.hint.setObjectName("training-hint")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._charts = QHBoxLayout()
        self._charts.setSpacing(12)
        self._charts.addWidget(self.hint)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 12)
        column.setSpacing(10)
        column.addWidget(self.bar)
        column.addLayout(self._charts, 1)
        session.run_changed.connect(self.refresh)
        for signal in (session.opened, session.edited, session.analysed, session.run_changed):
            signal.connect(self._say_what_to_do)
        self.refresh()
        self._say_what_to_do()

    def load(self) -> None:
        """Make the charts, as soon as the library is there that draws them."""
        if not self._loading:
            self._loading = True
            self._library.when_loaded(self._make_loss, self._make_share)

    def _make_loss(self) -> None:
        self.loss = Chart(mark("Loss"), LOSS, self.theme)
        self._charts.addWidget(self.loss, 1)
        self._show_charts()

    def _make_share(self) -> None:
        self.share = Chart(mark("Accuracy"), SHARE, self.theme, percent=True)
        self._charts.addWidget(self.share, 1)
        self._show_charts()
        self.draw()

    def show_keys(self, keymap: Keymap) -> None:
        """Tell of these keys from now on."""
        self._keys = keymap
        self._say_what_to_do()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.theme = theme
        for chart in (self.loss, self.share):
            if chart is not None:
                chart.set_theme(theme)

    def refresh(self) -> None:
        """Show the run's state; begin anew where it is another run."""
        run = self.session.run
        if run is not self._run:
            self._run = run
            if run is not None:
                run.measured.connect(self._drawing.start)
                self.load()
            for chart in (self.loss, self.share):
                if chart is not None:
                    chart.clear()
        self._show_charts()
        total = max(1, run.epochs * run.steps_per_epoch) if run else 1
        busy = self.session.waiting or (run is not None and run.state == "starting")
        self.bar.setRange(0, 0 if busy else total)
        self.bar.setValue(min(total, run.step) if run else 0)
        other = f"{run.name}: " if run is not None and run.name != self.session.name else ""
        self.status.setText(tr("waiting for the engine") if self.session.waiting else f"{other}{status(run)}")

    def _say_what_to_do(self) -> None:
        why = self.session.why_not_train()
        if self.session.waiting:
            why = tr("Training starts as soon as the engine has looked at the graph. Stop gives it up.")
        key = self._keys.hint("train")
        how = tr("{key} trains the graph. Its curves appear here.", key=key) if key else ""
        self.hint.setText(why or how or tr("Train starts a run. Its curves appear here."))

    def _show_charts(self) -> None:
        run = self.session.run
        self.hint.setVisible(run is None)
        if self.loss is not None:
            self.loss.setVisible(run is not None)
        if self.share is not None:
            self.share.setVisible(run is not None and (not run.curves.steps or "accuracy" in run.curves.steps))

    def draw(self) -> None:
        """Draw the curves as far as they have come."""
        run = self.session.run
        if run is None or self.loss is None or self.share is None or run is not self._run:
            return
        per = max(1, run.steps_per_epoch)
        batch = run.curves.steps.get("loss", [])
        self.loss.show_curve("batch", [(i + 1) / per for i in range(len(batch))], batch)
        ends = [step / per for step in run.curves.ends]
        for chart, metric in ((self.loss, "loss"), (self.share, "accuracy")):
            for name in ("train", "validation"):
                values = run.curves.epochs.get(f"{name}_{metric}", [])
                chart.show_curve(name, ends[: len(values)], values)
            chart.fit(run.epochs)


def status(run: Run | None) -> str:
    """Say in a line what a run does: ``epoch 3 / 10 · 3,412 images/s · 0:12 left``."""
    if run is None:
        return ""
    match run.state:
        case "starting":
            return tr("starting")
        case "running":
            minutes, left = divmod(int(run.seconds_left), 60)
            return tr(
                "epoch {epoch} / {epochs} · {rate:,.0f} samples/s · {time} left",
                epoch=min(run.epochs, run.epoch + 1),
                epochs=run.epochs,
                rate=run.rate,
                time=f"{minutes}:{left:02}",
            )
        case "paused":
            epoch = min(run.epochs, run.epoch + 1)
            return tr("paused · epoch {epoch} / {epochs}", epoch=epoch, epochs=run.epochs)
        case "stopping":
            return tr("stopping")
        case "finished":
            return counted(run.epochs, "{n} epoch", "{n} epochs") + result(run.metrics)
        case "stopped":
            return tr("stopped after step {n:,}", n=run.step) + result(run.metrics)
        case _:
            return tr("failed")


def result(metrics: Mapping[str, float]) -> str:
    """Say what a run came to: the accuracy and the loss on the rarest samples that were measured."""
    for part in (mark("test"), mark("validation"), mark("train")):
        said = []
        if f"{part}_accuracy" in metrics:
            said.append(tr("{part} accuracy {share:.1%}", part=tr(part), share=metrics[f"{part}_accuracy"]))
        if f"{part}_loss" in metrics:
            said.append(tr("{part} loss {loss:.4g}", part=tr(part), loss=metrics[f"{part}_loss"]))
        if said:
            return f" · {' · '.join(said)}"
    return ""
