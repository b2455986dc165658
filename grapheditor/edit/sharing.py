"""Which nodes of a body share their weights: a set has a name, and is there as long as two take part in it."""

from __future__ import annotations

from dataclasses import replace

from grapheditor.edit.change import Change
from grapheditor.edit.scope import Scope


def partners(scope: Scope, node: str) -> list[str]:
    """Return the other nodes that share their weights with a node."""
    name = scope.body.nodes[node].weights
    return [item.id for item in scope.body.nodes.values() if name and item.weights == name and item.id != node]


def share_weights(scope: Scope, node: str, other: str) -> Change:
    """Let a node have the weights of another one; without one it has its own again.

    A set in which only one node is left is none. ValueError where the other is no other node of the same operator.
    """
    nodes = scope.body.nodes
    if other and (other == node or other not in nodes or nodes[other].operator != nodes[node].operator):
        raise ValueError(f"{node} can share the weights of another node of the same operator, not of {other}.")
    draft = scope.draft("Share weights" if other else "Weights of its own")
    left = partners(scope, node)
    if len(left) == 1 and left != [other]:
        draft.put(f"nodes.{left[0]}", replace(nodes[left[0]], weights=""))
    if not other:
        draft.put(f"nodes.{node}", replace(nodes[node], weights=""))
        return draft.change()
    name = nodes[other].weights or other
    for member in (node, other):
        draft.put(f"nodes.{member}", replace(nodes[member], weights=name))
    return draft.change()
