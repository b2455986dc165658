"""About exports, and weights that they take."""

from __future__ import annotations

from typing import Any

from grapheditor.engine.messages.base import Message


class Export(Message):
    """To the engine: export to a path whose ending says the format; run: the folder whose weights to take, None for
    fresh ones. Answered by Exported or Refused with the same request.
    """

    request: int
    path: str
    run: str | None


class Exporting(Message):
    """From the engine: an export has come to a step, one of grapheditor.compile.export.STEPS."""

    request: int
    step: str


class CancelExport(Message):
    """To the engine: this export is not wanted any more. What was there before it stays; nothing is answered."""

    request: int


class Exported(Message):
    """From the engine: the export is written and, for ONNX, agrees; the result is what ``export --json`` prints."""

    request: int
    result: dict[str, Any]


class Refused(Message):
    """From the engine: a request could not be done; a sentence, and the node it is about."""

    request: int
    message: str
    node: str | None = None


class FindRun(Message):
    """To the engine: which run of this name, in this folder, has the newest weights? Answered by FoundRun.

    run: this one's are wanted, however old.
    request: a number that the answer has too.
    """

    folder: str
    name: str
    run: str | None = None
    request: int = 0


class FoundRun(Message):
    """From the engine: the run's folder and what to call its best weights (``digits-003, epoch 7 of 10``), or None.

    fingerprint: that of the graph which was trained.
    """

    folder: str
    name: str
    run: str | None
    title: str
    fingerprint: str = ""
    request: int = 0
