"""The Summary tab: what each node costs, as a table that is sorted, unfolded and copied."""

from grapheditor.ui.summary.tab import SummaryTab

__all__ = ["SummaryTab"]
