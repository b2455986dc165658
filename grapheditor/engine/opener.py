"""A process that opens data, or downloads it: it takes an OpenData or a FetchData, answers, and ends.

    python -m grapheditor.engine.opener

A folder of a million files takes its time, a disk or a network may hang; whoever asked ends the process instead of
waiting. What has come of a file is kept, and gone on with the next time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from grapheditor.edit.edits import Arriving
from grapheditor.engine.messages import (
    FetchData,
    FetchedData,
    FieldReport,
    Message,
    OpenData,
    OpenedData,
    Underway,
)
from grapheditor.engine.process import claim_streams, give_way

TOLD_EVERY = 0.2
"""Seconds after which it is told how much has come."""


def main() -> None:
    """Serve one request."""
    channel = claim_streams()
    give_way()
    wanted = channel.receive()
    if isinstance(wanted, OpenData):
        channel.send(answer(wanted))
    elif isinstance(wanted, FetchData):
        channel.send(fetched(wanted, channel.send))


def fetched(wanted: FetchData, tell: Callable[[Message], object]) -> FetchedData:
    """Download what is lacking. tell: takes how many bytes are there."""
    from grapheditor.catalog import catalog
    from grapheditor.data.fetch import fetch
    from grapheditor.errors import DataError

    source = catalog().sources.get(wanted.source)
    if source is None:
        return FetchedData(f"There is no source {wanted.source}.")
    whole, have, last = sum(item.bytes for item in source.files), dict[str, int](), time.monotonic()

    def progress(name: str, done: int, _total: int) -> None:
        nonlocal last
        have[name] = done
        if time.monotonic() - last > TOLD_EVERY:
            last = time.monotonic()
            tell(Underway(sum(have.values()), whole))

    try:
        fetch(source, progress)
    except DataError as error:
        return FetchedData(error.message)
    return FetchedData()


def answer(wanted: OpenData) -> OpenedData:
    """Open the data, and return what to tell the window."""
    from grapheditor.catalog import catalog
    from grapheditor.errors import DataError

    source = catalog().sources.get(wanted.source)
    if source is None:
        return OpenedData(problem=f"There is no source {wanted.source}.")
    try:
        found = source.open(wanted.options, Path(wanted.home))
    except DataError as error:
        return OpenedData(problem=error.message)
    arriving = [Arriving.of(item) for item in found.fields]
    fields = [
        FieldReport(name=item.name, dtype=item.dtype, shape=[*item.shape], classes=item.classes, pieces=item.pieces)
        for item in arriving
    ]
    return OpenedData(fields, list(found.notes))


if __name__ == "__main__":
    main()
