"""The notice: a sentence over the canvas that interrupts nothing, with buttons where they help."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from grapheditor.ui.telling import Choice, Notice
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px
from grapheditor.ui.widgets import label, link

SHOWN_FOR = 12_000
"""Milliseconds; failures, warnings and choices stay until they are closed."""
WIDEST = 720
TEXT = 230
"""Pixels that a text with its margins has at least, also where that covers a little of what is beside the canvas."""
MOST_CHOICES = 4


class NoticeBar(QFrame):
    """Shows the newest notice over its parent; behind it come those whose choices wait to be made.

    It stands at the top, and below where the parent shows what begins with a search box, as the start page does.
    """

    node_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("notice")
        self.notice: Notice | None = None
        self._waiting: list[Notice] = []
        self._dot = label("●")
        self.text = label()
        self.text.setObjectName("notice-text")
        self.text.setWordWrap(True)
        self._offered: tuple[Choice, ...] = ()
        self._buttons = [link("", f"notice-{i}") for i in range(MOST_CHOICES)]
        for i, button in enumerate(self._buttons):
            button.clicked.connect(lambda _checked=False, number=i: self._choose(number))
            button.hide()
        close = self._last = link(tr("Close"), "notice-close")
        close.clicked.connect(self._close)
        self._over = self._middle = parent
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.text, 1)
        for button in (*self._buttons, close):
            row.addWidget(button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._close)
        parent.installEventFilter(self)
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Show a notice in place of the one before."""
        if notice.topic:
            self._waiting = [item for item in self._waiting if item.topic != notice.topic]
        if notice.choices:
            self._waiting.append(notice)
        self._show(notice)

    def settle(self, topic: str) -> None:
        """Forget what waits for a choice about a topic."""
        self._waiting = [item for item in self._waiting if item.topic != topic]
        if self.notice is not None and self.notice.topic == topic:
            self._next()

    def forget(self) -> None:
        """Forget all that waits: it was about a document that is no longer open."""
        self._waiting.clear()
        if self.notice is not None and self.notice.choices:
            self._next()

    def _show(self, notice: Notice) -> None:
        self.notice = notice
        theme = self.theme
        self._dot.setStyleSheet(
            f"color: {theme.error if notice.wrong else theme.warning if notice.lasting else theme.good};"
        )
        self._dot.setText("▲" if notice.wrong or notice.lasting else "●")  # what is bad is told by its shape too
        self.text.setText(notice.text)
        self.setAccessibleName(notice.text)
        self._offered = _choices(notice, self)
        for i, button in enumerate(self._buttons):
            button.setText(self._offered[i].title if i < len(self._offered) else "")
            button.setVisible(i < len(self._offered))
        self._place()
        self.show()
        self.raise_()
        self._timer.stop()
        if not (notice.wrong or notice.choices or notice.lasting):
            self._timer.start(SHOWN_FOR)

    def _choose(self, number: int) -> None:
        """A choice may tell something new, which then stays; what only shows something leaves the notice open."""
        choice = self._offered[number]
        if self.notice in self._waiting and choice in self.notice.choices:
            self._waiting.remove(self.notice)
            self.notice = None
        choice.run()
        if self.notice is None:
            self._next()

    def _close(self) -> None:
        """Closing puts a choice off: it is offered again with the document."""
        if self.notice in self._waiting:
            self._waiting.remove(self.notice)
        self._next()

    def _next(self) -> None:
        if self._waiting:
            self._show(self._waiting[-1])
        else:
            self.notice = None
            self._timer.stop()
            self.hide()

    def keep_to(self, part: QWidget) -> None:
        """Stand above a part of the window while that is shown, so that nothing beside it is covered."""
        self._middle = part
        part.installEventFilter(self)

    def _place(self) -> None:
        over = self._over
        part = self._middle if self._middle.isVisibleTo(over) else over
        shown = [button for button in (*self._buttons, self._last) if not button.isHidden()]
        buttons = sum(button.sizeHint().width() + self._row.spacing() for button in shown)
        width = min(px(WIDEST), over.width() - 32, max(part.width() - 32, px(TEXT) + buttons))
        middle = part.mapTo(over, part.rect().center()).x()
        left = min(max(16, middle - width // 2), max(0, over.width() - width - 16))
        self.setFixedWidth(width)
        height = max(self._row.heightForWidth(width), 40)
        top = 14 if part is not over else over.height() - height - 14
        self.setGeometry(left, top, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle when the parent changes its size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show) and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)


def _choices(notice: Notice, bar: NoticeBar) -> tuple[Choice, ...]:
    folder, node = notice.folder, notice.node
    if folder is not None:
        return (Choice(tr("Show folder"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder.resolve())))),)
    if node is not None:
        return (Choice(tr("Show node"), lambda: bar.node_chosen.emit(node)), *notice.choices)
    return notice.choices
