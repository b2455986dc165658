"""The window: assembles the panels around a session, and does what the table of actions asks for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QPoint, QSettings, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QMainWindow,
    QMenu,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

import grapheditor
from grapheditor.edit.journal import Remains
from grapheditor.graph import FileError, Graph, read
from grapheditor.graph.disk import before
from grapheditor.ui import style
from grapheditor.ui.actions import ACTIONS, CONTEXT, MENUS, Action
from grapheditor.ui.bars import StatusBar, TopBar
from grapheditor.ui.commands import CommandPalette
from grapheditor.ui.notice import NoticeBar
from grapheditor.ui.session import SUFFIX, Session
from grapheditor.ui.start import StartPage
from grapheditor.ui.telling import Notice, sentence
from grapheditor.ui.theme import DARK, LIGHT, THEMES, Theme
from grapheditor.ui.widgets import Icons

if TYPE_CHECKING:
    from grapheditor.ui.canvas import Canvas
    from grapheditor.ui.editor import Editor

MOST_RECENT = 6
FILTERS = {".onnx": "ONNX (*.onnx)", ".py": "PyTorch source (*.py)", ".safetensors": "Weights (*.safetensors)"}


class Window(QMainWindow):
    """One window with one document."""

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self.settings = settings
        self.session: Session = Session(self)
        self.theme = wanted_theme(self.settings)
        self.icons = Icons()
        self._editor: Editor | None = None
        self._painted = False
        self.actions_by_id: dict[str, QAction] = {}
        self._tasks: dict[str, Action] = {action.id: action for action in ACTIONS}
        self.setAcceptDrops(True)
        self.setMinimumSize(900, 560)
        self._make_actions()
        self._build()
        self._connect()
        self._restore()
        self._refresh_actions()
        self._retitle()

    # Building

    def _make_actions(self) -> None:
        menus = {name: self.menuBar().addMenu(name) for name in MENUS}
        for item in ACTIONS:
            action = QAction(item.title, self)
            action.setObjectName(f"action-{item.id}")
            action.setShortcuts([QKeySequence(key) for key in item.keys])
            if item.on_canvas:
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(lambda _checked=False, name=item.id: self.perform(name))
            self.actions_by_id[item.id] = action
            if item.first:
                menus[item.menu].addSeparator()
            menus[item.menu].addAction(action)
        for menu in menus.values():
            menu.aboutToShow.connect(self._refresh_actions)

    def _build(self) -> None:
        session, theme = self.session, self.theme
        self.topbar = TopBar(session, self.actions_by_id, self.icons, theme)
        self.statusbar = StatusBar(session, theme)
        self.start = StartPage(session, theme)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.start)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.topbar)
        column.addWidget(self.pages, 1)
        column.addWidget(self.statusbar)
        self.setCentralWidget(whole)
        self.notice = NoticeBar(theme, self.pages)

    @property
    def editor(self) -> Editor:
        """The editor, made when it is asked for first."""
        if self._editor is None:
            from grapheditor.ui.editor import Editor

            keyed = [self.actions_by_id[item.id] for item in ACTIONS if item.on_canvas]
            self._editor = Editor(self.session, self.theme, keyed)
            self._editor.restore(self.settings)
            self._editor.selection_changed.connect(self._refresh_actions)
            self._editor.template_chosen.connect(lambda name: self.new(name))
            self._editor.told.connect(self.statusbar.tell)
            self._editor.graph_wanted.connect(self.show_graph)
            self._editor.canvas.menu_wanted.connect(self.offer)
            self.pages.addWidget(self._editor)
        return self._editor

    @property
    def canvas(self) -> Canvas:
        """The canvas of the editor."""
        return self.editor.canvas

    def _connect(self) -> None:
        session = self.session
        session.opened.connect(self._open)
        session.edited.connect(self._refresh_actions)
        session.titled.connect(self._retitle)
        session.analysed.connect(self._refresh_actions)
        session.run_changed.connect(self._refresh_actions)
        session.exporting_changed.connect(self._refresh_actions)
        session.told.connect(self.notice.show_notice)
        session.opened.connect(self.notice.forget)
        session.safety.settled.connect(self.notice.settle)
        session.safety.changed.connect(self._refresh_actions)
        self.notice.node_chosen.connect(lambda name: self.editor.go_to(name))
        self.statusbar.problems_chosen.connect(lambda: self.editor.show_problems())
        self.statusbar.runs_chosen.connect(lambda: self.perform("show-runs"))
        self.topbar.device_chosen.connect(self._choose_device)
        self.start.train_digits.connect(self.train_digits)
        self.start.empty.connect(lambda: self.new())
        self.start.browse.connect(self.browse)
        self.start.file_chosen.connect(self.open)
        self.start.template_chosen.connect(self.new)
        self.start.recover.connect(self.recover)
        self.start.discard.connect(self._discard)
        hints = QApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow_system)

    def _restore(self) -> None:
        self.resize(1400, 900)
        state = self.settings.value("window/geometry")
        if isinstance(state, QByteArray):
            self.restoreGeometry(state)
        self.start.show_recent(self._recent())
        self.start.train.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Behind the first paint comes what takes longer: the engine, icons, pictures, the editor."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self._warm)

    def _warm(self) -> None:
        self.session.engine.start()
        self.start.show_left(self.session.safety.left())
        self.start.draw_pictures()
        QTimer.singleShot(20, self.icons.load)
        QTimer.singleShot(40, lambda: self.editor)

    # What changes

    def _open(self) -> None:
        if self.session.document is not None:
            self.pages.setCurrentWidget(self.editor)
            self.editor.canvas.setFocus()
        self._refresh_actions()
        self._retitle()

    def _retitle(self) -> None:
        if self.session.document is None:
            self.setWindowTitle("grapheditor")
            return
        path = self.session.path
        name = path.name if path else self.session.name
        marks = ["read-only"] if self.session.safety.read_only else []
        marks += ["edited"] if self.session.document.edited else []
        self.setWindowTitle(" — ".join([name, *marks]))

    def _refresh_actions(self) -> None:
        for name, action in self.actions_by_id.items():
            why = self._tasks[name].why_not(self)
            action.setEnabled(why is None)
            key = f" ({self._tasks[name].keys[0]})" if self._tasks[name].keys else ""
            action.setToolTip(why or f"{self._tasks[name].title.rstrip('…')}{key}")

    def perform(self, name: str) -> None:
        """Do an action, or say why it cannot be done."""
        why = self._tasks[name].why_not(self)
        if why is None:
            self._tasks[name].run(self)
        else:
            self.statusbar.tell(why)
        self._refresh_actions()

    # Documents

    def new(self, template: str | None = None, options: Any = None) -> None:
        """Open an empty graph or a template."""
        if self._may_leave():
            self.session.new(template, options)

    def browse(self) -> None:
        """Ask for a file and open it."""
        name, _ = QFileDialog.getOpenFileName(self, "Open a graph", self._folder(), f"Graphs (*{SUFFIX} *.json)")
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Open a file."""
        if self._may_leave() and self.session.open(path):
            self._remember(path)

    def recover(self, left: Remains) -> None:
        """Open what a program that ended has left."""
        if self._may_leave():
            self.session.recover(left)

    def _discard(self, left: Remains) -> None:
        self.session.safety.discard(left)
        self.start.show_left(self.session.safety.left())

    def open_before(self) -> None:
        """Open the version before the last save, as a graph that has no file yet."""
        path = self.session.path
        if path is None or not self._may_leave():
            return
        try:
            graph = read(before(path), self.session.catalog.history)
        except FileError as error:
            self.notice.show_notice(Notice(sentence(error), wrong=True))
            return
        graph.path = None
        self.session.show(graph)
        text = f"This is {path.name} as it was before it was saved last. Saving asks where to."
        self.notice.show_notice(Notice(text))

    def show_graph(self, graph: Graph, text: str) -> None:
        """Open a graph that has no file, and tell what it is."""
        if self._may_leave():
            self.session.show(graph)
            self.notice.show_notice(Notice(text))

    def save(self) -> bool:
        """Save the graph; ask where, the first time, and before writing over what others have written."""
        path, safety = self.session.path, self.session.safety
        if path is None or safety.read_only is not None:
            return self.save_as()
        safety.look()
        if safety.is_changed() and not self._may_write_over(path):
            safety.look(again=True)
            return False
        return self._save_to(path)

    def _may_write_over(self, path: Path) -> bool:
        buttons = QMessageBox.StandardButton
        text = (
            f"{path.name} was changed outside since it was opened here. Write over it? "
            f"What is there now is kept as {before(path).name}."
        )
        answer = QMessageBox.question(self, "Write over the file?", text, buttons.Yes | buttons.Cancel, buttons.Cancel)
        return answer == buttons.Yes

    def save_as(self) -> bool:
        """Ask where to save the graph, and save it."""
        suggested = str(Path(self._folder()) / f"{self._file_name()}{SUFFIX}")
        name, _ = QFileDialog.getSaveFileName(self, "Save the graph", suggested, f"Graphs (*{SUFFIX})")
        if not name:
            return False
        path = Path(name if name.endswith(".json") else f"{name}{SUFFIX}")
        return self._may_replace(path, name) and self._save_to(path)

    def _may_replace(self, path: Path, asked: str) -> bool:
        """Ask before writing over a file that the dialog did not ask about, since the ending was added behind it."""
        if str(path) == asked or not path.exists():
            return True
        buttons = QMessageBox.StandardButton
        text = f"{path.name} exists already. Write over it?"
        return QMessageBox.question(self, "Write over the file?", text, buttons.Yes | buttons.No) == buttons.Yes

    def _save_to(self, path: Path) -> bool:
        saved = self.session.save(path)
        if saved:
            self._remember(path)
        return saved

    def export(self, suffix: str) -> None:
        """Ask where to, and export in the format of the suffix."""
        suggested = str(Path(self._folder()) / f"{self._file_name()}{suffix}")
        name, _ = QFileDialog.getSaveFileName(self, "Export", suggested, FILTERS[suffix])
        path = Path(name if name.endswith(suffix) else f"{name}{suffix}")
        if name and self._may_replace(path, name):
            self.session.export(path)

    def show_start(self) -> None:
        """Close the graph and go to the start page."""
        if self._may_leave():
            self.session.leave()
            self.start.show_recent(self._recent())
            self.start.show_left(self.session.safety.left())
            self.pages.setCurrentIndex(0)
            self._refresh_actions()
            self._retitle()

    def _file_name(self) -> str:
        return "-".join(self.session.name.lower().split()) or "untitled"

    def _folder(self) -> str:
        if self.session.path is not None:
            return str(self.session.path.parent)
        return str(self.settings.value("folder", str(Path.home())))

    def _recent(self) -> list[Path]:
        stored = self.settings.value("recent", [])
        names = [str(name) for name in (stored if isinstance(stored, list) else [stored])]
        return [Path(name) for name in names if os.path.isfile(name)][:MOST_RECENT]  # noqa: PTH113 - Path.is_file raises for folders it may not read

    def _remember(self, path: Path) -> None:
        path = path.absolute()
        names = [str(path), *(str(item) for item in self._recent() if item != path)]
        self.settings.setValue("recent", names[:MOST_RECENT])
        self.settings.setValue("folder", str(path.parent))

    def _may_leave(self) -> bool:
        """Ask what to do with changes that are not saved; False where the person stays."""
        document = self.session.document
        if document is None or not document.edited:
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self,
            "Save the changes?",
            f"{self.session.path.name if self.session.path else self.session.name} has changes that are not saved.",
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )
        return self.save() if answer == buttons.Save else answer == buttons.Discard

    # Actions

    def train_digits(self) -> None:
        """Open the digits example and train it at once."""
        self.new("mnist-convnet")
        if self.session.document is not None:
            self.editor.show_training()
            self.session.train_when_sound()

    def train(self) -> None:
        """Start a run and show its curves."""
        self.editor.show_training()
        self.session.train()

    def undo(self) -> None:
        """Take the last step back and say what it was."""
        document = self.session.document
        step = document.undo() if document else None
        if step is not None:
            self.statusbar.tell(f"Undone: {step.title}")

    def redo(self) -> None:
        """Take the last undone step again and say what it was."""
        document = self.session.document
        step = document.redo() if document else None
        if step is not None:
            self.statusbar.tell(f"Redone: {step.title}")

    def commands(self) -> None:
        """Open the command palette."""
        offered = [(item, item.why_not(self)) for item in ACTIONS if item.id != "commands"]
        CommandPalette(self, offered, self.perform)

    def offer(self, place: QPoint, where: str) -> None:
        """Offer at a place of the screen what can be done with what is there."""
        menu = QMenu(self)
        menu.setObjectName("context")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._refresh_actions()
        for name in CONTEXT[where]:
            menu.addAction(self.actions_by_id[name])
        menu.popup(place)

    def about(self) -> None:
        """Say what this is."""
        text = (
            f"grapheditor {grapheditor.__version__}: a deep network is a graph of tensor operators. Apache License 2.0."
        )
        self.notice.show_notice(Notice(text))

    def _choose_device(self, name: str) -> None:
        self.session.device = name
        self.session.chosen_device = True
        self.topbar.refresh()
        self.statusbar.refresh()

    # Theme

    def choose_theme(self, name: str) -> None:
        """Use a theme from now on, or the system's."""
        self.settings.setValue("theme", name)
        self._apply_theme(wanted_theme(self.settings))

    def _follow_system(self) -> None:
        self._apply_theme(wanted_theme(self.settings))

    def _apply_theme(self, theme: Theme) -> None:
        self.theme = self.notice.theme = theme
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        style.apply(app, theme)
        self.topbar.set_theme(theme)
        self.statusbar.set_theme(theme)
        self.start.set_theme(theme)
        if self._editor is not None:
            self._editor.set_theme(theme)

    # The end

    def changeEvent(self, event: QEvent) -> None:
        """Look at the file when people come back to the window: not every disk tells of changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.session.safety.look()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the first file that was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.open(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about what is not saved and what still trains; then end the child processes."""
        if not self._may_leave() or not self._may_stop():
            event.ignore()
            return
        self.settings.setValue("window/geometry", self.saveGeometry())
        if self._editor is not None:
            self._editor.keep(self.settings)
        QApplication.styleHints().colorSchemeChanged.disconnect(self._follow_system)
        self.hide()
        self.session.close()
        event.accept()

    def _may_stop(self) -> bool:
        run = self.session.run
        if run is None or not run.alive:
            return True
        buttons = QMessageBox.StandardButton
        text = f"A run of {self.session.name} goes on. Stop it and close? What it has learned is kept."
        answer = QMessageBox.question(self, "Stop the run?", text, buttons.Yes | buttons.Cancel, buttons.Yes)
        return answer == buttons.Yes


def wanted_theme(settings: QSettings) -> Theme:
    """Return the theme of GRAPHEDITOR_THEME, the one chosen, or the system's; dark where the system does not say."""
    wanted = os.environ.get("GRAPHEDITOR_THEME") or str(settings.value("theme", "system"))
    if wanted in THEMES:
        return THEMES["dark" if wanted == "dark" else "light"]
    light = QApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    return LIGHT if light else DARK
