"""The gallery: a card for each template, found by a few letters, by category, and by the arrow keys."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from grapheditor.authoring import Template
from grapheditor.engine.messages import Surveyed
from grapheditor.ui.flow import Flow
from grapheditor.ui.fuzzy import of_template, score
from grapheditor.ui.scrolled import Cell, Scrolled
from grapheditor.ui.session import Session
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px
from grapheditor.ui.thumbnail import Thumbnail
from grapheditor.ui.widgets import Edit, Elided, fixed, label, restyle, short

CARD, HIGH, GAP = 250, 264, 16
FIRST = 6
"""So many cards are there when the window is painted first; the others come behind it."""
_STEPS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class TemplateCard(QFrame):
    """A template in the gallery: its picture, title, source and numbers."""

    chosen = Signal(str)
    opened = Signal(str)
    stepped = Signal(int, int)
    left = Signal()
    """Escape was pressed."""

    def __init__(self, template: Template, session: Session, theme: Theme) -> None:
        super().__init__()
        self.template = template
        self.session = session
        self.setProperty("card", True)
        self.setObjectName(f"card-{template.id}")
        self.setAccessibleName(f"{template.title}. {tr(template.headline)}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        fixed(self, height=HIGH)
        self.setToolTip(tr(template.doc.strip()))
        self.picture = Thumbnail(session.catalog, theme)
        self.numbers = label(mono=True, size=11)
        self.work = label(mono=True, size=11, muted=True)
        numbers = QHBoxLayout()
        numbers.setSpacing(12)
        numbers.addWidget(self.numbers)
        numbers.addWidget(self.work)
        numbers.addStretch(1)
        text = QVBoxLayout()
        text.setContentsMargins(15, 10, 15, 14)
        text.setSpacing(3)
        text.addWidget(Elided(template.title, bold=True, size=15))
        text.addWidget(Elided(template.source or tr(template.category), muted=True, size=11))
        text.addSpacing(6)
        text.addLayout(numbers)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 0)
        column.setSpacing(0)
        column.addWidget(self.picture, 1)
        column.addLayout(text)
        session.surveys.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the numbers, once the engine has counted."""
        found = self.session.surveys.gallery.get(self.template.id)
        if found is not None:
            self.numbers.setText(parameters(found))
            self.work.setText(tr("{count} MACs", count=short(found.multiply_adds)))
            self.setAccessibleDescription(f"{self.numbers.text()}, {self.work.text()}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        self.chosen.emit(self.template.id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.opened.emit(self.template.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.template.id)
        elif key == Qt.Key.Key_Space:
            self.chosen.emit(self.template.id)
        elif key in _STEPS:
            self.stepped.emit(*_STEPS[key])
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


def parameters(found: Surveyed) -> str:
    """Write how many parameters a network has, exactly where people know the number by heart."""
    count = found.parameters
    return tr("{count} parameters", count=f"{count:,}" if count < 1e6 else short(count))


class Gallery(QWidget):
    """Search, categories, and the cards."""

    chosen = Signal(str)
    opened = Signal(str)
    left = Signal()

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self.session = session
        self.theme = theme
        self.shown: list[str] = []
        """The templates that are asked for, the best match first."""
        self._category = ""
        self._chosen = ""
        self._most = FIRST
        self._cards: dict[str, TemplateCard] = {}
        self._waiting: list[TemplateCard] = []
        """Cards whose pictures are to be drawn."""
        self.setObjectName("start-gallery")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.search = Edit()
        self.search.setObjectName("gallery-search")
        self.search.setPlaceholderText(tr("Search {n} networks", n=len(session.catalog.templates)))
        self.search.setAccessibleName(tr("Search networks"))
        self.search.setAccessibleDescription(tr("By name, author or paper"))
        self.search.setMinimumWidth(px(260))
        self.search.textChanged.connect(self.refresh)
        self.search.installEventFilter(self)
        self.nothing = label(tr("No network of that name, author or paper."), muted=True)
        self.nothing.setObjectName("gallery-nothing")
        self.nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 16, 12)
        column.setSpacing(16)
        column.addWidget(self._head())
        column.addWidget(self.nothing)
        self.area = Scrolled(wide=CARD, gap=GAP, right=8, behind=[*self.chips.values()][-1])
        column.addWidget(self.area, 1)
        self.refresh()

    def _head(self) -> QWidget:
        """The search and the categories, in as many rows as they need."""
        head = Flow(8)
        head.add(self.search)
        self.chips: dict[str, QPushButton] = {}
        names = dict.fromkeys(template.category for template in self.session.catalog.templates.values())
        for name in ("", *names):
            chip = QPushButton(tr(name) if name else tr("All"))
            chip.setObjectName(f"chip-{name.lower().replace(' ', '-') or 'all'}")
            chip.setCheckable(True)
            chip.setProperty("chip", True)
            chip.setAutoDefault(True)
            chip.clicked.connect(lambda _checked=False, chosen=name: self.show_category(chosen))
            self.chips[name] = chip
            head.add(chip)
        self.chips[""].setChecked(True)
        return head

    def show_category(self, name: str) -> None:
        """Show the networks of a category, all where it is empty."""
        self._category = name
        for category, chip in self.chips.items():
            chip.setChecked(category == name)
        self.refresh()

    def card(self, name: str) -> TemplateCard:
        """Return the card of a template, made if it is not there yet."""
        card = self._cards.get(name)
        if card is None:
            card = self._cards[name] = TemplateCard(self.session.catalog.templates[name], self.session, self.theme)
            card.chosen.connect(self.chosen)
            card.opened.connect(self.opened)
            card.left.connect(self.left)
            card.stepped.connect(self._step)
            card.installEventFilter(self)
            restyle(card, "chosen", name == self._chosen)
            self._draw_later(card)
        return card

    def draw_pictures(self) -> None:
        """Show all networks, and draw those in sight on their cards, once the window has been painted."""
        self._most = len(self.session.catalog.templates)
        self.refresh()
        for card in self._cards.values():
            self._draw_later(card)

    @property
    def drawn(self) -> bool:
        """Whether all that is in sight has its picture."""
        return self._most > FIRST and not self._waiting

    def _draw_later(self, card: TemplateCard) -> None:
        """Have a picture drawn when nothing else is to be done: one at a time."""
        if self._most > FIRST and card not in self._waiting:
            self._waiting.append(card)
            if len(self._waiting) == 1:
                QTimer.singleShot(0, self, self._draw_next)

    def _draw_next(self) -> None:
        card = self._waiting.pop(0)
        card.picture.show_graph(self.session.catalog.new(card.template.id))
        if self._waiting:
            QTimer.singleShot(0, self, self._draw_next)

    def refresh(self) -> None:
        """Show the cards that are asked for, the best match first."""
        query = self.search.text()
        found = []
        for i, (name, template) in enumerate([*self.session.catalog.templates.items()][: self._most]):
            place = score(query, of_template(template))
            if place is not None and self._category in ("", template.category):
                found.append((place if query.strip() else 0.0, i, name))
        self.shown = [name for _, _, name in sorted(found)]
        self.area.show_cells((Cell(name, HIGH, partial(self.card, name)) for name in self.shown), keep=True)
        self.nothing.setVisible(not self.shown)

    def mark(self, name: str) -> None:
        """Mark the card of a template, none where there is no such."""
        self._chosen = name
        for card in self._cards.values():
            restyle(card, "chosen", card.template.id == name)

    def _step(self, right: int, down: int) -> None:
        """Go with the focus to the next card in a direction; from the uppermost row up to the search."""
        focused = next((name for name, card in self._cards.items() if card.hasFocus()), "")
        here = self.shown.index(focused) if focused in self.shown else 0
        there = here + right + down * self.area.columns
        if there < 0 and down:
            self.search.setFocus()
        elif 0 <= there < len(self.shown):
            self.area.reach(self.shown[there]).setFocus(Qt.FocusReason.TabFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search Down and Return lead to the first card; a card that gets the focus is scrolled to."""
        if isinstance(watched, TemplateCard) and isinstance(event, QFocusEvent) and event.gotFocus():
            self.area.ensureWidgetVisible(watched, 8, 8)
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.shown:
                self.area.reach(self.shown[0]).setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if key == Qt.Key.Key_Escape:
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def set_theme(self, theme: Theme) -> None:
        """Draw the pictures in another theme."""
        self.theme = theme
        for card in self._cards.values():
            card.picture.theme = theme
            card.picture.update()
        self.area.arrange()
