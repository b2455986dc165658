"""The Results tab: measures the weights that are taken, shows what is confused and most wrong, and lets try it out."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from grapheditor.engine.messages import Examine, Examined, Guess, GuessReport, MissReport
from grapheditor.ui.packed import pixmaps
from grapheditor.ui.plots.outputs import Outputs
from grapheditor.ui.results.chances import Chances
from grapheditor.ui.results.matrix import Matrix
from grapheditor.ui.results.pad import SIDE, Pad
from grapheditor.ui.results.scatter import Scatter
from grapheditor.ui.results.tried import Tried, told
from grapheditor.ui.results.wrong import Wrong
from grapheditor.ui.session import Session
from grapheditor.ui.telling import sentence
from grapheditor.ui.texts import counted, mark, tr
from grapheditor.ui.theme import Theme, px
from grapheditor.ui.widgets import Ticker, label, link

SPACE = 8
"""Pixels between what stands above."""
PARTS = {"train": mark("training"), "validation": mark("validation"), "test": mark("test")}


class ResultsTab(QWidget):
    """Follows the weights that the session takes, while it is seen and no run goes on.

    aside: what stands beside the tabs while this one is shown.
    """

    said = Signal(str)
    """Something to tell in the status bar."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setObjectName("results")
        self.setAccessibleName(tr("Results"))
        self.setAcceptDrops(True)
        self.examined: Examined | None = None
        self._run: str | None = None
        """The run that is shown, or measured."""
        self._measuring = self._drawing = self._trying = 0
        """The numbers of questions whose answers are awaited; 0 for none."""
        self._why_not = ""
        self._title = ""
        self._shown: Examined | None = None
        self.hint = label(muted=True)
        self.hint.setObjectName("results-hint")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.matrix = Matrix(theme)
        self.scatter = Scatter(theme)
        self.made = Outputs(theme, "results-outputs")
        self.wrong = Wrong()
        self.wrong_title = label(bold=True)
        self.wrong_title.setWordWrap(True)
        self.pad = Pad(theme)
        self.chances = Chances(theme)
        self.tried = Tried()
        self.tried.hide()
        self.tried.wanted.connect(self._choose_guess)
        self._guesses: Sequence[GuessReport] = ()
        self._answered = False
        """Whether something is said of files or of a drawing, which stays whatever is measured."""
        self.seen = QLabel()
        self.seen.setFixedHeight(px(44))
        self.seen.setMinimumWidth(px(44))
        self.seen.setToolTip(tr("As the network sees it; beside it what it makes of it, where that is a picture"))
        self.said_of = label(muted=True, size=11)
        self.said_of.setWordWrap(True)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.hint)
        whole = QScrollArea()  # it asks for no room as long as it is not seen
        whole.setFrameShape(QFrame.Shape.NoFrame)
        whole.setWidgetResizable(True)
        whole.setWidget(self._parts())
        self._stack.addWidget(whole)
        self.aside = self._aside()
        self.matrix.chosen.connect(self._filter)
        self.pad.drawn.connect(self._ask)
        session.weights.changed.connect(self.refresh)
        session.training.changed.connect(self.refresh)
        session.opened.connect(self._forget)
        self._show()

    def _parts(self) -> QWidget:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(12, 0, 12, 0)
        column.setSpacing(4)
        column.addWidget(self.wrong_title)
        column.addWidget(self.wrong, 1)
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.setContentsMargins(16, 6, 16, 8)
        parts.addWidget(self.matrix)
        for part in (self.matrix, self.scatter, self.made, middle, self._trial()):
            parts.addWidget(part)
        parts.setStretchFactor(parts.indexOf(middle), 1)
        parts.setSizes([px(330), px(330), px(240), px(500), px(330)])
        for place in range(parts.count()):
            parts.setCollapsible(place, False)
        return parts

    def _trial(self) -> QWidget:
        """Return what lets people try the network: the pad, and what it is taken for."""
        self.trial = QWidget()
        row = QHBoxLayout(self.trial)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(12)
        left = QVBoxLayout()
        left.addWidget(self.pad)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(self.seen)
        head.addWidget(self.said_of, 1)
        right.addLayout(head)
        right.addWidget(self.chances)
        right.addWidget(self.tried, 1)
        right.addStretch(0)
        row.addLayout(left)
        row.addLayout(right, 1)
        return self.trial

    def _aside(self) -> QWidget:
        panel = QWidget()
        row = QHBoxLayout(panel)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        self.summary = Ticker(size=11)
        self.summary.setProperty("muted", True)
        self.summary.setObjectName("results-summary")
        self.again = link(tr("Measure again"), "results-measure")
        self.again.clicked.connect(self.measure)
        self.files = link(tr("Try files…"), "results-files")
        self.files.setToolTip(tr("Ask the network about files; they can be dropped here, too"))
        self.files.clicked.connect(self.choose_files)
        for widget in (self.summary, self.again, self.files):
            row.addWidget(widget)
        return panel

    def give_room(self, wide: int) -> None:
        """Have what stands above be so wide at most: what was measured ends in dots before its buttons."""
        buttons = [part for part in (self.again, self.files) if not part.isHidden()]
        self.summary.give_room(max(0, wide - sum(part.sizeHint().width() + SPACE for part in buttons)))

    # What is measured

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    @property
    def _trains(self) -> bool:
        run = self.session.training.run
        return run is not None and run.alive

    def refresh(self) -> None:
        """Measure what was not measured yet, where somebody looks and no training would be held up by it."""
        found = self.session.weights.found
        title = found.title if found is not None else ""
        wanted = (found.run, title) if found is not None and found.run is not None else (self._run, self._title)
        if self.isVisible() and not self._trains and wanted != (self._run, self._title):
            self.measure()
        else:
            self._show()

    def measure(self) -> None:
        """Measure the weights that an export would take."""
        found = self.session.weights.found
        if found is None or found.run is None:
            return
        run = self._run = found.run
        self._title, self._why_not = found.title, ""
        self.session.examiner.forget(self._measuring)
        self._measuring = self.session.examiner.ask(lambda number: Examine(number, run), self._take, self._refuse)
        self._show()

    def _take(self, found: Examined) -> None:
        self.examined, self._measuring = found, 0
        self._show()

    def _refuse(self, why: str) -> None:
        self._why_not, self._measuring = why, 0
        self._show()

    def _forget(self) -> None:
        """Know nothing: another graph is open."""
        self._run, self.examined, self._title, self._why_not = None, None, "", ""
        for asked in (self._measuring, self._drawing, self._trying):
            self.session.examiner.forget(asked)
        self._measuring = self._drawing = self._trying = 0
        self._show_guesses([])
        self._show()

    def _show(self) -> None:
        """Show what is known, or say why nothing is."""
        found = self.examined
        measuring = bool(self._measuring)
        self._stack.setCurrentIndex(1 if found is not None or self._answered else 0)
        self.trial.setVisible(self._answered or (found is not None and found.drawn))
        self.hint.setText(self._why_nothing())
        self.again.setVisible(self.session.weights.run is not None and not measuring)
        self.files.setVisible(self.session.weights.run is not None)
        told = self._why_not or (summary(found) if found is not None else "")
        self.summary.setText(tr("measuring…") if measuring else told)
        self.summary.setToolTip(self._title if found is not None else "")
        if found is None:
            self._show_unmeasured()
        if found is None or measuring or found is self._shown:
            return
        self._shown = found
        names, counts = _table(found)
        self.matrix.show_counts(names, counts)
        self.matrix.setVisible(bool(names))
        self.scatter.show_pairs(found.pairs)
        self.scatter.setVisible(bool(found.pairs))
        if self._run is not None:
            self.made.show_run(Path(self._run))
        self.pad.setVisible(found.drawn)
        self._filter(None)

    def _show_unmeasured(self) -> None:
        """Leave room for what is said of files, where nothing else is known."""
        self._shown = None
        self.matrix.hide()
        self.scatter.hide()
        self.made.show_sight(None)
        self.pad.hide()
        self.wrong.clear()
        self.wrong_title.setText(self._why_nothing())

    def _why_nothing(self) -> str:
        session = self.session
        if self._measuring:
            return tr("Measuring what the run has learned…")
        if self._why_not:
            return sentence(self._why_not)
        if self._trains:
            return tr("A run goes on. What it has learned is measured when it ends; Measure again does it now.")
        if session.weights.run is None:
            return tr("No run yet. What the network confuses, and what it gets most wrong, is shown here after one.")
        return tr("Measuring what the run has learned…")

    def _filter(self, field: tuple[int, int] | None) -> None:
        """Show the most wrong samples: all, or those of a field of the matrix."""
        found = self.examined
        if found is None:
            return
        misses = [miss for miss in found.misses if field is None or found.loss or _field(miss) == field]
        self.wrong.show_misses(misses)
        self.wrong_title.setText(self.matrix.said(*field) if field is not None else _heading(found))

    # Trying it out

    def _ask(self) -> None:
        run = self.session.weights.run
        if self.pad.is_empty or run is None:
            self._show_guesses([])
        else:
            drawing = base64.b64encode(self.pad.pixels).decode("ascii")
            self.session.examiner.forget(self._drawing)  # of several drawings that wait it looks at the newest alone
            self._drawing = self.session.examiner.ask(
                lambda number: Guess(number, run, drawing=drawing, width=SIDE),
                lambda found: self._show_guesses(found.guesses), self._tell_failure,
            )  # fmt: skip

    def choose_files(self) -> None:
        """Ask for files, and say what the network makes of them."""
        chosen, _ = QFileDialog.getOpenFileNames(self, tr("Try files"))
        self.try_files([Path(name) for name in chosen])

    def try_files(self, files: Sequence[Path]) -> None:
        """Say what the network makes of files."""
        run = self.session.weights.run
        if files and run is not None:
            names = [str(path) for path in files]
            self.session.examiner.forget(self._trying)
            self._trying = self.session.examiner.ask(
                lambda number: Guess(number, run, files=names),
                lambda found: self._show_guesses(found.guesses), self._tell_failure,
            )  # fmt: skip

    def _show_guesses(self, guesses: Sequence[GuessReport]) -> None:
        """Show what is said: of one thing in full, of several in a row each, of which the first is chosen."""
        self._guesses, self._answered = guesses, bool(guesses)
        self.tried.show_guesses(guesses)
        self.chances.setVisible(len(guesses) <= 1)
        if len(guesses) > 1:
            self.tried.setCurrentRow(0)
        else:
            self._choose_guess(0)
        self._show()

    def _choose_guess(self, place: int) -> None:
        """Show one of what was tried in full."""
        guess = self._guesses[place] if 0 <= place < len(self._guesses) else None
        self.chances.show_classes([(name, share) for name, share in guess["classes"]] if guess is not None else ())
        pictures = guess["pictures"] if guess is not None else []
        self.seen.setPixmap(pixmaps(pictures, px(44)) if pictures else QPixmap())
        self.said_of.setText(_said(guess, alone=len(self._guesses) == 1) if guess is not None else "")

    def _tell_failure(self, why: str) -> None:
        self._show_guesses([])
        self._answered = True
        self.said_of.setText(sentence(why))
        self._show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.session.weights.run is not None and event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.try_files(files)

    def set_theme(self, theme: Theme) -> None:
        """Show everything in another theme."""
        for part in (self.matrix, self.scatter, self.made, self.pad, self.chances):
            part.set_theme(theme)


