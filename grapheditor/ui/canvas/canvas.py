"""The canvas: turns mouse, wheel, keyboard and what is dropped on it into gestures and verbs."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from grapheditor.catalog import Catalog
from grapheditor.edit import Document
from grapheditor.graph import Input, Output
from grapheditor.ui import mouse
from grapheditor.ui.canvas import pointing
from grapheditor.ui.canvas.describe import node_tip, wire_tip
from grapheditor.ui.canvas.gestures import Gesture, Pointer
from grapheditor.ui.canvas.keyboard import Keyboard
from grapheditor.ui.canvas.scrolling import Scrolling
from grapheditor.ui.theme import Theme

MIME = "application/x-grapheditor-operator"
"""The type of what the palette drags: the id of an operator or a template, or the name of a module of the graph."""
NOTCH = 1.2
"""The zoom of one notch of a mouse wheel."""
LINE = 60.0
"""The pixels that one notch scrolls, where the wheel does that."""
CURSORS = {mouse.PAN: Qt.CursorShape.OpenHandCursor, mouse.CUT: Qt.CursorShape.CrossCursor}
"""What the pointer looks like while a key is held with which a drag does this."""


class Canvas(Keyboard):
    """The graph, drawn and edited. Keys that stand in the window's table of actions are bound there, not here."""

    node_activated = Signal(str)
    """A node was double-clicked, or Return was pressed on it."""
    menu_wanted = Signal(QPoint, str)
    """The right button was clicked, at this place of the screen, on a node, a wire or the canvas."""

    lens_wanted = Signal(object)
    """The tensor of a node, by its id, or of a wire, by its end, is to be seen for a while; None: no more."""

    def __init__(self, document: Document, catalog: Catalog, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(document, catalog, theme, parent)
        self.held_keys: dict[int, str] = {Qt.Key.Key_Space: mouse.PAN}
        """Held down, such a key makes of a drag what :mod:`~grapheditor.ui.mouse` calls so."""
        self.held = ""
        """What a drag is now because of a key that is held down."""
        self._own_menu = False
        """The right button began a gesture: its menu opens here, after a click that was no drag."""
        self._inside: str | None = None
        """The module into which one looks while Alt is held."""
        self._passed: str | Input | None = None
        """The node or wire through which one looks while Alt is held."""
        self._button = Qt.MouseButton.NoButton
        self._at: Pointer | None = None
        """Where the pointer of the gesture that is under way was last."""
        self._panned: Pointer | None = None
        """Where a button that pans, held during a gesture, has moved the view to."""
        self.scrolling = Scrolling(self, self.pan)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(320, 240)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = pointing.pointer(self, event)
        if self.gesture is not None:
            if self.gesture.anchored and self._pans(event):
                self._panned = at
            return
        self.look_away()
        self._pass_by(None)
        self._glide.finish()
        self._button, self._at = event.button(), at
        gesture = pointing.gesture(self, at, event)
        self._own_menu = gesture is not None and self._button == Qt.MouseButton.RightButton
        self._begin(gesture)

    def _pans(self, event: QMouseEvent) -> bool:
        by = mouse.BUTTONS.get(event.button())
        return by is not None and self.keys.way(mouse.stroke(by, event.modifiers())) == mouse.PAN

    def _begin(self, gesture: Gesture | None) -> None:
        self.gesture = gesture
        self._hover(None)
        self._call_out()
        if gesture is not None:
            self.setCursor(gesture.cursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = pointing.pointer(self, event)
        if self.gesture is not None:
            self._drag(self.gesture, at)
        elif not self.on_minimap(at.x, at.y):
            self._hover(None if at.alt else pointing.port_under(self, at))
            self._look(at.scene if at.alt else None)

    def _drag(self, gesture: Gesture, at: Pointer) -> None:
        """Go on with a gesture; near an edge, or with another button that pans, the view moves along."""
        self._at = at
        if self._panned is not None:
            dx, dy = at.x - self._panned.x, at.y - self._panned.y
            self._panned = at
            self.pan(dx, dy)
            return
        gesture.move(at)
        if gesture.anchored and gesture.begun:
            self.scrolling.follow(at.x, at.y, self.width(), self.height())

    def _viewed(self) -> None:
        super()._viewed()
        gesture, at = self.gesture, self._at
        if gesture is not None and gesture.anchored and gesture.begun and at is not None:
            gesture.move(replace(at, scene=self.view.to_scene(at.x, at.y)))

    def _rest(self) -> None:
        """Nothing is dragged any more."""
        self.scrolling.stop()
        self._panned = self._at = None
        self._rest_cursor()

    def _what_at(self, place: tuple[float, float]) -> str | Input | None:
        """Return the node, or else the wire, at a place."""
        name = self.scene.node_at(place)
        return name or self.scene.geometry.wire_at(*place, pointing.WIRE_REACH / self.view.zoom)

    def _place_of_mouse(self) -> tuple[float, float] | None:
        at = self.mapFromGlobal(QCursor.pos())
        return self.view.to_scene(at.x(), at.y()) if self.underMouse() else None

    def _look(self, place: tuple[float, float] | None) -> None:
        """While Alt is held over a module, what it is made of is shown; over all else, what is computed there."""
        what = self._what_at(place) if place is not None else None
        is_module = isinstance(what, str) and self.scene.body.nodes[what].operator in self.document.graph.modules
        name = what if isinstance(what, str) and is_module else None
        passed = None if is_module else what
        self._pass_by(passed)
        if name != self._inside:
            self._inside = name
            if name is not None:
                QToolTip.hideText()
                self.look_inside(name)
            else:
                self.look_away()

    def _pass_by(self, what: str | Input | None) -> None:
        if what != self._passed:
            self._passed = what
            QToolTip.hideText()
            self.lens_wanted.emit(what)

    def _hover(self, port: Input | Output | None) -> None:
        """Light up the port under the pointer and say what it is: a press there drags a wire."""
        if self.gesture is None and port != self.scene.target:
            self.scene.target = port
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self.gesture
        if event.button() != self._button:
            self._panned = None
        if gesture is None or event.button() != self._button:
            return
        self.gesture = None
        self._rest()
        at = pointing.pointer(self, event)
        gesture.end(at)
        self.update()
        self._call_out()
        if not gesture.begun and self._button == Qt.MouseButton.RightButton:
            self._offer_menu(self.global_at(at.x, at.y), at.scene)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = pointing.pointer(self, event)
        name = self.scene.node_at(at.scene)
        if self.on_minimap(at.x, at.y):
            self.mousePressEvent(event)
        elif name is not None:
            self.select([name])
            self.node_activated.emit(name)
        elif (frame := self.scene.frame_at(at.scene)) is not None:
            self.select_frame(frame)
            self.ask_frame_title(frame)
        elif pointing.port_under(self, at) is None and pointing.wire_under(self, at) is None:
            self.select([])
            self.open_search(self.global_at(at.x, at.y))
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def cancel_gesture(self) -> None:
        super().cancel_gesture()
        self._call_out()
        self._rest()

    def _rest_cursor(self) -> None:
        if self.held:
            self.setCursor(CURSORS[self.held])
        else:
            self.unsetCursor()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer a menu, unless a gesture of the right button does so itself."""
        told = self._own_menu and event.reason() == QContextMenuEvent.Reason.Mouse
        if told or self.gesture is not None or self.on_minimap(event.pos().x(), event.pos().y()):
            return
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.menu_wanted.emit(self._cursor_place(), "node" if self.selection else "canvas")
            return
        self._offer_menu(event.globalPos(), self.view.to_scene(event.pos().x(), event.pos().y()))

    def _offer_menu(self, at: QPoint, place: tuple[float, float]) -> None:
        """Select what lies at a place of the plane, and have the window offer what can be done with it."""
        node = self.scene.node_at(place)
        wire = self.scene.geometry.wire_at(*place, pointing.WIRE_REACH / self.view.zoom) if node is None else None
        frame = self.scene.frame_at(place) if node is None and wire is None else None
        if node is not None:
            if node not in self.selection:
                self.select([node])
        elif wire is not None:
            self.select([], [wire])
        else:
            self.select_frame(frame)
        kind = "node" if node else "wire" if wire else "frame" if frame else "canvas"
        self.menu_wanted.emit(at, kind)

    # Wheel and touchpad

    def wheelEvent(self, event: QWheelEvent) -> None:
        held = event.modifiers()
        fingers = event.pixelDelta()
        scrolls = not fingers.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase
        if scrolls and not held & Qt.KeyboardModifier.ControlModifier:
            self.pan(fingers.x(), fingers.y())
        else:
            turned = event.angleDelta()
            if held & Qt.KeyboardModifier.AltModifier:  # then Qt tells of the other axis
                turned = turned.transposed()
            if turned.x():  # a wheel that tilts
                self.pan(turned.x() / 120 * LINE, 0.0)
            if notches := turned.y() / 120 or fingers.y() / 60:
                self._turn(notches, event)
        event.accept()

    def _turn(self, notches: float, event: QWheelEvent) -> None:
        """Do what the wheel is for with what is held."""
        way = self.keys.way(mouse.stroke(mouse.WHEEL, event.modifiers()))
        if way == mouse.ZOOM:
            self.zoom_by(NOTCH**notches, event.position())
        elif way == mouse.SCROLL:
            self.pan(0.0, notches * LINE)
        elif way == mouse.SIDEWAYS:
            self.pan(notches * LINE, 0.0)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1.0 + event.value(), event.position())
                return True
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            place = self._place_of_mouse() if event.key() == Qt.Key.Key_Alt else None
            if place is not None and self._what_at(place) is not None:
                event.accept()  # the menu bar, which opens at Alt otherwise, does not hear of it
                return True
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event)
            return True
        return super().event(event)

    def _show_tip(self, event: QHelpEvent) -> None:
        place = self.view.to_scene(event.pos().x(), event.pos().y())
        name = self.scene.node_at(place)
        wire = self.scene.geometry.wire_at(*place, pointing.WIRE_REACH / self.view.zoom) if name is None else None
        looks = self._inside is not None or self._passed is not None
        if self.gesture is not None or looks or self.on_minimap(event.pos().x(), event.pos().y()):
            return
        if self.scene.target is not None:
            QToolTip.hideText()  # the port under the pointer says what it is
            return
        tip = node_tip(self.scene, name) if name else wire_tip(self.scene, wire) if wire else ""
        QToolTip.showText(event.globalPos(), tip, self)

    # Keyboard

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab opens the search box; Shift+Tab, like F6, leads out."""
        return False if forward else super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = event.key(), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key == Qt.Key.Key_Alt:
            self._look(self._place_of_mouse())
        elif plain and key in self.held_keys:
            if not event.isAutoRepeat():
                self.held = self.held_keys[key]
                self._rest_cursor()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in self.held_keys and not event.isAutoRepeat():
            self.held = ""
            if self.gesture is None:
                self._rest_cursor()
        elif event.key() == Qt.Key.Key_Alt:
            self._look(None)
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.held = ""
        self._look(None)
        self.look_away()
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.cancel_gesture()
        super().focusOutEvent(event)

    def search_here(self) -> None:
        """Open the search box; a gesture that is under way is given up."""
        self.cancel_gesture()
        self.open_search()

    def activate(self) -> None:
        """Do with the selected node what a double click does."""
        if len(self.selection) == 1:
            self.node_activated.emit(next(iter(self.selection)))

    @property
    def rests(self) -> bool:
        """Whether nothing goes on here and nothing is selected."""
        goes_on = self.gesture is not None or self.tidying.active or self._find is not None
        return not (goes_on or self.selection or self.selected_wires or self.scene.frame)

    def escape(self) -> None:
        """Give up the gesture that is under way; without one, select nothing and end the search."""
        self.look_away()
        if self.gesture is not None:
            self.cancel_gesture()
        elif not self.cancel_tidying():
            self.stop_finding()
            self.select([])

    # Drag and drop from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._dragged(event) is not None:
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        operator = self._dragged(event)
        if operator is None:
            return
        declared = self.editing.declared(operator)
        whole = bool(declared.inputs and declared.outputs) and not _alt(event)
        place = self._drop_place(event.position())
        wire = self.wire_to_insert(place) if whole else None
        if wire != self.scene.insertion:
            self.scene.insertion = wire
            self.update()
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.scene.insertion = None
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self.scene.insertion = None
        operator = self._dragged(event)
        if operator is not None:
            place, insert = self._drop_place(event.position()), not _alt(event)
            self.attempt(lambda: self.add_from_palette(operator, place, insert))
            self.setFocus()
            event.acceptProposedAction()

    def _drop_place(self, at: QPointF) -> tuple[float, float]:
        return self.view.to_scene(at.x(), at.y())

    def _dragged(self, event: QDropEvent) -> str | None:
        data = event.mimeData()
        if not data.hasFormat(MIME):
            return None
        name = bytes(data.data(MIME).data()).decode("utf-8", "replace")
        return name if self.editing.knows(name) else None


def _alt(event: QDropEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
