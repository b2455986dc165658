"""Which panels stand around the canvas: each can be put away and comes back as wide as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from grapheditor.ui.canvas import Canvas


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel beside the canvas. size: how wide or high it is, in pixels, where it was pulled shut before."""

    widget: QWidget
    splitter: QSplitter
    size: Callable[[], int]


class Panels(QObject):
    """The panels, by name, and ``minimap``, which lies on the canvas."""

    changed = Signal()

    def __init__(self, canvas: Canvas, panels: Mapping[str, Panel]) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._panels = dict(panels)

    def has(self, name: str) -> bool:
        """Tell whether a panel is to be seen."""
        if name == "minimap":
            return self._canvas.minimap.shown
        panel = self._panels[name]
        return not panel.widget.isHidden() and panel.splitter.sizes()[panel.splitter.indexOf(panel.widget)] > 0

    def toggle(self, name: str) -> None:
        """Show a panel, or put it away."""
        self.show(name, not self.has(name))

    def show(self, name: str, shown: bool = True) -> None:
        """Show a panel, or put it away; the canvas takes its room and its focus."""
        if shown == self.has(name):
            return
        if name == "minimap":
            self._canvas.minimap.shown = shown
            self._canvas.update()
        else:
            panel = self._panels[name]
            focus = panel.widget.window().focusWidget()
            held = focus is not None and panel.widget.isAncestorOf(focus)
            panel.widget.setVisible(shown)
            if shown:
                self._open(panel)
            elif held:
                self._canvas.setFocus()
        self.changed.emit()

    def _open(self, panel: Panel) -> None:
        """Give a panel that was pulled shut room from the canvas."""
        sizes, place = panel.splitter.sizes(), panel.splitter.indexOf(panel.widget)
        if not sizes[place]:
            roomiest = sizes.index(max(sizes))
            sizes[place] = panel.size()
            sizes[roomiest] = max(0, sizes[roomiest] - panel.size())
            panel.splitter.setSizes(sizes)

    @property
    def hidden(self) -> list[str]:
        """The panels that are put away."""
        names = [name for name, panel in self._panels.items() if panel.widget.isHidden()]
        return names if self._canvas.minimap.shown else [*names, "minimap"]

    def hide(self, names: Iterable[str]) -> None:
        """Put panels away; names that are none are left out."""
        for name in names:
            if name == "minimap" or name in self._panels:
                self.show(name, False)
