"""Writes what a scene shows into a file, in the format of the file's ending.

SVG and PNG carry the graph (:mod:`grapheditor.graph.carried`): opening such a picture opens the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QImage, QPageSize, QPainter, QPdfWriter

from grapheditor.edit import Document
from grapheditor.edit.clipboard import excerpt
from grapheditor.graph import write_text
from grapheditor.graph.carried import carry
from grapheditor.graph.disk import replace_file
from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.canvas.paint import Artist
from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.canvas.view import View
from grapheditor.ui.pictures.tikz import tikz
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme

MARGIN = 24.0
LARGEST_SIDE = 16_000
"""Pixels of a PNG: a larger one opens nowhere. A graph that needs more is drawn smaller."""


Ground = Literal["theme", "white", "none"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture looks. ground: what lies behind the network, the theme's colour, white or nothing.

    scale: pixels of a PNG for one of the canvas. heat: what the scene shows as heat is drawn.
    """

    theme: Theme
    ground: Ground = "theme"
    scale: float = 2.0
    heat: bool = False

    @property
    def behind(self) -> QColor:
        """The colour behind everything."""
        return {"theme": self.theme.colour("canvas"), "white": QColor("white"), "none": QColor(0, 0, 0, 0)}[self.ground]


class PictureError(ValueError):
    """A picture cannot be made; a sentence says why."""


def write_picture(path: Path, scene: Scene, look: Look, nodes: Iterable[str] | None = None) -> None:
    """Write a picture of the body that a scene shows: all of it, or some nodes and the wires between them.

    What is selected, found or under the pointer is no part of it. path: its ending says the format, one of FORMATS.
    PictureError where
    the format is unknown or there is nothing to draw, FileError where the file cannot be written.
    """
    make = FORMATS.get(path.suffix.lower())
    if make is None:
        known = ", ".join(FORMATS)
        given = path.suffix or tr("a file without ending")
        raise PictureError(tr("A picture is written as {known}, not as {given}.", known=known, given=given))
    shown = _alone(scene, look) if nodes is None else _part(scene, set(nodes))
    bounds = shown.bounds()
    if bounds is None:
        raise PictureError(tr("There is nothing to draw: the graph has no nodes."))
    data = make(shown, look, bounds.grown(MARGIN))
    if path.suffix.lower() in (".svg", ".png"):
        data = carry(data, write_text(scene.document.graph if nodes is None else shown.document.graph))
    replace_file(path, data)


def _alone(scene: Scene, look: Look) -> Scene:
    """Return the same body as nobody works on it."""
    shown = Scene(scene.document, scene.catalog, scene.path)
    shown.staged, shown.overlay = scene.staged, scene.overlay if look.heat else None
    shown.analyse(scene.analysis)
    return shown


def _part(scene: Scene, nodes: set[str]) -> Scene:
    """Return a scene of some nodes alone, with the shapes and costs that they have in the whole."""
    part = Scene(Document(excerpt(scene.scope, nodes)), scene.catalog)
    if scene.analysis is not None:
        start = f"{scene.path}." if scene.path else ""
        reports = scene.analysis.nodes
        known = {name: reports[start + name] for name in nodes if start + name in reports}
        part.analyse(replace(scene.analysis, nodes=known, problems=[]))
    return part


def _paint(painter: QPainter, scene: Scene, look: Look, box: Box, zoom: float, *, lines: bool) -> None:
    artist = Artist(look.theme)
    artist.ground = look.behind
    artist.stamps.lines = lines
    view = View(zoom, -box.left * zoom, -box.top * zoom)
    shown = Box(0.0, 0.0, (box.right - box.left) * zoom, (box.bottom - box.top) * zoom)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    artist.paint(painter, scene, view, shown, dots=False)


def _svg(scene: Scene, look: Look, box: Box) -> bytes:
    from PySide6.QtSvg import QSvgGenerator

    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    size = QSizeF(box.right - box.left, box.bottom - box.top)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(96)
    generator.setSize(size.toSize())
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(scene.document.graph.info.title or tr("A network"))
    generator.setDescription(tr("Drawn by grapheditor, which can open this picture as a graph."))
    with painting(QPainter(generator)) as painter:
        _paint(painter, scene, look, box, 1.0, lines=True)
    return bytes(held.data())


def _pdf(scene: Scene, look: Look, box: Box) -> bytes:
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(96)
    points = QSizeF(box.right - box.left, box.bottom - box.top) * 72 / 96
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(scene.document.graph.info.title or tr("A network"))
    with painting(QPainter(writer)) as painter:
        _paint(painter, scene, look, box, 1.0, lines=True)
    return bytes(held.data())


def _png(scene: Scene, look: Look, box: Box) -> bytes:
    wide, high = box.right - box.left, box.bottom - box.top
    scale = min(look.scale, LARGEST_SIDE / wide, LARGEST_SIDE / high)
    image = QImage(QSize(max(round(wide * scale), 1), max(round(high * scale), 1)), QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    image.setDevicePixelRatio(1.0)
    with painting(QPainter(image)) as painter:
        _paint(painter, scene, look, box, scale, lines=False)
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise PictureError(tr("The picture could not be made: there is not enough memory for it."))
    return bytes(held.data())


def _tex(scene: Scene, look: Look, box: Box) -> bytes:
    return tikz(scene, look.theme, box).encode()


FORMATS: dict[str, Callable[[Scene, Look, Box], bytes]] = {
    ".svg": _svg,
    ".pdf": _pdf,
    ".png": _png,
    ".tex": _tex,
}
"""How each format is made, by the ending of the file."""
