"""All windows of the process: which one a file opens in, the look and the keys that they share, and quitting.

Each window has an engine of its own, started behind its first paint: what crashes, hangs or runs out of memory over one
graph leaves the other windows alone, and an engine never has to hold two graphs apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from grapheditor.ui import style, theme
from grapheditor.ui.own import Belongings
from grapheditor.ui.preferences import Preferences
from grapheditor.ui.recents import Recents
from grapheditor.ui.texts import counted, tr
from grapheditor.ui.widgets import rescale

if TYPE_CHECKING:
    from grapheditor.ui.settings import SettingsDialog
    from grapheditor.ui.window import Window

APART = 32
"""Pixels from a window to the next one that opens over it."""


class Windows(QObject):
    """The windows, the newest last."""

    changed = Signal()

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.preferences = Preferences(settings, self)
        self.recents = Recents(settings)
        self.belongings = Belongings(self)
        self.all: list[Window] = []
        self.dialog: SettingsDialog | None = None
        self.preferences.looks_changed.connect(self.apply_looks)
        self.preferences.keys_changed.connect(self._bind_keys)
        self.preferences.helpers_changed.connect(self._heed_helpers)
        QApplication.styleHints().colorSchemeChanged.connect(self._follow_system)
        theme.set_scale(self.preferences.scale)
        self._scale = theme.scale()

    def add(self, window: Window) -> None:
        """Take a window in."""
        self.all.append(window)
        self.changed.emit()

    def remove(self, window: Window) -> None:
        """Forget a window that was closed."""
        if window in self.all:
            self.all.remove(window)
            self.changed.emit()
        if not self.all and self.dialog is not None:
            self.dialog.close()

    # Opening

    def make(self, near: Window | None = None) -> Window:
        """Open another window on its start page."""
        from grapheditor.ui.window import Window

        window = Window(self.settings, self)
        if len(self.all) == 1:  # a style sheet that is there before is applied anew as each part finds its place
            self.apply_looks()
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if near is not None:
            place = near.geometry().translated(APART, APART)
            screen = near.screen().availableGeometry()
            window.setGeometry(place if screen.contains(place.topLeft()) else near.geometry())
        window.show()
        return window

    def new(self, near: Window, template: str | None = None, options: Any = None) -> Window:
        """Open an empty graph or a template, in a window that shows nothing yet or in a new one."""
        window = near if near.is_blank else self.make(near)
        window.new(template, options)
        return window

    def open(self, paths: Iterable[Path], near: Window) -> list[Window]:
        """Open files, each in a window; one that is open already is raised. What cannot be read is told in ``near``."""
        found: list[Window] = []
        for path in paths:
            window = self.showing(path)
            if window is None:
                read = near.session.read(path)
                if read is None:
                    continue
                window = near if near.is_blank else self.make(near)
                window.show_file(path, *read)
            raise_window(window)
            found.append(window)
        return found

    def showing(self, path: Path) -> Window | None:
        """Return the window that shows a file."""
        for window in self.all:
            shown = window.session.path
            if shown is not None and _same(shown, path):
                return window
        return None

    def next(self, window: Window) -> None:
        """Raise the window after this one."""
        raise_window(self.all[(self.all.index(window) + 1) % len(self.all)])

    # The end

    def quit(self) -> bool:
        """Close all windows; what is not saved, and what still trains, is asked about once."""
        if not self._may_lose() or not self._may_stop():
            return False
        for window in list(self.all):
            window.close_unasked()
        return True

    def _may_lose(self) -> bool:
        edited = [window for window in self.all if window.is_edited]
        if len(edited) < 2:
            return all(window.may_leave() for window in edited)
        buttons = QMessageBox.StandardButton
        names = "\n".join(f"• {window.title}" for window in edited)
        text = counted(len(edited), "", "{n} graphs have changes that are not saved:")
        answer = QMessageBox.question(
            QApplication.activeWindow() or edited[0],
            tr("Save the changes?"),
            f"{text}\n\n{names}",
            buttons.SaveAll | buttons.Discard | buttons.Cancel,
            buttons.SaveAll,
        )
        if answer == buttons.SaveAll:
            return all(window.files.save() for window in edited)
        return answer == buttons.Discard

    def _may_stop(self) -> bool:
        return may_stop([window for window in self.all if window.trains])

    # What they share

    def show_settings(self, near: Window) -> SettingsDialog:
        """Open the settings, or raise them."""
        from grapheditor.ui.settings import SettingsDialog

        if self.dialog is None:
            self.dialog = SettingsDialog(self.preferences, near)
            self.dialog.finished.connect(self._forget_dialog)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        return self.dialog

    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _follow_system(self) -> None:
        if self.preferences.theme_name == "system":
            self.apply_looks()

    def apply_looks(self) -> None:
        """Give the application, and the windows that are open, the theme and the scale that were chosen."""
        before = self._scale
        theme.set_scale(self.preferences.scale)
        self._scale = theme.scale()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        style.apply(app, self.preferences.theme)
        for window in self.all:
            window.rescale(before)  # also at the same scale: a new style sheet forgets fonts
            window.set_theme(self.preferences.theme)
            window.set_motion(self.preferences.moves)
        if self.dialog is not None:
            rescale(self.dialog, before)

    def _heed_helpers(self) -> None:
        for window in self.all:
            window.session.findings.heed_helpers()

    def _bind_keys(self) -> None:
        for window in self.all:
            window.bind_keys()


def raise_window(window: Window) -> None:
    """Bring a window to the front."""
    window.show()
    window.raise_()
    window.activateWindow()


def may_stop(training: Sequence[Window]) -> bool:
    """Ask what becomes of what still trains in these windows; True where nothing does, or where that is decided."""
    if not training:
        return True
    names = ", ".join(window.session.name for window in training)
    waits = any(window.session.training.queue for window in training)
    wanted = ask_running(QApplication.activeWindow() or training[0], names, waits=waits)
    if wanted == "detach":
        for window in training:
            window.session.training.detach()
    return wanted != "cancel"


def ask_running(parent: QWidget, names: str, *, waits: bool = False) -> Literal["stop", "detach", "cancel"]:
    """Ask whether runs that go on stop with their windows, or go on without. waits: others wait for their end."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(tr("Training goes on"))
    box.setText(tr("Still training: {names}.", names=names))
    told = tr("What is stopped keeps what it has learned. What goes on is found again when its graph is opened.")
    box.setInformativeText(f"{told} {tr('What waits to be trained is forgotten.')}" if waits else told)
    stop = box.addButton(tr("Stop"), QMessageBox.ButtonRole.AcceptRole)
    on = box.addButton(tr("Let it go on"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(stop)
    box.exec()
    return "stop" if box.clickedButton() is stop else "detach" if box.clickedButton() is on else "cancel"


def _same(a: Path, b: Path) -> bool:
    try:
        return a.samefile(b)
    except OSError:
        return a.absolute() == b.absolute()
