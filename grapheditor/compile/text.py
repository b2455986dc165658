"""Expressions as text: what a person would have written for a call, an operation, a literal."""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import nn

from grapheditor.authoring.expression import (
    Call,
    Chain,
    Conditional,
    Constant,
    Construct,
    Expression,
    Global,
    Item,
    Known,
    Member,
    Operation,
    Several,
    Slice,
    Word,
)
from grapheditor.compile.backend import MetaBackend

_RANK = {"|": 2, "^": 3, "&": 4, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "@": 6, "**": 8}
_COMPARISON = 1
_ATOM = 10
SCAN = "_scan"
"""What is called with a layer where the loop over places is one call; no id begins so."""
Nested = Callable[[Expression], tuple[str, int]]
"""Gives the text of a sub-expression and how tightly it binds."""


def literal(value: object) -> str:
    """Write a literal; TypeError for anything that is not one."""
    if isinstance(value, str):
        return '"' + "".join(_escape(letter) for letter in value) + '"'
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    raise TypeError(f"{type(value).__name__} is not a literal")


def _escape(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def write(expression: Expression, nested: Nested, *, constructing: bool = False) -> tuple[str, int]:
    """Write one expression around its parts; the second value says how tightly it binds.

    constructing: sizes are written as values, since ``x`` is not there when a layer is made.
    """
    match expression:
        case Constant(value=value):
            return literal(value), _ATOM
        case Known(text=text, value=value):
            return (literal(value), _ATOM) if constructing else nested(text)
        case Global(name=name):
            return name, _ATOM
        case Word(text=text, rank=rank):
            return text, rank
        case Conditional(condition=condition, yes=yes, no=no):
            return f"{nested(yes)[0]} if {nested(condition)[0]} else {nested(no)[0]}", 0
        case Member(value=value, name=name):
            return f"{_tight(nested(value), _ATOM)}.{name}", _ATOM
        case Item(value=value, index=index):
            return f"{_tight(nested(value), _ATOM)}[{_subscript(index, nested)}]", _ATOM
        case Slice(start=start, stop=stop, step=step):
            parts = ["" if part is None else nested(part)[0] for part in (start, stop, step)]
            shown = parts if step is not None else parts[:2]
            simple = all(re.fullmatch(r"-?\w*", part) for part in shown)
            return (":" if simple else " : ").join(shown).strip(), 0
        case Several(items=items, bracket=bracket):
            texts = [nested(item)[0] for item in items]
            close = "]" if bracket == "[" else ",)" if len(texts) == 1 else ")"
            return f"{bracket}{', '.join(texts)}{close}", _ATOM
        case Operation(symbol=symbol, operands=operands):
            return _operation(symbol, [nested(item) for item in operands])
        case Call(function=function, arguments=arguments, keywords=keywords):
            head = nested(function)[0] if not isinstance(function, Global) else function.name
            return f"{head}({', '.join(call_arguments(function, arguments, keywords, nested))})", _ATOM
        case Chain(layers=layers, arguments=arguments, carried=carried, scanned=scanned):
            given = nested(Several(arguments, "("))[0]
            return f"{SCAN}({nested(layers)[0]}, {given}, {carried!r}, {scanned!r})", _ATOM
        case Construct(function=name, arguments=arguments, keywords=keywords):
            return f"{name}({', '.join(call_arguments(Global(name), arguments, keywords, nested))})", _ATOM
    raise TypeError(f"{type(expression).__name__} has no text of its own")


def write_construct(construct: Expression) -> str:
    """Write a layer as the constructor makes it, sizes as values."""

    def nested(expression: Expression) -> tuple[str, int]:
        return write(expression, nested, constructing=True)

    return nested(construct)[0]


def literal_of(value: object) -> str:
    """Write the value of an option, or a tuple of such, as Python does; TypeError for anything else."""
    if isinstance(value, tuple):
        return f"({', '.join(map(literal_of, value))}{',' if len(value) == 1 else ''})"
    return literal(value)


def _tight(part: tuple[str, int], needed: int) -> str:
    text, rank = part
    return text if rank >= needed else f"({text})"


def _subscript(index: Expression, nested: Nested) -> str:
    if isinstance(index, Several) and index.bracket == "(" and index.items:
        return ", ".join(nested(item)[0] for item in index.items)
    return nested(index)[0]


def _operation(symbol: str, operands: list[tuple[str, int]]) -> tuple[str, int]:
    if len(operands) == 1:
        return f"{symbol}{_tight(operands[0], 7)}", 7
    rank = _RANK.get(symbol, _COMPARISON)
    left, right = (rank + 1, rank) if symbol == "**" else (rank, rank + 1)
    if rank == _COMPARISON:
        left += 1  # x < y == z compares y twice
    gap = "" if symbol == "**" else " "
    return f"{_tight(operands[0], left)}{gap}{symbol}{gap}{_tight(operands[1], right)}", rank


def call_arguments(
    function: Expression,
    arguments: tuple[Expression, ...],
    keywords: tuple[tuple[str, Expression], ...],
    nested: Nested,
) -> list[str]:
    """Write the arguments of a call: the first and what is required by position, other than defaults by name."""
    if isinstance(function, Construct):
        return [nested(item)[0] for item in arguments] + [f"{key}={nested(item)[0]}" for key, item in keywords]
    if isinstance(function, Member):
        return _native_arguments(function.name, arguments, keywords, nested, method=True)
    assert isinstance(function, Global)
    parameters = signature(function.name)
    if parameters is None:
        return _native_arguments(function.name.split(".")[-1], arguments, keywords, nested, method=False)
    texts: list[str] = []
    given = [*zip(parameters, arguments, strict=False), *keywords]
    first = next(iter(parameters), None)
    for name, item in given:
        default = parameters[name]
        if default is not inspect.Parameter.empty and _is_default(item, default):
            continue
        required = default is inspect.Parameter.empty or name == first
        texts.append(nested(item)[0] if required else f"{name}={nested(item)[0]}")
    return texts


def _is_default(item: Expression, default: Any) -> bool:
    match item:
        case Constant(value=value) | Known(value=value) if isinstance(default, list):
            # torch's own schemas have lists for sizes: none for "as the one before", equal ones for a single number
            return (
                value is None if not default else all(type(value) is type(part) and value == part for part in default)
            )
        case Constant(value=value) | Known(value=value):
            return type(value) is type(default) and value == default
        case _:
            return False


@cache
def signature(name: str) -> dict[str, Any] | None:
    """Return a function's parameters with their defaults, None where it is native and has no signature."""
    function = MetaBackend().resolve(name)
    if name.startswith("F.") and not inspect.isclass(function):
        hidden = "F._" + name[2:]
        with contextlib.suppress(AttributeError):
            function = MetaBackend().resolve(hidden)
    if inspect.isclass(function) and issubclass(function, nn.RNNBase):
        recurrent = {key: item.default for key, item in inspect.signature(nn.RNNBase.__init__).parameters.items()}
        of_one = {"nonlinearity": "tanh"} if function is nn.RNN else {}  # it has no signature of its own
        return {key: item for key, item in (recurrent | of_one).items() if key not in ("self", "mode")}
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(item.kind in (item.VAR_POSITIONAL, item.VAR_KEYWORD) for item in parameters):
        return None
    return {item.name: item.default for item in parameters}


def _native_arguments(
    name: str,
    arguments: tuple[Expression, ...],
    keywords: tuple[tuple[str, Expression], ...],
    nested: Nested,
    *,
    method: bool,
) -> list[str]:
    """Leave out keywords and trailing arguments that equal the defaults in torch's own schema of a native function."""
    known = _native_keywords(name)
    keywords = tuple((key, item) for key, item in keywords if key not in known or not _is_default(item, known[key]))
    kept = list(arguments)
    defaults = _native_defaults(name, len(arguments) + method)
    while kept and not keywords:
        place = len(kept) - 1 + method
        if place >= len(defaults) or not _is_default(kept[-1], defaults[place]):
            break
        kept.pop()
    return [nested(item)[0] for item in kept] + [f"{key}={nested(item)[0]}" for key, item in keywords]


@cache
def _native_defaults(name: str, count: int) -> list[Any]:
    packet = getattr(torch.ops.aten, name, None)
    if packet is None:
        return []
    for overload in packet.overloads():
        schema = getattr(packet, overload)._schema
        positional = [item for item in schema.arguments if not item.kwarg_only]
        if len(positional) >= count and not any("Dimname" in str(item.type) for item in positional):
            return [item.default_value if item.has_default_value() else _MISSING for item in positional]
    return []


@cache
def _native_keywords(name: str) -> dict[str, Any]:
    """Return the defaults that all overloads of a native function agree on, by name."""
    packet = getattr(torch.ops.aten, name, None)
    found: dict[str, Any] = {}
    for overload in packet.overloads() if packet is not None else ():
        for item in getattr(packet, overload)._schema.arguments:
            default = item.default_value if item.has_default_value() else _MISSING
            found[item.name] = default if found.get(item.name, default) == default else _MISSING
    return found


_MISSING = object()
