"""The Runs tab: a table of runs, what is known of the selected one, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QInputDialog,
    QMenu,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from grapheditor.graph import Graph, read_text
from grapheditor.runs.control import Control
from grapheditor.runs.folder import GRAPH, delete_run, name_run, star_run
from grapheditor.ui.background import Background
from grapheditor.ui.keys import Keymap
from grapheditor.ui.queue import Waiting
from grapheditor.ui.runs.listing import Listing, RunRow, Section, describe, graph_reader, told_apart
from grapheditor.ui.runs.model import RunsModel, widths
from grapheditor.ui.runs.waiting import WaitingRuns
from grapheditor.ui.session import Session
from grapheditor.ui.telling import Notice, sentence
from grapheditor.ui.texts import counted, tr
from grapheditor.ui.theme import Theme, px, scale, words
from grapheditor.ui.widgets import Rows, heading, label, link, typed

EVERY = 1000
"""Milliseconds between two looks at the folder while the tab is seen."""


class RunsTab(QWidget):
    """The runs of the folder in which the open graph's runs are made. It is read by a thread of its own.

    aside: what stands beside the tabs while this one is shown.
    """

    counted = Signal(int)
    narrowed = Signal()
    """Somebody wants to see the runs of this graph alone, or of all in the folder."""
    graph_wanted = Signal(object, str)
    """A graph is to be opened as one without a file: the graph, and what to tell of it."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setObjectName("runs")
        self.setAccessibleName(tr("Runs"))
        self._thread = Background("runs", self)
        self._thread.failed.connect(self._fail)
        self._hands = Background("run control", self)  # a run may take seconds to answer; the list goes on
        self._hands.failed.connect(self._fail)
        self._listing = Listing()
        self._read_graph = graph_reader(session.catalog.history)
        self._reading = False
        self._again = False
        self._copy: tuple[int, Graph, str] | None = None
        self._chosen: Path | None = None
        self._pair: tuple[Path, Path] | None = None
        self._apart: Section | None = None
        """In what the two runs of the pair differ, once that is known."""
        self._keys = Keymap(())
        self.model = RunsModel(theme, session.training.compared, self)
        self.table = Table(self.model)
        self.waiting = WaitingRuns(session.training.queue)
        self.waiting.open_wanted.connect(self._open_waiting)
        self.details = Details()
        self.hint = label(muted=True)
        self.hint.setObjectName("runs-hint")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.addWidget(self.table)
        parts.addWidget(self.details)
        parts.setSizes([700, 200])  # they keep this proportion, whatever room there is
        parts.setCollapsible(0, False)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 0)
        column.setSpacing(0)
        column.addWidget(self.waiting)
        self._stack = QStackedLayout()
        column.addLayout(self._stack, 1)
        self._stack.addWidget(self.hint)
        self._stack.addWidget(self._with_filter(parts))
        self.aside = self._aside()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.refresh)
        session.training.compared.changed.connect(self._tell_apart)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._choose())
        for signal in (session.opened, session.titled, session.findings.rested):
            signal.connect(self._follow)
        session.training.changed.connect(self._follow_run)
        self._alive = False
        self._folder: Path | None = None
        self._show([])

    def _with_filter(self, parts: QSplitter) -> QWidget:
        """Return the parts with a box below them, which is there where the folder has runs of other graphs."""
        self._rows: list[RunRow] = []
        self.only_own = QCheckBox()
        self.only_own.setObjectName("runs-own")
        typed(self.only_own, words(11), 11)
        self.only_own.toggled.connect(lambda _on: self._show(self._rows))
        self.only_own.toggled.connect(self.narrowed)
        panel = QWidget()
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(2)
        column.addWidget(parts, 1)
        column.addWidget(self.only_own, 0, Qt.AlignmentFlag.AlignLeft)
        return panel

    def _aside(self) -> QWidget:
        panel = QWidget()
        row = QHBoxLayout(panel)
        row.setContentsMargins(0, 0, 0, 0)
        self._buttons: dict[str, QPushButton] = {}
        tasks: tuple[tuple[str, str, str, Callable[[], object]], ...] = (
            ("open", tr("Open its graph"), tr("The graph as it was trained, as one without a file"), self.open_graph),
            ("compare", tr("Compare"), tr("Draw its curves beside the newest run's"), self.compare),
            ("take", tr("Take its weights"), tr("Exports use them, until another run is made"), self.take_weights),
            ("resume", tr("Resume"), tr("Go on from its newest checkpoint, in its folder"), self.resume),
            ("pause", tr("Pause"), tr("After the step that it makes"), self.pause),
            ("stop", tr("Stop"), tr("It writes a checkpoint first"), self.stop),
        )
        for name, title, tip, run in tasks:
            button = link(title, f"run-{name}")
            button.setToolTip(tip)
            button.clicked.connect(run)
            self._buttons[name] = button
            row.addWidget(button)
        more = link(tr("More ▾"), "run-more")
        menu = QMenu(more)
        rarely: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("star", tr("Star"), self.star),
            ("name", tr("Name…"), self.rename),
            ("begin", tr("Begin the next run from it"), self.begin),
            ("again", tr("Train it again"), self.again),
            ("reveal", tr("Show folder"), self.reveal),
            ("delete", tr("Delete…"), self.delete),
        )
        self._rarely: dict[str, QAction] = {}
        for name, title, run in rarely:
            self._rarely[name] = menu.addAction(title, run)
            self._rarely[name].setObjectName(f"run-{name}")
        more.setMenu(menu)
        self._more = more
        row.addWidget(more)
        return panel

    # Following

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _follow(self) -> None:
        """Look at another folder; of the same one what is shown is compared with the graph anew."""
        folder = self.session.runs if self.session.document is not None else None
        if folder != self._folder or self.isVisible():
            self._folder = folder
            self.refresh()

    def _follow_run(self) -> None:
        """The number of runs beside the tab's name stays true also where the table is not seen."""
        run = self.session.training.run
        alive = run is not None and run.folder is not None and run.alive
        if alive != self._alive:
            self._alive = alive
            self.refresh()

    def refresh(self) -> None:
        """Read the folder; what is asked for meanwhile is done once, afterwards."""
        session = self.session
        if session.document is None:
            self._show([])
            return
        if self._reading:
            self._again = True
            return
        self._reading, self._again = True, False
        folder = session.runs
        _, graph, fingerprint = self._compared()
        work = partial(self._listing.rows, folder, session.name, graph, fingerprint, self._read_graph)
        self._thread.do(work, partial(self._take, folder))

    def _compared(self) -> tuple[int, Graph | None, str]:
        """Return what runs are compared with: a copy of the graph, made once for each revision that is looked at."""
        document = self.session.document
        assert document is not None
        if not self.isVisible():
            return document.revision, None, ""
        if self._copy is None or self._copy[0] != document.revision:
            graph = document.graph.copy()
            self._copy = (document.revision, graph, graph.fingerprint())
        return self._copy

    def _take(self, folder: Path, rows: list[RunRow]) -> None:
        self._reading = False
        if self.session.document is not None and folder == self.session.runs:
            self._show(rows)
        if self._again:
            self.refresh()

    def _fail(self, text: str) -> None:
        if self.sender() is self._thread:
            self._reading = False
            self._show([])
            self.hint.setText(sentence(text))
        else:
            self.session.told.emit(Notice(sentence(text), wrong=True))

    def _show(self, rows: list[RunRow]) -> None:
        self._rows, chosen = rows, self._chosen
        others = sum(not row.own for row in rows)
        self.only_own.setText(counted(others, "Hide {n} run of other graphs", "Hide {n} runs of other graphs"))
        self.only_own.setVisible(others > 0)
        if self.only_own.isChecked():
            rows = [row for row in rows if row.own]
        if self.model.show(rows):
            place = max(0, self.model.place(chosen))
            self.table.setCurrentIndex(self.model.index(place, 0))
        self._say_what_to_do()
        self._stack.setCurrentIndex(1 if self._rows else 0)
        self.counted.emit(len(rows))
        self._tell_apart()

    def _say_what_to_do(self) -> None:
        key = self._keys.hint("train")
        how = tr("No runs yet: {key} trains the graph.", key=key) if key else tr("No runs yet.")
        self.hint.setText(f"{how} {tr('What each run was and came to is kept here.')}")

    def show_keys(self, keymap: Keymap) -> None:
        """Tell of these keys from now on."""
        self._keys = keymap
        if not self.model.rows:
            self._say_what_to_do()

    # The selected run

    @property
    def row(self) -> RunRow | None:
        """The selected run."""
        place = self.table.currentIndex().row()
        return self.model.rows[place] if 0 <= place < len(self.model.rows) else None

    def _tell_apart(self) -> None:
        """Say in what two runs differ, where just two are compared."""
        folders = self.session.training.compared.folders
        rows = [row for row in self.model.rows if row.folder in folders]
        rows.sort(key=lambda row: (row.began, row.entry.number))
        pair = (rows[0].folder, rows[1].folder) if len(rows) == len(folders) == 2 else None
        if pair != self._pair:
            self._pair, self._apart = pair, None
            if pair is not None:
                self._hands.do(partial(told_apart, *pair, self._read_graph), partial(self._take_apart, pair))
        self._choose()

    def _take_apart(self, pair: tuple[Path, Path], section: Section) -> None:
        if pair == self._pair:
            self._apart = section
            self._choose()

    def _choose(self) -> None:
        row = self.row
        self._chosen = row.folder if row else None
        self.details.show_run(row, self._apart)
        lives = row is not None and row.lives
        usable = {
            "open": row is not None and row.state != "damaged",
            "compare": row is not None and row.has_curves,
            "take": row is not None and row.can_give,
            "resume": row is not None and row.state in ("stopped", "died", "failed"),
            "pause": lives,
            "stop": lives,
            "star": row is not None and row.state != "damaged",
            "name": row is not None and row.state != "damaged",
            "begin": row is not None and row.can_give,
            "again": row is not None and row.has_curves,
            "reveal": row is not None,
            "delete": row is not None and not lives and row.state != "damaged",
        }
        for name, action in self._rarely.items():
            action.setEnabled(usable.pop(name))
        self._rarely["star"].setText(tr("Take the star away") if row and row.entry.record.star else tr("Star"))
        self._more.setVisible(row is not None)
        for name, button in self._buttons.items():
            button.setEnabled(usable[name])
            button.setVisible(row is not None and (usable[name] or name not in ("resume", "pause", "stop")))
        compared = row is not None and row.folder in self.session.training.compared
        self._buttons["compare"].setText(tr("Compare no more") if compared else tr("Compare"))
        paused = row is not None and row.state == "paused"
        self._buttons["pause"].setText(tr("Continue") if paused else tr("Pause"))

    def open_graph(self) -> None:
        """Open the graph as it was when it was trained."""
        row = self.row
        if row is None:
            return
        path, name = row.folder / GRAPH, row.folder.name

        def then(graph: Graph) -> None:
            graph.path = None
            self.graph_wanted.emit(graph, tr("This is the graph as {run} trained it. Saving asks where to.", run=name))

        self._hands.do(lambda: self._read_graph(path), then)

    def _open_waiting(self, run: Waiting) -> None:
        name, history = run.order.name, self.session.catalog.history
        said = tr("This is the graph as a run of {name} is to train it. Saving asks where to.", name=name)
        self._hands.do(
            lambda: read_text(run.order.text, None, history), lambda graph: self.graph_wanted.emit(graph, said)
        )

    def compare(self) -> None:
        """Draw the curves of the run beside those of the newest one, or do so no more."""
        row, compared = self.row, self.session.training.compared
        if row is not None:
            compared.choose(row.folder, row.folder not in compared)

    def take_weights(self) -> None:
        """Have exports use the weights of the run."""
        row = self.row
        if row is not None:
            self.session.weights.choose(row.folder)

    def begin(self) -> None:
        """Have the next run begin from the weights of the run."""
        row = self.row
        if row is not None:
            self.session.beginning.choose(row.folder)

    def resume(self) -> None:
        """Go on with the run from where it ended."""
        row = self.row
        if row is not None:
            self.session.training.resume(row.folder)

    def pause(self) -> None:
        """Pause the run, or have it go on."""
        row = self.row
        if row is not None:
            control = Control(row.folder)
            self._hands.do(control.go_on if row.state == "paused" else control.pause, lambda _: self.refresh())

    def stop(self) -> None:
        """Stop the run; what it learned is kept."""
        row = self.row
        if row is not None:
            self._hands.do(Control(row.folder).stop, lambda _: self.refresh())

    def star(self) -> None:
        """Mark the run as one to keep, or as any other."""
        row = self.row
        if row is not None:
            folder, star = row.folder, not row.entry.record.star
            self._hands.do(lambda: star_run(folder, star), lambda _: self.refresh())

    def rename(self) -> None:
        """Ask for a title of the run; an empty one takes it away."""
        row = self.row
        if row is None:
            return
        folder = row.folder
        text, given = QInputDialog.getText(
            self, tr("Name the run"), tr("What people call {run}:", run=folder.name), text=row.entry.record.name
        )
        if given:
            self._hands.do(lambda: name_run(folder, text.strip()), lambda _: self.refresh())

    def again(self) -> None:
        """Make the run again, in a folder of its own."""
        row = self.row
        if row is not None:
            self.session.training.again(row.folder)

    def reveal(self) -> None:
        """Show the folder of the run in the system's own way."""
        row = self.row
        if row is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(row.folder.resolve())))

    def delete(self) -> None:
        """Ask, and delete the run."""
        row = self.row
        if row is None:
            return
        buttons = QMessageBox.StandardButton
        text = tr("Delete {run}, with its weights and curves? This cannot be undone.", run=row.folder.name)
        answer = QMessageBox.question(self, tr("Delete the run?"), text, buttons.Yes | buttons.Cancel, buttons.Cancel)
        if answer != buttons.Yes:
            return
        name, folder = row.folder.name, row.folder

        def then(left: list[Path]) -> None:
            self.session.training.compared.choose(folder, False)
            self.session.training.put_away(folder)
            if left:
                names = ", ".join(str(path.relative_to(folder)) for path in left[:4])
                text = tr("{run} is deleted. It did not write these, and they stay: {files}.", run=name, files=names)
                self.session.told.emit(Notice(text, folder=folder))
            if self.session.weights.chosen == folder:
                self.session.weights.choose("newest")
            self.session.weights.find()
            self.refresh()

        self._hands.do(lambda: delete_run(folder), then)

    def set_theme(self, theme: Theme) -> None:
        """Show everything in another theme."""
        self.model.set_theme(theme)
        self.table.follow_scale()


