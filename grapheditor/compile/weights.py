"""Weights from elsewhere: finds which tensor of a state dict is which weight of a network."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from grapheditor.compile import symbols
from grapheditor.compile.alignment import Alignment, Network, align
from grapheditor.compile.dataflow import watched
from grapheditor.compile.layers import Layer, in_order_of_definition, layers, surplus, unfused, untied
from grapheditor.compile.matched import Match, MatchError, Piece, State, Unclear
from grapheditor.compile.places import purpose
from grapheditor.compile.program import Program
from grapheditor.compile.ties import once_here, once_there
from grapheditor.compile.walk import Walk, walk
from grapheditor.compile.words import Contradicts, contradictions


def match(source: State, program: Program, *, partial: bool = False, rename: Sequence[tuple[str, str]] = ()) -> Match:
    """Find the partners of a state dict's tensors among the weights of a compiled graph's module.

    Tensors with one owner (``layer1.0.bn1.weight`` and ``layer1.0.bn1.bias``) are a layer, and the last word is their
    role in it. Partners are layers with the same roles and sizes. Where several would do, it is decided by, in this
    order:

    1. ``rename``: pairs of the beginning of a name in the state dict and in the network, where ``*`` stands for one
       part (``("layers.*.a", "blocks.*.query")``). What one side of a pair names is partner of what the other does.
    2. The words that layers have in common (``q_proj`` and ``query``): in the network also those of titles, of the kind
       of layer, and of what it feeds.
    3. The way of the data and the order in which the state dict has its layers, if that can be the order in which a
       program defined them: behind those that the input comes from, a branch from its beginning to its end before the
       next. Branches may be defined in any order, a shortcut before or behind what it goes past. Where a program
       defines all its convolutions before all its norms, the order counts within each family only.
    4. If the order says nothing, as in a file that sorts its names, the structure of the names: what begins alike runs
       together, lists are counted upwards, and repeated blocks are one beside the other.

    Where another assignment would be as good, ``Match.unclear`` has it. A weight that holds several layers below each
    other (``in_proj_weight``) is taken apart, or put together. An embedding and a head of one size may be two tensors
    on one side and one on the other.

    Where at least half of the tensors, of the side that has fewer, have one name and one size on both sides, it is the
    same network, which somebody may have edited since: these are taken by their names, and only the rest as above.

    partial: layers on both sides may stay without a partner, as few as possible, as with another head. Otherwise
    MatchError names the first tensor that has none.
    """
    with torch.device("meta"):
        module = program.module().train()
    state = module.state_dict(keep_vars=True)
    weights = untied(state)
    if not rename and _same_names(source, state, weights):
        return _report(source, weights, {name: _whole(name, value) for name, value in weights.items()}, (), ())
    distinct = untied(source)
    named: dict[str, Piece] = {}
    ordered = in_order_of_definition(list(distinct))
    theirs = layers(
        {name: tuple(distinct[name].shape) for name in (distinct if ordered else sorted(distinct, key=_natural))}
    )
    own = [
        replace(layer, words=layer.words | purpose(layer.owner, program.graph, module))
        for layer in layers({name: tuple(value.shape) for name, value in weights.items()})
    ]
    if not rename:
        named, theirs, own = _by_name(theirs, own, partial)
    theirs, own = _marked(theirs, own, rename)
    theirs, second = once_here(theirs, own, distinct)
    own, shared = once_there(theirs, own, module)
    found = _assigned(theirs, own, _runs(module, program), weights, partial, ordered)
    pieces = named | _pieces(found, weights)
    notes = [f"{name} is the same as {other}, and the network has it once." for name, other in second.items()]
    for name, other in shared.items():
        if other in pieces:
            pieces[name] = replace(pieces[other], shape=tuple(weights[name].shape))
            notes.append(f"{name} takes {pieces[other]} too, as {other} does: the state dict has it once.")
    notes += found.notes
    rest = {name: value for name, value in distinct.items() if name not in second}
    return _report(rest, weights, pieces, _unclear(found), tuple(notes))


@dataclass(frozen=True, slots=True)
class _Found:
    """Layers of both sides, fused ones apart; the partner of each of ours, and which ones would be as good."""

    theirs: Sequence[Layer]
    own: Sequence[Layer]
    partners: Mapping[int, int]
    choices: Mapping[int, frozenset[int]]
    notes: tuple[str, ...]


def _assigned(
    theirs: Sequence[Layer],
    own: Sequence[Layer],
    runs: Sequence[Callable[[], Any]],
    weights: State,
    partial: bool,
    ordered: bool,
) -> _Found:
    """Pair the layers of both sides; MatchError where that cannot be."""
    their_parts, own_parts = unfused(theirs, own), unfused(own, theirs)
    theirs = [layer for made in their_parts for layer in made]
    own, before = _network(own_parts, runs, weights)
    if not partial:
        _refuse_without_partner(theirs, own)
    kinds = {layer.kind for layer in own}
    places = [place for place, layer in enumerate(theirs) if layer.kind in kinds]
    known = [theirs[place] for place in places]
    against = _against(known, own)
    whole = not surplus(theirs, own) and not surplus(own, theirs)
    aligned = _aligned(known, own, before, not whole, against) if ordered else None
    found: Alignment | Walk | None = None if aligned is None or (aligned.skipped and whole) else aligned
    notes: list[str] = []
    if found is None or _words(found, against):
        there, here = ([(layer.label, layer.kind) for layer in some] for some in (known, own))
        walked = walk(there, here, against)
        if found is None:
            notes = _out_of_turn(
                known, walked.partners, Network([layer.kind for layer in own], before), None if partial else aligned
            )
        if found is None or (whole and _words(walked, against) < _words(found, against)):
            found = walked
    for made in their_parts:
        if len(made) > 1:
            notes.append(f"{made[0].owner} is taken apart into {len(made)} layers, in the order of its rows.")
    for made in own_parts:
        if len(made) > 1:
            notes.append(f"{made[0].owner} is put together of {len(made)} layers.")
    return _Found(
        theirs,
        own,
        {layer: places[place] for layer, place in found.partners.items()},
        {layer: frozenset(places[place] for place in some) for layer, some in found.choices.items()},
        tuple(notes),
    )


def _aligned(
    theirs: Sequence[Layer], own: Sequence[Layer], before: Sequence[Sequence[int]], partial: bool, against: Contradicts
) -> Alignment | None:
    """Align what has a partner at all: in the order of definition, else in that of each family."""
    kinds, wanted = [layer.kind for layer in own], [layer.kind for layer in theirs]
    found = align(wanted, Network(kinds, before), partial=partial, against=against)
    if found is None or found.skipped:
        families = Network(kinds, before, [layer.family for layer in own])
        looser = align(wanted, families, partial=partial, against=against)
        if looser is not None and (found is None or looser.skipped < found.skipped):
            found = looser
    return found


def _words(found: Alignment | Walk, against: Contradicts) -> int:
    """Return how many words speak against an assignment."""
    return sum(against(place, layer) for layer, place in found.partners.items())


def _against(theirs: Sequence[Layer], own: Sequence[Layer]) -> Contradicts:
    alike: dict[object, tuple[list[int], list[int]]] = {}
    for side, some in enumerate((theirs, own)):
        for i, layer in enumerate(some):
            alike.setdefault(layer.kind, ([], []))[side].append(i)
    return contradictions([layer.words for layer in theirs], [layer.words for layer in own], alike.values())


def _same_names(source: State, state: State, weights: State) -> bool:
    """Tell whether a state dict has all of a network's own names, and perhaps second names of what is tied."""
    return weights.keys() <= source.keys() <= state.keys() and all(
        source[name].shape == state[name].shape for name in source
    )


