"""The canvas's verbs: selecting, adding, removing, copying. The window's actions, palette and gestures call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QCursor, QGuiApplication
from PySide6.QtWidgets import QStyle, QWidget

from grapheditor.catalog import Catalog
from grapheditor.edit import Change, Document, edits
from grapheditor.edit.layout import TALL, WIDTH, Task
from grapheditor.engine.messages import Analysis
from grapheditor.graph import Flow, Input, Output
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.describe import spoken
from grapheditor.ui.canvas.editing import Editing, framed
from grapheditor.ui.canvas.fitting import fitting_port
from grapheditor.ui.canvas.glide import DURATION, Glide
from grapheditor.ui.canvas.placing import Place
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.canvas.surface import Surface
from grapheditor.ui.canvas.tidying import Drawings, Tidying
from grapheditor.ui.canvas.view import View
from grapheditor.ui.own import shelf
from grapheditor.ui.palette.found import Found, Saved, Whole
from grapheditor.ui.palette.search import SearchPopup
from grapheditor.ui.texts import counted, tr
from grapheditor.ui.theme import Theme

INSERT_REACH = 12.0
"""Pixels from a wire within which an operator that is dropped is inserted into it."""


class Verbs(Surface):
    """A surface that follows a document, selects, and edits through :mod:`grapheditor.edit.edits`."""

    selection_changed = Signal()
    message = Signal(str)
    """Why something was refused, or what was done, for the status bar."""

    def __init__(self, document: Document, catalog: Catalog, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(document, catalog, theme, parent)
        self.animate = True
        self._views: dict[str, View] = {}
        """How each body of the document was seen last, by its path."""
        self.editing = Editing(self.scene)
        self._search: SearchPopup | None = None
        self._glide = Glide(self, self._glided)
        self.tidying = Tidying(self)
        self._forget = document.observe(self._follow)
        self.setAccessibleName(tr("Graph"))
        self._describe()

    def _glided(self) -> None:
        self.update()
        self.moved.emit()

    # The document

    def set_document(self, document: Document) -> None:
        """Show another document, with nothing selected and all of it in sight."""
        self._give_up()
        self._forget()
        self._views.clear()
        staged = self.scene.staged
        self.scene = Scene(document, self.catalog)
        self.scene.staged = staged
        self.editing = Editing(self.scene)
        self._forget = document.observe(self._follow)
        self.minimap.mark_stale()
        self.fit()
        self._tell_selection()
        self.moved.emit()

    def show_place(self, path: str) -> None:
        """Show another body of the document: of the use of a module at a path, or the graph's own; as it was left."""
        self._give_up()
        analysis, overlay, staged = self.scene.analysis, self.scene.overlay, self.scene.staged
        self._views[self.scene.path] = replace(self.view)
        self.scene = Scene(self.document, self.catalog, path)
        self.scene.overlay, self.scene.staged = overlay, staged
        self.scene.analyse(analysis)
        self.editing = Editing(self.scene)
        self.minimap.mark_stale()
        if path in self._views:
            self.view, self._keeps_fit = self._views[path], False
            self.update()
        else:
            self.welcome()
        self._tell_selection()
        self.moved.emit()

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show shapes, parameter counts and problems; None shows none."""
        self.scene.analyse(analysis)
        self._describe()
        self.update()

    def _follow(self, change: Change) -> None:
        self._give_up()
        self._keeps_fit = False
        before = self.selection, self.selected_wires
        if not self.scene.stands():
            return  # the session goes out to what is around it
        self.scene.update(change)
        self._minimap_timer.start()
        self.update()
        if before != (self.selection, self.selected_wires):
            self._tell_selection()
        self.moved.emit()

    def _give_up(self) -> None:
        """End what refers to the graph as it was: a gesture, a glide, a search for what a dragged wire could reach."""
        self._glide.finish()
        self.tidying.cancel()
        self.cancel_gesture()
        if self._search is not None:
            self._search.dismiss()

    def cancel_gesture(self) -> None:
        """Give up a gesture that is under way; everything is as it was before it."""
        gesture, self.gesture = self.gesture, None
        if gesture is not None:
            gesture.cancel()
            self.update()

    def attempt(self, edit: Callable[[], object]) -> None:
        """Do an edit; what is impossible is told in the status bar."""
        try:
            edit()
        except ValueError as error:
            self.message.emit(str(error))

    # Selection

    @property
    def selection(self) -> frozenset[str]:
        """The ids of the nodes that are selected."""
        return self.scene.selection

    @property
    def selected_wires(self) -> frozenset[Input]:
        """The wires that are selected, by where they end."""
        return self.scene.wires

    def select(self, names: Iterable[str], wires: Iterable[Input] = ()) -> None:
        """Select these nodes and wires and nothing else."""
        if self.scene.select(names, wires):
            self._tell_selection()
            self.update()

    def select_all(self) -> None:
        """Select all nodes."""
        self.select(self.scene.body.nodes)

    def toggle(self, name: str) -> None:
        """Add a node to the selection, or take it out."""
        self.select(self.selection ^ {name}, self.selected_wires)

    def _tell_selection(self) -> None:
        self._describe()
        self.selection_changed.emit()

    def _describe(self) -> None:
        self.setAccessibleDescription(spoken(self.scene, self.keys.hint("add-here")))
        if QAccessible.isActive():
            event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(event)

    # Adding

    def add_operator(self, operator_id: str, at: tuple[float, float] | None = None) -> str:
        """Add a node, select it and show it; return its id.

        at: the middle of its upper edge on the plane. Without it the node stands below the one that is selected, wired
        behind it, or in the middle of the view where no single one is selected.
        """
        adding = self.editing
        name = adding.add(operator_id, self._middle()) if at is None else adding.add_at(operator_id, at)
        self._show_added([name])
        return name

    def _middle(self) -> Place:
        x, y = self._centre()
        return round(x - WIDTH / 2), round(y - TALL / 2)

    def _centre(self) -> Place:
        """Return the middle of what is in sight."""
        return self.view.to_scene(self.width() / 2, self.height() / 2)

    def _show_added(self, names: list[str]) -> None:
        self.select(names)
        self.reveal(names)

    def wire_to_insert(self, at: Place) -> Input | None:
        """Return the wire into which an operator that is dropped at a place would be inserted."""
        return self.scene.geometry.wire_at(*at, INSERT_REACH / min(self.view.zoom, 1.0))

    def add_from_palette(self, operator_id: str, at: Place, insert: bool) -> str:
        """Add an operator that was dropped at a place; on a wire it is inserted into it where that is wanted."""
        wire = self.wire_to_insert(at) if insert else None
        if wire is not None:
            name = self.editing.add_into(operator_id, at, wire)
        else:
            name = self.editing.add_at(operator_id, at)
        self.select([name])
        return name

    def open_search(
        self, at_global: QPoint | None = None, start: Output | None = None, end: Input | None = None
    ) -> SearchPopup:
        """Open the search box, by default at the cursor.

        start, end: where a wire was dragged from; then only what can take it, or give it, is offered and is connected.
        """
        place = at_global if at_global is not None else self._cursor_place()
        kind = self.scene.type(start) if start is not None else None
        offered = self.editing.offered()
        if start is not None:
            offered = [item for item in offered if fitting_port(item, kind) is not None]
        if end is not None:
            offered = [item for item in offered if item.outputs]
        shape = self.scene.shape(start) if start is not None else ""
        local = self.mapFromGlobal(place)
        at = self.view.to_scene(local.x(), local.y())

        def choose(operator_id: str) -> None:
            self.attempt(lambda: self._add_found(operator_id, at, start, end))
            self.setFocus()

        whole: list[Found] = []
        if start is None and end is None:
            kept = (item for item in shelf().kept.values() if item.part is not None)
            whole = [*map(Saved, kept), *map(Whole, self.catalog.templates.values())]
        return self._offer([*offered, *whole], tr("fits {shape}", shape=shape) if shape else "", place, choose)

    def _offer(
        self,
        offered: Sequence[Found],
        note: str,
        place: QPoint,
        choose: Callable[[str], object],
        asks: tuple[str, str] | None = None,
    ) -> SearchPopup:
        """Open the search box at a place of the screen. asks: as it takes them."""
        if self._search is not None:
            self._search.dismiss()
        window = self.window()
        told_of = self.catalog.told_of if asks is None else lambda _text: None
        popup = SearchPopup(window, offered, self.theme, note, asks=asks, told_of=told_of)
        popup.chosen.connect(choose)
        popup.escaped.connect(self.setFocus)
        popup.closed.connect(self._forget_search)
        self._search = popup
        popup.open_at(window.mapFromGlobal(place))
        return popup

    def search_for_wire(self) -> None:
        """Open the search box for an operator to be inserted into the selected wire."""
        (wire,) = self.selected_wires
        geometry = self.scene.geometry
        middle = curves.middles(geometry.routes(geometry.wires.slots([wire])), geometry.flow)[0].tolist()
        x, y = self.view.to_screen(*middle)
        self.open_search(self.global_at(x, y), self.scene.body.wires[wire], wire)

    def _pointed(self) -> Place | None:
        """Return where the pointer is on the plane, None where it is not over the canvas."""
        at = self.mapFromGlobal(QCursor.pos())
        return self.view.to_scene(at.x(), at.y()) if self.rect().contains(at) else None

    def _forget_search(self) -> None:
        self._search = None

    def _cursor_place(self) -> QPoint:
        """Return where the search box opens: beside the node that one builds on, else at the cursor."""
        if len(self.selection) == 1:
            _, top, right, _ = self.scene.geometry.box(next(iter(self.selection)))
            x, y = self.view.to_screen(right, top)
            if self.rect().contains(round(x), round(y)):
                return self.global_at(x + 24.0, y)
        place = QCursor.pos()
        inside = self.rect().contains(self.mapFromGlobal(place))
        return place if inside else self.global_at(self.width() / 2 - 190, self.height() / 3)

    def _add_found(self, operator_id: str, at: Place, start: Output | None, end: Input | None) -> None:
        if start is None and end is None:
            self._show_added([self._add_searched(operator_id, at)])
            return
        if start is not None and end is not None:
            self._show_added([self.editing.add_into(operator_id, at, end)])
            return
        declared = self.catalog.find(self.scene.body, operator_id)
        port = fitting_port(declared, self.scene.type(start)) if start and declared is not None else None
        name = self.editing.add_at(operator_id, at, start, end, port.name if port else None)
        self._show_added([name])

    def _add_searched(self, operator_id: str, at: Place) -> str:
        editing = self.editing
        return editing.add_at(operator_id, at) if editing.behind(operator_id) is None else editing.add(operator_id, at)

    # Removing and copying

    def delete_selection(self) -> None:
        """Remove what is selected, nodes with their wires."""
        self.editing.remove(self.selection, self.selected_wires)

    def dissolve_selection(self) -> None:
        """Remove the selected nodes and join their wires."""
        self.editing.dissolve(self.selection)

    def duplicate_selection(self, offset: tuple[float, float] | None = None) -> None:
        """Add copies of the selected nodes and select them."""
        self.duplicate_nodes(self.selection, offset)

    def duplicate_nodes(self, nodes: Iterable[str], offset: tuple[float, float] | None = None) -> None:
        """Add copies of nodes and select them."""
        chosen = list(nodes)
        if chosen:
            self.select(self.editing.duplicate(chosen, *([offset] if offset else [])))

    def copy(self) -> None:
        """Put the selected nodes and the wires between them on the clipboard, as the text of a graph's file."""
        if self.selection:
            QGuiApplication.clipboard().setText(self.editing.copied(self.selection))
            self.message.emit(counted(len(self.selection), "{n} node copied", "{n} nodes copied"))
        else:
            self.message.emit(tr("Nothing is selected that could be copied."))

    def cut(self) -> None:
        """Copy the selected nodes and remove them."""
        if self.selection:
            self.copy()
            self.editing.remove(self.selection, ())

    def paste(self) -> None:
        """Add the nodes on the clipboard and select them; text that holds none is told in the status bar."""
        text = QGuiApplication.clipboard().text()
        try:
            names = self.editing.paste(text, self._pointed() or self._centre())
        except ValueError as error:
            self.message.emit(str(error))
            return
        self._show_added(names)

    # Placing

    def tidy(self) -> None:
        """Lay out the selected nodes, or all; one step."""
        chosen = self.selection if len(self.selection) > 1 else None
        task = self.scene.geometry.task(chosen, framed(self.scene.body))
        self._lay_out({"": task}, lambda found: self.editing.tidy(found[""]))

    def turn(self, flow: Flow) -> None:
        """Let the wires lead another way, and lay out everything for it; one step."""
        whole = self.document.graph

        def take(found: Drawings) -> None:
            self.editing.commit(edits.turn(whole, flow, found))
            self.fit()

        self._lay_out(self.editing.turning(flow), take)

    def _lay_out(self, tasks: Mapping[str, Task], take: Callable[[Drawings], None]) -> None:
        """Have drawings laid out, and take what comes of it unless the graph is changed before."""
        self._glide.finish()

        def done(found: Drawings) -> None:
            self._glide_through(lambda: take(found))
            if waited:
                self.message.emit("")

        waited = False
        self.tidying.start(tasks, done, self.message.emit)
        waited = self.tidying.active
        if waited:
            count = sum(len(task.names) for task in tasks.values())
            told = counted(count, "Laying out {n} node… Escape stops it.", "Laying out {n} nodes… Escape stops it.")
            self.message.emit(told)

    def _glide_through(self, place: Callable[[], None]) -> None:
        """Do an edit that places nodes anew, and show them move there."""
        geometry = self.scene.geometry
        names = list(geometry.nodes.keys)
        before = geometry.nodes.table[geometry.nodes.slots(names), :2].copy()
        place()
        geometry = self.scene.geometry
        if np.array_equal(geometry.nodes.table[geometry.nodes.slots(names), :2], before):
            return
        duration = min(DURATION, self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self))
        if self.animate and duration > 0:
            self._glide.start(geometry, names, before, duration)

    def cancel_tidying(self) -> bool:
        """Stop a layout that is under way; tell whether one was."""
        stopped = self.tidying.cancel()
        if stopped:
            self.message.emit(tr("The layout was stopped; nothing was moved."))
        return stopped
