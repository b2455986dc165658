"""Where a wire could go, as a list to be searched: what the keyboard connects with. Knows no widget."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from grapheditor.edit import Change, edits
from grapheditor.graph import Input, Output
from grapheditor.graph.order import ancestors, descendants
from grapheditor.ui.canvas.fitting import declared, misfit
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.texts import tr


@dataclass(frozen=True, slots=True)
class Destination:
    """A wire that could be drawn, as a row of the search box: a title, what it would do, the category of its node.

    moved: the wire whose end would be moved there.
    """

    id: str
    title: str
    headline: str
    category: str
    start: Output
    end: Input
    moved: Input | None = None


def destinations(scene: Scene, node: str) -> list[Destination]:
    """Return the wires that fit between a node and others, to its free inputs first, then those that are near."""
    body, geometry = scene.body, scene.geometry
    waiting = [end for end in geometry.inputs(node) if end not in body.wires]
    after, before = descendants(body, [node]), ancestors(body, [node])
    into = (
        _row(scene, start, end, str(start), tr("into {port}", port=end), start.node)
        for other in _nearest(scene, node, after)
        for start in geometry.outputs(other)
        for end in waiting
        if not misfit(scene, start, end)
    )
    return [*into, *(row for start in geometry.outputs(node) for row in _onward(scene, start, before))]


def elsewhere(scene: Scene, wire: Input) -> list[Destination]:
    """Return the inputs to which the end of a wire could be moved, those that are near first."""
    start = scene.body.wires[wire]
    return list(_onward(scene, start, ancestors(scene.body, [start.node]), wire))


def _onward(scene: Scene, start: Output, barred: Collection[str], moved: Input | None = None) -> Iterator[Destination]:
    """Yield the inputs that what an output gives fits."""
    wires = scene.body.wires
    for other in _nearest(scene, start.node, barred):
        for end in scene.geometry.inputs(other):
            if wires.get(end) != start and declared(scene, end) is not None and not misfit(scene, start, end):
                taken = wires.get(end)
                says = tr("from {port}", port=start)
                instead = tr("from {port}, instead of {other}", port=start, other=taken) if taken else says
                yield _row(scene, start, end, str(end), instead, other, moved)


def _row(
    scene: Scene, start: Output, end: Input, title: str, headline: str, node: str, moved: Input | None = None
) -> Destination:
    operator = scene.operator(node)
    category = operator.category if operator is not None else ""
    return Destination(f"{start}>{end}", title, headline, category, start, end, moved)


def _nearest(scene: Scene, node: str, barred: Collection[str]) -> list[str]:
    """Return the other nodes, the nearest first, without some."""
    left, top, _, _ = scene.geometry.box(node)
    table, slot = scene.geometry.nodes.table, scene.geometry.nodes.slot
    far = abs(table[:, 0] - left) + abs(table[:, 1] - top)
    return sorted((name for name in scene.geometry.nodes.keys if name not in barred), key=lambda name: far[slot[name]])


def drawn(scene: Scene, row: Destination) -> Change:
    """Return the change that draws a wire, or moves its end there; ConnectError says why where it is impossible."""
    scope, catalog = scene.scope, scene.catalog
    if row.moved is not None:
        return edits.move_wire(scope, catalog, row.moved, row.end)
    return edits.connect(scope, catalog, row.start, row.end)
