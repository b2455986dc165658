"""What of the user's own Python may run: files whose very content was trusted, by its SHA-256.

Trust is kept on this machine, in the user's folder for configuration; no graph file can give it. It is a text of a line
for each content: who deletes a line takes it back.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from grapheditor import state
from grapheditor.errors import DataError

MOST_BYTES = 2**24
LINE = re.compile(r"([0-9a-f]{64})  (.*)")


def digest_of(content: bytes) -> str:
    """Return what stands for a content."""
    return hashlib.sha256(content).hexdigest()


def trusted() -> dict[str, str]:
    """Return the digests that are trusted, with the path that each content had then; a damaged line trusts nothing."""
    try:
        lines = state.trusted().read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    return {found[1]: found[2] for found in map(LINE.fullmatch, lines) if found}


def is_trusted(content: bytes) -> bool:
    """Tell whether this content may run."""
    return digest_of(content) in trusted()


def trust(content: bytes, path: Path) -> None:
    """Trust this content from now on; DataError where that cannot be kept."""
    if is_trusted(content):
        return
    file = state.trusted()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8", errors="replace") as lines:
            lines.write(f"\n{digest_of(content)}  {str(path.resolve()).replace(chr(10), ' ')}\n")
    except OSError as error:
        raise DataError(f"{file}: cannot be written: {error.strerror or error}.") from error
