"""The window: assembles the panels around a session, and does what the table of actions asks for."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMoveEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

import grapheditor
from grapheditor import state
from grapheditor.edit import Document
from grapheditor.edit.change import between
from grapheditor.edit.journal import Remains
from grapheditor.graph import Graph
from grapheditor.ui import garbage
from grapheditor.ui.actions import ACTIONS
from grapheditor.ui.bars import StatusBar, TopBar
from grapheditor.ui.files import WEIGHTS, Files
from grapheditor.ui.keeping import Keeper
from grapheditor.ui.keys import Keymap, chords
from grapheditor.ui.notice import NoticeBar
from grapheditor.ui.offers import Offers
from grapheditor.ui.opening import is_sample
from grapheditor.ui.preferences import Preferences
from grapheditor.ui.session import Session
from grapheditor.ui.start import StartPage
from grapheditor.ui.telling import Choice, Notice, sentence
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, scale
from grapheditor.ui.widgets import Icons, rescale
from grapheditor.ui.windows import Windows, may_stop

if TYPE_CHECKING:
    from grapheditor.ui.canvas import Canvas
    from grapheditor.ui.editor import Editor

SMALLEST = QSize(900, 560)


class Window(QMainWindow):
    """One window with one document."""

    def __init__(self, settings: QSettings, windows: Windows | None = None) -> None:
        super().__init__()
        self.settings = settings
        self.windows: Windows = windows or Windows(settings, self)
        self.preferences = self.windows.preferences
        self.session: Session = Session(self)
        self.session.own.join(self.windows.belongings)
        self.theme = self.preferences.theme
        self.icons = Icons()
        self._editor: Editor | None = None
        self._painted = False
        self._asked = False
        self._welcomed: Document | None = None
        """The document of which the first view was chosen."""
        self.setAcceptDrops(True)
        self.setMinimumSize(SMALLEST.boundedTo(self.screen().availableSize()))
        self.keeper = Keeper(self)
        self.files: Files = Files(self)
        self._build()
        self._connect()
        self._restore()
        self.bind_keys()
        self._retitle()
        self.windows.add(self)

    # Building

    @property
    def actions_by_id(self) -> dict[str, QAction]:
        """The actions of the table."""
        return self.offers.actions

    @property
    def keymap(self) -> Keymap:
        """The keys as they are now."""
        return self.preferences.keymap

    def bind_keys(self) -> None:
        """Give everything its keys, and tell of them."""
        self.offers.bind(self.keymap)
        if self._editor is not None:
            self._bind_editor(self._editor)
        self.start.show_keys(*map(self.keymap.hint, ("new", "open")))
        self.topbar.show_keys(self.keymap)

    def _bind_editor(self, editor: Editor) -> None:
        self.offers.bind_canvas(editor.canvas)
        held = [(chords(key), item.held) for item in ACTIONS if item.held for key in self.keymap.keys(item.id)]
        editor.canvas.held_keys = {int(pressed[0].key()): way for pressed, way in held if len(pressed) == 1}
        editor.show_keys(self.keymap)

    def _build(self) -> None:
        session, theme = self.session, self.theme
        self.offers = Offers(self)
        self.topbar = TopBar(session, self.actions_by_id, self.icons, theme)
        self.statusbar = StatusBar(session, self.actions_by_id["weights"], self.actions_by_id["begin"], theme)
        self.start = StartPage(session, theme, self.icons)
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
            self._editor = Editor(self.session, self.theme, keyed, self.pages)
            self._connect_editor(self._editor)
            self.pages.addWidget(self._editor)
            self.notice.keep_to(self._editor.canvas)
            self.keeper.restore(self._editor)
            self._bind_editor(self._editor)
            self.set_motion(self.preferences.moves)
            self._watch(self._editor)
        return self._editor

    def _connect_editor(self, editor: Editor) -> None:
        editor.selection_changed.connect(self._refresh_actions)
        editor.template_chosen.connect(lambda name: self.windows.new(self, name))
        editor.told.connect(self.statusbar.tell)
        editor.graph_wanted.connect(self.show_graph)
        editor.tour.action_wanted.connect(self.perform)
        editor.file_wanted.connect(self.look_at)
        editor.kept_wanted.connect(lambda path: self.windows.open([path], self))
        editor.canvas.menu_wanted.connect(self.offers.at)
        editor.welcomed.connect(self._welcome)
        editor.training.take_menus(self.actions_by_id)
        editor.lenses.bar.bind(self.actions_by_id)
        editor.training.export_wanted.connect(self.files.export_curves)

    def _watch(self, editor: Editor) -> None:
        """Keep the state of the editor whenever it changes."""
        panels = (editor.palette_panel.tabs.currentChanged, editor.tabs.currentChanged, editor.panels_shown.changed)
        moved = (editor.splitterMoved, editor.middle.splitterMoved)
        chosen = (editor.heating.changed, editor.training.choices.changed, editor.runs.narrowed)
        for signal in (*panels, *moved, *chosen):
            signal.connect(self.keeper.touch)
        for signal in (*panels, *moved):
            signal.connect(self._refresh_actions)
        for signal in (editor.canvas.viewed, self.session.entered, self.session.titled):
            signal.connect(self._see)

    def _welcome(self) -> None:
        """Show of a file that was opened what one saw of it last, else its beginning."""
        path, document = self.session.path, self.session.document
        known = self.keeper.views.find(path) if path is not None else None
        if known is not None:
            place, sight = known
            self.session.enter(place)
            if self.session.place == place:
                self.canvas.show_sight(sight)
                self._welcomed = document
                return
        self.canvas.welcome()
        self._welcomed = document

    def _see(self) -> None:
        """What is in sight counts from when the document was shown as it is to be shown first."""
        document = self.session.document
        if document is not None and document is self._welcomed:
            self.keeper.see()

    @property
    def shows_editor(self) -> bool:
        """Whether the editor is made: until then nothing of it can be asked for."""
        return self._editor is not None

    @property
    def canvas(self) -> Canvas:
        """The canvas of the editor."""
        return self.editor.canvas

    def _connect(self) -> None:
        session = self.session
        session.opened.connect(self._open)
        session.edited.connect(self._refresh_actions)
        session.titled.connect(self._retitle)
        session.findings.analysed.connect(self._refresh_actions)
        session.findings.planned.connect(self._refresh_actions)
        session.training.changed.connect(self._refresh_actions)
        session.abilities.changed.connect(self._refresh_actions)
        session.exports.changed.connect(self._refresh_actions)
        session.trials.changed.connect(self._refresh_actions)
        session.fetching.changed.connect(self._refresh_actions)
        session.pins.changed.connect(self._refresh_actions)
        session.pins.walk.changed.connect(self._refresh_actions)
        session.told.connect(self.notice.show_notice)
        session.opened.connect(self.notice.forget)
        session.safety.settled.connect(self.notice.settle)
        session.adapting.settled.connect(self.notice.settle)
        session.training.settled.connect(self.notice.settle)
        session.data.wanted.connect(self.files.choose_data)
        session.beginning.settled.connect(self.notice.settle)
        session.beginning.wanted.connect(self.files.begin_from_weights)
        session.weights.wanted.connect(self.files.take_weights)
        self.topbar.refused.connect(self.perform)
        session.safety.changed.connect(self._refresh_actions)
        self.notice.node_chosen.connect(lambda name: self.editor.go_to(name))
        self.statusbar.problems_chosen.connect(lambda: self.editor.show_problems())
        self.start.train_digits.connect(self.train_digits)
        self.start.empty.connect(lambda: self.new())
        self.start.browse.connect(self.files.browse)
        self.start.file_chosen.connect(lambda path: self.windows.open([path], self))
        self.start.template_chosen.connect(self.new)
        self.start.tour_chosen.connect(self.start_tour)
        self.start.recover.connect(self.recover)
        self.start.discard.connect(self._discard)

    def _restore(self) -> None:
        self.resize(QSize(1400, 900).boundedTo(self.screen().availableSize().expandedTo(SMALLEST)))
        state = self.settings.value("window/geometry")
        if isinstance(state, QByteArray):
            self.restoreGeometry(state)
        self.start.show_recent(self.windows.recents.files())
        self.start.train.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Behind the first paint comes what takes longer: the engine, icons, pictures, the editor."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self._warm)

    def _warm(self) -> None:
        self.windows.belongings.look()  # which declares the operators
        garbage.collect_here()
        self.session.engine.start()
        self.start.show_left(self.session.safety.left())
        self.start.draw_pictures()
        QTimer.singleShot(20, self, self.icons.load)
        QTimer.singleShot(40, self, lambda: self.editor)

    # What changes

    def _open(self) -> None:
        if self.session.document is not None:
            self.pages.setCurrentWidget(self.editor)
            self.editor.canvas.setFocus()
        self._refresh_actions()
        self._retitle()

    @property
    def title(self) -> str:
        """What the window shows: the name of its file, of its graph, or the program's."""
        if self.session.document is None:
            return "grapheditor"
        return self.session.path.name if self.session.path else self.session.name

    @property
    def is_blank(self) -> bool:
        """Whether nothing is open here, or an empty graph that nobody has touched."""
        document = self.session.document
        if document is None:
            return True
        return not document.graph.nodes and not document.edited and document.graph.path is None and not self.trains

    @property
    def is_edited(self) -> bool:
        """Whether there are changes that are not saved."""
        return self.session.document is not None and self.session.document.edited

    @property
    def trains(self) -> bool:
        """Whether a run goes on here."""
        return self.session.training.ends_here

    def _retitle(self) -> None:
        marks = []
        if self.session.document is not None:
            marks += [tr("read-only")] if self.session.safety.read_only else []
            marks += [tr("edited")] if self.is_edited else []
        self.setWindowTitle(" — ".join([self.title, *marks]))
        self.windows.changed.emit()

    def _refresh_actions(self) -> None:
        self.offers.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leads back to the canvas; of an action that cannot be done, its key says why."""
        pressed = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
        here = self._editor is not None and self.canvas.hasFocus()
        refused = self.offers.is_refused(pressed, here)
        if pressed == "Esc" and self.session.document is not None:
            self.canvas.setFocus()
        elif self.session.document is None and "paste" in self.keymap.holders(pressed):
            self.perform("paste")
        elif refused is not None:
            self.perform(refused)
        else:
            super().keyPressEvent(event)

    def perform(self, name: str) -> None:
        """Do an action, or say why it cannot be done."""
        self.offers.perform(name)

    def next_panel(self, by: int = 1) -> None:
        """Move the focus to the next panel, or the one before: bar above, notice, palette, canvas and so on."""
        panels = [(self.topbar, None), (self.notice, None), *self.editor.panels, (self.statusbar, None)]
        focus = QApplication.focusWidget()
        held = [focus is not None and (panel is focus or panel.isAncestorOf(focus)) for panel, _ in panels]
        here = held.index(True) if True in held else len(panels) - 1
        for step in range(1, len(panels) + 1):
            panel, first = panels[(here + by * step) % len(panels)]
            target = first or next(filter(_takes_focus, panel.findChildren(QPushButton)), None)
            if panel.isVisible() and target is not None:
                target.setFocus(Qt.FocusReason.TabFocusReason)
                return

    # Documents

    def new(self, template: str | None = None, options: Any = None) -> None:
        """Open an empty graph or a template."""
        if self.may_leave():
            self.session.new(template, options)

    def start_tour(self, name: str) -> None:
        """Open the template that a tour leads through, and begin it."""
        tour = self.session.catalog.tours[name]
        if self.may_leave():
            self.session.new(tour.template, tour.options)
            self.editor.tour.begin(tour)

    def open(self, path: Path) -> None:
        """Open a file in this window, in the place of what it shows."""
        if self.may_leave() and self.session.open(path):
            self.remember(path)

    def show_file(self, path: Path, graph: Graph, data: bytes) -> None:
        """Show a file that was read."""
        self.session.show(graph, data)
        self.remember(path)

    def recover(self, left: Remains) -> None:
        """Open what a program that ended has left."""
        if self.may_leave():
            self.session.recover(left)

    def paste(self) -> None:
        """Add the nodes on the clipboard; where nothing is open, make a graph of them, as one step of undo."""
        if self.session.document is not None:
            self.canvas.paste()
            return
        from grapheditor.ui.canvas.editing import pasted

        try:
            graph = pasted(QGuiApplication.clipboard().text(), self.session.catalog)
        except ValueError as error:
            self.notice.show_notice(Notice(sentence(error), wrong=True))
            return
        self.session.new()
        self.session.edit(between(self.session.graph, graph, "Paste"))

    def _discard(self, left: Remains) -> None:
        self.session.safety.discard(left)
        self.start.show_left(self.session.safety.left())

    def show_graph(self, graph: Graph, text: str) -> None:
        """Open a graph that has no file, and tell what it is."""
        if self.may_leave():
            self.session.show(graph)
            self.notice.show_notice(Notice(text))

    def show_start(self) -> None:
        """Close the graph and go to the start page."""
        if self.may_leave():
            self.session.leave()
            self.start.show_recent(self.windows.recents.files())
            self.start.show_left(self.session.safety.left())
            self.pages.setCurrentIndex(0)
            self._refresh_actions()
            self._retitle()

    def remember(self, path: Path) -> None:
        """Put a file first among those that were open last."""
        self.windows.recents.remember(path)
        self._refresh_actions()

    def forget_recent(self) -> None:
        """Forget which files were open last."""
        self.windows.recents.clear()
        self.start.show_recent([])
        self._refresh_actions()

    def may_leave(self) -> bool:
        """Ask what to do with changes that are not saved; False where the person stays."""
        document = self.session.document
        if document is None or not document.edited:
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self,
            tr("Save the changes?"),
            tr("{name} has changes that are not saved.", name=self.title),
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )
        return self.files.save() if answer == buttons.Save else answer == buttons.Discard

    # Actions

    def train_digits(self) -> None:
        """Open the digits example and train it at once, with a lens at its first convolution."""
        self.new("mnist-convnet")
        if self.session.document is not None:
            self.editor.show_training()
            self.session.training.start()
            self.editor.leads_on = True
            self.session.pins.toggle("conv1")

    def train(self) -> None:
        """Start a run and show its curves; ask first where a field holds what is not taken."""
        self.editor.show_training()
        row = self.editor.refused()
        if row is None:
            self.session.training.start()
            return
        text = tr("{name}: {why} A run would begin with the value before.", name=row.title, why=row.complaint.text())
        choices = (Choice(tr("Train all the same"), self.session.training.start),)
        self.notice.show_notice(Notice(text, wrong=True, choices=choices, topic="refused"))
        row.editor.setFocus()

    def profile(self) -> None:
        """Measure the time of each node, and show it as heat."""
        self.editor.heating.choose("time")
        self.session.trials.start("profile")

    def find_rate(self) -> None:
        """Try rising learning rates, and show how the loss goes."""
        self.editor.show_training()
        self.session.trials.start("find-lr")

    def undo(self) -> None:
        """Take the last step back and say what it was."""
        step = self.session.undo()
        if step is not None:
            self.statusbar.tell(tr("Undone: {step}", step=step.title))

    def redo(self) -> None:
        """Take the last undone step again and say what it was."""
        step = self.session.redo()
        if step is not None:
            self.statusbar.tell(tr("Redone: {step}", step=step.title))

    def look_at(self, name: str) -> None:
        """Show a file of the user's own operators, which can be trusted there."""
        from grapheditor.ui.source_dialog import SourceDialog

        file = self.session.own.file(name)
        if file is not None:
            SourceDialog(self, self.session.own, file, self.theme).show()

    def keep_module(self) -> None:
        """Put the module that the selected node uses into the user's library."""
        (use,) = self.canvas.selection
        self.session.own.keep(self.session.graph, self.session.body.nodes[use].operator)

    def show_own_folder(self) -> None:
        """Show the folder of the user's own operators, which is made where there is none."""
        folder = state.operators()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.notice.show_notice(Notice(f"{folder}: {error.strerror or error}.", wrong=True))
            return
        self.session.own.look()
        text = tr("Files of Python in {folder} bring operators, once you trust them.", folder=folder)
        self.notice.show_notice(Notice(text, folder=folder))

    def commands(self) -> None:
        """Open the command palette."""
        self.offers.show_commands()

    def show_settings(self) -> None:
        """Open the settings."""
        self.windows.show_settings(self)

    def escape(self) -> None:
        """Give up what goes on on the canvas; where nothing does and nothing is selected, what one waits for."""
        if self.canvas.gesture is None and (self.session.pins.give_up() or self.session.spotlight.end()):
            return
        if not (self.canvas.rests and self.session.give_up()):
            self.canvas.escape()

    def tell_held(self, action: str) -> None:
        """Say what a key is for that is held while the mouse is dragged."""
        key = self.keymap.hint(action) or tr("no key")
        texts = {
            "pan": tr("Hold {key} and drag to move the view.", key=key),
            "cut-strokes": tr("Hold {key} and drag across wires to cut them.", key=key),
        }
        self.statusbar.tell(texts[action])

    def about(self) -> None:
        """Say what this is."""
        text = tr(
            "grapheditor {version}: a deep network is a graph of tensor operators. Apache License 2.0.",
            version=grapheditor.__version__,
        )
        self.notice.show_notice(Notice(text))

    # The look

    def choose_theme(self, name: str) -> None:
        """Use a theme from now on, or the system's."""
        self.preferences.choose("theme", name)

    def set_theme(self, theme: Theme) -> None:
        """Show everything in a theme."""
        self.theme = self.notice.theme = theme
        self.topbar.set_theme(theme)
        self.statusbar.set_theme(theme)
        self.start.set_theme(theme)
        if self._editor is not None:
            self._editor.set_theme(theme)
        self._refresh_actions()

    def rescale(self, before: float) -> None:
        """Bring everything to the scale of the type. before: the scale that it has now."""
        rescale(self, before)
        if self._editor is not None and scale() != before:
            self._editor.rescale(scale() / before)

    def set_motion(self, moves: bool) -> None:
        """Let things move by themselves, or not."""
        if self._editor is not None:
            self._editor.canvas.animate = moves

    # The end

    def changeEvent(self, event: QEvent) -> None:
        """Look at the file when people come back to the window: not every disk tells of changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.keeper.touch()
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.session.safety.look()
            if self._painted:
                self.session.own.look()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.keeper.touch()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.keeper.touch()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files, folders, and the id of a data source as text."""
        data = event.mimeData()
        if data.hasUrls() or (data.hasText() and data.text().strip() in self.session.catalog.sources):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask the network about files, learn from data, open others, each in a window of its own: what suits each."""
        urls = event.mimeData().urls()
        paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
        if self._offer_weights(paths) or self._try(paths):
            event.acceptProposedAction()
            return
        if not urls and event.mimeData().text().strip() in self.session.catalog.sources:
            self.learn_from([event.mimeData().text()])
            event.acceptProposedAction()
        self.take_in(paths)
        elsewhere = next((url for url in urls if not url.isLocalFile()), None)
        if elsewhere is not None:
            text = tr("{name} is not on this computer: save it as a file first.", name=elsewhere.toDisplayString())
            self.notice.show_notice(Notice(text, wrong=True))
        if paths:
            event.acceptProposedAction()

    def take_in(self, paths: list[Path]) -> None:
        """Learn from data, and open all else, each in a window of its own."""
        names = [str(path.absolute()) for path in paths if self.session.catalog.guess(path) is not None]
        if names:
            self.learn_from(names)
        self.windows.open([path for path in paths if str(path.absolute()) not in names], self)

    def _offer_weights(self, paths: list[Path]) -> bool:
        """Ask what a file of weights is for, which the open graph can have or begin from."""
        if len(paths) != 1 or paths[0].suffix.lower() not in WEIGHTS or self.session.document is None:
            return False
        (path,) = paths
        take = Choice(tr("Take them as they are"), partial(self.session.weights.take, path))
        begin = Choice(tr("Begin the next run from them"), partial(self.session.beginning.choose, path))
        text = tr("What are the weights of {name} for?", name=path.name)
        self.notice.show_notice(Notice(text, choices=(take, begin), topic="weights"))
        return True

    def _try(self, paths: list[Path]) -> bool:
        """Ask a network that has learned about images that carry no graph; of a table or a text both can be wanted."""
        if self.session.weights.run is None or not paths:
            return False
        if all(is_sample(self.session.catalog, path) for path in paths):
            self.editor.try_files(paths)
            return True
        if not all(path.is_file() and self.session.catalog.guess(path) is not None for path in paths):
            return False
        text = tr("What is {name} for?", name=", ".join(path.name for path in paths[:3]))
        ask = Choice(tr("Ask the network about it"), lambda: self.editor.try_files(paths))
        learn = Choice(tr("Learn from it"), lambda: self.learn_from([str(path) for path in paths]))
        self.notice.show_notice(Notice(text, choices=(ask, learn), topic="dropped"))
        return True

    def learn_from(self, names: list[str]) -> None:
        """Let the open graph, or an empty one, learn from data: the id of a source, a file or a folder."""
        if len(names) > 1:
            text = tr("A graph learns from one thing at a time: drop a single folder or file.")
            self.notice.show_notice(Notice(text, wrong=True))
            return
        if self.session.document is None:
            self.new()
        self.session.data.take(names[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about what is not saved and what still trains; then end the child processes."""
        if not self._asked and not (self.may_leave() and may_stop([self] if self.trains else [])):
            event.ignore()
            return
        self.keeper.keep()
        self.windows.remove(self)
        self.hide()
        self.session.close()
        event.accept()

    def close_unasked(self) -> None:
        """Close: what had to be asked was asked."""
        self._asked = True
        self.close()


def wanted_theme(settings: QSettings) -> Theme:
    """Return the theme that these settings want."""
    return Preferences(settings).theme


def _takes_focus(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled() and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
