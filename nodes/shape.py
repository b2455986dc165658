"""Operators that change how values are laid out, not the values."""

import math
from collections.abc import Sequence
from typing import Literal

from grapheditor.authoring import (
    Image,
    Shape,
    Size,
    Sizes,
    Tensor,
    expect,
    expect_broadcast,
    expect_dim,
    expect_dims,
    operator,
    torch,
)


@operator("Shape", common=True)
def flatten(x: Tensor, *, start_dim: int = 1, end_dim: int = -1) -> Tensor:
    """Make one dimension of several; by default of all but the batch.

    start_dim: The first dimension that is taken in.
    end_dim: The last dimension that is taken in; -1 is the last of the tensor.
    """
    first, last = (dim + x.ndim if dim < 0 else dim for dim in (start_dim, end_dim))
    expect(
        0 <= first <= last < x.ndim,
        f"Dimensions {start_dim} to {end_dim} are not a range in a tensor of {x.ndim} dimensions.",
        "x",
        "start_dim",
    )
    return x.flatten(start_dim, end_dim)


@operator("Shape", shows=("dim0", "dim1"))
def transpose(x: Tensor, *, dim0: int = 1, dim1: int = 2) -> Tensor:
    """Exchange two dimensions.

    dim0: One of them.
    dim1: The other.
    """
    for name, dim in (("dim0", dim0), ("dim1", dim1)):
        expect_dim(x, dim, name)
    return x.transpose(dim0, dim1)


@operator("Shape", shows=("dims",))
def permute(x: Tensor, *, dims: Sizes = (0, 3, 1, 2)) -> Tensor:
    """Put the dimensions into another order, by default those of channel-last images into that of convolutions.

    dims: For each dimension of the result, which one of what arrives it is; 0, 3, 1, 2 makes N×C×H×W of N×H×W×C.
    """
    order = [int(dim) for dim in dims]
    shown = ", ".join(map(str, order))
    expect(
        len(order) == x.ndim and sorted(dim % x.ndim for dim in order) == list(range(x.ndim)) and max(order) < x.ndim,
        f"A tensor of {x.ndim} dimensions has the order {shown} only if each of 0 to {x.ndim - 1} is named once.",
        "x",
        "dims",
    )
    return x.permute(*order)


@operator("Shape", shows=("dim",))
def unsqueeze(x: Tensor, *, dim: int = 1) -> Tensor:
    """Add a dimension of size 1: a channel to grey images, places to a mask.

    dim: Which dimension of the result it is; -1 is the last.
    """
    expect(-x.ndim - 1 <= dim <= x.ndim, f"A tensor of {x.ndim} dimensions gets no dimension {dim}.", "x", "dim")
    return x.unsqueeze(dim)


@operator("Shape", shows=("size",))
def view(x: Tensor, *, size: Sizes = (-1, 256)) -> Tensor:
    """Give a tensor other dimensions; the order of its elements stays.

    size: The new sizes; one of them may be -1, which stands for what is left.
    """
    return x.reshape(*_expect_sizes(x.shape, size, "size"))


@operator("Shape", shows=("dim",))
def squeeze(x: Tensor, *, dim: int = -1) -> Tensor:
    """Remove a dimension of size 1.

    dim: Which one; -1 is the last.
    """
    expect_dim(x, dim)
    expect(x.shape[dim] == 1, f"Dimension {dim} has a size of {x.shape[dim]}; only 1 can be left out.", "x", "dim")
    return x.squeeze(dim)


@operator("Shape", title="Unflatten", shows=("unflattened_size",))
def unflatten(x: Tensor, *, dim: int = 1, unflattened_size: Sizes = (-1, 8)) -> Tensor:
    """Make several dimensions of one: channels into groups, features into heads.

    dim: The dimension.
    unflattened_size: The sizes that it becomes; one of them may be -1, which stands for what is left.
    """
    expect_dim(x, dim)
    return x.unflatten(dim, _expect_sizes([x.shape[dim]], unflattened_size, "unflattened_size"))


@operator("Shape", title="Reshape", shows=("shape",))
def reshape(x: Tensor, *, shape: Sizes = (-1,)) -> Tensor:
    """Give each sample another shape; the batch stays as it is, and the order of the elements too.

    shape: The sizes of a sample; one of them may be -1, which stands for what is left.
    """
    expect(x.ndim >= 1, "There is no batch.", "x")
    return x.reshape(x.shape[0], *_expect_sizes(x.shape[1:], shape, "shape"))


@operator("Shape", shows=("size",))
def expand(x: Tensor, *, size: Sizes = (-1, 8)) -> Tensor:
    """Stretch dimensions of size 1, without copying anything.

    size: The sizes afterwards, one for each dimension; -1 leaves one as it is.
    """
    sizes = [int(part) for part in size]
    expect(len(sizes) == x.ndim, f"A tensor of {x.ndim} dimensions needs {x.ndim} sizes.", "x", "size")
    for now, wanted in zip(x.shape, sizes, strict=True):
        fits = wanted == -1 or int(now) in (1, wanted)
        expect(fits, f"Only a size of 1 is stretched, and one is {now} where {wanted} is wanted.", "x", "size")
    return x.expand(*sizes)


