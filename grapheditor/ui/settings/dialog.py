"""The dialog with its pages. It stands beside the windows and holds nothing up: what is chosen counts at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from grapheditor.ui.commands import SideNote
from grapheditor.ui.preferences import Preferences
from grapheditor.ui.settings.appearance import AppearancePage
from grapheditor.ui.settings.helpers import HelpersPage
from grapheditor.ui.settings.keys_page import KeysPage
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import px
from grapheditor.ui.widgets import fixed, upright


class SettingsDialog(QDialog):
    """Appearance, Keys and mouse, Helpers."""

    def __init__(self, preferences: Preferences, near: QWidget) -> None:
        super().__init__()
        self.setObjectName("settings")
        self.setWindowTitle(tr("Settings"))
        self.setModal(False)
        self.appearance, self.keys = AppearancePage(preferences), KeysPage(preferences)
        self.helpers = HelpersPage(preferences)
        self.pages = QStackedWidget()
        self.names = QListWidget()
        self.names.setObjectName("settings-pages")
        self.names.setAccessibleName(tr("Pages"))
        self.names.setItemDelegate(SideNote(self.names))
        fixed(self.names, width=150)
        for title, page in (
            (tr("Appearance"), upright(self.appearance)),
            (tr("Keys and mouse"), self.keys),
            (tr("Helpers"), upright(self.helpers)),
        ):
            self.names.addItem(title)
            page.setAccessibleName(title)
            self.pages.addWidget(page)
        self.names.currentRowChanged.connect(self.pages.setCurrentIndex)
        self.names.setCurrentRow(0)
        close = QPushButton(tr("Close"))
        close.setObjectName("settings-close")
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        side = QHBoxLayout()
        side.setSpacing(20)
        side.addWidget(self.names)
        side.addWidget(self.pages, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(side, 1)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        room = near.screen().availableGeometry()
        self.resize(min(px(780), room.width()), min(px(600), room.height()))
        self.move(near.geometry().center() - self.rect().center())
