"""Homes for tests: nothing that one does may touch or depend on the home of whoever runs it."""

from __future__ import annotations

from pathlib import Path

import pytest


def settle(home: Path, patch: pytest.MonkeyPatch) -> None:
    """Have this process, and those it starts, keep all that is a user's in a folder."""
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        patch.setenv(name, str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        patch.setenv(name, str(home / name.lower()))
