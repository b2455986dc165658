"""Where a size was set: the node upstream that made a dimension what it is."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from grapheditor.compile.facts import NodeInfo
from grapheditor.graph import Body, Output
from grapheditor.graph.arithmetic import Name, Number, show


def made_by(body: Body, nodes: Mapping[str, NodeInfo], start: Output) -> str:
    """Say which nodes made the sizes of what a node gives: ``conv1 made the 32, pool1 the 4×4``.

    Empty where the node itself made them all, or where they are those of an input.
    """
    kind = nodes[start.node].outputs[start.port]
    found = [(_origin(body, nodes, start, axis), dim) for axis, dim in enumerate(kind.dims)]
    told = []
    for origin, group in groupby(
        ((node, dim) for node, dim in found if dim is not None and not isinstance(dim, Name)), key=lambda item: item[0]
    ):
        sizes = "×".join(str(dim.value) if isinstance(dim, Number) else f"({show(dim)})" for _, dim in group)
        told.append((origin, sizes))
    if not told or all(origin in (start.node, "") for origin, _ in told):
        return ""
    parts = [f"{origin} made the {sizes}" for origin, sizes in told if origin]
    return ", ".join([parts[0], *(part.replace(" made ", " ", 1) for part in parts[1:])])


def _origin(body: Body, nodes: Mapping[str, NodeInfo], start: Output, axis: int) -> str:
    """Follow a size upstream as long as what arrives has it too, at the same place if it can; "" at an input."""
    while True:
        info = nodes[start.node]
        wanted = info.outputs[start.port].dims[axis]
        arriving = [
            (before, place)
            for before in body.into(start.node).values()
            if before.node in nodes and before.port in nodes[before.node].outputs
            for place, dim in enumerate(nodes[before.node].outputs[before.port].dims)
            if dim == wanted
        ]
        if not arriving:
            return "" if body.nodes[start.node].operator == "input" else start.node
        start, axis = min(arriving, key=lambda item: item[1] != axis)
