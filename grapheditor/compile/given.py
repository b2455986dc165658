"""What a node is given in one place of a network: its options, how many copies, sizes at a point of the symbols."""

from __future__ import annotations

from collections.abc import Mapping

from grapheditor.authoring import Operator, Refusal
from grapheditor.authoring.options import Value
from grapheditor.catalog import MOST_NODES
from grapheditor.compile import symbols
from grapheditor.graph import Node
from grapheditor.graph.arithmetic import SizeError, compute, is_expression, parse

Point = Mapping[str, int]
Environment = Mapping[str, Value]


def copies_of(node: Node, environment: Environment) -> int:
    """Return how many copies a node stands for; Refusal where that is no number of them."""
    copies = node.repeat if isinstance(node.repeat, int) else computed("repeat", node.repeat, environment)
    if isinstance(copies, bool) or not isinstance(copies, int) or not 0 <= copies <= MOST_NODES:
        raise Refusal(f"repeat: {copies} is not a number of copies from 0 to {MOST_NODES:,}.")
    return copies


def computed(what: str, text: str, environment: Environment) -> Value:
    """Return an expression's value; Refusal says of what it could not be had."""
    try:
        return compute(parse(text), environment)  # type: ignore[arg-type]
    except SizeError as error:
        raise Refusal(f"{what}: {error}.", option=what) from error


def options_of(node: Node, operator: Operator, environment: Environment) -> dict[str, Value]:
    """Return all option values of a node, expressions computed."""
    values: dict[str, Value] = {}
    for item in operator.options:
        value = node.options.get(item.name, item.default)
        if is_expression(value):
            value = computed(item.name, str(value)[1:], environment)
        try:
            values[item.name] = item.check(value)
        except ValueError as error:
            raise Refusal(f"{error}.", option=item.name) from error
    return values


def typed(options: Mapping[str, Value]) -> tuple[tuple[str, str, Value], ...]:
    """In Python 3, 3.0 and True are equal and would share one memo: the type goes into the key."""
    return tuple((name, type(value).__name__, value) for name, value in options.items())


def evaluated(options: Mapping[str, Value], point: Point) -> dict[str, Value]:
    """Replace symbols in shapes by their values at a point; Refusal where that gives no size."""
    values = dict(options)
    for name, value in values.items():
        if isinstance(value, tuple) and any(isinstance(size, str) for size in value):
            try:
                sizes = tuple(symbols.value(size, point) for size in value)
            except SizeError as error:
                raise Refusal(f"{name}: {error}.", option=name) from error
            found = [size for size, written in zip(sizes, value, strict=True) if isinstance(written, str)]
            if min(found) < 1:
                at = ", ".join(f"{symbol} = {number}" for symbol, number in point.items())
                raise Refusal(f"{name}: a size is {min(found)} at {at}; sizes start at 1.", option=name)
            values[name] = sizes
    return values
