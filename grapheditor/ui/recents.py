"""Which files were open last, and in which folder people are: kept at once, and shared by all windows."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSettings

MOST = 10


class Recents:
    """The files, the newest first. What is there no longer is left out, and comes back with its disk."""

    def __init__(self, settings: QSettings) -> None:
        self.settings = settings

    def files(self) -> list[Path]:
        """Return the files that are there."""
        return [Path(name) for name in self._names() if os.path.isfile(name)]  # noqa: PTH113 - Path.is_file raises for folders it may not read

    def _names(self) -> list[str]:
        stored = self.settings.value("recent", [])
        return [str(name) for name in (stored if isinstance(stored, list) else [stored])][:MOST]

    def remember(self, path: Path) -> None:
        """Put a file first."""
        name = str(path.absolute())
        self.settings.setValue("recent", [name, *(item for item in self._names() if item != name)][:MOST])
        self.settings.setValue("folder", str(path.absolute().parent))
        self.settings.sync()

    def clear(self) -> None:
        """Forget all of them."""
        self.settings.remove("recent")
        self.settings.sync()

    @property
    def folder(self) -> str:
        """Where a dialog for files begins that has no file to begin at."""
        return str(self.settings.value("folder", str(Path.home())))
