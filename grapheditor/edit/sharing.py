"""How the weights of nodes learn, and which nodes share theirs: a set has a name, and two or more in it.

What is said of how weights learn is said of all nodes that share them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from grapheditor.edit.change import Change, Draft
from grapheditor.edit.scope import Scope
from grapheditor.graph.learning import Way


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
        draft.put(f"nodes.{member}", replace(nodes[member], weights=name, learning=first.learning))
    return draft.change()


def set_initial(scope: Scope, node: str, weight: str, way: Way | None) -> Change:
    """Say how a weight of a node is drawn before it learns; None draws it as torch does."""
    draft = scope.draft(f"Draw {weight}")
    ways = _with(scope.body.nodes[node].learning.initial, weight, way)
    return _said(scope, draft, [node], initial=ways)


def set_parametrized(scope: Scope, node: str, weight: str, way: Way | None) -> Change:
    """Say of what a weight of a node is made; None lets it learn itself."""
    draft = scope.draft(f"Make {weight} of others" if way is not None else f"Let {weight} learn itself")
    ways = _with(scope.body.nodes[node].learning.parametrized, weight, way)
    return _said(scope, draft, [node], parametrized=ways)


def set_frozen(scope: Scope, nodes: Iterable[str], frozen: bool) -> Change:
    """Let nothing in nodes learn, or all of it again."""
    return _said(scope, scope.draft("Freeze" if frozen else "Let learn"), nodes, frozen=frozen)


def set_rate(scope: Scope, nodes: Iterable[str], rate: float) -> Change:
    """Say what the learning rate of nodes is multiplied by."""
    return _said(scope, scope.draft("Learning rate"), nodes, rate=rate)


def _with(ways: Mapping[str, Way], weight: str, way: Way | None) -> dict[str, Way]:
    rest = {key: item for key, item in ways.items() if key != weight}
    return rest if way is None else {**rest, weight: way}


def _said(scope: Scope, draft: Draft, nodes: Iterable[str], **values: Any) -> Change:
    """Say something of how nodes learn, and of all that share their weights."""
    for name in dict.fromkeys(member for node in nodes for member in (node, *partners(scope, node))):
        old = scope.body.nodes[name]
        draft.put(f"nodes.{name}", replace(old, learning=replace(old.learning, **values)))
    return draft.change()
