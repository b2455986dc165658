"""The card of a lens: what it is at, its picture, its figures. It floats over the canvas and can be dragged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from grapheditor.ui.lens import writing
from grapheditor.ui.lens.picture import Histogram, PictureView
from grapheditor.ui.lens.places import Layout, of_picture, of_table
from grapheditor.ui.style import mixed
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, px
from grapheditor.ui.widgets import Choice, label

if TYPE_CHECKING:
    from grapheditor.ui.lens.pin import Pin

WIDE = 232
"""How wide it is, in pixels at a scale of 1."""
EDGE = 12
"""Pixels beside what is on it."""
LOWEST = 60
"""Pixels that a picture has at least, where there is little room."""


class Card(QFrame):
    """Shows what is seen of one pin. What its buttons ask for is its owner's to do."""

    closed = Signal()
    dragged = Signal()
    """It was moved by hand."""
    chosen = Signal()
    """Another part is to be shown: the pin says which."""
    number_chosen = Signal(tuple)
    """How a number came about is asked, by its place in the tensor."""
    sample_wanted = Signal(int)
    """Another sample is to be shown, by so many further."""

    def __init__(self, canvas: QWidget, pin: Pin, theme: Theme, *, passing: bool = False) -> None:
        super().__init__(canvas)
        self.pin = pin
        self._passing = passing
        self._held: QPoint | None = None
        self._most = self._room = 1 << 20
        self._counted = False
        """Whether there is a histogram to show."""
        self.setObjectName("lens")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.weight = Choice()
        self.weight.setObjectName("lens-weight")
        self.weight.setAccessibleName(tr("Which weights"))
        self.weight.activated.connect(lambda _place: self._choose_weight())
        self.picture = PictureView(theme)
        self.picture.setObjectName("lens-picture")
        self.picture.chosen.connect(self.number_chosen)
        self.cut = label(muted=True, size=11)
        self.figures = label(size=11, mono=True)
        self.histogram = Histogram(theme)
        self.told = label(size=11, muted=True)
        self.told.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, 8, EDGE, 9)
        column.setSpacing(6)
        column.addLayout(self._head())
        column.addLayout(self._choices())
        self._foot = self._samples()
        for part in (self.weight, self.picture, self.cut, self.figures, self.histogram, self.told, self._foot):
            column.addWidget(part)
        if passing:
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self.close_button.hide()
        self.set_theme(theme)

    def _head(self) -> QHBoxLayout:
        """Make the line of what it is at and when that was."""
        self.title = label(bold=True, muted=True)
        self.title.setMinimumWidth(20)
        self.step = label(muted=True, size=11, mono=True)
        self.step.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.close_button = button("×", "lens-close", tr("Close the lens"))
        self.close_button.clicked.connect(self.closed)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.title, 1)
        row.addWidget(self.step)
        row.addWidget(self.close_button)
        return row

    def _choices(self) -> QHBoxLayout:
        """Make a button for each part."""
        row = QHBoxLayout()
        row.setSpacing(6)
        self.buttons: dict[str, QPushButton] = {}
        for part, title in writing.TITLES.items():
            chooser = self.buttons[part] = button(tr(title), f"lens-{part}", tr(title))
            chooser.setCheckable(True)
            chooser.clicked.connect(lambda _checked=False, part=part: self._choose(part))
            row.addWidget(chooser)
        row.addStretch(1)
        return row

    def _samples(self) -> QWidget:
        """Make the line that says which sample is shown, and lets choose another."""
        self.sample = label(muted=True, size=11)
        back = button("‹", "lens-before", tr("The sample before"))
        on = button("›", "lens-next", tr("The next sample"))
        back.clicked.connect(lambda: self.sample_wanted.emit(-1))
        on.clicked.connect(lambda: self.sample_wanted.emit(1))
        found = QWidget()
        row = QHBoxLayout(found)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.sample, 1)
        row.addWidget(back)
        row.addWidget(on)
        return found

    def set_theme(self, theme: Theme) -> None:
        """Show it in another theme."""
        self.theme = self.picture.theme = self.histogram.theme = theme
        chosen = mixed(theme.card, theme.accent, 0.25)
        self.setStyleSheet(
            f"#lens {{ background: {theme.card}; border: 1px solid {theme.card_edge}; border-radius: 10px; }}"
            f"#lens QPushButton {{ background: transparent; border: 1px solid transparent; border-radius: 4px;"
            f" color: {theme.muted}; padding: 0 3px; min-height: 0; }}"
            f"#lens QPushButton:hover {{ color: {theme.text}; background: {theme.raised}; }}"
            f"#lens QPushButton:checked {{ color: {theme.text}; background: {chosen}; }}"
            f"#lens QPushButton:focus {{ border-color: {theme.accent}; }}"
            "#lens QComboBox { padding: 0 6px; min-height: 16px; }"
        )

    def show_seen(
        self, title: str, node: Mapping[str, Any] | None, step: str, told: str, sample: str, *, image: bool = False
    ) -> None:
        """Show what was seen of the pin; node is None where nothing was. told: what else there is to say."""
        self.setFixedWidth(self._wide)
        self.step.setText(step if node is not None else "")
        self._show_title(title)
        self._foot.setVisible(bool(sample) and node is not None and not self._passing)
        self.sample.setText(sample)
        known = writing.parts(node) if node is not None else []
        part = self.pin.part if self.pin.part in known else "output"
        for name, button in self.buttons.items():
            button.setVisible(name in known and len(known) > 1 and not self._passing)
            button.setChecked(name == part)
        self._show_weights(node, part)
        warning = self._show_node(node, part, image) if node is not None else ""
        for widget in (self.picture, self.figures):
            widget.setVisible(node is not None)
        if node is None:
            self.cut.hide()
            self._counted = False
        said = " ".join(filter(None, (f"{warning}." if warning else "", told)))
        self.told.setText(said)
        self.told.setVisible(bool(said))
        self._fit()
        words = [title, step, tr(writing.TITLES[part]), *self.figures.text().split("\n"), said]
        self.setAccessibleName(tr("Lens: {what}", what=", ".join(filter(None, words))))

    def give_room(self, wide: int, high: int) -> None:
        """Be so many pixels wide and high at most: the histogram goes first, then the picture becomes smaller."""
        before, self._most = self._wide, wide
        if self._wide != before:
            self.chosen.emit()
        if high != self._room:
            self._room = high
            self._fit()

    @property
    def _wide(self) -> int:
        return min(px(WIDE), self._most)

    def _fit(self) -> None:
        """Take the height that is needed, as far as there is room."""
        self.histogram.setHidden(not self._counted)
        self.picture.limit(0)
        over = self._high() - self._room
        if over > 0 and self._counted:
            self.histogram.hide()
            over = self._high() - self._room
        if over > 0:
            self.picture.limit(max(px(LOWEST), self.picture.height() - over))
        self.setFixedHeight(self._high())

    def _high(self) -> int:
        layout = self.layout()
        assert layout is not None
        layout.activate()
        return layout.totalHeightForWidth(self._wide) if layout.hasHeightForWidth() else layout.totalSizeHint().height()

    def _show_title(self, title: str) -> None:
        """Show what it is at, as much of it as there is room for."""
        beside = (part.sizeHint().width() + 6 for part in (self.step, self.close_button) if not part.isHidden())
        room = self._wide - 2 * EDGE - sum(beside)
        self.title.setText(self.title.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, room))
        self.title.setToolTip(title)

    def _show_weights(self, node: Mapping[str, Any] | None, part: str) -> None:
        """Offer the weights of a node to choose from, where there are several."""
        names = list(node["weights"]) if node is not None and part == "weights" else []
        if names and [self.weight.itemText(place) for place in range(self.weight.count())] != names:
            self.weight.clear()
            self.weight.addItems(names)
        if self.pin.weight in names:
            self.weight.setCurrentText(self.pin.weight)
        self.weight.setVisible(len(names) > 1 and not self._passing)

    def _show_node(self, node: Mapping[str, Any], part: str, image: bool) -> str:
        """Show picture and figures of a part; return what is wrong with its numbers."""
        figures = writing.shown(node, part, self.pin.weight)
        self.picture.resize(self._wide - 2 * EDGE - 2, self.picture.height())
        numbers = writing.table(figures)
        if numbers is not None:
            self.picture.show_numbers(numbers)
        else:
            self.picture.show_picture(figures["picture"], image=image and part == "output")
        self.picture.show_layout(self._layout_of(figures, numbers, part, image))
        cut = writing.cut(figures)
        self.cut.setText(cut)
        self.cut.setVisible(bool(cut))
        self.figures.setText("\n".join(writing.lines(node, part, self.pin.weight, data=image)))
        self.picture.setToolTip("×".join(map(str, figures["shape"])) or tr("1 number"))
        counts = figures.get("histogram", ())
        self._counted = len(counts) > 1 and not self._passing
        if len(counts) > 1:
            self.histogram.show_counts(counts, figures["min"], figures["max"])
        return writing.warning(node, part, self.pin.weight)

    def _layout_of(
        self, figures: Mapping[str, Any], numbers: list[list[float]] | None, part: str, image: bool
    ) -> Layout | None:
        """Return how the numbers lie that can be asked how they came about: those of the node's output."""
        shape = figures.get("sample")
        if part != "output" or shape is None or self._passing:
            return None
        return of_table(shape, numbers) if numbers is not None else of_picture(shape, figures["picture"], image=image)

    def _choose(self, part: str) -> None:
        self.pin.part = part
        self.chosen.emit()

    def _choose_weight(self) -> None:
        self.pin.weight = self.weight.currentText()
        self.chosen.emit()

    # By hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position().toPoint()
            self.raise_()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            canvas = self.parentWidget()
            assert canvas is not None
            to = self.pos() + event.position().toPoint() - self._held
            x = max(8 - self.width() // 2, min(to.x(), canvas.width() - self.width() // 2))
            y = max(0, min(to.y(), canvas.height() - px(24)))
            self.move(x, y)
            self.dragged.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """What the canvas does at a double click is not meant here."""


def button(text: str, name: str, told: str = "") -> QPushButton:
    """Return a small button for a card. told: what it does, in words; nothing where an action tells that."""
    made = QPushButton(text)
    made.setObjectName(name)
    made.setAccessibleName(told)
    made.setToolTip(told)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made
