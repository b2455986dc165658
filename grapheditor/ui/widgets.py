"""Small parts that several panels use: labels, icons that come after the first paint, numbers as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QHelpEvent,
    QIcon,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QStylePainter,
    QTabBar,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from grapheditor.ui import theme
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Weight, figures, px, words


def label(text: str = "", *, muted: bool = False, bold: bool = False, size: float = 12, mono: bool = False) -> QLabel:
    """Return a label in the program's type; its text is taken as plain text."""
    found = QLabel(text)
    found.setTextFormat(Qt.TextFormat.PlainText)
    weight: Weight = "semibold" if bold else "regular"
    typed(found, figures(size, weight) if mono else words(size, weight), size)
    if muted:
        found.setProperty("muted", True)
    return found


class Elided(QLabel):
    """A line that ends in dots where it has no room; what stands in it is told in full where the pointer rests."""

    def __init__(self, text: str = "", *, muted: bool = False, bold: bool = False, size: float = 12) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        typed(self, words(size, "semibold" if bold else "regular"), size)
        if muted:
            self.setProperty("muted", True)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    @property
    def cut(self) -> bool:
        """Whether there is no room for all of it."""
        return self.shown() != self.text()

    def shown(self) -> str:
        """Return what there is room for."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())

    def event(self, event: QEvent) -> bool:
        """Tell the whole where something is missing; elsewhere what is around may have something to tell."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.cut and not self.toolTip():
            QToolTip.showText(event.globalPos(), self.text(), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setPen(self.palette().windowText().color())
            painter.drawText(self.contentsRect(), int(self.alignment()), self.shown())
        finally:
            painter.end()


class Offer(QPushButton):
    """A button whose title has dots in its middle where it has no room."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(px(80), self.sizeHint().width()), super().minimumSizeHint().height())

    def shown(self) -> str:
        """Return what there is room for."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self).width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = self.shown()
        painter = QStylePainter(self)
        try:
            painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        finally:
            painter.end()


class Ticker(Elided):
    """A line whose text changes many times a second. The window is laid out anew only where it needs another width.

    room: how wide it is at most; a longer text ends in dots.
    """

    room = 1 << 20

    def __init__(self, *, size: float) -> None:
        super().__init__(size=size)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        typed(self, figures(size), size)
        self._fit()

    def setText(self, text: str) -> None:
        super().setText(text)
        self._fit()

    def give_room(self, room: int) -> None:
        """Be so wide at most."""
        if room != self.room:
            self.room = room
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """Have a fixed size: what has one asks nobody for another one when its text changes."""
        metrics = self.fontMetrics()
        need, has = metrics.horizontalAdvance(self.text()) + 2, self.width()
        if not min(need, self.room) <= has <= min(2 * need, self.room):
            self.setFixedWidth(min(need, self.room))
        if self.height() != metrics.height():
            self.setFixedHeight(metrics.height())


class Progress(QProgressBar):
    """A bar without a text. Qt's goes on moving, and being painted, when it is known again how far something is."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setAccessibleName(name)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.StyleAnimationUpdate and self.maximum() > self.minimum():
            event.ignore()
            return True
        return super().event(event)


def typed(widget: QWidget, font: QFont, size: float) -> None:
    """Give a widget a font of its own. size: at a scale of 1, from which :func:`rescale` finds another scale."""
    widget.setProperty("typeSize", size)
    widget.setFont(font)


def fixed(widget: QWidget, *, width: int | None = None, height: int | None = None) -> None:
    """Fix the size of a widget, in pixels at a scale of 1; it follows the scale of the type."""
    widget.setProperty("fixedSize", [width or 0, height or 0])
    if width is not None:
        widget.setFixedWidth(px(width))
    if height is not None:
        widget.setFixedHeight(px(height))


def rescale(root: QWidget, before: float) -> None:
    """Bring a widget and all in it to the scale of the type. before: the scale that they were made at."""
    for widget in (root, *root.findChildren(QWidget)):
        sizes = widget.property("fixedSize")
        if sizes:
            fixed(widget, width=sizes[0] or None, height=sizes[1] or None)
        font = QFont(widget.font())
        if widget.testAttribute(Qt.WidgetAttribute.WA_SetFont) and font.pixelSize() > 0:
            size = widget.property("typeSize") or round(font.pixelSize() / before)
            widget.setProperty("typeSize", size)
            font.setPixelSize(max(1, round(float(size) * theme.scale())))
            widget.setFont(font)
        if isinstance(widget, QAbstractButton) and not widget.icon().isNull():
            widget.setIconSize(QSize(px(16), px(16)))
        widget.updateGeometry()


class Crowd:
    """Parts of a row that give way where it has no room for all of them: the first of these goes first."""

    def __init__(self, row: QHBoxLayout, parts: Sequence[QWidget]) -> None:
        self._row = row
        self._wanted = dict.fromkeys(parts, True)

    def want(self, part: QWidget, wanted: bool) -> None:
        """Say whether a part has anything to show."""
        if self._wanted[part] != wanted:
            self._wanted[part] = wanted
            self.fit()

    def fit(self) -> None:
        """Show what is wanted, as far as there is room; nothing else is touched, so that this comes to rest."""
        items = [self._row.itemAt(place) for place in range(self._row.count())]
        parts = [part for item in items if item is not None and (part := item.widget()) is not None]
        shown = [part for part in parts if self._wanted.get(part, not part.isHidden())]
        margins = self._row.contentsMargins()
        need = sum(part.sizeHint().width() + self._row.spacing() for part in shown) + margins.left() + margins.right()
        for part, wanted in self._wanted.items():
            fits = need <= self._row.geometry().width()
            if wanted and not fits:
                need -= part.sizeHint().width() + self._row.spacing()
            if part.isHidden() == (wanted and fits):
                part.setVisible(wanted and fits)


def heading(text: str) -> QLabel:
    """Return a small heading with a line below it."""
    found = label(text, bold=True)
    found.setProperty("heading", True)
    found.setIndent(0)
    return found


def link(text: str, name: str) -> QPushButton:
    """Return a button that looks like a link."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setProperty("link", True)
    return button


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        if isinstance(widget, QTabBar):  # which lays itself out anew only when it is told
            QApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))
        widget.updateGeometry()


