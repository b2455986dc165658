"""Files of a run's folder that hold one JSON object: read whole or refused, whatever somebody has put there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from grapheditor.runs.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path


def read_object(path: Path, most: int) -> dict[str, Any]:
    """Return the object in a file of so many bytes at most; RunError where there is none that can be read."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror or error}.") from error
    if len(data) > most:
        raise RunError(f"{path}: is damaged; it is larger than {most // 2**20} MB.")
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path}: is damaged; it is not JSON.") from error
    if not isinstance(values, dict):
        raise RunError(f"{path}: is damaged; it holds no object.")
    return values
