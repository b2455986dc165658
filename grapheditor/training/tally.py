"""The numbers of a training: losses and metrics of steps, their means, and how fast it goes."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


class Tally:
    """Losses and metrics of steps, kept on the device until they are fetched, all in one transfer.

    Asking a device for a number makes it finish all work first; done every step that costs more than the step
    of a small network.
    """

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._waiting: list[Tensor] = []
        self._sizes: list[int] = []
        self._sums: dict[str, float] = {}
        self._samples = 0

    def add(self, values: Mapping[str, Tensor], samples: int) -> None:
        """Take the scalars of one step over so many samples."""
        self._names = tuple(values)
        self._waiting += [value.detach() for value in values.values()]
        self._sizes.append(samples)

    def fetch(self) -> dict[str, list[float]]:
        """Return what was added since the last call, by name, one number a step."""
        if not self._sizes:
            return {}
        flat = torch.stack(self._waiting).tolist()
        width = len(self._names)
        values = {name: flat[i::width] for i, name in enumerate(self._names)}
        for name, numbers in values.items():
            for number, samples in zip(numbers, self._sizes, strict=True):
                self._sums[name] = self._sums.get(name, 0.0) + number * samples
        self._samples += sum(self._sizes)
        self._waiting, self._sizes = [], []
        return values

    def means(self, prefix: str) -> dict[str, float]:
        """Return the means over all samples that were fetched, their names behind a prefix."""
        return {f"{prefix}_{name}": total / self._samples for name, total in self._sums.items()}


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
