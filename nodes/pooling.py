"""Pooling."""

from typing import Literal, NamedTuple

from grapheditor.authoring import (
    Count,
    Counts,
    F,
    Image,
    Integers,
    Pair,
    Positive,
    Share,
    Signal,
    Size,
    Tensor,
    Triple,
    Triples,
    Volume,
    expect,
    expect_alike,
    expect_window,
    nn,
    operator,
    sides,
)

Step = Literal["kernel size"]
"""A stride that is the window's own size, as torch's None."""


class Largest(NamedTuple):
    """The largest values, and where each of them was."""

    out: Tensor
    indices: Tensor


@operator("Pooling", title="MaxPool1d", stem="pool", shows=("kernel_size",))
def max_pool1d(
    x: Signal,
    *,
    kernel_size: Size = 2,
    stride: Size | Step = "kernel size",
    padding: Count = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """Keep the largest value of each window of a sequence.

    kernel_size: How many places the window covers.
    stride: How far the window moves; by default its own size, so that windows do not overlap.
    padding: Places of minus infinity at both ends, at most half the window.
    dilation: Distance between the points of a window.
    ceil_mode: Keeps a last window that reaches over the end.
    """
    expect_window(x, kernel_size, padding, dilation, half=True)
    return F.max_pool1d(x, kernel_size, _step(stride), padding, dilation, ceil_mode)


@operator("Pooling", title="MaxPool2d", stem="pool", shows=("kernel_size",), common=True)
def max_pool2d(
    x: Image,
    *,
    kernel_size: Pair = 2,
    stride: Pair | Step = "kernel size",
    padding: Counts = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """Keep the largest value of each window of an image.

    kernel_size: Side of the window.
    stride: How far the window moves; by default its own size, so that windows do not overlap.
    padding: Rows of minus infinity around the image, at most half the window.
    dilation: Distance between the points of a window.
    ceil_mode: Keeps a last window that reaches over the edge.
    """
    expect_window(x, kernel_size, padding, dilation, half=True)
    return F.max_pool2d(x, kernel_size, _step(stride), padding, dilation, ceil_mode)


@operator("Pooling", title="MaxPool3d", stem="pool", shows=("kernel_size",))
def max_pool3d(
    x: Volume,
    *,
    kernel_size: Triple = 2,
    stride: Triple | Step = "kernel size",
    padding: Triples = 0,
    dilation: Triple = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """Keep the largest value of each window of a volume.

    kernel_size: Side of the window.
    stride: How far the window moves; by default its own size, so that windows do not overlap.
    padding: Layers of minus infinity around the volume, at most half the window.
    dilation: Distance between the points of a window.
    ceil_mode: Keeps a last window that reaches over the edge.
    """
    expect_window(x, kernel_size, padding, dilation, half=True)
    return F.max_pool3d(x, kernel_size, _step(stride), padding, dilation, ceil_mode)


@operator("Pooling", title="MaxPool1d with places", stem="pool", shows=("kernel_size",))
def max_pool1d_indices(x: Signal, *, kernel_size: Size = 2, stride: Size | Step = "kernel size") -> Largest:
    """Keep the largest value of each window of a sequence, and tell where each was, so that it can be put back.

    kernel_size: How many places the window covers.
    stride: How far the window moves; by default its own size.
    """
    expect_window(x, kernel_size)
    return Largest(*F.max_pool1d(x, kernel_size, _step(stride), return_indices=True))


@operator("Pooling", title="MaxPool2d with places", stem="pool", shows=("kernel_size",))
def max_pool2d_indices(x: Image, *, kernel_size: Pair = 2, stride: Pair | Step = "kernel size") -> Largest:
    """Keep the largest value of each window of an image, and tell where each was, so that it can be put back.

    kernel_size: Side of the window.
    stride: How far the window moves; by default its own size.
    """
    expect_window(x, kernel_size)
    return Largest(*F.max_pool2d(x, kernel_size, _step(stride), return_indices=True))


@operator("Pooling", title="MaxPool3d with places", stem="pool", shows=("kernel_size",))
def max_pool3d_indices(x: Volume, *, kernel_size: Triple = 2, stride: Triple | Step = "kernel size") -> Largest:
    """Keep the largest value of each window of a volume, and tell where each was, so that it can be put back.

    kernel_size: Side of the window.
    stride: How far the window moves; by default its own size.
    """
    expect_window(x, kernel_size)
    return Largest(*F.max_pool3d(x, kernel_size, _step(stride), return_indices=True))


@operator("Pooling", title="MaxUnpool1d", stem="unpool", shows=("kernel_size",))
def max_unpool1d(
    x: Signal,
    indices: Integers,
    like: Signal | None,
    *,
    kernel_size: Size = 2,
    stride: Size | Step = "kernel size",
    padding: Count = 0,
) -> Tensor:
    """Put values back where they were the largest of their window; all other places of the sequence are zero.

    Wire what was pooled to like where its length is not a multiple of the step: the result is as long.

    kernel_size: How many places the window covered.
    stride: How far it moved; by default its own size.
    padding: What stood around what was pooled, and is not given back.
    """
    expect_alike(x, indices, "indices", "Values and the places where they were")
    return F.max_unpool1d(x, indices, kernel_size, _step(stride), padding, _size(like))


@operator("Pooling", title="MaxUnpool2d", stem="unpool", shows=("kernel_size",))
def max_unpool2d(
    x: Image,
    indices: Integers,
    like: Image | None,
    *,
    kernel_size: Pair = 2,
    stride: Pair | Step = "kernel size",
    padding: Counts = 0,
) -> Tensor:
    """Put values back where they were the largest of their window; all other pixels are zero (Zeiler et al. 2011).

    Wire what was pooled to like where its sides are not multiples of the step: the result is as large.

    kernel_size: Side of the window.
    stride: How far it moved; by default its own size.
    padding: What stood around what was pooled, and is not given back.
    """
    expect_alike(x, indices, "indices", "Values and the places where they were")
    return F.max_unpool2d(x, indices, kernel_size, _step(stride), padding, _size(like))


@operator("Pooling", title="MaxUnpool3d", stem="unpool", shows=("kernel_size",))
def max_unpool3d(
    x: Volume,
    indices: Integers,
    like: Volume | None,
    *,
    kernel_size: Triple = 2,
    stride: Triple | Step = "kernel size",
    padding: Triples = 0,
) -> Tensor:
    """Put values back where they were the largest of their window; all other points of the volume are zero.

    Wire what was pooled to like where its sides are not multiples of the step: the result is as large.

    kernel_size: Side of the window.
    stride: How far it moved; by default its own size.
    padding: What stood around what was pooled, and is not given back.
    """
    expect_alike(x, indices, "indices", "Values and the places where they were")
    return F.max_unpool3d(x, indices, kernel_size, _step(stride), padding, _size(like))


@operator("Pooling", title="AvgPool1d", stem="pool", shows=("kernel_size",))
def avg_pool1d(
    x: Signal,
    *,
    kernel_size: Size = 2,
    stride: Size | Step = "kernel size",
    padding: Count = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Take the mean of each window of a sequence.

    kernel_size: How many places the window covers.
    stride: How far the window moves; by default its own size, so that windows do not overlap.
    padding: Places of zeros at both ends, at most half the window.
    ceil_mode: Keeps a last window that reaches over the end.
    count_include_pad: Counts the zeros at the ends when the mean is taken.
    """
    expect_window(x, kernel_size, padding, half=True)
    return F.avg_pool1d(x, kernel_size, _step(stride), padding, ceil_mode, count_include_pad)


@operator("Pooling", title="AvgPool2d", stem="pool", shows=("kernel_size",), common=True)
def avg_pool2d(
    x: Image,
    *,
    kernel_size: Pair = 2,
    stride: Pair | Step = "kernel size",
    padding: Counts = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Take the mean of each window of an image.

    kernel_size: Side of the window.
    stride: How far the window moves; by default its own size, so that windows do not overlap.
    padding: Rows of zeros around the image, at most half the window.
    ceil_mode: Keeps a last window that reaches over the edge.
    count_include_pad: Counts the zeros around the image when the mean is taken.
    """
    expect_window(x, kernel_size, padding, half=True)
    return F.avg_pool2d(x, kernel_size, _step(stride), padding, ceil_mode, count_include_pad)


@operator("Pooling", title="AvgPool3d", stem="pool", shows=("kernel_size",))
def avg_pool3d(
    x: Volume,
    *,
    kernel_size: Triple = 2,
    stride: Triple | Step = "kernel size",
    padding: Triples = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Take the mean of each window of a volume.

    kernel_size: Side of the window.
    stride: How far the window moves; by default its own size, so that windows do not overlap.
    padding: Layers of zeros around the volume, at most half the window.
    ceil_mode: Keeps a last window that reaches over the edge.
    count_include_pad: Counts the zeros around the volume when the mean is taken.
    """
    expect_window(x, kernel_size, padding, half=True)
    return F.avg_pool3d(x, kernel_size, _step(stride), padding, ceil_mode, count_include_pad)


@operator("Pooling", title="LPPool1d", stem="pool", shows=("norm_type", "kernel_size"))
def lp_pool1d(
    x: Signal,
    *,
    norm_type: Positive = 2.0,
    kernel_size: Size = 2,
    stride: Size | Step = "kernel size",
    ceil_mode: bool = False,
) -> Tensor:
    """Take the norm of each window of a sequence.

    norm_type: Its power: 1 adds the values up, 2 is the length of a vector, a large one comes near the largest value.
    kernel_size: How many places the window covers.
    stride: How far the window moves; by default its own size.
    ceil_mode: Keeps a last window that reaches over the end.
    """
    expect(norm_type > 0, "The power of a norm is above 0.", option="norm_type")
    expect_window(x, kernel_size)
    return nn.LPPool1d(norm_type, kernel_size, _step(stride), ceil_mode)(x)


@operator("Pooling", title="LPPool2d", stem="pool", shows=("norm_type", "kernel_size"))
def lp_pool2d(
    x: Image,
    *,
    norm_type: Positive = 2.0,
    kernel_size: Pair = 2,
    stride: Pair | Step = "kernel size",
    ceil_mode: bool = False,
) -> Tensor:
    """Take the norm of each window of an image (Sermanet, Chintala & LeCun 2012).

    norm_type: Its power: 1 adds the values up, 2 is the length of a vector, a large one comes near the largest value.
    kernel_size: Side of the window.
    stride: How far the window moves; by default its own size.
    ceil_mode: Keeps a last window that reaches over the edge.
    """
    expect(norm_type > 0, "The power of a norm is above 0.", option="norm_type")
    expect_window(x, kernel_size)
    return nn.LPPool2d(norm_type, kernel_size, _step(stride), ceil_mode)(x)


@operator("Pooling", title="LPPool3d", stem="pool", shows=("norm_type", "kernel_size"))
def lp_pool3d(
    x: Volume,
    *,
    norm_type: Positive = 2.0,
    kernel_size: Triple = 2,
    stride: Triple | Step = "kernel size",
    ceil_mode: bool = False,
) -> Tensor:
    """Take the norm of each window of a volume.

    norm_type: Its power: 1 adds the values up, 2 is the length of a vector, a large one comes near the largest value.
    kernel_size: Side of the window.
    stride: How far the window moves; by default its own size.
    ceil_mode: Keeps a last window that reaches over the edge.
    """
    expect(norm_type > 0, "The power of a norm is above 0.", option="norm_type")
    expect_window(x, kernel_size)
    return nn.LPPool3d(norm_type, kernel_size, _step(stride), ceil_mode)(x)


@operator("Pooling", title="FractionalMaxPool2d", stem="pool", shows=("kernel_size", "output_ratio"), random=True)
def fractional_max_pool2d(x: Image, *, kernel_size: Pair = 2, output_ratio: Share = 0.7) -> Tensor:
    """Keep the largest value of windows that lie at random steps, so that an image shrinks by any share (Graham 2014).

    kernel_size: Side of the window.
    output_ratio: How long each side of the result is, as a share of what arrives.
    """
    _expect_share(x, kernel_size, output_ratio)
    return nn.FractionalMaxPool2d(kernel_size, output_ratio=output_ratio)(x)


@operator("Pooling", title="FractionalMaxPool3d", stem="pool", shows=("kernel_size", "output_ratio"), random=True)
def fractional_max_pool3d(x: Volume, *, kernel_size: Triple = 2, output_ratio: Share = 0.7) -> Tensor:
    """Keep the largest value of windows that lie at random steps, so that a volume shrinks by any share.

    kernel_size: Side of the window.
    output_ratio: How long each side of the result is, as a share of what arrives.
    """
    _expect_share(x, kernel_size, output_ratio)
    return nn.FractionalMaxPool3d(kernel_size, output_ratio=output_ratio)(x)


@operator("Pooling", title="AdaptiveAvgPool1d", stem="pool", shows=("output_size",))
def adaptive_avg_pool1d(x: Signal, *, output_size: Size = 1) -> Tensor:
    """Divide a sequence into parts and take the mean of each, whatever its length.

    output_size: How many parts; 1 takes the mean of each channel as a whole.
    """
    return F.adaptive_avg_pool1d(x, output_size)


@operator("Pooling", title="AdaptiveAvgPool2d", stem="pool", shows=("output_size",), common=True)
def adaptive_avg_pool2d(x: Image, *, output_size: Pair = 1) -> Tensor:
    """Divide an image into a grid and take the mean of each field, whatever the size of the image.

    output_size: Fields in each direction; 1 takes the mean of each channel as a whole.
    """
    return F.adaptive_avg_pool2d(x, output_size)


@operator("Pooling", title="AdaptiveAvgPool3d", stem="pool", shows=("output_size",), unsaid=("output_size",))
def adaptive_avg_pool3d(x: Volume, *, output_size: Triple = 1) -> Tensor:
    """Divide a volume into a grid and take the mean of each field, whatever the size of the volume.

    output_size: Fields in each direction; 1 takes the mean of each channel as a whole.
    """
    return F.adaptive_avg_pool3d(x, output_size)


@operator("Pooling", title="AdaptiveMaxPool1d", stem="pool", shows=("output_size",))
def adaptive_max_pool1d(x: Signal, *, output_size: Size = 1) -> Tensor:
    """Divide a sequence into parts and keep the largest value of each, whatever its length.

    output_size: How many parts; 1 keeps the largest value of each channel.
    """
    return F.adaptive_max_pool1d(x, output_size)


@operator("Pooling", title="AdaptiveMaxPool2d", stem="pool", shows=("output_size",))
def adaptive_max_pool2d(x: Image, *, output_size: Pair = 1) -> Tensor:
    """Divide an image into a grid and keep the largest value of each field, whatever the size of the image.

    output_size: Fields in each direction; 1 keeps the largest value of each channel.
    """
    return F.adaptive_max_pool2d(x, output_size)


@operator("Pooling", title="AdaptiveMaxPool3d", stem="pool", shows=("output_size",))
def adaptive_max_pool3d(x: Volume, *, output_size: Triple = 1) -> Tensor:
    """Divide a volume into a grid and keep the largest value of each field, whatever the size of the volume.

    output_size: Fields in each direction; 1 keeps the largest value of each channel.
    """
    return F.adaptive_max_pool3d(x, output_size)


def _step(stride: int | tuple[int, ...] | str) -> int | tuple[int, ...] | None:
    """Return a stride as torch takes it."""
    return None if isinstance(stride, str) else stride


def _size(like: Tensor | None) -> tuple[int, ...] | None:
    """Return how large a result is to be, as torch takes it."""
    return None if like is None else tuple(like.shape[2:])


def _expect_share(x: Tensor, kernel_size: int | tuple[int, ...], share: float) -> None:
    for size, side in zip(x.shape[2:], sides(kernel_size, x.ndim - 2), strict=True):
        fits = 1 <= int(size * share) <= size - side + 1
        words = f"Of {size} a window of {side} cannot give {int(size * share)}: there is no room to move."
        expect(fits, words, "x", "output_ratio")
