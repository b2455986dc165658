"""The source as a text that is read: numbered lines, of which some are marked."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from grapheditor.ui.code.highlighter import Highlighter
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures


class CodeView(QPlainTextEdit):
    """Shows a source. It cannot be edited; the cursor walks through it."""

    line_chosen = Signal(int)
    """A line was clicked, or the cursor was moved to it by a key; from 1."""
    find_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("code-text")
        self.setAccessibleName(tr("PyTorch source"))
        self.setProperty("code", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(figures(12))
        self.document().setDocumentMargin(6)
        self.highlighter = Highlighter(self.document(), theme)
        self.theme = theme
        self._marked: frozenset[int] = frozenset()
        self._hits: list[QTextCursor] = []
        self.gutter = Gutter(self)
        self.blockCountChanged.connect(lambda _: self._make_room())
        self.updateRequest.connect(self._follow)
        self._make_room()

    def show_text(self, text: str) -> None:
        """Show another text at the place where one was reading."""
        if text == self.toPlainText():
            return
        down, right = self.verticalScrollBar().value(), self.horizontalScrollBar().value()
        line = self.textCursor().blockNumber()
        self.setPlainText(text)
        self.setTextCursor(QTextCursor(self.document().findBlockByNumber(min(line, self.blockCount() - 1))))
        self.verticalScrollBar().setValue(down)
        self.horizontalScrollBar().setValue(right)

    def mark(self, lines: Iterable[int], *, reveal: bool) -> None:
        """Mark lines; reveal: scroll to the first of them where none of them is seen."""
        self._marked = frozenset(lines)
        self._decorate()
        self.gutter.update()
        if reveal and self._marked and not any(self._is_seen(line) for line in self._marked):
            self.verticalScrollBar().setValue(max(0, min(self._marked) - 3))

    @property
    def marked(self) -> frozenset[int]:
        """The lines that are marked, from 1."""
        return self._marked

    def find_all(self, text: str) -> int:
        """Mark all places where a text is found; return how many they are."""
        self._hits = []
        cursor = QTextCursor(self.document())
        while text and not (cursor := self.document().find(text, cursor)).isNull():
            self._hits.append(cursor)
        self._decorate()
        return len(self._hits)

    def go_to_hit(self, by: int) -> int:
        """Select the next place, or the one before (-1), around the end; return its number from 1, 0 for none."""
        if not self._hits:
            return 0
        at = self.textCursor().selectionStart()
        if by > 0:
            number = next((i for i, hit in enumerate(self._hits) if hit.selectionStart() > at), 0)
        else:
            before = [i for i, hit in enumerate(self._hits) if hit.selectionStart() < at]
            number = before[-1] if before else len(self._hits) - 1
        self.setTextCursor(self._hits[number])
        self.ensureCursorVisible()
        return number + 1

    def set_theme(self, theme: Theme) -> None:
        """Show everything in another theme."""
        self.theme = theme
        self.highlighter.set_theme(theme)
        self._decorate()
        self.gutter.update()

    def _is_seen(self, line: int) -> bool:
        top = self.blockBoundingGeometry(self._line(line)).translated(self.contentOffset()).top()
        return 0 <= top < self.viewport().height() - self.fontMetrics().height()

    def _line(self, line: int) -> QTextBlock:
        return self.document().findBlockByNumber(line - 1)

    def _decorate(self) -> None:
        """Lay colours behind marked lines and found places."""
        found = []
        ground, hit_ground = QColor(self.theme.accent), QColor(self.theme.warning)
        ground.setAlphaF(0.16)
        hit_ground.setAlphaF(0.35)
        for line in sorted(self._marked):
            item = QTextEdit.ExtraSelection()
            item.cursor = QTextCursor(self._line(line))
            item.format.setBackground(ground)
            item.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            found.append(item)
        for cursor in self._hits:
            item = QTextEdit.ExtraSelection()
            item.cursor = cursor
            item.format.setBackground(hit_ground)
            found.append(item)
        self.setExtraSelections(found)

    # The hands

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.line_chosen.emit(self.cursorForPosition(event.position().toPoint()).blockNumber() + 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Find):
            self.find_wanted.emit()
            return
        line = self.textCursor().blockNumber()
        super().keyPressEvent(event)
        if self.textCursor().blockNumber() != line and not self.textCursor().hasSelection():
            self.line_chosen.emit(self.textCursor().blockNumber() + 1)

    # The gutter

    @property
    def gutter_width(self) -> int:
        """How wide the numbers are."""
        return self.fontMetrics().horizontalAdvance("9") * max(3, len(str(self.blockCount()))) + 22

    def _make_room(self) -> None:
        self.setViewportMargins(self.gutter_width, 0, 0, 0)

    def _follow(self, rect: QRect, down: int) -> None:
        if down:
            self.gutter.scroll(0, down)
        else:
            self.gutter.update(0, rect.y(), self.gutter.width(), rect.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.contentsRect()
        self.gutter.setGeometry(room.left(), room.top(), self.gutter_width, room.height())

    def paint_gutter(self, painter: QPainter, rect: QRect) -> None:
        """Write the numbers of the lines that are seen."""
        painter.setFont(figures(11))
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= rect.bottom():
            height = self.blockBoundingRect(block).height()
            if top + height >= rect.top():
                marked = block.blockNumber() + 1 in self._marked
                painter.setPen(QColor(self.theme.accent if marked else self.theme.muted))
                room = QRect(0, round(top), self.gutter.width() - 14, round(height))
                side = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                painter.drawText(room, side, str(block.blockNumber() + 1))
            top += height
            block = block.next()


class Gutter(QWidget):
    """The numbers beside the text; a click there chooses a line too."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        return QSize(self._view.gutter_width, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._view.paint_gutter(painter, event.rect())
        finally:
            painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cursor = self._view.cursorForPosition(QPoint(0, event.position().toPoint().y()))
        self._view.line_chosen.emit(cursor.blockNumber() + 1)
