"""The runs that wait for their turn, in lines above the table of those that were made."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QGridLayout, QVBoxLayout, QWidget

from grapheditor.ui.queue import Queue, Waiting
from grapheditor.ui.runs.differences import short_recipes
from grapheditor.ui.texts import tr
from grapheditor.ui.widgets import Elided, label, link


class WaitingRuns(QWidget):
    """Says of each what it is, and has it be the next one, be opened, or be taken out. Not there while none waits."""

    open_wanted = Signal(object)
    """The graph of a run is to be opened: a grapheditor.ui.queue.Waiting."""

    def __init__(self, queue: Queue) -> None:
        super().__init__()
        self.setObjectName("runs-waiting")
        self.setAccessibleName(tr("Runs that wait"))
        self._queue = queue
        self._lines: QWidget | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 0, 6, 4)
        queue.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what waits now."""
        focus = QApplication.focusWidget()
        held = focus.objectName() if focus is not None and self.isAncestorOf(focus) else ""
        if self._lines is not None:
            self._lines.setParent(None)
            self._lines.deleteLater()
        lines = self._lines = QWidget()
        grid = QGridLayout(lines)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        runs = list(self._queue)
        recipes = short_recipes([run.recipe for run in runs])
        for place, (run, recipe) in enumerate(zip(runs, recipes, strict=True)):
            self._add_line(grid, place, run, recipe)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(lines)
        self.setVisible(bool(runs))
        again = lines.findChild(QWidget, held) if held else None
        if again is not None:
            again.setFocus()

    def _add_line(self, grid: QGridLayout, place: int, run: Waiting, recipe: str) -> None:
        name = run.order.name
        turn = label(tr("next") if not place else tr("{n}.", n=place + 1), muted=True, size=11)
        grid.addWidget(turn, place, 0, Qt.AlignmentFlag.AlignVCenter)
        what = Elided(size=11)
        what.setText(f"{name} · {recipe}" if recipe else name)
        grid.addWidget(what, place, 1)
        tasks = (
            ("first", tr("Train it next"), partial(self._queue.put_first, run)),
            ("open", tr("Open its graph"), partial(self.open_wanted.emit, run)),
            ("drop", tr("Take it out"), partial(self._queue.drop, run)),
        )
        for i, (task, title, do) in enumerate(tasks):
            if task == "first" and not place:
                continue
            button = link(title, f"waiting-{task}-{place}")
            button.setAccessibleName(tr("{task}: {name}, {n}.", task=title, name=name, n=place + 1))
            button.clicked.connect(lambda _=False, do=do: do())
            grid.addWidget(button, place, 2 + i)
