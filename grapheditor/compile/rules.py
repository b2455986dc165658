"""What inference holds a graph to beyond each operator's own body, and how its refusals are told."""

from __future__ import annotations

from collections.abc import Mapping

from grapheditor.authoring import Operator, Port, Refusal
from grapheditor.catalog import Catalog
from grapheditor.compile.analysis import Analysis
from grapheditor.compile.facts import NodeInfo, WireType, find_weight
from grapheditor.compile.origin import made_by
from grapheditor.graph import Body, Graph, Output, Problem
from grapheditor.graph.order import ancestors

ELEMENTS = {
    "number": "numbers, not a mask (float32, int64)",
    "float": "decimal numbers (float32)",
    "integer": "whole numbers (int64)",
    "boolean": "a mask, true or false (bool)",
    "complex": "complex numbers (complex64)",
}


def check_wants(port: Port, kind: WireType) -> None:
    """Refusal where what arrives has not the dimensions or the elements that a port declares."""
    wants = port.wants
    if wants.axes is not None and not wants.takes_rank(len(kind.dims)):
        raise Refusal(f"Expected {len(wants.axes)} dimensions ({' × '.join(wants.axes)}).", port.name)
    if not wants.takes_type(kind.dtype):
        raise Refusal(f"Expected {ELEMENTS[wants.element]}.", port.name)


def with_arrival(
    refusal: Refusal,
    operator: Operator,
    starts: Mapping[str, list[Output]],
    body: Body,
    nodes: Mapping[str, NodeInfo],
) -> str:
    """Add to a refusal what arrives, from where, and what made it so."""
    ports = [refusal.port] if refusal.port else [port.name for port in operator.inputs]
    parts = []
    for port in ports:
        for start in starts.get(port, []):
            kind = nodes[start.node].outputs.get(start.port) if start.node in nodes else None
            at = f" at {port}" if len(operator.inputs) > 1 else ""
            if kind is not None:
                made = made_by(body, nodes, start)
                parts.append(f"{kind} ({kind.dtype}) from {start}{at}" + (f" ({made})" if made else ""))
    return f"{refusal.message} What arrives: {', '.join(parts)}." if parts else refusal.message


def check_sets(body: Body, nodes: Mapping[str, NodeInfo]) -> list[Problem]:
    """Nodes that take part in one weight set must have the same weights."""
    first: dict[str, str] = {}
    problems = []
    for name, info in nodes.items():
        shared = body.nodes[name].weights
        if shared and not info.bypassed:
            other = first.setdefault(shared, name)
            alike = body.nodes[other].operator == body.nodes[name].operator
            if not alike or list(nodes[other].weights()) != list(info.weights()):
                text = f"It shares the weights {shared} with {other}, and theirs are of other kinds or shapes."
                problems.append(Problem("error", text, name))
            elif [copy.options for copy in nodes[other].instances] != [copy.options for copy in info.instances]:
                text = f"It shares the weights {shared} with {other}, which has other options; they must be the same."
                problems.append(Problem("error", text, name))
            elif body.nodes[other].learning != body.nodes[name].learning:
                text = f"It shares the weights {shared} with {other}, and both say otherwise how these learn."
                problems.append(Problem("error", text, name))
    return problems


def check_ties(graph: Graph, analysis: Analysis, catalog: Catalog) -> None:
    """Count weights that are others once, and say where two cannot be one."""
    for path, tie in graph.ties.items():
        missing = next((item for item in (path, tie.source) if not _is_made(graph, analysis.nodes, item, catalog)), "")
        first = path.partition(".")[0]
        weight, source = (find_weight(analysis.nodes, item) for item in (path, tie.source))
        if weight is None or source is None:
            missing = path if weight is None else tie.source
            text = f"{path} is tied to {tie.source}, and there is no weight {missing}."
            analysis.problems.append(Problem("error", text, first if first in graph.nodes else None))
        elif tie.source in graph.ties:
            text = f"{path} is tied to {tie.source}, which is tied itself; tie it to {graph.ties[tie.source].source}."
            analysis.problems.append(Problem("error", text, first))
        elif weight.shape != source.shape:
            shapes = " and ".join("×".join(map(str, item.shape)) for item in (weight, source))
            text = f"{path} is tied to {tie.source}, and their shapes differ: {shapes}."
            analysis.problems.append(Problem("error", text, first))
        elif missing:
            text = f"{path} is tied to {tie.source}, and nothing that is computed has the weight {missing}."
            node = missing.partition(".")[0]
            analysis.problems.append(Problem("error", text, node if node in graph.nodes else None))
        elif weight.trained:
            analysis.parameters -= weight.size


def _is_made(graph: Graph, nodes: Mapping[str, NodeInfo], path: str, catalog: Catalog) -> bool:
    """Tell whether the module that is built has a weight of its own: it is computed, and the first of its set."""
    body: Body = graph
    parts = path.split(".")
    for at, part in enumerate(parts):
        if part.isdigit():
            continue
        names = [name for name in body.nodes if part == name or part.startswith(f"{name}_")]
        name = max(names, key=len, default=None)
        used = computed(body, nodes, catalog)
        if name is None or name not in used:
            return False
        shared = body.nodes[name].weights
        if shared and name != next(other for other in used if body.nodes[other].weights == shared):
            return False
        module = body.modules.get(body.nodes[name].operator)
        if module is None:
            return True
        info, index = nodes[name], parts[at + 1] if at + 1 < len(parts) else ""
        inside = (info if info.copies is None or not index.isdigit() else info.copies[int(index)]).inside
        body, nodes = module, inside.nodes if inside is not None else {}
    return True


def computed(body: Body, nodes: Mapping[str, NodeInfo], catalog: Catalog) -> list[str]:
    """Return the nodes that a body's results need, in its order: outputs, losses, metrics, else layers at the ends."""

    def with_role(*roles: str) -> list[str]:
        found = ((name, catalog.of(body, body.nodes[name])) for name in nodes)
        return [name for name, item in found if item is not None and item.role in roles and not nodes[name].bypassed]

    ends = with_role("output") or [name for name in with_role("layer") if not body.out_of(name)]
    needed = ancestors(body, ends + with_role("loss", "metric"))
    return [name for name in nodes if name in needed and not nodes[name].bypassed]


def check_losses(graph: Graph, analysis: Analysis) -> list[Problem]:
    """Return what the recipe minimises that is not a single number."""
    text = "The recipe minimises this, but it is not a single number."
    names = [item.minimise for item in graph.recipe.objectives if item.minimise in analysis.nodes]
    return [
        Problem("error", text, name)
        for name in names
        if any(kind.dims for kind in analysis.nodes[name].outputs.values())
    ]
