"""How a node's weights learn, as it stands in the source: how they are drawn, and that nothing in it changes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache

import torch
from torch import nn

from grapheditor.authoring.expression import Construct
from grapheditor.authoring.names import meant
from grapheditor.authoring.options import Value
from grapheditor.compile.backend import MetaBackend
from grapheditor.compile.facts import NodeInfo
from grapheditor.compile.link import Linked
from grapheditor.compile.text import literal_of
from grapheditor.graph import Node, Problem
from grapheditor.graph.arithmetic import parse
from grapheditor.graph.initial import INITIALIZERS, Initial

OTHERWISE = re.compile(r"nn\.(Batch|Instance)Norm|Dropout|RReLU|Transformer|MultiheadAttention|FractionalMaxPool")
"""Layers that act otherwise while they are trained than after."""
PARAMETER = "nn.Parameter"


def check_learning(node: Node, info: NodeInfo) -> Iterator[Problem]:
    """Yield what is wrong with how a node's weights are drawn."""
    if not node.initial or info.bypassed:
        return
    if any(copy.inside is not None for copy in info.instances):
        yield Problem("error", "How weights are drawn is said of the layers in a module.", node.id, option="initial")
        return
    held = {weight.key: weight for copy in info.instances for weight in copy.held if weight.trained}
    for name, initial in node.initial.items():
        if name not in held:
            known = f"it has {' and '.join(held)}" if held else "it has no weights"
            text = f"There is no weight {name} that could be drawn by {initial.name}; {known}.{meant(name, held)}"
            yield Problem("error", text, node.id, option="initial")
            continue
        refused = _refused(initial.name, _keywords(initial), held[name].shape)
        if refused:
            shape = "×".join(map(str, held[name].shape)) or "a number"
            text = f"{initial.name} cannot draw {name} ({shape}): {refused}."
            yield Problem("error", text, node.id, option="initial")


@cache
def _refused(name: str, keywords: tuple[tuple[str, Value], ...], shape: tuple[int, ...]) -> str:
    """Return why torch does not draw a weight of this shape so, in its words; empty where it does."""
    few = shape if name == "dirac" else tuple(min(size, 4) for size in shape)
    try:
        with torch.random.fork_rng(devices=[]):
            _function(name)(torch.empty(few), **dict(keywords))
    except (ValueError, RuntimeError, TypeError, ZeroDivisionError) as error:
        return str(error).partition("\n")[0].rstrip(".")
    return ""


def _function(name: str) -> Callable[..., torch.Tensor]:
    made: Callable[..., torch.Tensor] = getattr(nn.init, f"{name}_")
    return made


def written_initials(linked: Linked, name: str) -> Iterator[str]:
    """Yield the lines by which the constructor draws a node's weights, in the order of their names."""
    node, constructs = linked.graph.nodes[name], linked.constructs[name]
    made = {construct.name: construct for construct in constructs}
    for key, initial in sorted(node.initial.items()):
        part, _, weight = key.rpartition(".")
        construct = made.get(part or None) or made.get(key)
        if construct is None:
            continue
        attribute = f"self.{linked.attributes[id(construct)]}"
        if node.repeat == 1:
            yield _call(initial, _weight(attribute, construct, weight))
            continue
        each = linked.scope.free("layer")
        yield f"for {each} in {attribute}:"
        call = _call(initial, f'{each}.get_parameter("{weight}")')
        yield f"    {call}"


def _weight(attribute: str, construct: Construct, name: str) -> str:
    """Write a layer's weight, so that a type checker knows it for a tensor."""
    if construct.function == PARAMETER:
        return attribute
    kinds = inspect.getmro(MetaBackend().resolve(construct.function))
    declared = next(
        (kind.__annotations__[name] for kind in kinds if name in vars(kind).get("__annotations__", {})), None
    )
    known = declared in (torch.Tensor, "Tensor")
    return f"{attribute}.{name}" if known else f'{attribute}.get_parameter("{name}")'


def _call(initial: Initial, weight: str) -> str:
    """Write a call of torch.nn.init."""
    given = [weight, *(f"{name}={literal_of(value)}" for name, value in _keywords(initial))]
    return f"nn.init.{initial.name}_({', '.join(given)})"


def _keywords(initial: Initial) -> tuple[tuple[str, Value], ...]:
    """Return the arguments that are not as torch has them, and those that torch has no value for."""
    needed = inspect.signature(_function(initial.name)).parameters
    found = [
        (option.name, option.check(initial.settings.get(option.name, option.default)), option.default)
        for option in INITIALIZERS[initial.name].options
    ]
    empty = inspect.Parameter.empty
    return tuple((name, value) for name, value, usual in found if value != usual or needed[name].default is empty)


def condition_of(linked: Linked, name: str) -> str | None:
    """Return the condition under which a node is there in some uses of a class and not in others."""
    if not linked.scope.conditional(name):
        return None
    return linked.scope.term(parse(linked.graph.nodes[name].when))


def frozen(linked: Linked) -> Iterator[tuple[str, str]]:
    """Yield the nodes of a class that do not learn, with each attribute that they have in it."""
    for name in linked.used():
        if linked.graph.nodes[name].frozen:
            for construct in linked.constructs[name]:
                yield name, linked.attributes[id(construct)]


def still(linked: Linked) -> Iterator[str]:
    """Yield the attributes of nodes that do not learn and would act otherwise while the rest does."""
    for name, attribute in frozen(linked):
        if _acts_otherwise(linked.nodes[name]):
            yield attribute


def _acts_otherwise(info: NodeInfo) -> bool:
    for copy in info.instances:
        if copy.inside is not None and any(map(_acts_otherwise, copy.inside.nodes.values())):
            return True
        if copy.recordings and any(OTHERWISE.search(item.function) for item in copy.recording.constructs):
            return True
    return False
