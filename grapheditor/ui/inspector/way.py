"""The inspector's way to see on the canvas what an objective is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from grapheditor.ui.spotlight import Lit, way
from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from grapheditor.ui.session import Session


class WayLink(QPushButton):
    """Lights the nodes that an objective's gradient goes through, with a ring around those whose weights it changes."""

    def __init__(self, session: Session, place: int) -> None:
        super().__init__()
        self._session, self._place = session, place
        self.setObjectName("show-way" if place == 0 else f"show-way-{place + 1}")
        self.setProperty("link", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(
            tr("On the canvas: where its gradient goes, and a ring around what the weights it changes are in.")
        )
        self.clicked.connect(self._toggle)
        session.spotlight.changed.connect(self.refresh)
        self.refresh()

    @property
    def _on(self) -> bool:
        return bool(self._session.spotlight.by == ("objective", self._place))

    def _toggle(self) -> None:
        spotlight, by = self._session.spotlight, ("objective", self._place)
        if not spotlight.end(by):
            self._session.enter("")
            spotlight.show(by, self._lit)

    def _lit(self) -> Lit | None:
        objectives = self._session.graph.recipe.objectives
        return way(self._session, objectives[self._place]) if self._place < len(objectives) else None

    def refresh(self) -> None:
        """Say what a press does now."""
        self.setText(tr("Show all alike again") if self._on else tr("Show its way"))
