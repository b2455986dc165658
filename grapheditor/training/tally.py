"""The numbers of a training: losses and metrics of steps, their means, and how fast it goes."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor


NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Means:
    """Losses and metrics of a batch, or of the batches of a step, and over how much each is a mean.

    samples: how many there are. counts: of what is a mean over targets, how many of these counted, or what the classes
    of those weigh.
    """

    values: Mapping[str, Tensor]
    samples: int
    counts: Mapping[str, Tensor]

    def weight(self, name: str) -> Tensor | int:
        """Return over how much a value is a mean."""
        return self.counts.get(name, self.samples)

    def detached(self) -> Means:
        """Return the same without what leads back to where the values came from."""
        return replace(self, values={name: value.detach() for name, value in self.values.items()})

    @classmethod
    def over(cls, parts: Sequence[Means]) -> Means:
        """Return the means over several batches, in each of which all have the same names."""
        if len(parts) == 1:
            return parts[0]
        counts = {name: torch.stack([part.counts[name] for part in parts]).sum() for name in parts[0].counts}
        whole = cls({}, sum(part.samples for part in parts), counts)
        values = {
            name: torch.stack([_share(part, name) for part in parts]).sum() / whole.weight(name)
            for name in parts[0].values
        }
        return replace(whole, values=values)


def _share(part: Means, name: str) -> Tensor:
    """Return a batch's share of a sum; a mean over nothing is no number, and has none."""
    weight, value = part.weight(name), part.values[name]
    return torch.where(weight > 0, value * weight, 0.0) if isinstance(weight, torch.Tensor) else value * weight


class Tally:
    """Losses and metrics of steps, kept on the device until they are fetched, all in one transfer.

    Asking a device for a number makes it finish all work first; done every step that costs more than the step
    of a small network.
    """

    def __init__(self) -> None:
        self._waiting: list[Tensor] = []
        self._steps: list[tuple[dict[str, int], dict[str, float], int]] = []
        self._counts: list[tuple[int, str, Tensor]] = []
        self._sums: dict[str, tuple[float, float]] = {}
        self._averaged: dict[str, None] = {}

    def add(self, means: Means, others: Mapping[str, Tensor | float] = NOTHING) -> None:
        """Take the scalars of one step. others: what is told of but has no mean, such as rates."""
        values = means.values
        self._counts += [(len(self._steps), name, count) for name, count in means.counts.items()]
        places = {}
        known: dict[str, float] = {}
        for name, value in (*values.items(), *others.items()):
            if isinstance(value, float):
                known[name] = value
            else:
                places[name] = len(self._waiting)
                self._waiting.append(value)
        self._steps.append((places, known, means.samples))
        self._averaged.update(dict.fromkeys(values))

    def fetch(self) -> dict[str, list[float | None]]:
        """Return what was added since the last call, by name, one number a step; None where a step did not have it."""
        if not self._steps:
            return {}
        flat = torch.stack([value.float() for value in self._waiting]).tolist() if self._waiting else []
        steps = [
            ({name: flat[at] for name, at in places.items()}, known, count) for places, known, count in self._steps
        ]
        names = dict.fromkeys(name for found, known, _ in steps for name in (*found, *known))
        numbers = torch.stack([count for _, _, count in self._counts]).tolist() if self._counts else []
        counts = {(at, name): count for (at, name, _), count in zip(self._counts, numbers, strict=True)}
        for at, (found, _known, samples) in enumerate(steps):
            for name in filter(found.__contains__, self._averaged):
                total, count = self._sums.get(name, (0.0, 0))
                new = counts.get((at, name), samples)
                self._sums[name] = (total + found[name] * new if new else total, count + new)
        self._waiting, self._steps, self._counts = [], [], []
        return {name: [{**found, **known}.get(name) for found, known, _ in steps] for name in names}

    def means(self, prefix: str) -> dict[str, float]:
        """Return the means over all that was fetched, their names behind a prefix; NaN where nothing counted."""
        return {f"{prefix}_{name}": total / count if count else math.nan for name, (total, count) in self._sums.items()}

    def state(self) -> dict[str, list[float]]:
        """Return the sums of what was fetched, for a checkpoint within an epoch."""
        return {name: [total, count] for name, (total, count) in self._sums.items()}

    def restore(self, state: Mapping[str, Sequence[float]]) -> None:
        """Put back what :meth:`state` returned."""
        self._sums = {name: (total, count) for name, (total, count) in state.items()}


class Clock:
    """Seconds that a training was on its way: a pause, and the time until it is resumed, do not count."""

    def __init__(self) -> None:
        self._before = 0.0
        self._mark: float | None = None

    @property
    def seconds(self) -> float:
        """The seconds until now."""
        return self._before + (0.0 if self._mark is None else time.perf_counter() - self._mark)

    def go_on(self, before: float | None = None) -> None:
        """Let it run. before: what it is to have counted up to now."""
        self._before = self.seconds if before is None else before
        self._mark = time.perf_counter()

    def hold(self) -> None:
        """Let it stand."""
        self._before, self._mark = self.seconds, None


class Pace:
    """Samples a second: over the whole training, and of late.

    Only training counts: what lies between an :meth:`add` and the next :meth:`go_on` does not.
    """

    MEMORY = 2.0
    """Seconds after which an older speed counts for a third."""

    def __init__(self) -> None:
        self.samples = 0
        self.seconds = 0.0
        self.recent = 0.0
        self._mark = time.perf_counter()

    def go_on(self) -> None:
        """Start the clock."""
        self._mark = time.perf_counter()

    def since(self) -> float:
        """Return the seconds since the clock was started or :meth:`add` was called."""
        return time.perf_counter() - self._mark

    def add(self, samples: int) -> None:
        """Take samples that were trained on since the last call."""
        spent = max(self.since(), 1e-9)
        self._mark += spent
        weight = math.exp(-spent / self.MEMORY) if self.seconds else 0.0
        self.recent = weight * self.recent + (1 - weight) * samples / spent
        self.samples += samples
        self.seconds += spent

    @property
    def mean(self) -> float:
        """Samples a second over the whole training."""
        return self.samples / self.seconds if self.seconds else 0.0
