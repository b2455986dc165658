"""The most wrong samples: pictures, or words, with what is true and what was said, or with their loss."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QListView, QListWidget, QListWidgetItem, QWidget

from grapheditor.engine.messages import MissReport
from grapheditor.ui.packed import pixmaps
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import figures, px

SIDE = 52
"""Pixels of a picture's longer side."""
BESIDE = 58
"""Pixels beside a sample's pictures: around them, and what scrolls."""
LONGEST = 12
"""Letters of what is true and of what was said, where both stand under a picture."""


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

    def show_misses(self, misses: Sequence[MissReport]) -> None:
        """Show these."""
        self.clear()
        most = max((len(miss["pictures"]) for miss in misses), default=0)
        self.setViewMode(QListView.ViewMode.IconMode if most else QListView.ViewMode.ListMode)
        self.setIconSize(QSize(px(SIDE) * max(most, 1), px(SIDE)))
        self.setGridSize(QSize(px(SIDE * most + 36), px(SIDE + 30)) if most else QSize())
        self.setWordWrap(bool(most))
        self.setMinimumWidth(px(SIDE * max(most, 1) + BESIDE))  # a sample is not to be scrolled sideways
        for miss in misses:
            short = _short(miss)
            item = QListWidgetItem(short if most else f"{short}  {_line(miss['words'])}")
            if miss["pictures"]:
                item.setIcon(QIcon(pixmaps(miss["pictures"], px(SIDE))))
            whole = _whole(miss)
            item.setToolTip(whole)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, whole)
            self.addItem(item)


def _short(miss: MissReport) -> str:
    """Say what stands under a picture: what is true, what was said, how sure; or the loss alone."""
    taken = miss["taken"]
    if taken is not None:
        return tr("{true} → {said}  {share}", true=miss["true"], said=miss["said"], share=f"{taken['share']:.0%}")
    if miss["true"] and max(len(miss["true"]), len(miss["said"])) <= LONGEST:
        return tr("{true} → {said}", true=miss["true"], said=miss["said"])
    return _loss(miss)


def _whole(miss: MissReport) -> str:
    taken = miss["taken"]
    if taken is not None:
        return tr(
            "Sample {n:,} is {true} (given {chance}), taken for {said} ({share}): {words}",
            n=miss["index"], true=miss["true"], chance=f"{taken['chance']:.1%}", said=miss["said"],
            share=f"{taken['share']:.1%}", words=miss["words"],
        )  # fmt: skip
    text = tr("Sample {n:,}, loss {loss}: {words}", n=miss["index"], loss=_loss(miss), words=miss["words"])
    if miss["true"]:
        text += "\n" + tr("true: {true}", true=miss["true"]) + "\n" + tr("said: {said}", said=miss["said"])
    return text


def _loss(miss: MissReport) -> str:
    return f"{miss['loss']:.3g}" if miss["loss"] is not None else "∞"


def _line(text: str) -> str:
    return " ".join(text.split())
