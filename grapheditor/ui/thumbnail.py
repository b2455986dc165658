"""A small picture of a graph, drawn from the graph itself."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from grapheditor.catalog import Catalog
from grapheditor.edit.layout import WIDTH, height
from grapheditor.graph import Graph
from grapheditor.ui.theme import Theme

MARGIN = 14.0
LARGEST_SCALE = 0.3


class Thumbnail(QWidget):
    """Shows cards and wires of a graph, scaled to fit."""

    def __init__(self, catalog: Catalog, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.graph = Graph()
        self.catalog = catalog
        self.theme = theme
        self.setMinimumHeight(150)

    def show_graph(self, graph: Graph) -> None:
        """Show a graph."""
        self.graph = graph
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 150)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), QColor(self.theme.canvas))
            self._draw(painter)
        finally:
            painter.end()

    def _draw(self, painter: QPainter) -> None:
        boxes = {
            name: QRectF(*node.at, WIDTH, height(self.graph, node, self.catalog))
            for name, node in self.graph.nodes.items()
        }
        if not boxes:
            return
        whole = QRectF()
        for box in boxes.values():
            whole = whole.united(box)
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        scale = min(room.width() / whole.width(), room.height() / whole.height(), LARGEST_SCALE)
        painter.translate(room.center())
        painter.scale(scale, scale)
        painter.translate(-whole.center())
        painter.setPen(QPen(QColor(self.theme.wire), 1.5 / scale))
        for end, start in self.graph.wires.items():
            a, b = boxes[start.node], boxes[end.node]
            painter.drawLine(QPointF(a.center().x(), a.bottom()), QPointF(b.center().x(), b.top()))
        for name, box in boxes.items():
            operator = self.catalog.of(self.graph, self.graph.nodes[name])
            painter.setPen(QPen(QColor(self.theme.card_edge), 1 / scale))
            painter.setBrush(QColor(self.theme.card))
            painter.drawRoundedRect(box, 12, 12)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.category(operator.category if operator else ""))
            painter.drawRoundedRect(QRectF(box.left() + 8, box.top() + 8, 26, box.height() - 16), 6, 6)
