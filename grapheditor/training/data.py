"""A data set for the trainer: columns in memory as tensors, columns of files decoded batch by batch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

import torch

from grapheditor.data import materialise
from grapheditor.errors import SampleError
from grapheditor.training.room import available

if TYPE_CHECKING:
    from concurrent.futures import Future

    from numpy.typing import NDArray
    from torch import Tensor

    from grapheditor.data import Column, Held

Ready = tuple["Tensor", "torch.cuda.Event | None"]
"""Samples, and what happens once they are on the device; None where they are there."""
CPU = torch.device("cpu")
SOME_ROOM = 2**31
"""Where the system does not say how much memory it has."""


def tensor(held: Held, device: torch.device = CPU) -> Tensor:
    """Return a column in memory as a tensor on a device, shaped (samples, *shape).

    On the CPU nothing is copied. Windows over a text stay windows on any device: what lies beneath them is moved once,
    not each window of it.
    """
    array = held.whole
    made = torch.from_numpy(array if array.flags.writeable else array.copy())
    if device.type == "cpu":
        return made
    extent = 1 + sum((size - 1) * step for size, step in zip(made.shape, made.stride(), strict=True))
    if 0 < extent < made.numel():
        beneath = made.as_strided((extent,), (1,)).to(device)
        return beneath.as_strided(made.shape, made.stride())
    return made.to(device)


class Samples(Protocol):
    """The samples of one field, ready to be asked for by index."""

    def __len__(self) -> int: ...

    def begin(self, chosen: Tensor) -> None:
        """Say which samples will be asked for next, so that they can be made ready meanwhile."""
        ...

    def select(self, chosen: Tensor) -> Tensor:
        """Return these samples on the device, shaped (chosen, *shape); SampleError names one that cannot be read."""
        ...


class Resident:
    """Samples that lie on the device and are indexed there."""

    def __init__(self, samples: Tensor) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    def begin(self, chosen: Tensor) -> None:
        """Nothing has to be made ready."""

    def select(self, chosen: Tensor) -> Tensor:
        if self.samples.is_contiguous():
            return self.samples.index_select(0, chosen)
        return self.samples[chosen]  # five times as fast on windows, a third as fast on anything else


class Streamed:
    """Samples that are decoded when they are asked for, the next batch behind the present one's computation.

    On a GPU they come through pinned memory and a stream of their own, so that a batch is copied while the one before
    it is computed.
    """

    def __init__(self, column: Column, device: torch.device) -> None:
        self.column = column
        self.device = device
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._ahead: tuple[bytes, Future[Ready]] | None = None
        self._copies: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._copies = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def __len__(self) -> int:
        return len(self.column)

    def begin(self, chosen: Tensor) -> None:
        indices = chosen.cpu().numpy()
        self._ahead = indices.tobytes(), self._thread.submit(self._decode, indices)

    def select(self, chosen: Tensor) -> Tensor:
        indices = chosen.cpu().numpy()
        ahead, self._ahead = self._ahead, None
        found, copied = ahead[1].result() if ahead and ahead[0] == indices.tobytes() else self._decode(indices)
        if copied is not None:
            present = torch.cuda.current_stream(self.device)
            present.wait_event(copied)
            found.record_stream(present)  # its memory belongs to the other stream, which must not reuse it too soon
        return found.to(self.device)

    def _decode(self, indices: NDArray[Any]) -> Ready:
        found = torch.from_numpy(self.column.take(indices))
        if self._copies is None:
            return found, None
        with torch.cuda.stream(self._copies):  # torch keeps pinned memory until what copies it is done
            return found.pin_memory().to(self.device, non_blocking=True), self._copies.record_event()


def samples(column: Column, device: torch.device, room: int, *, skip: bool = False) -> Resident | Streamed:
    """Return the samples of a column: on the device where they fit into so many bytes, else streamed.

    A column of files that fits is decoded once. skip: one in which some cannot be read is streamed, so that these can
    be left out; else SampleError names the first.
    """
    if column.nbytes > room:
        return Streamed(column, device)
    try:
        held = materialise(column)
    except SampleError:
        if skip:
            return Streamed(column, device)
        raise
    assert held is not None
    return Resident(tensor(held, device))


def room(device: torch.device) -> int:
    """Return how many bytes of samples may lie on a device: half of what this process may still take there."""
    free = available(device)
    return SOME_ROOM if free is None else free // 2
