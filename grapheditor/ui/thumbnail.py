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
        self._wires: list[list[QPointF]] | None = None
        self.setMinimumHeight(150)

    def show_graph(self, graph: Graph) -> None:
        """Show a graph."""
        self.graph = graph
        self._wires = None
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

    def _paths(self) -> list[list[QPointF]]:
        """Return the wires as the canvas draws them, which is loaded when the first one is seen."""
        if self._wires is None:
            from grapheditor.ui.canvas import curves
            from grapheditor.ui.canvas.geometry import Geometry

            flow = self.graph.info.flow
            points = curves.points(Geometry(self.graph, self.catalog, flow).routes(), flow=flow)
            self._wires = [[QPointF(x, y) for x, y in path] for path in points.tolist()]
        return self._wires

    def _draw(self, painter: QPainter) -> None:
        if not self.graph.nodes:
            return
        boxes = {
            name: QRectF(*node.at, WIDTH, height(self.graph, node, self.catalog))
            for name, node in self.graph.nodes.items()
        }
        whole = QRectF()
        for box in boxes.values():
            whole = whole.united(box)
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        scale = min(room.width() / whole.width(), room.height() / whole.height(), LARGEST_SCALE)
        painter.translate(room.center())
        painter.scale(scale, scale)
        painter.translate(-whole.center())
        painter.setPen(QPen(QColor(self.theme.wire), 1.5 / scale))
        for path in self._paths():
            painter.drawPolyline(path)
        for name, box in boxes.items():
            operator = self.catalog.of(self.graph, self.graph.nodes[name])
            painter.setPen(QPen(QColor(self.theme.card_edge), 1 / scale))
            painter.setBrush(QColor(self.theme.card))
            painter.drawRoundedRect(box, 12, 12)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.category(operator.category if operator else ""))
            painter.drawRoundedRect(QRectF(box.left() + 8, box.top() + 8, 26, box.height() - 16), 6, 6)
