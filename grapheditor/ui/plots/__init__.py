"""The Training tab: a run's progress and its curves."""

from grapheditor.ui.plots.tab import TrainingTab

__all__ = ["TrainingTab"]
