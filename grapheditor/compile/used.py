"""Which nodes of a body are computed: those that a result, a loss or a metric needs; the rest is not printed."""

from __future__ import annotations

from collections.abc import Mapping

from grapheditor.catalog import Catalog
from grapheditor.compile.facts import NodeInfo
from grapheditor.graph import Body, Module
from grapheditor.graph.order import ancestors


def used(body: Body, nodes: Mapping[str, NodeInfo], catalog: Catalog) -> frozenset[str]:
    """Return the nodes that a body's results, losses and metrics need, themselves included.

    Results are what a module's ports say. Of a graph they are its output nodes; without any, the layers whose results
    nothing uses. What is bypassed asks for nothing.
    """
    roles = {
        name: operator.role
        for name, node in body.nodes.items()
        if (operator := catalog.of(body, node)) is not None and not (name in nodes and nodes[name].bypassed)
    }
    goals = [name for name, role in roles.items() if role in ("loss", "metric")]
    if isinstance(body, Module):
        goals += [node for _, node in body.head.outputs if node in roles]
    elif "output" in roles.values():
        goals += [name for name, role in roles.items() if role == "output"]
    else:
        goals += [name for name, role in roles.items() if role == "layer" and not body.out_of(name)]
    return frozenset(ancestors(body, goals))
