"""What a network says of a sample: its likeliest classes as bars."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from grapheditor.ui.canvas.painting import mixed, painting
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px, words

ROW = 21
MOST = 6


class Chances(QWidget):
    """Bars of probabilities, the likeliest first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("chances")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.classes: Sequence[tuple[str, float]] = ()
        self.show_classes(())

    def show_classes(self, classes: Sequence[tuple[str, float]]) -> None:
        """Show these names and probabilities."""
        self.classes = classes[:MOST]
        said = ", ".join(f"{name} {share:.0%}" for name, share in self.classes)
        self.setAccessibleName(tr("What it is taken for: {what}", what=said or tr("nothing yet")))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Show it in another theme."""
        self.theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(150), px(ROW * MOST))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        with painting(QPainter(self)) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for place, (name, share) in enumerate(self.classes):
                row = QRectF(0, place * px(ROW), self.width(), px(ROW - 3))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.raised))
                painter.drawRoundedRect(row, 4, 4)
                bar = QRectF(row.left(), row.top(), max(4.0, row.width() * share), row.height())
                strength = 0.55 if place == 0 else 0.3
                painter.setBrush(mixed(QColor(theme.raised), QColor(theme.accent), strength))
                painter.drawRoundedRect(bar, 4, 4)
                painter.setPen(QColor(theme.text))
                painter.setFont(words(11, "semibold" if place == 0 else "regular"))
                inner = row.adjusted(8, 0, -8, 0)
                number = f"{share:.0%}"
                painter.drawText(inner.adjusted(0, 0, -px(36), 0), _LEFT, painter.fontMetrics().elidedText(
                    name, Qt.TextElideMode.ElideRight, int(inner.width() - px(36))))  # fmt: skip
                painter.setFont(figures(10))
                painter.drawText(inner, _RIGHT, number)


_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