def summary(found: Examined) -> str:
    """Say in a line what was measured: ``epoch 7 · test: 1,000 samples · accuracy 97.3% · loss 0.09``."""
    parts = [f"{tr(PARTS[found.part])}: {counted(found.samples, '{n} sample', '{n} samples')}"]
    if found.epoch:
        parts.insert(0, tr("epoch {epoch}", epoch=found.epoch))
    for name, value in found.metrics.items():
        short = name.removeprefix(f"{found.part}_")
        if value is not None:
            shown = f"{value:.1%}" if short == "accuracy" else f"{value:.4g}"
            parts.append(f"{tr(short)} {shown}")
    return " · ".join(parts[:5])


def _table(found: Examined) -> tuple[list[str], list[list[int]]]:
    """Return the classes and counts of the first confusion matrix; nothing where there is none."""
    table = next(iter(found.tables), None)
    return ([item["class"] for item in table["classes"]], table["confusion"]) if table is not None else ([], [])


def _field(miss: MissReport) -> tuple[int, int] | None:
    """Return the field of the matrix that a sample is in."""
    taken = miss["taken"]
    return (taken["true"], taken["said"]) if taken is not None else None


def _heading(found: Examined) -> str:
    """Say what the samples that are shown have in common, where no field is chosen."""
    if found.loss:
        return tr("Most wrong of {all:,}: the highest {loss}", all=found.samples, loss=found.loss)
    names, counts = _table(found)
    if not names:
        return tr("Nothing that this network says is compared with a target, sample by sample.")
    wrong = sum(sum(row) for row in counts) - sum(row[i] for i, row in enumerate(counts))
    return tr("Most wrong: {n:,} of {all:,}", n=len(found.misses), all=wrong) if wrong else tr("Nothing is wrong.")


def _said(guess: GuessReport, *, alone: bool) -> str:
    """Say what is shown in full: its name where bars tell the rest, else what is said of it, too."""
    if alone and guess["classes"]:
        return Path(guess["name"]).name if guess["name"] else tr("as the network sees it")
    others = ", ".join(f"{name} {share:.0%}" for name, share in guess["classes"][1:4] if share >= 0.005)
    return f"{told(guess)}, {others}" if others else told(guess)