def _by_name(
    theirs: Sequence[Layer], own: Sequence[Layer], partial: bool
) -> tuple[dict[str, Piece], list[Layer], list[Layer]]:
    """Return the weights whose layers have one name on both sides, and the layers of each that are left.

    All that both sides have of such a layer is of one size; where all must be taken, both have the same of it. It is
    nothing unless it is half of what there is: a name like ``conv1`` alone says little of another's network.
    """
    there = {layer.owner: layer for layer in theirs}
    found: dict[str, Piece] = {}
    owners: set[str] = set()
    agree = 0
    for layer in own:
        other = there.get(layer.owner)
        if other is None:
            continue
        both = layer.sizes.keys() & other.sizes.keys()
        alike = all(layer.sizes[name] == other.sizes[name] for name in both)
        if both and alike and (partial or layer.sizes == other.sizes):
            owners.add(layer.owner)
            agree += len(both)
            names = {name for _, name, _ in other.tensors}
            found |= {name: Piece((name,), (None,), shape) for _, name, shape in layer.tensors if name in names}
    if 2 * agree < min(sum(len(layer.sizes) for layer in some) for some in (theirs, own)):
        return {}, list(theirs), list(own)
    left = ([layer for layer in some if layer.owner not in owners] for some in (theirs, own))
    return found, next(left), next(left)


