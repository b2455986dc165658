"""Pictures of a graph in files: SVG, PDF and PNG as the canvas paints it, and TikZ."""

from grapheditor.ui.pictures.write import FORMATS, Look, PictureError, write_picture

__all__ = ["FORMATS", "Look", "PictureError", "write_picture"]
