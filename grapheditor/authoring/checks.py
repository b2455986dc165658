"""What the bodies of many operators ask of what arrives, each with its sentence."""

from __future__ import annotations

from collections.abc import Sequence

from grapheditor.authoring.recorder import expect
from grapheditor.authoring.values import Tensor

WHAT = {3: "sequence", 4: "image", 5: "volume"}
"""What a tensor of so many dimensions is called where windows go over it."""


def sides(value: int | tuple[int, ...], count: int) -> tuple[int, ...]:
    """Return one number for all directions, or those given, as one for each."""
    return value if isinstance(value, tuple) else (value,) * count


def expect_dim(x: Tensor, dim: int, option: str = "dim", port: str = "x") -> None:
    """Refuse a dimension that a tensor does not have."""
    words = f"There is no dimension {dim} in a tensor of {x.ndim} dimensions."
    expect(-x.ndim <= dim < x.ndim, words, port, option)


def expect_dims(x: Tensor, dims: Sequence[int | str], option: str = "dim", port: str = "x") -> list[int]:
    """Return dimensions as numbers; refuse those that a tensor does not have, and one that is named twice."""
    found = [int(dim) for dim in dims]
    for dim in found:
        expect_dim(x, dim, option, port)
    expect(len({dim % x.ndim for dim in found}) == len(found), "Each dimension is named once.", port, option)
    return found


def expect_alike(x: Tensor, y: Tensor, port: str = "target", what: str = "What is said and what is true") -> None:
    """Refuse two tensors of different shapes. what: how the sentence calls both."""
    shapes = [tuple(map(int, item.shape)) for item in (x, y)]
    shown = " and ".join("×".join(map(str, shape)) or "a number" for shape in shapes)
    expect(shapes[0] == shapes[1], f"{what} must have one shape; here are {shown}.", port)


def expect_classes(x: Tensor, target: Tensor) -> None:
    """Refuse targets that are not one class for each sample, and place, of the scores."""
    expect(x.ndim >= 2, "Scores are shaped N×classes; what arrives has fewer dimensions.", "x")
    wanted = (int(x.shape[0]), *map(int, x.shape[2:]))
    places = "×".join(map(str, wanted[1:]))
    fits = tuple(map(int, target.shape)) == wanted
    expect(
        fits, f"The target must hold one class for each sample{f' and place ({places})' if places else ''}.", "target"
    )


def expect_broadcast(x: Tensor, y: Tensor, port: str = "y") -> None:
    """Refuse two tensors that cannot be stretched to one shape."""
    pairs = zip(reversed(x.shape), reversed(y.shape), strict=False)
    shown = " and ".join("×".join(str(int(size)) for size in item.shape) or "a number" for item in (x, y))
    fits = all(1 in (int(a), int(b)) or int(a) == int(b) for a, b in pairs)
    expect(fits, f"{shown} cannot be stretched to one shape: sizes are equal, or one of them is 1.", port)


def expect_window(
    x: Tensor,
    kernel: int | tuple[int, ...],
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    *,
    what: str = "window",
    half: bool = False,
) -> None:
    """Refuse a window that is larger than what it goes over; half: padding is at most half of it."""
    count = x.ndim - 2
    each = zip(x.shape[2:], sides(kernel, count), sides(padding, count), sides(dilation, count), strict=True)
    for size, side, border, gap in each:
        reach = gap * (side - 1) + 1
        words = f"The padding ({border}) is more than half the window ({side})."
        expect(not half or 2 * border <= side, words, option="padding")
        expect(
            reach <= size + 2 * border,
            f"The {what} does not fit into the {WHAT[x.ndim]}: it covers {reach}, and {size + 2 * border} arrive.",
            "x",
            "kernel_size",
        )


def expect_groups(channels: int, groups: int, out_channels: int | None = None, option: str = "groups") -> None:
    """Refuse channels that do not divide into groups."""
    words = f"The {channels} channels that arrive do not divide into {groups} groups."
    expect(channels % groups == 0, words, "x", option)
    if out_channels is not None:
        words = f"out_channels ({out_channels}) does not divide into {groups} groups."
        expect(out_channels % groups == 0, words, option="groups")
