"""The card beside a lens that says how one of its numbers came about."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QTextDocument
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from grapheditor.ui.lens.card import EDGE, button
from grapheditor.ui.lens.pin import Number
from grapheditor.ui.lens.working import Told, digits, place, written
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px
from grapheditor.ui.widgets import label

MOST = 420
"""How wide it gets for text that can be broken into lines, in pixels at a scale of 1."""


class WorkingCard(QFrame):
    """Says how a number came about, with links to where it came from."""

    followed = Signal(object)
    """Another number is to be shown: a Number."""
    closed = Signal()

    def __init__(self, canvas: QWidget, theme: Theme) -> None:
        super().__init__(canvas)
        self.setObjectName("working")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.number: Number | None = None
        self._shown: tuple[Number, Told | None] | None = None
        self.title = label(bold=True)
        self.close_button = button("×", "working-close", tr("Close"))
        self.close_button.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        self._head = head
        self.text = QLabel()
        self.text.setObjectName("working-text")
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
            | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self.text.setWordWrap(True)
        self.text.linkActivated.connect(self._follow)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, 8, EDGE, 9)
        column.setSpacing(6)
        column.addLayout(head)
        self.sheet = QScrollArea()
        self.sheet.setFrameShape(QFrame.Shape.NoFrame)
        self.sheet.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.sheet.viewport().setAutoFillBackground(False)
        self.sheet.setWidget(self.text)
        column.addWidget(self.sheet)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Show it in another theme."""
        self.theme, self._shown = theme, None
        self.setStyleSheet(
            f"#working {{ background: {theme.card}; border: 1px solid {theme.card_edge}; border-radius: 10px; }}"
            f"#working QPushButton {{ background: transparent; border: 1px solid transparent; border-radius: 4px;"
            f" color: {theme.muted}; padding: 0 3px; min-height: 0; }}"
            f"#working QPushButton:focus {{ border-color: {theme.accent}; }}"
        )

    def show_told(self, number: Number, told: Told | None) -> None:
        """Show how a number came about; None where that is not known yet."""
        if (number, told) == self._shown:
            return
        self._shown, self.number = (number, told), number
        name = f"{number.path} {place(number.at)}".strip()
        here = told is not None and "problem" not in told
        if number.call is not None:
            name = tr("{name}, a step before", name=name)
        self.title.setText(f"{name} = {digits(told['value'])}" if told is not None and here else name)
        self.text.setFont(figures(11))
        self.text.setText(written(told, self.theme) if told is not None else tr("Looking …"))
        self.setAccessibleName(tr("How {what} came about", what=self.title.text()))
        self._fit()

    def _fit(self) -> None:
        """Be as wide as what is written, up to a limit, but never narrower than a table; as high as that needs.

        What has more than the canvas is scrolled.
        """
        page = QTextDocument()
        page.setDefaultFont(self.text.font())
        page.setDocumentMargin(0)
        page.setHtml(self.text.text())
        page.setTextWidth(min(max(page.idealWidth(), self._head.sizeHint().width()), px(MOST)))
        wide = ceil(max(page.size().width(), page.textWidth())) + 2
        high = self.text.heightForWidth(wide)
        self.text.setFixedSize(wide, high)
        layout, canvas = self.layout(), self.parentWidget()
        assert layout is not None
        assert canvas is not None
        edges = layout.contentsMargins()
        most_wide = canvas.width() - 2 * EDGE - edges.left() - edges.right()
        most_high = canvas.height() - 2 * EDGE - edges.top() - edges.bottom()
        most_high -= self._head.sizeHint().height() + layout.spacing()
        bar = self.sheet.verticalScrollBar().sizeHint().width()
        across, down = min(wide + bar * (high > most_high), most_wide), min(high + bar * (wide > most_wide), most_high)
        self.sheet.setFixedSize(across, down)
        layout.activate()
        self.resize(layout.totalSizeHint())

    def _follow(self, address: str) -> None:
        path, at, call = address.split("|")
        places = tuple(map(int, at.split(","))) if at else ()
        own = self.number.path if self.number is not None else ""
        self.followed.emit(Number(path or own, places, int(call) if call else None))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on it is none on the canvas."""
        self.raise_()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Nor is a double click."""
