"""Which nodes have weights that an objective can change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from grapheditor.graph.names import natural

if TYPE_CHECKING:
    from grapheditor.ui.session import Session


def learners(session: Session, chosen: Iterable[str]) -> list[str]:
    """Return the nodes of the graph that have weights, and what is chosen already, in the order of their names.

    Of nodes that share their weights the first stands for all. chosen: paths, also of nodes inside modules.
    """
    graph, analysis = session.graph, session.findings.analysis
    found: dict[str, str] = {}
    for name in sorted(graph.nodes, key=natural):
        report = analysis.nodes.get(name) if analysis else None
        if report is None or report["parameters"]:
            node = graph.nodes[name]
            operator = session.catalog.of(graph, node)
            if operator is not None and (report is not None or operator.role == "layer"):
                found.setdefault(node.weights or name, name)
    names = set(found.values())
    kept = [path for path in chosen if path not in names]
    return [*sorted(names, key=natural), *kept]
