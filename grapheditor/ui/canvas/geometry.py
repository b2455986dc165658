"""Where everything on the canvas is: numpy arrays that follow the document, and what lies at a point or in a box.

The single source for painting, culling, hit tests and the minimap. Knows no Qt. Units are those of ``Node.at``:
pixels at a zoom of 1; y points down, as the flow does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from grapheditor.authoring.operator import CATEGORIES
from grapheditor.catalog import Catalog
from grapheditor.edit.change import Difference
from grapheditor.edit.layout import TALL, WIDTH, height
from grapheditor.graph import Body, Input, Node, Output
from grapheditor.graph.body import input_of
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.rows import Floats, Mask, Rows, Slots

PORT = 9.0
"""Diameter of a port; it sticks out of the card by half of it."""
UNKNOWN = len(CATEGORIES)
"""The category of a node whose operator the catalogue does not have."""

X, Y, HEIGHT, INPUTS, OUTPUTS, CATEGORY = range(6)
_X1, _Y1, _X2, _Y2, _FROM, _TO, _OFFSET1, _OFFSET2 = range(8)
_CATEGORY = {name: i for i, name in enumerate(CATEGORIES)}


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


class Geometry:
    """Places and sizes of nodes, ports and wires.

    nodes: a row for each node: x, y (upper left corner), height, number of places for wires on the upper and on the
    lower edge, category. wires: a row for each wire: its two ends first, then what is needed to follow a moving node.
    version: counts up with every change; structure: with every change but mere moving.
    """

    def __init__(self, graph: Body, catalog: Catalog) -> None:
        self.graph = graph
        self.catalog = catalog
        self.version = 0
        self.structure = 0
        self.nodes: Rows[str] = Rows(6)
        self.wires: Rows[Input] = Rows(8)
        self._inputs: dict[str, tuple[Input, ...]] = {}
        self._outputs: dict[str, tuple[Output, ...]] = {}
        for name in graph.nodes:
            self._put_node(name)
        for end in graph.wires:
            self._put_wire(end)

    # Following the document

    def update(self, differences: Mapping[str, Difference], modules: Collection[str] = ()) -> None:
        """Follow what the body has just taken, by its own keys. modules: definitions whose ports may be others now."""
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
        for name in touched:
            if name in self.graph.nodes:
                self._put_node(name)
        for name in touched - self.graph.nodes.keys():
            self._remove_node(name)
        for name in touched & self.graph.nodes.keys():
            for end in (*self.graph.into(name), *self.graph.out_of(name)):
                self._put_wire(end)
        self.version += 1
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
        offset1 = _offset(self._outputs[start.node].index(start), len(self._outputs[start.node]))
        offset2 = _offset(self._inputs[end.node].index(end), len(self._inputs[end.node]))
        first, second = self.nodes.slot[start.node], self.nodes.slot[end.node]
        x1, y1, height = self.nodes.table[first, :3]
        x2, y2 = self.nodes.table[second, :2]
        self.wires.put(end, (x1 + offset1, y1 + height, x2 + offset2, y2, first, second, offset1, offset2))

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
        """Show nodes at other places, shaped (nodes, 2), than the document has; their wires follow."""
        self.nodes.table[slots, :2] = at
        moved = np.zeros(len(self.nodes), dtype=np.bool_)
        moved[slots] = True
        table = self.wires.table
        ends = table[:, (_FROM, _TO)].astype(np.intp)
        which = np.flatnonzero(moved[ends].any(axis=1))
        first, second = self.nodes.table[ends[which, 0]], self.nodes.table[ends[which, 1]]
        table[which, _X1] = first[:, X] + table[which, _OFFSET1]
        table[which, _Y1] = first[:, Y] + first[:, HEIGHT]
        table[which, _X2] = second[:, X] + table[which, _OFFSET2]
        table[which, _Y2] = second[:, Y]
        self.version += 1

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

    def bounds(self, names: Iterable[str] | None = None) -> Box | None:
        """Return the box around nodes, all by default; None where there are none."""
        table = self.nodes.table if names is None else self.nodes.table[self.nodes.slots(names)]
        if not len(table):
            return None
        left, top = table[:, :2].min(axis=0).tolist()
        return Box(left, top, float(table[:, X].max()) + WIDTH, float((table[:, Y] + table[:, HEIGHT]).max()))

    def where(self, port: Input | Output) -> tuple[float, float]:
        """Return the middle of a port; KeyError where there is no such node, ValueError where no such port."""
        left, top, _, bottom = self.box(port.node)
        if isinstance(port, Input):
            places = self._inputs[port.node]
            return left + _offset(places.index(port), len(places)), top
        outputs = self._outputs[port.node]
        return left + _offset(outputs.index(port), len(outputs)), bottom

    def around(self, slots: Slots) -> Box:
        """Return the box around nodes and all their wires: what has to be painted anew when they move."""
        moved = np.zeros(len(self.nodes), dtype=np.bool_)
        moved[slots] = True
        wires = moved[self.wires.table[:, (_FROM, _TO)].astype(np.intp)].any(axis=1)
        around = curves.boxes(self.ends(np.flatnonzero(wires)))
        table = self.nodes.table[slots]
        cards = np.stack([table[:, X], table[:, Y], table[:, X] + WIDTH, table[:, Y] + table[:, HEIGHT]], axis=1)
        both = np.concatenate([around, cards])
        return Box(*both[:, :2].min(axis=0).tolist(), *both[:, 2:].max(axis=0).tolist())

    def around_wire(self, wire: Input) -> Box:
        """Return the box around a wire."""
        return Box(*curves.boxes(self.ends(self.wires.slots([wire])))[0].tolist())

    def ends(self, slots: Slots | slice = slice(None)) -> Floats:
        """Return the ends of wires, rows of x1, y1, x2, y2."""
        return self.wires.table[slots, :4]

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
        around = curves.boxes(self.ends())
        inside = (around[:, 0] <= box.right) & (around[:, 2] >= box.left)
        inside &= (around[:, 1] <= box.bottom) & (around[:, 3] >= box.top)
        return np.flatnonzero(inside)

    def port_places(self, slots: Slots, column: int) -> Floats:
        """Return the middles of all inputs (column INPUTS) or outputs (OUTPUTS) of nodes, shaped (ports, 2)."""
        table = self.nodes.table[slots]
        counts = table[:, column].astype(np.intp)
        rows = np.repeat(table, counts, axis=0)
        first = np.repeat(np.cumsum(counts) - counts, counts)
        number = np.arange(len(rows)) - first
        x = rows[:, X] + WIDTH * (number + 1) / (rows[:, column] + 1)
        return np.stack([x, rows[:, Y] + (rows[:, HEIGHT] if column == OUTPUTS else 0.0)], axis=1)

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
        far = curves.distances(self.ends(slots), x, y)
        best = int(far.argmin())
        return self.wires.keys[slots[best]] if far[best] <= reach else None

    def wires_crossed(self, x1: float, y1: float, x2: float, y2: float) -> list[Input]:
        """Return the wires that a straight cut crosses."""
        slots = self.wires_in(Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))
        return [self.wires.keys[slot] for slot in slots[curves.crossed(self.ends(slots), x1, y1, x2, y2)]]

    def wire_under(self, name: str) -> Input | None:
        """Return the wire that passes through the middle of a node's card and is not its own."""
        left, top, right, bottom = self.box(name)
        x, y = (left + right) / 2, (top + bottom) / 2
        own = {*self.graph.into(name), *self.graph.out_of(name)}
        slots = self.wires_in(Box(x - WIDTH / 4, top, x + WIDTH / 4, bottom))
        slots = np.array([slot for slot in slots if self.wires.keys[slot] not in own], dtype=np.intp)
        if not len(slots):
            return None
        far = curves.distances(self.ends(slots), x, y)
        best = int(far.argmin())
        return self.wires.keys[slots[best]] if far[best] <= (bottom - top) / 2 else None

    def free_place(self, x: float, y: float, height: float = TALL, gap: float = 20.0) -> tuple[float, float]:
        """Return the place nearest to the right of a wished one where a card covers no other."""
        table = self.nodes.table
        beside = (table[:, Y] < y + height + gap) & (table[:, Y] + table[:, HEIGHT] > y - gap)
        taken = np.sort(table[beside, X])
        for left in taken.tolist():
            if left - gap < x + WIDTH and x < left + WIDTH + gap:
                x = left + WIDTH + 2 * gap
        return x, y

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
            wires[str(end)] = tuple(row[:4])
        return {**nodes, **wires}


def _offset(number: int, count: int) -> float:
    return WIDTH * (number + 1) / (count + 1)
