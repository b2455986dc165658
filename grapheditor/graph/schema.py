"""Records as JSON and back. A refusal names the place (``nodes.conv2.options.stride``) and what was expected."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

from grapheditor.authoring.options import KINDS, Option
from grapheditor.graph import names
from grapheditor.graph.arithmetic import SizeError, parse
from grapheditor.graph.model import Head, Info, Input, Node, OptionValue, Output, Record, Tie
from grapheditor.graph.recipe import OPTIMIZER, RANGES, Objective, Recipe

T = TypeVar("T")
LONGEST_TEXT = 20_000
LONGEST_LIST = 1_000
LONGEST_PATH = 1_000
MOST_COPIES = 100_000
FARTHEST = 1e7
LARGEST = 2**60


class SchemaError(ValueError):
    """A value is not what the format asks for: the place and a sentence."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


def encode(record: Record) -> Any:
    """Return a record as JSON; fields that have their default are left out."""
    match record:
        case Output():
            return str(record)
        case Node():
            values: dict[str, Any] = {"operator": record.operator}
            if record.options:
                values["options"] = {key: _plain(value) for key, value in sorted(record.options.items())}
            for name in ("when", "weights", "title"):
                if getattr(record, name):
                    values[name] = getattr(record, name)
            if record.repeat != 1:
                values["repeat"] = record.repeat
            if record.scan:
                values["scan"] = list(record.scan)
            values["at"] = [_short(part) for part in record.at]
            return values
        case Info():
            return {key: text for key, text in (("title", record.title), ("doc", record.doc)) if text}
        case Recipe():
            return _encode_recipe(record)
        case Head():
            return _encode_head(record)
        case Tie():
            return record.source


def _encode_head(head: Head) -> dict[str, Any]:
    values: dict[str, Any] = {"doc": head.doc} if head.doc else {}
    if head.options:
        values["options"] = [_encode_option(item) for item in head.options]
    values["inputs"] = list(head.inputs)
    values["outputs"] = dict(head.outputs)
    return values


def _encode_option(item: Option) -> dict[str, Any]:
    values: dict[str, Any] = {"name": item.name, "type": item.kind, "default": _plain(item.default)}
    for name in ("minimum", "maximum", "doc"):
        if getattr(item, name) not in (None, ""):
            values[name] = getattr(item, name)
    if item.choices:
        values["choices"] = list(item.choices)
    return values


def _encode_recipe(recipe: Recipe) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if recipe.data is not None:
        values["data"] = recipe.data
    if recipe.fields:
        values["fields"] = dict(sorted(recipe.fields.items()))
    if recipe.objectives:
        values["objectives"] = [
            {
                "minimise": item.minimise,
                **({"weights": list(item.weights)} if item.weights else {}),
                "optimizer": item.optimizer,
                "settings": dict(sorted(item.settings.items())),
            }
            for item in recipe.objectives
        ]
    default = Recipe()
    for key in ("epochs", "batch", "seed", "validation"):
        if getattr(recipe, key) != getattr(default, key):
            values[key] = getattr(recipe, key)
    return values


def decode(key: str, value: Any) -> Record:
    """Read the record under a key; SchemaError where it is not what the format asks for."""
    kind, _, rest = key.partition(".")
    if kind == "modules":
        name, _, inner = rest.partition(".")
        _module_name(key, name)
        if not inner:
            return _head(key, value)
        if inner.partition(".")[0] not in ("nodes", "wires"):
            raise SchemaError(key, "a module has nodes and wires")
        kind = inner.partition(".")[0]
    readers: dict[str, Callable[[str, Any], Record]] = {
        "nodes": _node,
        "wires": _wire,
        "info": _info,
        "recipe": _recipe,
        "ties": _tie,
    }
    if kind not in readers:
        raise SchemaError(kind, "is not a part of a graph")
    return readers[kind](key, value)


def wire_end(place: str, text: str) -> Input:
    """Read where a wire ends: ``add1.y`` or ``cat1.xs.0``."""
    node, *rest = text.split(".")
    if len(rest) not in (1, 2) or not all(map(_identifier, (node, rest[0]))):
        raise SchemaError(place, "a wire ends at node.port or node.port.number")
    if len(rest) == 1:
        return Input(node, rest[0])
    if not rest[1].isascii() or not rest[1].isdigit() or len(rest[1]) > 6 or str(int(rest[1])) != rest[1]:
        raise SchemaError(place, "the number behind a repeating port is 0, 1, 2 ...")
    return Input(node, rest[0], int(rest[1]))


def _module_name(place: str, name: str) -> None:
    why = names.module_refusal(name)
    if why:
        raise SchemaError(place, why)


