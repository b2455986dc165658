"""Why a training did not start or did not end well: a class for each kind of reason, and a sentence."""

from __future__ import annotations

from typing import ClassVar


class TrainError(Exception):
    """Base of all: a sentence for people and, where known, the node it is about."""

    kind: ClassVar[str] = "training"

    def __init__(self, message: str, node: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.node = node


class DataError(TrainError):
    """The data cannot be read, or does not fit the graph's inputs."""

    kind = "data"


class RunError(TrainError):
    """A run's folder, metrics or checkpoint cannot be read or written."""

    kind = "run"


class DeviceError(TrainError):
    """The device is not there."""

    kind = "device"


class TrainingError(TrainError):
    """The recipe cannot be followed, or the training failed on its way."""

    kind = "training"
