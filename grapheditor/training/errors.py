"""Why a training did not start or did not end well: a class for each kind of reason, and a sentence."""

from __future__ import annotations

from grapheditor.errors import DataError, SampleError, TrainError
from grapheditor.runs.errors import RunError

__all__ = ["DataError", "DeviceError", "RunError", "SampleError", "TrainError", "TrainingError"]


class DeviceError(TrainError):
    """The device is not there."""

    kind = "device"


class TrainingError(TrainError):
    """A training failed on its way."""

    kind = "training"


class RecipeError(TrainingError):
    """A training cannot begin: its recipe asks for what there is not, or what does not go together."""

    kind = "recipe"
