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
    kernels = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    around = padding if isinstance(padding, tuple) else (padding, padding)
    gaps = dilation if isinstance(dilation, tuple) else (dilation, dilation)
    for size, kernel, border, gap in zip(x.shape[2:], kernels, around, gaps, strict=True):
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
