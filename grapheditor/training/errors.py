"""Why a training did not start or did not end well: a class for each kind of reason, and a sentence."""

from __future__ import annotations

from grapheditor.runs.errors import RunError, TrainError

__all__ = ["DataError", "DeviceError", "RunError", "TrainError", "TrainingError"]


class DataError(TrainError):
    """The data cannot be read, or does not fit the graph's inputs."""

    kind = "data"


class DeviceError(TrainError):
    """The device is not there."""

    kind = "device"


class TrainingError(TrainError):
    """The recipe cannot be followed, or the training failed on its way."""

    kind = "training"
