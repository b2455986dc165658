"""The Runs tab: the runs of the open graph's folder, and a hand on each of them."""

from grapheditor.ui.runs.tab import RunsTab

__all__ = ["RunsTab"]
