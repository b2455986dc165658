"""What a window offers: the table of actions as menus, keys, context menus and entries of the command palette."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from grapheditor.ui.actions import ACTIONS, CONTEXT, MENUS, Action, Group, Submenu
from grapheditor.ui.keys import Keymap, is_plain
from grapheditor.ui.texts import tr
from grapheditor.ui.windows import raise_window

if TYPE_CHECKING:
    from grapheditor.ui.canvas import Canvas
    from grapheditor.ui.window import Window


class Offers(QObject):
    """The actions of one window, kept true to what can be done, to what is chosen, and to the keys.

    actions: by their ids. menus: those of the menu bar, by their titles in the table.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window = window
        self.keymap: Keymap = window.preferences.keymap
        self.tasks: dict[str, Action] = {item.id: item for item in ACTIONS}
        self._groups: dict[str, QActionGroup] = {}
        self._on_canvas: list[QAction] = []
        self.actions: dict[str, QAction] = {item.id: self._made(item) for item in ACTIONS}
        self.menus = {name: window.menuBar().addMenu(f"&{tr(name)}") for name in MENUS}
        self._fill_menus()

    def _made(self, item: Action) -> QAction:
        action = QAction(tr(item.title), self.window)
        action.setObjectName(f"action-{item.id}")
        if item.on_canvas:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setCheckable(item.is_on is not None)
        if item.one_of:
            if item.one_of not in self._groups:
                self._groups[item.one_of] = QActionGroup(self)
            self._groups[item.one_of].addAction(action)
        if item.choices is not None:
            menu = QMenu(self.window)
            menu.setObjectName(f"choices-{item.id}")
            menu.aboutToShow.connect(lambda: self._list_choices(menu, item))
            action.setMenu(menu)
        action.triggered.connect(lambda _checked=False: self.perform(item.id))
        return action

    def _fill_menus(self) -> None:
        below: dict[str, QMenu] = {}
        for item in ACTIONS:
            if item.quiet:
                continue
            menu = self.menus[item.menu]
            if item.first and not (item.under and item.under in below):
                menu.addSeparator()
            if item.under:
                menu = below[item.under] if item.under in below else menu.addMenu(tr(item.under))
                if item.under in below and item.first:
                    menu.addSeparator()
                below[item.under] = menu
            menu.addAction(self.actions[item.id])
        for menu in (*self.menus.values(), *below.values()):
            menu.aboutToShow.connect(self.refresh)
        self.menus["Window"].aboutToShow.connect(self._list_windows)

    def _list_windows(self) -> None:
        """List all windows at the end of the menu, this one with a mark."""
        menu = self.menus["Window"]
        known = set(self.actions.values())
        for action in menu.actions():
            if action not in known:
                menu.removeAction(action)
        menu.addSeparator()
        for i, window in enumerate(self.window.windows.all, 1):
            action = menu.addAction(f"&{i}  {_plain(window.title)}")
            action.setObjectName(f"window-{i}")
            action.setCheckable(True)
            action.setChecked(window is self.window)
            action.triggered.connect(lambda _checked=False, chosen=window: raise_window(chosen))

    def _list_choices(self, menu: QMenu, item: Action) -> None:
        assert item.choices is not None
        menu.clear()
        for i, choice in enumerate(item.choices(self.window)):
            if choice.apart:
                menu.addSeparator()
            action = menu.addAction(_plain(choice.title))
            action.setObjectName(f"{item.id}-{i}")
            action.setCheckable(choice.on is not None)
            action.setChecked(bool(choice.on))
            action.triggered.connect(lambda _checked=False, run=choice.run: run())

    # Keys

    def bind(self, keymap: Keymap) -> None:
        """Give every action its keys. Keys that type something count on the canvas only, whatever the action is."""
        self.keymap = keymap
        for item in ACTIONS:
            keys = () if item.held else keymap.keys(item.id)
            everywhere = [key for key in keys if item.on_canvas or not is_plain(key)]
            self.actions[item.id].setShortcuts([QKeySequence(key) for key in everywhere])
        self.refresh()

    def bind_canvas(self, canvas: Canvas) -> None:
        """Give the canvas the keys that count there alone."""
        for old in self._on_canvas:
            canvas.removeAction(old)
            old.deleteLater()
        self._on_canvas.clear()
        for item in ACTIONS:
            plain = [QKeySequence(key) for key in self.keymap.keys(item.id) if is_plain(key)]
            if item.on_canvas or not plain:
                continue
            action = QAction(tr(item.title), canvas)
            action.setShortcuts(plain)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(lambda _checked=False, name=item.id: self.perform(name))
            canvas.addAction(action)
            self._on_canvas.append(action)

    # What can be done

    def name(self, item: Action) -> str:
        """Return what an action is called now."""
        return item.now(self.window) if item.now is not None else tr(item.title)

    def refresh(self) -> None:
        """Show of every action what it is called, whether it can be done, and whether it is chosen."""
        for item in ACTIONS:
            action, title = self.actions[item.id], self.name(item)
            why = item.why_not(self.window)
            key = self.keymap.hint(item.id)
            tip = why or (f"{title.rstrip('…')} ({key})" if key else title.rstrip("…"))
            text = _plain(title) if action.shortcut() or not key else f"{_plain(title)}\t{key}"
            if (action.text(), action.isEnabled(), action.toolTip()) != (text, why is None, tip):
                action.setText(text)
                action.setEnabled(why is None)
                action.setToolTip(tip)
            if item.is_on is not None and action.isChecked() != item.is_on(self.window):
                action.setChecked(not action.isChecked())

    def perform(self, name: str) -> None:
        """Do an action, or say why it cannot be done; of one with choices, show them."""
        item = self.tasks[name]
        why = item.why_not(self.window)
        help_ = item.help(self.window) if why is not None and item.help is not None else None
        if help_ is not None and help_.choices:
            self.window.notice.show_notice(help_)
        elif why is not None:
            self.window.statusbar.tell(why)
        elif item.choices is not None:
            menu = self.actions[name].menu()
            assert isinstance(menu, QMenu)
            self._list_choices(menu, item)
            menu.popup(self.window.mapToGlobal(QPoint((self.window.width() - menu.sizeHint().width()) // 2, 90)))
        else:
            item.run(self.window)
        self.refresh()

    def is_refused(self, key: str, on_canvas: bool) -> str | None:
        """Return the action that a key belongs to here and that cannot be done now."""
        held = [name for name in self.keymap.holders(key) if not self.actions[name].isEnabled()]
        here = held and (on_canvas or not (is_plain(key) or self.tasks[held[0]].on_canvas))
        return held[0] if here else None

    def at(self, place: QPoint, where: str) -> None:
        """Offer at a place of the screen what can be done with what is there."""
        menu = QMenu(self.window)
        menu.setObjectName("context")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.refresh()
        self._put(menu, CONTEXT[where])
        menu.popup(place)

    def _put(self, menu: QMenu, groups: Iterable[Group]) -> None:
        """Put into a menu what can be done of some groups, with a line between them."""
        for group in groups:
            if not menu.isEmpty():
                menu.addSeparator()
            for entry in group:
                if isinstance(entry, Submenu):
                    below = QMenu(tr(entry.title), menu)
                    below.setObjectName(f"context-{entry.title.lower()}")
                    self._put(below, (entry.actions,))
                    if not below.isEmpty():
                        menu.addMenu(below)
                elif self.actions[entry].isEnabled():
                    menu.addAction(self.actions[entry])
        if menu.actions() and menu.actions()[-1].isSeparator():
            menu.removeAction(menu.actions()[-1])

    def show_commands(self) -> None:
        """Open the command palette: all actions, and all that can be chosen in them."""
        from grapheditor.ui.commands import CommandPalette, Offer

        found: list[Offer] = []
        for item in ACTIONS:
            title, menu, keys = self.name(item), tr(item.menu), self.keymap.keys(item.id)
            why = item.why_not(self.window)
            if item.id == "commands":
                continue
            found.append(Offer(title, menu, keys, why, lambda name=item.id: self.perform(name)))  # type: ignore[misc]
            if item.choices is not None and why is None:
                found += [Offer(f"{title}: {one.title}", menu, (), None, one.run) for one in item.choices(self.window)]
        CommandPalette(self.window, found)


def _plain(title: str) -> str:
    """Return a title as a menu shows it unchanged."""
    return title.replace("&", "&&")
