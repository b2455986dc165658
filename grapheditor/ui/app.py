"""Starts the window."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from grapheditor.ui import texts
from grapheditor.ui.theme import load_fonts


def application() -> QApplication:
    """Return the application, made with fonts and names."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("grapheditor")
    app.setApplicationDisplayName("grapheditor")
    app.setOrganizationName("grapheditor")
    load_fonts()
    texts.install(app)
    return app


def settings() -> QSettings:
    """Return where the window keeps its state: a file in the user's configuration folder."""
    import platformdirs

    folder = Path(platformdirs.user_config_dir("grapheditor", appauthor=False))
    return QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)


def run(path: Path | None) -> int:
    """Open the window, with a file where one is given; return the exit code."""
    app = application()
    from grapheditor.ui.windows import Windows

    windows = Windows(settings(), app)
    window = windows.make()
    if path is not None:
        window.take_in([path])
    _listen_to_signals(windows.quit)
    return app.exec()


def _listen_to_signals(close: object) -> None:
    """Let Ctrl+C in the terminal close the windows: Python handles signals only while its code runs."""
    signal.signal(signal.SIGINT, lambda _number, _frame: QTimer.singleShot(0, close))  # type: ignore[call-overload]
    timer = QTimer(QApplication.instance())
    timer.start(250)
    timer.timeout.connect(lambda: None)


if __name__ == "__main__":
    raise SystemExit(run(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