@operator("Shape")
def expand_as(x: Tensor, like: Tensor) -> Tensor:
    """Stretch dimensions of size 1 to the sizes of another tensor, without copying anything."""
    expect_broadcast(x, like, "like")
    fits = x.ndim <= like.ndim and all(
        int(size) in (1, int(wanted)) for size, wanted in zip(reversed(x.shape), reversed(like.shape), strict=False)
    )
    expect(fits, "Only sizes of 1 can be stretched.", "x")
    return x.expand_as(like)


@operator("Shape", shows=("repeats",))
def repeat(x: Tensor, *, repeats: Shape = (1, 2)) -> Tensor:
    """Put copies of a tensor side by side.

    repeats: How many along each dimension; with more numbers than dimensions, the first ones are new.
    """
    counts = [int(count) for count in repeats]
    expect(len(counts) >= x.ndim, f"A tensor of {x.ndim} dimensions needs as many numbers.", "x", "repeats")
    return x.repeat(*counts)


@operator("Shape", title="Repeat each", shows=("repeats",))
def repeat_interleave(x: Tensor, *, repeats: Size = 2, dim: int = 1) -> Tensor:
    """Repeat each place of a dimension: 1, 2 becomes 1, 1, 2, 2.

    repeats: How often.
    dim: The dimension.
    """
    expect_dim(x, dim)
    return torch.repeat_interleave(x, repeats, dim)


@operator("Shape", shows=("dim",))
def stack(xs: list[Tensor], *, dim: int = 1) -> Tensor:
    """Put tensors of one shape side by side along a new dimension.

    dim: Which dimension of the result is new; -1 is the last.
    """
    expect(len(xs) > 0, "Nothing arrives to be stacked.", "xs")
    first = [int(size) for size in xs[0].shape]
    alike = all([int(size) for size in x.shape] == first for x in xs)
    expect(alike, "Only tensors of one shape can be stacked.", "xs")
    rank = len(first)
    expect(-rank - 1 <= dim <= rank, f"Tensors of {rank} dimensions get no dimension {dim}.", "xs", "dim")
    return torch.stack(xs, dim)


@operator("Shape", shows=("shifts",))
def roll(x: Tensor, *, shifts: int = 1, dim: int = 1) -> Tensor:
    """Move the places of a dimension on; what leaves at its end comes in at its beginning.

    shifts: By how many places; below zero they are moved back.
    dim: The dimension.
    """
    expect_dim(x, dim)
    return torch.roll(x, shifts, dim)


@operator("Shape", shows=("dims",))
def flip(x: Tensor, *, dims: Sizes = (-1,)) -> Tensor:
    """Turn the order of dimensions round: an image left to right, a sequence from its end.

    dims: The dimensions; -1 is the last.
    """
    return torch.flip(x, expect_dims(x, dims, "dims"))


@operator("Shape", title="Turn by right angles", shows=("k",))
def rot90(x: Image, *, k: int = 1) -> Tensor:
    """Turn images by right angles, against the clock.

    k: How many; 2 turns them upside down.
    """
    return torch.rot90(x, k, [2, 3])


@operator("Shape", shows=("source", "destination"))
def movedim(x: Tensor, *, source: int = -1, destination: int = 1) -> Tensor:
    """Move a dimension to another place; the others keep their order.

    source: Which one.
    destination: Which one it is afterwards.
    """
    expect_dim(x, source, "source")
    expect_dim(x, destination, "destination")
    return torch.movedim(x, source, destination)


@operator("Shape", shows=("dtype",))
def cast(
    x: Tensor, *, dtype: Literal["float32", "float64", "float16", "bfloat16", "int64", "int32", "bool"] = "float32"
) -> Tensor:
    """Write values in another type of number.

    dtype: Which one; whole numbers lose what is behind the point, and bool is true for all but zero.
    """
    return x.to(getattr(torch, dtype))


@operator("Shape", title="Split heads", stem="heads", shows=("heads",))
def split_heads(x: Tensor, *, heads: Size = 8) -> Tensor:
    """Divide features among heads: batch × place × feature becomes batch × head × place × feature.

    heads: How many.
    """
    expect(x.ndim == 3, "Heads are split of batch × place × feature.", "x")
    expect(x.shape[2] % heads == 0, f"The {x.shape[2]} features do not divide among {heads} heads.", "x", "heads")
    return x.unflatten(2, (heads, -1)).transpose(1, 2)


@operator("Shape", title="Merge heads", stem="merged")
def merge_heads(x: Tensor) -> Tensor:
    """Put the features of heads side by side: batch × head × place × feature becomes batch × place × feature."""
    expect(x.ndim == 4, "Heads are merged of batch × head × place × feature.", "x")
    return x.transpose(1, 2).flatten(2)


def _expect_sizes(arriving: Sequence[int], sizes: Sequence[int | str], option: str) -> tuple[int, ...]:
    """Refuse sizes that what arrives cannot be shaped to; return them as numbers."""
    wanted = tuple(int(size) for size in sizes)
    fixed = [size for size in wanted if size != -1]
    only = "Sizes start at 1; one of them may be -1."
    expect(len(wanted) - len(fixed) <= 1 and all(size > 0 for size in fixed), only, option=option)
    count, known = math.prod(map(int, arriving)), math.prod(fixed)
    fits = count == known if len(fixed) == len(wanted) else count % known == 0
    shown = "×".join(map(str, wanted))
    expect(fits, f"{count:,} elements cannot be shaped {shown}.", "x", option)
    return wanted
