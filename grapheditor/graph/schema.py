"""Records as JSON and back. A refusal names the place (``nodes.conv2.options.stride``) and what was expected."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grapheditor.authoring.names import meant
from grapheditor.authoring.options import KINDS, Option
from grapheditor.graph import names, recipe_schema
from grapheditor.graph.arithmetic import SizeError, parse
from grapheditor.graph.learning import INITIALIZERS, PARAMETRIZATIONS, Declared, Learning, Way
from grapheditor.graph.model import IN_BODY, Frame, Head, Info, Input, Node, Output, Record, Tie
from grapheditor.graph.reading import (
    LARGEST,
    SchemaError,
    fields,
    identifier,
    integer,
    items,
    mapping,
    number,
    option_name,
    option_value,
    plain,
    short,
    text_of,
)
from grapheditor.graph.recipe import Recipe

LONGEST_PATH = 1_000
MOST_COPIES = 100_000
FARTHEST = 1e7
MOST_COLOURS = 100
LEARNING = tuple(item.name for item in dataclasses.fields(Learning))
RATES = (1e-6, 1e6)
"""What the learning rate of a node may be multiplied by."""


def encode(record: Record) -> Any:
    """Return a record as JSON; fields that have their default are left out."""
    match record:
        case Output():
            return str(record)
        case Node():
            values: dict[str, Any] = {"operator": record.operator}
            if record.options:
                values["options"] = {key: plain(value) for key, value in sorted(record.options.items())}
            for name in ("when", "weights", "title"):
                if getattr(record, name):
                    values[name] = getattr(record, name)
            if record.repeat != 1:
                values["repeat"] = record.repeat
            if record.scan:
                values["scan"] = list(record.scan)
            values |= _encode_learning(record.learning)
            values["at"] = [short(part) for part in record.at]
            return values
        case Info():
            given = {"title": record.title, "doc": record.doc, "flow": "" if record.flow == "down" else record.flow}
            return {key: text for key, text in given.items() if text}
        case Recipe():
            return recipe_schema.encode(record)
        case Head():
            return _encode_head(record)
        case Tie():
            return record.source
        case Frame():
            return _encode_frame(record)


def _encode_learning(said: Learning) -> dict[str, Any]:
    values: dict[str, Any] = {"initial": _encode_ways(said.initial), "parametrized": _encode_ways(said.parametrized)}
    if said.frozen:
        values["frozen"] = True
    if said.rate != 1:
        values["rate"] = short(said.rate)
    return {name: value for name, value in values.items() if value}


def _encode_ways(ways: Mapping[str, Way]) -> dict[str, Any]:
    return {
        name: {"name": item.name, "settings": dict(sorted(item.settings.items()))} if item.settings else item.name
        for name, item in sorted(ways.items())
    }


def _encode_frame(frame: Frame) -> dict[str, Any]:
    values: dict[str, Any] = {"title": frame.title} if frame.title else {}
    if frame.colour:
        values["colour"] = frame.colour
    values["nodes"] = list(frame.nodes)
    return values


def _encode_head(head: Head) -> dict[str, Any]:
    values: dict[str, Any] = {"doc": head.doc} if head.doc else {}
    if head.options:
        values["options"] = [_encode_option(item) for item in head.options]
    values["inputs"] = list(head.inputs)
    values["outputs"] = dict(head.outputs)
    return values


def _encode_option(item: Option) -> dict[str, Any]:
    values: dict[str, Any] = {"name": item.name, "type": item.kind, "default": plain(item.default)}
    for name in ("minimum", "maximum", "doc"):
        if getattr(item, name) not in (None, ""):
            values[name] = getattr(item, name)
    if item.choices:
        values["choices"] = list(item.choices)
    return values


def decode(key: str, value: Any) -> Record:
    """Read the record under a key; SchemaError where it is not what the format asks for."""
    kind, _, rest = key.partition(".")
    if kind == "modules":
        name, _, inner = rest.partition(".")
        _module_name(key, name)
        if not inner:
            return _head(key, value)
        if inner.partition(".")[0] not in IN_BODY:
            raise SchemaError(key, "a module has nodes, wires and frames")
        kind = inner.partition(".")[0]
    readers: dict[str, Callable[[str, Any], Record]] = {
        "nodes": _node,
        "wires": _wire,
        "frames": _frame,
        "info": _info,
        "recipe": recipe_schema.decode,
        "ties": _tie,
    }
    if kind not in readers:
        raise SchemaError(kind, "is not a part of a graph")
    return readers[kind](key, value)


def wire_end(place: str, text: str) -> Input:
    """Read where a wire ends: ``add1.y`` or ``cat1.xs.0``."""
    node, *rest = text.split(".")
    if len(rest) not in (1, 2) or not all(map(identifier, (node, rest[0]))):
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
    found = fields(key, value, {"doc", "options", "inputs", "outputs"})
    options = tuple(
        _option(f"{key}.options.{i}", item) for i, item in enumerate(items(f"{key}.options", found.get("options", [])))
    )
    inputs = tuple(_id(f"{key}.inputs", item) for item in items(f"{key}.inputs", found.get("inputs", [])))
    outputs = tuple(
        (_id(f"{key}.outputs", port), _id(f"{key}.outputs.{port}", node))
        for port, node in mapping(f"{key}.outputs", found.get("outputs", {})).items()
    )
    for place, listed in (("options", [item.name for item in options]), ("inputs", inputs)):
        if len(set(listed)) != len(listed):
            raise SchemaError(f"{key}.{place}", "names something twice")
    return Head(text_of(f"{key}.doc", found.get("doc", "")), options, inputs, outputs)


def _option(place: str, value: Any) -> Option:
    found = fields(place, value, {"name", "type", "default", "minimum", "maximum", "choices", "doc"})
    kind = found.get("type")
    if kind not in KINDS:
        raise SchemaError(f"{place}.type", f"expected one of {', '.join(KINDS)}")
    low, high = (
        None if found.get(name) is None else number(f"{place}.{name}", found[name], -LARGEST, LARGEST)
        for name in ("minimum", "maximum")
    )
    choices = tuple(text_of(f"{place}.choices", item) for item in items(f"{place}.choices", found.get("choices", [])))
    name = _id(f"{place}.name", found.get("name"))
    made = Option(name, kind, 0, low, high, choices, text_of(f"{place}.doc", found.get("doc", "")))
    try:
        return replace(made, default=made.check(option_value(f"{place}.default", found.get("default"))))
    except ValueError as error:
        if isinstance(error, SchemaError):
            raise
        raise SchemaError(f"{place}.default", str(error)) from error


def _tie(key: str, value: Any) -> Tie:
    for path in (key.partition(".")[2], text_of(key, value)):
        if len(path) > LONGEST_PATH or not all(part.isdigit() or identifier(part) for part in path.split(".")):
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
    text = text_of(place, value)
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
    found = fields(key, value, {"operator", "options", "title", "at", "when", "repeat", "weights", "scan", *LEARNING})
    operator = text_of(f"{key}.operator", found.get("operator"))
    if not identifier(operator):
        raise SchemaError(f"{key}.operator", "an operator's id has letters, digits and _")
    options = {
        option_name(f"{key}.options", item): option_value(f"{key}.options.{item}", given)
        for item, given in mapping(f"{key}.options", found.get("options", {})).items()
    }
    at = found.get("at", [0.0, 0.0])
    if not isinstance(at, list) or len(at) != 2:
        raise SchemaError(f"{key}.at", "expected two numbers, x and y")
    x, y = (number(f"{key}.at", part, -FARTHEST, FARTHEST) for part in at)
    repeat = found.get("repeat", 1)
    if isinstance(repeat, str):
        repeat = _expression(f"{key}.repeat", repeat)
    else:
        repeat = integer(f"{key}.repeat", repeat, 0, MOST_COPIES)
    weights = found.get("weights", "")
    return Node(
        name,
        operator,
        options,
        title=text_of(f"{key}.title", found.get("title", "")),
        at=(x, y),
        when=_expression(f"{key}.when", found.get("when", "")),
        repeat=repeat,
        weights=_id(f"{key}.weights", weights) if weights else "",
        scan=_scan(f"{key}.scan", found.get("scan", [])),
        learning=_learning(key, found),
    )


def _learning(key: str, found: Mapping[str, Any]) -> Learning:
    return Learning(
        _ways(f"{key}.initial", found.get("initial", {}), INITIALIZERS, "initialisation"),
        _ways(f"{key}.parametrized", found.get("parametrized", {}), PARAMETRIZATIONS, "parametrisation"),
        _boolean(f"{key}.frozen", found.get("frozen", False)),
        float(number(f"{key}.rate", found.get("rate", 1.0), *RATES)),
    )


def _boolean(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise SchemaError(key, "expected true or false")
    return value


def _ways(key: str, value: Any, known: Mapping[str, Declared], what: str) -> dict[str, Way]:
    found = {}
    for weight, given in mapping(key, value).items():
        place = f"{key}.{weight}"
        if not all(map(identifier, weight.split("."))):
            raise SchemaError(place, "a weight is named as the layer names it, such as weight or bias")
        read = {"name": given} if isinstance(given, str) else fields(place, given, {"name", "settings"})
        name, settings = text_of(f"{place}.name", read.get("name")), mapping(place, read.get("settings", {}))
        declared = known.get(name)
        if declared is None:
            raise SchemaError(place, f"there is no {what} {name}; there is: {', '.join(known)}{meant(name, known)}")
        found[weight] = Way(name, {item: _checked(place, declared, item, given) for item, given in settings.items()})
    return found


def _checked(place: str, known: Declared, name: str, value: Any) -> int | float | bool | str:
    option = known.option(name)
    if option is None:
        raise SchemaError(place, f"{known.name} has no setting {name}")
    try:
        checked = option.check(value)
    except ValueError as error:
        raise SchemaError(f"{place}.{name}", str(error)) from None
    assert not isinstance(checked, tuple)
    return checked


def _scan(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_SCANNED:
        raise SchemaError(key, "expected a list of the module's inputs")
    return tuple(_id(key, item) for item in value)


def _wire(key: str, value: Any) -> Output:
    wire_end(key, key.rpartition("wires.")[2])
    node, *port = text_of(key, value).split(".")
    if len(port) > 1 or not all(map(identifier, (node, *port))):
        raise SchemaError(key, "a wire starts at a node, or at node.port")
    return Output(node, *port)


def _frame(key: str, value: Any) -> Frame:
    why = names.refusal(key.rpartition("frames.")[2])
    if why:
        raise SchemaError(key, why)
    found = fields(key, value, {"title", "nodes", "colour"})
    listed = found.get("nodes")
    members = tuple(_id(f"{key}.nodes", item) for item in listed) if isinstance(listed, list) else ()
    if not members or len(set(members)) != len(members):
        raise SchemaError(f"{key}.nodes", "expected the ids of the nodes in it, each once")
    colour = integer(f"{key}.colour", found.get("colour", 0), 0, MOST_COLOURS - 1)
    return Frame(text_of(f"{key}.title", found.get("title", "")), members, colour)


def _info(key: str, value: Any) -> Info:
    found = fields(key, value, {"title", "doc", "flow"})
    title, doc = (text_of(f"{key}.{name}", found.get(name, "")) for name in ("title", "doc"))
    flow = found.get("flow", "down")
    if flow not in ("down", "right"):
        raise SchemaError(f"{key}.flow", "expected down or right")
    return Info(title, doc, flow)