class RunRows(Rows):
    """The rows of runs: a name is cut in its middle, since its end tells runs apart."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if not index.column():
            option.textElideMode = Qt.TextElideMode.ElideMiddle


class Table(QTreeView):
    """The table of runs."""

    def __init__(self, model: RunsModel) -> None:
        super().__init__()
        self.setObjectName("runs-table")
        self.setAccessibleName(tr("Runs of this graph's folder"))
        self.setModel(model)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSortingEnabled(True)
        self.setItemDelegate(RunRows(self))
        header = self.header()
        header.setFont(words(11))
        header.setSortIndicator(2, Qt.SortOrder.DescendingOrder)
        header.setMinimumSectionSize(px(40))
        header.setStretchLastSection(False)
        header.sectionResized.connect(self._leave_widths)
        self._by_hand = self._fitting = False
        self._scale = scale()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Have all columns in sight, unless somebody has given them other widths."""
        if self._by_hand:
            return
        self._fitting = True
        for i, width in enumerate(widths(self.viewport().width())):
            self.header().resizeSection(i, width)
        self._fitting = False

    def _leave_widths(self) -> None:
        self._by_hand = self._by_hand or not self._fitting

    def follow_scale(self) -> None:
        """Fit the columns to type of another size; those that a hand has made grow with it."""
        ratio, self._scale = scale() / self._scale, scale()
        self.fit()
        for i in range(self.header().count()) if self._by_hand else ():
            self.header().resizeSection(i, round(self.header().sectionSize(i) * ratio))


