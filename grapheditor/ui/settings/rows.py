"""Rows of a page of the settings: a name, what is chosen, and a note below."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from grapheditor.ui.widgets import Choice, fixed, label

NAME, BOX = 150, 220


def page() -> tuple[QWidget, QVBoxLayout]:
    """Return an empty page and its column."""
    found = QWidget()
    column = QVBoxLayout(found)
    column.setContentsMargins(0, 4, 0, 0)
    column.setSpacing(6)
    return found, column


def choice_row(
    column: QVBoxLayout,
    name: str,
    title: str,
    note: str,
    offered: Sequence[tuple[str, str]],
    chosen: str,
    choose: Callable[[str], object],
) -> Choice:
    """Add a box of choices; offered: value and words for it."""
    box = Choice()
    box.setObjectName(f"settings-{name}")
    box.setAccessibleName(title)
    box.setAccessibleDescription(note)
    fixed(box, width=BOX)
    for value, text in offered:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.activated.connect(lambda index: choose(box.itemData(index)))
    words = label(title)
    fixed(words, width=NAME)
    words.setBuddy(box)
    row = QHBoxLayout()
    row.setSpacing(12)
    row.addWidget(words)
    row.addWidget(box)
    row.addStretch(1)
    column.addLayout(row)
    if note:
        column.addWidget(note_below(note))
    return box


def note_below(text: str) -> QWidget:
    """Return a note in small type that may take several lines."""
    found = label(text, muted=True, size=11)
    found.setWordWrap(True)
    return found
