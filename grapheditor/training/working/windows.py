"""Which numbers a largest one was chosen from: windows of poolings, and dimensions."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

POOLS = ("max_pool1d", "max_pool2d", "max_pool3d")
ADAPTIVE = ("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")
LARGEST = (*POOLS, *ADAPTIVE, "amax", "max")


def window(
    name: str, arguments: tuple[Any, ...], named: Mapping[str, Any], result: Sequence[int], at: Sequence[int]
) -> Tensor | None:
    """Return where the numbers are, as booleans shaped like what was taken, of which one at a place was chosen.

    name: one of ``LARGEST``, called with these. result: the shape of what it gave. None where it was called in a way
    that chooses from no window, such as the larger one of two tensors.
    """
    taken = arguments[0]
    if name in POOLS:
        places: list[list[int]] = _pooled(int(name[-2]), taken.shape, at, *arguments[1:], **named)
    elif name in ADAPTIVE:
        dims = int(name[-2])
        sizes = zip(at[-dims:], taken.shape[-dims:], result[-dims:], strict=True)
        places = [[*range(place * had // gives, -(-(place + 1) * had // gives))] for place, had, gives in sizes]
    else:
        return _reduced(taken, at, *arguments[1:], **named)
    mask = torch.zeros(taken.shape, dtype=torch.bool)
    index = [torch.tensor(part) for part in places]
    mask[tuple(at[: len(at) - len(index)])][torch.meshgrid(*index, indexing="ij")] = True
    return mask


def _pooled(
    dims: int, shape: Sequence[int], at: Sequence[int],
    kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, **_: Any,
) -> list[list[int]]:  # fmt: skip
    """Return the places of a pooling's window, by dimension."""
    numbers = (kernel_size, stride if stride not in (None, ()) else kernel_size, padding, dilation)
    sides = zip(at[-dims:], shape[-dims:], *(_each(number, dims) for number in numbers), strict=True)
    return [
        [
            inside
            for inside in range(place * step - pad, place * step - pad + kernel * apart, apart)
            if 0 <= inside < size
        ]
        for place, size, kernel, step, pad, apart in sides
    ]


def _each(number: Any, dims: int) -> list[int]:
    return [number] * dims if isinstance(number, int) else [*number] * (dims if len(number) == 1 else 1)


def _reduced(taken: Tensor, at: Sequence[int], dim: Any = None, keepdim: bool = False) -> Tensor | None:
    """Return the numbers along dimensions; of all dimensions where none is named."""
    if isinstance(dim, Tensor):
        return None
    part = torch.zeros(taken.shape, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        summed = part.sum() if dim is None or dim == () else part.sum(dim, keepdim)
        (slope,) = torch.autograd.grad(summed[tuple(at)], part)
    return slope != 0


def bound(function: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a function of torch.nn.functional was called with, by the names of its parameters."""
    try:
        found = inspect.signature(function).bind(*arguments, **named)
    except (TypeError, ValueError):
        return {}
    found.apply_defaults()
    return dict(found.arguments)
