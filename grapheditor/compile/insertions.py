"""Insertions: what may be put into a wire, and layers of the wrong place that may be taken out.

What is proposed follows from what a port asks for and what arrives: its rank, its elements, where the batch is. How odd
each is says what a teacher would try first; whether it helps is for inference to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isqrt

from grapheditor.authoring import Operator, Port
from grapheditor.authoring.options import Value
from grapheditor.compile.facts import WireType
from grapheditor.compile.levels import Level
from grapheditor.compile.steps import TARGET, WIDTHS, Step
from grapheditor.graph import Input, Module, Node, Output
from grapheditor.graph.arithmetic import Number
from grapheditor.graph.model import Record
from grapheditor.graph.names import fresh
from grapheditor.graph.order import ancestors

SEQUENCES = ("Dense", "Attention", "Recurrent")
"""Categories of what works on features, or on places with features."""
COLOURS = (1, 3, 4)
"""The channels that images come with."""
ORDERS = ("permute", "transpose")
"""What only puts dimensions into another order: one too many is taken out, not undone by one more."""


@dataclass(frozen=True, slots=True)
class Put:
    """What may be put into a wire: a chain of operators with their options, what it is called, how odd it is.

    like: what its second input takes, of operators that have one.
    """

    chain: Sequence[tuple[str, Mapping[str, Value]]]
    what: str
    odd: float = 0.0
    like: Output | None = None


def insertions(level: Level) -> Iterator[Step]:
    """Yield insertions into the wires that end at the problem's node or before it, the nearest first."""
    for name in reversed(level.upstream()):
        operator = level.operator(name)
        if operator is None:
            continue
        yield from _replaced(level, name, operator)
        yield from _taken_out(level, name, operator)
        for start, ends in _bundles(level, name).items():
            kind, port = level.kind(start), operator.input(ends[0].port)
            if kind is None or port is None:
                continue
            own = name == level.node
            for put in (
                *_layouts(level, start, kind, operator, port, own),
                *_joined(level, name, start, kind, operator),
            ):
                yield _inserted(level, put, start, ends, f"between {start.node} and {name}")
                if everyone := _all_takers(level, start, name, operator):
                    again = replace(put, odd=put.odd + 0.05)
                    yield _inserted(level, again, start, everyone, f"behind {start.node}")


def _bundles(level: Level, name: str) -> dict[Output, list[Input]]:
    """Return the wires into a node by where they start: queries, keys and values of one sequence belong together."""
    found: dict[Output, list[Input]] = {}
    for end, start in sorted(level.body.into(name).items()):
        found.setdefault(start, []).append(end)
    return found


def _all_takers(level: Level, start: Output, name: str, operator: Operator) -> list[Input]:
    """Return all wires from a start where several nodes of one category take it; a node stands for them, the first."""
    ends = sorted(end for end, other in level.body.out_of(start.node).items() if other == start)
    takers = list(dict.fromkeys(end.node for end in ends))
    kinds = {taker.category if (taker := level.operator(item)) is not None else "" for item in takers}
    return ends if len(takers) > 1 and kinds == {operator.category} and takers[0] == name else []


def _layouts(level: Level, start: Output, kind: WireType, operator: Operator, port: Port, own: bool) -> Iterator[Put]:
    """Yield what brings one tensor into the form that a port asks for. own: it is the port's node that refuses it."""
    rank = len(kind.dims)
    if kind.dtype.startswith("int"):
        if port.wants.element == "float" and rank <= 2:
            yield Put([("embedding", {})], "an embedding")
        return
    if not kind.dtype.startswith("float"):
        return
    if len(port.wants.axes or ()) == 4:
        yield from _as_image(level, start, kind)
    elif operator.category in SEQUENCES:
        if rank == 4:
            yield from _of_image(level, start, kind)
        elif rank == 3:
            yield from _of_sequence(level, start, kind, operator)
        elif rank == 2 and own:
            yield Put([("unsqueeze", {"dim": -1})], "a dimension (each value a place of one feature)", 0.2)
            yield Put([("unsqueeze", {"dim": 1})], "a dimension (a single place)", 0.3)
            yield from _square(kind, channels=False)
    elif operator.category == "Shape" and rank == 4 and not all(isinstance(dim, Number) for dim in kind.dims[2:]):
        yield Put([("adaptive_avg_pool2d", {})], "an adaptive average pool", 0.0)
    elif operator.role == "loss" and port.name == "x":
        yield from _scores(level, start, kind)


