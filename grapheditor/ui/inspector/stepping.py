"""One step up or down from a value: by arrow keys, the wheel, or a drag on the label."""

from __future__ import annotations

import math

from grapheditor.authoring import Option
from grapheditor.authoring.options import SIDES, Value

STEPPED = ("integer", "number", *SIDES)
PIXELS = 4
"""How far the label is dragged for one step."""
MANY = 10
"""How many steps Shift makes of one."""


def stepped(option: Option, value: Value | None, steps: int) -> Value | None:
    """Return the value so many steps away, within the option's limits; the value itself where it is no number.

    Whole numbers, pairs and triples go by one, others by a tenth of their leading digit's place: from 0.001 up to
    0.0011, and down to 0.00099.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, tuple):
        moved = tuple(item if isinstance(item, str) else _whole(option, item + steps) for item in value)
        return option.check(moved) if option.kind in SIDES else value
    if option.kind == "number":
        return _decimal(option, float(value), steps)
    return _whole(option, int(value) + steps) if option.kind in STEPPED else value


def _whole(option: Option, value: int) -> int:
    low = value if option.minimum is None else max(value, math.ceil(option.minimum))
    return low if option.maximum is None else min(low, math.floor(option.maximum))


def _decimal(option: Option, value: float, steps: int) -> float:
    for _ in range(abs(steps)):
        value = _one(value, 1 if steps > 0 else -1)
    low = value if option.minimum is None else max(value, option.minimum)
    return low if option.maximum is None else min(low, option.maximum)


def _one(value: float, way: int) -> float:
    if value == 0:
        return 0.1 * way
    place = math.floor(math.log10(abs(value)) + 1e-9)
    shrinks = (value > 0) != (way > 0) and math.isclose(abs(value), 10.0**place)
    digits = place - 1 - shrinks
    return round(value + way * 10.0**digits, max(0, -digits))
