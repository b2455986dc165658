"""The bar at the canvas while one sample is followed: where one is, and ways on and back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from grapheditor.graph import Input
from grapheditor.ui.lens.card import button
from grapheditor.ui.lens.pins import Pins
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px
from grapheditor.ui.widgets import Elided, label

FROM_EDGE = 12
LEAST = 60
"""Pixels of what is told, where there is little room."""
MOVES = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
"""After which the bar may stand in the way."""


class WalkBar(QFrame):
    """Shows a walk and steers it."""

    def __init__(self, canvas: QWidget, pins: Pins, theme: Theme) -> None:
        super().__init__(canvas)
        self._pins, self._walk = pins, pins.walk
        self._legend: QWidget | None = None
        self.setObjectName("walk-bar")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.back = button("◀", "walk-back")
        self.play = button("▶▶", "walk-play")
        self.on = button("▶", "walk-on")
        self.turn = button("", "walk-turn")
        self.before = button("‹", "walk-sample-before", tr("The sample before"))
        self.next = button("›", "walk-sample-next", tr("The next sample"))
        self.close_button = button("×", "walk-close")
        self.told = Elided(bold=True)
        self.told.setObjectName("walk-told")
        self.sample = label(muted=True, size=11)
        self.before.clicked.connect(lambda: self._choose(-1))
        self.next.clicked.connect(lambda: self._choose(1))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 8, 5)
        row.setSpacing(7)
        parts = (self.back, self.on, self.play, self.told, self.turn, self.before, self.sample, self.next)
        for part in (*parts, self.close_button):
            row.addWidget(part)
        self._walk.changed.connect(self.refresh)
        pins.source.changed.connect(self.refresh)
        canvas.installEventFilter(self)
        self.set_theme(theme)
        self.hide()

    def bind(self, actions: Mapping[str, QAction]) -> None:
        """Let the buttons do actions of the window's, and tell their names and keys."""
        bound = {
            "step-back": self.back, "step-play": self.play, "step": self.on, "step-turn": self.turn,
            "step-end": self.close_button,
        }  # fmt: skip
        for name, part in bound.items():
            part.clicked.connect(actions[name].trigger)
            actions[name].changed.connect(partial(_tell, part, actions[name]))
            _tell(part, actions[name])

    def set_theme(self, theme: Theme) -> None:
        """Show it in another theme."""
        self.setStyleSheet(
            f"#walk-bar {{ background: {theme.card}; border: 1px solid {theme.card_edge}; border-radius: 10px; }}"
            f"#walk-bar QPushButton {{ background: transparent; border: 1px solid transparent; border-radius: 4px;"
            f" color: {theme.text}; padding: 1px 6px; min-height: 0; }}"
            f"#walk-bar QPushButton:hover {{ background: {theme.raised}; }}"
            f"#walk-bar QPushButton:disabled {{ color: {theme.faint}; }}"
            f"#walk-bar QPushButton:focus {{ border-color: {theme.accent}; }}"
        )

    def refresh(self) -> None:
        """Say where one is."""
        walk, source = self._walk, self._pins.source
        stop = walk.stop
        self.setVisible(stop is not None)
        if stop is None:
            return
        way = [place for place, each in enumerate(walk.stops) if each.back == stop.back]
        where = f"{walk.stops[walk.place].what}" if not isinstance(stop.what, Input) else self._wire(stop.what)
        told = tr("Back {n} of {all}: {where}") if stop.back else tr("Forward {n} of {all}: {where}")
        self.told.setText(told.format(n=way.index(walk.place) + 1, all=len(way), where=where))
        self.turn.setText(tr("Forward") if stop.back else tr("Gradient"))
        self.turn.setEnabled(any(each.back for each in walk.stops))
        self.back.setEnabled(walk.place > 0)
        self.on.setEnabled(walk.place < len(walk.stops) - 1)
        self.play.setText("❚❚" if walk.plays else "▶▶")
        self.sample.setText(tr("sample {n}", n=f"{source.first + 1:,}"))
        self.before.setEnabled(source.first > 0)
        self.next.setEnabled(not source.count or source.first < source.count - 1)
        self.setAccessibleName(self.told.text())
        self._place()

    def _wire(self, wire: Input) -> str:
        body = self._pins.session.body
        start = body.wires.get(wire)
        return f"{wire.node} → {start.node}" if start is not None else str(wire)

    def _choose(self, by: int) -> None:
        self._pins.source.choose(self._pins.source.first + by)

    def _place(self) -> None:
        canvas = self.parentWidget()
        assert canvas is not None
        edge = px(FROM_EDGE)
        self.told.setFixedWidth(self.told.fontMetrics().horizontalAdvance(self.told.text()) + 2)
        over = self.sizeHint().width() - canvas.width() + 2 * edge
        if over > 0:
            self.told.setFixedWidth(max(px(LEAST), self.told.width() - over))
        self.adjustSize()
        place = QRect(self.rect())
        place.moveTo(max(edge, (canvas.width() - self.width()) // 2), canvas.height() - self.height() - edge)
        legend = self._beside()
        if legend is not None and legend.isVisible() and place.intersects(legend.geometry()):
            place.moveLeft(legend.geometry().right() + edge)
            if place.right() > canvas.width() - edge:  # then above it
                place.moveTo(max(edge, (canvas.width() - self.width()) // 2), legend.y() - self.height() - edge)
        self.move(place.topLeft())
        self.raise_()

    def _beside(self) -> QWidget | None:
        """Return the legend of heat, which is not to be covered, and follow it."""
        canvas = self.parentWidget()
        legend = canvas.findChild(QWidget, "legend") if canvas is not None else None
        if legend is not None and legend is not self._legend:
            self._legend = legend
            legend.installEventFilter(self)
        return legend

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in MOVES and self.isVisible():
            self._place()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on it is none on the canvas."""


def _tell(part: QPushButton, action: QAction) -> None:
    part.setToolTip(action.toolTip())
    part.setAccessibleName(action.text().partition("\t")[0])
