"""One node's card: everything on it, or a title at most. Painted with its corner at the origin, in pixels."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QTransform

from grapheditor.edit.layout import TALL, WIDTH
from grapheditor.graph import Flow
from grapheditor.ui.canvas.geometry import MODULE, PORT, port_place
from grapheditor.ui.canvas.painting import mixed
from grapheditor.ui.canvas.scene import NAMELESS, Label, Severity
from grapheditor.ui.canvas.stamps import Stamps
from grapheditor.ui.canvas.texts import Align, Texts
from grapheditor.ui.theme import Theme

RADIUS = 9.0
STACK = 7.0
"""How far the last of the cards behind a module's sticks out."""
_AROUND = 12.0
"""How far ports, badges and outlines reach beyond a card."""
NAMED, _NAME_ROOM = 0.8, 44.0
"""The least zoom at which ports carry their names; what these take before a card whose ports are at its sides."""
_BESIDE = 17.0
"""How far names above and below a card reach beyond it, the last of them also to the right."""
SETS = ("accent", "activation", "pooling", "combine", "module", "dense")
"""Colours of the theme by which sets of shared weights are told apart."""


class Look(NamedTuple):
    """All that is seen of a card; high in units of the plane, severity that of its worst problem.

    lit: the ports to which a dragged wire could be fastened.
    """

    label: Label
    category: int
    high: float
    ports: tuple[int, int]
    flow: Flow
    selected: bool
    severity: int
    muted: bool
    lit: str | None


