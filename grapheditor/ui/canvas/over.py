"""A field over the canvas: the title of a card or a frame, or a number, is typed where it is shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from grapheditor.ui.theme import Theme, words

LEAST, HIGH = 120, 28


class Over(QLineEdit):
    """Takes one line and goes: Return, or leaving it by the mouse, takes what was typed; Escape leaves all as it was.

    take: does what the text asks for; ValueError, with a sentence, keeps the field open. It deletes itself.
    """

    def __init__(
        self,
        canvas: QWidget,
        theme: Theme,
        name: str,
        text: str,
        take: Callable[[str], object],
        refuse: Callable[[str], object],
    ) -> None:
        super().__init__(text, canvas)
        self._before = text
        self._take = take
        self._refuse = refuse
        self._open = True
        self.setObjectName("over")
        self.setAccessibleName(name)
        self.setPlaceholderText(name)
        self.setFont(words(13, "semibold"))
        self.setStyleSheet(
            f"#over {{ background: {theme.canvas}; color: {theme.text}; border: 2px solid {theme.accent};"
            " border-radius: 6px; padding: 2px 6px; }"
        )

    def open_at(self, rect: QRect) -> None:
        """Show the field over a part of the canvas, with its text selected."""
        canvas = self.parentWidget()
        assert canvas is not None
        wide = max(
            rect.width(), LEAST, round(QFontMetricsF(self.font()).horizontalAdvance(self.placeholderText())) + 24
        )
        x = max(4, min(rect.left(), canvas.width() - wide - 4))
        y = max(4, min(rect.top(), canvas.height() - HIGH - 4))
        self.setGeometry(x, y, wide, HIGH)
        self.show()
        self.raise_()
        self.selectAll()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._end()
        else:
            super().keyPressEvent(event)
            event.accept()  # what a line has no use for, such as Up, is no key of the canvas below it

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() in (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.TabFocusReason):
            self._end(leaving=True)
        elif event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.dismiss()

    def _end(self, leaving: bool = False) -> None:
        if not self._open:
            return
        if self.text().strip() != self._before:
            self._open = False
            try:
                self._take(self.text().strip())
            except ValueError as error:
                self._refuse(str(error))
                self._open = not leaving
                if self._open:
                    self.selectAll()
                    return
        self._open = True
        self.dismiss()

    def dismiss(self) -> None:
        """Close the field; what was typed is not taken. While it is being taken it closes afterwards."""
        if not self._open:
            return
        self._open = False
        had = self.hasFocus()
        canvas = self.parentWidget()
        self.hide()
        self.deleteLater()
        if had and canvas is not None:
            canvas.setFocus()
