"""Shows a file of the user's own operators before it may run, and asks whether it is trusted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from grapheditor.own import OwnFile, source
from grapheditor.ui.code.view import CodeView
from grapheditor.ui.own import Owned
from grapheditor.ui.telling import in_window
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px
from grapheditor.ui.widgets import label, restyle


class SourceDialog(QDialog):
    """The very bytes that are shown are those that are trusted. It interrupts nothing."""

    def __init__(self, parent: QWidget, owned: Owned, file: OwnFile, theme: Theme) -> None:
        super().__init__(parent)
        self.setObjectName("own")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.owned = owned
        self.told = label()
        self.told.setObjectName("own-told")
        self.told.setWordWrap(True)
        self.place = label(mono=True, muted=True, size=11)
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.view = CodeView(theme)
        self.view.setObjectName("own-text")
        self.view.setAccessibleName(tr("Source"))
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)  # nothing may stand beyond an edge
        self.trusts = QPushButton(tr("Trust"))
        self.trusts.setObjectName("own-trust")
        self.trusts.setAutoDefault(False)
        self.trusts.clicked.connect(self._trust)
        self.later = QPushButton()
        self.later.setObjectName("own-later")
        self.later.setDefault(True)
        self.later.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.later)
        buttons.addWidget(self.trusts)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.told)
        column.addWidget(self.place)
        column.addWidget(self.view, 1)
        column.addLayout(buttons)
        self.resize(px(760), px(620))
        self._show(file)
        self.later.setFocus()

    def _show(self, file: OwnFile, changed: str = "") -> None:
        self.file = file
        self.setWindowTitle(file.name)
        asks = tr(
            "{name} is Python of your own. Trusted, it runs with all your rights whenever the program starts. "
            "A changed byte asks again.",
            name=file.name,
        )
        if file.changed:
            asks = f"{tr('{name} has changed since it was trusted.', name=file.name)} {asks}"
        names = ", ".join(item.title for item in file.operators)
        brings = tr("{name} is trusted, and brings: {names}.", name=file.name, names=names)
        wrong = in_window(file.problem)
        self.told.setText(changed or wrong or (brings if file.operators else asks))
        restyle(self.told, "wrong", bool(changed or wrong))
        self.place.setText(str(file.path))
        self.view.show_text(source(file.content))
        self.trusts.setVisible(file.locked)
        self.later.setText(tr("Not now") if file.locked else tr("Close"))

    def _trust(self) -> None:
        read = self.file
        found = self.owned.trust(read)
        if found.operators:
            self.accept()
        elif found.content != read.content:
            text = tr("{name} has changed since it was read here. This is what it says now.", name=read.name)
            self._show(found, text)
        else:
            self._show(found)