def _head(key: str, value: Any) -> Head:
    fields = _fields(key, value, {"doc", "options", "inputs", "outputs"})
    options = tuple(
        _option(f"{key}.options.{i}", item) for i, item in enumerate(_list(f"{key}.options", fields.get("options", [])))
    )
    inputs = tuple(_id(f"{key}.inputs", item) for item in _list(f"{key}.inputs", fields.get("inputs", [])))
    outputs = tuple(
        (_id(f"{key}.outputs", port), _id(f"{key}.outputs.{port}", node))
        for port, node in _mapping(f"{key}.outputs", fields.get("outputs", {})).items()
    )
    for place, found in (("options", [item.name for item in options]), ("inputs", inputs)):
        if len(set(found)) != len(found):
            raise SchemaError(f"{key}.{place}", "names something twice")
    return Head(_text(f"{key}.doc", fields.get("doc", "")), options, inputs, outputs)


def _option(place: str, value: Any) -> Option:
    fields = _fields(place, value, {"name", "type", "default", "minimum", "maximum", "choices", "doc"})
    kind = fields.get("type")
    if kind not in KINDS:
        raise SchemaError(f"{place}.type", f"expected one of {', '.join(KINDS)}")
    low, high = (
        None if fields.get(name) is None else _number(f"{place}.{name}", fields[name], -LARGEST, LARGEST)
        for name in ("minimum", "maximum")
    )
    choices = tuple(_text(f"{place}.choices", item) for item in _list(f"{place}.choices", fields.get("choices", [])))
    name = _id(f"{place}.name", fields.get("name"))
    made = Option(name, kind, 0, low, high, choices, _text(f"{place}.doc", fields.get("doc", "")))
    try:
        return replace(made, default=made.check(_option_value(f"{place}.default", fields.get("default"))))
    except ValueError as error:
        if isinstance(error, SchemaError):
            raise
        raise SchemaError(f"{place}.default", str(error)) from error


def _tie(key: str, value: Any) -> Tie:
    for path in (key.partition(".")[2], _text(key, value)):
        if len(path) > LONGEST_PATH or not all(part.isdigit() or _identifier(part) for part in path.split(".")):
            raise SchemaError(key, "a tie joins the dotted paths of two weights, such as tokens.weight")
    return Tie(value)


def _id(place: str, value: Any) -> str:
    if not isinstance(value, str):
        raise SchemaError(place, "expected a name")
    why = names.refusal(value)
    if why:
        raise SchemaError(place, why)
    return value


def _expression(place: str, value: Any) -> str:
    text = _text(place, value)
    if text:
        try:
            parse(text)
        except SizeError as error:
            raise SchemaError(place, str(error)) from error
    return text


MOST_SCANNED = 100


def _node(key: str, value: Any) -> Node:
    name = key.rpartition("nodes.")[2]
    why = names.refusal(name)
    if why:
        raise SchemaError(key, why)
    fields = _fields(key, value, {"operator", "options", "title", "at", "when", "repeat", "weights", "scan"})
    operator = _text(f"{key}.operator", fields.get("operator"))
    if not _identifier(operator):
        raise SchemaError(f"{key}.operator", "an operator's id has letters, digits and _")
    options = {
        _option_name(f"{key}.options", item): _option_value(f"{key}.options.{item}", given)
        for item, given in _mapping(f"{key}.options", fields.get("options", {})).items()
    }
    at = fields.get("at", [0.0, 0.0])
    if not isinstance(at, list) or len(at) != 2:
        raise SchemaError(f"{key}.at", "expected two numbers, x and y")
    x, y = (_number(f"{key}.at", part, -FARTHEST, FARTHEST) for part in at)
    repeat = fields.get("repeat", 1)
    if isinstance(repeat, str):
        repeat = _expression(f"{key}.repeat", repeat)
    else:
        repeat = _integer(f"{key}.repeat", repeat, 0, MOST_COPIES)
    weights = fields.get("weights", "")
    return Node(
        name,
        operator,
        options,
        title=_text(f"{key}.title", fields.get("title", "")),
        at=(x, y),
        when=_expression(f"{key}.when", fields.get("when", "")),
        repeat=repeat,
        weights=_id(f"{key}.weights", weights) if weights else "",
        scan=_scan(f"{key}.scan", fields.get("scan", [])),
    )


