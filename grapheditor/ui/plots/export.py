"""The charts that are shown, as a picture, and the numbers of their curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from grapheditor.graph.disk import replace_file
from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.plots.declared import Part
from grapheditor.ui.plots.lines import ShownRun
from grapheditor.ui.plots.wall import Wall
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme

SCALE = 2.0
"""Pixels of a PNG for one of the window."""
EDGE = 12


def write_picture(path: Path, wall: Wall, theme: Theme) -> None:
    """Write the charts as they stand in the window. path: ends with .png or .svg. FileError where it cannot be."""
    replace_file(path, (_svg if path.suffix.lower() == ".svg" else _png)(wall, theme))


def write_table(path: Path, curves: Sequence[tuple[ShownRun, Part]]) -> None:
    """Write all points as CSV: one a line, with its run, series, step, epoch and the seconds that the run had taken.

    FileError where it cannot be.
    """
    parts = ["run,series,step,epoch,seconds,value\n"]
    for run, part in curves:
        curve = run.curve(part)
        start = f"{_field(run.name)},{_field(part.series)}"
        seconds = [f"{number:.6g}" for number in run.seconds_at(curve.steps).tolist()] or [""] * len(curve.steps)
        epochs = (curve.steps / run.per_epoch).tolist()
        rows = zip(curve.steps.tolist(), epochs, seconds, curve.values.tolist(), strict=True)
        parts += [
            f"{start},{step},{epoch:.6g},{taken},{'' if value != value else repr(value)}\n"
            for step, epoch, taken, value in rows
        ]
    replace_file(path, "".join(parts).encode())


def _field(text: str) -> str:
    quoted = text.replace('"', '""')
    return f'"{quoted}"' if set(text) & set(',"\n\r') else text


def _size(wall: Wall) -> QSize:
    charts = wall.charts
    wide = max((chart.geometry().right() for chart in charts), default=0)
    high = max((chart.geometry().bottom() for chart in charts), default=0)
    return QSize(wide + 1 + 2 * EDGE, high + 1 + 2 * EDGE)


def _draw(painter: QPainter, wall: Wall, theme: Theme) -> None:
    size = _size(wall)
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor(theme.panel))
    for chart in wall.charts:
        chart.draw(painter, QRectF(chart.geometry()).translated(EDGE, EDGE))


def _png(wall: Wall, theme: Theme) -> bytes:
    image = QImage(_size(wall) * SCALE, QImage.Format.Format_RGB32)
    with painting(QPainter(image)) as painter:
        painter.scale(SCALE, SCALE)
        _draw(painter, wall, theme)
    return _bytes(lambda buffer: image.save(buffer, "PNG"))  # type: ignore[call-overload]


def _svg(wall: Wall, theme: Theme) -> bytes:
    from PySide6.QtSvg import QSvgGenerator

    size = _size(wall)

    def draw(buffer: QBuffer) -> None:
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setResolution(96)
        generator.setSize(size)
        generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
        generator.setTitle(tr("Curves"))
        with painting(QPainter(generator)) as painter:
            _draw(painter, wall, theme)

    return _bytes(draw)


def _bytes(write: Callable[[QBuffer], object]) -> bytes:
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write(buffer)
    return bytes(held.data())
