"""Where everything on the canvas is: numpy arrays that follow the document, and what lies at a point or in a box.

The single source for painting, culling, hit tests and the minimap. Knows no Qt. Units are those of ``Node.at``:
pixels at a zoom of 1; y points down. Inputs stand on a card's upper edge and outputs on its lower one where the flow
goes down, on its left and right edge where it goes right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from grapheditor.authoring.operator import CATEGORIES
from grapheditor.catalog import Catalog
from grapheditor.edit.change import Difference
from grapheditor.edit.layout import WIDTH, Task, height
from grapheditor.graph import Body, Flow, Input, Node, Output
from grapheditor.graph.body import input_of
from grapheditor.ui.canvas import curves, routes
from grapheditor.ui.canvas.rows import Floats, Mask, Rows, Slots

PORT = 9.0
"""Diameter of a port; it sticks out of the card by half of it."""
FRAME, FRAME_TITLE = 12.0, 20.0
"""From a frame to what is in it; the height of its title."""
UNKNOWN = len(CATEGORIES)
"""The category of a node whose operator the catalogue does not have."""

X, Y, HEIGHT, INPUTS, OUTPUTS, CATEGORY = range(6)
_X1, _Y1, _X2, _Y2, _LANE, _FIRST, _LAST, _FROM, _TO, _SHARE1, _SHARE2, _LEFT, _TOP, _RIGHT, _BOTTOM = range(15)
_ENDS, _ROUTE, _AROUND = slice(_X1, _Y2 + 1), slice(_X1, _LAST + 1), slice(_LEFT, _BOTTOM + 1)
MOST_MOVED = 60
"""Nodes that are moved at once without all wires being looked at anew."""
_CATEGORY = {name: i for i, name in enumerate(CATEGORIES)}


MODULE = _CATEGORY["Module"]


class Box(NamedTuple):
    """A rectangle by its edges."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, x: float, y: float | None = None) -> Box:
        """Return a box whose edges lie further out."""
        y = x if y is None else y
        return Box(self.left - x, self.top - y, self.right + x, self.bottom + y)

    def joined(self, other: Box) -> Box:
        """Return the smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def meets(self, other: Box) -> bool:
        """Tell whether two boxes have a point in common."""
        across = self.left <= other.right and other.left <= self.right
        return across and self.top <= other.bottom and other.top <= self.bottom

    def framed(self) -> Box:
        """Return the box of a frame around it, its title included."""
        return Box(self.left - FRAME, self.top - FRAME - FRAME_TITLE, self.right + FRAME, self.bottom + FRAME)


class Geometry:
    """Places and sizes of nodes, ports and wires.

    nodes: a row for each node: x, y (upper left corner), height, number of places for wires on the upper and on the
    lower edge, category. wires: a row for each wire: its two ends and its route first, then what is needed to follow a
    moving node.
    structure: counts up with every change of the body; while nodes are held elsewhere it stays.
    """

    def __init__(self, graph: Body, catalog: Catalog, flow: Flow = "down") -> None:
        self.graph = graph
        self.catalog = catalog
        self.flow: Flow = flow
        self.structure = 0
        self.nodes: Rows[str] = Rows(6)
        self.wires: Rows[Input] = Rows(15)
        self._inputs: dict[str, tuple[Input, ...]] = {}
        self._outputs: dict[str, tuple[Output, ...]] = {}
        for name in graph.nodes:
            self._put_node(name)
        for end in graph.wires:
            self._put_wire(end)
        self._held: Slots = np.zeros(0, dtype=np.intp)
        self.route()

    # Following the document

    def turn(self, flow: Flow) -> None:
        """Let the flow go elsewhere; nodes stay where they are."""
        if flow != self.flow:
            self.flow = flow
            self._join(np.arange(len(self.wires)))
            self.route()

    def update(self, differences: Mapping[str, Difference], modules: Collection[str] = ()) -> None:
        """Follow what the body has just taken, by its own keys. modules: definitions whose ports may be others now."""
        self.settle()
        if not modules and _moves_only(differences):
            self._move(differences)
            return
        touched = {node.id for node in self.graph.nodes.values() if node.operator in modules} if modules else set()
        for key, (before, after) in differences.items():
            kind, _, rest = key.partition(".")
            if kind == "nodes":
                touched.add(rest)
            elif kind == "wires":
                end = input_of(key.removeprefix("wires."))
                touched.add(end.node)
                touched.update(start.node for start in (before, after) if isinstance(start, Output))
                if after is None and end in self.wires:
                    self.wires.remove(end)
        gone = self._boxes(self.nodes.slots(touched))
        for name in touched:
            if name in self.graph.nodes:
                self._put_node(name)
        for name in touched - self.graph.nodes.keys():
            self._remove_node(name)
        for name in touched & self.graph.nodes.keys():
            for end in (*self.graph.into(name), *self.graph.out_of(name)):
                self._put_wire(end)
        slots = self.nodes.slots(touched)
        self._route_around(slots, np.concatenate([gone, self._boxes(slots)]))
        self.structure += 1

    def _move(self, differences: Mapping[str, Difference]) -> None:
        """Follow a change that only places nodes elsewhere, which may be all of them."""
        names = [key.removeprefix("nodes.") for key in differences]
        slots = self.nodes.slots(names)
        before = self._boxes(slots)
        self.nodes.table[slots, :2] = [self.graph.nodes[name].at for name in names]
        self._join(np.flatnonzero(self._joined_to(slots)))
        self._route_around(slots, np.concatenate([before, self._boxes(slots)]))
        self.structure += 1

    def _put_node(self, name: str) -> None:
        node = self.graph.nodes[name]
        operator = self.catalog.of(self.graph, node)
        self._inputs[name] = self._input_places(node)
        self._outputs[name] = self._output_places(node)
        category = UNKNOWN if operator is None else _CATEGORY[operator.category]
        counts = len(self._inputs[name]), len(self._outputs[name])
        self.nodes.put(name, (*node.at, height(self.graph, node, self.catalog), *counts, category))

    def _remove_node(self, name: str) -> None:
        if name not in self.nodes:
            return
        slot, last = self.nodes.remove(name)
        del self._inputs[name], self._outputs[name]
        ends = self.wires.table[:, (_FROM, _TO)]
        self.wires.table[:, (_FROM, _TO)] = np.where(ends == last, slot, ends)

    def _put_wire(self, end: Input) -> None:
        start = self.graph.wires[end]
        leaving = _share(self._outputs[start.node].index(start), len(self._outputs[start.node]))
        arriving = _share(self._inputs[end.node].index(end), len(self._inputs[end.node]))
        first, second = self.nodes.slot[start.node], self.nodes.slot[end.node]
        x1, y1, high1 = self.nodes.table[first, :3].tolist()
        x2, y2, high2 = self.nodes.table[second, :3].tolist()
        if self.flow == "down":
            ends = x1 + leaving * WIDTH, y1 + high1, x2 + arriving * WIDTH, y2
        else:
            ends = x1 + WIDTH, y1 + leaving * high1, x2, y2 + arriving * high2
        self.wires.put(end, (*ends, *[np.nan] * 3, first, second, leaving, arriving, *[np.nan] * 4))

    def _input_places(self, node: Node) -> tuple[Input, ...]:
        """A place for each port; one that repeats has one for each wire and a free one. Undeclared ones come last."""
        operator = self.catalog.of(self.graph, node)
        wired = self.graph.into(node.id)
        places: list[Input] = []
        for port in operator.inputs if operator else ():
            if not port.repeats:
                places.append(Input(node.id, port.name))
                continue
            used = sorted(end.index for end in wired if end.port == port.name and end.index is not None)
            places += [Input(node.id, port.name, i) for i in (*used, used[-1] + 1 if used else 0)]
        strange = sorted((end for end in wired if end not in places), key=str)
        return (*places, *strange)

    def _output_places(self, node: Node) -> tuple[Output, ...]:
        operator = self.catalog.of(self.graph, node)
        places = [Output(node.id, port.name) for port in operator.outputs] if operator else []
        strange = sorted(set(self.graph.out_of(node.id).values()) - set(places))
        return (*places, *strange)

    # Moving

    def place(self, slots: Slots, at: Floats) -> None:
        """Hold nodes at other places, shaped (nodes, 2), than the document has; their wires follow.

        Until :meth:`settle` no wire makes way for them, so that they can be put into one, and those of very many nodes
        are plain curves.
        """
        if not np.array_equal(slots, self._held):
            self.settle()
            self._held = slots
            self._route_around(slots, self._boxes(slots))
        self.nodes.table[slots, :2] = at
        joined = self._joined_to(slots)
        self._join(np.flatnonzero(joined))
        if len(slots) > MOST_MOVED:
            self.wires.table[joined, _LANE : _LAST + 1] = np.nan
            self._enclose(np.flatnonzero(joined))
        else:
            self.route(np.flatnonzero(self._siblings(joined)))

    def settle(self) -> None:
        """Let go of the nodes that are held: wires make way for them where they are now."""
        if len(self._held):
            held, self._held = self._held, self._held[:0]
            self._route_around(held, self._boxes(held))

    def _joined_to(self, slots: Slots) -> Mask:
        moved = np.zeros(len(self.nodes), dtype=np.bool_)
        moved[slots] = True
        table = self.wires.table
        return np.asarray(moved[table[:, _FROM].astype(np.intp)] | moved[table[:, _TO].astype(np.intp)])

    def _join(self, which: Slots) -> None:
        """Put the ends of wires to their ports."""
        table = self.wires.table
        leaving, arriving = table[which, _SHARE1], table[which, _SHARE2]
        first, second = (self.nodes.table[table[which, column].astype(np.intp)] for column in (_FROM, _TO))
        if self.flow == "down":
            down = first[:, HEIGHT]
            ends = [first[:, X] + leaving * WIDTH, first[:, Y] + down, second[:, X] + arriving * WIDTH, second[:, Y]]
        else:
            down1, down2 = leaving * first[:, HEIGHT], arriving * second[:, HEIGHT]
            ends = [first[:, X] + WIDTH, first[:, Y] + down1, second[:, X], second[:, Y] + down2]
        table[which, _ENDS] = np.stack(ends, axis=1)

    # Routes

    def route(self, which: Slots | None = None) -> None:
        """Find the way of wires, all by default: a plain curve, or a lane beside the cards that it would run behind."""
        table = self.wires.table
        which = np.arange(len(table)) if which is None else which
        if not len(which):
            return
        ends = curves.turned(table[which, _ENDS], self.flow)
        start, stop = table[:, _FROM].astype(np.intp), table[which, _TO].astype(np.intp)
        wanted = np.zeros(len(self.nodes), dtype=np.bool_)
        wanted[start[which]] = True
        related = np.flatnonzero(wanted[start])
        far = np.full(len(self.nodes), -np.inf)
        np.maximum.at(far, start[related], table[related, _Y2 if self.flow == "down" else _X2])
        own = np.stack([start[which], stop], axis=1)
        around = curves.turned(_windows(ends), self.flow)
        near = self.nodes_in(Box(*around[:, :2].min(axis=0).tolist(), *around[:, 2:].max(axis=0).tolist()))
        if len(self._held):
            near = near[~np.isin(near, self._held)]
        cards = routes.Cards(curves.turned(self._boxes(near), self.flow), near)
        table[which, _LANE : _LAST + 1] = routes.lanes(ends, own, far[start[which]], cards)
        self._enclose(which)

    def _enclose(self, which: Slots) -> None:
        self.wires.table[which, _AROUND] = curves.boxes(self.routes(which), self.flow)

    def _route_around(self, slots: Slots, boxes: Floats) -> None:
        """Find the way again of all wires for which it matters that cards came to boxes, or went from them.

        Those of the nodes, and of what they are wired to; those that pass there, or would if there were room.
        """
        if len(slots) > MOST_MOVED:
            self.route()
            return
        chosen = self._siblings(self._joined_to(slots))
        around = _windows(curves.turned(self.routes(), self.flow))
        for left, top, right, bottom in curves.turned(boxes, self.flow).tolist():
            near = (around[:, 0] <= right) & (around[:, 2] >= left) & (around[:, 1] <= bottom) & (around[:, 3] >= top)
            chosen |= near
        self.route(np.flatnonzero(chosen))

    def _siblings(self, wires: Mask) -> Mask:
        """Return wires, and all others that start at the same nodes."""
        start = self.wires.table[:, _FROM].astype(np.intp)
        found = np.zeros(len(self.nodes), dtype=np.bool_)
        found[start[wires]] = True
        return np.asarray(found[start])

    def task(
        self, names: Collection[str] | None = None, groups: Mapping[str, Collection[str]] = MappingProxyType({})
    ) -> Task:
        """Return what is to be laid out anew: nodes, all by default, and the wires between them.

        groups: nodes that stay together, by a name, as far as they are among those.
        """
        slots = np.arange(len(self.nodes)) if names is None else self.nodes.slots(names)
        number = np.full(len(self.nodes), -1)
        number[slots] = np.arange(len(slots))
        table = self.wires.table
        ends = number[table[:, (_FROM, _TO)].astype(np.intp)]
        inside = (ends >= 0).all(axis=1)
        wires = [
            (start, end, leaving, arriving)
            for (start, end), (leaving, arriving) in zip(
                ends[inside].tolist(), table[inside][:, (_SHARE1, _SHARE2)].tolist(), strict=True
            )
        ]
        keys = self.nodes.keys
        members = [number[self.nodes.slots(group)] for group in groups.values()]
        together = [places.tolist() for group in members if len(places := group[group >= 0]) > 1]
        names, heights = [keys[slot] for slot in slots.tolist()], self.nodes.table[slots, HEIGHT].tolist()
        outputs = self.nodes.table[slots, OUTPUTS].astype(int).tolist()
        return Task(names, heights, wires, self.flow, together, outputs)

    def _boxes(self, slots: Slots) -> Floats:
        table = self.nodes.table[slots]
        right, bottom = table[:, X] + WIDTH, table[:, Y] + table[:, HEIGHT]
        return np.stack([table[:, X], table[:, Y], right, bottom], axis=1)

    # What is where

    def inputs(self, name: str) -> tuple[Input, ...]:
        """Return the places on a node's upper edge, from left to right."""
        return self._inputs[name]

    def outputs(self, name: str) -> tuple[Output, ...]:
        """Return the places on a node's lower edge, from left to right."""
        return self._outputs[name]

    def box(self, name: str) -> Box:
        """Return the box of a node's card."""
        x, y, height = self.nodes.table[self.nodes.slot[name], :3].tolist()
        return Box(x, y, x + WIDTH, y + height)

    def boxes(self) -> Floats:
        """Return the boxes of all cards, by slot: rows of left, top, right, bottom."""
        return self._boxes(np.arange(len(self.nodes)))

    def bounds(self, names: Iterable[str] | None = None) -> Box | None:
        """Return the box around nodes, all by default; None where there are none."""
        table = self.nodes.table if names is None else self.nodes.table[self.nodes.slots(names)]
        if not len(table):
            return None
        x, y, high = table[:, X], table[:, Y], table[:, HEIGHT]
        return Box(float(x.min()), float(y.min()), float(x.max()) + WIDTH, float((y + high).max()))

    def where(self, port: Input | Output) -> tuple[float, float]:
        """Return the middle of a port; KeyError where there is no such node, ValueError where no such port."""
        left, top, _, bottom = self.box(port.node)
        output = isinstance(port, Output)
        places = self._outputs[port.node] if output else self._inputs[port.node]
        x, y = port_place(places.index(port), len(places), bottom - top, self.flow, output=output)
        return left + x, top + y

    def around(self, slots: Slots) -> Box:
        """Return the box around nodes and all their wires: what has to be painted anew when they move."""
        both = np.concatenate([self.wires.table[self._joined_to(slots), _AROUND], self._boxes(slots)])
        return Box(*both[:, :2].min(axis=0).tolist(), *both[:, 2:].max(axis=0).tolist())

    def around_wire(self, wire: Input) -> Box:
        """Return the box around a wire."""
        return Box(*self.wires.table[self.wires.slot[wire], _AROUND].tolist())

    def ends(self, slots: Slots | slice = slice(None)) -> Floats:
        """Return the ends of wires, rows of x1, y1, x2, y2."""
        return self.wires.table[slots, _ENDS]

    def routes(self, slots: Slots | slice = slice(None)) -> Floats:
        """Return wires as :mod:`grapheditor.ui.canvas.curves` takes them: their ends, and their lanes."""
        return self.wires.table[slots, _ROUTE]

    def sources(self, slots: Slots | slice = slice(None)) -> Slots:
        """Return the slots of the nodes at which wires start."""
        return self.wires.table[slots, _FROM].astype(np.intp)

    def nodes_in(self, box: Box) -> Slots:
        """Return the slots of nodes whose card, ports included, touches a box."""
        table, reach = self.nodes.table, PORT / 2
        inside = (table[:, X] <= box.right) & (table[:, X] >= box.left - WIDTH)
        inside &= (table[:, Y] - reach <= box.bottom) & (table[:, Y] + table[:, HEIGHT] + reach >= box.top)
        return np.flatnonzero(inside)

    def wires_in(self, box: Box) -> Slots:
        """Return the slots of wires that may touch a box: a few that pass beside it can be among them."""
        left, top, right, bottom = self.wires.table[:, _AROUND].T
        inside = (left <= box.right) & (right >= box.left)
        inside &= (top <= box.bottom) & (bottom >= box.top)
        return np.flatnonzero(inside)

    def node_at(self, x: float, y: float, above: Mask | None = None) -> str | None:
        """Return the node whose card is at a point, the uppermost where several are; above: nodes over all others."""
        table = self.nodes.table
        inside = (table[:, X] <= x) & (x <= table[:, X] + WIDTH)
        inside &= (table[:, Y] <= y) & (y <= table[:, Y] + table[:, HEIGHT])
        found = np.flatnonzero(inside & above) if above is not None else np.flatnonzero(inside)
        if not len(found):
            found = np.flatnonzero(inside)
        return self.nodes.keys[found[-1]] if len(found) else None

    def port_at(self, x: float, y: float, reach: float) -> Input | Output | None:
        """Return the port that is nearest to a point, within a reach; of two at one place the uppermost node's."""
        best: float = reach
        nearest: Input | Output | None = None
        for slot in self.nodes_in(Box(x, y, x, y).grown(reach)):
            name = self.nodes.keys[slot]
            ports: list[Input | Output] = [*self._inputs[name], *self._outputs[name]]
            for port in ports:
                px, py = self.where(port)
                distance = float(np.hypot(px - x, py - y))
                if distance <= best:
                    best, nearest = distance, port
        return nearest

    def wire_at(self, x: float, y: float, reach: float) -> Input | None:
        """Return the wire that is nearest to a point, within a reach."""
        slots = self.wires_in(Box(x, y, x, y).grown(reach))
        if not len(slots):
            return None
        far = curves.distances(self.routes(slots), x, y, self.flow)
        best = int(far.argmin())
        return self.wires.keys[slots[best]] if far[best] <= reach else None

    def wires_crossed(self, x1: float, y1: float, x2: float, y2: float) -> list[Input]:
        """Return the wires that a straight cut crosses."""
        slots = self.wires_in(Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))
        return [self.wires.keys[slot] for slot in slots[curves.crossed(self.routes(slots), x1, y1, x2, y2, self.flow)]]

    def wire_under(self, name: str) -> Input | None:
        """Return the wire that passes through the middle of a node's card and is not its own."""
        left, top, right, bottom = self.box(name)
        x, y = (left + right) / 2, (top + bottom) / 2
        own = {*self.graph.into(name), *self.graph.out_of(name)}
        slots = self.wires_in(Box(x - WIDTH / 4, top, x + WIDTH / 4, bottom))
        slots = np.array([slot for slot in slots if self.wires.keys[slot] not in own], dtype=np.intp)
        if not len(slots):
            return None
        far = curves.distances(self.routes(slots), x, y, self.flow)
        best = int(far.argmin())
        return self.wires.keys[slots[best]] if far[best] <= (bottom - top) / 2 else None

    def mask(self, names: Iterable[str]) -> Mask:
        """Return a mask over the nodes' slots."""
        return self.nodes.mask(names)

    def places(self) -> Mapping[str, tuple[float, ...]]:
        """Return all rows by key, nodes and wires: two geometries are equal where these are."""
        nodes = {name: tuple(self.nodes.table[slot].tolist()) for name, slot in self.nodes.slot.items()}
        wires = {}
        for end, slot in self.wires.slot.items():
            row = self.wires.table[slot].tolist()
            ends = (self.nodes.keys[int(row[_FROM])], self.nodes.keys[int(row[_TO])])
            assert ends == (self.graph.wires[end].node, end.node)
            kept = row[_ROUTE] + row[_AROUND]
            wires[str(end)] = tuple(-1.0 if value != value else value for value in kept)  # noqa: PLR0124
        return {**nodes, **wires}


