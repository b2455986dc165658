"""The start page: one button that trains, what was open last, and the gallery of networks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from grapheditor.edit.journal import Remains
from grapheditor.ui.gallery import Gallery
from grapheditor.ui.recent import Recent
from grapheditor.ui.safety import describe
from grapheditor.ui.session import Session
from grapheditor.ui.template_panel import TemplatePanel
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px, words
from grapheditor.ui.widgets import Entry, Icons, clear, fixed, heading, label, typed

LEFT = 346
LEAST = 330
"""How wide the gallery is at least: a card and what is around it."""


class StartPage(QWidget):
    """What the window opens on."""

    train_digits = Signal()
    empty = Signal()
    browse = Signal()
    file_chosen = Signal(Path)
    template_chosen = Signal(str, object)
    tour_chosen = Signal(str)
    recover = Signal(object)
    discard = Signal(object)

    def __init__(self, session: Session, theme: Theme, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.theme = theme
        self._icons = icons
        self.gallery = Gallery(session, theme)
        self.template = TemplatePanel(session, theme)
        self.gallery.chosen.connect(self.choose)
        self.gallery.opened.connect(self._open)
        self.gallery.left.connect(self.template.leave)
        self.template.opened.connect(self.template_chosen)
        self.template.tour_wanted.connect(self.tour_chosen)
        self.template.closed.connect(self._leave)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._left())
        row.addWidget(self.gallery, 1)
        row.addWidget(self.template)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Let what stands on the left go where the gallery had no room for a card beside the options of a template."""
        rest = self.width() - px(LEFT) - self.template.minimumWidth()
        self._beginning.setVisible(self.template.isHidden() or rest >= px(LEAST))

    def _left(self) -> QWidget:
        panel = self._beginning = QScrollArea()
        panel.setObjectName("panel-left")
        panel.setWidgetResizable(True)
        panel.setFrameShape(QFrame.Shape.NoFrame)
        panel.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        panel.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        fixed(panel, width=LEFT)
        inner = QWidget()
        panel.setWidget(inner)
        column = QVBoxLayout(inner)
        column.setContentsMargins(26, 26, 26, 20)
        column.setSpacing(8)
        title = label(tr("A deep network is a graph of tensor operators."))
        typed(title, words(22, "bold"), 22)
        title.setWordWrap(True)
        column.addWidget(title)
        column.addWidget(label(tr("Draw it, watch it learn, take it with you."), muted=True, size=13))
        column.addSpacing(12)
        column.addWidget(self._train_button())
        samples = sum(self.session.catalog.sources["digits"].samples.values())
        column.addWidget(label(tr("{n} real digits, about 20 seconds", n=f"{samples:,}"), muted=True, size=11))
        column.addSpacing(8)
        self._empty = self._entry(tr("Empty graph"), "start-empty", self.empty)
        self._browse = self._entry(tr("Open graphs…"), "start-open", self.browse)
        column.addWidget(self._empty)
        column.addWidget(self._browse)
        self._left_over = QVBoxLayout()
        self._left_over.setSpacing(2)
        column.addLayout(self._left_over)
        column.addSpacing(12)
        self.recent = Recent(self.session)
        self.recent.chosen.connect(self.file_chosen)
        column.addWidget(self.recent)
        column.addStretch(1)
        return panel

    def _train_button(self) -> QPushButton:
        self.train = button = QPushButton(tr("Train the digits example"))
        button.setObjectName("start-train-digits")
        button.setProperty("primary", True)
        typed(button, words(13, "semibold"), 13)
        button.setProperty("large", True)
        button.setAutoDefault(True)  # Return presses it
        button.clicked.connect(self.train_digits)
        self._icons.put(button, "play", self.theme.on_accent)
        return button

    def _entry(self, text: str, name: str, signal: SignalInstance) -> Entry:
        entry = Entry(text)
        entry.setObjectName(name)
        entry.setProperty("framed", True)
        entry.clicked.connect(signal)
        return entry

    def show_keys(self, empty: str, browse: str) -> None:
        """Show the keys of what can be done here."""
        self._empty.show_aside(empty)
        self._browse.show_aside(browse)

    def choose(self, name: str) -> None:
        """Show a template's options beside the gallery."""
        self.gallery.mark(name)
        self.template.show_template(self.session.catalog.templates[name])
        self._make_room()

    def _leave(self) -> None:
        self.gallery.mark("")
        self._make_room()

    def _open(self, name: str) -> None:
        """Make a network: with the options that stand beside it, if they are for it, else with its own."""
        shown = self.template.template
        options: dict[str, Any] = self.template.options if shown is not None and shown.id == name else {}
        self.template_chosen.emit(name, dict(options))

    def show_recent(self, paths: list[Path]) -> None:
        """List the files that were open last."""
        self.recent.show_files(paths)

    def show_left(self, found: Sequence[Remains]) -> None:
        """List what programs that ended have not saved."""
        clear(self._left_over)
        if found:
            self._left_over.addWidget(heading(tr("Not saved when the program ended")))
        for i, left in enumerate(found):
            text = label(f"{left.head.title}: {describe(left)}", size=11)
            text.setObjectName(f"left-{i}")
            text.setWordWrap(True)
            text.setToolTip(left.head.path or tr("This graph was never saved."))
            buttons = QWidget()
            row = QHBoxLayout(buttons)
            row.setContentsMargins(0, 0, 0, 0)
            offered = ((tr("Recover"), "recover", self.recover), (tr("Discard"), "discard", self.discard))
            for title, name, signal in offered:
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
        """Draw the networks on their cards, once the window has been painted."""
        self.gallery.draw_pictures()

    def set_theme(self, theme: Theme) -> None:
        """Draw the pictures in another theme."""
        self.theme = theme
        self._icons.put(self.train, "play", theme.on_accent)
        self.gallery.set_theme(theme)
        self.template.set_theme(theme)
