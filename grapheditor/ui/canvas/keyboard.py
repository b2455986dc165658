"""The canvas's verbs by keys alone: walking, moving nodes, choosing wires, connecting."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from grapheditor.catalog import Catalog
from grapheditor.edit import Document
from grapheditor.graph import Input
from grapheditor.ui.canvas import connecting, curves, walk
from grapheditor.ui.canvas.building import Building
from grapheditor.ui.canvas.editing import OFFSET
from grapheditor.ui.canvas.paint import DOTS
from grapheditor.ui.canvas.walk import Direction
from grapheditor.ui.palette.search import SearchPopup
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme

_STEPS: dict[Direction, tuple[float, float]] = {
    "up": (0.0, -DOTS),
    "down": (0.0, DOTS),
    "left": (-DOTS, 0.0),
    "right": (DOTS, 0.0),
}


class Keyboard(Building):
    """A surface on which hands need no mouse."""

    def __init__(self, document: Document, catalog: Catalog, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(document, catalog, theme, parent)
        self._walker: str | None = None
        """The node at which a walk that extends the selection is."""
        self._carried: tuple[frozenset[str], object] = (frozenset(), object())
        """The nodes that were moved by a key last: what follows is a part of the same step."""
        self._around: str | None = None
        """The node whose wires are chosen one after the other."""

    # Walking

    def walk(self, direction: Direction, *, extend: bool = False) -> None:
        """Select the next node in a direction, along the wires or beside; extend: what is selected stays so.

        From a wire one comes to the node at its end, or at its start.
        """
        here = self._here()
        name = self._end_of_wire(direction) if here is None and self.selected_wires else None
        if here is not None:
            name = walk.neighbour(self.scene.body, self.scene.geometry, here, direction)
        elif name is None:
            name = walk.first(self.scene.geometry)
        if name is not None:
            self.select({*self.selection, name} if extend else [name])
            self._walker = name
            self.reveal([name])

    def _here(self) -> str | None:
        """Return the node from which one walks."""
        if self._walker in self.selection:
            return self._walker
        return min(self.selection, default=None)

    def _end_of_wire(self, direction: Direction) -> str:
        wire = min(self.selected_wires, key=str)
        return self.scene.body.wires[wire].node if direction in ("up", "left") else wire.node

    def carry(self, direction: Direction) -> None:
        """Move the selected nodes by one step of the grid; steps in a row are one step of undo."""
        if not self.selection:
            return
        if self._carried[0] != self.selection:
            self._carried = self.selection, object()
        dx, dy = _STEPS[direction]
        at = {name: self.scene.body.nodes[name].at for name in self.selection}
        self.editing.move({name: (x + dx, y + dy) for name, (x, y) in at.items()}, bout=self._carried[1])
        self.reveal(self.selection)

    # Wires

    def next_wire(self, by: int = 1) -> None:
        """Select a wire of the selected node, or the next one of the node whose wire is selected; Delete cuts it."""
        wires = self.selected_wires
        if len(self.selection) == 1:
            self._around = next(iter(self.selection))
        elif wires and self._around is None:
            self._around = min(wires, key=str).node
        found = self._wires_of(self._around)
        if not found and wires:
            self._around = min(wires, key=str).node
            found = self._wires_of(self._around)
        if not found:
            self.message.emit(tr("No wire leads to this node or away from it."))
            return
        now = next((number for number, wire in enumerate(found) if wire in wires), -1 if by > 0 else 0)
        chosen = found[(now + by) % len(found)]
        self.select([], [chosen])
        self.reveal([chosen.node])
        self.message.emit(tr("{start} to {end}", start=self.scene.body.wires[chosen], end=chosen))

    def _wires_of(self, node: str | None) -> list[Input]:
        """Return the wires of a node, in the order of its ports: those that lead to it first."""
        body = self.scene.body
        if node not in body.nodes:
            return []
        leaving = sorted(body.out_of(node).items(), key=lambda wire: (str(wire[1]), str(wire[0])))
        return [*(end for end in self.scene.geometry.inputs(node) if end in body.wires), *(end for end, _ in leaving)]

    def connect_to(self) -> SearchPopup | None:
        """Offer the ports to which the selected node can be wired, or the end of the selected wire be moved."""
        if len(self.selection) == 1:
            (name,) = self.selection
            rows, note, at = connecting.destinations(self.scene, name), name, self._cursor_place()
        else:
            (wire,) = self.selected_wires
            rows, note = connecting.elsewhere(self.scene, wire), str(wire)
            geometry = self.scene.geometry
            middle = curves.middles(geometry.routes(geometry.wires.slots([wire])), geometry.flow)[0].tolist()
            at = self.global_at(*self.view.to_screen(*middle))
        if not rows:
            self.message.emit(tr("Nothing here fits {what}.", what=note))
            return None
        by_id = {row.id: row for row in rows}

        def choose(chosen: str) -> None:
            self.attempt(lambda: self.editing.commit(connecting.drawn(self.scene, by_id[chosen])))
            self.setFocus()

        asks = tr("Search nodes and ports"), tr("No port matches.")
        return self._offer(rows, note, at, choose, asks)

    def copy_linked(self) -> None:
        """Add copies of the selected nodes that have the same weights, beside them."""
        self.duplicate_linked(self.selection, (OFFSET, OFFSET))
