"""Values of a JSON text, each read as what the format asks for; a refusal names the place and what was expected."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

from grapheditor.authoring.names import meant
from grapheditor.graph import names
from grapheditor.graph.body import OptionValue

Setting = int | float | bool | str | tuple[float, ...]
"""A keyword argument of an optimizer or a schedule."""

LONGEST_TEXT = 20_000
LONGEST_LIST = 1_000
LARGEST = 2**60


class SchemaError(ValueError):
    """A value is not what the format asks for: the place and a sentence."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


def fields(place: str, value: Any, allowed: set[str]) -> Mapping[str, Any]:
    """Return an object that has no other entries than these."""
    found = mapping(place, value)
    for name in found:
        if name not in allowed:
            text = f"is not known here; expected {', '.join(sorted(allowed))}"
            near = meant(name, allowed)
            raise SchemaError(f"{place}.{name[:40]}", f"{text}.{near}" if near else text)
    return found


def mapping(place: str, value: Any) -> Mapping[str, Any]:
    """Return an object."""
    if not isinstance(value, dict):
        raise SchemaError(place, "expected an object in braces")
    if len(value) > LONGEST_LIST:
        raise SchemaError(place, f"has {len(value):,} entries; at most {LONGEST_LIST:,} are read")
    return cast(Mapping[str, Any], value)


def items(place: str, value: Any) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise SchemaError(place, "expected a list in brackets")
    if len(value) > LONGEST_LIST:
        raise SchemaError(place, f"has {len(value):,} entries; at most {LONGEST_LIST:,} are read")
    return value


def text_of(place: str, value: Any) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise SchemaError(place, "expected text")
    if len(value) > LONGEST_TEXT:
        raise SchemaError(place, f"has {len(value):,} characters; at most {LONGEST_TEXT:,} are read")
    return value


def number(place: str, value: Any, low: float, high: float) -> float:
    """Return a number within bounds, both included."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise SchemaError(place, f"expected a number from {low:g} to {high:g}")
    return float(value)


def integer(place: str, value: Any, low: int, high: int) -> int:
    """Return a whole number within bounds, both included."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SchemaError(place, f"expected a whole number from {low:,} to {high:,}")
    return value


def option_name(place: str, name: str) -> str:
    """Return the name of an option."""
    if not identifier(name):
        raise SchemaError(place, f"{name[:40]!r} is not the name of an option")
    return name


def setting(place: str, value: Any) -> Setting:
    """Return a setting of an optimizer or a schedule: a number, true, false, a text, or a list of numbers."""
    if not isinstance(value, list):
        return scalar(place, value)
    found = [scalar(f"{place}.{i}", item) for i, item in enumerate(items(place, value))]
    if any(isinstance(item, str | bool) for item in found):
        raise SchemaError(place, "expected a list of numbers")
    return tuple(cast(list[float], found))


def option_value(place: str, value: Any) -> OptionValue:
    """Return the value of an option: a number, true, false, a text, or a list of sizes."""
    if not isinstance(value, list):
        return scalar(place, value)
    if len(value) > LONGEST_LIST:
        raise SchemaError(place, f"has {len(value):,} entries; at most {LONGEST_LIST:,} are read")
    return tuple(_size(f"{place}.{i}", item) for i, item in enumerate(value))


def _size(place: str, value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise SchemaError(place, "expected a whole number or a symbol such as N")
    return _bounded(place, value) if isinstance(value, int) else text_of(place, value)


def scalar(place: str, value: Any) -> int | float | bool | str:
    """Return a number, true, false or a text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _bounded(place, value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, str):
        return text_of(place, value)
    raise SchemaError(place, "expected a number, true, false or text")


def _bounded(place: str, value: int) -> int:
    if abs(value) > LARGEST:
        raise SchemaError(place, "the number is too large")
    return value


def identifier(text: str) -> bool:
    """Tell whether a text can be a name in Python."""
    return text.isascii() and text.isidentifier() and len(text) <= names.LONGEST


def plain(value: OptionValue) -> Any:
    """Return an option's value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def short(value: float) -> float | int:
    """Return a whole number as one."""
    return int(value) if value == int(value) else value
