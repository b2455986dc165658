"""What is said of a selected node, beside it: a problem in words, and each change that would help by one click."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from grapheditor.engine.messages import FixReport, ProblemReport
from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.telling import SEEKS, begun
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.theme import Theme, px
from grapheditor.ui.widgets import Offer, label

WIDE, MOST, APART, TIP, ROUND = 330, 3, 20, 9, 8
"""How wide it is, how many changes it offers, how far from the node it stands, its tip, its corners; in pixels."""
WORDS = {"error": mark("Problem"), "warning": mark("Warning"), "hint": mark("Hint")}


class Callout(QWidget):
    """Stands beside a node and points at it. The canvas opens, places and closes it."""

    def __init__(
        self,
        canvas: QWidget,
        theme: Theme,
        node: str,
        problem: ProblemReport,
        fixes: Sequence[FixReport],
        key: str,
        take: Callable[[FixReport], object],
        look: Callable[[str], object],
    ) -> None:
        """key: the one that takes the first change, as people read it. take: makes a change. look: shows a file."""
        super().__init__(canvas)
        self.node = node
        self.says = problem["message"], [fix["title"] for fix in fixes]
        self.fixes = list(fixes[:MOST])
        self._theme = theme
        self._edge = theme.severity(problem["severity"])
        self._left = True
        """Whether the tip is at the left edge."""
        self._tip = 0.0
        self.setObjectName("callout")
        word = tr(WORDS.get(problem["severity"], "Hint"))
        self.setAccessibleName(f"{word}, {node}: {problem['message']}")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        column = QVBoxLayout(self)
        column.setContentsMargins(12 + TIP, 9, 12 + TIP, 10)
        column.setSpacing(6)
        self.column = column
        told = label(problem["message"])
        told.setWordWrap(True)
        column.addWidget(told)
        if "file" in problem:
            column.addWidget(self._look(problem["file"], look))
        elif not fixes:
            seeks = label(tr(SEEKS), muted=True, size=11)
            seeks.setObjectName("callout-seeks")
            column.addWidget(seeks)
        for number, fix in enumerate(self.fixes):
            title = begun(fix["title"])
            button = Offer(f"{title}   {key}" if number == 0 and key else title)
            button.setObjectName(f"callout-fix-{number}")
            button.setAccessibleName(title)
            button.setProperty("field", True)
            button.setToolTip(f"{title}\n{tr('One step of undo')}")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard has an action for it, and keeps the canvas
            button.clicked.connect(lambda _checked=False, chosen=fix: take(chosen))
            column.addWidget(button)

    def _look(self, file: str, look: Callable[[str], object]) -> Offer:
        """Return a button that shows the file of the user's own which would help."""
        button = Offer(tr("Look at {file}", file=file))
        button.setObjectName("callout-look")
        button.setProperty("field", True)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: look(file))
        return button

    def place(self, card: Box) -> None:
        """Stand beside a card, given in pixels of the canvas: at its right, or at its left where there is no room."""
        canvas = self.parentWidget()
        assert canvas is not None
        right, left = card.right + APART - TIP, card.left - APART + TIP
        words = max((button.sizeHint().width() for button in self.findChildren(Offer)), default=0)
        wanted = min(max(px(WIDE), words + 2 * (12 + TIP)), canvas.width() - 16)
        room = max(canvas.width() - right, left)
        wide = max(min(wanted, round(room)), px(WIDE))
        high = self.heightForWidth(wide) if self.hasHeightForWidth() else self.sizeHint().height()
        self._left = right + wide <= canvas.width() or left - wide < 0
        x = min(right, canvas.width() - wide) if self._left else card.left - APART + TIP - wide
        middle = (card.top + card.bottom) / 2
        y = min(max(middle - high / 2, 4.0), max(canvas.height() - high - 4.0, 4.0))
        self._tip = min(max(middle - y, ROUND + TIP), high - ROUND - TIP)
        rect = QRect(round(x), round(y), round(wide), round(high))
        if rect != self.geometry():
            self.setGeometry(rect)
        self.setVisible(card.meets(Box(0, 0, canvas.width(), canvas.height())))

    def paintEvent(self, event: QPaintEvent) -> None:
        inner = QRectF(self.rect()).adjusted(TIP + 0.5, 0.5, -TIP - 0.5, -0.5)
        body, tip = QPainterPath(), QPainterPath()
        body.addRoundedRect(inner, ROUND, ROUND)
        edge, out = (inner.left() + 1, -TIP) if self._left else (inner.right() - 1, TIP)
        tip.moveTo(QPointF(edge, self._tip - TIP))
        tip.lineTo(QPointF(edge + out, self._tip))
        tip.lineTo(QPointF(edge, self._tip + TIP))
        tip.closeSubpath()
        with painting(QPainter(self)) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._edge, 1.2))
            painter.setBrush(self._theme.colour("panel"))
            painter.drawPath(body.united(tip))
