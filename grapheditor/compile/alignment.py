"""Aligns layers in the order in which one program defines them with the layers of a network, by kind and data flow."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from grapheditor.compile.words import Contradicts

MOST_STATES = 200_000
"""So many are looked at before the search gives up; the networks that ship take at most some thousands."""


@dataclass(frozen=True, slots=True)
class Network:
    """Layers that are numbered so that each stands behind those before it. Sets of layers are the bits of an integer.

    kinds: what each is; only equal ones can be partners. before: the ones directly before each.
    """

    kinds: Sequence[Hashable]
    before: Sequence[Sequence[int]]
    families: Sequence[Hashable] | None = None
    """With them, only layers of one family need to be defined in the order in which they run."""
    behind: list[list[int]] = field(default_factory=list)
    ancestors: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.behind.extend([] for _ in self.kinds)
        above: list[int] = []
        for layer, others in enumerate(self.before):
            known = 0
            for other in others:
                self.behind[other].append(layer)
                known |= above[other] | 1 << other
            above.append(known)
        self.ancestors.extend(known & self._family(layer) for layer, known in enumerate(above))

    def _family(self, layer: int) -> int:
        if self.families is None:
            return -1
        return sum(1 << i for i, item in enumerate(self.families) if item == self.families[layer])


TIES = 20_000
"""So many more are looked at for other ways of the same cost."""
Cost = tuple[int, int, int, int]
"""Layers defined without a partner, layers of the network passed by, words that contradict, branches left unfinished
or left out."""
State = tuple[int, int, int]
Came = dict[State, list[tuple[State, int | None]]]
NONE, SKIPPED = -1, -2
"""What stands for the last partner at the beginning, and behind a layer without one."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """partners: the place of each layer's partner among the defined ones. reached: how many could be looked at.

    choices: of each layer all partners that it has in some assignment of the same cost.
    """

    partners: Mapping[int, int]
    skipped: int
    reached: int
    choices: Mapping[int, frozenset[int]] = field(default_factory=dict)


def align(
    defined: Sequence[Hashable],
    network: Network,
    *,
    partial: bool,
    against: Contradicts = lambda one, other: 0,
) -> Alignment | None:
    """Find the partners of layers in the order of their definition; None where there are too many ways to try.

    A definition names layers in an order in which they could run. Among the assignments for which that holds, the one
    is taken that leaves fewest branches unfinished: people define a branch from its beginning to its end before they
    go to the next. Of branches that are alike the first one defined is the first where they meet; ``choices`` tells
    of the others.

    against: how many words of the names speak against a pair of a defined layer and one of the network.

    partial: layers on both sides may be left without a partner, as few as possible; else the search ends, without
    having reached the last one, where the order of definition is none in which the network could run.
    """
    numbers = count()
    start = (0, 0, NONE)
    waiting: list[tuple[Cost, int, int, State]] = [((0, 0, 0, 0), 0, next(numbers), start)]
    came: Came = {}
    best: dict[State, Cost] = {start: (0, 0, 0, 0)}
    done: set[State] = set()
    ends: list[State] = []
    reached, most = start, MOST_STATES
    while waiting and len(done) < most:
        cost, _, _, state = heapq.heappop(waiting)
        if ends and cost > best[ends[0]]:
            break
        if state in done:
            continue
        done.add(state)
        reached = max(reached, state)
        if state[0] == len(defined):
            most = most if ends else len(done) + TIES
            ends.append(state)
            continue
        for step, layer, following in _moves(state, defined[state[0]], network, partial, against):
            total = (cost[0] + step[0], cost[1] + step[1], cost[2] + step[2], cost[3] + step[3])
            if following not in best or total < best[following]:
                best[following] = total
                came[following] = [(state, layer)]
                heapq.heappush(waiting, (total, -following[0], next(numbers), following))
            elif total == best[following]:
                came[following].append((state, layer))
    if ends:
        return Alignment(_partners(ends[0], came), best[ends[0]][0], len(defined), _choices(ends, came))
    return None if waiting else Alignment(_partners(reached, came), len(defined) - reached[0], reached[0])


def _moves(
    state: State, kind: Hashable, network: Network, partial: bool, against: Contradicts
) -> Iterator[tuple[Cost, int | None, State]]:
    """Yield what can be done with the next defined layer: its cost, the partner, and the state that follows.

    A state is the place of the next one, the layers of the network that are behind us, and the last partner.
    """
    place, passed, last = state
    open_end = last >= 0 and any(
        not passed >> layer & 1 and not network.ancestors[layer] & ~passed for layer in network.behind[last]
    )
    for layer, other in enumerate(network.kinds):
        if other != kind or passed >> layer & 1:
            continue
        jumped = (network.ancestors[layer] & ~passed).bit_count()
        if partial or not jumped:
            left = int(open_end and last not in network.before[layer])
            words = against(place, layer)
            yield (0, jumped, words, left), layer, (place + 1, passed | network.ancestors[layer] | 1 << layer, layer)
    if partial:
        yield (1, 0, 0, int(last != SKIPPED)), None, (place + 1, passed, SKIPPED)


def _partners(state: State, came: Came) -> dict[int, int]:
    found: dict[int, int] = {}
    while state in came:
        before, layer = came[state][0]
        if layer is not None:
            found[layer] = before[0]
        state = before
    return found


def _choices(ends: Sequence[State], came: Came) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    waiting, seen = list(ends), set(ends)
    while waiting:
        for before, layer in came.get(waiting.pop(), ()):
            if layer is not None:
                found.setdefault(layer, set()).add(before[0])
            if before not in seen:
                seen.add(before)
                waiting.append(before)
    return {layer: frozenset(places) for layer, places in found.items()}
