"""Steps: single changes of options near a problem, and how odd each is; what they lead to is for inference to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import gcd, isqrt

from grapheditor.authoring import Operator, Option
from grapheditor.authoring.options import Value
from grapheditor.compile.facts import WireType
from grapheditor.compile.levels import Level, plain
from grapheditor.graph import Body, Graph, Node, Output
from grapheditor.graph.arithmetic import Number, is_expression
from grapheditor.graph.model import Record

TARGET = 3.0
"""How odd it is to change a size that a person wrote as a target: of a view, a linear layer, a convolution."""
Values = Iterator[tuple[object, float]]
KERNELS: Mapping[str, tuple[tuple[int, float], ...]] = {
    "Convolution": ((3, 0.0), (5, 0.2), (2, 0.3), (7, 0.4), (4, 0.5)),
    "Pooling": ((2, 0.0), (3, 0.0), (4, 0.4), (5, 0.5)),
}
"""Customary windows, and how odd each is. One of 1 would switch a node off."""
PLAIN: Mapping[str, tuple[tuple[int, float], ...]] = {
    "stride": ((2, 0.3), (1, 0.4)),
    "dilation": ((1, 0.2),),
    "output_padding": ((0, 0.2), (1, 0.4)),
    "dim": ((1, 0.2), (-1, 0.2), (2, 0.4), (3, 0.5), (0, 0.6)),
    "dim0": ((1, 0.4), (0, 0.5)),
    "dim1": ((2, 0.4), (1, 0.4)),
    "start_dim": ((1, 0.1),),
    "end_dim": ((-1, 0.1),),
    "index": ((-1, 0.1), (0, 0.2)),
}
"""Customary values of options that mean the same wherever they stand."""
WIDTHS = ("out_features", "out_channels", "hidden_size", "embedding_dim")


@dataclass(frozen=True, slots=True)
class Step:
    """A change: what it is called, how odd it is, and the records it puts.

    option: the option that it sets, with its node's key; empty where it sets none. makes: keys of nodes that it puts in
    or gives another type; works_on: keys of nodes that it is about. No change works on what another one made.
    """

    title: str
    odd: float
    records: Mapping[str, Record | None]
    option: str = ""
    makes: frozenset[str] = frozenset()
    works_on: frozenset[str] = frozenset()

    def goes_with(self, other: Step) -> bool:
        """Tell whether this change makes sense behind another one."""
        return not (self.works_on & other.makes) and (not self.option or self.option != other.option)


def changed_options(level: Level) -> Iterator[Step]:
    """Yield changes of single options of the nodes near a problem, the nearest first."""
    for name in (*reversed(level.upstream()), *level.downstream()):
        node, operator = level.body.nodes[name], level.operator(name)
        if operator is None or operator.role in ("output", "metric"):
            continue
        if operator.role == "input":
            if isinstance(level.body, Graph):
                yield from _input_changes(level, node, operator)
            continue
        for option in operator.options:
            now = plain(node, operator, option.name)
            if is_expression(now):
                continue  # what a person computes is changed where its parts are
            meanings = [(operator, option.name, node)]
            if node.operator in level.body.modules:
                meanings = list(_meanings(level, level.body.modules[node.operator], option.name))
            tried: dict[object, float] = {}
            for meant, meant_name, inner in meanings:
                for value, odd in _values(level, name, inner, meant, meant_name, now):
                    tried[value] = min(odd, tried.get(value, odd))
            for value, odd in tried.items():
                yield from _changed(level, node, option, now, value, odd)


def _meanings(level: Level, module: Body, option: str) -> Iterator[tuple[Operator, str, Node]]:
    """Yield what an option of a module is inside: the operators' options that are given it as it is."""
    for node in module.nodes.values():
        for name, value in node.options.items():
            if value == f"={option}" and (operator := level.catalog.of(module, node)) is not None:
                if node.operator in module.modules:
                    yield from _meanings(level, module.modules[node.operator], name)
                else:
                    yield operator, name, node


def _changed(level: Level, node: Node, option: Option, now: object, value: object, odd: float) -> Iterator[Step]:
    try:
        checked = option.check(value)
    except ValueError:
        return
    if checked == now and type(checked) is type(now):
        return
    title = f"set {option.name.replace('_', ' ')} of {node.id} to {option.show(checked)}{level.where}"
    far = abs(checked - now) / 100 if isinstance(checked, int) and isinstance(now, int) else 0.05
    options: dict[str, Value] = {**node.options, option.name: checked}
    key = f"{level.prefix}nodes.{node.id}"
    yield Step(
        title,
        odd + min(far, 0.2),
        {key: replace(node, options=options)},
        option=f"{key}.{option.name}",
        makes=frozenset({key} if option.name == "dtype" else ()),
        works_on=frozenset(() if node.operator == "input" else {key}),
    )


def _values(level: Level, name: str, node: Node, operator: Operator, option: str, now: object) -> Values:
    """Yield customary values of an operator's option. name: of the node at which is looked for what arrives."""
    arriving = level.arriving(name)
    if option == "kernel_size":
        yield from KERNELS.get(operator.category, KERNELS["Convolution"])
    elif option == "padding":
        yield from _paddings(node, operator)
    elif option == "groups":
        yield from _groups(node, operator, arriving)
    elif option == "heads":
        yield from _heads(arriving, now)
    elif option in ("length", "channels"):
        place = 1
        yield from ((size, 0.0) for kind in arriving if (size := _number(kind, place)) > 1)
    elif option == "size" and operator.category == "Shape":
        yield from (((-1, count), TARGET) for kind in arriving if (count := _features(kind)))
    elif option == "dims":
        yield from (((0, 3, 1, 2), 0.3), ((0, 2, 3, 1), 0.4), ((0, 2, 1), 0.3))
    elif option in WIDTHS:
        yield from ((size, TARGET) for size in _widths(level, now))
    yield from PLAIN.get(option, ())
    if option == "stride" and (found := operator.option("stride")) is not None and found.choices:
        yield found.choices[0], 0.3


