"""The most wrong samples: pictures, or words, with what is true and what was said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QListView, QListWidget, QListWidgetItem, QWidget

from grapheditor.engine.messages import MissReport
from grapheditor.ui.packed import pixmap
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import figures, px

SIDE = 52
"""Pixels of a picture's longer side."""


class Wrong(QListWidget):
    """A grid of samples, the most wrong first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("wrong")
        self.setAccessibleName(tr("The most wrong samples"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(figures(10))
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)

    def show_misses(self, misses: Sequence[MissReport], names: Sequence[str]) -> None:
        """Show these; names: of the classes."""
        self.clear()
        drawn = any(miss["picture"] is not None for miss in misses)
        self.setViewMode(QListView.ViewMode.IconMode if drawn else QListView.ViewMode.ListMode)
        self.setIconSize(QSize(px(SIDE), px(SIDE)))
        self.setGridSize(QSize(px(SIDE + 36), px(SIDE + 30)) if drawn else QSize())
        self.setWordWrap(drawn)
        for miss in misses:
            true, said = names[miss["true"]], _named(names, miss["said"])
            short = tr("{true} → {said}  {share}", true=true, said=said, share=f"{miss['share']:.0%}")
            whole = tr(
                "Sample {n:,} is {true} (given {chance}), taken for {said} ({share}): {words}",
                n=miss["index"], true=true, chance=f"{miss['chance']:.1%}", said=said, share=f"{miss['share']:.1%}",
                words=miss["words"],
            )  # fmt: skip
            item = QListWidgetItem(short if drawn else f"{short}  {miss['words']}")
            if miss["picture"] is not None:
                item.setIcon(QIcon(pixmap(miss["picture"], px(SIDE))))
            item.setToolTip(whole)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, whole)
            self.addItem(item)


def _named(names: Sequence[str], number: int) -> str:
    return names[number] if number < len(names) else str(number)
