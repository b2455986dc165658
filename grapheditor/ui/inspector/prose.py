"""Words for people: a field of as many lines as they take, up to a few."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from grapheditor.ui.inspector.row import Field, go_to_canvas
from grapheditor.ui.telling import sentence
from grapheditor.ui.theme import words

MOST_LINES = 5
ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Paragraph(QPlainTextEdit):
    """Words in lines that wrap; as high as they are. Return ends it, with Shift it begins a line; Tab moves on."""

    typed = Signal(str)
    ended = Signal()
    given_up = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(words(12))
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self._change)
        self._shows = False

    def show_text(self, text: str) -> None:
        """Show words that come from elsewhere; where they are the same the cursor stays."""
        if text != self.toPlainText():
            self._shows = True
            self.setPlainText(text)
            self._shows = False

    def text(self) -> str:
        """Return what stands here."""
        return self.toPlainText()

    def cursorPosition(self) -> int:
        """Return before which character what is typed goes, as a line does."""
        return self.textCursor().position()

    def setCursorPosition(self, place: int) -> None:
        """Go before a character, or to the end."""
        cursor = self.textCursor()
        cursor.setPosition(min(place, len(self.toPlainText())))
        self.setTextCursor(cursor)

    def _change(self) -> None:
        self._fit()
        if not self._shows:
            self.typed.emit(self.toPlainText())

    def _fit(self) -> None:
        """Be as high as the lines are."""
        lines = math.ceil(self.document().size().height())
        line = self.blockBoundingRect(self.document().firstBlock()).height() / max(self._wrapped(), 1)
        around = max(self.height() - self.viewport().height(), 8)
        high = math.ceil(min(max(lines, 1), MOST_LINES) * line) + around
        if high != self.height() or high != self.minimumHeight():
            self.setFixedHeight(high)

    def _wrapped(self) -> int:
        layout = self.document().firstBlock().layout()
        return layout.lineCount() if layout is not None else 1

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the document: every keystroke is already an edit of it."""
        if event.type() == QEvent.Type.ShortcutOverride and (
            event.matches(QKeySequence.StandardKey.Undo)  # type: ignore[attr-defined]
            or event.matches(QKeySequence.StandardKey.Redo)  # type: ignore[attr-defined]
        ):
            event.ignore()
            return False
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return ends it, Escape gives it up."""
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        elif event.key() in ENDS and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.ended.emit()
        elif event.key() in ENDS:
            self.insertPlainText("\n")
        else:
            super().keyPressEvent(event)


class ParagraphField(Field):
    """A description: what is typed is in the document at once, and Escape takes it back."""

    def _editor(self) -> Paragraph:
        self.words = Paragraph()
        self.words.typed.connect(self._typed)
        self.words.ended.connect(self._end)
        self.words.left.connect(self._leave)
        self.words.given_up.connect(self._give_up)
        self._shown: Any = ""
        self._before: Any = None
        return self.words

    def _lay_out(self) -> None:
        super()._lay_out()
        self.name.setContentsMargins(0, 4, 0, 0)
        self.row.setAlignment(self.name, Qt.AlignmentFlag.AlignTop)

    def show_value(self, value: Any) -> None:
        if value != self._shown:
            self._bout = None
        self._shown = value
        self._show_default(value)
        self.words.show_text(value or "")

    def _typed(self, text: str) -> None:
        if text == self._shown:
            return
        before, self._shown = self._shown, text
        if self._bout is None:
            self._bout, self._before = object(), before
        try:
            self._changed(text, self._bout)
        except ValueError as error:
            self._shown = before
            self.complain(sentence(error))
            return
        self.complain("")

    def _leave(self) -> None:
        self._bout = None
        if self.refused:
            self.complain("")
            self.words.show_text(self._shown)
        self.finished.emit()

    def _end(self) -> None:
        if not self.refused:
            go_to_canvas(self.words)

    def _give_up(self) -> None:
        if self._bout is not None and self._before is not None:
            self._typed(self._before)
        self.words.show_text(self._shown)
        go_to_canvas(self.words)
