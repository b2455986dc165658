"""A button that takes the next keys that are pressed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QKeyCombination, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPushButton

from grapheditor.ui.texts import tr

HELD = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr, Qt.Key.Key_unknown)


class Recorder(QPushButton):
    """Clicked, it waits for a key, alone or with others held; Escape gives up."""

    recorded = Signal(str)

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._title = title
        self.waiting = False
        self.setAutoDefault(False)
        self.clicked.connect(self.begin)

    def begin(self) -> None:
        """Wait for a key."""
        self.waiting = True
        self.setText(tr("Press the keys; Escape gives up"))
        self.setFocus()

    def end(self) -> None:
        """Wait no longer."""
        self.waiting = False
        self.setText(self._title)

    def event(self, event: QEvent) -> bool:
        """Take every key while waiting, also those that move the focus or are shortcuts."""
        if self.waiting and isinstance(event, QKeyEvent):
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                self._take(event)
            return True
        return super().event(event)

    def _take(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in HELD:
            return
        self.end()
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key == Qt.Key.Key_Escape and not held:
            return
        if key == Qt.Key.Key_Backtab:
            key = Qt.Key.Key_Tab
        if event.text() and not event.text().isalpha() and event.text().isprintable() and key != Qt.Key.Key_Space:
            held &= ~Qt.KeyboardModifier.ShiftModifier  # the sign has it in it: + is Shift+= on some keyboards
        sequence = QKeySequence(QKeyCombination(held, key))
        self.recorded.emit(sequence.toString(QKeySequence.SequenceFormat.PortableText))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self.waiting:
            self.end()
        super().focusOutEvent(event)
