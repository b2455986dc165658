"""The gallery: a card for each template, found by a few letters, by category, and by the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from grapheditor.authoring import Template
from grapheditor.engine.messages import Surveyed
from grapheditor.ui.flow import Flow
from grapheditor.ui.fuzzy import of_template, score
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

    def __init__(self, template: Template, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.template = template
        self.session = session
        self.setProperty("card", True)
        self.setObjectName(f"card-{template.id}")
        self.setAccessibleName(f"{template.title}. {tr(template.headline)}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        fixed(self, height=HIGH)
        self.setMinimumWidth(px(CARD))
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
        self.cards: list[TemplateCard] = []
        self.shown: list[TemplateCard] = []
        self._columns = 0
        self._category = ""
        self._waiting: list[TemplateCard] = []
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
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inner = QWidget()
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(0, 0, 8, 8)
        self._grid.setSpacing(GAP)
        self.area.setWidget(self._inner)
        self.nothing = label(tr("No network of that name, author or paper."), muted=True)
        self.nothing.setObjectName("gallery-nothing")
        self.nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 16, 12)
        column.setSpacing(16)
        column.addWidget(self._head())
        column.addWidget(self.nothing)
        column.addWidget(self.area, 1)
        self._add_cards(list(session.catalog.templates.values())[:FIRST])

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

    def _add_cards(self, templates: list[Template]) -> None:
        for template in templates:
            card = TemplateCard(template, self.session, self.theme, self._inner)
            card.chosen.connect(self.chosen)
            card.opened.connect(self.opened)
            card.left.connect(self.left)
            card.stepped.connect(self._step)
            card.installEventFilter(self)
            self.cards.append(card)
        self.refresh()

    def draw_pictures(self) -> None:
        """Draw the networks on their cards, one at a time, once the window has been painted."""
        self._add_cards(list(self.session.catalog.templates.values())[len(self.cards) :])
        self._waiting = list(self.cards)
        self._draw_next()

    def _draw_next(self) -> None:
        card = self._waiting.pop(0)
        card.picture.show_graph(self.session.catalog.new(card.template.id))
        if self._waiting:
            QTimer.singleShot(0, self, self._draw_next)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put as many cards side by side as fit."""
        super().resizeEvent(event)
        if self._fitting() != self._columns:
            self.refresh()

    def _fitting(self) -> int:
        room = self.width() - 24 - 16 - 8 - self.area.verticalScrollBar().sizeHint().width()
        return max(1, (room + GAP) // (px(CARD) + GAP))

    def refresh(self) -> None:
        """Show the cards that are asked for, the best match first."""
        query = self.search.text()
        found = []
        for i, card in enumerate(self.cards):
            template = card.template
            place = score(query, of_template(template))
            if place is not None and self._category in ("", template.category):
                found.append((place if query.strip() else 0.0, i, card))
        self.shown = [card for _, _, card in sorted(found, key=lambda item: item[:2])]
        while self._grid.count():
            self._grid.takeAt(0)
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 0)
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)
        self._columns = columns = self._fitting()
        for place, card in enumerate(self.shown):
            self._grid.addWidget(card, place // columns, place % columns)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)
        self._grid.setRowStretch(len(self.shown) // columns + 1, 1)
        visible = set(self.shown)
        for card in self.cards:
            card.setMinimumWidth(px(CARD))
            card.setVisible(card in visible)
        self.nothing.setVisible(not self.shown)

    def mark(self, name: str) -> None:
        """Mark the card of a template, none where there is no such."""
        for card in self.cards:
            restyle(card, "chosen", card.template.id == name)

    def _step(self, right: int, down: int) -> None:
        """Go with the focus to the next card in a direction; from the uppermost row up to the search."""
        here = next((i for i, card in enumerate(self.shown) if card.hasFocus()), 0)
        there = here + right + down * self._columns
        if there < 0 and down:
            self.search.setFocus()
        elif 0 <= there < len(self.shown):
            self.shown[there].setFocus(Qt.FocusReason.TabFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search Down and Return lead to the first card; a card that gets the focus is scrolled to."""
        if isinstance(watched, TemplateCard) and isinstance(event, QFocusEvent) and event.gotFocus():
            self.area.ensureWidgetVisible(watched, 8, 8)
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.shown:
                self.shown[0].setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if key == Qt.Key.Key_Escape:
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def set_theme(self, theme: Theme) -> None:
        """Draw the pictures in another theme."""
        self.theme = theme
        for card in self.cards:
            card.picture.theme = theme
            card.picture.update()
