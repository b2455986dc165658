"""The order in which nodes run: depth first from the ends, the longest branch first, so that each
branch stays together in the printed source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from grapheditor.graph.names import natural

if TYPE_CHECKING:
    import networkx

    from grapheditor.graph.body import Body


def flow(graph: Body) -> list[str]:
    """Order all nodes; each stands behind what it needs. networkx.NetworkXUnfeasible where wires form a cycle."""
    import networkx

    network = graph.network()
    if not networkx.is_directed_acyclic_graph(network):
        raise networkx.NetworkXUnfeasible("the wires form a cycle")
    depth = {name: i for i, layer in enumerate(networkx.topological_generations(network)) for name in layer}
    needs: networkx.DiGraph[str] = networkx.DiGraph()
    needs.add_nodes_from(sorted((name for name in graph.nodes if not graph.out_of(name)), key=natural))
    for name in sorted(graph.nodes, key=natural):
        starts = sorted(graph.into(name).items(), key=lambda wire: (-depth[wire[1].node], wire[0].port, wire[0].index))
        needs.add_edges_from((name, start.node) for _, start in starts)
    return list(networkx.dfs_postorder_nodes(needs))


def flow_or_nothing(graph: Body) -> list[str]:
    """Order all nodes as :func:`flow` does; no node where wires form a cycle."""
    import networkx

    try:
        return flow(graph)
    except networkx.NetworkXUnfeasible:
        return []


def ancestors(graph: Body, ends: Iterable[str]) -> set[str]:
    """Return the nodes that the ends need, themselves included."""
    return _reach(ends, lambda name: (start.node for start in graph.into(name).values()))


def descendants(graph: Body, starts: Iterable[str]) -> set[str]:
    """Return the nodes that need the starts, themselves included."""
    return _reach(starts, lambda name: (end.node for end in graph.out_of(name)))


def _reach(names: Iterable[str], onward: Callable[[str], Iterable[str]]) -> set[str]:
    """Return names and all that lies onward of them."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(onward(name))
    return found


def nesting(body: Body) -> networkx.DiGraph[str]:
    """Return which module of a document holds which: an edge from a module to each one that its nodes name."""
    import networkx

    held: networkx.DiGraph[str] = networkx.DiGraph()
    held.add_nodes_from(body.modules)
    for name, module in body.modules.items():
        held.add_edges_from((name, node.operator) for node in module.nodes.values() if node.operator in body.modules)
    return held


def inner_first(body: Body) -> list[str]:
    """Return the modules of a document so that each follows those that it holds; there must be no cycle."""
    import networkx

    return list(networkx.lexicographical_topological_sort(nesting(body).reverse(copy=False)))


def used_modules(body: Body, names: Iterable[str]) -> list[str]:
    """Return those of these names that are modules of a document, and all that they hold; what is held comes first."""
    found: dict[str, None] = {}

    def take(name: str) -> None:
        if name in body.modules and name not in found:
            for node in body.modules[name].nodes.values():
                take(node.operator)
            found[name] = None

    for name in names:
        take(name)
    return list(found)
