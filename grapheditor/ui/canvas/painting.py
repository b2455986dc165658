"""Small help for painting: ending painters, and colours between colours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QColor, QPainter

from grapheditor.ui.canvas.view import View


@contextmanager
def painting(painter: QPainter) -> Iterator[QPainter]:
    """End a painter whatever happens: one left open when an exception leaves paintEvent brings the process down."""
    try:
        yield painter
    finally:
        painter.end()


@contextmanager
def scaled(painter: QPainter, view: View) -> Iterator[None]:
    """Let a painter speak the units of the plane for a while."""
    painter.save()
    painter.translate(view.x, view.y)
    painter.scale(view.zoom, view.zoom)
    yield
    painter.restore()


def faded(colour: QColor, opacity: float) -> QColor:
    """Return a colour with an opacity between 0 and 1."""
    changed = QColor(colour)
    changed.setAlphaF(opacity)
    return changed


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """Return a colour between two; a share of 1 is the second."""
    parts = ((first.red(), second.red()), (first.green(), second.green()), (first.blue(), second.blue()))
    return QColor(*(round(a + (b - a) * share) for a, b in parts))