def _scan(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_SCANNED:
        raise SchemaError(key, "expected a list of the module's inputs")
    return tuple(_id(key, item) for item in value)


def _wire(key: str, value: Any) -> Output:
    wire_end(key, key.rpartition("wires.")[2])
    node, *port = _text(key, value).split(".")
    if len(port) > 1 or not all(map(_identifier, (node, *port))):
        raise SchemaError(key, "a wire starts at a node, or at node.port")
    return Output(node, *port)


def _info(key: str, value: Any) -> Info:
    fields = _fields(key, value, {"title", "doc"})
    return Info(_text(f"{key}.title", fields.get("title", "")), _text(f"{key}.doc", fields.get("doc", "")))


def _recipe(key: str, value: Any) -> Recipe:
    fields = _fields(key, value, {"data", "fields", "objectives", "epochs", "batch", "seed", "validation"})
    data = fields.get("data")
    objectives = _list(f"{key}.objectives", fields.get("objectives", []))
    default = Recipe()
    return Recipe(
        data=None if data is None else _text(f"{key}.data", data),
        fields={
            name: _text(f"{key}.fields.{name}", text)
            for name, text in _mapping(f"{key}.fields", fields.get("fields", {})).items()
        },
        objectives=tuple(_objective(f"{key}.objectives.{i}", item) for i, item in enumerate(objectives)),
        epochs=_integer(f"{key}.epochs", fields.get("epochs", default.epochs), *RANGES["epochs"]),
        batch=_integer(f"{key}.batch", fields.get("batch", default.batch), *RANGES["batch"]),
        seed=_integer(f"{key}.seed", fields.get("seed", default.seed), *RANGES["seed"]),
        validation=_number(f"{key}.validation", fields.get("validation", default.validation), 0.0, 0.9),
    )


def _objective(place: str, value: Any) -> Objective:
    fields = _fields(place, value, {"minimise", "weights", "optimizer", "settings"})
    settings = _mapping(f"{place}.settings", fields.get("settings", {}))
    return Objective(
        minimise=_text(f"{place}.minimise", fields.get("minimise")),
        weights=tuple(_text(f"{place}.weights", item) for item in _list(f"{place}.weights", fields.get("weights", []))),
        optimizer=_text(f"{place}.optimizer", fields.get("optimizer", OPTIMIZER)),
        settings={
            _option_name(f"{place}.settings", name): _scalar(f"{place}.settings.{name}", item)
            for name, item in settings.items()
        },
    )


def _fields(place: str, value: Any, allowed: set[str]) -> Mapping[str, Any]:
    fields = _mapping(place, value)
    for name in fields:
        if name not in allowed:
            raise SchemaError(f"{place}.{name[:40]}", f"is not known here; expected {', '.join(sorted(allowed))}")
    return fields


def _mapping(place: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise SchemaError(place, "expected an object in braces")
    if len(value) > LONGEST_LIST:
        raise SchemaError(place, f"has {len(value):,} entries; at most {LONGEST_LIST:,} are read")
    return cast(Mapping[str, Any], value)


def _list(place: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise SchemaError(place, "expected a list in brackets")
    if len(value) > LONGEST_LIST:
        raise SchemaError(place, f"has {len(value):,} entries; at most {LONGEST_LIST:,} are read")
    return value


def _text(place: str, value: Any) -> str:
    if not isinstance(value, str):
        raise SchemaError(place, "expected text")
    if len(value) > LONGEST_TEXT:
        raise SchemaError(place, f"has {len(value):,} characters; at most {LONGEST_TEXT:,} are read")
    return value


def _number(place: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise SchemaError(place, f"expected a number from {low:g} to {high:g}")
    return float(value)


def _integer(place: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SchemaError(place, f"expected a whole number from {low:,} to {high:,}")
    return value


def _option_name(place: str, name: str) -> str:
    if not _identifier(name):
        raise SchemaError(place, f"{name[:40]!r} is not the name of an option")
    return name


def _option_value(place: str, value: Any) -> OptionValue:
    if not isinstance(value, list):
        return _scalar(place, value)
    if len(value) > LONGEST_LIST:
        raise SchemaError(place, f"has {len(value):,} entries; at most {LONGEST_LIST:,} are read")
    return tuple(_size(f"{place}.{i}", item) for i, item in enumerate(value))


def _size(place: str, value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise SchemaError(place, "expected a whole number or a symbol such as N")
    return _bounded(place, value) if isinstance(value, int) else _text(place, value)


def _scalar(place: str, value: Any) -> int | float | bool | str:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _bounded(place, value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, str):
        return _text(place, value)
    raise SchemaError(place, "expected a number, true, false or text")


def _bounded(place: str, value: int) -> int:
    if abs(value) > LARGEST:
        raise SchemaError(place, "the number is too large")
    return value


def _identifier(text: str) -> bool:
    return text.isascii() and text.isidentifier() and len(text) <= names.LONGEST


def _plain(value: OptionValue) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _short(value: float) -> float | int:
    return int(value) if value == int(value) else value
