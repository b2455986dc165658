"""Runs that tests make."""

from __future__ import annotations

from pathlib import Path

from grapheditor.runs.folder import make_folder
from grapheditor.runs.record import Record, now, write_record


def make_run(where: Path, called: str = "digits", **values) -> Path:
    folder = make_folder(where, called)
    write_record(folder, Record(**{"started": now(), **values}))
    return folder
