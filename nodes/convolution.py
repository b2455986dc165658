"""Convolutions."""

from typing import Literal

from grapheditor.authoring import Counts, Image, Pair, Size, Tensor, expect, nn, operator


@operator("Convolution", title="Conv2d", shows=("out_channels", "kernel_size"))
def conv2d(
    x: Image,
    *,
    out_channels: Size = 32,
    kernel_size: Pair = 3,
    stride: Pair = 1,
    padding: Counts | Literal["same"] = 0,
    dilation: Pair = 1,
    groups: Size = 1,
    bias: bool = True,
) -> Tensor:
    """Slide learned filters over an image.

    Takes N×C×H×W and gives N×out_channels×H'×W', where H' is (H + 2·padding - dilation·(kernel_size - 1) - 1) // stride
    + 1, and W' likewise.

    out_channels: How many filters, and so how many channels come out.
    kernel_size: Side of the filter; keep it odd to centre it on a pixel.
    stride: How far the filter moves at each step; 2 halves the image.
    padding: Rows of zeros around the image; "same" keeps the size, and needs a stride of 1.
    dilation: Distance between the filter's points; 2 leaves every other pixel out.
    groups: Divides the channels into groups that do not see each other.
    bias: Adds a learned number to each channel; leave it out before a batch norm.
    """
    channels = x.shape[1]
    expect(
        channels % groups == 0,
        f"The {channels} channels that arrive do not divide into {groups} groups.",
        "x",
        "groups",
    )
    expect(
        out_channels % groups == 0,
        f"out_channels ({out_channels}) does not divide into {groups} groups.",
        option="groups",
    )
    if padding == "same":
        expect(stride == 1, 'A padding of "same" needs a stride of 1.', option="stride")
    else:
        for size, kernel, around, gap in zip(
            x.shape[2:], pair(kernel_size), pair(padding), pair(dilation), strict=True
        ):
            reach = gap * (kernel - 1) + 1
            expect(
                reach <= size + 2 * around,
                f"The filter does not fit into the image: it covers {reach}, and {size + 2 * around} arrive.",
                "x",
                "kernel_size",
            )
    return nn.Conv2d(channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)(x)


@operator("Convolution", title="ConvTranspose2d", shows=("out_channels", "kernel_size"))
def conv_transpose2d(
    x: Image,
    *,
    out_channels: Size = 32,
    kernel_size: Pair = 2,
    stride: Pair = 1,
    padding: Counts = 0,
    output_padding: Counts = 0,
    groups: Size = 1,
    bias: bool = True,
    dilation: Pair = 1,
) -> Tensor:
    """Paint a learned filter at each pixel, weighed by its value: a convolution read backwards (Zeiler et al. 2010).

    Takes N×C×H×W and gives N×out_channels×H'×W', where H' is (H - 1)·stride - 2·padding + dilation·(kernel_size - 1)
    + output_padding + 1, and W' likewise. With a kernel and a stride of 2 it doubles an image.

    out_channels: How many channels come out.
    kernel_size: Side of the filter.
    stride: How far apart two neighbours are painted; 2 doubles the image.
    padding: Rows that are cut off around the result.
    output_padding: Rows added at its right and lower edge, fewer than the stride or the dilation.
    groups: Divides the channels into groups that do not see each other.
    bias: Adds a learned number to each channel; leave it out before a batch norm.
    dilation: Distance between the filter's points.
    """
    channels = x.shape[1]
    expect(
        channels % groups == 0,
        f"The {channels} channels that arrive do not divide into {groups} groups.",
        "x",
        "groups",
    )
    expect(
        out_channels % groups == 0,
        f"out_channels ({out_channels}) does not divide into {groups} groups.",
        option="groups",
    )
    steps, gaps = pair(stride), pair(dilation)
    for i in (0, 1):
        border, extra = pair(padding)[i], pair(output_padding)[i]
        expect(
            extra < max(steps[i], gaps[i]),
            f"The output_padding ({extra}) must be less than the stride ({steps[i]}) or the dilation ({gaps[i]}).",
            option="output_padding",
        )
        left = (x.shape[2 + i] - 1) * steps[i] - 2 * border + gaps[i] * (pair(kernel_size)[i] - 1) + extra + 1
        expect(left > 0, f"The padding ({border}) cuts everything off.", "x", "padding")
    made = nn.ConvTranspose2d(
        channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation
    )
    return made(x)


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """Return one number for both directions, or the two given."""
    return value if isinstance(value, tuple) else (value, value)
