"""The same network without modules: every operator of every copy is a node of the graph."""

from __future__ import annotations

from collections.abc import Mapping

from grapheditor.catalog import Catalog
from grapheditor.compile import Inference
from grapheditor.compile.facts import NodeInfo
from grapheditor.graph import Body, Graph, Input, Node, Output


def flat(catalog: Catalog, graph: Graph) -> Graph:
    """Return a sound graph with its modules and repeats written out."""
    made = Graph()
    analysis = Inference(catalog).analyse(graph)
    _write(made, graph, analysis.nodes, analysis.order, "", {})
    return made


def _write(
    made: Graph,
    body: Body,
    nodes: Mapping[str, NodeInfo],
    order: list[str] | tuple[str, ...],
    prefix: str,
    given: Mapping[str, Output],
) -> dict[str, Output]:
    """Write a body; return where each of its nodes' first result comes from."""
    values = dict(given)
    for name in order:
        info = nodes[name]
        arriving = {end: values[start.node] for end, start in body.into(name).items()}
        if name in given:
            continue
        if info.bypassed or (body.nodes[name].operator == "output" and prefix):
            values[name] = next(iter(arriving.values()))
            continue
        for i, copy in enumerate(info.instances):
            path = f"{prefix}{name}" if info.copies is None else f"{prefix}{name}_{i}"
            if copy.inside is not None:
                module = body.modules[body.nodes[name].operator]
                inner = {end.port: start for end, start in arriving.items()}
                found = _write(made, module, copy.inside.nodes, copy.inside.order, f"{path}_", inner)
                values[name] = found[module.head.outputs[0][1]]
            else:
                options = {**(copy.options or body.nodes[name].options)}
                made.put(f"nodes.{path}", Node(path, body.nodes[name].operator, options))
                for end, start in arriving.items():
                    made.put(f"wires.{Input(path, end.port, end.index)}", start)
                values[name] = Output(path)
            arriving = dict.fromkeys(arriving, values[name])
    return values
