"""A look inside a module: its body, drawn as the canvas draws it, beside the card."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from grapheditor.engine.messages import Analysis
from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.canvas.paint import Artist
from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.canvas.view import View
from grapheditor.ui.texts import counted, tr
from grapheditor.ui.widgets import label

WIDE, HIGH = 320, 380


class Preview(QFrame):
    """Shows what a module is made of. The canvas opens and closes it; it takes no focus and no mouse."""

    def __init__(self, window: QWidget, artist: Artist, scene: Scene) -> None:
        """scene: of the module's body, at the use that one looks into."""
        super().__init__(window)
        module = scene.document.graph.modules[scene.scope.module]
        self.setObjectName("preview")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        count = len(module.nodes) - len(module.head.inputs) - len(module.head.outputs)
        text = counted(count, "{n} node", "{n} nodes")
        self.setAccessibleName(tr("Inside {module}: {nodes}", module=module.id, nodes=text))
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 10)
        column.setSpacing(4)
        column.addWidget(label(module.id, bold=True, size=13))
        column.addWidget(label(text, muted=True, size=11))
        self.picture = _Picture(artist, scene)
        column.addWidget(self.picture, 1)
        theme = artist.theme
        self.setStyleSheet(
            f"#preview {{ background: {theme.panel}; border: 1px solid {theme.line}; border-radius: 10px; }}"
        )

    def show_analysis(self, analysis: Analysis | None) -> None:
        """Show shapes and values of this use as they become known."""
        if self.picture.scene.stands():
            self.picture.scene.analyse(analysis)
            self.picture.update()

    def open_beside(self, left: QPoint, right: QPoint) -> None:
        """Show it to the right of a card, or to its left where there is no room. Both are places of the window."""
        window = self.parentWidget()
        assert window is not None
        x = right.x() + 16 if right.x() + 16 + WIDE <= window.width() else max(8, left.x() - 12 - WIDE)
        y = max(8, min(right.y(), window.height() - HIGH - 8))
        self.setGeometry(x, y, WIDE, HIGH)
        self.show()
        self.raise_()

    def dismiss(self) -> None:
        """Close it."""
        self.hide()
        self.deleteLater()


class _Picture(QWidget):
    """A scene, whole."""

    def __init__(self, artist: Artist, scene: Scene) -> None:
        super().__init__()
        self.artist = artist
        self.scene = scene

    def paintEvent(self, event: QPaintEvent) -> None:
        bounds = self.scene.geometry.bounds()
        view = View()
        if bounds is not None:
            view.fit(bounds, self.width(), self.height(), margin=16.0)
        with painting(QPainter(self)) as painter:
            self.artist.paint(painter, self.scene, view, Box(0, 0, self.width(), self.height()))
