"""What expressions come to where a module is used: the values of its options there, found along the path of uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from grapheditor.authoring.options import Option, Value
from grapheditor.catalog import MOST_NODES
from grapheditor.edit.scope import Scope, along, path_to
from grapheditor.graph import Graph, Node
from grapheditor.graph.arithmetic import compute, is_expression, parse
from grapheditor.graph.order import used_modules

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


def use_paths(graph: Graph, module: str) -> Iterator[str]:
    """Yield the path of each use of a module: of a repeated node each copy, of one that is bypassed none."""
    leads = {name for name in graph.modules if module in used_modules(graph, {name})}

    def below(scope: Scope, prefix: str, around: Environment) -> Iterator[str]:
        for node in scope.body.nodes.values():
            for number, path in _copies(node, around, prefix) if node.operator in leads else ():
                if node.operator == module:
                    yield path
                options = graph.modules[node.operator].head.options
                inside = _values(node, options, with_copy(node, around, number))
                yield from below(Scope(graph, node.operator), path, inside)

    yield from below(Scope(graph), "", {})


def count_uses(graph: Graph, module: str) -> int:
    """Return how many uses of a module there are; what is alike is counted once and multiplied."""
    leads = {name for name in graph.modules if module in used_modules(graph, {name})}
    known: dict[object, int] = {}

    def inside(node: Node, around: Environment, number: int) -> int:
        options = graph.modules[node.operator].head.options
        values = _values(node, options, with_copy(node, around, number))
        key = node.operator, tuple(values.items())
        if key not in known:
            known[key] = (node.operator == module) + below(Scope(graph, node.operator), values)
        return known[key]

    def below(scope: Scope, around: Environment) -> int:
        found = 0
        for node in scope.body.nodes.values():
            copies = _count(node, around) if node.operator in leads else 0
            alike = not any(map(is_expression, node.options.values()))
            found += copies * inside(node, around, 0) if alike and copies else 0
            found += 0 if alike else sum(inside(node, around, number) for number in range(copies))
        return found

    return below(Scope(graph), {})


def _copies(node: Node, around: Environment, prefix: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the path of each copy of a node."""
    for number in range(_count(node, around)):
        yield number, path_to(prefix, node.id if node.repeat == 1 else f"{node.id}.{number}")


def _count(node: Node, around: Environment) -> int:
    """Return how many copies a node stands for, none where it is bypassed; one where that cannot be told."""
    there: Value = True
    count: Value = node.repeat
    with suppress(ValueError):
        there = computed(f"={node.when}", around) if node.when else True
    with suppress(ValueError):
        count = computed(f"={node.repeat}", around) if isinstance(node.repeat, str) else node.repeat
    return (min(count, MOST_NODES) if isinstance(count, int) else 1) if there else 0


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
