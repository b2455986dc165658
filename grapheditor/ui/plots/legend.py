"""What the curves of a chart are called: as many names as there is room for, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.plots.signs import swatch
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px, words

LINES = 2
"""Of names at most."""


class Entry(NamedTuple):
    """A curve in a legend."""

    name: str
    colour: str
    opacity: float
    sign: str


class Legend(QWidget):
    """The names of curves, from the right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.entries: tuple[Entry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show other names."""
        if tuple(entries) != self.entries:
            self.entries = tuple(entries)
            names = ", ".join(entry.name for entry in entries)
            self.setAccessibleName(tr("Curves: {names}", names=names) if names else "")
            self.setToolTip("\n".join(entry.name for entry in entries) if len(entries) > 3 else "")
            self._fit()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme; the size of the text may be another one, too."""
        self.theme = theme
        self._fit()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(60), self._height(len(self.rows(self.width()))))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        high = self._height(len(self.rows(self.width())))
        if self.minimumHeight() != high or self.maximumHeight() != high:
            self.setFixedHeight(high)

    def _height(self, lines: int) -> int:
        return px(17) * max(1, lines)

    def rows(self, width: int) -> list[list[tuple[Entry | None, str]]]:
        """Return the names line by line; where some have no room, the last of all says how many."""
        metrics = QFontMetrics(words(11))
        rows: list[list[tuple[Entry | None, str]]] = [[]]
        used = 0
        for i, entry in enumerate(self.entries):
            text = metrics.elidedText(entry.name, Qt.TextElideMode.ElideMiddle, max(px(60), min(width, px(190))))
            need = _room(metrics, text)
            rest = len(self.entries) - i
            more = tr("{n} more", n=rest)
            spare = _room(metrics, more) if rest > 1 and len(rows) == LINES else 0
            if rows[-1] and used + need + spare > width:
                if len(rows) == LINES:
                    rows[-1].append((None, more))
                    break
                rows.append([])
                used = 0
            rows[-1].append((entry, text))
            used += need
        return rows

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(QPainter(self)) as painter:
            self.paint(painter, QRectF(self.rect()))

    def paint(self, painter: QPainter, box: QRectF) -> None:
        """Draw the names into a box, of a picture for instance."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = words(11)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        high = px(17)
        for i, row in enumerate(self.rows(int(box.width()))):
            x = box.right() - sum(_room(metrics, text) for _, text in row) + px(10)
            middle = box.top() + (i + 0.5) * high
            for entry, text in row:
                if entry is not None:
                    swatch(painter, self.theme, QPointF(x + px(5), middle), entry.colour, entry.opacity, entry.sign)
                painter.setPen(self.theme.colour("muted"))
                place = QRectF(x + px(14), middle - high / 2, metrics.horizontalAdvance(text) + 4, high)
                painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)
                x += _room(metrics, text)
        painter.restore()


def _room(metrics: QFontMetrics, text: str) -> int:
    return metrics.horizontalAdvance(text) + px(26)
