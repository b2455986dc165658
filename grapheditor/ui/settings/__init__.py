"""The settings' dialog: looks, keys, and what the editor does unasked."""

from grapheditor.ui.settings.dialog import SettingsDialog

__all__ = ["SettingsDialog"]
