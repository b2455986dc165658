"""The confusion matrix: true classes in rows, what was said in columns; a click on a field shows its samples."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from grapheditor.ui.canvas.painting import mixed, painting
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px, words
from grapheditor.ui.widgets import short

AXIS = 16
"""Pixels for what rows and columns are: the true class, and the one that was said."""
NAMES = 64.0
"""Pixels at most for the names of rows."""
READABLE = 17.0
"""Pixels of a field's side from which numbers are written into fields, and names beside them."""


class Matrix(QWidget):
    """Shows counts as fields whose colour is their share of the row; the diagonal is right."""

    chosen = Signal(object)
    """A field was chosen: (true, said) by number, or None where all are shown again."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("confusion")
        self.setAccessibleName(tr("Confusion matrix"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.names: Sequence[str] = ()
        self.counts: Sequence[Sequence[int]] = ()
        self.field: tuple[int, int] | None = None
        """The chosen one."""

    def show_counts(self, names: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Show another matrix; no field is chosen."""
        self.names, self.counts, self.field = names, counts, None
        self._describe()
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Show it in another theme."""
        self.theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(300), px(220))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(190), px(120))

    def said(self, true: int, said: int) -> str:
        """Say what a field means: ``4 taken for 9: 12 of 982 (1.2 %)``."""
        count, whole = self.counts[true][said], sum(self.counts[true])
        share = f"{count / whole:.1%}" if whole else "–"
        if true == said:
            what = tr("{name} known as such", name=self.names[true])
        else:
            what = tr("{name} taken for {other}", name=self.names[true], other=self.names[said])
        return tr("{what}: {n:,} of {all:,} ({share})", what=what, n=count, all=whole, share=share)

    def choose(self, field: tuple[int, int] | None) -> None:
        """Choose a field, or none."""
        self.field = field
        self._describe()
        self.update()
        self.chosen.emit(field)

    def _describe(self) -> None:
        self.setAccessibleDescription(self.said(*self.field) if self.field is not None else "")

    # Where things are

    def _plan(self) -> tuple[float, float, float]:
        """Return left and upper edge of the fields, and a field's side."""
        count = max(1, len(self.names))
        axis, head = px(AXIS), px(18)
        metrics = QFontMetricsF(words(10))
        named = min(max((metrics.horizontalAdvance(name) for name in self.names), default=0.0), px(NAMES)) + 8
        side = min((self.width() - axis - named - 2) / count, (self.height() - axis - head - 2) / count)
        if side < px(READABLE):
            named = head = 0
            side = min((self.width() - axis - 2) / count, (self.height() - axis - 2) / count)
        return axis + named, axis + head, max(side, 1.0)

    def at(self, point: QPoint) -> tuple[int, int] | None:
        """Return the field at a point."""
        left, top, side = self._plan()
        row, column = int((point.y() - top) // side), int((point.x() - left) // side)
        count = len(self.names)
        return (row, column) if 0 <= row < count and 0 <= column < count else None

    def rect_of(self, true: int, said: int) -> QRectF:
        """Return where a field is."""
        left, top, side = self._plan()
        return QRectF(left + said * side, top + true * side, side, side)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.names:
            return
        left, top, side = self._plan()
        readable = side >= px(READABLE)
        with painting(QPainter(self)) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_names(painter, left, top, side, readable)
            gap = 1.0 if side > 6 else 0.0
            painter.setFont(figures(10 if side >= px(26) else 9))
            for true, row in enumerate(self.counts):
                whole = sum(row) or 1
                for said, count in enumerate(row):
                    place = self.rect_of(true, said).adjusted(0, 0, -gap, -gap)
                    self._paint_field(painter, place, count, count / whole, true == said, readable)
            if self.field is not None:
                painter.setPen(QColor(self.theme.text))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect_of(*self.field).adjusted(0, 0, -gap, -gap))

    def _paint_names(self, painter: QPainter, left: float, top: float, side: float, readable: bool) -> None:
        painter.setFont(words(10))
        painter.setPen(QColor(self.theme.muted))
        axis, long = px(AXIS), side * len(self.names)
        painter.drawText(QRectF(left, 0, long, axis), Qt.AlignmentFlag.AlignCenter, tr("said"))
        painter.save()
        painter.translate(0, top + long)
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, long, axis), Qt.AlignmentFlag.AlignCenter, tr("true"))
        painter.restore()
        if not readable:
            return
        metrics = QFontMetricsF(painter.font())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for place, name in enumerate(self.names):
            beside = metrics.elidedText(name, Qt.TextElideMode.ElideRight, left - axis - 6)
            painter.drawText(QRectF(axis, top + place * side, left - axis - 6, side), int(right), beside)
            above = metrics.elidedText(name, Qt.TextElideMode.ElideRight, side - 1)
            painter.drawText(QRectF(left + place * side, axis, side, top - axis), Qt.AlignmentFlag.AlignCenter, above)

    def _paint_field(
        self, painter: QPainter, place: QRectF, count: int, share: float, right: bool, readable: bool
    ) -> None:
        theme = self.theme
        ground = QColor(theme.raised)
        hot = QColor(theme.accent if right else theme.warning)
        strength = share**0.5 * 0.85 if right else min(1.0, (6 * share) ** 0.5) * 0.85
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(ground, hot, strength))
        painter.drawRect(place)
        if readable and count:
            painter.setPen(QColor(theme.on_accent if strength > 0.5 else theme.text))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, fitting(count, place.width(), painter))

    # Hands

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            found = self.at(event.position().toPoint())
            self.choose(None if found == self.field else found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self.names:
            true, said = self.field if self.field is not None else (0, 0)
            last = len(self.names) - 1
            self.choose((min(max(true + step[0], 0), last), min(max(said + step[1], 0), last)))
        elif event.key() == Qt.Key.Key_Escape and self.field is not None:
            self.choose(None)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.at(event.pos())
            QToolTip.showText(event.globalPos(), self.said(*found) if found is not None else "", self)
            return True
        return super().event(event)


def fitting(count: int, wide: float, painter: QPainter) -> str:
    """Return a number that is as wide at most: shortened where it must be, else nothing."""
    metrics = painter.fontMetrics()
    tried = (str(count), *(short(float(f"{count:.{n}g}")).replace(" ", "") for n in (3, 2, 1)))
    return next((text for text in tried if metrics.horizontalAdvance(text) <= wide - 2), "")
