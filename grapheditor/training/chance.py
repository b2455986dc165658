"""Random numbers that are a function of what they are for, so that a resumed training draws the same ones.

The order of an epoch depends on (seed, epoch), what is done to a sample on (seed, epoch, visit), and on nothing else:
neither the device, nor how many samples come before it, nor how many processes read them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

MIX = (-4658895280553007687, -7723592293110705685)
"""The odd factors of SplitMix64's finaliser (Steele, Lea and Flood 2014), as signed numbers."""
GOLDEN = -7046029254386353131
"""2^64 divided by the golden ratio, as a signed number: what SplitMix64 adds for each draw."""


def generator(seed: int, purpose: str) -> torch.Generator:
    """Return a generator for a purpose; torch looks at 32 bits of its seed, so the purpose is hashed into them."""
    return torch.Generator().manual_seed(_digest(seed, purpose) >> 32)


class Draws:
    """Draws for each sample of a batch: SplitMix64 on 64-bit integers, the same on every device."""

    def __init__(self, seed: int, purpose: str, samples: Tensor) -> None:
        """samples: the numbers of the samples, (batch,)."""
        start = _digest(seed, purpose)
        self._state = _mixed(samples.to(torch.int64) * GOLDEN + (start - 2**64 if start >= 2**63 else start))

    def uniform(self) -> Tensor:
        """Return the next number of each sample, from 0 up to but not including 1: (batch,), float32."""
        self._state = self._state + GOLDEN
        return (_shifted(_mixed(self._state), 40)).to(torch.float32) * 2.0**-24

    def between(self, low: float, high: float) -> Tensor:
        """Return the next number of each sample between two: (batch,), float32."""
        return low + (high - low) * self.uniform()

    def below(self, count: int) -> Tensor:
        """Return the next whole number of each sample, from 0 to count - 1: (batch,), int64."""
        return (self.uniform() * count).to(torch.int64)


def random_state(device: torch.device) -> dict[str, Tensor]:
    """Return the state of torch's own generators, which dropout draws from, on the CPU and on a device."""
    found = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        found["cuda"] = torch.cuda.get_rng_state(device)
    if device.type == "mps":
        found["mps"] = torch.mps.get_rng_state()
    return found


def restore_random(device: torch.device, state: Mapping[str, Tensor]) -> None:
    """Put back what :func:`random_state` returned."""
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
    if device.type == "mps" and "mps" in state:
        torch.mps.set_rng_state(state["mps"])


def _digest(seed: int, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {purpose}".encode()).digest()[:8], "big")


def _mixed(values: Tensor) -> Tensor:
    values = (values ^ _shifted(values, 30)) * MIX[0]
    values = (values ^ _shifted(values, 27)) * MIX[1]
    return values ^ _shifted(values, 31)


def _shifted(values: Tensor, places: int) -> Tensor:
    """Shift right as if there were no sign."""
    return (values >> places) & ((1 << (64 - places)) - 1)
