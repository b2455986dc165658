"""Aligns layers in the order in which one program defines them with the layers of a network, by kind and data flow."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

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


Cost = tuple[int, int, int]
"""Layers defined without a partner, layers of the network passed by, branches left unfinished or left out."""
NONE, SKIPPED = -1, -2
"""What stands for the last partner at the beginning, and behind a layer without one."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """partners: the place of each layer's partner among the defined ones. reached: how many could be looked at."""

    partners: Mapping[int, int]
    skipped: int
    reached: int


def align(defined: Sequence[Hashable], network: Network, *, partial: bool) -> Alignment | None:
    """Find the partners of layers in the order of their definition; None where there are too many ways to try.

    A definition names layers in an order in which they could run. Among the assignments for which that holds, the one
    is taken that leaves fewest branches unfinished: people define a branch from its beginning to its end before they
    go to the next. Of branches that are alike the first one defined is the first where they meet.

    partial: layers on both sides may be left without a partner, as few as possible; else the search ends, without
    having reached the last one, where the order of definition is none in which the network could run.
    """
    numbers = count()
    start = (0, 0, NONE)
    waiting: list[tuple[Cost, int, int, tuple[int, int, int]]] = [((0, 0, 0), 0, next(numbers), start)]
    came: dict[tuple[int, int, int], tuple[tuple[int, int, int], int | None]] = {}
    best: dict[tuple[int, int, int], Cost] = {start: (0, 0, 0)}
    done: set[tuple[int, int, int]] = set()
    reached = start
    while waiting and len(done) < MOST_STATES:
        cost, _, _, state = heapq.heappop(waiting)
        if state in done:
            continue
        done.add(state)
        reached = max(reached, state)
        if state[0] == len(defined):
            return Alignment(_partners(state, came), cost[0], len(defined))
        for step, layer, following in _moves(state, defined[state[0]], network, partial):
            total = (cost[0] + step[0], cost[1] + step[1], cost[2] + step[2])
            if following not in best or total < best[following]:
                best[following] = total
                came[following] = (state, layer)
                heapq.heappush(waiting, (total, -following[0], next(numbers), following))
    return None if waiting else Alignment(_partners(reached, came), len(defined) - reached[0], reached[0])


def _moves(
    state: tuple[int, int, int], kind: Hashable, network: Network, partial: bool
) -> Iterator[tuple[Cost, int | None, tuple[int, int, int]]]:
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
            yield (0, jumped, left), layer, (place + 1, passed | network.ancestors[layer] | 1 << layer, layer)
    if partial:
        yield (1, 0, int(last != SKIPPED)), None, (place + 1, passed, SKIPPED)


def _partners(
    state: tuple[int, int, int], came: Mapping[tuple[int, int, int], tuple[tuple[int, int, int], int | None]]
) -> dict[int, int]:
    found: dict[int, int] = {}
    while state in came:
        before, layer = came[state]
        if layer is not None:
            found[layer] = before[0]
        state = before
    return found
