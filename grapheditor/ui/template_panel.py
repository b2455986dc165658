"""The panel beside the gallery: a template's picture, paper, options and numbers, and the button that makes it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from grapheditor.authoring import Template, Tour
from grapheditor.ui.gallery import parameters
from grapheditor.ui.session import Session
from grapheditor.ui.telling import sentence
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme
from grapheditor.ui.thumbnail import Thumbnail
from grapheditor.ui.widgets import Elided, clear, fixed, heading, label, short, upright

if TYPE_CHECKING:
    from grapheditor.ui.inspector.row import Field

WIDTH = 350
ASK_AFTER = 150
"""Milliseconds without typing before the engine is asked for numbers."""


class TemplatePanel(QFrame):
    """Shows one template at a time."""

    opened = Signal(str, object)
    tour_wanted = Signal(str)
    closed = Signal()

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self.session = session
        self.theme = theme
        self.template: Template | None = None
        self.options: dict[str, Any] = {}
        self._tours: list[Tour] = []
        self.fields: dict[str, Field] = {}
        self.setObjectName("panel-template")
        self.setAccessibleName(tr("Options of the network"))
        fixed(self, width=WIDTH)
        self.picture: Thumbnail | None = None
        self.numbers = label(mono=True, size=12)
        self.numbers.setObjectName("template-numbers")
        self.work = label(mono=True, size=12, muted=True)
        self.complaint = label(size=11)
        self.complaint.setObjectName("template-complaint")
        self.complaint.setProperty("wrong", True)
        self.complaint.setWordWrap(True)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(20, 18, 20, 12)
        self._column.setSpacing(6)
        area = upright(inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(area, 1)
        column.addWidget(self._foot())
        self._asking = QTimer(self)
        self._asking.setSingleShot(True)
        self._asking.setInterval(ASK_AFTER)
        self._asking.timeout.connect(self._ask)
        session.surveys.changed.connect(self._show_numbers)
        self.hide()

    def _foot(self) -> QWidget:
        foot = QWidget()
        numbers = QHBoxLayout()
        numbers.setSpacing(12)
        numbers.addWidget(self.numbers)
        numbers.addWidget(self.work)
        numbers.addStretch(1)
        self.create_button = QPushButton(tr("Create"))
        self.create_button.setObjectName("start-open-template")
        self.create_button.setProperty("primary", True)
        self.create_button.setAutoDefault(True)  # Return presses it
        self.create_button.clicked.connect(self._create)
        self.tour_button = QPushButton(tr("Take the tour"))
        self.tour_button.setObjectName("template-tour")
        self._menu = QMenu(self.tour_button)
        self.tour_button.clicked.connect(lambda: self.tour_wanted.emit(self._tours[0].id))
        close = QPushButton(tr("Close"))
        close.setObjectName("template-close")
        close.clicked.connect(self.leave)
        buttons = QHBoxLayout()
        buttons.addWidget(self.create_button, 1)
        buttons.addWidget(self.tour_button)
        buttons.addWidget(close)
        column = QVBoxLayout(foot)
        column.setContentsMargins(20, 8, 20, 16)
        column.setSpacing(8)
        column.addWidget(self.complaint)
        column.addLayout(numbers)
        column.addLayout(buttons)
        self.complaint.hide()
        return foot

    def show_template(self, template: Template) -> None:
        """Show a template with the options that it has by itself."""
        from grapheditor.ui.inspector.fields import field  # not before the first paint

        self.template, self.options, self.fields = template, {}, {}
        self._offer_tours(template)
        clear(self._column)
        self._column.addWidget(label(template.title, bold=True, size=15))
        self._column.addWidget(Elided(template.source or tr(template.category), muted=True, size=11))
        if template.paper:
            paper = label(template.paper, muted=True, size=11)
            paper.setObjectName("template-paper")
            paper.setWordWrap(True)
            self._column.addWidget(paper)
        self.picture = Thumbnail(self.session.catalog, self.theme)
        fixed(self.picture, height=190)
        self._column.addWidget(self.picture)
        doc = label(tr(template.doc.strip()), muted=True, size=11)
        doc.setWordWrap(True)
        self._column.addWidget(doc)
        if template.options:
            self._column.addWidget(heading(tr("Options")))
        for option in template.options:

            def change(value: Any, _bout: object, key: str = option.name) -> None:
                self.options[key] = value
                self._draw()

            row = field(option, change)
            row.show_value(option.default)
            self.fields[option.name] = row
            self._column.addWidget(row)
        self._column.addStretch(1)
        self._draw()
        self.show()

    def _offer_tours(self, template: Template) -> None:
        """Let the button begin the tour through a template, or list them where there are several."""
        self._tours = [item for item in self.session.catalog.tours.values() if item.template == template.id]
        self._menu.clear()
        for tour in self._tours:
            self._menu.addAction(tr(tour.title)).triggered.connect(partial(self.tour_wanted.emit, tour.id))
        self.tour_button.setMenu(self._menu if self._tours[1:] else None)  # type: ignore[arg-type]  # it takes None
        self.tour_button.setVisible(bool(self._tours))

    def _draw(self) -> None:
        """Draw the network with these options, or say why there is none, and have its numbers counted."""
        assert self.template is not None and self.picture is not None
        try:
            self.picture.show_graph(self.session.catalog.new(self.template.id, self.options))
        except ValueError as error:
            self._complain(sentence(error))
            return
        self._complain("")
        self._show_numbers()
        self._asking.start()

    def _complain(self, text: str) -> None:
        self.complaint.setText(text)
        self.complaint.setVisible(bool(text))
        self.create_button.setEnabled(not text)
        self.numbers.setVisible(not text)
        self.work.setVisible(not text)

    def _ask(self) -> None:
        if self.template is not None and self.options:
            self.session.surveys.ask(self.template.id, self.options)

    def _show_numbers(self) -> None:
        if self.template is None or self.complaint.text():
            return
        found = self.session.surveys.of(self.template.id, self.options)
        self.numbers.setText(parameters(found) if found else tr("counting"))
        self.work.setText(tr("{count} MACs", count=short(found.multiply_adds)) if found else "")

    def _create(self) -> None:
        if self.template is not None:
            self.opened.emit(self.template.id, dict(self.options))

    def leave(self) -> None:
        """Show no template."""
        self.template = None
        self._asking.stop()
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the panel."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def set_theme(self, theme: Theme) -> None:
        """Draw the picture in another theme."""
        self.theme = theme
        if self.picture is not None:
            self.picture.theme = theme
            self.picture.update()
