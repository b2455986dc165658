"""A small picture of a graph, drawn from the graph itself."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from grapheditor.catalog import Catalog
from grapheditor.graph import Body
from grapheditor.ui.outline import Outline, outline
from grapheditor.ui.theme import FRAME_COLOURS, Theme, px, scale, words

MARGIN = 16.0
BLOCK_WIDTH, BLOCK_HEIGHT, PITCH = 76.0, 13.0, 25.0
BESIDE = 6.0
"""Between the blocks of a layer."""


class Thumbnail(QWidget):
    """Shows the outline of a graph: blocks from top to bottom, how many copies they stand for, and what skips them."""

    def __init__(
        self, catalog: Catalog, theme: Theme, parent: QWidget | None = None, *, margin: float = MARGIN
    ) -> None:
        super().__init__(parent)
        self.margin = margin
        self.outline = Outline()
        self.catalog = catalog
        self.theme = theme
        self.setMinimumHeight(px(110))

    def show_graph(self, graph: Body) -> None:
        """Show a graph, or the body of a module."""
        self.outline = outline(graph, self.catalog)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(240), px(160))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ground = QPainterPath()
            ground.addRoundedRect(QRectF(self.rect()).adjusted(0, 0, 0, 12), 9, 9)  # round above only, as the card is
            painter.fillPath(ground, QColor(self.theme.canvas))
            if self.outline.blocks:
                self._draw(painter)
        finally:
            painter.end()

    def _draw(self, painter: QPainter) -> None:
        boxes = self._boxes()
        blocks = self.outline.blocks
        middle = self.width() / 2
        right = max(box.right() for box in boxes)
        self._frames(painter, boxes)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.wire), 1.5))
        skips = set(self.outline.skips)
        for a, b in self.outline.wires:
            start, end = boxes[a], boxes[b]
            if (a, b) in skips:
                self._arc(painter, start, end, right, middle)
            else:
                painter.drawLine(QPointF(start.center().x(), start.bottom()), QPointF(end.center().x(), end.top()))
        narrow = any(box.width() < BLOCK_WIDTH * scale() / 2 for box in boxes)
        for block, box in zip(blocks, boxes, strict=True):
            self._block(painter, box, self.theme.category(block.category), block.count, narrow=narrow)

    def _frames(self, painter: QPainter, boxes: list[QRectF]) -> None:
        """Draw the graph's frames behind what stands in them."""
        for number, inside in self.outline.frames:
            around = boxes[inside[0]]
            for place in inside[1:]:
                around = around.united(boxes[place])
            colour = self.theme.colour(FRAME_COLOURS[number % len(FRAME_COLOURS)])
            colour.setAlphaF(0.55)
            painter.setPen(QPen(colour, 1))
            colour.setAlphaF(0.12)
            painter.setBrush(colour)
            painter.drawRoundedRect(around.adjusted(-6, -3, 6, 3), 4, 4)

    def _arc(self, painter: QPainter, start: QRectF, end: QRectF, right: float, middle: float) -> None:
        """Draw a wire that passes layers by, beside the blocks."""
        a = QPointF(start.right() if start.center().x() >= middle - 1 else start.center().x(), start.center().y())
        b = QPointF(end.right() if end.center().x() >= middle - 1 else end.center().x(), end.center().y())
        out = min(self.width() - 8.0, right + 14.0 + (b.y() - a.y()) / 8)
        path = QPainterPath(a)
        path.cubicTo(QPointF(out, a.y()), QPointF(out, b.y()), b)
        painter.drawPath(path)

    def _block(self, painter: QPainter, box: QRectF, colour: QColor, count: int, *, narrow: bool) -> None:
        edge = QPen(QColor(self.theme.card_edge), 1)
        radius = min(3.0, box.height() / 3)
        painter.setPen(edge)
        painter.setBrush(QColor(self.theme.card))
        if count > 1:
            painter.drawRoundedRect(box.translated(3, 2.5), radius, radius)
        if narrow and box.width() < BLOCK_WIDTH * scale() / 2:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(box, radius, radius)
        else:
            painter.drawRoundedRect(box, radius, radius)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            inset = max(1.0, box.height() * 0.2)
            painter.drawRoundedRect(QRectF(box.left() + 4, box.top() + inset, 3, box.height() - 2 * inset), 1.5, 1.5)
        if count > 1 and not narrow:
            painter.setFont(words(10, "medium"))
            painter.setPen(QColor(self.theme.muted))
            room = QRectF(box.right() + 10, box.center().y() - 10, 60, 20)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), f"×{count}")

    def _boxes(self) -> list[QRectF]:
        """Return where the blocks stand: layers below each other, in the middle, closer where there are many."""
        layers = self.outline.layers
        room = QRectF(self.rect()).adjusted(self.margin, self.margin, -self.margin, -self.margin)
        pitch = min(PITCH * scale(), room.height() / len(layers))
        high = min(BLOCK_HEIGHT * scale(), max(2.0, pitch * 0.62))
        widest = BLOCK_WIDTH * scale()
        top = room.center().y() - (pitch * (len(layers) - 1) + high) / 2
        boxes: dict[int, QRectF] = {}
        for depth, numbers in enumerate(layers):
            wide = min(widest, (room.width() * 0.8 - BESIDE * (len(numbers) - 1)) / len(numbers))
            wide = wide if len(numbers) < 3 else min(wide, widest * 1.4 / len(numbers))
            left = room.center().x() - (wide * len(numbers) + BESIDE * (len(numbers) - 1)) / 2
            for i, number in enumerate(numbers):
                boxes[number] = QRectF(left + i * (wide + BESIDE), top + depth * pitch, wide, high)
        return [boxes[i] for i in range(len(self.outline.blocks))]
