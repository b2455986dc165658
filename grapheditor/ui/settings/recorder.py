"""A button that takes the next keys that are pressed, or the next stroke of the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QKeyCombination, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QPushButton

from grapheditor.ui import mouse
from grapheditor.ui.texts import tr

HELD = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr, Qt.Key.Key_unknown)


class Recorder(QPushButton):
    """Clicked, it waits for a key, alone or with others held; Escape gives up.

    Where it is for the mouse it waits for a button, or a turn of the wheel, on itself.
    """

    recorded = Signal(str)

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._title = title
        self.waiting = False
        self.takes: frozenset[str] = frozenset()
        """With what a stroke of the mouse may end; empty where keys are wanted."""
        self.setAutoDefault(False)
        self.clicked.connect(self.begin)

    def begin(self) -> None:
        """Wait for a key, or a stroke."""
        self.waiting = True
        self.setText(self._asked())
        self.setFocus()

    def _asked(self) -> str:
        if not self.takes:
            return tr("Press the keys; Escape gives up")
        if mouse.WHEEL in self.takes:
            return tr("Turn the wheel here; Escape gives up")
        if mouse.NODE in self.takes:
            return tr("Hold keys and press the left button here; Escape gives up")
        return tr("Press a button here, with keys held or without; Escape gives up")

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
        if self.waiting and self.takes and isinstance(event, QMouseEvent | QWheelEvent):
            event.accept()
            self._take_stroke(event)
            return True
        return super().event(event)

    def _take_stroke(self, event: QMouseEvent | QWheelEvent) -> None:
        """Take a stroke that fits; what does not fit is waited out."""
        if isinstance(event, QWheelEvent):
            by = mouse.WHEEL
        elif event.type() == QEvent.Type.MouseButtonPress:
            by = mouse.BUTTONS.get(event.button(), "")
            by = mouse.NODE if by == "LeftButton" and mouse.NODE in self.takes else by
        else:
            return
        found = str(mouse.stroke(by, event.modifiers()))
        if by in self.takes and mouse.parse(found) is not None:
            self.end()
            self.recorded.emit(found)

    def _take(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        given_up = key == Qt.Key.Key_Escape and not held
        if key in HELD or (self.takes and not given_up):
            return
        self.end()
        if given_up:
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