def _marked(
    theirs: Sequence[Layer], own: Sequence[Layer], rename: Sequence[tuple[str, str]]
) -> tuple[list[Layer], list[Layer]]:
    """Note in each layer which of the caller's pairs mean it."""
    sides = []
    for side, some, where in ((0, theirs, "in the state dict"), (1, own, "in the network")):
        patterns = [_beginning(pair[side]) for pair in rename]
        marked = [
            replace(
                layer, marks=tuple(any(pattern.match(name) for _, name, _ in layer.tensors) for pattern in patterns)
            )
            for layer in some
        ]
        for i, pair in enumerate(rename):
            if not any(layer.marks[i] for layer in marked):
                raise MatchError(f"No name {where} begins with {pair[side]}.", pair[side])
        sides.append(marked)
    return sides[0], sides[1]


def _beginning(text: str) -> re.Pattern[str]:
    parts = (r"[^.]+".join(map(re.escape, part.split("*"))) for part in text.rstrip(".").split("."))
    return re.compile(r"\.".join(parts) + r"(?=\.|\[|_weight$|_bias$|$)")


def _network(
    made: Sequence[Sequence[Layer]], runs: Sequence[Callable[[], Any]], weights: State
) -> tuple[list[Layer], list[list[int]]]:
    """Return a module's layers, what runs first first, and the ones directly before each. made: their parts."""
    owned = [(weights[name], i) for i, parts in enumerate(made) for _, name, _ in parts[0].tensors]
    flow, order = watched(runs, owned)
    used = set(order)
    order += [i for i in range(len(made)) if i not in used]
    places: dict[int, list[int]] = {}
    for i in order:
        start = sum(map(len, places.values()))
        places[i] = list(range(start, start + len(made[i])))
    return (
        [layer for i in order for layer in made[i]],
        [[place for other in flow.get(i, ()) for place in places[other]] for i in order for _ in made[i]],
    )


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


def _refuse_without_partner(theirs: Sequence[Layer], own: Sequence[Layer]) -> None:
    """Raise MatchError where layers cannot be paired by roles and sizes alone."""
    spare, lacking = _first_without(theirs, own), _first_without(own, theirs)
    if spare is not None:
        hint = "" if lacking is None else f" The first weight of the network that is left over is {lacking[1]}."
        raise MatchError(f"{spare[1]} has no partner among the weights of the network.{hint}", spare[0])
    if lacking is not None:
        raise MatchError(f"The network's {lacking[1]} has no partner in the state dict.", lacking[0])


def _first_without(some: Sequence[Layer], others: Sequence[Layer]) -> tuple[str, str] | None:
    left = Counter(layer.kind for layer in others)
    for layer in some:
        left[layer.kind] -= 1
        if left[layer.kind] < 0:
            return layer.first
    return None


