"""The canvas's verbs of modules and frames, of finding and replacing; what is asked for is typed where it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, QRect, Signal
from PySide6.QtWidgets import QWidget

from grapheditor.catalog import Catalog
from grapheditor.edit import Change, Document
from grapheditor.edit.scope import path_to
from grapheditor.engine.messages import Analysis, FixReport
from grapheditor.graph.order import ancestors, descendants
from grapheditor.ui.canvas.callout import Callout
from grapheditor.ui.canvas.finding import FindBox, matches
from grapheditor.ui.canvas.geometry import FRAME_TITLE, Box
from grapheditor.ui.canvas.over import HIGH, Over
from grapheditor.ui.canvas.placing import Place
from grapheditor.ui.canvas.preview import Preview
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.canvas.verbs import Verbs
from grapheditor.ui.keys import Keymap
from grapheditor.ui.palette.search import SearchPopup
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.widgets import shape


class Building(Verbs):
    """A surface on which networks are put together from parts of their own."""

    offer_changed = Signal()
    """Something else would help the selected node now, or nothing."""
    place_wanted = Signal(str, str)
    """A node is to be shown: the path of the use in which it is, and its id."""

    file_wanted = Signal(str)
    """A file of the user's own operators is to be shown, by its name."""
    inside_wanted = Signal(str)
    """One looks into a use of a module, at this path: what is known of its nodes is wanted."""

    def __init__(self, document: Document, catalog: Catalog, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(document, catalog, theme, parent)
        self._over: Over | None = None
        self._find: FindBox | None = None
        self._preview: Preview | None = None
        self.callout: Callout | None = None

    def set_document(self, document: Document) -> None:
        self.stop_finding()
        super().set_document(document)

    def show_place(self, path: str) -> None:
        super().show_place(path)
        self._show_found()

    def show_keys(self, keymap: Keymap) -> None:
        """Tell of these keys from now on."""
        self.keys = keymap
        self._describe()
        self.update()
        if self.callout is not None:
            self.callout.hide()
            self.callout.deleteLater()
            self.callout = None
            self._call_out()

    # What would help

    def set_analysis(self, analysis: Analysis | None) -> None:
        super().set_analysis(analysis)
        if self._preview is not None:
            self._preview.show_analysis(analysis)
        self._call_out()

    def set_fixes(self, fixes: list[FixReport], seeks: bool = False) -> None:
        """Offer what makes the graph sound, at the node of its first error. seeks: that is still looked for."""
        self.scene.fixes, self.scene.seeks = fixes, seeks
        self._call_out()

    def _tell_selection(self) -> None:
        super()._tell_selection()
        self._call_out()

    def _viewed(self) -> None:
        super()._viewed()
        self._call_out()

    def fit(self, names: Iterable[str] | None = None) -> None:
        super().fit(names)
        self._call_out()

    def _call_out(self) -> None:
        """Say beside the selected node what would help it, where something would and nothing else is going on."""
        found = self.scene.offer() if self.gesture is None else None
        old = self.callout
        says = found and (found[0], (found[1]["message"], [fix["title"] for fix in found[2]]))
        if old is not None and (found is None or says != (old.node, old.says)):
            self.callout = None
            old.hide()
            old.deleteLater()
        if found is not None:
            node, problem, fixes = found
            if self.callout is None:
                self.callout = Callout(
                    self, self.theme, node, problem, fixes, self.keys.hint("fix"), self.take_fix, self.file_wanted.emit
                )
            self.callout.place(self.view.on_screen(self.scene.geometry.box(node)))
        if old is not self.callout:
            self.offer_changed.emit()

    def take_fix(self, fix: FixReport | None = None) -> None:
        """Make a change that is offered, by default the first of those beside the selected node.

        Where none is and a file of the user's own would help, that is shown.
        """
        if fix is None:
            found = self.scene.offer()
            fix = next(iter(found[2]), None) if found is not None else None
            if fix is None and found is not None and "file" in found[1]:
                self.file_wanted.emit(found[1]["file"])
        if fix is not None:
            chosen = fix
            self.attempt(lambda: self.editing.take_fix(chosen))
            self.setFocus()

    def _follow(self, change: Change) -> None:
        super()._follow(change)
        self._call_out()
        if self._find is not None:
            self._find.again()

    def _give_up(self) -> None:
        super()._give_up()
        self.look_away()
        if self._over is not None:
            self._over.dismiss()
            self._over = None

    # Fields over the canvas

    def _ask(self, name: str, text: str, where: Box, take: Callable[[str], object]) -> Over:
        """Open a field over a part of the plane."""
        if self._over is not None:
            self._over.dismiss()
        left, top, right, _ = self.view.on_screen(where)
        self._over = Over(self, self.theme, name, text, take, self.message.emit)
        self._over.open_at(QRect(round(left), round(top), round(right - left), HIGH))
        return self._over

    def _seen(self, names: Iterable[str]) -> None:
        self.select(names)
        self.reveal(names)

    # Modules

    def group_selection(self) -> None:
        """Make a module of the selected nodes; its title waits to be typed."""
        bout = object()

        def make() -> None:
            use, _ = self.editing.group(self.selection, bout)
            self._seen([use])
            self._ask_module(use, bout)

        self.attempt(make)

    def rename_module(self) -> None:
        """Ask for another name of the module that the selected node uses."""
        (use,) = self.selection
        self._ask_module(use, object())

    def _ask_module(self, use: str, bout: object) -> None:
        module = self.scene.body.nodes[use].operator
        self._ask(
            tr("Name of the module"), module, self.scene.geometry.box(use), lambda text: self._name(use, text, bout)
        )

    def _name(self, use: str, text: str, bout: object) -> None:
        if text:
            self.select([self.editing.name_module(use, text, bout)])

    def unpack_selection(self) -> None:
        """Put the nodes of the selected modules in the place of their uses."""
        self.attempt(lambda: self.select(self.editing.unpack(self.selection)))

    def make_unique(self) -> None:
        """Give the selected uses of a module a definition of their own."""

        def make() -> None:
            name = self.editing.make_unique(self.selection)
            self.message.emit(tr("{name} is a module of its own now.", name=name))

        self.attempt(make)

    def mute_selection(self) -> None:
        """Bypass the selected nodes, or let them be again."""
        self.attempt(lambda: self.editing.mute(self.selection))

    def ask_repeat(self) -> None:
        """Ask how often the selected node stands in a chain."""
        (name,) = self.selection
        now = str(self.scene.body.nodes[name].repeat)
        box = self.scene.geometry.box(name)
        self._ask(tr("How many copies"), now, box, lambda text: self.editing.repeat(name, text))

    def replace_selection(self) -> SearchPopup:
        """Offer what can stand in the place of the selected node, whose wires and options it keeps."""
        (name,) = self.selection
        left, _, _, bottom = self.scene.geometry.box(name)
        place = self.global_at(*self.view.to_screen(left, bottom + 8))

        def choose(operator: str) -> None:
            self.attempt(lambda: self.select([self.editing.replace(name, operator)]))
            self.setFocus()

        return self._offer(self.editing.replaceable(name), tr("instead of {name}", name=name), place, choose)

    # What belongs together

    def select_upstream(self) -> None:
        """Select what the selected nodes need, too."""
        self.select(ancestors(self.scene.body, self.selection))

    def select_downstream(self) -> None:
        """Select what needs the selected nodes, too."""
        self.select(descendants(self.scene.body, self.selection))

    def duplicate_linked(self, nodes: Iterable[str], offset: Place) -> None:
        """Add copies of nodes that have the same weights, and select them."""
        self.attempt(lambda: self.select(self.editing.duplicate_linked(nodes, offset)))

    # Frames

    def frame_selection(self) -> None:
        """Put a frame around the selected nodes; its title waits to be typed."""
        bout = object()

        def make() -> None:
            name = self.editing.frame(self.selection, bout)
            self.select_frame(name)
            self.ask_frame_title(name, bout)

        self.attempt(make)

    def select_frame(self, name: str | None) -> None:
        """Select a frame, and nothing that is in it."""
        self.select([])
        self.scene.frame = name
        self._tell_selection()
        self.update()

    def ask_frame_title(self, name: str | None = None, bout: object = None) -> None:
        """Ask for the title of a frame, by default of the one that is selected."""
        name = name or self.scene.frame
        box = self.scene.frames().get(name or "")
        if name is not None and box is not None:
            title = Box(box.left + 4, box.top, min(box.right, box.left + 240), box.top + FRAME_TITLE)
            now = self.scene.body.frames[name].title
            self._ask(tr("Title of the frame"), now, title, lambda text: self._title_frame(name, text, bout))

    def _title_frame(self, name: str, text: str, bout: object) -> None:
        self.editing.title_frame(name, text, bout)
        self.select_frame(name)

    def recolour_frame(self) -> None:
        """Give the selected frame the next colour."""
        name = self.scene.frame
        if name is not None:
            self.editing.recolour_frame(name)

    def delete_selection(self) -> None:
        """Remove what is selected: a frame, or nodes and wires."""
        if self.scene.frame is not None:
            self.editing.remove_frame(self.scene.frame)
        else:
            super().delete_selection()

    # Finding

    def find_nodes(self) -> FindBox:
        """Open the box that finds nodes."""
        if self._find is None:
            steps = self._search_nodes, self._go_to_found, self._forget_find, self._not_searched
            self._find = FindBox(self, self.theme, *steps)
        self._find.open()
        return self._find

    def _search_nodes(self, text: str) -> list[tuple[str, str]]:
        found = matches(self.document.graph, self.catalog, text, self._shapes_of)
        self._show_found(found)
        return found

    def _shapes_of(self, path: str) -> str:
        """Return the shapes that a node gives, by its path; those in modules that are not open are not known."""
        report = self.scene.analysis.nodes.get(path) if self.scene.analysis is not None else None
        kinds = report["outputs"].values() if report is not None else ()
        return " ".join(shape(kind["shape"]) for kind in kinds)

    def _not_searched(self, text: str) -> str:
        """Say where shapes are not searched, of a text that may mean one; empty where they are searched everywhere."""
        asked = bool(self.document.graph.modules) and any(map(str.isdigit, text))
        return tr("Names are searched everywhere, shapes in what is open.") if asked else ""

    def _show_found(self, found: list[tuple[str, str]] | None = None) -> None:
        if found is None:
            found = self._find.found if self._find is not None else []
        self.scene.found = frozenset(
            name for path, name in found if path == self.scene.path and name in self.scene.body.nodes
        )
        self.update()

    def _go_to_found(self, path: str, name: str) -> None:
        if path == self.scene.path:
            self.select([name])
            self.center_on(name)
        else:
            self.place_wanted.emit(path, name)

    def stop_finding(self) -> None:
        """Close the box that finds nodes."""
        if self._find is not None:
            self._find.dismiss()

    def _forget_find(self) -> None:
        self._find = None
        self.scene.found = frozenset()
        self.update()

    # Looking inside

    def look_inside(self, name: str | None = None) -> None:
        """Show what a module is made of, by default the one that is selected, until something else is done."""
        if name is None:
            (name,) = self.selection
        self.look_away()
        if self.scene.body.nodes[name].operator not in self.document.graph.modules:
            return
        inside = Scene(self.document, self.catalog, path_to(self.scene.path, name))
        inside.analyse(self.scene.analysis)
        self.inside_wanted.emit(inside.path)
        window, box = self.window(), self.view.on_screen(self.scene.geometry.box(name))
        self._preview = Preview(window, self.artist, inside)
        left, right = (
            window.mapFromGlobal(self.mapToGlobal(QPoint(round(x), round(box.top)))) for x in (box.left, box.right)
        )
        self._preview.open_beside(left, right)

    def look_away(self) -> None:
        """Close the picture of what a module is made of."""
        if self._preview is not None:
            self._preview.dismiss()
            self._preview = None

    def set_theme(self, theme: Theme) -> None:
        self._give_up()
        self.stop_finding()
        super().set_theme(theme)
        if self.callout is not None:
            self.callout.deleteLater()
            self.callout = None
            self._call_out()
