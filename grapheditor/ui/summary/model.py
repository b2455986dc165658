"""The rows of the summary as a tree for Qt's views: no widget for a row, so that a thousand are as fluent as ten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from grapheditor.engine.messages import Summary, SummaryRow
from grapheditor.ui.summary.columns import COLUMNS
from grapheditor.ui.texts import counted, tr
from grapheditor.ui.theme import Theme, figures, words

Index = QModelIndex | QPersistentModelIndex
SHARE = int(Qt.ItemDataRole.UserRole) + 1
"""The role of a row's part of the total, from 0 to 1; None in columns that have none."""
ROOT = QModelIndex()


class Row:
    """A row: what the engine says of it, the row that it is inside of, and those inside."""

    def __init__(self, report: SummaryRow | None, around: Row | None) -> None:
        self.report = report
        self.around = around
        self.depth: int = around.depth + 1 if around is not None else -1
        self.inside: list[Row] = []
        self.place = 0

    @property
    def path(self) -> str:
        """Where it is in the graph."""
        return self.report["path"] if self.report else ""

    def settle(self) -> None:
        """Number what is inside."""
        for place, row in enumerate(self.inside):
            row.place = place


class SummaryModel(QAbstractItemModel):
    """What the engine sent last. Sorted within each module; it keeps its indices where only figures change."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.summary: Summary | None = None
        self.theme = theme
        self._root = Row(None, None)
        self._rows: list[Row] = []
        self._column, self._falling = 0, False
        self._fonts = _fonts()

    def show(self, summary: Summary | None) -> bool:
        """Take other figures; tell whether the rows are others, which forgets all indices."""
        reports = summary.rows if summary else []
        same = [(row.path, row.report["module"]) for row in self._rows if row.report] == [
            (report["path"], report["module"]) for report in reports
        ]
        self.summary = summary
        if same:
            for row, report in zip(self._rows, reports, strict=True):
                row.report = report
            if self._column:
                self._sort()
            if reports:
                last = self.index(len(self._root.inside) - 1, len(COLUMNS) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
                self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
            return False
        self.beginResetModel()
        self._root, self._rows = Row(None, None), []
        around = self._root
        for report in reports:
            while around.around is not None and not report["path"].startswith(f"{around.path}."):
                around = around.around
            row = Row(report, around)
            around.inside.append(row)
            self._rows.append(row)
            if report["module"]:
                around = row
        self._arrange()
        self.endResetModel()
        return True

    def rows(self) -> list[SummaryRow]:
        """Return all rows, in the order of flow."""
        return [row.report for row in self._rows if row.report is not None]

    def report(self, index: Index) -> SummaryRow:
        """Return what the engine says of a row."""
        found = self._at(index).report
        assert found is not None
        return found

    def indices(self, path: str) -> Iterator[QModelIndex]:
        """Yield the rows of a node of the graph or of a definition; copies that differ have several."""
        wanted = without_copies(path)
        for row in self._rows:
            if without_copies(row.path) == wanted:
                yield self.createIndex(row.place, 0, row)

    def find(self, path: str) -> QModelIndex:
        """Return the row of a path; one that is not valid where there is none."""
        row = next((row for row in self._rows if row.path == path), None)
        return ROOT if row is None else self.createIndex(row.place, 0, row)

    def modules(self) -> Iterator[QModelIndex]:
        """Yield the rows that have others inside."""
        return (self.createIndex(row.place, 0, row) for row in self._rows if row.inside)

    def deepest(self) -> int:
        """Return how many modules the innermost row is inside of."""
        return max((row.depth for row in self._rows), default=0)

    def font(self, column: int) -> QFont:
        """Return the type that stands in a column."""
        return self._fonts["words" if COLUMNS[column].title == "operator" else "figures" if column else "node"]

    def set_theme(self, theme: Theme) -> None:
        """Show everything in another theme, in type of the scale that it has now."""
        self.theme, self._fonts = theme, _fonts()
        self.layoutChanged.emit()

    # What a view asks for

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        inside = self._at(parent).inside
        return self.createIndex(row, column, inside[row]) if 0 <= row < len(inside) else QModelIndex()

    def parent(self, child: Index = ROOT) -> QModelIndex:  # type: ignore[override]
        around = self._at(child).around
        return QModelIndex() if around is None or around.around is None else self.createIndex(around.place, 0, around)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.column() > 0 else len(self._at(parent).inside)

    def columnCount(self, _parent: Index = ROOT) -> int:
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(COLUMNS):
            column = COLUMNS[section]
            match role:
                case Qt.ItemDataRole.DisplayRole:
                    kept = column.cost == "kept_bytes" and self.summary is not None
                    if kept and self.summary:
                        return tr("kept at batch {batch}", batch=self.summary.batch)
                    return tr(column.title)
                case Qt.ItemDataRole.ToolTipRole:
                    return tr(column.help)
                case Qt.ItemDataRole.TextAlignmentRole:
                    return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        report, summary = self._at(index).report, self.summary
        if report is None or summary is None:
            return None
        column = COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.shown(report, summary)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case Qt.ItemDataRole.FontRole:
                return self.font(index.column())
            case Qt.ItemDataRole.ForegroundRole:
                quiet = not report["counted"] or (column.text is None and not report[column.cost])
                return QColor(self.theme.muted) if quiet else None
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(index.column(), report)
            case _ if role == SHARE:
                return column.share(report, summary) if column.unit == "share" else None
        return None

    def _tip(self, column: int, report: SummaryRow) -> str | None:
        if not report["counted"]:
            return tr("Nothing that the graph gives needs it: it is not computed, and the totals leave it out.")
        if column == 0:
            return report["path"]
        if (text := COLUMNS[column].text) is not None:
            return text(report)
        value = report[COLUMNS[column].cost]
        if value is None:
            return None
        return counted(value, "{n} byte", "{n} bytes") if COLUMNS[column].unit == "bytes" else f"{value:,}"

    # Sorting

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._falling = max(0, column), order == Qt.SortOrder.DescendingOrder
        self._sort()

    def _sort(self) -> None:
        self.layoutAboutToBeChanged.emit()
        kept = [(index, self._at(index), index.column()) for index in self.persistentIndexList()]
        self._arrange()
        for index, row, column in kept:
            self.changePersistentIndex(index, self.createIndex(row.place, column, row))
        self.layoutChanged.emit()

    def _arrange(self) -> None:
        """Sort the rows of each module; the first column sorts by flow."""
        flow = {id(row): i for i, row in enumerate(self._rows)}
        column = COLUMNS[self._column]
        for row in (self._root, *self._rows):
            row.inside.sort(key=lambda item: flow[id(item)])
            if self._column:
                row.inside.sort(
                    key=lambda item: column.order(item.report) if item.report else "",
                    reverse=self._falling,
                )
            elif self._falling:
                row.inside.reverse()
            row.settle()

    def _at(self, index: Index) -> Row:
        found = index.internalPointer() if index.isValid() else self._root
        assert isinstance(found, Row)
        return found


def without_copies(path: str) -> str:
    """Return a path without the numbers of copies."""
    return ".".join(part for part in path.split(".") if not part.isdecimal())


def _fonts() -> dict[str, QFont]:
    return {"words": words(12), "figures": figures(11), "node": figures(12)}


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignLeft if COLUMNS[column].text is not None else Qt.AlignmentFlag.AlignRight
    return int(side | Qt.AlignmentFlag.AlignVCenter)
