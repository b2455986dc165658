"""Texts on the canvas: laid out once and kept, since laying out costs more than drawing."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QStaticText

from grapheditor.ui.theme import drawn_figures as figures
from grapheditor.ui.theme import drawn_words as words

Role = Literal["title", "note", "figures", "small", "badge", "hint"]
Align = Literal["left", "centre", "right"]
_MOST = 20_000
"""Texts that are kept; more than are on any screen, less than matters."""


def brief_count(number: int) -> str:
    """Write a count in a few characters: 832, 51.3 K, 25.6 M."""
    value = float(number)
    for unit in ("", " K", " M", " G"):
        if value < 999.95 or unit == " G":
            break
        value /= 1000
    return f"{number}" if not unit else f"{value:.1f}{unit}"


def brief_bytes(number: int) -> str:
    """Write a number of bytes in a few characters: 512 B, 3.1 KB, 1.5 GB."""
    count = brief_count(number)
    return f"{count}B" if count[-1].isalpha() else f"{count} B"


class Texts:
    """Draws single lines of text, elided where they are wider than their room."""

    def __init__(self) -> None:
        self.fonts: dict[Role, QFont] = {
            "title": words(13, "semibold"),
            "note": words(11),
            "figures": figures(11),
            "small": words(10, "medium"),
            "badge": words(11, "bold"),
            "hint": words(13),
        }
        self._metrics = {role: QFontMetricsF(font) for role, font in self.fonts.items()}
        self._kept: dict[tuple[str, Role, int], tuple[QStaticText, float, float]] = {}

    def width(self, text: str, role: Role) -> float:
        """Return how wide a text is."""
        return self._layout(text, role, 0)[1]

    def draw(
        self,
        painter: QPainter,
        text: str,
        role: Role,
        at: tuple[float, float],
        align: Align = "left",
        room: float = 0.0,
    ) -> None:
        """Draw a text in the painter's pen, its middle line at ``at``; room: the width it may take, 0 for any."""
        static, width, height = self._layout(text, role, int(room))
        x = at[0] - {"left": 0.0, "centre": width / 2, "right": width}[align]
        if painter.font() != self.fonts[role]:
            painter.setFont(self.fonts[role])
        painter.drawStaticText(QPointF(x, at[1] - height / 2), static)

    def _layout(self, text: str, role: Role, room: int) -> tuple[QStaticText, float, float]:
        key = (text, role, room)
        found = self._kept.get(key)
        if found is None:
            metrics = self._metrics[role]
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room) if room else text
            static = QStaticText(shown)
            static.setTextFormat(Qt.TextFormat.PlainText)
            static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            if len(self._kept) >= _MOST:
                self._kept.clear()
            found = self._kept[key] = static, metrics.horizontalAdvance(shown), metrics.height()
        return found
