"""The legend in the canvas's corner: what is shown as heat, its colours with their numbers, and a menu for another."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from grapheditor.ui.canvas.heat import ramp
from grapheditor.ui.canvas.overlay import Heat
from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px
from grapheditor.ui.widgets import label

MARGIN = 12
PLACES = (0.0, 0.5, 1.0)
"""Where the numbers stand that say how hot is how much."""


class Legend(QFrame):
    """Lies in the lower left corner of a canvas and follows its size. Its menu is its owner's."""

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
        self.scale = Scale(theme)
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

    def show_heat(self, heat: Heat | None, waits: str = "") -> None:
        """Say what is shown as heat, and how hot is how much. waits: what will be, once it is known."""
        text = tr("Heat: {what}", what=heat.overlay.title) if heat else tr("Heat")
        self.choice.setText(tr("Heat: {what}, not known yet", what=waits) if waits else text)
        self.note.setText(heat.overlay.note if heat else "")
        self.note.setVisible(bool(self.note.text()))
        self.scale.numbers = [heat.overlay.written(heat.at(place)) for place in PLACES] if heat else []
        self.scale.setVisible(heat is not None)
        said = f"{', '.join(self.scale.numbers)} {self.note.text()}".strip()
        self.setAccessibleName(f"{self.choice.text()}: {said}" if said else self.choice.text())
        self.choice.setAccessibleName(self.accessibleName())
        self.scale.update()
        self._place()

    def _place(self) -> None:
        self.choice.setMinimumWidth(self.choice.sizeHint().width())
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
        self.setFixedSize(px(240), px(28))

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
            room = QRectF(bar.left(), bar.bottom() + 1, bar.width(), self.height() - bar.bottom() - 1)
            for side, number in zip(sides, self.numbers, strict=False):
                painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), number)