def _share(number: int, count: int) -> float:
    return (number + 1) / (count + 1)


def port_place(number: int, count: int, high: float, flow: Flow, *, output: bool) -> tuple[float, float]:
    """Return where the middle of one of so many ports is, from the corner of its card, which is so high."""
    share = _share(number, count)
    return (WIDTH * output, share * high) if flow == "right" else (share * WIDTH, high * output)


def _moves_only(differences: Mapping[str, Difference]) -> bool:
    """Tell whether a change does nothing but place nodes that stay what they were."""
    for key, (before, after) in differences.items():
        if not (key.startswith("nodes.") and isinstance(before, Node) and isinstance(after, Node)):
            return False
        if before.options is not after.options or _but_place(before) != _but_place(after):
            return False
    return bool(differences)


def _but_place(node: Node) -> tuple[object, ...]:
    return node.operator, node.title, node.when, node.repeat, node.weights, node.scan, node.learning


def _windows(rows: Floats) -> Floats:
    """Return the boxes in which cards matter for wires: wide ones where they have a lane, or look for one."""
    x = rows[:, (0, 2)]
    sought = ~np.isnan(rows[:, 5]) if rows.shape[1] > 4 else np.ones(len(rows), dtype=np.bool_)
    reach = np.where(sought, routes.WINDOW + 2 * routes.MARGIN, 0.0)
    top, bottom = rows[:, 1] - routes.BAND, rows[:, 3] + routes.BAND
    return np.stack([x.min(axis=1) - reach, top, x.max(axis=1) + reach, bottom], axis=1)
