"""Pooling."""

from typing import Literal

from grapheditor.authoring import Counts, F, Image, Pair, Tensor, expect, operator


@operator("Pooling", title="MaxPool2d", stem="pool", shows=("kernel_size",))
def max_pool2d(
    x: Image,
    *,
    kernel_size: Pair = 2,
    stride: Pair | Literal["kernel size"] = "kernel size",
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
    for size, kernel, border, gap in zip(x.shape[2:], both(kernel_size), both(padding), both(dilation), strict=True):
        reach = gap * (kernel - 1) + 1
        expect(
            2 * border <= kernel, f"The padding ({border}) is more than half the window ({kernel}).", option="padding"
        )
        expect(
            reach <= size + 2 * border,
            f"The window does not fit into the image: it covers {reach}, and {size + 2 * border} arrive.",
            "x",
            "kernel_size",
        )
    step = None if stride == "kernel size" else stride
    return F.max_pool2d(x, kernel_size, step, padding, dilation, ceil_mode)


@operator("Pooling", title="AvgPool2d", stem="pool", shows=("kernel_size",))
def avg_pool2d(
    x: Image,
    *,
    kernel_size: Pair = 2,
    stride: Pair | Literal["kernel size"] = "kernel size",
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
    for size, kernel, border in zip(x.shape[2:], both(kernel_size), both(padding), strict=True):
        expect(
            2 * border <= kernel, f"The padding ({border}) is more than half the window ({kernel}).", option="padding"
        )
        expect(
            kernel <= size + 2 * border,
            f"The window does not fit into the image: it covers {kernel}, and {size + 2 * border} arrive.",
            "x",
            "kernel_size",
        )
    step = None if stride == "kernel size" else stride
    return F.avg_pool2d(x, kernel_size, step, padding, ceil_mode, count_include_pad)


@operator("Pooling", title="AdaptiveAvgPool2d", stem="pool", shows=("output_size",))
def adaptive_avg_pool2d(x: Image, *, output_size: Pair = 1) -> Tensor:
    """Divide an image into a grid and take the mean of each field, whatever the size of the image.

    output_size: Fields in each direction; 1 takes the mean of each channel as a whole.
    """
    return F.adaptive_avg_pool2d(x, output_size)


def both(value: int | tuple[int, int]) -> tuple[int, int]:
    """Return one number for both directions, or the two given."""
    return value if isinstance(value, tuple) else (value, value)
