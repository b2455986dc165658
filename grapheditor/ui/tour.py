"""A guided tour through a network: a card on the canvas with a text and what it offers, stop by stop."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from grapheditor.authoring import Stop, Tour
from grapheditor.authoring.options import Value
from grapheditor.edit import edits
from grapheditor.ui.canvas.canvas import Canvas
from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.session import Session
from grapheditor.ui.spotlight import Lit
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px
from grapheditor.ui.widgets import fixed, label, link

WIDE, MARGIN = 330, 12


class TourCard(QFrame):
    """Lies in the upper left corner of a canvas while a tour goes on; the canvas beside it shows what it is about."""

    action_wanted = Signal(str)
    """One of the window's actions, by its id."""
    changed = Signal()
    """A tour has begun, ended, or gone on."""

    def __init__(self, session: Session, canvas: Canvas, theme: Theme) -> None:
        super().__init__(canvas)
        self._session = session
        self._canvas = canvas
        self.tour: Tour | None = None
        self.place = 0
        self._taken: set[int] = set()
        """The stops whose offer was taken."""
        self.setObjectName("tour")
        self.head = label(muted=True, size=11)
        self.head.setObjectName("tour-head")
        self.text = label()
        self.text.setObjectName("tour-text")
        self.text.setWordWrap(True)
        self.offer = QPushButton()
        self.offer.setObjectName("tour-offer")
        self.offer.setProperty("field", True)
        self.offer.clicked.connect(self._take)
        self.offer.setAccessibleName(tr("What the tour offers"))
        self.back, self.next = QPushButton(tr("Back")), QPushButton(tr("Next"))
        self.next.setProperty("primary", True)
        self.leave = link(tr("End the tour"), "tour-leave")
        for name, button, move in (("tour-back", self.back, -1), ("tour-next", self.next, 1)):
            button.setObjectName(name)
            button.clicked.connect(partial(self._move, move))
        self.leave.clicked.connect(self.end)
        self._lay()
        fixed(self, width=WIDE)
        self.set_theme(theme)
        canvas.installEventFilter(self)
        session.opened.connect(self.end)
        self.hide()

    def _lay(self) -> None:
        top, buttons = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.head, 1)
        top.addWidget(self.leave)
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.text)
        column.addWidget(self.offer)
        column.addLayout(buttons)

    @property
    def stop(self) -> Stop | None:
        """Where the tour is; None where none goes on."""
        return self.tour.stops[self.place] if self.tour is not None else None

    def begin(self, tour: Tour) -> None:
        """Lead through the graph that is open, which was made from the tour's template."""
        self.tour, self.place = tour, 0
        self._taken.clear()
        self._show()
        self.next.setFocus()

    def end(self) -> None:
        """Leave the tour; what was changed stays."""
        if self.tour is None:
            return
        self.tour = None
        self._session.spotlight.end(self)
        self.hide()
        self.changed.emit()

    def _move(self, by: int) -> None:
        assert self.tour is not None
        if self.place + by >= len(self.tour.stops):
            self.end()
            self._canvas.setFocus()
            return
        self.place = max(0, self.place + by)
        self._show()

    def _show(self) -> None:
        tour, stop = self.tour, self.stop
        assert tour is not None and stop is not None
        count = len(tour.stops)
        self.head.setText(tr("{title} · {n} of {count}", title=tr(tour.title), n=self.place + 1, count=count))
        self.text.setText(tr(stop.text))
        self.setAccessibleName(f"{self.head.text()}. {self.text.text()}")
        self.back.setEnabled(self.place > 0)
        self.next.setText(tr("Next") if self.place + 1 < count else tr("Finish"))
        self._show_offer(stop)
        self._lie()
        self.show()
        self.raise_()
        self._point(stop)
        self.changed.emit()

    def _show_offer(self, stop: Stop) -> None:
        taken = self.place in self._taken
        self.offer.setVisible(bool(stop.offer))
        self.offer.setText(f"✓ {tr(stop.offer)}" if taken else tr(stop.offer))
        self.offer.setEnabled(not taken or bool(stop.action))

    def _point(self, stop: Stop) -> None:
        """Mark the nodes that the stop is about; others are not dim, for often it is about what follows."""
        session = self._session
        inner = {path.rpartition(".")[0] for path in stop.nodes}
        session.enter(inner.pop() if len(inner) == 1 else "")
        names = frozenset(path.rpartition(".")[2] for path in stop.nodes) & session.body.nodes.keys()
        if not names:
            session.spotlight.end(self)
            return
        session.spotlight.show(self, lambda: Lit(frozenset(session.body.nodes), names))
        beside = Box(self.geometry().right() + MARGIN, 0, self._canvas.width(), self._canvas.height())
        self._canvas.reveal(names, [beside])

    def _take(self) -> None:
        """Do what the stop offers: one step of undo, or an action of the window."""
        stop = self.stop
        assert stop is not None
        self._taken.add(self.place)
        for path, options in stop.change.items():
            self._set(path.rpartition(".")[2], options)
        if stop.recipe:
            session = self._session
            session.edit(edits.set_learning(session.graph, stop.recipe), self)
        self._show_offer(stop)
        if stop.action:
            self.action_wanted.emit(stop.action)

    def _set(self, node: str, options: Mapping[str, Value]) -> None:
        session = self._session
        for name, value in options.items():
            if node in session.body.nodes:
                session.edit(edits.set_option(session.scope, session.catalog, [node], name, value), self)

    def set_theme(self, theme: Theme) -> None:
        """Show it in another theme."""
        ground = QColor(theme.panel)
        self.setStyleSheet(
            f"#tour {{ background: rgba({ground.red()}, {ground.green()}, {ground.blue()}, 245);"
            f" border: 1px solid {theme.line}; border-radius: 9px; }}"
        )

    def _lie(self) -> None:
        """Be as high as the text asks for."""
        self.setGeometry(MARGIN, MARGIN, px(WIDE), self.heightForWidth(px(WIDE)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay where it is when the canvas has another size, and as high as its letters ask for."""
        if event.type() == QEvent.Type.Resize and self.tour is not None:
            self._lie()
        return super().eventFilter(watched, event)