def _paddings(node: Node, operator: Operator) -> Values:
    """Half the kernel keeps the size, as convolutions do; more than that is no padding any more."""
    kernel, found = plain(node, operator, "kernel_size"), operator.option("padding")
    if found is not None and found.choices:
        yield found.choices[0], 0.25
    yield 0, 0.4
    if isinstance(kernel, int) and kernel > 1:
        yield kernel // 2, 0.1 if operator.category == "Convolution" else 0.4
        yield from ((padding, 0.5) for padding in range(1, kernel // 2))


def _groups(node: Node, operator: Operator, arriving: list[WireType]) -> Values:
    """Groups divide the channels that arrive and those that leave."""
    out = plain(node, operator, "out_channels")
    for kind in arriving:
        common = gcd(_number(kind, 1), out) if isinstance(out, int) else 0
        yield from ((size, 0.1 if size & (size - 1) == 0 else 0.2) for size in _divisors(common) if size > 1)
    yield 1, 0.4


def _heads(arriving: list[WireType], now: object) -> Values:
    """Heads divide the features; powers of two are customary, and as many as were meant."""
    common = 0
    for kind in arriving:
        common = gcd(common, _number(kind, -1))
    for size in _divisors(common):
        if size > 1 and isinstance(now, int) and size <= 4 * now:
            yield size, (0.0 if size & (size - 1) == 0 else 0.2) + 0.1 * (max(size, now) / min(size, now) - 1)


def _divisors(number: int) -> list[int]:
    small = [i for i in range(1, min(isqrt(number), 1000) + 1) if number % i == 0]
    return sorted({*small, *(number // i for i in small)})


def _widths(level: Level, now: object) -> Iterator[int]:
    """Yield widths that the problem's node could take: those of what else arrives there, and what its heads divide.

    A loss that is told one number for each sample could take as many.
    """
    node, operator = level.body.nodes[level.node], level.operator(level.node)
    for kind in level.arriving(level.node):
        if operator is not None and operator.role == "loss" and len(kind.dims) == 1 and kind.dtype.startswith("float"):
            yield 1
        yield from {size for i in (1, -1) if len(kind.dims) > 1 and (size := _number(kind, i)) > 1}
    for option in ("heads", "groups"):
        parts = plain(node, operator, option) if operator is not None else None
        if isinstance(parts, int) and isinstance(now, int) and parts > 1:
            yield from (size for size in (now // parts * parts, (now // parts + 1) * parts) if size)


def _number(kind: WireType, place: int) -> int:
    """Return a size; 0 where there is none or it is free."""
    if not -len(kind.dims) <= place < len(kind.dims):
        return 0
    dim = kind.dims[place]
    return dim.value if isinstance(dim, Number) else 0


def _features(kind: WireType) -> int:
    """Return how many numbers a sample has; 0 where that is free."""
    count = 1
    for place in range(1, len(kind.dims)):
        count *= _number(kind, place)
    return count


def _input_changes(level: Level, node: Node, operator: Operator) -> Iterator[Step]:
    """Yield other types and shapes of what comes from outside: those of its data, a batch, one class for a sample."""
    dtype, shape = operator.option("dtype"), operator.option("shape")
    now, sizes = plain(node, operator, "dtype"), plain(node, operator, "shape")
    if dtype is None or shape is None or not isinstance(sizes, tuple):
        return
    for other in ("int64", "float32"):
        yield from _changed(level, node, dtype, now, other, 0.1)
    source = level.catalog.sources.get(level.graph.recipe.data or "")
    fields = {field.name: field.shape for field in source.fields} if source is not None else {}
    given = fields.get(level.graph.recipe.field(node.id))
    if given is not None:
        yield from _changed(level, node, shape, sizes, ("N", *given), 0.0)
        return
    if isinstance(sizes[0], int):
        yield from _changed(level, node, shape, sizes, ("N", *sizes), 0.1 if sizes[0] in (1, 3) else 0.5)
    for wanted in _target_shapes(level, node.id, len(sizes)):
        yield from _changed(level, node, shape, sizes, wanted, 0.1)


def _target_shapes(level: Level, name: str, rank: int) -> Iterator[tuple[int | str, ...]]:
    """Yield the shape that a loss or a metric wants of an input that is its target: its scores' without the classes."""
    operator = level.operator(level.node)
    if operator is None or operator.role not in ("loss", "metric"):
        return
    if not any(start.node == name for start in level.body.inputs(level.node, "target")):
        return
    others = level.batch if len(level.batch) == 1 else level.batch - {_first(level, name)}
    for start in level.body.inputs(level.node, "x"):
        scores = level.kind(start)
        if scores is None or None in scores.dims or len(scores.dims) < 2 or scores.dims[0] not in others:
            continue
        target = level.kind(Output(name))
        places_first = target is not None and rank > 1 and target.dims == scores.dims[:-1]
        if len(scores.dims) == 2 or (rank > 1 and not places_first):
            yield (scores.shape[0], *scores.shape[2:])


def _first(level: Level, name: str) -> object:
    return next((kind.dims[0] for kind in level.nodes[name].outputs.values() if kind.dims), None)
