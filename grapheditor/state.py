"""Where the program keeps what is its own, in the user's folders for that."""

from __future__ import annotations

import os
from pathlib import Path

DATA = "GRAPHEDITOR_DATA"
"""The variable of the environment that names the folder of data sets."""


def documents() -> Path:
    """Return the folder of locks and journals."""
    import platformdirs

    return Path(platformdirs.user_state_dir("grapheditor", appauthor=False)) / "documents"


def memo() -> Path:
    """Return the file of what was inferred before; it may be deleted at any time."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("grapheditor", appauthor=False)) / "memo.sqlite"


def data() -> Path:
    """Return the folder of data sets: what GRAPHEDITOR_DATA names, or one in the user's folder for data."""
    named = os.environ.get(DATA)
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("grapheditor", appauthor=False)) / "data"


def operators() -> Path:
    """Return the folder of the user's own operators."""
    import platformdirs

    return Path(platformdirs.user_data_dir("grapheditor", appauthor=False)) / "operators"


def library() -> Path:
    """Return the folder of the modules that the user keeps."""
    import platformdirs

    return Path(platformdirs.user_data_dir("grapheditor", appauthor=False)) / "library"


def trusted() -> Path:
    """Return the file of the digests of what the user trusts to run."""
    import platformdirs

    return Path(platformdirs.user_config_dir("grapheditor", appauthor=False)) / "trusted.txt"
