"""How a node's weights learn, as it stands in the source: how they are drawn, of what they are made, what is frozen."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import nn

from grapheditor.authoring.expression import TRAINING, Construct, Word, walk
from grapheditor.authoring.names import meant
from grapheditor.authoring.options import Value
from grapheditor.compile.backend import MetaBackend
from grapheditor.compile.facts import NodeInfo
from grapheditor.compile.link import Linked
from grapheditor.compile.record import Weight
from grapheditor.compile.text import literal_of
from grapheditor.graph import Node, Problem
from grapheditor.graph.arithmetic import parse
from grapheditor.graph.learning import INITIALIZERS, PARAMETRIZATIONS, Declared, Learning, Way

Keywords = tuple[tuple[str, Value], ...]
OTHERWISE = re.compile(r"nn\.(Batch|Instance)Norm|Dropout|RReLU|Transformer|MultiheadAttention|FractionalMaxPool")
"""Layers that act otherwise while they are trained than after."""
RECURRENT = re.compile(r"nn\.(RNN|GRU|LSTM)$")
"""They do so where they drop features between their layers."""
PARAMETER = "nn.Parameter"
GIVEN: Mapping[str, Mapping[str, Value]] = {
    "orthogonal": {"orthogonal_map": "householder", "use_trivialization": False}
}
"""What a parametrisation is always told: torch's other ways of a rotation know no sizes without numbers."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that is said of weights one by one: its field in a file, its verb, what there is, how torch does it."""

    option: str
    verb: str
    done: str
    known: Mapping[str, Declared]
    function: Callable[[str], Callable[..., object]]
    refused: Callable[[str, Keywords, tuple[int, ...]], str]


def check_learning(node: Node, info: NodeInfo) -> Iterator[Problem]:
    """Yield what is wrong with how a node's weights are drawn, and with what they are made of."""
    for kind, ways in ((DRAWN, node.learning.initial), (MADE, node.learning.parametrized)):
        if not ways or info.bypassed:
            continue
        if any(copy.inside is not None for copy in info.instances):
            text = f"How weights are {kind.done} is said of the layers in a module."
            yield Problem("error", text, node.id, option=kind.option)
            continue
        held = {weight.key: weight for copy in info.instances for weight in copy.held if weight.trained}
        for name, way in ways.items():
            text = _wrong(kind, name, way, held)
            if text:
                yield Problem("error", text, node.id, option=kind.option)


def _wrong(kind: Kind, name: str, way: Way, held: Mapping[str, Weight]) -> str:
    """Say why a weight cannot be drawn or made so; empty where it can."""
    if name not in held:
        known = f"it has {' and '.join(held)}" if held else "it has no weights"
        return f"There is no weight {name} that could be {kind.done} by {way.name}; {known}.{meant(name, held)}"
    if kind is MADE and not held[name].name:
        return f"{way.name} cannot make {name}: only weights of layers can be made of others."
    refused = kind.refused(way.name, _keywords(kind, way), held[name].shape)
    shape = "×".join(map(str, held[name].shape)) or "a number"
    return f"{way.name} cannot {kind.verb} {name} ({shape}): {refused}." if refused else ""


# What torch does


def _initializer(name: str) -> Callable[..., object]:
    made: Callable[..., object] = getattr(nn.init, f"{name}_")
    return made


def _parametrization(name: str) -> Callable[..., object]:
    made: Callable[..., object] = getattr(nn.utils.parametrizations, name)
    return made


@cache
def _draw(name: str, keywords: Keywords, shape: tuple[int, ...]) -> str:
    """Return why torch does not draw a weight of this shape so, in its words; empty where it does."""
    few = shape if name == "dirac" else tuple(min(size, 4) for size in shape)
    try:
        with torch.random.fork_rng(devices=[]):
            _initializer(name)(torch.empty(few), **dict(keywords))
    except (ValueError, RuntimeError, TypeError, ZeroDivisionError) as error:
        return _sentence(error)
    return ""


@cache
def _make(name: str, keywords: Keywords, shape: tuple[int, ...]) -> str:
    """Return why torch does not make a weight of this shape so, in its words; empty where it does."""
    try:
        _parts(name, keywords, shape)
    except (ValueError, RuntimeError, TypeError, IndexError) as error:
        return _sentence(error)
    return ""


