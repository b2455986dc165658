"""Keys and mouse: every action with its keys and all that the mouse does, which can be given, taken away and reset."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from grapheditor.ui.actions import Action
from grapheditor.ui.commands import ASIDE, SideNote
from grapheditor.ui.fuzzy import score
from grapheditor.ui.keys import PRESETS, Keys, shown
from grapheditor.ui.mouse import Way
from grapheditor.ui.preferences import Preferences
from grapheditor.ui.settings.recorder import Recorder
from grapheditor.ui.settings.rows import choice_row
from grapheditor.ui.texts import tr
from grapheditor.ui.widgets import Edit, heading, label

ID = int(Qt.ItemDataRole.UserRole)


class KeysPage(QWidget):
    """Presets, a search, the list, and below it what can be done with the action that is chosen."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.preferences = preferences
        self._titles = {name: tr(item.title).rstrip("…") for name, item in preferences.keymap.bound.items()}
        self._adding = False
        self._wanted: Keys = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(heading(tr("Keys and mouse")))
        presets = [(name, name) for name in PRESETS]
        chosen = preferences.keymap.preset
        note = tr("For hands that come from another program. What you choose below wins.")
        self.preset = choice_row(column, "preset", tr("As in"), note, presets, chosen, self._choose_preset)
        self.search = Edit()
        self.search.setObjectName("settings-key-search")
        self.search.setAccessibleName(tr("Search actions and keys"))
        self.search.setPlaceholderText(tr("Search actions and keys"))
        self.search.textChanged.connect(self.refresh)
        self.list = QListWidget()
        self.list.setObjectName("settings-keys")
        self.list.setAccessibleName(tr("Actions with their keys, and what the mouse does"))
        self.list.setItemDelegate(SideNote(self.list))
        self.list.currentItemChanged.connect(lambda *_: self._show_chosen())
        self.list.itemActivated.connect(lambda _item: self.record.begin())
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addLayout(self._below())
        column.addWidget(self._conflict())
        preferences.keys_changed.connect(self.refresh)
        self.refresh()

    def _below(self) -> QHBoxLayout:
        self.record = Recorder(tr("Set a key"))
        self.record.recorded.connect(lambda key: self._recorded(key, adding=False))
        self.add = Recorder(tr("Add a key"))
        self.add.recorded.connect(lambda key: self._recorded(key, adding=True))
        self.clear = QPushButton(tr("No key"))
        self.clear.clicked.connect(lambda: self._give(()))
        self.reset = QPushButton(tr("Reset"))
        self.reset.clicked.connect(self._reset)
        self.reset_all = QPushButton(tr("Reset all"))
        self.reset_all.clicked.connect(lambda: self.preferences.keep_keys(self.preferences.keymap.preset, {}))
        row = QHBoxLayout()
        names = ("key-record", "key-add", "key-clear", "key-reset", "key-reset-all")
        for button, name in zip((self.record, self.add, self.clear, self.reset, self.reset_all), names, strict=True):
            button.setObjectName(name)
            button.setAutoDefault(False)
            row.addWidget(button)
        row.insertStretch(4, 1)
        return row

    def _conflict(self) -> QWidget:
        self.conflict = QFrame()
        self.conflict.setObjectName("key-conflict")
        self.conflict.setProperty("problem", True)
        self.conflict.setProperty("severity", "error")
        self.conflict_text = label()
        self.conflict_text.setObjectName("key-conflict-text")
        self.conflict_text.setWordWrap(True)
        take, leave = QPushButton(tr("Take it")), QPushButton(tr("Leave it there"))
        take.setObjectName("key-take")
        leave.setObjectName("key-leave")
        take.clicked.connect(lambda: self._give(self._wanted))
        leave.clicked.connect(self.conflict.hide)
        row = QHBoxLayout(self.conflict)
        row.addWidget(self.conflict_text, 1)
        for button in (take, leave):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.conflict.hide()
        return self.conflict

    @property
    def chosen(self) -> str:
        """The action whose keys are changed."""
        item = self.list.currentItem()
        return str(item.data(ID)) if item is not None else ""

    def refresh(self) -> None:
        """List what the search finds, with its keys."""
        chosen, query = self.chosen, self.search.text()
        keymap, titles = self.preferences.keymap, self._titles
        self.preset.setCurrentIndex(self.preset.findData(keymap.preset))
        found = [(_score(query, item, titles[name], keymap.keys(name)), name) for name, item in keymap.bound.items()]
        ranked = sorted((item for item in found if item[0] is not None), key=lambda item: item[0] or 0.0)
        self.list.clear()
        for _, name in ranked:
            own = " · " + tr("yours") if name in keymap.own else ""
            keys = f"{told(keymap.keys(name))}{own}"
            item = QListWidgetItem(titles[name])
            item.setData(ID, name)
            item.setData(ASIDE, keys)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{titles[name]}: {keys}")
            self.list.addItem(item)
            if name == chosen:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        self._show_chosen()

    def _show_chosen(self) -> None:
        self.conflict.hide()
        keymap = self.preferences.keymap
        item = keymap.bound.get(self.chosen)
        for button in (self.record, self.add):
            button.setEnabled(item is not None)
            button.takes = item.takes if isinstance(item, Way) else frozenset()
        self.clear.setEnabled(bool(self.chosen) and bool(keymap.keys(self.chosen)))
        self.reset.setEnabled(bool(self.chosen) and keymap.keys(self.chosen) != keymap.default(self.chosen))
        self.reset_all.setEnabled(bool(keymap.own))

    def _choose_preset(self, name: str) -> None:
        self.preferences.keep_keys(name, self.preferences.keymap.own)

    def _recorded(self, key: str, *, adding: bool) -> None:
        keymap = self.preferences.keymap
        self._wanted = (*keymap.keys(self.chosen), key) if adding else (key,)
        holders = keymap.holders(key, self.chosen)
        if not holders:
            self._give(self._wanted)
            return
        names = ", ".join(self._titles[name] for name in holders)
        self.conflict_text.setText(
            tr("{key} does this now: {names}. Take it for {action}?", key=shown(key), names=names,
               action=self._titles[self.chosen])
        )  # fmt: skip
        self.conflict.show()

    def _give(self, keys: Keys) -> None:
        keymap = self.preferences.keymap
        self.preferences.keep_keys(keymap.preset, keymap.give(self.chosen, keys))

    def _reset(self) -> None:
        keymap = self.preferences.keymap
        self.preferences.keep_keys(keymap.preset, keymap.reset(self.chosen))


def told(keys: Keys) -> str:
    """Write the keys of an action."""
    return "  ".join(map(shown, keys)) or tr("no key")


def _score(query: str, item: Action | Way, title: str, keys: Keys) -> float | None:
    return score(query, (title, tr(item.menu), *map(shown, keys)))
