"""The inspector's way to a lens at what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from grapheditor.ui.lens.pin import What
    from grapheditor.ui.session import Session


class LensLink(QPushButton):
    """Pins a lens at a node or a wire that is shown, or takes it away."""

    def __init__(self, session: Session, what: What) -> None:
        super().__init__()
        self._pins, self._what = session.pins, what
        self.setObjectName("lens-pin")
        self.setProperty("link", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(tr("What is computed there: a picture of it, its figures, its gradient, the weights"))
        self.clicked.connect(lambda: self._pins.toggle(self._what))
        self._pins.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say what a press does now."""
        self.setText(tr("Pin a lens") if self._pins.find(self._what) is None else tr("Take the lens away"))