class Details(QScrollArea):
    """What is known of one run, below what differs between two where just two are compared."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("run-details")
        self.setAccessibleName(tr("The selected run"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumWidth(160)
        self._shown: object = None

    def show_run(self, row: RunRow | None, apart: Section | None = None) -> None:
        """Show a run; made anew only where something is new. apart: what goes before it."""
        sections = [*([apart] if apart else []), *(describe(row) if row is not None else [])]
        if sections == self._shown:
            return
        self._shown = sections
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(14, 0, 10, 10)
        column.setSpacing(0)
        for title, lines in sections:
            column.addWidget(heading(title))
            grid = QGridLayout()
            grid.setContentsMargins(0, 6, 0, 4)
            grid.setVerticalSpacing(4)
            grid.setHorizontalSpacing(12)
            grid.setColumnStretch(1, 1)
            for i, (name, text) in enumerate(lines):
                value = label(text, mono=bool(name), size=11)
                value.setWordWrap(True)
                value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                if name:
                    grid.addWidget(label(name, muted=True, size=11), i, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(value, i, 1 if name else 0, 1, 1 if name else 2)
            column.addLayout(grid)
        column.addStretch(1)
        at = self.verticalScrollBar().value()
        self.setWidget(inner)
        self.verticalScrollBar().setValue(at)
