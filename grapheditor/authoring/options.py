"""Options: what an operator's or a template's keyword-only parameters declare, and how values are checked."""

from __future__ import annotations

import math
import types
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

Kind = Literal["integer", "number", "boolean", "text", "choice", "pair", "triple", "shape", "file", "folder"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Value = int | float | bool | str | tuple[int | str, ...]

SIDES: dict[str, tuple[int, str]] = {"pair": (2, "two such as 3×5"), "triple": (3, "three such as 3×5×5")}
"""Kinds of options that are one number for all directions, or one for each; how many, and how that is said."""
LARGEST_SIZE = 2**40
"""No size, count or factor in a graph is larger; a tensor of that length would need terabytes."""
MOST_DIMENSIONS = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What an option's type allows: bounds of each number, and how many numbers it holds (1, 2, 3, or any: None)."""

    minimum: float | None = None
    maximum: float | None = None
    length: int | None = 1


@dataclass(frozen=True, slots=True)
class Located:
    """A text that is the path of a file or of a folder, so that a form can offer to choose one."""

    kind: Literal["file", "folder"]


Size = Annotated[int, Limits(1, LARGEST_SIZE)]
Count = Annotated[int, Limits(0, LARGEST_SIZE)]
Several = Annotated[int, Limits(2, 10)]
Pair = Annotated[int | tuple[int, int], Limits(1, LARGEST_SIZE, 2)]
Counts = Annotated[int | tuple[int, int], Limits(0, LARGEST_SIZE, 2)]
Triple = Annotated[int | tuple[int, int, int], Limits(1, LARGEST_SIZE, 3)]
Triples = Annotated[int | tuple[int, int, int], Limits(0, LARGEST_SIZE, 3)]
Shape = Annotated[tuple[int | str, ...], Limits(1, LARGEST_SIZE, None)]
Sizes = Annotated[tuple[int | str, ...], Limits(-1, LARGEST_SIZE, None)]
Margins = Annotated[tuple[int | str, ...], Limits(0, LARGEST_SIZE, None)]
Probability = Annotated[float, Limits(0.0, 1.0)]
Positive = Annotated[float, Limits(0.0, None)]
Factor = Annotated[float, Limits(None, None)]
Share = Annotated[float, Limits(0.0, 0.9)]
File = Annotated[str, Located("file")]
Folder = Annotated[str, Located("folder")]
DType = Literal["float32", "float64", "int64", "bool"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name, type, default and help, as the inspector, the file and the command line need them."""

    name: str
    kind: Kind
    default: Value
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    doc: str = ""

    def check(self, value: Any) -> Value:
        """Return the value in its canonical form; ValueError with a sentence where it is not allowed."""
        if isinstance(value, str) and value in self.choices:
            return value
        match self.kind:
            case "boolean":
                return self._boolean(value)
            case "choice" | "text" | "file" | "folder":
                return self._text(value)
            case "pair" | "triple":
                return self._sides(value)
            case "shape":
                return self._shape(value)
            case "integer":
                return self._integer(value)
            case _:
                return self._number(value)

    def parse(self, text: str) -> Value:
        """Read a value as a person types it (``3``, ``3x5``, ``on``, ``N×1×28×28``); ValueError with a sentence."""
        text = text.strip()
        if text in self.choices:
            return text
        match self.kind:
            case "boolean":
                words = {
                    "on": True,
                    "true": True,
                    "yes": True,
                    "1": True,
                    "off": False,
                    "false": False,
                    "no": False,
                }
                return self.check(words.get(text.lower(), False if text == "0" else text))
            case "choice" | "text" | "file" | "folder":
                return self.check(text)
            case "pair" | "triple":
                parts = _split(text)
                return self.check(_number(parts[0]) if len(parts) == 1 else tuple(map(_number, parts)))
            case "shape":
                return self.check(
                    tuple(part if isinstance(_number(part), str) else _number(part) for part in _split(text))
                )
            case _:
                return self.check(_number(text))

    def show(self, value: Value) -> str:
        """Write a value as :meth:`parse` reads it: ``3×3``, ``on``, ``N×1×28×28``."""
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, tuple):
            return "×".join(map(str, value))
        if isinstance(value, float):
            return f"{value:g}" if float(f"{value:g}") == value else repr(value)
        return str(value).removeprefix("=")

    def describe(self) -> dict[str, Any]:
        """Return the option as the command line prints it."""
        default = list(self.default) if isinstance(self.default, tuple) else self.default
        return {
            "name": self.name,
            "type": self.kind,
            "default": default,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "choices": list(self.choices),
            "doc": self.doc,
        }

    def _refuse(self, value: Any, expected: str) -> ValueError:
        words = f" or {' or '.join(self.choices)}" if self.choices and self.kind not in ("choice", "text") else ""
        return ValueError(f"{self.name} must be {expected}{words}, not {brief(value)}")

    def _boolean(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self._refuse(value, "on or off")
        return value

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self._refuse(value, "text")
        if self.kind == "choice" and value not in self.choices:
            raise self._refuse(value, f"one of {', '.join(self.choices)}")
        return value

    def _integer(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._refuse(value, "a whole number")
        self._bound(value)
        return value

    def _number(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._refuse(value, "a number")
        self._bound(value)
        return float(value)

    def _sides(self, value: Any) -> int | tuple[int, ...]:
        count, words = SIDES[self.kind]
        if not isinstance(value, list | tuple):
            if isinstance(value, bool) or not isinstance(value, int):
                raise self._refuse(value, f"a whole number, or {words}")
            return self._integer(value)
        if len(value) != count:
            raise self._refuse(value, f"a whole number, or {words}")
        found = tuple(map(self._integer, value))
        return found[0] if len(set(found)) == 1 else found

    def _shape(self, value: Any) -> tuple[int | str, ...]:
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_DIMENSIONS:
            raise self._refuse(value, f"1 to {MOST_DIMENSIONS} sizes such as N×1×28×28")
        return tuple(size if isinstance(size, str) else self._integer(size) for size in value)

    def _bound(self, value: float) -> None:
        if self.minimum is not None and value < self.minimum:
            raise self._refuse(value, f"at least {self.minimum:,.10g}")
        if self.maximum is not None and value > self.maximum:
            raise self._refuse(value, f"at most {self.maximum:,.10g}")


def brief(value: Any) -> str:
    """Show a value in a sentence without letting a huge one flood it."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 200:
        return "a number of hundreds of digits"
    text = repr(list(value)) if isinstance(value, tuple) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def option(name: str, annotation: Any, default: Any, doc: str) -> Option:
    """Read an option from a keyword-only parameter; TypeError where its annotation or default does not fit."""
    form = _form(annotation)
    if form is None:
        raise TypeError(f"the option {name} has a type that no field can show: {annotation}")
    return Option(name, form.kind, Option(name, *form, doc=doc).check(default), *form[2:], doc=doc)


class Form(NamedTuple):
    """What an annotation says of an option."""

    kind: Kind
    default: Value = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


PLAIN: dict[Any, Kind] = {bool: "boolean", str: "text", int: "integer", float: "number"}
SEVERAL: dict[int | None, Kind] = {2: "pair", 3: "triple"}


@cache
def _form(annotation: Any) -> Form | None:
    """Return what an annotation says, None where no field can show it; most options share a few of them."""
    if get_origin(annotation) is Annotated:
        kind, *notes = get_args(annotation)
        if isinstance(notes[0], Located):
            return Form(notes[0].kind)
        limits = next(note for note in notes if isinstance(note, Limits))
        if limits.length != 1:
            return Form(SEVERAL.get(limits.length, "shape"), 0, limits.minimum, limits.maximum)
        return Form("integer" if kind is int else "number", 0, limits.minimum, limits.maximum)
    if get_origin(annotation) is Literal:
        return Form("choice", choices=get_args(annotation))
    if get_origin(annotation) in (Union, types.UnionType):
        members = [_form(member) for member in get_args(annotation)]
        words = tuple(word for member in members if member and member.kind == "choice" for word in member.choices)
        others = [member for member in members if member is None or member.kind != "choice"]
        if len(others) == 1 and others[0] is not None:
            return others[0]._replace(choices=words)
    return Form(PLAIN[annotation]) if annotation in PLAIN else None


def _split(text: str) -> list[str]:
    for mark in ("×", ","):
        text = text.replace(mark, " x ")
    parts = [part.strip() for part in text.strip("()[]").split(" x ")]
    inner = parts[0].split("x")
    if len(parts) == 1 and all(map(str.isalnum, inner)) and any(map(str.isdigit, inner)):
        parts = inner  # 3x3, Nx1x28x28; the x of a symbol such as max is a letter
    return [part for part in parts if part]


def _number(text: str) -> int | float | str:
    if len(text) > 40:
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
