"""Operators that take parts of tensors: places, ranges, rectangles, diagonals, triangles."""

from typing import NamedTuple

from grapheditor.authoring import (
    ORDINALS,
    Count,
    F,
    Image,
    Pair,
    Several,
    Size,
    Sizes,
    Tensor,
    expect,
    expect_dim,
    operator,
    sides,
    torch,
)


class Parts(NamedTuple):
    """Two parts of a tensor, one behind the other."""

    first: Tensor
    second: Tensor


@operator("Shape", shows=("index",))
def select(x: Tensor, *, dim: int = 1, index: int = 0) -> Tensor:
    """Take one place of a dimension, which is gone afterwards.

    dim: The dimension.
    index: Which place is taken; -1 is the last.
    """
    expect_dim(x, dim)
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


@operator("Shape", title="Split", shows=("size", "dim"))
def split(x: Tensor, *, size: Size = 1, dim: int = 1) -> Parts:
    """Divide a dimension into two parts.

    size: How large the first part is.
    dim: The dimension.
    """
    expect_dim(x, dim)
    expect(size < x.shape[dim], f"Of {x.shape[dim]} the first part cannot be {size}.", "x", "size")
    return Parts(x.narrow(dim, 0, size), x.narrow(dim, size, x.shape[dim] - size))


@operator("Shape", title="Split by sizes", shows=("split_sizes", "dim"), many="split_sizes")
def split_with_sizes(x: Tensor, *, split_sizes: Sizes = (1, -1), dim: int = 1) -> tuple[Tensor, ...]:
    """Divide a dimension into parts, each as large as is said: what a dense layer made for several at once.

    split_sizes: How large each part is; one may be -1, for what the others leave.
    dim: The dimension.
    """
    expect_dim(x, dim)
    expect(len(split_sizes) <= len(ORDINALS), f"At most {len(ORDINALS)} parts.", None, "split_sizes")
    sizes = [size for size in split_sizes if isinstance(size, int)]
    expect(len(sizes) == len(split_sizes), "The sizes must be whole numbers.", None, "split_sizes")
    open_, given = sizes.count(-1), sum(size for size in sizes if size != -1)
    expect(open_ <= 1, "At most one size can be -1.", None, "split_sizes")
    expect(all(size > 0 or size == -1 for size in sizes), "A part cannot be empty.", None, "split_sizes")
    rest = x.shape[dim] - given
    fits = rest > 0 if open_ else rest == 0
    expect(fits, f"{x.shape[dim]} cannot be divided into {' and '.join(map(str, sizes))}.", "x", "split_sizes")
    return tuple(torch.split(x, [rest if size == -1 else size for size in sizes], dim))


@operator("Shape", shows=("chunks", "dim"), many="chunks")
def chunk(x: Tensor, *, chunks: Several = 2, dim: int = 1) -> tuple[Tensor, ...]:
    """Divide a dimension into equal parts: values and gates; means and deviations; queries, keys and values.

    chunks: How many parts.
    dim: The dimension.
    """
    expect_dim(x, dim)
    expect(x.shape[dim] % chunks == 0, f"{x.shape[dim]} has no {chunks} equal parts.", "x", "chunks")
    return tuple(torch.chunk(x, chunks, dim))


@operator("Shape", title="Take apart", shows=("places", "dim"), many="places")
def unbind(x: Tensor, *, places: Several = 2, dim: int = 1) -> tuple[Tensor, ...]:
    """Make a tensor of its own of each place of a dimension, which is gone afterwards.

    places: How many there are.
    dim: The dimension.
    """
    expect_dim(x, dim)
    expect(x.shape[dim] == places, f"The dimension has {x.shape[dim]} places, not {places}.", "x", "places")
    return tuple(torch.unbind(x, dim))


@operator("Shape", title="Part of a dimension", shows=("start", "length"))
def narrow(x: Tensor, *, dim: int = 1, start: int = 0, length: Size = 1) -> Tensor:
    """Take neighbouring places of a dimension.

    dim: The dimension.
    start: The first place; below zero it is counted from the end.
    length: How many places.
    """
    expect_dim(x, dim)
    size = x.shape[dim]
    first = start if start >= 0 else size + start
    expect(first >= 0 and first + length <= size, f"{length} from {start} on are not in {size}.", "x", "start")
    return x.narrow(dim, start, length)


@operator("Shape", title="Every n-th", shows=("step",))
def stride(x: Tensor, *, dim: int = 1, start: int = 0, step: Size = 2) -> Tensor:
    """Take every second, third, n-th place of a dimension.

    dim: The dimension.
    start: The first place.
    step: How far apart two places are.
    """
    expect_dim(x, dim)
    expect(0 <= start < x.shape[dim], f"There is no place {start} in a dimension of {x.shape[dim]}.", "x", "start")
    before = [slice(None)] * (dim % x.ndim)
    return x[(*before, slice(start, None, step))]


@operator("Shape")
def diagonal(x: Tensor, *, offset: int = 0) -> Tensor:
    """Take the diagonal of the last two dimensions, which becomes the last one.

    offset: Which diagonal: above the middle one, or below it where it is negative.
    """
    expect(x.ndim >= 2, "A diagonal needs two dimensions.", "x")
    rows, columns = x.shape[-2], x.shape[-1]
    expect(-rows < offset < columns, f"There is no diagonal {offset} in {rows}×{columns}.", "x", "offset")
    return torch.diagonal(x, offset, -2, -1)


@operator("Shape")
def diag_embed(x: Tensor) -> Tensor:
    """Put the last dimension on the diagonal of a matrix; everything else in it is zero."""
    expect(x.ndim >= 1, "A diagonal needs a dimension.", "x")
    return torch.diag_embed(x)


@operator("Shape", title="Lower triangle")
def tril(x: Tensor, *, diagonal: int = 0) -> Tensor:
    """Keep the lower triangle of the last two dimensions; what lies above it becomes zero.

    diagonal: The last one that is kept, counted upwards from the middle one.
    """
    expect(x.ndim >= 2, "A triangle needs two dimensions.", "x")
    return torch.tril(x, diagonal)


@operator("Shape", title="Upper triangle")
def triu(x: Tensor, *, diagonal: int = 0) -> Tensor:
    """Keep the upper triangle of the last two dimensions; what lies below it becomes zero.

    diagonal: The first one that is kept, counted upwards from the middle one.
    """
    expect(x.ndim >= 2, "A triangle needs two dimensions.", "x")
    return torch.triu(x, diagonal)


@operator("Shape", title="Crop", shows=("size",))
def crop(x: Image, *, top: Count = 0, left: Count = 0, size: Pair = 8) -> Tensor:
    """Cut a rectangle out of an image.

    top: The first row.
    left: The first column.
    size: Height and width.
    """
    height, width = sides(size, 2)
    words = f"The image has {x.shape[2]}×{x.shape[3]}, and the cut reaches {top + height}×{left + width}."
    expect(top + height <= x.shape[2] and left + width <= x.shape[3], words, "x", "size")
    return x[:, :, top : top + height, left : left + width]
