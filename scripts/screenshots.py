"""Make the pictures in docs/ by driving the real window: ``python scripts/screenshots.py``."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from grapheditor.edit import Change, edits
from grapheditor.ui import style
from grapheditor.ui.app import application
from grapheditor.ui.window import Window, wanted_theme

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIZE = (1400, 880)


def until(condition: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        QApplication.processEvents()
        time.sleep(0.005)
        assert time.monotonic() < end, "the window did not get there"


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_DATA_HOME"] = home
        app = application()
        settings = QSettings(str(Path(home) / "window.ini"), QSettings.Format.IniFormat)
        settings.setValue("theme", "dark")
        style.apply(app, wanted_theme(settings))
        window = Window(settings)
        window.resize(*SIZE)
        window.show()
        session = window.session
        until(lambda: len(session.surveys.gallery) == len(session.catalog.templates))
        until(lambda: not window.icons.waiting)
        window.grab().save(str(DOCS / "start.png"))
        window.train_digits()
        until(lambda: session.training.run is not None and session.training.run.epoch >= 5)
        window.canvas.select(["conv2"])
        until(lambda: session.findings.source is not None)
        QApplication.processEvents()
        window.grab().save(str(DOCS / "window.png"))
        session.training.stop()
        until(lambda: not session.training.run.alive)
        settings.setValue("theme", "light")
        window.choose_theme("light")
        window.canvas.select(["pool1"])
        session.document.commit(_with_large_pool(window))
        until(lambda: bool(session.findings.analysis and session.findings.analysis.problems))
        until(lambda: bool(session.findings.fixes) and not session.findings.seeks)
        window.editor.show_problems()
        window.canvas.select(["conv2"])
        QApplication.processEvents()
        window.grab().save(str(DOCS / "problem.png"))
        session.document.mark_saved()
        window.close()


def _with_large_pool(window: Window) -> Change:
    return edits.set_option(window.session.scope, window.session.catalog, ["pool1"], "kernel_size", 5)


if __name__ == "__main__":
    main()
