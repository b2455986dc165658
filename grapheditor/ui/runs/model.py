"""The rows of the runs for Qt's table."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPixmap

from grapheditor.ui.comparison import Comparison
from grapheditor.ui.plots.signs import picture
from grapheditor.ui.runs.differences import AS_NOW
from grapheditor.ui.runs.listing import RunRow, when
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.theme import Theme, figures, px, words

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
SIGNS = {
    mark("running"): "▶", mark("paused"): "❚❚", mark("stalled"): "◌", mark("finished"): "●", mark("stopped"): "■",
    mark("failed"): "✕", mark("died"): "✕", mark("damaged"): "✕", mark("taken"): "◇",
}  # fmt: skip
"""A sign for each state, so that colour is not the only one."""
MEANINGS = {
    "running": mark("A process is making it."),
    "paused": mark("A process has it, and waits to be told to continue."),
    "stalled": mark("A process has it, and has not been heard of for half a minute."),
    "finished": mark("All its epochs are done."),
    "stopped": mark("It was stopped; Resume goes on from its newest checkpoint."),
    "failed": mark("It ended by an error; Resume tries again from its newest checkpoint."),
    "died": mark("Its process is gone without having ended it. Resume goes on from its newest checkpoint."),
    "taken": mark("Its weights were taken from a file or from another run; nobody trained it."),
    "damaged": mark("Its record cannot be read."),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, what stands in it, and by what it is sorted.

    width, least: in pixels at a scale of 1, where there is just room for all, and where there is less. share: what it
    gets of more room.
    """

    title: str
    width: int
    least: int
    text: Callable[[RunRow], str]
    order: Callable[[RunRow], Any]
    mono: bool = False
    share: int = 0


COLUMNS = (
    Column(mark("run"), 172, 116, lambda row: row.name, lambda row: (row.entry.name, row.entry.number), share=1),
    Column(mark("state"), 80, 74, lambda row: f"{SIGNS[row.state]} {tr(row.state)}", lambda row: row.state),
    Column(mark("started"), 98, 76, lambda row: when(row.began), lambda row: row.began),
    Column(mark("took"), 52, 44, lambda row: row.took, lambda row: row.seconds, mono=True),
    Column(mark("epochs"), 74, 54, lambda row: row.epochs, lambda row: row.entry.record.progress.epoch, mono=True),
    Column(mark("best"), 150, 60, lambda row: row.best, lambda row: row.best_value, share=1),
    Column(mark("recipe"), 150, 70, lambda row: row.recipe, lambda row: row.recipe, share=3),
    Column(mark("graph"), 150, 80, lambda row: row.differs, lambda row: row.differs, share=3),
)


def widths(room: int) -> list[int]:
    """Return how wide the columns are, so that all of them are seen as long as that can be."""
    columns = [(px(column.width), px(column.least), column.share) for column in COLUMNS]
    more = room - sum(width for width, _, _ in columns)
    if more >= 0:
        shares = sum(share for _, _, share in columns)
        return [width + more * share // shares for width, _, share in columns]
    gives = sum(width - least for width, least, _ in columns)
    part = min(1.0, -more / gives)
    return [width - math.ceil(part * (width - least)) for width, least, _ in columns]


class RunsModel(QAbstractTableModel):
    """Runs, sorted; rows keep their indices while the same runs are there."""

    def __init__(self, theme: Theme, compared: Comparison, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._compared = compared
        compared.changed.connect(self._show_compared)
        self.rows: list[RunRow] = []
        self._column, self._falling = 2, True

    def show(self, rows: list[RunRow]) -> bool:
        """Take what was read; tell whether other runs stand in the rows, which forgets all indices."""
        rows = self._sorted(rows)
        if [row.folder for row in rows] == [row.folder for row in self.rows]:
            if rows != self.rows:
                self.rows = rows
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(COLUMNS) - 1))
            return False
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()
        return True

    def place(self, folder: Path | None) -> int:
        """Return the row of a run, -1 where there is none."""
        return next((i for i, row in enumerate(self.rows) if row.folder == folder), -1)

    def set_theme(self, theme: Theme) -> None:
        """Show everything in another theme."""
        self.theme = theme
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return tr(COLUMNS[section].title)
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(row)
            case Qt.ItemDataRole.FontRole:
                return figures(11) if column.mono else words(12)
            case Qt.ItemDataRole.ToolTipRole:
                if column.title == "run":
                    return tr("{run}. Check it to draw its curves beside the newest run's.", run=row.name)
                return tr(MEANINGS[row.state]) if column.title == "state" else column.text(row) or None
            case Qt.ItemDataRole.CheckStateRole if not index.column() and row.has_curves:
                return Qt.CheckState.Checked if row.folder in self._compared else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.DecorationRole if not index.column():
                return self._sign(row)
            case Qt.ItemDataRole.ForegroundRole:
                return self._colour(row, column)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        checks = not index.column() and self.rows[index.row()].has_curves
        return super().flags(index) | (Qt.ItemFlag.ItemIsUserCheckable if checks else Qt.ItemFlag.NoItemFlags)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Compare the run of a row, or compare it no more."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self._compared.choose(self.rows[index.row()].folder, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def _show_compared(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, 0))

    def _sign(self, row: RunRow) -> QPixmap | None:
        """Return the sign by which the curves of a run are told from those of others."""
        if not self._compared.folders:
            return None
        return picture(self.theme, self._compared.place(row.folder) if row.folder in self._compared else None)

    def _colour(self, row: RunRow, column: Column) -> QColor | None:
        if column.title == "state":
            names = {"running": "good", "paused": "warning", "stalled": "warning", "failed": "error", "died": "error"}
            names["damaged"] = "error"
            return self.theme.colour(names.get(row.state, "text"))
        if column.title == "graph" and row.differs == tr(AS_NOW):
            return self.theme.colour("muted")
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._falling = max(0, column), order == Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        kept = [(index, self.rows[index.row()].folder) for index in self.persistentIndexList()]
        self.rows = self._sorted(self.rows)
        for index, folder in kept:
            self.changePersistentIndex(index, self.index(self.place(folder), index.column()))
        self.layoutChanged.emit()

    def _sorted(self, rows: list[RunRow]) -> list[RunRow]:
        return sorted(rows, key=COLUMNS[self._column].order, reverse=self._falling)
