"""Asks how a picture is to look; what was chosen last is offered again."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from grapheditor.ui.pictures.write import Ground, Look
from grapheditor.ui.settings.rows import choice_row
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import THEMES, Theme

Choices = tuple[tuple[str, str], ...]
SCALES = ("1", "2", "3", "4", "8")


class PictureDialog(QDialog):
    """Theme, ground, scale, and whether heat is drawn. heat: whether some is shown that could be."""

    def __init__(self, parent: QWidget, settings: QSettings, theme: Theme, *, heat: bool) -> None:
        super().__init__(parent)
        self.setObjectName("picture")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Export a picture"))
        self._settings = settings
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        self._chosen: dict[str, str] = {}
        themes = (("dark", tr("Dark")), ("light", tr("Light")))
        self._row(column, "theme", tr("Theme"), themes, theme.name)
        grounds = (("theme", tr("The theme's colour")), ("white", tr("White")), ("none", tr("Transparent")))
        self._row(column, "ground", tr("Ground"), grounds, "theme")
        scales = tuple((scale, tr("{n} times", n=scale)) for scale in SCALES)
        note = tr("Pixels of a PNG for one of the canvas; the other formats have lines.")
        self._row(column, "scale", tr("Scale"), scales, "2", note)
        self._heat = QCheckBox(tr("With the heat that is shown"))
        self._heat.setObjectName("picture-heat")
        self._heat.setVisible(heat)
        column.addWidget(self._heat)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())  # no other button has one
        further = buttons.addButton(tr("Choose the file…"), QDialogButtonBox.ButtonRole.AcceptRole)
        further.setObjectName("picture-file")
        further.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def _row(self, column: QVBoxLayout, name: str, title: str, offered: Choices, usual: str, note: str = "") -> None:
        kept = str(self._settings.value(f"picture/{name}", usual))
        self._chosen[name] = kept if kept in dict(offered) else usual

        def choose(value: str) -> None:
            self._chosen[name] = value
            self._settings.setValue(f"picture/{name}", value)

        box = choice_row(column, name, title, note, offered, self._chosen[name], choose)
        box.setObjectName(f"picture-{name}")

    @property
    def look(self) -> Look:
        """What is chosen."""
        chosen = self._chosen
        ground = cast(Ground, chosen["ground"])
        theme = THEMES["dark" if chosen["theme"] == "dark" else "light"]
        return Look(theme, ground, float(chosen["scale"]), self._heat.isChecked())
