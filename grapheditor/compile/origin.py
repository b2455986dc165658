"""Where sizes were set, in words: the nodes upstream that made them what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from grapheditor.compile.facts import NodeInfo
from grapheditor.graph import Body, Output
from grapheditor.graph.arithmetic import Name, Number, show
from grapheditor.graph.origin import origin


def made_by(body: Body, nodes: Mapping[str, NodeInfo], start: Output) -> str:
    """Say which nodes made the sizes of what a node gives: ``conv1 made the 32, pool1 the 4×4``.

    Empty where the node itself made them all, or where they are those of an input.
    """
    kind = nodes[start.node].outputs[start.port]
    found = [(_origin(body, nodes, start, axis), dim) for axis, dim in enumerate(kind.dims)]
    told = []
    for node, group in groupby(
        ((node, dim) for node, dim in found if dim is not None and not isinstance(dim, Name)), key=lambda item: item[0]
    ):
        sizes = "×".join(str(dim.value) if isinstance(dim, Number) else f"({show(dim)})" for _, dim in group)
        told.append((node, sizes))
    if not told or all(node in (start.node, "") for node, _ in told):
        return ""
    parts = [f"{node} made the {sizes}" for node, sizes in told if node]
    return ", ".join([parts[0], *(part.replace(" made ", " ", 1) for part in parts[1:])])


def _origin(body: Body, nodes: Mapping[str, NodeInfo], start: Output, axis: int) -> str:
    """Return the node that made a size; "" where it came through an input."""

    def sizes(output: Output) -> Sequence[object] | None:
        info = nodes.get(output.node)
        kind = info.outputs.get(output.port) if info is not None else None
        return kind.dims if kind is not None else None

    found = origin(body, sizes, start, axis).node
    return "" if body.nodes[found].operator == "input" else found
