"""Why data cannot be read or a training did not start: the base of all such reasons, and the data's own.

Rooms without torch raise them too, so they stand outside of training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from pathlib import Path


class TrainError(Exception):
    """Base of all: a sentence for people and, where known, the node it is about.

    place: the path of what it is about in the recipe, such as objectives.0.optimizer, where that is known.
    remedy: settings of the recipe with which it would go on, where there are such: ``{"batch": 8}``.
    """

    kind: ClassVar[str] = "training"

    def __init__(self, message: str, node: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.node = node
        self.place: str | None = None
        self.remedy: dict[str, Any] = {}


class DataError(TrainError):
    """The data cannot be read, or does not fit the graph's inputs."""

    kind = "data"


class SampleError(DataError):
    """One sample cannot be read: the others may be fine, so a training can go on without it.

    path: its file. index: which sample of its column it is, where a column read it.
    """

    kind = "sample"

    def __init__(self, path: Path, what: str, index: int | None = None) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path
        self.what = what
        self.index = index


class UntrustedError(DataError):
    """A file with Python in it was not trusted yet, or was changed since.

    path, digest: what has to be trusted (grapheditor.trust).
    """

    kind = "trust"

    def __init__(self, path: Path, digest: str) -> None:
        super().__init__(
            f"{path}: is Python of your own, which runs with all your rights, and its content is not trusted yet. "
            f"Read it; then trust it by `grapheditor data preview python -p file={path} --trust`."
        )
        self.path = path
        self.digest = digest
