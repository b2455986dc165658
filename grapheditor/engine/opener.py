"""A process that opens data: it takes an OpenData, answers with OpenedData, and ends.

    python -m grapheditor.engine.opener

A folder of a million files takes its time, and a disk may hang; whoever asked ends the process instead of waiting.
"""

from __future__ import annotations

from pathlib import Path

from grapheditor.engine.messages import FieldReport, OpenData, OpenedData
from grapheditor.engine.process import claim_streams, give_way


def main() -> None:
    """Serve one request."""
    channel = claim_streams()
    give_way()
    wanted = channel.receive()
    if isinstance(wanted, OpenData):
        channel.send(answer(wanted))


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
    fields = [
        FieldReport(name=item.name, dtype=item.encoding.declared, shape=list(item.shape), classes=len(item.classes))
        for item in found.fields
    ]
    return OpenedData(fields, list(found.notes))


if __name__ == "__main__":
    main()
