"""Files that a network was asked about: a row each, with a small picture and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from grapheditor.engine.messages import GuessReport
from grapheditor.ui.packed import pixmaps
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import figures, px

SIDE = 26
"""Pixels of a picture's longer side."""


class Tried(QListWidget):
    """The files in their order; the one that is chosen is shown in full."""

    wanted = Signal(int)
    """A row was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tried")
        self.setAccessibleName(tr("Files that were tried"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(figures(10))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.currentRowChanged.connect(self.wanted)

    def show_guesses(self, guesses: Sequence[GuessReport]) -> None:
        """Show these; of a single one there is nothing to choose."""
        self.clear()
        self.setVisible(len(guesses) > 1)
        most = max((len(guess["pictures"]) for guess in guesses), default=1)
        self.setIconSize(QSize(px(SIDE) * max(most, 1), px(SIDE)))
        for guess in guesses:
            said = told(guess)
            item = QListWidgetItem(said)
            item.setToolTip("\n".join([said, *(f"{name} {share:.1%}" for name, share in guess["classes"][1:])]))
            item.setSizeHint(QSize(0, px(SIDE + 4)))  # as wide as the list: else long names are scrolled to
            if guess["pictures"]:
                item.setIcon(QIcon(pixmaps(guess["pictures"], px(SIDE))))
            self.addItem(item)


def told(guess: GuessReport) -> str:
    """Say in a line what is said of a file: ``seven.png: 7 98%``."""
    name = Path(guess["name"]).name
    if guess["classes"]:
        best, share = guess["classes"][0]
        return f"{name}: {best} {share:.0%}"
    return f"{name}: {guess['words']}" if name else guess["words"]
