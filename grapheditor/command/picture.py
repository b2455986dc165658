"""The verb ``export`` where it writes a picture: SVG, PDF, PNG or TikZ, as the canvas paints the graph."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from grapheditor.cli import FILES, FINE, PROBLEMS, VerbError
from grapheditor.command.shared import print_value, read_sized

if TYPE_CHECKING:
    import argparse

ENDINGS = (".svg", ".pdf", ".png", ".tex")
"""Of pictures; grapheditor.ui.pictures has how each is made."""


def picture_arguments(part: argparse.ArgumentParser) -> None:
    """Take what a picture can be."""
    part.add_argument("--theme", choices=("light", "dark"), default="light", help="the colours of a picture (light)")
    part.add_argument(
        "--scale", type=_scale, default=2.0, metavar="N", help="pixels of a PNG for one of the canvas (2)"
    )
    part.add_argument("--module", default="", metavar="PATH", help="draw what is in this use of a module: layer1.0")


def _scale(text: str) -> float:
    import argparse

    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.1 <= value <= 20:
        raise argparse.ArgumentTypeError(f"a scale is a number from 0.1 to 20, not {text[:40]!r}")
    return value


def export_picture(given: argparse.Namespace) -> int:
    """Draw a graph, with its shapes, without a screen."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from grapheditor.catalog import catalog
    from grapheditor.edit import Document
    from grapheditor.engine.worker import analysed
    from grapheditor.graph import FileError
    from grapheditor.ui.app import application
    from grapheditor.ui.canvas.scene import Scene
    from grapheditor.ui.pictures import Look, PictureError, write_picture
    from grapheditor.ui.theme import THEMES

    graph = read_sized(given)
    kept = application()
    try:
        scene = Scene(Document(graph), catalog(), given.module)
    except KeyError as error:
        raise VerbError(f"There is no module at {given.module}.", PROBLEMS, given.file) from error
    scene.analyse(analysed(graph, given.module))
    try:
        write_picture(given.output, scene, Look(THEMES[given.theme], scale=given.scale))
    except PictureError as error:
        raise VerbError(str(error), PROBLEMS, given.file) from error
    except FileError as error:
        raise VerbError(error.message, FILES, given.output) from error
    del kept
    carries = "; it carries the graph, and opens as it" if given.output.suffix.lower() in (".svg", ".png") else ""
    value = {"path": str(given.output), "format": given.output.suffix.lower()[1:], "nodes": len(scene.body.nodes)}
    print_value(given, value, f"{given.output} written{carries}.")
    return FINE
