"""Where the program keeps what is its own: locks and journals of documents, in the user's state folder."""

from __future__ import annotations

from pathlib import Path


def documents() -> Path:
    """Return the folder of locks and journals."""
    import platformdirs

    return Path(platformdirs.user_state_dir("grapheditor", appauthor=False)) / "documents"
