"""What is wrong with a run: its folder, or speaking with it."""

from __future__ import annotations

from grapheditor.errors import TrainError

__all__ = ["RunError", "TrainError"]


class RunError(TrainError):
    """A run's folder, metrics or checkpoint cannot be read or written, or the run cannot be spoken with."""

    kind = "run"