def _sentence(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


@cache
def _parts(name: str, keywords: Keywords, shape: tuple[int, ...]) -> tuple[tuple[str, tuple[int, ...], bool], ...]:
    """Return what a weight of this shape is made of: names behind the layer's, sizes, and whether each is learned."""
    layer = nn.Module()
    layer.register_parameter("weight", nn.Parameter(torch.empty(shape, device="meta")))
    _parametrization(name)(layer, "weight", **dict(keywords))
    learned = [(key, tuple(item.shape), True) for key, item in layer.named_parameters()]
    return (*learned, *((key, tuple(item.shape), False) for key, item in layer.named_buffers()))


DRAWN = Kind("initial", "draw", "drawn", INITIALIZERS, _initializer, _draw)
MADE = Kind("parametrized", "make", "made", PARAMETRIZATIONS, _parametrization, _make)


def _keywords(kind: Kind, way: Way) -> Keywords:
    """Return the arguments that are not as torch has them, and those that torch has no value for."""
    needed = inspect.signature(kind.function(way.name)).parameters
    found = [
        (option.name, option.check(way.settings.get(option.name, option.default)), option.default)
        for option in kind.known[way.name].options
    ]
    empty = inspect.Parameter.empty
    given = GIVEN.get(way.name, {}) if kind is MADE else {}
    said = ((name, value) for name, value, usual in found if value != usual or needed[name].default is empty)
    return (*said, *given.items())


def with_parametrized(info: NodeInfo, learning: Learning) -> NodeInfo:
    """Return what is known of a node with the weights that it has where some are made of others."""
    if not learning.parametrized:
        return info
    copies = None if info.copies is None else tuple(with_parametrized(copy, learning) for copy in info.copies)
    held = tuple(part for weight in info.held for part in _made_of(weight, info, learning))
    more = sum(item.size for item in held if item.trained) - sum(item.size for item in info.held if item.trained)
    parameters = info.parameters + more if copies is None else sum(copy.parameters for copy in copies)
    return replace(info, held=held, copies=copies, parameters=parameters)


def _made_of(weight: Weight, info: NodeInfo, learning: Learning) -> Iterator[Weight]:
    way = learning.parametrized.get(weight.key) if weight.trained and weight.name else None
    keywords = () if way is None else _keywords(MADE, way)
    if way is None or _make(way.name, keywords, weight.shape):
        yield weight
        return
    turned = way.name == "spectral_norm" and "ConvTranspose" in info.recording.constructs[weight.construct].function
    prefix, dot, name = weight.name.rpartition(".")
    for part, shape, trained in _parts(way.name, (*keywords, ("dim", 1)) if turned else keywords, weight.shape):
        inner = part.replace("parametrizations.weight.", f"parametrizations.{name}.")
        yield replace(weight, name=f"{prefix}{dot}{inner}", shape=shape, trained=trained)


# Printing


def written_learning(linked: Linked, name: str) -> Iterator[str]:
    """Yield the lines by which the constructor draws a node's weights and makes them of others, by their names."""
    learning = linked.graph.nodes[name].learning
    for kind, ways in ((DRAWN, learning.initial), (MADE, learning.parametrized)):
        for key, way in sorted(ways.items()):
            yield from _written(linked, name, kind, key, way)


def _written(linked: Linked, node: str, kind: Kind, key: str, way: Way) -> Iterator[str]:
    constructs = {construct.name: construct for construct in linked.constructs[node]}
    head, _, rest = key.partition(".")
    construct, inner = (constructs[head], rest) if head in constructs else (constructs[None], key)
    attribute = f"self.{linked.attributes[id(construct)]}"
    if linked.graph.nodes[node].repeat == 1:
        yield _call(kind, way, attribute, construct, inner)
        return
    each = linked.scope.free("layer")
    yield f"for {each} in {attribute}:"
    yield f"    {_call(kind, way, each, None, inner)}"


def _call(kind: Kind, way: Way, layer: str, construct: Construct | None, weight: str) -> str:
    """Write a call of what draws a weight, or makes it of others. construct: None where only torch knows the layer."""
    keywords = [f"{name}={literal_of(value)}" for name, value in _keywords(kind, way)]
    if kind is DRAWN:
        return f"nn.init.{way.name}_({', '.join([_weight(layer, construct, weight), *keywords])})"
    inner, dot, last = weight.rpartition(".")
    given = [f"{layer}{dot}{inner}", *([] if last == "weight" else [f'"{last}"']), *keywords]
    return f"nn.utils.parametrizations.{way.name}({', '.join(given)})"


def _weight(layer: str, construct: Construct | None, name: str) -> str:
    """Write a layer's weight, so that a type checker knows it for a tensor."""
    if construct is not None and construct.function == PARAMETER:
        return layer
    kinds = inspect.getmro(MetaBackend().resolve(construct.function)) if construct is not None else ()
    declared = next(
        (kind.__annotations__[name] for kind in kinds if name in vars(kind).get("__annotations__", {})), None
    )
    known = declared in (torch.Tensor, "Tensor")
    return f"{layer}.{name}" if known else f'{layer}.get_parameter("{name}")'


def condition_of(linked: Linked, name: str) -> str | None:
    """Return the condition under which a node is there in some uses of a class and not in others."""
    if not linked.scope.conditional(name):
        return None
    return linked.scope.term(parse(linked.graph.nodes[name].when))


def frozen(linked: Linked) -> Iterator[tuple[str, str]]:
    """Yield the nodes of a class that do not learn, with each attribute that they have in it."""
    for name in linked.used():
        if linked.graph.nodes[name].learning.frozen:
            for construct in linked.constructs[name]:
                yield name, linked.attributes[id(construct)]


def still(linked: Linked) -> Iterator[str]:
    """Yield the attributes of nodes that do not learn and would act otherwise while the rest does."""
    for name, attribute in frozen(linked):
        if _acts_otherwise(linked.nodes[name]):
            yield attribute


def _acts_otherwise(info: NodeInfo, *, inside: bool = False) -> bool:
    """Tell whether a node acts otherwise in training. inside: it belongs to a module, which says if that is now."""
    for copy in info.instances:
        if any(weight.name.endswith("._u") for weight in copy.held):  # of spectral_norm, which steps in training
            return True
        if copy.inside is not None:
            if any(_acts_otherwise(part, inside=True) for part in copy.inside.nodes.values()):
                return True
        elif copy.recordings:
            made, steps = copy.recording.constructs, walk(copy.recording.outputs if inside else ())
            if any(map(_is_otherwise, made)) or any(isinstance(step, Word) and step.text == TRAINING for step in steps):
                return True
    return False


def _is_otherwise(layer: Construct) -> bool:
    drops = any(name == "dropout" and getattr(value, "value", None) != 0 for name, value in layer.keywords)
    return bool(OTHERWISE.search(layer.function)) or (bool(RECURRENT.match(layer.function)) and drops)