class Card:
    """Paints cards in a theme, as stamps of one zoom."""

    def __init__(self, theme: Theme, texts: Texts, categories: list[QColor], stamps: Stamps) -> None:
        self.theme = theme
        self.texts = texts
        self.categories = categories
        self.stamps = stamps

    def put(self, painter: QPainter, at: tuple[float, float], look: Look) -> None:
        """Put a whole card with its corner at a snapped place."""
        zoom = self.stamps.zoom
        size = WIDTH * zoom, look.high * zoom
        around = _AROUND if look.label.ports == NAMELESS else _BESIDE if look.flow == "down" else _NAME_ROOM + 8
        self.stamps.put(painter, at, size, self._whole, look, margin=math.ceil(around * zoom) + 2)

    def put_small(self, painter: QPainter, at: tuple[float, float], size: tuple[float, float], *look: object) -> None:
        """Put a small card; look: its title, category, colour of the outline, whether it is muted."""
        self.stamps.put(painter, at, size, self._small, size, *look, margin=self.small_margin)

    def small_stamp(self, size: tuple[float, float], *look: object) -> QPixmap:
        """Return a small card as a stamp, with the margin around it."""
        return self.stamps.stamp(size, self._small, size, *look, margin=self.small_margin)

    @property
    def small_margin(self) -> int:
        """The pixels around a small card that belong to its stamp."""
        return math.ceil(STACK * self.stamps.zoom) + 2

    # A whole card

    def _whole(self, painter: QPainter, look: Look) -> None:
        zoom, base = self.stamps.zoom, painter.transform()
        self._ground(painter, (WIDTH * zoom, look.high * zoom), look.category, look.muted)
        painter.setTransform(QTransform(zoom, 0, 0, zoom, 0, 0) * base)
        if look.selected or look.severity >= Severity.WARNING:
            self._mark(painter, look)
        self._label(painter, look.label, look.high)
        if zoom >= NAMED and look.label.ports != NAMELESS:
            self._names(painter, look)
        painter.setTransform(base)
        for filled, (count, side) in enumerate(zip(look.ports, ("input", "output"), strict=True)):
            for number in range(count):
                x, y = port_place(number, count, look.high, look.flow, output=bool(filled))
                self._port(painter, x * zoom, y * zoom, bool(filled), look.lit == side)

    def _ground(self, painter: QPainter, size: tuple[float, float], category: int, muted: bool) -> None:
        """Paint a card with its category bar. A module's is a stack; that of a bypassed node has dashed edges."""
        zoom, theme, (wide, high) = self.stamps.zoom, self.theme, size
        pen = QPen(theme.colour("muted" if muted else "card_edge"), max(1.2 * zoom, 1.0))
        if muted:
            pen.setDashPattern([4.0, 3.0])
        painter.setPen(pen)
        if category == MODULE:
            painter.setBrush(mixed(theme.colour("card"), theme.colour("canvas"), 0.5))
            for shift in (STACK * zoom, STACK * zoom / 2):
                painter.drawRoundedRect(QRectF(shift, shift, wide, high), RADIUS * zoom, RADIUS * zoom)
        painter.setBrush(theme.colour("card"))
        painter.drawRoundedRect(QRectF(0, 0, wide, high), RADIUS * zoom, RADIUS * zoom)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.categories[category])
        bar = QRectF(5 * zoom, 7 * zoom, max(4 * zoom, 2.0), high - 14 * zoom)
        painter.drawRoundedRect(bar, bar.width() / 2, bar.width() / 2)

    def _mark(self, painter: QPainter, look: Look) -> None:
        """Outline a card by its worst problem, and by the accent where it is selected; a badge marks a problem, too."""
        rect = QRectF(0, 0, WIDTH, look.high)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        faulty = look.severity >= Severity.WARNING
        accent = self.theme.colour("accent")
        colour = self.theme.colour("error" if look.severity == Severity.ERROR else "warning")
        if faulty and look.selected:
            painter.setPen(QPen(accent, 2))
            painter.drawRoundedRect(rect.adjusted(-4, -4, 4, 4), RADIUS + 4, RADIUS + 4)
        painter.setPen(QPen(colour if faulty else accent, 2))
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        if faulty:
            self.badge(painter, (WIDTH - 2, 2), look.severity, 8)

    def badge(self, painter: QPainter, at: tuple[float, float], severity: int, radius: float) -> None:
        """Mark a problem by a sign, too, since colour must not be the only one."""
        painter.setPen(QPen(self.theme.colour("canvas"), 2))
        painter.setBrush(self.theme.colour("error" if severity == Severity.ERROR else "warning"))
        painter.drawEllipse(QPointF(*at), radius, radius)
        painter.setPen(self.theme.colour("on_accent"))
        self.texts.draw(painter, "!", "badge" if radius > 7 else "small", at, "centre")

    def _label(self, painter: QPainter, label: Label, high: float) -> None:
        two_lines = high == TALL and bool(label.summary or label.parameters)
        first, right = 18.0 if two_lines else high / 2, WIDTH - 12
        width = min(self.texts.width(label.id, "figures"), 90.0)
        if label.link is not None:
            self._chain(painter, (right - width - 14, first), label.link)
            width += 24
        room = WIDTH - 40 - width
        painter.setPen(self.theme.colour("text"))
        if label.copies:
            room = max(room - self.texts.width(label.copies, "title") - 6, 24.0)
            behind = 22 + min(self.texts.width(label.title, "title"), room)
            self.texts.draw(painter, label.copies, "title", (behind, first))
        self.texts.draw(painter, label.title, "title", (16, first), room=room)
        painter.setPen(self.theme.colour("muted"))
        self.texts.draw(painter, label.id, "figures", (right, first), "right", room=91)
        if two_lines:
            room = WIDTH - 28.0
            if label.parameters:
                self.texts.draw(painter, label.parameters, "figures", (right, 36), "right")
                room -= self.texts.width(label.parameters, "figures") + 12
            self.texts.draw(painter, label.summary, "note", (16, 36), room=room)

    def _chain(self, painter: QPainter, at: tuple[float, float], link: int) -> None:
        """Mark nodes that share their weights by two links of a chain, each set by a colour of its own."""
        painter.setPen(QPen(self.theme.colour(SETS[link % len(SETS)]), 1.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        x, y = at
        for left in (x - 8, x - 1):
            painter.drawRoundedRect(QRectF(left, y - 3.5, 10, 7), 3.5, 3.5)

    def _names(self, painter: QPainter, look: Look) -> None:
        """Write the names of ports outside of the card, beside what is wired to them.

        At the sides of a card there is room for them only while it is selected: the shapes on wires stand there.
        """
        if look.flow == "right" and not look.selected:
            return
        painter.setPen(self.theme.colour("muted"))
        for outputs, names in enumerate(look.label.ports):
            apart = (WIDTH if look.flow == "down" else look.high) / (len(names) + 1)
            if look.flow == "down" and apart >= 28:
                y = look.high + 7.5 if outputs else -7.5
                for number, name in enumerate(names, 1):
                    room = apart - 10 if number < len(names) else apart + _BESIDE - 6
                    self.texts.draw(painter, name, "small", (apart * number + 6, y), room=room)
            elif look.flow == "right" and apart >= 10:
                x = WIDTH + 8 if outputs else -8.0
                side: Align = "left" if outputs else "right"
                for number, name in enumerate(names):
                    self.texts.draw(painter, name, "small", (x, apart * (number + 1) - 6), side, room=_NAME_ROOM)

    def _port(self, painter: QPainter, x: float, y: float, filled: bool, lit: bool) -> None:
        """Paint a ring for an input, a disc for an output, in the middle of whole pixels."""
        zoom, ratio = self.stamps.zoom, self.stamps.ratio
        half = max(round((PORT + 3) * zoom * ratio / 2), 2) / ratio
        left, top = self.stamps.snap(x - half, y - half)
        canvas, colour = self.theme.colour("canvas"), self.theme.colour("accent" if lit else "muted")
        radius = PORT / 2 * zoom
        painter.setPen(QPen(canvas if filled else colour, 1.6 * zoom))
        painter.setBrush(colour if filled else canvas)
        shown = radius + 0.4 * zoom if filled else radius - 0.8 * zoom
        painter.drawEllipse(QPointF(left + half, top + half), shown, shown)

    # A small one

    def _small(
        self, painter: QPainter, size: tuple[float, float], title: str, category: int, outline: str, muted: bool
    ) -> None:
        zoom = self.stamps.zoom
        self._ground(painter, size, category, muted)
        if outline:
            painter.setPen(QPen(self.theme.colour(outline), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(0, 0, *size), RADIUS * zoom, RADIUS * zoom)
        if title:
            left = 5 * zoom + 8
            painter.setPen(self.theme.colour("text"))
            self.texts.draw(painter, title, "small", (left, size[1] / 2), room=size[0] - left - 4)
