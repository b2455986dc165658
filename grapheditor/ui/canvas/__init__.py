"""The canvas: the graph as it is drawn, and every gesture that edits it."""

from grapheditor.ui.canvas.canvas import Canvas

__all__ = ["Canvas"]
