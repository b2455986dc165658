"""The state of a window is kept as it changes, a moment later: whatever ends the program, the next start has it.

What belongs to the window stands under ``window/``; where one was in a file, which is the person's and not the file's,
under ``views/``, by a digest of the file's path.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QObject, QSettings, QTimer

from grapheditor.ui.sight import Sight

if TYPE_CHECKING:
    from grapheditor.ui.editor import Editor
    from grapheditor.ui.window import Window

AFTER = 300
"""Milliseconds from the last change until it is written."""
MOST_VIEWS = 200
"""Of so many files it is known where one was in them."""


class Views:
    """Where one was in each file: the place that was open, and what was in sight."""

    def __init__(self, settings: QSettings) -> None:
        self.settings = settings

    def find(self, path: Path) -> tuple[str, Sight] | None:
        """Return the place and the view of a file; None where none is known, or what is kept makes no sense."""
        found = self._read(_digest(path))
        try:
            x, y, zoom = (float(found[name]) for name in ("x", "y", "zoom"))
            place, whole = found["place"], found["whole"]
        except (KeyError, TypeError, ValueError, OverflowError):
            return None
        if not (isinstance(place, str) and isinstance(whole, bool) and all(map(math.isfinite, (x, y, zoom)))):
            return None
        return place, Sight(x, y, zoom, whole)

    def keep(self, path: Path, place: str, sight: Sight) -> None:
        """Keep them for a file; of those that were not open for longest nothing is known any more."""
        values = {"place": place, "x": sight.x, "y": sight.y, "zoom": sight.zoom, "whole": sight.whole}
        self.settings.setValue(f"views/{_digest(path)}", json.dumps({**values, "at": round(time.time())}))
        self.settings.beginGroup("views")
        names = self.settings.childKeys()
        self.settings.endGroup()
        if len(names) > MOST_VIEWS:
            names.sort(key=self._age)
            for name in names[: len(names) - MOST_VIEWS]:
                self.settings.remove(f"views/{name}")

    def _read(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads(str(self.settings.value(f"views/{name}", "")))
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def _age(self, name: str) -> float:
        at = self._read(name).get("at")
        return float(at) if isinstance(at, int) else 0.0


class Keeper(QObject):
    """Writes the state of one window down, and brings it back."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window = window
        self.settings = window.settings
        self.views = Views(self.settings)
        self._seen: dict[Path, tuple[str, Sight]] = {}
        """What was in sight, of files of which that is not written yet."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AFTER)
        self._timer.timeout.connect(self.keep)

    def touch(self) -> None:
        """Something is different now."""
        self._timer.start()

    def see(self) -> None:
        """Something else of the graph is in sight."""
        path = self.window.session.path
        if path is not None:
            self._seen[path] = self.window.session.place, self.window.canvas.sight
        self.touch()

    def keep(self) -> None:
        """Write everything now."""
        self._timer.stop()
        values: dict[str, object] = {"geometry": self.window.saveGeometry()}
        if self.window.shows_editor:
            values |= state(self.window.editor)
        for name, value in values.items():
            if self.settings.value(f"window/{name}") != value:
                self.settings.setValue(f"window/{name}", value)
        for path, (place, sight) in self._seen.items():
            self.views.keep(path, place, sight)
        self._seen.clear()
        self.settings.sync()

    def restore(self, editor: Editor) -> None:
        """Bring an editor to the state that was kept; what cannot be is left out."""
        read = self.settings.value
        for name, splitter in (("columns", editor), ("rows", editor.middle)):
            kept = read(f"window/{name}")
            if isinstance(kept, QByteArray):
                splitter.restoreState(kept)
        for name, tabs in (("tab", editor.tabs), ("palette-tab", editor.palette_panel.tabs)):
            number = str(read(f"window/{name}", ""))
            if number.isdecimal() and int(number) < tabs.count():
                tabs.setCurrentIndex(int(number))
        editor.panels_shown.hide(str(read("window/hidden", "")).split())
        editor.heating.restore(str(read("window/heat", "")))
        editor.training.choices.restore(str(read("window/charts", "")))
        editor.runs.only_own.setChecked(str(read("window/runs", "all")) == "own")
        editor.canvas.show_stages(str(read("window/stages", "on")) != "off")


def state(editor: Editor) -> dict[str, object]:
    """Return what is kept of an editor."""
    return {
        "columns": editor.saveState(),
        "rows": editor.middle.saveState(),
        "tab": str(editor.tabs.currentIndex()),
        "palette-tab": str(editor.palette_panel.tabs.currentIndex()),
        "hidden": " ".join(editor.panels_shown.hidden),
        "heat": editor.heating.chosen,
        "charts": editor.training.choices.text,
        "runs": "own" if editor.runs.only_own.isChecked() else "all",
        "stages": "on" if editor.canvas.scene.staged else "off",
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(str(path.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:24]
