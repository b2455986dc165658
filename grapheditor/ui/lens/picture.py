"""Pictures of tensors as they are painted: numbers with signs in two hues, others in one, images in their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from grapheditor.ui.canvas.painting import faded, mixed, painting
from grapheditor.ui.lens.places import Layout
from grapheditor.ui.lens.writing import brief, shorter
from grapheditor.ui.packed import image as plain
from grapheditor.ui.theme import Theme, figures, px

STEPS = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
HIGHEST = 168
"""Of a picture on a card, in pixels at a scale of 1."""
ROW = 20
BARS = 26


def ground(theme: Theme) -> QColor:
    """Return the colour of 0."""
    return theme.colour("canvas" if theme.name == "dark" else "raised")


def hues(theme: Theme, low: float, *, image: bool = False) -> list[QColor]:
    """Return the 256 colours from the lowest number to the highest. image: from black to white."""
    if image:
        return [QColor(step, step, step) for step in range(256)]
    zero, above, below = ground(theme), theme.colour("accent"), theme.colour("activation")
    if low >= 0:
        return [mixed(zero, above, step / 255) for step in range(256)]
    places = [step / 127.5 - 1 for step in range(256)]
    return [mixed(zero, above if place > 0 else below, abs(place)) for place in places]


def image_of(picture: Mapping[str, Any], theme: Theme, *, image: bool = False) -> QImage:
    """Return a picture, a pixel for each of its own; what lies between tiles is transparent.

    picture: as a look tells it, bytes of brightness with the numbers that 0 and 255 stand for. image: it is data.
    """
    wide, high = int(picture["width"]), int(picture["height"])
    found = plain(picture)
    if picture["channels"] == 1:
        found.reinterpretAsFormat(QImage.Format.Format_Indexed8)
        found.setColorTable([colour.rgb() for colour in hues(theme, picture["low"], image=image)])
    found = found.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    rows, columns, some, _ = picture["tiles"]
    if rows * columns > 1:
        with painting(QPainter(found)) as painter:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
            for number in range(1, columns):
                painter.fillRect(QRect(number * (wide + 1) // columns - 1, 0, 1, high), Qt.GlobalColor.black)
            for number in range(1, rows):
                painter.fillRect(QRect(0, number * (high + 1) // rows - 1, wide, 1), Qt.GlobalColor.black)
            left, top = (some - 1) % columns + 1, (rows - 1) * (high + 1) // rows
            painter.fillRect(QRect(left * (wide + 1) // columns, top, wide, high), Qt.GlobalColor.black)
    return found


class PictureView(QWidget):
    """A picture, or a table of numbers where they are few. Its width is its owner's, its height follows.

    A click chooses a number; then the arrow keys go on to those beside it.
    """

    chosen = Signal(tuple)
    """A number was chosen, by its place in the tensor."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.layout_of: Layout | None = None
        """How the numbers lie here; None where none can be chosen."""
        self.place: tuple[int, ...] | None = None
        """The number that is chosen."""
        self.marked: tuple[Sequence[int], Sequence[int]] | None = None
        """From which to which number something was taken that is shown elsewhere."""
        self._image: QImage | None = None
        self._numbers: Sequence[Sequence[float]] = ()
        self._colours: list[QColor] = []
        self._most = 0.0
        self._highest = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_picture(self, picture: Mapping[str, Any], *, image: bool = False) -> None:
        """Show a picture. image: it comes from the data, and has its own colours."""
        self._image, self._numbers = image_of(picture, self.theme, image=image), ()
        self._settle()

    def show_numbers(self, numbers: Sequence[Sequence[float]]) -> None:
        """Show numbers as a table."""
        self._image, self._numbers = None, numbers
        self._most = max((abs(number) for row in numbers for number in row), default=0.0)
        self._colours = hues(self.theme, -1.0)
        self._settle()

    def show_layout(self, layout: Layout | None) -> None:
        """Let numbers be chosen that lie here like this; none without."""
        self.layout_of = layout
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if layout is not None else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.CrossCursor if layout is not None else Qt.CursorShape.ArrowCursor)

    def show_marks(
        self, place: tuple[int, ...] | None, marked: tuple[Sequence[int], Sequence[int]] | None = None
    ) -> None:
        """Show which number is chosen, and from which numbers one was made that is chosen elsewhere."""
        if (place, marked) != (self.place, self.marked):
            self.place, self.marked = place, marked
            self.update()

    def limit(self, highest: int) -> None:
        """Have a picture be so many pixels high at most; 0 for as usual. A table is as high as it is."""
        if highest != self._highest:
            self._highest = highest
            self._settle()

    def _settle(self) -> None:
        self.setFixedHeight(self._size().height())
        self.update()

    def _size(self) -> QSize:
        """Return the size of what is painted."""
        if self._image is None:
            return QSize(self.width(), px(ROW) * len(self._numbers))
        size = self._image.size()
        share = min(self.width() / max(size.width(), 1), (self._highest or px(HIGHEST)) / max(size.height(), 1))
        share = float(int(share)) if share >= 2 else min(share, 1.0) if share < 1.25 else share
        return QSize(max(1, round(size.width() * share)), max(1, round(size.height() * share)))

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(QPainter(self)) as painter:
            if self._image is not None:
                size = self._size()
                painter.drawImage(
                    QRect((self.width() - size.width()) // 2, 0, size.width(), size.height()), self._image
                )
            else:
                self._paint_numbers(painter)
            self._paint_marks(painter)

    def _frame(self) -> tuple[float, float, float, float]:
        """Return where the sheet begins, and how large one of its pixels or cells is."""
        if self._image is None:
            columns = max(map(len, self._numbers), default=1)
            return 0.0, 0.0, min(self.width() / columns, px(64)), px(ROW)
        size = self._size()
        left = (self.width() - size.width()) // 2
        return left, 0.0, size.width() / self._image.width(), size.height() / self._image.height()

    def _paint_marks(self, painter: QPainter) -> None:
        if self.layout_of is None:
            return
        left, top, across, down = self._frame()
        text = self.theme.colour("text")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marks = [(self.marked, Qt.PenStyle.DashLine)] if self.marked is not None else []
        marks += [((self.place, self.place), Qt.PenStyle.SolidLine)] if self.place is not None else []
        for (low, high), style in marks:
            for box in self.layout_of.boxes(low, high):
                wide, tall = max(box.width() * across, 4.0), max(box.height() * down, 4.0)
                rect = QRectF(left + box.x() * across, top + box.y() * down, wide, tall)
                painter.setPen(QPen(ground(self.theme), 3))
                painter.drawRect(rect)
                painter.setPen(QPen(text, 1, style))
                painter.drawRect(rect)

    # By hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.chosen.emit(place)
        else:
            super().mousePressEvent(event)

    def _place_at(self, x: float, y: float) -> tuple[int, ...] | None:
        if self.layout_of is None:
            return None
        left, top, across, down = self._frame()
        return self.layout_of.at((x - left) / across, (y - top) / down)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = STEPS.get(Qt.Key(event.key()))
        layout = self.layout_of
        if by is None or layout is None or not layout.shape:
            super().keyPressEvent(event)
            return
        place = [*(self.place or (0,) * len(layout.shape))]
        if self.place is not None:
            if len(place) == 1:
                place[0] += by[0] * layout.sides[1] + by[1]
            else:
                place[-2], place[-1] = place[-2] + by[0], place[-1] + by[1]
        if all(0 <= one < size for one, size in zip(place, layout.shape, strict=True)):
            self.chosen.emit(tuple(place))

    def _paint_numbers(self, painter: QPainter) -> None:
        painter.setFont(figures(11))
        columns = max(map(len, self._numbers), default=1)
        wide = min(self.width() / columns, px(64))
        for y, row in enumerate(self._numbers):
            for x, number in enumerate(row):
                cell = QRectF(x * wide, y * px(ROW), wide - 1, px(ROW) - 1)
                share = number / self._most if self._most else 0.0
                painter.fillRect(cell, faded(self._colours[round(127.5 + 127.5 * share)], 0.4))
                painter.setPen(self.theme.colour("text"))
                _paint_number(painter, cell.adjusted(1, 0, -2, 0), number)


RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def fitting(number: float, font: QFont, wide: float) -> tuple[str, QFont]:
    """Return how a number is written in a width, and how large: with fewer digits, or smaller, but never cut."""
    metrics = QFontMetricsF(font)
    for text in (brief(number), *shorter(number)):
        long = metrics.horizontalAdvance(text)
        if long <= wide:
            return text, font
    smaller = QFont(font)
    smaller.setPixelSize(max(1, int(font.pixelSize() * wide / long)))
    return text, smaller


def _paint_number(painter: QPainter, cell: QRectF, number: float) -> None:
    font = painter.font()
    text, fits = fitting(number, font, cell.width())
    painter.setFont(fits)
    painter.drawText(cell, int(RIGHT), text)
    painter.setFont(font)


class Histogram(QWidget):
    """How often numbers occur, as bars, with the lowest and the highest number below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._counts: Sequence[int] = ()
        self._ends = ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_counts(self, counts: Sequence[int], low: float, high: float) -> None:
        """Show these, between these numbers."""
        self._counts, self._ends = counts, (brief(low), brief(high))
        self.setFixedHeight(px(BARS) + px(14))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        most = max(self._counts, default=0) or 1
        wide = self.width() / max(len(self._counts), 1)
        with painting(QPainter(self)) as painter:
            accent = self.theme.colour("accent")
            for place, count in enumerate(self._counts):
                high = px(BARS) * count / most
                bar = QRectF(place * wide, px(BARS) - high, max(wide - 1, 1), high)
                painter.fillRect(bar, accent)
            painter.fillRect(QRectF(0, px(BARS), self.width(), 1), self.theme.colour("card_edge"))
            painter.setFont(figures(10))
            painter.setPen(self.theme.colour("muted"))
            below = QRectF(0, px(BARS) + 1, self.width(), px(14) - 1)
            painter.drawText(below, int(LEFT), self._ends[0])
            painter.drawText(below, int(RIGHT), self._ends[1])
