"""Goes through a network as it runs and takes, of layers whose order is not known, the next by names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from grapheditor.compile.words import MEANINGS, Contradicts

WIDEST = 64
"""So many ways are followed beside each other."""

TURNS = {"input": 0, "pre": 0, "before": 0, "first": 0, "post": 1, "after": 1, "second": 1, "final": 2, "last": 2}
"""Words that say which comes first where numbers do not: ``input_layernorm``, ``post_attention_layernorm``."""
Cost = tuple[int, int, int, int, int]
"""Words that contradict, layers passed by, groups of names left before all of them were met, numbers out of turn,
groups that begin on one side alone."""
State = tuple[int, int]
"""The layers that were taken, as bits, and the last of them."""
Steps = dict[State, list[tuple[State, int | None]]]
"""To each state the ones before it from which it is reached at the same cost, and which layer was taken."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of layers say of their order. Sets of layers are the bits of an integer.

    groups: of each layer, the sets of those that share a beginning of their names with it, the widest first.
    earlier: of each layer, those that stand before it in a numbered list, such as ``layers.3`` before ``layers.4``.
    """

    owners: Sequence[str]
    groups: list[list[int]] = field(default_factory=list)
    earlier: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        split = [owner.split(".") for owner in self.owners]
        members: dict[tuple[str, ...], int] = {}
        numbered: dict[tuple[tuple[str, ...], str], dict[tuple[int, str], int]] = {}
        for i, pieces in enumerate(split):
            for depth in range(len(pieces)):
                if depth:
                    members[tuple(pieces[:depth])] = members.get(tuple(pieces[:depth]), 0) | 1 << i
                stem, turn = _numbered(pieces[depth])
                if turn is not None:
                    places = numbered.setdefault((tuple(pieces[:depth]), stem), {})
                    places[turn] = places.get(turn, 0) | 1 << i
        for pieces in split:
            self.groups.append([members[tuple(pieces[:depth])] for depth in range(1, len(pieces))])
            before = 0
            for depth, piece in enumerate(pieces):
                stem, turn = _numbered(piece)
                if turn is not None:
                    places = numbered[tuple(pieces[:depth]), stem]
                    before |= sum(mask for other, mask in places.items() if other < turn)
            self.earlier.append(before)

    def cost(self, taken: int, last: int, layer: int) -> tuple[int, int]:
        """Return what it costs to take a layer: groups that are left unfinished, and whether it is out of turn."""
        bit = 1 << layer
        left = sum(1 for group in self.groups[last] if not group & bit and group & ~taken) if last >= 0 else 0
        return left, int(bool(self.earlier[layer] & ~taken))


def _numbered(piece: str) -> tuple[str, tuple[int, str] | None]:
    """Split a piece of a name into what it has in common with others in a list, and its turn: inception, (3, b)."""
    if piece in MEANINGS:  # w1, w2 and w3 are no list
        return piece, None
    found = re.fullmatch(r"(.*?)(\d{1,9})([a-z]?)", piece)
    if found:
        return found[1], (int(found[2]), found[3])
    turn = next((TURNS[word] for word in piece.lower().split("_") if word in TURNS), None)
    return ("", None) if turn is None else ("turn", (turn, ""))


def _groups(name: str) -> tuple[str, str]:
    """Return what a layer is in: its owner, and the last that is one of a list."""
    pieces = name.split(".")[:-1]
    listed = max((depth for depth, piece in enumerate(pieces, 1) if piece[-1:].isdigit()), default=0)
    return ".".join(pieces), ".".join(pieces[:listed])


def _change(before: tuple[str, str], after: tuple[str, str]) -> tuple[bool, bool]:
    return before[0] != after[0], before[1] != after[1]


@dataclass(frozen=True, slots=True)
class Walk:
    """partners: the layer that each of ours takes. choices: of ours, all that some way of the same cost has there."""

    partners: Mapping[int, int]
    choices: Mapping[int, frozenset[int]]
    cost: Cost


Named = Sequence[tuple[str, Hashable]]
"""Layers: their names and kinds."""


def walk(theirs: Named, ours: Named, against: Contradicts) -> Walk:
    """Give each of our layers, as they run, one of theirs of the same kind, as many as there are.

    Whoever names layers puts what runs together under one name and counts upwards, so a way costs most that has words
    against it, then one that leaves a group of names before it is through, then one that takes what is not yet its
    turn, then one whose groups are not ours. Of layers that are too many on our side the first ones are served. The
    best of ``WIDEST`` ways is taken; of equal ones the first.
    """
    names = Names([name for name, _ in theirs])
    groups, own_groups = ([_groups(name) for name, _ in some] for some in (theirs, ours))
    alike: dict[Hashable, list[int]] = {}
    for layer, (_, kind) in enumerate(theirs):
        alike.setdefault(kind, []).append(layer)
    spare = Counter(kind for _, kind in ours)
    spare.subtract({kind: len(some) for kind, some in alike.items()})
    start: State = (0, -1)
    reached: dict[State, Cost] = {start: (0, 0, 0, 0, 0)}
    way: list[Steps] = []
    met: Counter[Hashable] = Counter()
    for place, (_, kind) in enumerate(ours):
        begins = _change(own_groups[place - 1], own_groups[place]) if place else (False, False)
        steps: Steps = {}
        costs: dict[State, Cost] = {}
        for state, cost in reached.items():
            taken, last = state
            free = [layer for layer in alike.get(kind, ()) if not taken >> layer & 1]
            for layer in free:
                left, turn = names.cost(taken, last, layer)
                begin = _change(groups[last], groups[layer]) if last >= 0 else begins
                apart = (begin[0] != begins[0]) + (begin[1] != begins[1])
                words = against(layer, place)
                total = (cost[0] + words, cost[1], cost[2] + left, cost[3] + turn, cost[4] + apart)
                _reach(costs, steps, (taken | 1 << layer, layer), total, (state, layer))
            passed = met[kind] - len(alike.get(kind, ())) + len(free)
            if passed < spare[kind]:
                _reach(costs, steps, state, (cost[0], cost[1] + bool(free), *cost[2:]), (state, None))
        met[kind] += 1
        best = sorted(costs, key=lambda state: costs[state])[:WIDEST]
        reached = {state: costs[state] for state in best}
        way.append(steps)
    least = min(reached.values())
    return _walked([state for state, cost in reached.items() if cost == least], way, least)


def _reach(costs: dict[State, Cost], steps: Steps, state: State, cost: Cost, step: tuple[State, int | None]) -> None:
    if state not in costs or cost < costs[state]:
        costs[state], steps[state] = cost, [step]
    elif cost == costs[state]:
        steps[state].append(step)


def _walked(ends: Sequence[State], way: Sequence[Steps], cost: Cost) -> Walk:
    partners: dict[int, int] = {}
    choices: dict[int, set[int]] = {}
    first, front = ends[0], set(ends)
    for place in reversed(range(len(way))):
        before: set[State] = set()
        for state in front:
            for earlier, layer in way[place].get(state, ()):
                before.add(earlier)
                if layer is not None:
                    choices.setdefault(place, set()).add(layer)
        first, taken = way[place][first][0]
        if taken is not None:
            partners[place] = taken
        front = before
    return Walk(partners, {place: frozenset(found) for place, found in choices.items()}, cost)
