"""Appearance: theme, size of the text, motion."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from grapheditor.ui.preferences import LARGEST, SMALLEST, STEP, Preferences
from grapheditor.ui.settings.rows import choice_row
from grapheditor.ui.texts import tr
from grapheditor.ui.widgets import heading


class AppearancePage(QWidget):
    """How the program looks."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(heading(tr("Appearance")))
        themes = (("system", tr("As the system says")), ("dark", tr("Dark")), ("light", tr("Light")))
        self.theme = choice_row(
            column, "theme", tr("Theme"), "", themes, preferences.theme_name, lambda v: preferences.choose("theme", v)
        )
        sizes = [(str(size), f"{size} %") for size in range(SMALLEST, LARGEST + 1, STEP)]
        if (now := str(preferences.scale)) not in dict(sizes):
            sizes.append((now, f"{now} %"))
        self.scale = choice_row(
            column,
            "text-scale",
            tr("Size of the text"),
            tr("Rows, panels and the cards of the canvas grow with it."),
            sizes,
            now,
            lambda v: preferences.choose("text-scale", int(v)),
        )
        motions = (("system", tr("As the system says")), ("on", tr("On")), ("off", tr("Off")))
        self.motion = choice_row(
            column,
            "motion",
            tr("Motion"),
            tr("Nodes glide to their places when the graph is tidied. Off, they are there at once."),
            motions,
            preferences.motion,
            lambda v: preferences.choose("motion", v),
        )
        column.addStretch(1)
