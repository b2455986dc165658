"""Helpers: what the editor does unasked while one builds; each is one step of undo, and can be switched off here."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from grapheditor.edit.helpers import HELPERS
from grapheditor.ui.preferences import Preferences
from grapheditor.ui.settings.rows import note_below
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.widgets import heading

OFFERED = (
    (
        "behind",
        mark("A new node goes behind the selected one"),
        mark("An operator that is added is wired behind what is selected, and selected itself."),
    ),
    (
        "objective",
        mark("The first loss is minimised"),
        mark("It becomes the first objective: change all weights, AdamW, 0.001."),
    ),
    (
        "target",
        mark("A loss takes the only label there is"),
        mark("The target of a new loss or metric is wired to the one input that holds labels."),
    ),
    (
        "flatten",
        mark("Flatten is offered before a linear layer"),
        mark("Where it would act on the last dimension of an image instead of on all of it."),
    ),
    (
        "output",
        mark("What feeds only losses is offered as the output"),
        mark("Where the graph has no output yet: what is exported is what leads to one."),
    ),
    (
        "onnx",
        mark("What ONNX cannot say is told while drawing"),
        mark("A hint at the node; an export to ONNX would be refused because of it."),
    ),
)


class HelpersPage(QWidget):
    """A box to tick for each helper."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(heading(tr("Helpers")))
        column.addWidget(note_below(tr("What the editor does unasked. Each is a step that undo takes back.")))
        column.addSpacing(8)
        self.boxes: dict[str, QCheckBox] = {}
        for name, title, note in OFFERED:
            box = QCheckBox(tr(title))
            box.setObjectName(f"helper-{name}")
            box.setAccessibleDescription(tr(note))
            box.setChecked(bool(getattr(HELPERS, name)))
            box.toggled.connect(lambda on, helper=name: preferences.help_with(helper, on))
            below = note_below(tr(note))
            below.setContentsMargins(24, 0, 0, 8)
            column.addWidget(box)
            column.addWidget(below)
            self.boxes[name] = box
        column.addStretch(1)
