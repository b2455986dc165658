"""The editor: palette, canvas, inspector, and the tabs below, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from grapheditor.edit import Document
from grapheditor.edit.scope import located, nearest_use
from grapheditor.graph import Graph
from grapheditor.ui.canvas import Canvas
from grapheditor.ui.code import CodeTab
from grapheditor.ui.heat import Heating
from grapheditor.ui.inspector import Inspector
from grapheditor.ui.inspector.row import Field
from grapheditor.ui.keys import Keymap
from grapheditor.ui.lens.board import Board
from grapheditor.ui.own import shelf
from grapheditor.ui.palette.panel import PalettePanel
from grapheditor.ui.panels import Panel, Panels
from grapheditor.ui.plots import TrainingTab
from grapheditor.ui.plots.status import result
from grapheditor.ui.problems import ProblemsTab
from grapheditor.ui.results import ResultsTab
from grapheditor.ui.run import Run
from grapheditor.ui.runs import RunsTab
from grapheditor.ui.session import Session
from grapheditor.ui.summary import SummaryTab
from grapheditor.ui.telling import Choice, Notice, sentence
from grapheditor.ui.texts import mark, tr
from grapheditor.ui.theme import Theme, px, scale
from grapheditor.ui.tour import TourCard
from grapheditor.ui.widgets import Edit, restyle

TRAINING, PROBLEMS, SUMMARY, CODE, RUNS, RESULTS = range(6)
TITLES = (mark("Training"), mark("Problems"), mark("Summary"), mark("Code"), mark("Runs"), mark("Results"))
CROWDED = 860
"""Pixels of width below which the tabs stand close together, so that what is beside them has room too."""
LEFT, RIGHT = 250, 350
"""How wide the palette and the inspector are at first, in pixels at the usual size of the text."""
REST, CURVES, PICTURES = 130, 260, 300
"""How high the tabs are without a run, with one, and with what it has learned."""


class Themed(Protocol):
    """A part of the editor that can be shown in another theme."""

    def set_theme(self, theme: Theme) -> None: ...


class Editor(QSplitter):
    """Shows the session's document. Made after the first paint: it needs numpy and many widgets."""

    selection_changed = Signal()
    template_chosen = Signal(str)
    told = Signal(str)
    graph_wanted = Signal(object, str)
    """A graph is to be opened as one without a file: the graph, and what to tell of it."""
    file_wanted = Signal(str)
    """A file of the user's own operators is to be shown, by its name."""
    kept_wanted = Signal(object)
    """The file of a module of the user's library is to be opened: its path."""
    welcomed = Signal()
    """A document was opened, and the canvas has its size: it is time to say what of it is in sight."""

    def __init__(self, session: Session, theme: Theme, canvas_actions: list[QAction], parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("editor")
        self.session = session
        self.canvas = Canvas(Document(Graph()), session.catalog, theme)
        self.canvas.setObjectName("canvas")
        self.canvas.addActions(canvas_actions)
        self.heating: Heating = Heating(session, self.canvas, theme)
        self.lenses: Board = Board(session, self.canvas, theme)
        self.tour: TourCard = TourCard(session, self.canvas, theme)
        self.palette_panel = PalettePanel(session.catalog, theme)
        self.inspector = Inspector(session)
        self.training: TrainingTab = TrainingTab(session, theme)
        self.problems = ProblemsTab(session, theme)
        self.summary = SummaryTab(session, theme)
        self.code = CodeTab(session, theme)
        self.runs = RunsTab(session, theme)
        self.results = ResultsTab(session, theme)
        self.middle = QSplitter(Qt.Orientation.Vertical)
        for part in (self.palette_panel, self.middle):
            self.addWidget(part)
        self.middle.addWidget(self.canvas)
        self._bottom()
        self.addWidget(self.inspector)  # Tab goes through the parts as they were added: behind the canvas
        self.middle.setStretchFactor(0, 1)
        self.middle.setCollapsible(0, False)
        self.middle.setSizes([720, REST])
        self.setStretchFactor(1, 1)
        self.setCollapsible(1, False)
        self.setSizes([px(LEFT), 1000, px(RIGHT)])
        self._sides: tuple[float, float] | None = None
        """How wide the panels at the sides are wanted, at the usual size of the text; None: as wide as they are."""
        self.splitterMoved.connect(self._forget_sides)
        self.panels_shown = Panels(
            self.canvas,
            {
                "palette": Panel(self.palette_panel, self, lambda: px(LEFT)),
                "inspector": Panel(self.inspector, self, lambda: px(RIGHT)),
                "tabs": Panel(self._bottom_panel, self.middle, lambda: px(CURVES)),
            },
        )
        self.leads_on = False
        """Whether the end of the run that goes on is followed by what it has learned."""
        self._connect()
        if session.document is not None:
            self.show_document()

    def _bottom(self) -> None:
        """Fill the lower part of the middle, which has its place first: what is moved has its style worked out anew."""
        panel = self._bottom_panel = QWidget()
        self.middle.addWidget(panel)
        panel.setObjectName("panel-bottom")
        panel.setMinimumWidth(px(320))  # its tabs can be scrolled: they must not push the panels aside
        self.tabs = QTabBar()
        self.tabs.setObjectName("bottom-tabs")
        self.tabs.setAccessibleName(", ".join(map(tr, TITLES)))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)
        self._below, self._asides = QStackedWidget(), QStackedWidget()
        head = self._head = QHBoxLayout()
        head.setContentsMargins(16, 2, 16, 0)
        head.addWidget(self.tabs)
        head.addWidget(self._asides, 1)
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._below, 1)
        self._aside_parts: list[QWidget] = []
        self._aside_wide = 0
        """What the seen one of them wanted when it was arranged."""
        parts = (
            (self.training, self.training.aside), (self.problems, QWidget()), (self.summary, self.summary.aside),
            (self.code, self.code.aside), (self.runs, self.runs.aside), (self.results, self.results.aside),
        )  # fmt: skip
        for title, (tab, aside) in zip(TITLES, parts, strict=True):
            self.tabs.setTabToolTip(self.tabs.addTab(tr(title)), tr(title))
            self._below.addWidget(tab)
            self._aside_parts.append(_at_the_right(aside))
            self._asides.addWidget(self._aside_parts[-1])
        self.tabs.currentChanged.connect(self._below.setCurrentIndex)
        self.tabs.currentChanged.connect(self._asides.setCurrentIndex)
        self.tabs.currentChanged.connect(self._arrange_head)
        self.tabs.tabBarClicked.connect(lambda place: self._make_room(place) if place != TRAINING else None)
        panel.installEventFilter(self)
        self._asides.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrange what stands above the tabs anew when there is another room for it."""
        if event.type() == QEvent.Type.Resize and watched is self._bottom_panel:
            self._arrange_head()
        elif event.type() == QEvent.Type.LayoutRequest and watched is self._asides:
            wanted = self._aside_parts[max(self.tabs.currentIndex(), 0)].sizeHint().width()
            if wanted != self._aside_wide:
                self._arrange_head()
        return super().eventFilter(watched, event)

    def _arrange_head(self) -> None:
        """Let what stands beside the tabs stand below them where they have no room side by side."""
        for tab in (self.training, self.results):
            tab.give_room(self._bottom_panel.width() - 2 * 16)
        self.tabs.updateGeometry()  # the chosen one is written bold, of which Qt tells no layout
        aside = 0
        for place, widget in enumerate(self._aside_parts):  # one that is not seen must not take any room
            seen = place == self.tabs.currentIndex()
            aside = self._aside_wide = widget.sizeHint().width() if seen else aside
            wide = QSizePolicy.Policy.Preferred if seen else QSizePolicy.Policy.Ignored
            widget.setSizePolicy(wide, QSizePolicy.Policy.Preferred)
        restyle(self.tabs, "crowded", self._bottom_panel.width() < px(CROWDED))
        below = aside > 0 and self.tabs.sizeHint().width() + aside + 48 > self._bottom_panel.width()
        way = QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight
        self._head.setDirection(way)

    def _connect(self) -> None:
        self.session.opened.connect(self.show_document)
        self.session.entered.connect(self._enter)
        self.session.findings.analysed.connect(self._show_analysis)
        self.session.findings.planned.connect(self._count_problems)
        self.session.renamed.connect(lambda name: self.canvas.select([name]))
        self.session.placed.connect(self._go_on)
        self.session.spotlight.changed.connect(self._show_lit)
        self.session.own.operators_changed.connect(self._take_operators)
        self.session.own.library_changed.connect(self.palette_panel.show_own)
        self.canvas.selection_changed.connect(self._select)
        self.canvas.offer_changed.connect(self.selection_changed)
        self.canvas.inside_wanted.connect(self.session.look_into)
        self.heating.changed.connect(self.selection_changed)
        self.heating.legend.node_chosen.connect(self.go_to)
        self.session.edited.connect(self.heating.refresh)
        self.canvas.message.connect(self.told)
        self.canvas.node_activated.connect(self._activate)
        self.canvas.place_wanted.connect(self._show_node)
        self.session.edited.connect(self._list_modules)
        self.palette_panel.chosen.connect(lambda name: self.canvas.attempt(lambda: self.canvas.add_operator(name)))
        self.palette_panel.module_opened.connect(self._open_module)
        self.palette_panel.template_opened.connect(self.template_chosen)
        self.palette_panel.file_wanted.connect(self.file_wanted)
        self.palette_panel.kept_opened.connect(self._open_kept)
        self.palette_panel.kept_renamed.connect(self._rename_kept)
        self.palette_panel.kept_removed.connect(self.session.own.remove)
        self.palette_panel.told.connect(self.told)
        self.palette_panel.tabs.currentChanged.connect(lambda _tab: self.session.own.look())
        self.canvas.file_wanted.connect(self.file_wanted)
        self.problems.file_chosen.connect(self.file_wanted)
        self.problems.chosen.connect(self.go_to)
        self.problems.place_chosen.connect(self.go_to_place)
        self.problems.fix_chosen.connect(self.canvas.take_fix)
        self.session.adapting.wanted.connect(self.canvas.take_fix)
        self.session.findings.fixes_found.connect(self._show_fixes)
        self.summary.chosen.connect(self._show_places)
        self.summary.opened.connect(self.go_to)
        self.code.chosen.connect(self._show_places)
        self.session.training.finished.connect(self._tell_finished)
        self.runs.counted.connect(lambda count: self._count_on(RUNS, count))
        self.runs.graph_wanted.connect(self.graph_wanted)

    def show_document(self) -> None:
        """Show the document that was opened."""
        document = self.session.document
        if document is None:
            return
        self.canvas.set_document(document)
        self._show_analysis()
        self.inspector.show_nodes(())
        self._list_modules()
        QTimer.singleShot(0, self.canvas, self.welcomed.emit)

    def _enter(self) -> None:
        self.canvas.show_place(self.session.place)
        self.lenses.show_walk()
        self._show_fixes()
        self._list_modules()

    def _show_lit(self) -> None:
        lit = self.session.spotlight.lit
        self.canvas.show_lit(lit.nodes if lit is not None else None, lit.marked if lit is not None else frozenset())

    def _list_modules(self) -> None:
        """Offer the graph's modules, as far as they can stand in what is shown."""
        self.palette_panel.show_modules(self.canvas.editing.own_modules())

    def _take_operators(self) -> None:
        """Show cards, page and palette by the operators that there are now."""
        self.palette_panel.show_own()
        if self.session.document is None:
            return
        selected, wires = self.canvas.selection, self.canvas.selected_wires
        self.canvas.show_place(self.session.place)
        self.canvas.select(selected, wires)
        self._show_fixes()
        self.inspector.renew()

    def _open_kept(self, name: str) -> None:
        kept = shelf().kept.get(name)
        if kept is not None:
            self.kept_wanted.emit(kept.path)

    def _rename_kept(self, name: str, text: str) -> None:
        try:
            self.session.own.rename(name, text)
        except ValueError as error:
            self.told.emit(sentence(error))

    def _open_module(self, name: str) -> None:
        """Show a definition, by the nearest of its uses."""
        path = nearest_use(self.session.graph, {name}, self.session.place)
        if path is None:
            self.told.emit(tr("{name} is used nowhere: add it to the graph to see what is in it.", name=name))
        else:
            self.session.enter(path)

    def _activate(self, node: str) -> None:
        """Go into a module; let an operator be edited."""
        if not self.session.enter_node(node):
            self.panels_shown.show("inspector")
            self.inspector.setFocus()

    def _show_analysis(self) -> None:
        self.canvas.set_analysis(self.session.findings.analysis)
        self._show_fixes()
        self._count_problems()

    def _show_fixes(self) -> None:
        self.canvas.set_fixes(self.session.findings.fixes, self.session.findings.seeks)

    def _count_problems(self) -> None:
        self._count_on(PROBLEMS, len(self.session.findings.problems))

    def _count_on(self, place: int, count: int) -> None:
        """Show on a tab how many things are on it."""
        title = tr(TITLES[place])
        self.tabs.setTabText(place, f"{title} {count}" if count else title)

    def _select(self) -> None:
        selected = self.canvas.selection
        self.session.findings.watch("source", "inspector", bool(selected))
        self.inspector.show_nodes(selected, self.canvas.selected_wires)
        self.summary.show_selection(map(self.session.path_of, selected))
        self.code.show_selection(map(self.session.key_of, selected))
        self.selection_changed.emit()

    def fit_selection(self) -> None:
        """Show the selected nodes, or all."""
        self.canvas.fit(self.canvas.selection or None)

    def go_to(self, node: str) -> None:
        """Open the body that a node is in, select it and bring it to the middle; of no node show graph and recipe.

        node: its path, or Module.node.
        """
        if self.session.document is None:
            return
        if not node:
            self.session.enter("")
            self.canvas.select(())
            return
        path, found = located(self.session.graph, node)
        if found:
            self._show_node(path, found)
            self.canvas.setFocus()

    def go_to_place(self, place: str) -> None:
        """Show the graph's page, with the focus on what a place in the recipe names, such as objectives.0.optimizer."""
        if self.session.document is not None:
            self.session.enter("")
            self.show_graph()
            self.inspector.go_to(place)

    def _show_places(self, places: list[str]) -> None:
        """Select the nodes that are at some places, or hold them, and leave the focus where it is.

        places: as :meth:`go_to` has them. Where what is shown holds none of them, the first one's body is opened.
        """
        session = self.session
        if session.document is None or not places:
            return
        nodes = list(dict.fromkeys(node for place in places for node in session.holders(place)))
        if not nodes:
            path, node = located(session.graph, places[0])
            if node:
                session.enter(path)
                nodes = [node]
        self.canvas.select(nodes)
        if nodes:
            self.canvas.reveal(nodes)

    def _show_node(self, path: str, node: str) -> None:
        self.session.enter(path)
        self.canvas.select([node])
        self.canvas.center_on(node)

    def _go_on(self, node: str) -> None:
        self.canvas.select([node])
        self.canvas.reveal([node])
        self.canvas.setFocus()

    def enter(self) -> None:
        """Open the module that is selected."""
        self.session.enter_node(next(iter(self.canvas.selection)))

    def search(self) -> None:
        """Open the search box on the canvas."""
        self.canvas.setFocus()
        self.canvas.open_search()

    def rename(self) -> None:
        """Put the cursor into the title of the selected node."""
        title = self.inspector.findChild(Edit, "option-title")
        if title is not None:
            self.panels_shown.show("inspector")
            title.setFocus()
            title.selectAll()

    def show_graph(self) -> None:
        """Show data, objective and run in the inspector."""
        self.canvas.select([])
        self.inspector.show_nodes(())
        self.panels_shown.show("inspector")
        self.inspector.setFocus()

    def _tell_finished(self, run: Run) -> None:
        """Say what a run came to, and where what it has learned is to be seen; the example goes there by itself."""
        leads_on, self.leads_on = self.leads_on, False
        if leads_on and self.tabs.currentIndex() == TRAINING:
            self.show_tab(RESULTS)
            return
        text = tr("{name} has finished{result}.", name=run.title, result=result(run.metrics))
        choice = Choice(tr("Results"), lambda: self.show_tab(RESULTS))
        self.session.told.emit(Notice(text, choices=(choice,), topic="run"))

    def show_training(self) -> None:
        """Show the Training tab, with room for its curves."""
        self.show_tab(TRAINING)

    def refused(self) -> Field | None:
        """Return the first field in sight that holds something that is not taken."""
        return next((row for row in self.inspector.findChildren(Field) if row.refused and row.isVisible()), None)

    def show_problems(self) -> None:
        """Show the Problems tab."""
        self.panels_shown.show("tabs")
        self.tabs.setCurrentIndex(PROBLEMS)
        self._make_room(PROBLEMS)

    def show_tab(self, place: int) -> None:
        """Show a tab, with room for what is in it, and give it the focus where it is one to work in."""
        self.panels_shown.show("tabs")
        self.tabs.setCurrentIndex(place)
        self._make_room(place)
        worked_in = {
            SUMMARY: self.summary.table, CODE: self.code.view, RUNS: self.runs.table, RESULTS: self.results.matrix,
        }  # fmt: skip
        if place in worked_in:
            worked_in[place].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def try_files(self, files: Sequence[Path]) -> None:
        """Say what the network makes of files, where results are shown."""
        self.show_tab(RESULTS)
        self.results.try_files(files)

    def _make_room(self, place: int) -> None:
        canvas, below = self.middle.sizes()
        if place == PROBLEMS and self.problems.fits(self._below.size()):
            return
        if below <= px(CURVES if place == RESULTS else REST):
            wanted = px(PICTURES if place == RESULTS else CURVES)
            self.middle.setSizes([canvas + below - wanted, wanted])

    @property
    def panels(self) -> tuple[tuple[QWidget, QWidget], ...]:
        """The panels in the order in which one walks through them, each with what takes the focus in it."""
        return (
            (self.palette_panel, self.palette_panel.search), (self.canvas, self.canvas),
            (self.inspector, self.inspector), (self._bottom_panel, self.tabs),
        )  # fmt: skip

    def set_theme(self, theme: Theme) -> None:
        """Show everything in another theme."""
        below = (self.training, self.problems, self.summary, self.code, self.runs, self.results)
        for part in cast(tuple[Themed, ...], (self.canvas, self.palette_panel, *below)):
            part.set_theme(theme)
        self.heating.legend.set_theme(theme)
        self.tour.set_theme(theme)
        self.lenses.set_theme(theme)

    def rescale(self, ratio: float) -> None:
        """Make cards, and the panels at the sides, larger with their text; the canvas gives the room that it has."""
        self.canvas.rescale(ratio)
        self.lenses.follow_scale()
        left, _, right = self.sizes()
        before = scale() / ratio
        self._sides = self._sides or (left / before or LEFT, right / before or RIGHT)
        wanted = [px(side) if now else 0 for side, now in zip(self._sides, (left, right), strict=True)]
        room = max(self.width() - self.canvas.minimumWidth() - 2 * self.handleWidth(), 0)
        share = min(1.0, room / max(sum(wanted), 1))
        left, right = (round(side * share) for side in wanted)
        self.setSizes([left, self.width() - left - right, right])

    def _forget_sides(self) -> None:
        self._sides = None

    def show_keys(self, keymap: Keymap) -> None:
        """Tell of these keys from now on."""
        for part in (self.canvas, self.training, self.runs):
            part.show_keys(keymap)


def _at_the_right(widget: QWidget) -> QWidget:
    panel = QWidget()
    row = QHBoxLayout(panel)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(widget)
    return panel
