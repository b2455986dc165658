"""Which nodes of a body are computed: those that a result, a loss or a metric needs; the rest is not printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from grapheditor.authoring import Operator
from grapheditor.authoring.options import Value
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


def needed(
    body: Body, nodes: Mapping[str, NodeInfo], catalog: Catalog, goals: Iterable[str]
) -> Iterator[tuple[str, Operator, Mapping[str, Value]]]:
    """Yield the nodes that some nodes need, those in modules too: path (``blocks.2.noise``), operator, options."""
    reached = _reached(body, nodes, catalog, goals)
    for name, info in nodes.items():
        operator = catalog.of(body, body.nodes[name])
        if name not in reached or info.bypassed:
            continue
        if operator is not None and body.nodes[name].operator not in body.modules:
            yield name, operator, info.options or {}
        for i, instance in enumerate(info.instances):
            if instance.inside is not None:
                module = body.modules[body.nodes[name].operator]
                copy = name if info.copies is None else f"{name}.{i}"
                inner = needed(module, instance.inside.nodes, catalog, [node for _, node in module.head.outputs])
                yield from ((f"{copy}.{path}", found, options) for path, found, options in inner)


def _reached(body: Body, nodes: Mapping[str, NodeInfo], catalog: Catalog, goals: Iterable[str]) -> set[str]:
    """Return what some nodes' values depend on, themselves included; what is bypassed passes on its first input."""
    found: set[str] = set()
    waiting = list(goals)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        operator = catalog.of(body, body.nodes[name])
        first = operator.inputs[0].name if operator is not None and operator.inputs else None
        bypassed = name in nodes and nodes[name].bypassed
        waiting += [body.wires[end].node for end in body.into(name) if not bypassed or end.port == first]
    return found
