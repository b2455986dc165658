"""Which key, and which stroke of the mouse, does what: by itself, by presets for hands from other programs, by choice.

Sources of the presets: Blender's manual (Interface, Node Editors) and its default keymap, SideFX' "Network editor
shortcuts", ComfyUI's documentation (Interface, Keyboard shortcuts). Only what differs from the table stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from grapheditor.ui import mouse
from grapheditor.ui.mouse import WAYS, Stroke, Way

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
        mouse.ZOOM: ("Wheel",),
        mouse.SCROLL: ("Shift+Wheel",),
        mouse.SIDEWAYS: ("Ctrl+Wheel",),
    },
    "Houdini": {
        "fit": ("G",),
        "fit-all": ("H", "Home"),
        "frame": ("Shift+O",),
        "group": ("Shift+C", "Ctrl+G"),
        "mute": ("B",),
        "enter": ("I", "Alt+Down"),
        "leave": ("U", "Alt+Up"),
        "cut-strokes": ("Y",),
        mouse.COPY: ("Alt+NodeDrag",),
        mouse.LINKED: ("Ctrl+Alt+NodeDrag",),
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
        mouse.PAN: ("LeftButton", "MiddleButton"),
        mouse.SELECT: ("Ctrl+LeftButton",),
        mouse.COPY: ("Alt+NodeDrag",),
        mouse.LINKED: ("Alt+Shift+NodeDrag",),
    },
}
"""Preset -> action -> its keys. A key that a preset gives to one action is taken from every other."""


def normal(key: str) -> str:
    """Return a key as Qt writes it, a stroke as :mod:`.mouse` does; empty where it is neither."""
    if (found := mouse.parse(key)) is not None:
        return str(found)
    if any(chord.key() == Qt.Key.Key_unknown for chord in chords(key)):
        return ""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def chords(key: str) -> tuple[QKeyCombination, ...]:
    """Return what is pressed one after the other for a key."""
    sequence = QKeySequence(key)
    return tuple(sequence[i] for i in range(sequence.count()))  # type: ignore[index]


def shown(key: str) -> str:
    """Return a key or a stroke as people of this system read it."""
    if (found := mouse.parse(key)) is not None:
        return mouse.shown(found)
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
    """The keys of every action, and the strokes of every way of the mouse.

    They are what the person has chosen (own), else those of the preset, else those of the table.
    """

    def __init__(self, actions: Iterable[Action], preset: str = OWN, own: Mapping[str, Keys] | None = None) -> None:
        self.actions = tuple(actions)
        bound: list[Action | Way] = [*self.actions, *WAYS]
        self.bound = {item.id: item for item in bound}
        self.preset = preset if preset in PRESETS else OWN
        self._table = {name: tuple(map(normal, item.keys)) for name, item in self.bound.items()}
        chosen = PRESETS[self.preset]
        self._preset = {name: tuple(map(normal, keys)) for name, keys in chosen.items() if name in self._table}
        self.own = {name: self._fit(name, keys) for name, keys in (own or {}).items() if name in self._table}
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
        """Return the actions, or the ways, that have a key."""
        key = normal(key)
        return [name for name in self.bound if name != but and key in self.keys(name)]

    def way(self, stroke: Stroke) -> str:
        """Return what a stroke of the mouse does, empty where it does nothing."""
        found = [name for meant in mouse.nearest(stroke) for name in self.holders(str(meant))]
        return found[0] if found else ""

    def give(self, action: str, keys: Iterable[str]) -> dict[str, Keys]:
        """Give keys to an action and take them from all others; return what the person's own choices are then."""
        wanted = self._fit(action, keys)
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

    def _fit(self, name: str, keys: Iterable[str]) -> Keys:
        """Return those that an action, or a way, can have: no action has a stroke, no way a key."""
        item = self.bound[name]
        takes = item.takes if isinstance(item, Way) else frozenset({""})
        strokes = {key: mouse.parse(key) for key in dict.fromkeys(map(normal, keys)) if key}
        return tuple(key for key, found in strokes.items() if (found.by if found is not None else "") in takes)

    def _trimmed(self) -> dict[str, Keys]:
        """Return the own choices that say something else than the preset."""
        return {name: keys for name, keys in self.own.items() if keys != self.default(name)}


def _over(below: Mapping[str, Keys], above: Mapping[str, Keys]) -> dict[str, Keys]:
    """Return the keys of every action where some of them have others: what is given to one is taken from the rest."""
    taken = {key for keys in above.values() for key in keys}
    return {name: above.get(name, tuple(key for key in keys if key not in taken)) for name, keys in below.items()}
