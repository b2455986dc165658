"""Going through the network with one sample: forward node by node, then back wire by wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from grapheditor.graph import Input
from grapheditor.graph.order import ancestors, flow_or_nothing
from grapheditor.ui.lens.pin import Pin

if TYPE_CHECKING:
    from grapheditor.ui.lens.pin import What
    from grapheditor.ui.lens.pins import Pins
    from grapheditor.ui.session import Session

TEMPO = 900
"""Milliseconds at a stop while it goes on by itself."""
AHEAD = 4
"""So many stops around the one that is shown are looked at with it, so that a step waits for nothing."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where one stops: at a node on the way forward, at a wire on the way back."""

    what: What

    @property
    def back(self) -> bool:
        """Whether it is on the way back."""
        return isinstance(self.what, Input)


class Walk(QObject):
    """The stops of the body that is shown, and at which of them one is; no stop where nobody goes through it."""

    changed = Signal()

    def __init__(self, session: Session, pins: Pins) -> None:
        super().__init__(session)
        self._session = session
        self._pins = pins
        self.stops: tuple[Stop, ...] = ()
        self.place = 0
        self._left: Stop | None = None
        """Where one was on the other way."""
        self.pin: Pin | None = None
        """What is looked at where one is; None where nobody goes through the network."""
        self._timer = QTimer(self)
        self._timer.setInterval(TEMPO)
        self._timer.timeout.connect(self._go_on)
        session.opened.connect(self.end)
        session.edited.connect(self._keep)
        session.entered.connect(self._enter)

    @property
    def on(self) -> bool:
        """Whether somebody goes through the network."""
        return self.pin is not None

    @property
    def plays(self) -> bool:
        """Whether it goes on by itself."""
        return self._timer.isActive()

    @property
    def stop(self) -> Stop | None:
        """Where one is."""
        return self.stops[self.place] if self.on else None

    @property
    def around(self) -> list[Pin]:
        """What is looked at beside the stop, so that the next one is known when one comes there."""
        if not self.on:
            return []
        near = self.stops[max(0, self.place - AHEAD) : self.place + AHEAD + 1]
        return [Pin(self._session.place, stop.what) for stop in near]

    @property
    def reached(self) -> frozenset[str] | None:
        """The nodes that were computed up to here, or, on the way back, those whose gradient is known already."""
        stop = self.stop
        if stop is None:
            return None
        if not stop.back:
            return frozenset(str(each.what) for each in self.stops[: self.place + 1] if not each.back)
        wires = self._session.body.wires
        passed = [each.what for each in self.stops[: self.place + 1] if isinstance(each.what, Input)]
        ends = {wire.node for wire in passed} | {wires[wire].node for wire in passed if wire in wires}
        return frozenset(ends)

    def begin(self, node: str | None = None) -> None:
        """Go through the network, from a node on, or from the beginning."""
        self.stops = self._stops()
        if self.stops:
            self._come_to(self._find(node) or 0)

    def end(self) -> None:
        """Leave the network."""
        self._timer.stop()
        if self.on:
            self.pin, self.stops, self.place, self._left = None, (), 0, None
            self._pins.source.want_alone(False)
            self.changed.emit()

    def step(self, by: int) -> None:
        """Go on by so many stops, or back; begin where nobody has yet."""
        if not self.on:
            self.begin()
        else:
            self._timer.stop()
            self._come_to(self.place + by)

    def turn(self) -> None:
        """Go to the other way: to where one was there, else to where it begins."""
        stop, left = self.stop, self._left
        if stop is not None:
            first = next((place for place, each in enumerate(self.stops) if each.back != stop.back), 0)
            self._left = stop
            self._come_to(self.stops.index(left) if left in self.stops and left.back != stop.back else first)

    def go_to(self, what: What) -> bool:
        """Go to the stop at a node or a wire; tell whether there is one."""
        place = self._find(what)
        if place is not None and place != self.place:
            self._timer.stop()
            self._come_to(place)
        return place is not None

    def play(self, on: bool) -> None:
        """Go on by itself, or stand still."""
        if on and self.on:
            if self.place == len(self.stops) - 1:
                self._come_to(0)
            self._timer.start()
        else:
            self._timer.stop()
        self.changed.emit()

    def _go_on(self) -> None:
        if self.place + 1 < len(self.stops):
            if not self._pins.source.busy:  # what is here was not seen yet
                self._come_to(self.place + 1)
        else:
            self.play(False)

    def _come_to(self, place: int) -> None:
        self.place = max(0, min(place, len(self.stops) - 1))
        stop = self.stops[self.place]
        self.pin = Pin(self._session.place, stop.what, "gradient" if stop.back else "output")
        self._pins.ask(None)
        self._pins.source.want_alone(True)
        self.changed.emit()

    def _find(self, what: What | None) -> int | None:
        return next((place for place, stop in enumerate(self.stops) if stop.what == what), None)

    def _stops(self) -> tuple[Stop, ...]:
        """Return the nodes as they are computed, then the wires as gradients come back along them.

        None comes back along a wire that no objective is behind.
        """
        body, catalog = self._session.body, self._session.catalog
        roles = {name: operator.role for name, node in body.nodes.items() if (operator := catalog.of(body, node))}
        names = [name for name in flow_or_nothing(body) if roles.get(name) != "output"]
        order = {name: number for number, name in enumerate(names)}
        blind = ("metric",) if self._session.place else ("metric", "input")  # no gradient goes to data
        silent = {name for name, role in roles.items() if role in blind}
        goals = {item.minimise.partition(".")[0] for item in self._session.graph.recipe.objectives} & body.nodes.keys()
        if goals and not self._session.place:
            silent |= order.keys() - ancestors(body, goals)
        wires = [
            (-order[wire.node], -order[start.node], str(wire), wire)
            for wire, start in body.wires.items()
            if wire.node in order and start.node in order and not {start.node, wire.node} & silent
        ]
        return (*map(Stop, order), *(Stop(wire) for *_, wire in sorted(wires)))

    def _keep(self) -> None:
        """Stay where one is while the graph is edited, where that is still there."""
        if self.on:
            stop = self.stop
            self.stops = self._stops()
            place = self._find(stop.what) if stop is not None else None
            if place is None:
                self.end()
            else:
                self.place = place

    def _enter(self) -> None:
        """Go on in the body that is shown now, the same way."""
        if self.on and self.pin is not None and self.pin.place != self._session.place:
            back = isinstance(self.pin.what, Input)
            inside = self.pin.place.removeprefix(self._session.place).lstrip(".").partition(".")[0]
            self.stops = self._stops()
            if not self.stops:
                self.end()
            else:
                first = next((place for place, each in enumerate(self.stops) if each.back == back), 0)
                self._come_to(self._find(inside) or first)
