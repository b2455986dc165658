"""What a layer of a graph is for: titles on the way to it, its kind, and the port that it feeds."""

from __future__ import annotations

from torch import nn

from grapheditor.compile.words import words
from grapheditor.graph import Body, Graph

GATES = frozenset({"gelu", "sigmoid", "relu", "relu6"})
"""Behind these a product makes a layer the gate of what it is multiplied with (Dauphin et al. 2017)."""


NORMS = (nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.modules.batchnorm._BatchNorm)


def purpose(owner: str, graph: Graph, module: nn.Module) -> frozenset[str]:
    """Return words for a layer of a compiled graph. owner: the path to it, as in ``blocks.0.attention.query``."""
    part = dict(module.named_modules()).get(owner)
    found = {"embedding"} if isinstance(part, nn.Embedding) else set[str]()
    body: Body = graph
    for name in owner.split("."):
        node = body.nodes.get(name)
        if node is None:
            continue  # the number of a copy, or what the printer added
        found |= words(node.title)
        if node.operator in body.modules:
            body = body.modules[node.operator]
            continue
        found |= _part(body, name)
        if isinstance(part, NORMS):  # a norm is called after what it is before
            for end in body.out_of(name):
                found |= words(end.node) | _part(body, end.node)
    return frozenset(found)


def _part(body: Body, name: str) -> set[str]:
    """Return what a node does in attention or in a gated product, by the ports that it feeds."""
    found: set[str] = set()
    for end in body.out_of(name):
        operator = body.nodes[end.node].operator
        if operator == "attention":
            found |= {end.port, "attention"}
        if operator in GATES and any(_multiplies(body, further.node) for further in body.out_of(end.node)):
            found |= {"gate", "feedforward"}
        if _multiplies(body, end.node) and any(
            start.node != name and body.nodes[start.node].operator in GATES for start in body.into(end.node).values()
        ):
            found |= {"up", "feedforward"}
    return found


def _multiplies(body: Body, name: str) -> bool:
    return body.nodes[name].operator == "multiply"
