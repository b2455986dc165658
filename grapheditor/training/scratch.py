"""What kernels take besides their results. No shape tells that, so the kernel itself is asked, with few numbers.

On a CPU oneDNN computes an LSTM layer by layer. It keeps a workspace for the way back (gates and states of all places,
in rows of its own length), copies the weights into another layout, and has scratch space while it computes. How much
each is depends on the processor. All of it grows in proportion to the places, but for what the weights need: two runs
of one layer over few places tell the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch._C._profiler import _ExperimentalConfig
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

_FORWARD = torch.ops.aten.mkldnn_rnn_layer.default
_BACKWARD = torch.ops.aten.mkldnn_rnn_layer_backward.default
_LSTM = 2
_PROFILER: Any = torch.autograd
ROWS = 2**16
"""So many numbers of a sequence are enough to tell the proportion: the kernel rounds to pages of 4 kB."""
WEIGHTS = 2**24
"""A layer with more weights than this is asked about through one with fewer, in proportion."""


ALIGNED = 64
"""The kernel makes rows longer to multiples of this or less; what is smaller must be as far from one."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One direction of one layer of an LSTM, and a batch that it reads; dense: what comes back lies in a row."""

    batch: int
    features: int
    hidden: int
    biases: bool
    reverse: bool
    dtype: torch.dtype
    dense: bool = True

    @property
    def weights(self) -> int:
        """How many numbers its two matrices have."""
        return 4 * self.hidden * (self.features + self.hidden)


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes beside the results: while a forward or a backward pass computes, and what is kept between the two."""

    forward: int
    kept: int
    backward: int


class Scratch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Makes room as the kernels of a CPU do, on tensors without numbers; a mode around it counts it like all else."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Take scratch space during a call, and give a workspace its size."""
        if func is _FORWARD:
            x, state, reverse, biases = args[0], args[5], args[7], args[12]
            layer = Layer(x.shape[1], x.shape[2], state.shape[1], biases, reverse, x.dtype)
            room = room_of(layer, x.shape[0], learning=torch.is_grad_enabled() and args[-1])
            during = _bytes(room.forward)
            *results, _ = func(*args, **(kwargs or {}))
            del during
            return *results, _bytes(room.kept)
        if func is _BACKWARD:
            x, state, back, reverse, biases = args[0], args[5], args[10], args[13], args[17]
            dense = back is not None and back.is_contiguous()
            layer = Layer(x.shape[1], x.shape[2], state.shape[1], biases, reverse, x.dtype, dense)
            during = _bytes(room_of(layer, x.shape[0], learning=True).backward)
            results = func(*args, **(kwargs or {}))
            del during
            return results
        return func(*args, **(kwargs or {}))


def _bytes(count: int) -> Tensor:
    return torch.empty(count, dtype=torch.uint8)


def room_of(layer: Layer, places: int, *, learning: bool) -> Room:
    """Return what a layer takes for a sequence. learning: it keeps what the way back needs.

    It is asked about few places, about small batches, and about layers of half the size where it is a large one.
    """
    if layer.weights > WEIGHTS:
        less = replace(layer, features=_half(layer.features), hidden=_half(layer.hidden))
        fixed, known = (room_of(less, count, learning=learning) for count in (0, places))
        return _line(
            fixed,
            known,
            lambda start, end: start * layer.weights // less.weights + (end - start) * layer.hidden // less.hidden,
        )
    most = max(2, ROWS // max(layer.hidden, layer.features))
    if layer.batch > most:
        near, far = (room_of(replace(layer, batch=count), places, learning=learning) for count in (most // 2, most))
        return _line(near, far, lambda start, end: _through((most // 2, start), (most, end), layer.batch))
    few = max(2, most // layer.batch)
    if 0 < places <= few:
        return _asked(layer, places, learning)
    near, far = (_asked(layer, count, learning) for count in (few // 2, few))
    return _line(near, far, lambda start, end: _through((few // 2, start), (few, end), places))


def _half(count: int) -> int:
    """Return about half of a size, as far from a multiple of ALIGNED."""
    return max(1, count // 2 + count % ALIGNED - count // 2 % ALIGNED)


def _through(first: tuple[int, int], second: tuple[int, int], at: int) -> int:
    (x1, y1), (x2, y2) = first, second
    return y1 + (y2 - y1) * (at - x1) // (x2 - x1)


def _line(first: Room, second: Room, along: Callable[[int, int], int]) -> Room:
    pairs = ((getattr(first, name), getattr(second, name)) for name in Room.__dataclass_fields__)
    return Room(*(max(0, along(*pair)) for pair in pairs))


@lru_cache(maxsize=256)
def _asked(layer: Layer, places: int, learning: bool) -> Room:
    """Run the kernel on zeros, and return what it took."""
    with _disable_current_modes(), torch.set_grad_enabled(learning):

        def zeros(*sizes: int) -> Tensor:
            return torch.zeros(sizes, dtype=layer.dtype)

        x, h, c = zeros(places, layer.batch, layer.features), *(zeros(layer.batch, layer.hidden) for _ in range(2))
        gates = 4 * layer.hidden
        weights = zeros(gates, layer.features), zeros(gates, layer.hidden), zeros(gates), zeros(gates)
        kind = (_LSTM, layer.hidden, 1)
        (y, *states, kept), forward = _taken(
            lambda: _FORWARD(x, *weights, h, c, layer.reverse, [], *kind, layer.biases, False, False, learning)
        )
        if not learning:
            return Room(forward, 0, 0)
        back = torch.zeros_like(y) if layer.dense else zeros(1).expand(y.shape)
        given = (x, *weights, h, c, y, *states, back, h, c, layer.reverse, *kind)
        _, backward = _taken(lambda: _BACKWARD(*given, layer.biases, True, False, [], False, kept))
        return Room(forward, kept.nbytes, backward)


def _taken(work: Callable[[], Any]) -> tuple[Any, int]:
    """Do something; return what it gives, and the most bytes beside it that torch gave out meanwhile."""
    memory = (False, True, False, False, False)
    _PROFILER._enable_profiler_legacy(
        _PROFILER.ProfilerConfig(_PROFILER.ProfilerState.CPU, *memory, _ExperimentalConfig())
    )
    try:
        given = work()
    finally:
        records = _PROFILER._disable_profiler_legacy()
    live = peak = 0
    for record in (item for thread in records for item in thread):
        live += record.cpu_memory_usage()
        peak = max(peak, live)
    return given, peak - live
