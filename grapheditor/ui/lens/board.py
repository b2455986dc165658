"""The cards of the pins on a canvas: where they stand, which are in sight, the dashed lines to what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRect, Qt, QTimer
from PySide6.QtWidgets import QFrame

from grapheditor.edit.layout import WIDTH
from grapheditor.edit.scope import located
from grapheditor.graph import Input
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.canvas.surface import Lead
from grapheditor.ui.lens import room
from grapheditor.ui.lens.card import Card
from grapheditor.ui.lens.pin import Number
from grapheditor.ui.lens.walk_bar import WalkBar
from grapheditor.ui.lens.working_card import WorkingCard
from grapheditor.ui.spotlight import Lit
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grapheditor.ui.canvas import Canvas
    from grapheditor.ui.lens.pin import Pin, What
    from grapheditor.ui.session import Session

EXPECTED = 300
"""How high a card is thought to be before it has anything to show."""


class Board(QObject):
    """Keeps a card for each pin, and asks for what those show that are in sight."""

    def __init__(self, session: Session, canvas: Canvas, theme: Theme) -> None:
        super().__init__(canvas)
        self.session = session
        self.canvas = canvas
        self.theme = theme
        self.pins = session.pins
        self.cards: dict[Pin, Card] = {}
        self._extra: dict[Pin, Card] = {}
        """The cards of what is looked at without a pin: under the pointer, and where one is on a walk."""
        self.bar = WalkBar(canvas, self.pins, theme)
        self.working = WorkingCard(canvas, theme)
        self.working.followed.connect(self.follow)
        self.working.closed.connect(lambda: self.pins.ask(None))
        self.working.hide()
        self.pins.changed.connect(self.refresh)
        self.pins.walk.changed.connect(self.show_walk)
        canvas.selection_changed.connect(self._choose_stop)
        self.pins.source.changed.connect(self.show)
        canvas.moved.connect(self._follow)
        canvas.viewed.connect(self.place)
        canvas.lens_wanted.connect(self._pass_over)
        session.training.changed.connect(self._show_state)
        self._state = ""
        self._revision: object = None

    def set_theme(self, theme: Theme) -> None:
        """Show all cards in another theme."""
        self.theme = theme
        for card in (*self.cards.values(), *self._extra.values()):
            card.set_theme(theme)
        self.bar.set_theme(theme)
        self.working.set_theme(theme)
        self.show()

    def toggle(self) -> None:
        """Pin what is selected, a node or a wire, or take its pin away."""
        what = self.selected()
        if what is not None:
            self.pins.toggle(what)

    def step(self, by: int) -> None:
        """Follow one sample on or back; begin at the node that is selected."""
        walk = self.pins.walk
        if walk.on:
            walk.step(by)
        else:
            what = self.selected()
            walk.begin(what if isinstance(what, str) else None)

    def selected(self) -> What | None:
        """Return the one node or the one wire that is selected."""
        nodes, wires = self.canvas.selection, self.canvas.selected_wires
        if len(nodes) == 1:
            return next(iter(nodes))
        return next(iter(wires)) if len(wires) == 1 and not nodes else None

    def next_part(self) -> None:
        """Show the next part of what is selected: output, gradient, weights, attention."""
        what = self.selected()
        pin = self.pins.find(what) if what is not None else None
        card = self.cards.get(pin) if pin is not None else None
        if pin is None or card is None:
            return
        shown = [name for name, button in card.buttons.items() if not button.isHidden()] or ["output"]
        place = shown.index(pin.part) + 1 if pin.part in shown else 1
        pin.part = shown[place % len(shown)]
        self.show()

    # Cards

    def card(self, pin: Pin) -> Card | None:
        """Return the card of what is looked at: pinned, under the pointer, or where one is on a walk."""
        return self.cards.get(pin) or self._extra.get(pin)

    def refresh(self) -> None:
        """Bring the cards up to date with the pins and the graph."""
        if self.session.document is None or not self.canvas.scene.stands():
            return
        for pin in [pin for pin in self.cards if pin not in self.pins.all]:
            _drop(self.cards.pop(pin))
        for pin in self.pins.sorted():
            if pin not in self.cards:
                self.cards[pin] = self._make(pin)
        self._refresh_extra()
        self.show()

    def _choose_stop(self) -> None:
        """Go on from what was selected by hand."""
        what = self.selected()
        if what is not None and self.pins.walk.on:
            self.pins.walk.go_to(what)

    def show_walk(self) -> None:
        """Select and show what one has come to."""
        walk, scene = self.pins.walk, self.canvas.scene
        stop = walk.stop
        if self.session.document is None or not scene.stands():
            return
        if walk.on:
            self.session.spotlight.show(walk, self._reached)
        else:
            self.session.spotlight.end(walk)
        if stop is not None and walk.pin is not None and walk.pin.place == scene.path:
            if isinstance(stop.what, Input):
                if stop.what in scene.body.wires:
                    self.canvas.select((), [stop.what])
                    self._bring([stop.what.node, scene.body.wires[stop.what].node])
            elif stop.what in scene.body.nodes:
                self.canvas.select([stop.what])
                self._bring([stop.what])
        self.refresh()

    def _reached(self) -> Lit | None:
        reached = self.pins.walk.reached
        return Lit(reached) if reached is not None else None

    def _bring(self, names: Sequence[str]) -> None:
        """Bring nodes into sight, beside the bar and the minimap, which there may be only once they are."""
        for _ in range(2):
            self.canvas.reveal(names, self._clear())

    def _clear(self) -> list[Box]:
        """Return the areas of the canvas in which neither the bar nor the minimap covers anything."""
        canvas = self.canvas
        wide, high = canvas.width(), canvas.height()
        above = self.bar.y() if not self.bar.isHidden() else high
        if not canvas.minimap.needed(canvas.scene, canvas.view, wide, high):
            return [Box(0, 0, wide, above)]
        corner = canvas.minimap.box(wide, high)
        return [Box(0, 0, corner.left, above), Box(0, 0, wide, min(above, corner.top))]

    def follow(self, number: Number) -> None:
        """Show how another number came about, at its own lens: that of the walk, or a pin."""
        place, node = located(self.session.graph, number.path)
        if not node:
            return
        known = any(self.pins.path(pin) == number.path and pin.place == self.session.place for pin in self.pins.all)
        if not known:
            self.session.enter(place)
            if not (self.pins.walk.on and self.pins.walk.go_to(node)) and self.pins.find(node) is None:
                self.pins.toggle(node)
        self.pins.ask(number)

    def _follow(self) -> None:
        """Stay with nodes that are moved; after an edit, or in another body, other things may be shown."""
        document = self.canvas.document
        now = document, document.revision, self.canvas.scene.path
        if now != self._revision:
            self._revision = now
            self.refresh()
        else:
            self.place()

    def _make(self, pin: Pin, *, passing: bool = False) -> Card:
        card = Card(self.canvas, pin, self.theme, passing=passing)
        card.closed.connect(lambda: self._close(pin))
        card.dragged.connect(lambda: self._drag(pin))
        card.chosen.connect(self.show)
        card.sample_wanted.connect(lambda by: self.pins.source.choose(self.pins.source.first + by))
        card.number_chosen.connect(lambda at: self._ask(pin, at))
        return card

    def _ask(self, pin: Pin, at: tuple[int, ...]) -> None:
        path = self.pins.path(pin)
        if path is not None:
            self.pins.ask(Number(path, at))

    def _close(self, pin: Pin) -> None:
        if pin in self.pins.all:
            self.pins.remove(pin)
        else:
            self.pins.walk.end()
        self.canvas.setFocus()

    def _drag(self, pin: Pin) -> None:
        """Keep where a card was put by hand."""
        anchor, card = self._anchor(pin), self.card(pin)
        if anchor is not None and card is not None:
            x, y = self.canvas.view.to_scene(card.x(), card.y())
            pin.offset, pin.found_for = (x - anchor[0], y - anchor[1]), None
            self._tie()

    def _pass_over(self, what: What | None) -> None:
        self.pins.pass_over(what)

    def _refresh_extra(self) -> None:
        walking = self.pins.walk.pin
        if walking is not None and self.pins.find(walking.what) is not None:
            walking = None  # its own lens shows it
        wanted = [pin for pin in (self.pins.passing, walking) if pin is not None]
        for pin in [pin for pin in self._extra if pin not in wanted]:
            _drop(self._extra.pop(pin))
        for pin in wanted:
            if pin not in self._extra:
                self._extra[pin] = self._make(pin, passing=pin is self.pins.passing)

    def _all(self) -> list[tuple[Pin, Card]]:
        """Return the cards of what is there in the body that is shown."""
        cards = (*self.cards.items(), *self._extra.items())
        return [(pin, card) for pin, card in cards if self._anchor(pin) is not None]

    def show(self) -> None:
        """Show what was seen last."""
        if self.session.document is None or not self.canvas.scene.stands():
            return
        for pin, card in self._all():
            self._show(pin, card)
        self.place()

    def _show(self, pin: Pin, card: Card) -> None:
        source, path, node = self.pins.source, self.pins.path(pin), self.pins.seen(pin)
        step = tr("step {n}", n=f"{source.step:,}") if source.step is not None else ""
        if source.weights and not source.step:
            step = tr("fresh weights")
        sample = tr("sample {n} of {all}", n=f"{source.first + 1:,}", all=f"{source.count:,}") if source.count else ""
        card.show_seen(
            self.pins.title(pin), node, step, self._told(path, node is not None), sample, image=self.pins.is_data(pin)
        )
        self._mark(card, path)

    def _mark(self, card: Card, path: str | None) -> None:
        """Mark on a picture the number that is asked about, or those from which it came."""
        number, working = self.pins.number, self.pins.source.working
        if number is None or path is None:
            card.picture.show_marks(None)
            return
        own = number.at if number.path == path and number.call is None else None
        found = next((item for item in (working or {}).get("sources", ()) if item.get("of") == path), None)
        box = (found.get("low", found.get("at")), found.get("high", found.get("at"))) if found is not None else None
        card.picture.show_marks(own, box)

    def _told(self, path: str | None, seen: bool) -> str:
        """Say what is to be known besides the figures."""
        source, run = self.pins.source, self.session.training.run
        if source.problem:
            return source.problem
        if not seen and path not in source.answered:
            goes_on = self.session.training.waiting or (run is not None and run.alive)
            return tr("Waiting for the run.") if goes_on and source.step is None else tr("Looking …")
        if run is not None and run.alive and not seen:
            return tr(
                "The run that goes on has no {path}: it began before the last edits, or does not compute it.", path=path
            )
        if not seen:
            return tr("{path} is not computed: no loss or metric needs it.", path=path)
        return tr("Weights of {run}", run=source.weights) if source.weights and source.step else ""

    def _show_state(self) -> None:
        """A run that begins or ends changes what is told."""
        run = self.session.training.run
        state = run.state if run is not None else ""
        if state != self._state:
            self._state = state
            self.show()

    # Places

    def _anchor(self, pin: Pin) -> tuple[float, float] | None:
        """Return the place of the plane at which a pin is; None where that is not in the body that is shown."""
        scene, what = self.canvas.scene, pin.what
        if pin.place != scene.path:
            return None
        if isinstance(what, Input):
            if what not in scene.geometry.wires or what not in scene.body.wires:
                return None
            rows = scene.geometry.routes(scene.geometry.wires.slots([what]))
            x, y = curves.middles(rows, scene.geometry.flow)[0].tolist()
            return x, y
        if what not in scene.geometry.nodes:
            return None
        box = scene.geometry.box(what)
        return (box.left + box.right) / 2, (box.top + box.bottom) / 2

    def place(self) -> None:
        """Put the cards where they belong on the screen; ask for what is in sight."""
        if self.session.document is None or not self.canvas.scene.stands():
            return
        known, wanted, wires, area = self._all(), [], [], self.canvas.rect()
        shown = [card for _, card in known]
        for card in [card for card in (*self.cards.values(), *self._extra.values()) if card not in shown]:
            card.hide()
        for pin, card in known:
            anchor = self._anchor(pin)
            assert anchor is not None
            card.give_room(*(size - 2 * round(room.EDGE) for size in (self.canvas.width(), self.canvas.height())))
            self._put(pin, card, anchor)
            card.show()
            if area.intersects(card.geometry()):
                wanted.append(self.pins.path(pin))
                wires.append(self.pins.ends(pin))
        for pin in self.pins.walk.around:
            wanted.append(self.pins.path(pin))
            wires.append(self.pins.ends(pin))
        self._tie()
        self._show_working()
        seen = self.canvas.isVisible()
        self.pins.source.want(filter(None, wanted if seen else ()), filter(None, wires if seen else ()))

    def _put(self, pin: Pin, card: Card, anchor: tuple[float, float]) -> None:
        """Put a card where it belongs; what a zoom, or a smaller canvas, would cut off gets another place."""
        canvas, view = self.canvas, self.canvas.view
        now = view.zoom, canvas.width(), canvas.height()
        for _ in range(2):
            if pin.offset is None:
                pin.offset, pin.found_for = self._free_place(pin, card, anchor), now
            card.move(QPointF(*view.to_screen(anchor[0] + pin.offset[0], anchor[1] + pin.offset[1])).toPoint())
            if pin.found_for in (None, now) or canvas.rect().contains(card.geometry()):
                return
            if not canvas.rect().contains(QPointF(*view.to_screen(*anchor)).toPoint()):
                return
            pin.offset = None

    def _show_working(self) -> None:
        """Show how the number came about that is asked for, beside the card that shows it."""
        number = self.pins.number
        card = next((card for pin, card in self._all() if number and self.pins.path(pin) == number.path), None)
        self.working.setVisible(card is not None)
        if card is None or number is None:
            return
        self.working.show_told(number, self.pins.source.working)
        self.working.move(room.beside(self.canvas, card, self.working, self._floating(card)))
        self.working.raise_()

    def _tie(self) -> None:
        """Have the canvas draw the dashed lines."""
        leads = []
        for pin, card in self._all():
            if not card.isHidden():
                rect, (x, y) = card.geometry(), self._anchor(pin) or (0.0, 0.0)
                if isinstance(pin.what, str):  # from the edge of a node, not across what is written on it
                    middle = self.canvas.view.to_scene(rect.center().x(), rect.center().y())
                    box = self.canvas.scene.geometry.box(pin.what)
                    x, y = (min(max(middle[0], box.left), box.right), min(max(middle[1], box.top), box.bottom))
                leads.append(Lead((x, y), _nearest(rect, QPointF(*self.canvas.view.to_screen(x, y)))))
        self.canvas.show_leads(leads)

    def _free_place(self, pin: Pin, card: Card, anchor: tuple[float, float]) -> tuple[float, float]:
        """Return how far from its anchor a card covers nothing, or as little as can be."""
        expected = min(px(EXPECTED), self.canvas.height() - 2 * round(room.EDGE))
        high = max(card.height(), expected if not self._knows(pin) else 0)
        half = 0.0 if isinstance(pin.what, Input) else WIDTH / 2 * self.canvas.view.zoom
        at = self.canvas.view.to_screen(*anchor)
        x, y = room.free_place(self.canvas, (card.width(), high), at, half, self._floating(card))
        to = self.canvas.view.to_scene(x, y)
        return to[0] - anchor[0], to[1] - anchor[1]

    def _floating(self, card: Card) -> list[QRect]:
        """Return where other things float over the canvas."""
        found = self.canvas.findChildren(QFrame, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [other.geometry() for other in found if other not in (card, self.working) and not other.isHidden()]

    def _knows(self, pin: Pin) -> bool:
        return (self.pins.path(pin) or "") in self.pins.source.nodes

    def follow_scale(self) -> None:
        """Make the cards as large as the type asks for, once it has its size."""
        QTimer.singleShot(0, self, self.show)


def _drop(card: Card) -> None:
    card.hide()
    card.deleteLater()


def _nearest(rect: QRect, to: QPointF) -> QPointF:
    """Return the point of a rectangle's edge that is nearest to a place."""
    x = min(max(to.x(), rect.left()), rect.right() + 1)
    y = min(max(to.y(), rect.top()), rect.bottom() + 1)
    return QPointF(x, y)
