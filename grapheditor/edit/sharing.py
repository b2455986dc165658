"""How the weights of nodes learn, and which nodes share theirs: a set has a name, and two or more in it.

What is said of how weights learn is said of all nodes that share them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from grapheditor.edit.change import Change
from grapheditor.edit.scope import Scope
from grapheditor.graph.initial import Initial


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
    name, first = nodes[other].weights or other, nodes[other]
    for member in (node, other):
        same = replace(nodes[member], weights=name, initial=first.initial, frozen=first.frozen, rate=first.rate)
        draft.put(f"nodes.{member}", same)
    return draft.change()


def set_initial(scope: Scope, node: str, weight: str, initial: Initial | None) -> Change:
    """Say how a weight of a node is drawn before it learns; None draws it as torch does."""
    draft = scope.draft(f"Draw {weight}")
    for name in (node, *partners(scope, node)):
        old = scope.body.nodes[name]
        rest = {key: item for key, item in old.initial.items() if key != weight}
        draft.put(f"nodes.{name}", replace(old, initial=rest if initial is None else {**rest, weight: initial}))
    return draft.change()


def set_frozen(scope: Scope, nodes: Iterable[str], frozen: bool) -> Change:
    """Let nothing in nodes learn, or all of it again."""
    draft = scope.draft("Freeze" if frozen else "Let learn")
    for name in _all(scope, nodes):
        draft.put(f"nodes.{name}", replace(scope.body.nodes[name], frozen=frozen))
    return draft.change()


def set_rate(scope: Scope, nodes: Iterable[str], rate: float) -> Change:
    """Say what the learning rate of nodes is multiplied by."""
    draft = scope.draft("Learning rate")
    for name in _all(scope, nodes):
        draft.put(f"nodes.{name}", replace(scope.body.nodes[name], rate=rate))
    return draft.change()


def _all(scope: Scope, nodes: Iterable[str]) -> list[str]:
    """Return nodes and all that share their weights, each once."""
    return list(dict.fromkeys(member for node in nodes for member in (node, *partners(scope, node))))
