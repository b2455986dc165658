"""What expressions come to where a module is used: the values of its options there, found along the path of uses."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from grapheditor.authoring.options import Option, Value
from grapheditor.edit.scope import along
from grapheditor.graph import Graph, Node
from grapheditor.graph.arithmetic import compute, is_expression, parse

Environment = Mapping[str, Value]


def environment(graph: Graph, path: str) -> dict[str, Value]:
    """Return the values of a module's options at one of its uses; what has none there is left out.

    path: of nodes, and of copies of those that are repeated (``layer2.0.branch``); empty for the graph, which has no
    options.
    """
    found: dict[str, Value] = {}
    parts = list(along(graph, path)) if path else []
    for number, (place, part) in enumerate(parts):
        if place is None:
            continue
        node = place.body.nodes.get(part)
        module = graph.modules.get(node.operator) if node is not None else None
        if node is None or module is None:
            return {}
        behind = parts[number + 1][1] if number + 1 < len(parts) else ""
        around = with_copy(node, found, int(behind) if behind.isdecimal() else 0)
        found = _values(node, module.head.options, around)
    return found


def with_copy(node: Node, values: Environment, copy: int = 0) -> dict[str, Value]:
    """Return what the options of a node may name: those of the module around, and ``i`` where it is repeated."""
    return {**values, "i": copy} if node.repeat != 1 else dict(values)


def _values(node: Node, options: tuple[Option, ...], around: Environment) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for option in options:
        with suppress(ValueError):
            found[option.name] = value_at(option, node.options.get(option.name, option.default), around)
    return found


def value_at(option: Option, value: Value, around: Environment) -> Value:
    """Return what an option's value, which may be an expression, comes to; ValueError where it comes to none."""
    return option.check(computed(value, around))


def computed(value: Value, around: Environment) -> Value:
    """Return a value, or what it comes to where it is an expression; SizeError where that cannot be computed."""
    return compute(parse(str(value)[1:]), around) if is_expression(value) else value  # type: ignore[arg-type]
