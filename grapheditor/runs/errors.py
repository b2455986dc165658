"""What is wrong with a training or its run: the base of all such errors, and that of a run's folder."""

from __future__ import annotations

from typing import ClassVar


class TrainError(Exception):
    """Base of all: a sentence for people and, where known, the node it is about."""

    kind: ClassVar[str] = "training"

    def __init__(self, message: str, node: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.node = node


class RunError(TrainError):
    """A run's folder, metrics or checkpoint cannot be read or written, or the run cannot be spoken with."""

    kind = "run"
