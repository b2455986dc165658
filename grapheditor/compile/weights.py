"""Weights from elsewhere: finds which tensor of a state dict is which weight of a network, by structure alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from grapheditor.compile import symbols
from grapheditor.compile.alignment import Alignment, Network, align
from grapheditor.compile.dataflow import watched
from grapheditor.compile.program import Program

COUNTER = "num_batches_tracked"
"""A batch norm's count of batches: older state dicts lack it, and nothing is computed from it in the usual setting."""


class MatchError(ValueError):
    """A tensor has no partner; ``name`` is its name."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.message = message
        self.name = name


@dataclass(frozen=True, slots=True)
class Match:
    """Which tensor of a state dict each weight of a network takes.

    names: of the network's weights those with a partner, and its name in the state dict. unused: what of the state dict
    has none. missing: what of the network has none. tensors, numbers: which share of the state dict's carries over.
    """

    names: Mapping[str, str]
    unused: tuple[str, ...]
    missing: tuple[str, ...]
    tensors: float
    numbers: float

    def take(self, source: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Return the tensors under the network's names, for ``module.load_state_dict(..., strict=False)``."""
        return {own: source[name] for own, name in self.names.items()}

    def __str__(self) -> str:
        text = f"{self.tensors:.0%} of the tensors and {self.numbers:.1%} of the numbers carry over"
        return f"{text}; {len(self.missing)} of the network's stay as they are" if self.missing else text


@dataclass(frozen=True, slots=True)
class Layer:
    """Tensors that belong together: of each its role, such as weight or running_mean, its name and its sizes."""

    tensors: tuple[tuple[str, str, tuple[int, ...]], ...]

    @property
    def kind(self) -> Hashable:
        """What layers have in common that can be partners: roles and sizes."""
        return tuple(sorted((role, shape) for role, _, shape in self.tensors if role != COUNTER))

    @property
    def family(self) -> Hashable:
        """What it is whatever its sizes: its roles, and how many dimensions each has."""
        return tuple(sorted((role, len(shape)) for role, _, shape in self.tensors if role != COUNTER))

    @property
    def first(self) -> tuple[str, str]:
        """Return the name of its first tensor, and how a sentence names it."""
        _, name, shape = self.tensors[0]
        return name, f"{name} ({'×'.join(map(str, shape)) or 'a single number'})"


def match(source: Mapping[str, torch.Tensor], program: Program, *, partial: bool = False) -> Match:
    """Find the partners of a state dict's tensors among the weights of a compiled graph's module.

    Names do not count, apart from what they say of structure: tensors with one owner (``layer1.0.bn1.weight`` and
    ``layer1.0.bn1.bias``) are a layer, and the last word is their role in it. Partners are layers with the same roles
    and sizes. Where several would do, the order in which the state dict has them decides, together with the way of the
    data through the graph: a program defines a layer behind those that its input comes from, and a branch from its
    beginning to its end before it goes to the next. Branches may be defined in any order, a shortcut before or behind
    what it goes past. Of branches that are alike in all, the first defined is the first where they meet. Where a
    program defines all its convolutions before all its norms, the order counts within each family only. A state dict
    with all of the network's own names is taken by them.

    partial: layers on both sides may stay without a partner, as few as possible, as with another head. Otherwise
    MatchError names the first tensor that has none.
    """
    source = _untied(source)
    defined = _layers({name: tuple(value.shape) for name, value in source.items()})
    with torch.device("meta"):
        module = program.module().train()
    weights = _untied(module.state_dict(keep_vars=True))
    if {name: value.shape for name, value in source.items()} == {name: item.shape for name, item in weights.items()}:
        return _report(source, weights, {name: name for name in weights})
    own, before = _network(module, weights, program)
    if not partial:
        _refuse_without_partner(defined, own)
    found = _aligned(defined, own, before, partial)
    if found is None:
        raise MatchError("There are too many ways in which these weights could belong to the network.", "")
    if found.skipped and not partial:
        name, shown = defined[found.reached].first
        raise MatchError(f"{shown} has no partner: it is not defined in an order in which the network could run.", name)
    names: dict[str, str] = {}
    for layer, place in found.partners.items():
        roles = {role: name for role, name, _ in defined[place].tensors}
        names.update({name: roles[role] for role, name, _ in own[layer].tensors if role in roles})
    return _report(source, weights, names)


