"""The Results tab: what a run has learned, what it takes for what, and trying it out."""

from grapheditor.ui.results.tab import ResultsTab

__all__ = ["ResultsTab"]
