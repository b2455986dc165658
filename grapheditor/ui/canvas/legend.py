"""The legend in the canvas's corner: what is shown as heat, its colours with their numbers, and a menu for another."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from grapheditor.ui.canvas.heat import ramp
from grapheditor.ui.canvas.overlay import Heat
from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px, words
from grapheditor.ui.widgets import label, link

MARGIN = 12
PLACES = (0.0, 0.5, 1.0)
"""Where the numbers stand that say how hot is how much."""


class Legend(QFrame):
    """Lies in the lower left corner of a canvas and follows its size. Its menu is its owner's."""

    node_chosen = Signal(str)
    """Somebody wants to see the node at this path."""

    def __init__(self, canvas: QWidget, menu: QMenu, theme: Theme) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setObjectName("legend")
        self.choice = QPushButton()
        self.choice.setObjectName("legend-choice")
        self.choice.setMenu(menu)
        self.choice.setToolTip(tr("What is shown as heat"))
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.note = label(muted=True, size=11)
        self.note.setObjectName("legend-note")
        self.scale = Scale(theme)
        self.more = label(muted=True, size=11)
        self.lead = link("", "legend-lead")
        self._leads_to = ""
        self.lead.clicked.connect(lambda: self.node_chosen.emit(self._leads_to))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.choice)
        row.addWidget(self.note)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 10, 4)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.scale)
        column.addWidget(self.more)
        column.addWidget(self.lead, 0, Qt.AlignmentFlag.AlignLeft)
        canvas.installEventFilter(self)
        self.set_theme(theme)
        self.show_heat(None)

    def set_theme(self, theme: Theme) -> None:
        """Show it in another theme."""
        self.scale.theme = theme
        ground = QColor(theme.panel)
        self.setStyleSheet(
            f"#legend {{ background: rgba({ground.red()}, {ground.green()}, {ground.blue()}, 235);"
            f" border: 1px solid {theme.line}; border-radius: 9px; }}"
        )
        self.scale.update()

    def show_heat(self, heat: Heat | None, waits: str = "", why: str = "") -> None:
        """Say what is shown as heat, and how hot is how much. waits: what will be, once it is known; why it is not."""
        overlay = heat.overlay if heat else None
        text = tr("Heat: {what}", what=overlay.title) if overlay else tr("Heat")
        self.choice.setText(tr("Heat: {what}, not known yet", what=waits) if waits else text)
        self._say(self.note, overlay.note if overlay else why)
        self._say(self.more, overlay.more if overlay else "")
        said, self._leads_to = overlay.lead if overlay and overlay.lead else ("", "")
        self._say(self.lead, said)
        self.scale.numbers = [heat.overlay.written(heat.at(place)) for place in PLACES] if heat else []
        self.scale.ends = overlay.ends if overlay else ("", "")
        self.scale.fit()
        self.scale.setVisible(heat is not None)
        words = (
            ", ".join(self.scale.numbers),
            self.note.text(),
            ", ".join(filter(None, self.scale.ends)),
            self.more.text(),
            said,
        )
        known = " ".join(filter(None, words))
        self.setAccessibleName(f"{self.choice.text()}: {known}" if known else self.choice.text())
        self.choice.setAccessibleName(self.accessibleName())
        self.scale.update()
        self._place()

    def _say(self, widget: QLabel | QPushButton, text: str) -> None:
        widget.setText(text)
        widget.setVisible(bool(text))

    def _place(self) -> None:
        self.choice.setMinimumWidth(self.choice.sizeHint().width())
        column = self.layout()
        if column is not None:
            column.activate()
        self.adjustSize()
        self.move(MARGIN, self._canvas.height() - self.height() - MARGIN)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)


class Scale(QWidget):
    """The colours from cold to hot with numbers below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.numbers: list[str] = []
        self.ends = ("", "")
        self.fit()

    def fit(self) -> None:
        """Have room for the words at the ends, where there are any."""
        self.setFixedSize(px(240), px(42) if any(self.ends) else px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        bar = QRectF(4, 2, self.width() - 8, px(9))
        gradient = QLinearGradient(bar.left(), 0, bar.right(), 0)
        for step in range(13):
            gradient.setColorAt(step / 12, ramp(self.theme, step / 12))
        with painting(QPainter(self)) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(gradient)
            painter.drawRoundedRect(bar, 3, 3)
            painter.setPen(QColor(self.theme.text))
            painter.setFont(figures(10))
            sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
            room = QRectF(bar.left(), bar.bottom() + 1, bar.width(), px(16))
            for side, number in zip(sides, self.numbers, strict=False):
                painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), number)
            painter.setPen(QColor(self.theme.muted))
            painter.setFont(words(11))
            room.translate(0, px(14))
            for side, end in zip(sides[::2], self.ends, strict=True):
                painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), end)
