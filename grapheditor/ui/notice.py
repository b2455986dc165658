"""The notice: a sentence over the canvas that interrupts nothing, with a button where one helps."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from grapheditor.ui.session import Notice
from grapheditor.ui.theme import Theme
from grapheditor.ui.widgets import label

SHOWN_FOR = 12_000
"""Milliseconds; failures stay until they are closed."""
WIDEST = 620


class NoticeBar(QFrame):
    """Shows the newest notice over its parent, at the top."""

    node_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("notice")
        self.notice: Notice | None = None
        self._dot = label("●")
        self.text = label()
        self.text.setObjectName("notice-text")
        self.text.setWordWrap(True)
        self.action = QPushButton()
        self.action.setProperty("link", True)
        self.action.clicked.connect(self._act)
        close = QPushButton("Close")
        close.setObjectName("notice-close")
        close.setProperty("link", True)
        close.clicked.connect(self.hide)
        self._over = parent
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.text, 1)
        row.addWidget(self.action)
        row.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Show a notice in place of the one before."""
        self.notice = notice
        self._dot.setStyleSheet(f"color: {self.theme.error if notice.wrong else self.theme.good};")
        self.text.setText(notice.text)
        self.setAccessibleName(notice.text)
        self.action.setText("Show folder" if notice.folder else "Show node")
        self.action.setVisible(notice.folder is not None or notice.node is not None)
        self._place()
        self.show()
        self.raise_()
        self._timer.stop()
        if not notice.wrong:
            self._timer.start(SHOWN_FOR)

    def _act(self) -> None:
        if self.notice is None:
            return
        if self.notice.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.notice.folder.resolve())))
        elif self.notice.node is not None:
            self.node_chosen.emit(self.notice.node)

    def _place(self) -> None:
        room = self._over.width()
        width = min(WIDEST, room - 32)
        self.setFixedWidth(width)
        self.setGeometry((room - width) // 2, 14, width, max(self._row.heightForWidth(width), 40))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle when the parent changes its size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)