def _out_of_turn(
    theirs: Sequence[Layer], partners: Mapping[int, int], network: Network, aligned: Alignment | None
) -> list[str]:
    """Say where the numbers of a list go against the way of the data.

    MatchError where the order of definition does so too; aligned: what could be done by it, None where there is none.
    """
    lists: dict[str, list[tuple[int, int, int]]] = {}
    for layer, place in partners.items():
        pieces = theirs[place].owner.split(".")
        for depth, piece in enumerate(pieces):
            if piece.isdigit():
                lists.setdefault(".".join(pieces[:depth]), []).append((int(piece), layer, place))
    against = (
        (theirs[place], theirs[earlier])
        for items in lists.values()
        for number, layer, place in items
        for other, behind, earlier in items
        if other < number and network.ancestors[behind] >> layer & 1
    )
    first = next(against, None)
    if first is None:
        return []
    if aligned is not None:
        name, shown = theirs[aligned.reached].first
        text = f"{shown} has no partner: it is not defined in an order in which the network could run."
        raise MatchError(text, name)
    return [f"{first[0].owner} runs before {first[1].owner} here, against their numbers: is it the same network?"]


def _whole(name: str, like: torch.Tensor) -> Piece:
    return Piece((name,), (None,), tuple(like.shape))


def _pieces(found: _Found, weights: State) -> dict[str, Piece]:
    """Return where each weight comes from; the parts of one that was taken apart are put together in their order."""
    parts: dict[str, dict[int, tuple[str, tuple[int, int] | None]]] = {}
    for layer, place in found.partners.items():
        own, there = found.own[layer], found.theirs[place]
        roles = {role: (name, shape) for role, name, shape in there.tensors}
        for role, name, _ in own.tensors:
            if role in roles:
                partner, shape = roles[role]
                rows = there.rows(shape) if there.part[1] > 1 else None
                parts.setdefault(name, {})[own.part[0]] = partner, rows
    made = {name: [taken[i] for i in sorted(taken)] for name, taken in parts.items()}
    count = {name: own.part[1] for own in found.own for _, name, _ in own.tensors}
    return {
        name: Piece(tuple(item for item, _ in made[name]), tuple(rows for _, rows in made[name]), tuple(value.shape))
        for name, value in weights.items()
        if name in made and len(made[name]) == count[name]
    }


def _unclear(found: _Found) -> tuple[Unclear, ...]:
    """Return groups of our layers that share candidates, where one has several."""
    groups: list[tuple[list[int], set[int]]] = []
    for layer in sorted(found.partners):
        places = [layer]
        choices = set(found.choices.get(layer, ()))
        if len(choices) < 2:
            continue
        for group in [group for group in groups if group[1] & choices]:
            groups.remove(group)
            places, choices = group[0] + places, choices | group[1]
        groups.append((places, choices))
    return tuple(
        Unclear(
            tuple(found.own[layer].label for layer in places),
            tuple(found.theirs[place].label for place in sorted(choices)),
        )
        for places, choices in groups
    )


def _report(
    source: State,
    weights: State,
    pieces: Mapping[str, Piece],
    unclear: Sequence[Unclear],
    notes: Sequence[str],
) -> Match:
    used = {name for piece in pieces.values() for name in piece.names}
    carried, whole = (sum(source[name].numel() for name in some) for some in (used, source))
    return Match(
        pieces={name: pieces[name] for name in weights if name in pieces},
        unused=tuple(name for name in source if name not in used),
        missing=tuple(name for name in weights if name not in pieces),
        tensors=len(used) / max(1, len(source)),
        numbers=carried / max(1, whole),
        unclear=tuple(unclear),
        notes=tuple(notes),
    )


def _natural(name: str) -> list[tuple[int, int | str]]:
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.findall(r"\d{1,9}|\D+", name)]
