"""Which key does what: the table's own keys, presets for hands from other programs, and what a person has chosen.

Sources of the presets: Blender's manual (Interface, Node Editors) and its default keymap, SideFX' "Network editor
shortcuts", ComfyUI's documentation (Interface, Keyboard shortcuts). Only what differs from the table stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

if TYPE_CHECKING:
    from grapheditor.ui.actions import Action

Keys = tuple[str, ...]
OWN = "grapheditor"
PRESETS: dict[str, dict[str, Keys]] = {
    OWN: {},
    "Blender": {
        "add-here": ("Shift+A",),
        "enter": ("Tab", "Alt+Down"),
        "leave": ("Ctrl+Tab", "Alt+Up"),
        "delete": ("X", "Del"),
        "dissolve": ("Ctrl+X",),
        "cut": (),
        "duplicate": ("Shift+D",),
        "frame": ("Ctrl+J",),
        "fit": (".", "Num+."),
        "group": ("Ctrl+G",),
        "ungroup": ("Ctrl+Alt+G",),
        "mute": ("M",),
        "select-all": ("A", "Ctrl+A"),
        "commands": ("F3", "Ctrl+P"),
        "train": ("F12", "Ctrl+Return", "Ctrl+Enter"),
    },
    "Houdini": {
        "fit": ("G",),
        "fit-all": ("H", "Home"),
        "frame": ("Shift+O",),
        "group": ("Shift+C", "Ctrl+G"),
        "mute": ("B",),
        "enter": ("I", "Alt+Down"),
        "leave": ("U", "Alt+Up"),
    },
    "ComfyUI": {
        "fit": (".",),
        "frame": ("Ctrl+G",),
        "group": ("Ctrl+Shift+E",),
        "ungroup": ("Ctrl+Shift+G",),
        "mute": ("Ctrl+B", "Ctrl+M"),
        "redo": ("Ctrl+Y", "Ctrl+Shift+Z"),
        "stop": ("Ctrl+Alt+Return", "Ctrl+."),
        "zoom-in": ("Alt+=", "Ctrl++"),
        "zoom-out": ("Alt+-", "Ctrl+-"),
    },
}
"""Preset -> action -> its keys. A key that a preset gives to one action is taken from every other."""


def normal(key: str) -> str:
    """Return a key as Qt writes it, empty where it is none."""
    if any(chord.key() == Qt.Key.Key_unknown for chord in chords(key)):
        return ""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def chords(key: str) -> tuple[QKeyCombination, ...]:
    """Return what is pressed one after the other for a key."""
    sequence = QKeySequence(key)
    return tuple(sequence[i] for i in range(sequence.count()))  # type: ignore[index]


def shown(key: str) -> str:
    """Return a key as people of this system read it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def is_plain(key: str) -> bool:
    """Tell whether a key types something or moves the focus: then it counts only while the canvas has the focus."""
    pressed = chords(key)
    if not pressed:
        return False
    first = pressed[0]
    held = first.keyboardModifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
    return held == Qt.KeyboardModifier.NoModifier and not Qt.Key.Key_F1 <= first.key() <= Qt.Key.Key_F35


class Keymap:
    """The keys of every action: what the person has chosen (own), else those of the preset, else those of the table."""

    def __init__(self, actions: Iterable[Action], preset: str = OWN, own: Mapping[str, Keys] | None = None) -> None:
        self.actions = tuple(actions)
        self.preset = preset if preset in PRESETS else OWN
        self._table = {action.id: tuple(map(normal, action.keys)) for action in self.actions}
        chosen = PRESETS[self.preset]
        self._preset = {name: tuple(map(normal, keys)) for name, keys in chosen.items() if name in self._table}
        self.own: dict[str, Keys] = {}
        for name, keys in (own or {}).items():
            if name in self._table:
                self.own[name] = tuple(key for key in map(normal, keys) if key)
        self._defaults = _over(self._table, self._preset)
        self._keys = _over(self._defaults, self.own)

    def keys(self, action: str) -> Keys:
        """Return the keys of an action, the first one is shown."""
        return self._keys.get(action, ())

    def hint(self, action: str) -> str:
        """Return the first key of an action as people read it, empty where it has none."""
        return "".join(map(shown, self.keys(action)[:1]))

    def default(self, action: str) -> Keys:
        """Return the keys that an action has by the preset."""
        return self._defaults.get(action, ())

    def holders(self, key: str, but: str = "") -> list[str]:
        """Return the actions that have a key."""
        key = normal(key)
        return [item.id for item in self.actions if item.id != but and key in self.keys(item.id)]

    def give(self, action: str, keys: Iterable[str]) -> dict[str, Keys]:
        """Give keys to an action and take them from all others; return what the person's own choices are then."""
        wanted = tuple(dict.fromkeys(key for key in map(normal, keys) if key))
        own = dict(self.own)
        for key in wanted:
            for other in self.own:
                own[other] = tuple(item for item in own[other] if item != key)
        own[action] = wanted
        return Keymap(self.actions, self.preset, own)._trimmed()

    def reset(self, action: str) -> dict[str, Keys]:
        """Return the person's choices without the one for an action; who has its keys now gives them back."""
        own = dict(self.own)
        own.pop(action, None)
        mine = set(self.default(action))
        for other, keys in list(own.items()):
            if mine & set(keys):
                own[other] = tuple(key for key in keys if key not in mine)
        return Keymap(self.actions, self.preset, own)._trimmed()

    def _trimmed(self) -> dict[str, Keys]:
        """Return the own choices that say something else than the preset."""
        return {name: keys for name, keys in self.own.items() if keys != self.default(name)}


def _over(below: Mapping[str, Keys], above: Mapping[str, Keys]) -> dict[str, Keys]:
    """Return the keys of every action where some of them have others: what is given to one is taken from the rest."""
    taken = {key for keys in above.values() for key in keys}
    return {name: above.get(name, tuple(key for key in keys if key not in taken)) for name, keys in below.items()}
