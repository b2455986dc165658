"""Operators that change how values are laid out, not the values."""

from grapheditor.authoring import F, Image, Size, Sizes, Tensor, expect, operator


@operator("Shape")
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
        expect(-x.ndim <= dim < x.ndim, f"There is no dimension {dim} in a tensor of {x.ndim} dimensions.", "x", name)
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
    sizes = [int(part) for part in size]
    known = [part for part in sizes if part != -1]
    expect(len(sizes) - len(known) <= 1, "Only one size can be -1.", option="size")
    expect(all(part > 0 for part in known), "Sizes start at 1; one of them may be -1.", option="size")
    count, wanted = 1, 1
    for part in x.shape:
        count *= int(part)
    for part in known:
        wanted *= part
    left = count % wanted == 0 if len(known) < len(sizes) else count == wanted
    shown = "×".join(map(str, sizes))
    expect(left, f"{count:,} elements arrive, which cannot be viewed as {shown}.", "x", "size")
    return x.reshape(*sizes)


@operator("Shape", shows=("index",))
def select(x: Tensor, *, dim: int = 1, index: int = 0) -> Tensor:
    """Take one place of a dimension, which is gone afterwards.

    dim: The dimension.
    index: Which place is taken; -1 is the last.
    """
    expect(-x.ndim <= dim < x.ndim, f"There is no dimension {dim} in a tensor of {x.ndim} dimensions.", "x", "dim")
    size = x.shape[dim]
    expect(-size <= index < size, f"There is no place {index} in a dimension of {size}.", "x", "index")
    return x.select(dim, index)


@operator("Shape")
def center_crop(x: Image, like: Image) -> Tensor:
    """Cut the middle of an image to the height and width of another."""
    for size, wanted in zip(x.shape[2:], like.shape[2:], strict=True):
        expect(size >= wanted, f"An image of {size} cannot be cut to {wanted}.", "x")
    top, left = (x.shape[2] - like.shape[2]) // 2, (x.shape[3] - like.shape[3]) // 2
    return x.narrow(2, top, like.shape[2]).narrow(3, left, like.shape[3])


@operator("Shape", shows=("channels",))
def pad_channels(x: Image, *, channels: Size = 64) -> Tensor:
    """Put channels of zeros behind those of an image (option A of He et al. 2015).

    channels: How many there are afterwards.
    """
    expect(x.shape[1] <= channels, f"{x.shape[1]} channels arrive, more than {channels}.", "x", "channels")
    return F.pad(x, (0, 0, 0, 0, 0, channels - x.shape[1]))
