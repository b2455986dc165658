"""A row of the inspector: a name, an editor with its help and its complaint in place, and the way to the default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from grapheditor.authoring import Option
from grapheditor.graph.arithmetic import is_expression
from grapheditor.ui.inspector.lines import Line
from grapheditor.ui.inspector.marks import Name, Reset
from grapheditor.ui.inspector.terms import Terms
from grapheditor.ui.telling import sentence
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import px
from grapheditor.ui.widgets import fixed, label, restyle

LABEL, RESET, LEAST = 116, 16, 90
"""Pixels of a name, of the way back to the default, and of an editor that stands beside them."""
TYPED = QLineEdit | QPlainTextEdit
Changed = Callable[[Any, object], None]
"""Takes a value that is allowed, and the bout of typing that it belongs to."""


class Field(QWidget):
    """One row: a name, an editor, and below it a complaint where what is typed is not allowed, else help in use."""

    finished = Signal()
    """The hands are done with it."""
    expression_wanted = Signal()
    """An expression is to be written where a switch or a box of choices stands."""

    def __init__(
        self, option: Option, changed: Changed, parent: QWidget | None = None, *, resets: bool = True, title: str = ""
    ) -> None:
        """resets: whether going back to the default means anything. title: what is shown instead of the name."""
        super().__init__(parent)
        self.option = option
        self.terms: Terms | None = None
        self._changed = changed
        self._resets = resets
        self._bout: object = None
        self._blamed = self._waiting = False
        self.title = words = title or tr(option.name.replace("_", " "))
        self.doc = tr(option.doc)
        self.name = Name(words)
        fixed(self.name, width=LABEL)
        self.reset = Reset()
        self.reset.setAccessibleName(tr("Reset {name}", name=words))
        self.reset.setToolTip(tr("Back to {value}", value=self._default()))
        self.reset.clicked.connect(self.go_back)
        self.reset.hide()
        self.complaint = self._note("wrong")
        self.help = self._note("muted")
        self.editor = self._editor()
        self.editor.setObjectName(f"option-{option.name}")
        self.editor.setAccessibleName(words)
        self.editor.setAccessibleDescription(self.doc)
        self.editor.installEventFilter(self)
        self.name.pressed.connect(self.editor.setFocus)
        self.name.setToolTip("\n".join(filter(None, (words, self.doc))))
        self.editor.setToolTip(self.doc)
        self._lay_out()

    def _note(self, look: str) -> Any:
        note = label(size=11)
        note.setProperty(look, True)
        note.setWordWrap(True)
        note.setContentsMargins(0, 2, 0, 2)
        note.hide()
        return note

    def _lay_out(self) -> None:
        self.row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.row.setSpacing(0)
        self.row.addWidget(self.name)
        self.row.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignVCenter)
        self.row.addWidget(self.editor, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.row)
        for note in (self.complaint, self.help):
            column.addLayout(indented(note))

    def minimumSizeHint(self) -> QSize:
        """Ask for no more width than the name or the editor needs: they can stand one above the other."""
        found = super().minimumSizeHint()
        alone = max(self.name.minimumWidth(), self.editor.minimumSizeHint().width())
        return QSize(min(found.width(), alone), found.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the editor below the name, where there is no room for it at the right."""
        super().resizeEvent(event)
        narrow = self.width() < px(LABEL + RESET + LEAST)
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if way != self.row.direction():
            self.row.setDirection(way)
            kept = self.reset.sizePolicy()
            kept.setRetainSizeWhenHidden(not narrow)
            self.reset.setSizePolicy(kept)

    def show_value(self, value: Any) -> None:
        """Show a value that comes from the document; None where the selected nodes differ."""
        raise TypeError(f"{type(self).__name__} shows nothing")

    def _editor(self) -> QWidget:
        raise TypeError(f"{type(self).__name__} edits nothing")

    def _default(self) -> str:
        return self.option.show(self.option.default) or tr("nothing")

    def _offer(self, value: Any) -> None:
        """Hand a value on; a complaint shows where it is not allowed, and the old one stays."""
        try:
            checked = value if is_expression(value) else self.option.check(value)
            self._changed(checked, self._bout)
        except ValueError as error:
            self.complain(sentence(error))
            return
        self.complain("")

    def go_back(self) -> None:
        """Take the default."""
        self._bout = None
        self._offer(self.option.default)

    @property
    def refused(self) -> bool:
        """Whether the editor holds something that is not allowed; it stays there until it is mended or taken back."""
        return bool(self.complaint.text())

    def complain(self, text: str) -> None:
        """Show what is wrong, or that nothing is."""
        self.complaint.setText(text)
        self._show_complaint()

    def wait(self, waiting: bool) -> None:
        """Keep what is wrong to itself while what is typed is known to be unfinished."""
        self._waiting = waiting
        self._show_complaint()

    @property
    def _complains(self) -> bool:
        return self.refused and not self._waiting

    def _show_complaint(self) -> None:
        self.complaint.setVisible(self._complains)
        self._mark()
        self._show_help()

    def blame(self, blamed: bool) -> None:
        """Mark the field as the one that a problem of the graph is about."""
        self._blamed = blamed
        self._mark()

    def _mark(self) -> None:
        restyle(self.editor, "wrong", self._complains or self._blamed)

    def _show_default(self, value: Any) -> None:
        """Mark a value that is not the default."""
        self.reset.setVisible(self._resets and value != self.option.default)

    def _show_help(self) -> None:
        """Show the help of the field that is in use. While a button is held nothing moves under the pointer."""
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            QTimer.singleShot(30, self, self._show_help)
            return
        shown = self.editor.hasFocus() and bool(self.doc) and not self._complains
        self.help.setText(self.doc if shown else "")
        self.help.setVisible(shown)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the focus; Escape gives it back to the canvas."""
        if isinstance(event, QFocusEvent):
            # a second press may follow the first, and is meant for what lies there now
            by_mouse = event.reason() == Qt.FocusReason.MouseFocusReason
            QTimer.singleShot(QApplication.doubleClickInterval() if by_mouse else 0, self, self._show_help)
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape and not isinstance(watched, Line | QPlainTextEdit):
                go_to_canvas(self.editor)
                return True
        elif isinstance(event, QContextMenuEvent) and event.type() == QEvent.Type.ContextMenu:
            self._menu(event)
            return True
        return super().eventFilter(watched, event)

    def _menu(self, event: QContextMenuEvent) -> None:
        menu = self.editor.createStandardContextMenu() if isinstance(self.editor, TYPED) else QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setObjectName("field-menu")
        if self._resets:
            back = menu.addAction(tr("Reset to {value}", value=self._default()), self.go_back)
            back.setEnabled(not self.reset.isHidden())
        if self.terms is not None and not isinstance(self.editor, TYPED):
            menu.addAction(tr("Write an expression"), self.expression_wanted.emit)
        menu.popup(event.globalPos())


def indented(widget: QWidget) -> QHBoxLayout:
    """Return a line in which a widget stands below the editors, behind the names."""
    before = QWidget()
    fixed(before, width=LABEL + RESET, height=0)
    row = QHBoxLayout()
    row.setSpacing(0)
    row.addWidget(before)
    row.addWidget(widget, 1)
    return row


def go_to_canvas(widget: QWidget) -> None:
    """Give the focus back to the canvas; where there is none, to nobody."""
    canvas = widget.window().findChild(QWidget, "canvas")
    if canvas is not None and canvas.isVisible():
        canvas.setFocus()
    else:
        widget.clearFocus()
