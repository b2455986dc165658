"""The start page: one button that trains, what was open last, and the gallery of networks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from grapheditor.authoring import Template
from grapheditor.edit.journal import Remains
from grapheditor.ui.inspector.fields import field
from grapheditor.ui.safety import describe
from grapheditor.ui.session import Session
from grapheditor.ui.theme import Theme, words
from grapheditor.ui.thumbnail import Thumbnail
from grapheditor.ui.widgets import Edit, clear, heading, label, restyle, short

LEFT, CARD, GAP = 346, 300, 16
FIRST = 6
"""So many cards are there when the window is painted first; the others come behind it."""


class TemplateCard(QFrame):
    """A template in the gallery: its picture, title, source and numbers."""

    chosen = Signal(str)
    opened = Signal(str)

    def __init__(self, template: Template, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.template = template
        self.session = session
        self.setProperty("card", True)
        self.setObjectName(f"card-{template.id}")
        self.setAccessibleName(f"{template.title}. {template.headline}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(CARD, 270)
        self.setToolTip(template.doc)
        self.picture = Thumbnail(session.catalog, theme)
        text = QVBoxLayout()
        text.setContentsMargins(15, 10, 15, 14)
        text.setSpacing(3)
        text.addWidget(label(template.title, bold=True, size=15))
        text.addWidget(label(template.source or template.category, muted=True, size=11))
        self.numbers = label(mono=True, size=11)
        text.addSpacing(4)
        text.addWidget(self.numbers)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 0)
        column.setSpacing(0)
        column.addWidget(self.picture, 1)
        column.addLayout(text)
        session.surveyed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the numbers, once the engine has counted."""
        found = self.session.gallery.get(self.template.id)
        if found is not None:
            self.numbers.setText(f"{found.parameters:,} parameters · {short(found.multiply_adds)} MACs")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        self.chosen.emit(self.template.id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.opened.emit(self.template.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.template.id)
        elif event.key() == Qt.Key.Key_Space:
            self.chosen.emit(self.template.id)
        else:
            super().keyPressEvent(event)


class StartPage(QWidget):
    """What the window opens on."""

    train_digits = Signal()
    empty = Signal()
    browse = Signal()
    file_chosen = Signal(Path)
    template_chosen = Signal(str, object)
    recover = Signal(object)
    discard = Signal(object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.theme = theme
        self.cards: list[TemplateCard] = []
        self._options: dict[str, Any] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._left())
        row.addWidget(self._right(), 1)

    def _left(self) -> QWidget:
        panel = QWidget()
        panel.setObjectName("panel-left")
        panel.setFixedWidth(LEFT)
        self._column = column = QVBoxLayout(panel)
        column.setContentsMargins(26, 26, 26, 20)
        column.setSpacing(8)
        title = label("A deep network is a graph of tensor operators.")
        title.setFont(words(22, "bold"))
        title.setWordWrap(True)
        column.addWidget(title)
        column.addWidget(label("Draw it, watch it learn, take it with you.", muted=True, size=13))
        column.addSpacing(12)
        digits = self.session.catalog.sources["digits"]
        self.train = train = self._button(
            "Train the digits example", "start-train-digits", self.train_digits, primary=True
        )
        train.setMinimumHeight(30)
        train.setFont(words(13, "semibold"))
        column.addWidget(label(f"{sum(digits.samples.values()):,} real digits, about 20 seconds", muted=True, size=11))
        column.addSpacing(8)
        self._button("Empty graph", "start-empty", self.empty)
        self._button("Open a graph", "start-open", self.browse)
        self._left_over = QVBoxLayout()
        self._left_over.setSpacing(2)
        column.addLayout(self._left_over)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        column.addSpacing(12)
        column.addLayout(self._recent)
        self._chosen = QVBoxLayout()
        self._chosen.setSpacing(6)
        column.addSpacing(8)
        column.addLayout(self._chosen)
        column.addStretch(1)
        return panel

    def _button(self, text: str, name: str, signal: Any, *, primary: bool = False) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setProperty("primary", primary)
        button.clicked.connect(signal)
        self._column.addWidget(button)
        return button

    def _right(self) -> QWidget:
        side = QWidget()
        side.setObjectName("start-gallery")
        self.search = Edit()
        self.search.setObjectName("gallery-search")
        self.search.setPlaceholderText(f"Search {len(self.session.catalog.templates)} networks")
        self.search.setAccessibleName("Search networks")
        self.search.setMaximumWidth(420)
        self.search.textChanged.connect(self._fill)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget()
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)
        area.setWidget(inner)
        column = QVBoxLayout(side)
        column.setContentsMargins(24, 20, 24, 12)
        column.setSpacing(16)
        column.addWidget(self.search)
        column.addWidget(area, 1)
        self._add_cards(list(self.session.catalog.templates.values())[:FIRST])
        return side

    def _add_cards(self, templates: list[Template]) -> None:
        for template in templates:
            card = TemplateCard(template, self.session, self.theme, self)
            card.chosen.connect(self.choose)
            card.opened.connect(self._open)
            self.cards.append(card)
        self._fill(self.search.text())

    def resizeEvent(self, event: Any) -> None:
        """Put as many cards side by side as fit."""
        super().resizeEvent(event)
        self._fill(self.search.text())

    def _fill(self, text: str) -> None:
        wanted = text.strip().lower()
        while self._grid.count():
            self._grid.takeAt(0)
        columns = max(1, (self.width() - LEFT - 48 + GAP) // (CARD + GAP))
        place = 0
        for card in self.cards:
            kept = wanted in f"{card.template.title} {card.template.source} {card.template.category}".lower()
            if kept:
                self._grid.addWidget(card, place // columns, place % columns, Qt.AlignmentFlag.AlignTop)
                place += 1
            card.setVisible(kept)
        self._grid.setColumnStretch(columns, 1)
        self._grid.setRowStretch(place // columns + 1, 1)

    def choose(self, name: str) -> None:
        """Show a template's options beside the gallery."""
        template = self.session.catalog.templates[name]
        for card in self.cards:
            restyle(card, "chosen", card.template.id == name)
        clear(self._chosen)
        self._options = {}
        self._chosen.addWidget(heading(template.title))
        doc = label(template.doc.replace("\n\n", "\n"), muted=True, size=11)
        doc.setWordWrap(True)
        self._chosen.addWidget(doc)
        for option in template.options:

            def change(value: Any, _bout: object, key: str = option.name) -> None:
                self._options[key] = value

            row = field(option, change)
            row.show_value(option.default)
            self._chosen.addWidget(row)
        button = QPushButton("Open this network")
        button.setObjectName("start-open-template")
        button.clicked.connect(lambda: self._open(name))
        self._chosen.addWidget(button)

    def _open(self, name: str) -> None:
        chosen = any(card.property("chosen") and card.template.id == name for card in self.cards)
        self.template_chosen.emit(name, dict(self._options) if chosen else {})

    def show_recent(self, paths: list[Path]) -> None:
        """List the files that were open last."""
        clear(self._recent)
        if paths:
            self._recent.addWidget(heading("Recent"))
        for path in paths:
            button = QPushButton(f"{path.name}   {_place(path)}")
            button.setProperty("flat", True)
            button.setToolTip(str(path))
            button.clicked.connect(lambda _checked=False, chosen=path: self.file_chosen.emit(chosen))
            self._recent.addWidget(button)

    def show_left(self, found: Sequence[Remains]) -> None:
        """List what programs that ended have not saved."""
        clear(self._left_over)
        if found:
            self._left_over.addWidget(heading("Not saved when the program ended"))
        for i, left in enumerate(found):
            text = label(f"{left.head.title}: {describe(left)}", size=11)
            text.setObjectName(f"left-{i}")
            text.setWordWrap(True)
            text.setToolTip(left.head.path or "This graph was never saved.")
            buttons = QWidget()
            row = QHBoxLayout(buttons)
            row.setContentsMargins(0, 0, 0, 0)
            for title, name, signal in (("Recover", "recover", self.recover), ("Discard", "discard", self.discard)):
                button = QPushButton(title)
                button.setObjectName(f"{name}-{i}")
                button.setProperty("link", True)
                button.setAccessibleName(f"{title} {left.head.title}")
                button.clicked.connect(lambda _checked=False, told=signal, item=left: told.emit(item))
                row.addWidget(button)
            row.addStretch(1)
            self._left_over.addWidget(text)
            self._left_over.addWidget(buttons)

    def draw_pictures(self) -> None:
        """Draw the networks on their cards, one at a time, once the window has been painted."""
        self._add_cards(list(self.session.catalog.templates.values())[FIRST:])
        waiting = list(self.cards)

        def draw() -> None:
            card = waiting.pop(0)
            card.picture.show_graph(self.session.catalog.new(card.template.id))
            if waiting:
                QTimer.singleShot(0, self, draw)

        draw()

    def set_theme(self, theme: Theme) -> None:
        """Draw the pictures in another theme."""
        self.theme = theme
        for card in self.cards:
            card.picture.theme = theme
            card.picture.update()


def _place(path: Path) -> str:
    """Write a file's folder as people know it, and when it was saved."""
    folder = path.parent
    home = Path.home()
    shown = f"~/{folder.relative_to(home)}".rstrip("/.") if folder.is_relative_to(home) else str(folder)
    shown = shown if len(shown) <= 22 else f"…{shown[-21:]}"
    try:
        day = datetime.fromtimestamp(path.stat().st_mtime).strftime("%d %b")
    except OSError:
        return shown
    return f"{shown}   {day.lstrip('0')}"
