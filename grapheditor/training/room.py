"""How much memory there is for a training, and which batch fits into it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from grapheditor.training.errors import TrainingError

if TYPE_CHECKING:
    from grapheditor.compile import Program
    from grapheditor.training.memory import Precision

SMALL = 1 / 8
"""What surely takes less than this share of what there is is not measured before a training."""
AMPLE = 1 / 2
"""What takes less than this share may waste some for speed."""
MARGIN = 0.8
"""A batch that is advised takes at most this share: scratch space of kernels is not foretold."""
CONTROL_GROUP = Path("/sys/fs/cgroup")
_SHORT = ("can't allocate memory", "std::bad_alloc")
_ASKED = (
    r"[Tt]ried to allocate ([\d.]+) ?(bytes|[KMGT]iB)",  # torch
    r"Unable to allocate ([\d.]+) ?(bytes|[KMGT]iB)",  # numpy
)
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def is_shortage(error: BaseException) -> bool:
    """Tell whether an error says that memory could not be had."""
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or (isinstance(error, RuntimeError) and any(words in str(error) for words in _SHORT))


def bytes_asked(error: BaseException) -> int | None:
    """Return how many bytes could not be had, where the error says so."""
    for pattern in _ASKED:
        if found := re.search(pattern, str(error)):
            return int(float(found[1]) * _UNITS[found[2]])
    return None


def available(device: torch.device) -> int | None:
    """Return how many bytes more this process may take on a device; None where the system does not say."""
    if device.type == "cuda":
        free, _total = torch.cuda.mem_get_info(device)
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free) + int(cached)
    return min(_limits(), default=None)


def installed() -> int | None:
    """Return how many bytes of memory there are for all processes; None where the system does not say."""
    found = []
    with suppress(OSError, ValueError, AttributeError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # "max" is no limit
            found.append(int((CONTROL_GROUP / name).read_text("ascii")))
    return min(found, default=None)


def batch_that_fits(program: Program, capacity: int, batch: int, precision: Precision) -> int | None:
    """Return the largest power of two below a batch whose step fits into so many bytes; None where not even 1 does."""
    from grapheditor.training.memory import measure

    size = 1 << max(0, (batch - 1).bit_length() - 1)
    while size and batch > 1:
        try:
            if measure(program, size, precision=precision).training <= MARGIN * capacity:
                return size
        except TrainingError:  # batch norm refuses a batch of 1
            return None
        size //= 2
    return None


def foretell(program: Program, capacity: int | None) -> int | None:
    """Return how many bytes a training step of the recipe's batch needs; None where that is surely little.

    What surely fits is not measured, since that takes a second for a large network.
    """
    from grapheditor.training.memory import measure

    recipe = program.graph.recipe
    if capacity is None or _roughly(program, recipe.batch) < SMALL * capacity:
        return None
    with suppress(TrainingError):
        return measure(program, recipe.batch, precision=recipe.precision).training
    return None


def warning(program: Program, needed: int | None, capacity: int | None) -> str | None:
    """Return what people are to be told where a step needs more bytes than there are."""
    if needed is None or capacity is None or needed <= capacity:
        return None
    recipe = program.graph.recipe
    fits = batch_that_fits(program, capacity, recipe.batch, recipe.precision)
    return shortage(recipe.batch, needed, capacity, fits)


def shortage(batch: int, needed: int, capacity: int, fits: int | None) -> str:
    """Say that a batch takes more bytes than there are, and which one fits."""
    from grapheditor.training.memory import size_of

    text = f"A batch of {batch:,} takes about {size_of(needed)}, and {size_of(capacity)} are there"
    return f"{text}; {advice(batch, fits)}"


def advice(batch: int, fits: int | None) -> str:
    """Say which batch fits, and how to learn as with the larger one."""
    if fits is None:
        return "not even the smallest batch fits."
    parts = -(-batch // fits)
    return f"a batch of {fits:,} fits (with accumulate={parts} it learns about as with {batch:,})."


def _roughly(program: Program, batch: int) -> float:
    """Return more bytes than a step takes: weights, gradients and optimizer, and what nodes return, several times."""
    analysis = program.analysis
    outputs = sum(analysis.activation_bytes(node, batch) for node in analysis.nodes)
    return 4.0 * 4 * analysis.parameters + 4.0 * outputs


def in_use(device: torch.device) -> int | None:
    """Return the bytes that this process has of a device's memory: at most so far on a GPU, now on a CPU; None where
    the system does not tell.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if device.type == "mps":
        return torch.mps.current_allocated_memory()
    return _pages(1)


def _pages(column: int) -> int | None:
    """Return bytes of this process's memory, as Linux counts them: 0 all of its addresses, 1 what is resident."""
    with suppress(OSError, ValueError, IndexError, AttributeError):
        return int(Path("/proc/self/statm").read_text("ascii").split()[column]) * os.sysconf("SC_PAGE_SIZE")
    return None


def _limits() -> Iterator[int]:
    """Yield what each limit of the system leaves."""
    if sys.platform != "win32":
        import resource

        soft, _hard = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY and (taken := _pages(0)) is not None:
            yield max(0, soft - taken)
    with suppress(OSError, ValueError):
        found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
        if found:
            yield int(found[1]) * 1024
    yield from _container()


def _container() -> Iterator[int]:
    """Yield what the process's control group leaves; files that are only cached can be dropped."""
    names = (("memory.max", "memory.current", "memory.stat"),
             ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"))  # fmt: skip
    for limit, used, statistics in names:
        with suppress(OSError, ValueError):  # "max" is no limit
            most, now = (int((CONTROL_GROUP / name).read_text("ascii")) for name in (limit, used))
            cached = re.search(
                r"^(?:total_)?inactive_file (\d+)", (CONTROL_GROUP / statistics).read_text("ascii"), re.M
            )
            yield max(0, most - now + (int(cached[1]) if cached else 0))
