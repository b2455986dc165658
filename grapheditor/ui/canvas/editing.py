"""What the canvas does to the document: each verb one undo step, made of the edits in :mod:`grapheditor.edit.edits`.

No Qt here. Verbs that add nodes return their ids; the canvas selects them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from grapheditor.authoring import Operator
from grapheditor.edit import Change, clipboard, edits
from grapheditor.edit.helpers import HELPERS
from grapheditor.edit.layout import AHEAD, LOW, TALL, WIDTH, Task, task_of
from grapheditor.edit.scope import Scope
from grapheditor.graph import Body, ConnectError, FileError, Flow, Input, Output, read_text, write_text
from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.canvas.walk import descendants

OFFSET = 32.0
"""From a node to its duplicate, to the right and down."""
IN_LINE = 64.0
"""A card that is dropped on a wire within this distance of its nodes' column is put into it."""
Place = tuple[float, float]


class Editing:
    """Verbs on the document that a scene shows."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @property
    def scope(self) -> Scope:
        """Where the edits are made."""
        return self.scene.scope

    @property
    def body(self) -> Body:
        """The nodes and wires as they are now."""
        return self.scene.body

    def commit(self, change: Change) -> None:
        """Take a change as one step."""
        self.scene.document.commit(change)

    def behind(self, operator: str) -> str | None:
        """Return the node that a new one goes behind: the single selected one, or the one input that still waits."""
        if not HELPERS.behind:
            return None
        selection = self.scene.selection
        if not selection and self._declared(operator).inputs:
            return edits.waiting_input(self.scope)
        return next(iter(selection)) if len(selection) == 1 else None

    def add(self, operator: str, wished: Place) -> str:
        """Add a node behind the one that it follows, wired to it; at a wished place where there is none."""
        chosen = self.behind(operator)
        if chosen is not None:
            wished = self._next(chosen, self._height(operator))
        at = self.scene.geometry.free_place(*wished, self._height(operator))
        change, name = edits.add_node(self.scope, self.scene.catalog, operator, at, chosen)
        self.commit(change)
        return name

    def _next(self, node: str, high: float) -> Place:
        """Return the place of a card in line with a node, one layer on."""
        left, top, right, bottom = self.scene.geometry.box(node)
        if self.scene.geometry.flow == "down":
            return left, bottom + AHEAD["down"]
        return right + AHEAD["right"], (top + bottom - high) / 2

    def add_at(
        self,
        operator: str,
        at: Place,
        start: Output | None = None,
        end: Input | None = None,
        port: str | None = None,
    ) -> str:
        """Add a node, the middle of the edge of its inputs at a place, wired to what a dragged wire came from."""
        high = self._height(operator)
        corner = (at[0] - WIDTH / 2, at[1]) if self.scene.geometry.flow == "down" else (at[0], at[1] - high / 2)
        place = self.scene.geometry.free_place(*corner, high, 4.0)
        change, name = edits.add_between(self.scope, self.scene.catalog, operator, place, start, end, port)
        self.commit(change)
        return name

    def add_into(self, operator: str, at: Place, wire: Input) -> str:
        """Add a node and insert it into a wire, if it has both an input and an output."""
        declared = self._declared(operator)
        if not (declared.inputs and declared.outputs):
            return self.add_at(operator, at)
        start = self.body.wires[wire]
        high = self._height(operator)
        across = at[0] - WIDTH / 2 if self.scene.geometry.flow == "down" else at[1] - high / 2
        place, room = self._room(wire, across, high)
        change, name = edits.add_between(self.scope, self.scene.catalog, operator, place, start, wire)
        self.commit(change.then(room))
        return name

    def _room(self, wire: Input, across: float, high: float) -> tuple[Place, Change]:
        """Return where a card stands in a wire, in line with it where it was dropped nearly so, and what makes way.

        What depends on the wire moves on together, as far as the card needs. across: the card's corner across the flow.
        """
        geometry = self.scene.geometry
        above, below = geometry.box(self.body.wires[wire].node), geometry.box(wire.node)
        if geometry.flow == "right":
            return self._room_beside(above, below, wire.node, across, high)
        x = across
        straight = next((box.left for box in (below, above) if abs(box.left - x) < IN_LINE), x)
        place = straight, above.bottom + AHEAD["down"]
        missing = place[1] + high + AHEAD["down"] - below.top
        if missing <= 0:
            return (straight, (above.bottom + below.top - high) / 2), Change("")
        names = descendants(self.body, wire.node)
        down = {name: (self.body.nodes[name].at[0], self.body.nodes[name].at[1] + missing) for name in names}
        return place, edits.move(self.scope, down)

    def _declared(self, operator: str) -> Operator:
        """Return an operator or a module; the palette offers none that is not there."""
        found = self.scene.catalog.find(self.body, operator)
        assert found is not None, operator
        return found

    def _room_beside(self, before: Box, behind: Box, node: str, y: float, high: float) -> tuple[Place, Change]:
        """Return the same where the flow goes right."""
        level = next((top for top in (_level(behind, high), _level(before, high)) if abs(top - y) < IN_LINE), y)
        gap = AHEAD["right"]
        missing = before.right + gap + WIDTH + gap - behind.left
        if missing <= 0:
            return ((before.right + behind.left - WIDTH) / 2, level), Change("")
        nodes = self.body.nodes
        on = {name: (nodes[name].at[0] + missing, nodes[name].at[1]) for name in descendants(self.body, node)}
        return (before.right + gap, level), edits.move(self.scope, on)

    def _height(self, operator: str) -> float:
        return TALL if self._declared(operator).summary({}) else LOW

    def remove(self, nodes: Iterable[str], wires: Iterable[Input]) -> None:
        """Remove nodes and wires."""
        self.commit(edits.remove(self.scope, nodes, wires))

    def dissolve(self, nodes: Iterable[str]) -> None:
        """Remove nodes and join the wires."""
        self.commit(edits.dissolve(self.scope, nodes))

    def copied(self, nodes: Iterable[str]) -> str:
        """Return nodes and the wires between them as text."""
        return write_text(clipboard.excerpt(self.scope, nodes))

    def paste(self, text: str, at: Place | None) -> list[str]:
        """Add the nodes of a text, by default beside where they came from; return their ids.

        ValueError with a sentence where the text holds none.
        """
        try:
            other = read_text(text, history=self.scene.catalog.history)
        except FileError as error:
            raise ValueError(f"The clipboard holds no nodes that can be pasted: {error}") from error
        if not other.nodes:
            raise ValueError("The clipboard holds a graph without nodes.")
        corner = _corner(other)
        taken = {node.at for node in self.body.nodes.values()}
        place = at or corner
        while at is None and any(_moved(node.at, corner, place) in taken for node in other.nodes.values()):
            place = (place[0] + OFFSET, place[1] + OFFSET)
        change, names = clipboard.paste(self.scope, other, place)
        self.commit(change)
        return names

    def duplicate(self, nodes: Iterable[str], offset: Place = (OFFSET, OFFSET)) -> list[str]:
        """Add copies of nodes beside them."""
        part = clipboard.excerpt(self.scope, nodes)
        corner = _corner(part)
        change, names = clipboard.paste(self.scope, part, (corner[0] + offset[0], corner[1] + offset[1]))
        self.commit(replace(change, title="Duplicate"))
        return names

    def move(self, places: dict[str, Place], into: Input | None = None) -> None:
        """Place nodes; with a wire given, insert the one that was moved into it, in the same step."""
        change = edits.move(self.scope, places)
        if into is not None:
            ((name, (x, y)),) = places.items()
            box = self.scene.geometry.box(name)
            place, room = self._room(into, x if self.scene.geometry.flow == "down" else y, box.bottom - box.top)
            change = edits.insert(self.scope, self.scene.catalog, name, into)
            change = change.then(room).then(edits.move(self.scope, {name: place}))
        self.commit(change)

    def can_insert(self, name: str, wire: Input) -> bool:
        """Tell whether a node that is there can be put into a wire."""
        try:
            return bool(edits.insert(self.scope, self.scene.catalog, name, wire))
        except ConnectError:
            return False

    def tidy(self, places: Mapping[str, Place]) -> None:
        """Place nodes as they were laid out; a part of the graph stays where its upper left corner was."""
        left, top = _corner(self.body, places) if len(places) < len(self.body.nodes) else (0.0, 0.0)
        self.commit(edits.move(self.scope, {name: (x + left, y + top) for name, (x, y) in places.items()}, "Tidy"))

    def turning(self, flow: Flow) -> dict[str, Task]:
        """Return what is to be laid out anew where the flow is to go elsewhere: all bodies, by prefix of their keys."""
        shown, whole = self.scene.geometry, self.scene.document.graph
        bodies = {"": whole, **{f"modules.{name}.": module for name, module in whole.modules.items()}}
        return {
            prefix: replace(shown.task(), flow=flow)
            if body is shown.graph
            else task_of(body, self.scene.catalog, flow=flow)
            for prefix, body in bodies.items()
        }


def _corner(graph: Body, names: Iterable[str] | None = None) -> Place:
    nodes = [graph.nodes[name] for name in (graph.nodes if names is None else names)]
    return min((node.at[0] for node in nodes), default=0.0), min((node.at[1] for node in nodes), default=0.0)


def _level(box: Box, high: float) -> float:
    return (box.top + box.bottom - high) / 2


def _moved(at: Place, corner: Place, place: Place) -> Place:
    return at[0] - corner[0] + place[0], at[1] - corner[1] + place[1]