def _layers(shapes: Mapping[str, tuple[int, ...]]) -> list[Layer]:
    """Group tensors by their owners, in their order; a tensor of an owner that holds layers is a layer of its own.

    A single tensor has no role: positions are learned by an embedding's weight here and by a bare parameter there.
    """
    owners = [name.rpartition(".")[0] for name in shapes]
    holders = {""} if any(owners) else set()
    for owner in owners:
        parts = owner.split(".")
        holders |= {".".join(parts[:i]) for i in range(1, len(parts))}
    groups: dict[str, list[tuple[str, str, tuple[int, ...]]]] = {}
    for (name, shape), owner in zip(shapes.items(), owners, strict=True):
        alone = owner in holders
        groups.setdefault(name if alone else owner, []).append((name.rpartition(".")[2], name, shape))
    return [
        Layer(tuple(group) if len(group) > 1 else (("", name, shape),))
        for group in groups.values()
        for _, name, shape in group[:1]
    ]


def _untied(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return a state dict without the tensors that are others under a second name."""
    found: dict[str, torch.Tensor] = {}
    seen: set[tuple[int, torch.Size]] = set()
    for name, value in state.items():
        place = (value.data_ptr() or id(value), value.shape)  # on the meta device no tensor has an address
        if place not in seen:
            found[name] = value
        seen.add(place)
    return found


def _network(
    module: nn.Module, state: Mapping[str, torch.Tensor], program: Program
) -> tuple[list[Layer], list[list[int]]]:
    """Return a module's layers, what runs first first, and the ones directly before each. state: its tensors."""
    layers = _layers({name: tuple(value.shape) for name, value in state.items()})
    weights = [(state[name], i) for i, layer in enumerate(layers) for _, name, _ in layer.tensors]
    flow, order = watched(_runs(module, program), weights)
    order += [i for i in range(len(layers)) if i not in set(order)]
    place = {layer: i for i, layer in enumerate(order)}
    return [layers[i] for i in order], [[place[other] for other in flow.get(i, ())] for i in order]


def _runs(module: nn.Module, program: Program) -> list[Callable[[], Any]]:
    """Return what runs a module on the meta device: ``forward``, and ``objective`` where there is one."""
    point = program.analysis.at(2)

    def given(names: Sequence[str]) -> list[torch.Tensor]:
        kinds = [program.analysis.nodes[name].outputs["out"].dtype for name in names]
        shapes = [[symbols.value(size, point) for size in program.input_shape(name)] for name in names]
        return [
            torch.empty(shape, dtype=getattr(torch, kind), device="meta")
            for shape, kind in zip(shapes, kinds, strict=True)
        ]

    runs: list[Callable[[], Any]] = [lambda: module(*given(program.inputs))]
    if program.objective_inputs:
        objective: Any = module.objective
        runs.append(lambda: objective(*given(program.objective_inputs)))
    return runs


def _aligned(
    defined: Sequence[Layer], own: Sequence[Layer], before: Sequence[Sequence[int]], partial: bool
) -> Alignment | None:
    """Align what has a partner at all: in the order of definition, else in that of each family."""
    kinds = [layer.kind for layer in own]
    places = [place for place, layer in enumerate(defined) if layer.kind in set(kinds)]
    wanted = [defined[place].kind for place in places]
    found = align(wanted, Network(kinds, before), partial=partial)
    if found is None or found.skipped:
        looser = align(wanted, Network(kinds, before, [layer.family for layer in own]), partial=partial)
        if looser is not None and (found is None or looser.skipped < found.skipped):
            found = looser
    if found is None:
        return None
    partners = {layer: places[place] for layer, place in found.partners.items()}
    reached = places[found.reached] if found.reached < len(places) else len(defined)
    return Alignment(partners, len(defined) - len(partners), reached)


def _refuse_without_partner(defined: Sequence[Layer], own: Sequence[Layer]) -> None:
    """Raise MatchError where layers cannot be paired by roles and sizes alone."""
    theirs, ours = _first_without(defined, own), _first_without(own, defined)
    if theirs is not None:
        hint = "" if ours is None else f" The first weight of the network that is left over is {ours[1]}."
        raise MatchError(f"{theirs[1]} has no partner among the weights of the network.{hint}", theirs[0])
    if ours is not None:
        raise MatchError(f"The network's {ours[1]} has no partner in the state dict.", ours[0])


def _first_without(some: Sequence[Layer], others: Sequence[Layer]) -> tuple[str, str] | None:
    left = Counter(layer.kind for layer in others)
    for layer in some:
        left[layer.kind] -= 1
        if left[layer.kind] < 0:
            return layer.first
    return None


def _report(source: Mapping[str, torch.Tensor], weights: Mapping[str, torch.Tensor], names: Mapping[str, str]) -> Match:
    used = set(names.values())
    carried, whole = (sum(source[name].numel() for name in some) for some in (used, source))
    return Match(
        names={name: names[name] for name in weights if name in names},
        unused=tuple(name for name in source if name not in used),
        missing=tuple(name for name in weights if name not in names),
        tensors=len(used) / max(1, len(source)),
        numbers=carried / max(1, whole),
    )
