"""The breadcrumb: which module is open, by which of its uses, and the way back."""

from __future__ import annotations

from itertools import islice

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from grapheditor.edit.scope import path_to
from grapheditor.edit.values import count_uses, use_paths
from grapheditor.ui.session import Session
from grapheditor.ui.texts import tr
from grapheditor.ui.widgets import label

MOST = 40
"""So many other uses are offered."""


class Breadcrumb(QWidget):
    """The graph's name and the uses that lead to what is shown; each goes there. The last names the module."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.setObjectName("breadcrumb")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._shown: object = None
        self.behind: QWidget | None = None
        """After what the steps come in the order of Tab; they are made anew and would be the last."""
        for signal in (session.opened, session.entered, session.edited, session.titled):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show where one is now."""
        session = self.session
        if session.document is None:
            return
        module = session.scope.module
        uses = list(islice(use_paths(session.graph, module), MOST)) if module else []
        count = count_uses(session.graph, module) if module else 0
        shown = (session.document, session.name, session.place, module, tuple(uses), count)
        if shown == self._shown:
            return
        self._shown = shown
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._add_step(session.name, "")
        steps = list(_steps(session.place))
        for name, path in steps:
            self._row.addWidget(label("›", muted=True))
            self._add_step(name, path)
        if module:
            self._row.addWidget(self._uses(module, uses, count))
        last = self.behind
        for place in range(self._row.count()):
            item = self._row.itemAt(place)
            step = item.widget() if item is not None else None
            if last is not None and isinstance(step, QToolButton):
                QWidget.setTabOrder(last, step)
                last = step

    def _add_step(self, text: str, path: str) -> None:
        step = QToolButton()
        step.setText(text)
        step.setObjectName(f"crumb-{path}" if path else "graph-name")
        step.setAutoRaise(True)
        here = path == self.session.place
        step.setProperty("here", here)
        step.setAccessibleName(tr("{name}, open here", name=text) if here else tr("Go to {name}", name=text))
        step.clicked.connect(lambda: self.session.enter(path))
        self._row.addWidget(step)

    def _uses(self, module: str, uses: list[str], count: int) -> QWidget:
        """Return what names the module and offers its other uses: the shapes shown are those of one of them."""
        button = QToolButton()
        button.setObjectName("crumb-uses")
        button.setProperty("muted", True)
        text = module
        if count > 1:
            text = tr("{module}, used {n} times, shapes of {use}", module=module, n=count, use=self.session.place)
        button.setText(f"{text} ▾" if count > 1 else text)
        button.setAccessibleName(tr("Module {name}", name=text))
        if count > 1:
            button.setToolTip(tr("Show the module as another of its uses has it"))
            menu = QMenu(button)
            for path in uses:
                action = QAction(path, menu)
                action.setCheckable(True)
                action.setChecked(path == self.session.place)
                action.triggered.connect(lambda _checked=False, path=path: self.session.enter(path))
                menu.addAction(action)
            if count > len(uses):
                menu.addAction(tr("and {n} more", n=count - len(uses))).setEnabled(False)
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus if count > 1 else Qt.FocusPolicy.NoFocus)
        return button


def _steps(place: str) -> list[tuple[str, str]]:
    """Return the uses that lead to a place, with their paths; the number of a copy stands with its node."""
    found: list[tuple[str, str]] = []
    for part in place.split(".") if place else ():
        if part.isdecimal() and found:
            name, path = found[-1]
            found[-1] = (f"{name} {int(part) + 1}", f"{path}.{part}")
        else:
            found.append((part, path_to(found[-1][1] if found else "", part)))
    return found