class Entry(QPushButton):
    """A button like a line of a list: a title, below it a note, and at the right what belongs to it."""

    def __init__(self, title: str, note: str = "", aside: str = "") -> None:
        super().__init__()
        self.setProperty("entry", True)
        self.setAutoDefault(True)  # Return presses it
        self._title, self._note = title, note
        text = QVBoxLayout()
        text.setSpacing(1)
        self.title = Elided(title)
        text.addWidget(self.title)
        if note:
            text.addWidget(Elided(note, muted=True, size=11))
        self.aside = label(aside, muted=True, size=11, mono=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 10, 5)
        row.setSpacing(8)
        row.addLayout(text, 1)
        row.addWidget(self.aside)
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_aside(aside)

    def show_aside(self, text: str) -> None:
        """Show something else at the right."""
        self.aside.setText(text)
        self.setAccessibleName(", ".join(part for part in (self._title, self._note, text) if part))

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())


class Icons:
    """Icons of one family. Loading it takes longer than the window may: buttons get theirs after the first paint."""

    def __init__(self) -> None:
        self._loaded = False
        self.waiting: list[tuple[QAbstractButton, str, str]] = []

    def put(self, button: QAbstractButton, name: str, colour: str) -> None:
        """Give a button an icon, now or once the family is loaded."""
        button.setIconSize(QSize(px(16), px(16)))
        if self._loaded:
            button.setIcon(self.icon(name, colour))
        else:
            self.waiting.append((button, name, colour))

    def load(self) -> None:
        """Load the family and give out what waits."""
        self._loaded = True
        for button, name, colour in self.waiting:
            button.setIcon(self.icon(name, colour))
        self.waiting.clear()

    def icon(self, name: str, colour: str) -> QIcon:
        """Return an icon of the family in a colour."""
        import qtawesome

        found: QIcon = qtawesome.icon(f"mdi6.{name}", color=colour)
        return found


class Edit(QLineEdit):
    """A line that leaves undo to the document and gives the focus back at Escape."""

    def event(self, event: QEvent) -> bool:
        """Let the window's undo and redo through: every keystroke in a field is already an edit of the document."""
        if event.type() == QEvent.Type.ShortcutOverride and (
            event.matches(QKeySequence.StandardKey.Undo)  # type: ignore[attr-defined]
            or event.matches(QKeySequence.StandardKey.Redo)  # type: ignore[attr-defined]
        ):
            event.ignore()
            return False
        return super().event(event)


ARROW = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Choice(QComboBox):
    """A box of choices with a small arrow in the text's colour; the wheel scrolls the panel, not the choice."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        try:
            painter.setFont(words(9))
            painter.setPen(self.palette().placeholderText().color())
            painter.drawText(self.rect().adjusted(0, 0, -8, 0), int(ARROW), "▾")
        finally:
            painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def upright(widget: QWidget) -> QScrollArea:
    """Return an area as wide as there is room, in which a widget scrolls up and down where it is too high."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    return area


class Sideways(QScrollArea):
    """Shows a widget in its whole height. Where that is too wide this scrolls, and nothing around it has to."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self._shown = widget
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setWidget(widget)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.updateGeometry()

    def viewportEvent(self, event: QEvent) -> bool:
        """Follow what is shown when it changes."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().viewportEvent(event)

    def sizeHint(self) -> QSize:
        found = self._shown.sizeHint()
        bar = self.horizontalScrollBar().sizeHint().height() if found.width() > self.width() else 0
        return QSize(found.width(), found.height() + bar)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())


class Rows(QStyledItemDelegate):
    """Gives the rows of a table their height, which follows the scale of the type."""

    HEIGHT = 24
    """At a scale of 1."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), px(self.HEIGHT))


def clear(column: QLayout) -> None:
    """Take everything out of a layout; what goes is not seen any more, though Qt deletes it only later."""
    while (item := column.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def short(number: float) -> str:
    """Write a large number as people read it: ``25.6 M``, ``4.09 G``, ``832``."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "K")):
        if abs(number) >= size:
            return f"{number / size:.3g} {letter}"
    return f"{number:g}"


def size(count: float) -> str:
    """Write a number of bytes: ``392 KB``, ``2.9 GB``."""
    for unit, letters in ((2**40, "TB"), (2**30, "GB"), (2**20, "MB"), (2**10, "KB")):
        if count >= unit:
            return f"{count / unit:.3g} {letters}"
    return tr("{n:g} bytes", n=count)


def shape(sizes: list[int | str]) -> str:
    """Write a shape: ``N×1×28×28``."""
    return "×".join(f"({item})" if isinstance(item, str) and " " in item else str(item) for item in sizes) or tr(
        "1 number"
    )
