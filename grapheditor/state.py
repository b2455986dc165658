"""Where the program keeps what is its own, in the user's folders for that."""

from __future__ import annotations

from pathlib import Path


def documents() -> Path:
    """Return the folder of locks and journals."""
    import platformdirs

    return Path(platformdirs.user_state_dir("grapheditor", appauthor=False)) / "documents"


def memo() -> Path:
    """Return the file of what was inferred before; it may be deleted at any time."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("grapheditor", appauthor=False)) / "memo.sqlite"
