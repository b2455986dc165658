"""The panel on the right: the selected nodes, or the graph itself."""

from grapheditor.ui.inspector.panel import Inspector

__all__ = ["Inspector"]