def _as_image(level: Level, start: Output, kind: WireType) -> Iterator[Put]:
    last = kind.dims[-1]
    ordered = (before := level.operator(start.node)) is not None and before.id in ORDERS
    drawn = ordered or any(_takes_images(level, name) for name in ancestors(level.body, [start.node]))
    coloured = isinstance(last, Number) and last.value in COLOURS and kind.dims[1] != last
    if len(kind.dims) == 4 and coloured and not drawn:
        yield Put([("permute", {"dims": (0, 3, 1, 2)})], "a permute (channels first)")
    if len(kind.dims) == 3:
        yield Put([("unsqueeze", {"dim": 1})], "a dimension for the channel")
    if len(kind.dims) == 2:
        yield from _square(kind, channels=True)


def _takes_images(level: Level, name: str) -> bool:
    operator = level.operator(name)
    return operator is not None and any(len(port.wants.axes or ()) == 4 for port in operator.inputs)


def _square(kind: WireType, channels: bool) -> Iterator[Put]:
    """Rows of values that are a square image: 784 are 28×28."""
    count = kind.dims[1].value if isinstance(kind.dims[1], Number) else 0
    for channel in (1, 3) if channels else (1,):
        side = isqrt(count // channel)
        if side > 3 and channel * side * side == count:
            size = (-1, channel, side, side) if channels else (-1, side, side)
            yield Put([("view", {"size": size})], f"a view as {'×'.join(map(str, size[1:]))}", 0.1)


def _of_image(level: Level, start: Output, kind: WireType) -> Iterator[Put]:
    """An image before a layer of features becomes a row; before one of places, its rows or its pixels do."""
    dense = _dense_before(level, start)
    if all(isinstance(dim, Number) for dim in kind.dims[1:]):
        yield Put([("flatten", {})], "a flatten", 0.2 * dense)
    else:
        yield Put([("adaptive_avg_pool2d", {}), ("flatten", {})], "an adaptive average pool and a flatten", 0.2 * dense)
    grey = kind.dims[1] == Number(1)
    rows = {"start_dim": 1, "end_dim": 2}
    yield Put([("flatten", rows)], "a flatten of dimensions 1 to 2 (rows as places)", 0.1 if grey else 0.3)
    pixels: list[tuple[str, Mapping[str, Value]]] = [("flatten", {"start_dim": 2}), ("transpose", {})]
    words = "a flatten of dimensions 2 to 3 and an exchange of dimensions (pixels as places)"
    yield Put(pixels, words, 0.3 if grey else 0.1)


def _dense_before(level: Level, start: Output) -> int:
    found = map(level.operator, ancestors(level.body, [start.node]))
    return sum(operator is not None and operator.category == "Dense" for operator in found)


def _of_sequence(level: Level, start: Output, kind: WireType, operator: Operator) -> Iterator[Put]:
    free = not isinstance(kind.dims[2], Number) and isinstance(kind.dims[1], Number)
    if free or operator.category == "Attention":
        yield Put([("transpose", {})], "an exchange of dimensions", 0.0 if free else 0.9)
    if kind.dims[0] not in level.batch and kind.dims[1] in level.batch:
        yield Put([("select", {"dim": 0, "index": -1})], "a selection of the last layer", 0.0)
        yield Put([("transpose", {"dim0": 0, "dim1": 1})], "an exchange of dimensions (batch first)", 0.1)
    if operator.category == "Dense":
        before = {item.id: item.category for item in map(level.operator, ancestors(level.body, [start.node])) if item}
        token = "class_token" in before
        yield Put([("select", {"index": 0})], "a selection of the first place", 0.0 if token else 0.4)
        read = "Recurrent" in before.values()
        yield Put([("select", {"index": -1})], "a selection of the last place", 0.0 if read and not token else 0.3)
        yield Put([("flatten", {})], "a flatten", 0.25)


def _scores(level: Level, start: Output, kind: WireType) -> Iterator[Put]:
    """Scores are shaped batch × class × place: what a language model gives has its places before its classes."""
    if len(kind.dims) == 4:
        if kind.dims[2:] == (Number(1), Number(1)):
            yield Put([("flatten", {})], "a flatten")
        elif not _dense_before(level, start):
            yield Put([("adaptive_avg_pool2d", {}), ("flatten", {})], "an adaptive average pool and a flatten")
    if len(kind.dims) == 3:
        yield Put([("transpose", {})], "an exchange of dimensions")
        yield Put([("select", {"index": -1})], "a selection of the last place", 0.2)


def _joined(level: Level, name: str, start: Output, kind: WireType, operator: Operator) -> Iterator[Put]:
    """Yield what makes one tensor fit another that arrives at the same node."""
    if operator.role in ("loss", "metric"):
        for partner in filter(None, map(level.kind, _bundles(level, name))):
            yield from _of_one_number(kind, partner)
    if not kind.dtype.startswith("float") or operator.category not in ("Combine", "Attention", "Shape"):
        return
    for other_start in _bundles(level, name):
        other = level.kind(other_start)
        if other is None or other_start == start:
            continue
        if len(other.dims) != len(kind.dims):
            yield from _of_rank(kind, other, operator)
        elif len(kind.dims) == 4:
            yield from _sized(level, start, other_start, kind, other, operator)
        elif (
            kind.dims[:-1] == other.dims[:-1]
            and isinstance(wanted := other.dims[-1], Number)
            and wanted != kind.dims[-1]
        ):
            odd = 0.3 if operator.id == "concatenate" else 0.0 if len(level.body.out_of(start.node)) > 1 else 0.1
            if not _widened(level, start):
                yield Put([("linear", {"out_features": wanted.value})], "a projection", odd)


def _of_one_number(kind: WireType, other: WireType) -> Iterator[Put]:
    """A network says one number a sample as a row of one, where what is true has no rows."""
    for dim in reversed(range(1, len(kind.dims))):
        if kind.dims[dim] == Number(1) and (*kind.dims[:dim], *kind.dims[dim + 1 :]) == other.dims:
            last = dim == len(kind.dims) - 1
            yield Put([("squeeze", {} if last else {"dim": dim})], "a squeeze")


def _widened(level: Level, start: Output) -> bool:
    """Tell whether a wire starts at a layer with a width of its own that nothing else takes: that can be changed."""
    operator = level.operator(start.node)
    alone = len(level.body.out_of(start.node)) == 1
    return alone and operator is not None and any(operator.option(width) is not None for width in WIDTHS)


def _of_rank(kind: WireType, other: WireType, operator: Operator) -> Iterator[Put]:
    """A weight for each channel, or for each feature, is stretched over an image or a sequence."""
    rank, wanted = len(kind.dims), len(other.dims)
    if operator.id == "concatenate":
        if rank > wanted == 2:
            yield Put([("flatten", {})], "a flatten")
    elif (rank, wanted) == (2, 3):
        yield Put(
            [("unsqueeze", {"dim": 1})], "a dimension for the places", 0.0 if kind.dims[1] == other.dims[2] else 0.2
        )
        yield Put([("unsqueeze", {"dim": -1})], "a last dimension", 0.1)
    elif (rank, wanted) == (2, 4) and isinstance(kind.dims[1], Number):
        size = (-1, kind.dims[1].value, 1, 1)
        yield Put([("view", {"size": size})], f"a view as {'×'.join(map(str, size[1:]))}")
    elif (rank, wanted) == (3, 4):
        yield Put([("unsqueeze", {"dim": 1})], "a dimension for the channel")


def _sized(
    level: Level, start: Output, other_start: Output, kind: WireType, other: WireType, operator: Operator
) -> Iterator[Put]:
    """Images of other sizes: a projection as in a residual network, a pool, a larger image, or its middle."""
    down = _factor(kind, other)
    up = _factor(other, kind)
    wanted = other.dims[1]
    adds = operator.id != "concatenate"
    odd = 0.0 if len(level.body.out_of(start.node)) > 1 else 0.1  # what goes past a block is projected, not the block
    if (
        adds
        and down
        and isinstance(wanted, Number)
        and (wanted != kind.dims[1] or down > 1)
        and not _widened(level, start)
    ):
        step = {"stride": down} if down > 1 else {}
        words = f", stride {down}" if down > 1 else ""
        options = {"out_channels": wanted.value, "kernel_size": 1, **step}
        yield Put([("conv2d", options)], f"a projection (Conv2d of 1×1{words})", odd)
    same = kind.dims[1] == wanted or not adds
    if down > 1 and same and all(a % down == 0 for sizes in kind.sizes for a in sizes[2:]):
        yield Put([("max_pool2d", {"kernel_size": down})], f"a pool of {down}", 0.1 + odd)
    channels = kind.dims[1]
    if up > 1 and same and isinstance(channels, Number):
        options = {"out_channels": channels.value, "kernel_size": up, "stride": up}
        yield Put([("conv_transpose2d", options)], f"a transposed convolution of {up}", 0.2 + odd)
    larger = all(b <= a < 2 * b for a, b in _pairs(kind, other))
    if larger and same and kind.dims[2:] != other.dims[2:] and operator.category == "Combine":
        yield Put([("center_crop", {})], "a crop to the size of the other", 0.2 + odd, like=other_start)


def _factor(kind: WireType, other: WireType) -> int:
    """Return the stride that makes an image as small as another, at all points; 0 where there is none."""
    pairs = _pairs(kind, other)
    return next((s for s in (1, 2, 3, 4, 8, 16) if all((a - 1) // s + 1 == b for a, b in pairs)), 0)


def _pairs(kind: WireType, other: WireType) -> list[tuple[int, int]]:
    """Return the heights and widths of two images side by side, at all points."""
    both = zip(kind.sizes, other.sizes, strict=True)
    return [pair for ours, theirs in both for pair in zip(ours[2:], theirs[2:], strict=True)]


def _inserted(level: Level, put: Put, start: Output, ends: Sequence[Input], where: str) -> Step:
    taken = {*level.body.nodes}
    if isinstance(level.body, Module):
        taken |= {option.name for option in level.body.head.options}
    at = level.body.nodes[ends[0].node].at
    records: dict[str, Record | None] = {}
    last = start
    for operator, options in put.chain:
        name = fresh(level.catalog.operators[operator].stem, taken)
        taken.add(name)
        records[f"{level.prefix}nodes.{name}"] = Node(name, operator, options, at=at)
        records[f"{level.prefix}wires.{Input(name, 'x')}"] = last
        if put.like is not None:
            records[f"{level.prefix}wires.{Input(name, 'like')}"] = put.like
        last = Output(name)
    records |= {f"{level.prefix}wires.{end}": last for end in ends}
    makes = frozenset(key for key, record in records.items() if isinstance(record, Node))
    works_on = frozenset(f"{level.prefix}nodes.{name}" for name in (start.node, *(end.node for end in ends)))
    title = f"insert {put.what} {where}{level.where}"
    return Step(title, put.odd, records, makes=makes, works_on=works_on)


def _taken_out(level: Level, name: str, operator: Operator) -> Iterator[Step]:
    """Yield a layout that is taken out: one that comes too early, or is there twice. A view has a target."""
    wires = level.body.into(name)
    if operator.category != "Shape" or len(wires) != 1 or level.body.nodes[name].when:
        return
    (end, start) = next(iter(wires.items()))
    records: dict[str, Record | None] = {f"{level.prefix}wires.{taker}": start for taker in level.body.out_of(name)}
    records |= {f"{level.prefix}wires.{end}": None, f"{level.prefix}nodes.{name}": None}
    odd = TARGET if operator.option("size") else 0.0 if operator.id in ORDERS else 0.3
    works_on = frozenset({f"{level.prefix}nodes.{name}"})
    yield Step(f"take {name} out{level.where}", odd, records, works_on=works_on)


def _replaced(level: Level, name: str, operator: Operator) -> Iterator[Step]:
    """A norm of images has a sister for features."""
    arriving = level.arriving(name)
    if operator.id == "batch_norm2d" and arriving and len(arriving[0].dims) != 4:
        node = replace(level.body.nodes[name], operator="layer_norm", options={})
        yield Step(f"make {name} a LayerNorm{level.where}", 0.2, {f"{level.prefix}nodes.{name}": node})
