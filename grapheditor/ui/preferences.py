"""What a person has chosen in the settings: read with care, since the file can be edited by hand, and kept at once."""

from __future__ import annotations

import json
import os

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QApplication, QStyle

from grapheditor.edit import helpers
from grapheditor.ui.actions import ACTIONS
from grapheditor.ui.keys import OWN, PRESETS, Keymap, Keys
from grapheditor.ui.theme import DARK, LIGHT, Theme

SMALLEST, LARGEST, STEP = 80, 200, 10
"""The text's scale, in per cent."""
THEME_NAMES = ("system", "dark", "light")
MOTIONS = ("system", "on", "off")


class Preferences(QObject):
    """The settings of the program, one for all its windows. What is not understood counts as not chosen."""

    looks_changed = Signal()
    keys_changed = Signal()
    helpers_changed = Signal()

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.keymap = Keymap(ACTIONS, self._word("keys/preset", tuple(PRESETS), OWN), self._own_keys())
        for name in helpers.NAMES:
            setattr(helpers.HELPERS, name, self._word(f"helpers/{name}", ("on", "off"), "on") == "on")

    def _word(self, name: str, known: tuple[str, ...], default: str) -> str:
        value = self.settings.value(name, default)
        return value if isinstance(value, str) and value in known else default

    # The look

    @property
    def theme_name(self) -> str:
        """``dark``, ``light`` or ``system``."""
        return self._word("theme", THEME_NAMES, "system")

    @property
    def theme(self) -> Theme:
        """The theme of GRAPHEDITOR_THEME, the one chosen, or the system's; dark where the system does not say."""
        wanted = os.environ.get("GRAPHEDITOR_THEME", "")
        if wanted not in THEME_NAMES[1:]:
            wanted = self.theme_name
        if wanted == "system":
            light = QApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
            return LIGHT if light else DARK
        return LIGHT if wanted == "light" else DARK

    @property
    def scale(self) -> int:
        """How large text is, in per cent of its usual size."""
        try:
            value = round(float(str(self.settings.value("text-scale", 100))))
        except (ValueError, OverflowError):
            return 100
        return value if SMALLEST <= value <= LARGEST else 100

    def scale_after(self, steps: int) -> int:
        """Return the scale of the text so many steps larger, as far as it goes; smaller where they are negative."""
        return min(max(self.scale + steps * STEP, SMALLEST), LARGEST)

    @property
    def motion(self) -> str:
        """``on``, ``off`` or ``system``."""
        return self._word("motion", MOTIONS, "system")

    @property
    def moves(self) -> bool:
        """Whether anything may move by itself."""
        style = QApplication.style()
        asked = style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0
        return asked if self.motion == "system" else self.motion == "on"

    def choose(self, name: str, value: object) -> None:
        """Choose ``theme``, ``text-scale`` or ``motion``."""
        self.settings.setValue(name, value)
        self.looks_changed.emit()

    # Keys

    def _own_keys(self) -> dict[str, Keys]:
        found: dict[str, Keys] = {}
        self.settings.beginGroup("keys/own")
        for name in self.settings.childKeys():
            try:
                keys = json.loads(str(self.settings.value(name)))
            except ValueError:
                continue
            if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
                found[name] = tuple(keys)
        self.settings.endGroup()
        return found

    def keep_keys(self, preset: str, own: dict[str, Keys]) -> None:
        """Use a preset with these choices of one's own."""
        self.keymap = Keymap(ACTIONS, preset, own)
        self.settings.setValue("keys/preset", self.keymap.preset)
        self.settings.remove("keys/own")
        for name, keys in self.keymap.own.items():
            self.settings.setValue(f"keys/own/{name}", json.dumps(keys))
        self.keys_changed.emit()

    # Helpers

    def help_with(self, name: str, wanted: bool) -> None:
        """Switch one of the helpers on or off."""
        setattr(helpers.HELPERS, name, wanted)
        self.settings.setValue(f"helpers/{name}", "on" if wanted else "off")
        self.helpers_changed.emit()
