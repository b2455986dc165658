"""The order in which nodes run: depth first from the ends, so that a branch stays together in the printed source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from grapheditor.graph.names import natural

if TYPE_CHECKING:
    from grapheditor.graph.model import Graph


def flow(graph: Graph) -> list[str]:
    """Order all nodes; each stands behind what it needs. networkx.NetworkXUnfeasible where wires form a cycle."""
    import networkx

    network = graph.network()
    if not networkx.is_directed_acyclic_graph(network):
        raise networkx.NetworkXUnfeasible("the wires form a cycle")
    needs: networkx.DiGraph[str] = networkx.DiGraph()
    ends = sorted((name for name in graph.nodes if not graph.out_of(name)), key=natural)
    needs.add_nodes_from(ends)
    for name in sorted(graph.nodes, key=natural):
        wires = sorted(graph.into(name).items(), key=lambda wire: (wire[0].port, wire[0].index or 0))
        needs.add_edges_from((name, start.node) for _, start in wires)
    return list(networkx.dfs_postorder_nodes(needs))


def ancestors(graph: Graph, ends: Iterable[str]) -> set[str]:
    """Return the nodes that the ends need, themselves included."""
    found: set[str] = set()
    waiting = list(ends)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(start.node for start in graph.into(name).values())
    return found
