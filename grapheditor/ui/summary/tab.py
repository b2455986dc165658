"""The Summary tab: the table, the totals below it, and what is done with them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QHideEvent, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedLayout,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from grapheditor.engine.messages import SummaryRow
from grapheditor.ui.session import Session
from grapheditor.ui.summary.columns import COLUMNS, as_csv, as_markdown
from grapheditor.ui.summary.model import SHARE, SummaryModel
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px, scale, words
from grapheditor.ui.widgets import Rows, fixed, label, link

INDENT = 16
BESIDE, SORTED = 16, 28
"""What stands in a column beside its text, and in its head: margins, and there the arrow of sorting."""
MOST = 2
"""So many times its usual width a column of names may have; what is longer ends in dots, and is told in full."""


class SummaryTab(QWidget):
    """Follows the session while it is seen. aside: what stands beside the tabs while this one is shown."""

    chosen = Signal(list)
    """Rows were selected by hand: their paths."""
    opened = Signal(str)
    """A row was double-clicked, or Return was pressed on it: its path."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setObjectName("summary")
        self.setAccessibleName(tr("Summary"))
        self.model = SummaryModel(theme, self)
        self.table = Table(self.model, theme)
        self.totals = Totals(self.table, theme)
        self.hint = label(muted=True)
        self.hint.setObjectName("summary-hint")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self.totals)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(8, 4, 8, 0)
        self._stack.addWidget(self.hint)
        self._stack.addWidget(whole)
        self.aside = self._aside()
        self._following = self._choosing = False
        self._selected: frozenset[str] = frozenset()
        self.table.copied.connect(self.copy_selected)
        self.table.activated.connect(lambda index: self.opened.emit(self.model.report(index)["path"]))
        self.table.selectionModel().selectionChanged.connect(self._choose)
        findings = session.findings
        for signal in (session.opened, findings.summarised, findings.analysed, session.engine.state_changed):
            signal.connect(self.refresh)
        self.refresh()

    def _aside(self) -> QWidget:
        panel = QWidget()
        row = QHBoxLayout(panel)
        row.setContentsMargins(0, 0, 0, 0)
        unfold, fold = link(tr("Unfold all"), "summary-unfold"), link(tr("Fold all"), "summary-fold")
        unfold.clicked.connect(self.table.expandAll)
        fold.clicked.connect(self.table.collapseAll)
        copy = QPushButton(tr("Copy ▾"))
        copy.setObjectName("summary-copy")
        copy.setProperty("link", True)
        copy.setToolTip(tr("The whole table; Ctrl+C copies the selected rows"))
        menu = QMenu(copy)
        menu.addAction(tr("As Markdown"), self.copy_markdown).setObjectName("copy-markdown")
        menu.addAction(tr("As CSV"), self.copy_csv).setObjectName("copy-csv")
        copy.setMenu(menu)
        for button in (unfold, fold, copy):
            row.addWidget(button)
        return panel

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.session.findings.watch("summary", "tab", True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.session.findings.watch("summary", "tab", False)

    def refresh(self) -> None:
        """Show what the engine found last, with the same rows unfolded and selected as before."""
        session = self.session
        summary = session.findings.summary if session.document is not None else None
        if summary is not self.model.summary:
            unfolded = [
                self.model.report(index)["path"] for index in self.model.modules() if self.table.isExpanded(index)
            ]
            self._following = True
            if self.model.show(summary):
                for path in unfolded:
                    index = self.model.find(path)
                    if index.isValid():
                        self.table.expand(index)
                self._mark()
            self._following = False
            self.table.fit()
        empty = not self.model.rowCount()
        nothing = session.document is None or not session.graph.nodes
        why = session.engine.why_not() or tr("The engine is looking at the graph.")
        self.hint.setText(tr("Nothing to sum up yet: add operators to the graph.") if nothing else why)
        self._stack.setCurrentIndex(0 if empty else 1)
        self.aside.setEnabled(not empty)
        partly = session.findings.error is not None
        self.totals.show_totals(tr("total so far") if partly else tr("total"))

    def show_selection(self, paths: Iterable[str]) -> None:
        """Select the rows of nodes that were selected elsewhere."""
        selected = frozenset(paths)
        if self._choosing or selected == self._selected:
            return
        self._selected = selected
        self._following = True
        self._mark()
        self._following = False

    def _mark(self) -> None:
        selection = self.table.selectionModel()
        selection.clearSelection()
        found = [index for path in sorted(self._selected) for index in self.model.indices(path)]
        flags = selection.SelectionFlag.Select | selection.SelectionFlag.Rows
        for index in found:
            selection.select(index, flags)
        if found:
            self.table.scrollTo(found[0])

    def _choose(self) -> None:
        if self._following:
            return
        paths = [row["path"] for row in self.table.selected()]
        self._selected = frozenset(paths)
        self._choosing = True
        self.chosen.emit(paths)
        self._choosing = False

    def copy_markdown(self) -> None:
        """Put the whole table onto the clipboard, for people."""
        if self.model.summary is not None:
            QApplication.clipboard().setText(as_markdown(self.model.rows(), self.model.summary, total=True))

    def copy_csv(self) -> None:
        """Put the whole table onto the clipboard, for programs."""
        if self.model.summary is not None:
            QApplication.clipboard().setText(as_csv(self.model.rows(), self.model.summary))

    def copy_selected(self) -> None:
        """Put the selected rows onto the clipboard: as Markdown where text is pasted, as CSV where a table is."""
        rows, summary = self.table.selected(), self.model.summary
        if rows and summary is not None:
            data = QMimeData()
            data.setText(as_markdown(rows, summary, total=False))
            data.setData("text/csv", as_csv(rows, summary).encode())
            QApplication.clipboard().setMimeData(data)

    def set_theme(self, theme: Theme) -> None:
        """Show everything in another theme."""
        self.model.set_theme(theme)
        self.table.follow_scale()
        self.table.bars.theme = self.totals.theme = theme
        self.totals.update()


class Table(QTreeView):
    """The table. Ctrl+C copies what is selected."""

    copied = Signal()

    def __init__(self, model: SummaryModel, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("summary-table")
        self.setAccessibleName(tr("Costs of the nodes"))
        self.setModel(model)
        self._model = model
        self.bars = Bars(theme, self)
        self.setItemDelegate(self.bars)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QTreeView.SelectionMode.ExtendedSelection)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIndentation(px(INDENT))
        self.setSortingEnabled(True)
        self.setExpandsOnDoubleClick(False)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        header.setFont(words(11))
        self._scale, self._fitted = scale(), [0] * len(COLUMNS)
        self.fit()

    def fit(self) -> None:
        """Make each column as wide as what stands in it; one that hands made wider stays so."""
        header, summary = self.header(), self._model.summary
        for i, column in enumerate(COLUMNS):
            title = self._model.headerData(i, Qt.Orientation.Horizontal)
            need = max(px(column.width), QFontMetrics(header.font()).horizontalAdvance(title) + px(SORTED))
            if summary is not None:
                typed = QFontMetrics(figures(11, "semibold") if column.text is None else self._model.font(i))
                widest = max((typed.horizontalAdvance(text) for text in column.texts(summary)), default=0)
                inside = 0 if i else self.indentation() * (self._model.deepest() + 1)
                most = px(MOST * column.width) if column.text is not None else widest + px(BESIDE)
                need = max(need, min(widest + inside + px(BESIDE), most))
            if need > self._fitted[i]:
                header.resizeSection(i, max(need, header.sectionSize(i)) if self._fitted[i] else need)
                self._fitted[i] = need

    def follow_scale(self) -> None:
        """Have columns of the scale that type has now."""
        if self._scale != scale():
            self._scale, self._fitted = scale(), [0] * len(COLUMNS)
            self.setIndentation(px(INDENT))
            self.fit()

    def selected(self) -> list[SummaryRow]:
        """Return the selected rows, as they stand."""
        found = sorted(self.selectionModel().selectedRows(), key=lambda index: self.visualRect(index).top())
        return [self._model.report(index) for index in found]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
        else:
            super().keyPressEvent(event)


class Bars(Rows):
    """Draws shares as bars behind their figures."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        share = index.data(SHARE)
        if share:
            rect: QRect = option.rect
            colour = QColor(self.theme.accent)
            colour.setAlphaF(0.24)
            room = rect.adjusted(10, 4, -2, -4)
            painter.fillRect(room.x(), room.y(), max(1, round(room.width() * min(1.0, share))), room.height(), colour)
        super().paint(painter, option, index)


class Totals(QWidget):
    """The totals, each below its column."""

    def __init__(self, table: Table, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._table = table
        self._title = tr("total")
        self.setObjectName("summary-totals")
        fixed(self, height=Rows.HEIGHT + 2)
        table.header().sectionResized.connect(lambda *_: self.update())
        table.header().geometriesChanged.connect(self.update)
        table.horizontalScrollBar().valueChanged.connect(lambda _: self.update())

    def show_totals(self, title: str) -> None:
        """Show what the model has. title: what they are called."""
        self._title = title
        self.setAccessibleName("; ".join(filter(None, (title, *self.texts()))))
        self.update()

    def texts(self) -> list[str]:
        """Return what stands below each column but the first."""
        summary = self._table._model.summary
        return [column.total(summary) for column in COLUMNS[1:]] if summary is not None else []

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setPen(QColor(self.theme.line))
            painter.drawLine(0, 0, self.width(), 0)
            painter.setPen(QColor(self.theme.text))
            header = self._table.header()
            for i, text in enumerate([self._title, *self.texts()]):
                painter.setFont(figures(11, "semibold") if i else words(12, "semibold"))
                left = header.sectionViewportPosition(i)
                side = Qt.AlignmentFlag.AlignRight if i else Qt.AlignmentFlag.AlignLeft
                room = QRect(left + 6, 2, header.sectionSize(i) - 13, self.height() - 2)
                room = room.intersected(self.rect())  # a number at the edge must not look like a smaller one
                shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
                painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
        finally:
            painter.end()
