"""Convolutions."""

from typing import Any, Literal

from grapheditor.authoring import (
    Count,
    Counts,
    F,
    Floats,
    Image,
    Pair,
    Signal,
    Size,
    Tensor,
    Triple,
    Triples,
    Volume,
    expect,
    expect_groups,
    expect_window,
    nn,
    operator,
    sides,
)

Filled = Literal["zeros", "reflect", "replicate", "circular"]


@operator("Convolution", title="Conv1d", shows=("out_channels", "kernel_size"))
def conv1d(
    x: Signal,
    *,
    out_channels: Size = 32,
    kernel_size: Size = 3,
    stride: Size = 1,
    padding: Count | Literal["same"] = 0,
    dilation: Size = 1,
    groups: Size = 1,
    bias: bool = True,
    padding_mode: Filled = "zeros",
) -> Tensor:
    """Slide learned filters along a sequence: sound, a text of vectors, a measured signal.

    Takes N×C×L and gives N×out_channels×L', where L' is (L + 2·padding - dilation·(kernel_size - 1) - 1) // stride + 1.

    out_channels: How many filters, and so how many channels come out.
    kernel_size: How many places the filter covers.
    stride: How far the filter moves at each step; 2 halves the sequence.
    padding: Places around the sequence; "same" keeps the length, and needs a stride of 1.
    dilation: Distance between the filter's points; 2 leaves every other place out.
    groups: Divides the channels into groups that do not see each other.
    bias: Adds a learned number to each channel; leave it out before a batch norm.
    padding_mode: What the places around are: zeros, the sequence mirrored, its last value, or its other end.
    """
    _expect_conv(x, out_channels, kernel_size, stride, padding, dilation, groups, padding_mode)
    return nn.Conv1d(x.shape[1], out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)(x)


@operator("Convolution", title="Causal Conv1d", stem="conv", shows=("out_channels", "kernel_size", "dilation"))
def causal_conv1d(
    x: Signal,
    *,
    out_channels: Size = 32,
    kernel_size: Size = 2,
    dilation: Size = 1,
    groups: Size = 1,
    bias: bool = True,
) -> Tensor:
    """Slide learned filters along a sequence so that no place sees anything of what comes after it.

    Takes N×C×L and gives N×out_channels×L: there are zeros before the beginning (van den Oord et al. 2016).

    out_channels: How many filters, and so how many channels come out.
    kernel_size: How many places the filter covers; the last is the present one.
    dilation: Distance between the filter's points; 2 leaves every other place out.
    groups: Divides the channels into groups that do not see each other.
    bias: Adds a learned number to each channel.
    """
    expect_groups(x.shape[1], groups, out_channels)
    known = F.pad(x, (dilation * (kernel_size - 1), 0))
    return nn.Conv1d(x.shape[1], out_channels, kernel_size, 1, 0, dilation, groups, bias)(known)


@operator("Convolution", title="Conv2d", shows=("out_channels", "kernel_size"), common=True)
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
    padding_mode: Filled = "zeros",
) -> Tensor:
    """Slide learned filters over an image.

    Takes N×C×H×W and gives N×out_channels×H'×W', where H' is (H + 2·padding - dilation·(kernel_size - 1) - 1) // stride
    + 1, and W' likewise.

    out_channels: How many filters, and so how many channels come out.
    kernel_size: Side of the filter; keep it odd to centre it on a pixel.
    stride: How far the filter moves at each step; 2 halves the image.
    padding: Rows around the image; "same" keeps the size, and needs a stride of 1.
    dilation: Distance between the filter's points; 2 leaves every other pixel out.
    groups: Divides the channels into groups that do not see each other.
    bias: Adds a learned number to each channel; leave it out before a batch norm.
    padding_mode: What the rows around are: zeros, the image mirrored, its edge, or its other side.
    """
    _expect_conv(x, out_channels, kernel_size, stride, padding, dilation, groups, padding_mode)
    return nn.Conv2d(x.shape[1], out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)(x)


@operator("Convolution", title="Conv3d", shows=("out_channels", "kernel_size"))
def conv3d(
    x: Volume,
    *,
    out_channels: Size = 32,
    kernel_size: Triple = 3,
    stride: Triple = 1,
    padding: Triples | Literal["same"] = 0,
    dilation: Triple = 1,
    groups: Size = 1,
    bias: bool = True,
    padding_mode: Filled = "zeros",
) -> Tensor:
    """Slide learned filters through a volume: a film, a scan.

    Takes N×C×D×H×W and gives N×out_channels×D'×H'×W', each as for an image.

    out_channels: How many filters, and so how many channels come out.
    kernel_size: Side of the filter.
    stride: How far the filter moves at each step; 2 halves the volume in each direction.
    padding: Layers around the volume; "same" keeps the size, and needs a stride of 1.
    dilation: Distance between the filter's points.
    groups: Divides the channels into groups that do not see each other.
    bias: Adds a learned number to each channel; leave it out before a batch norm.
    padding_mode: What the layers around are: zeros, the volume mirrored, its edge, or its other side.
    """
    _expect_conv(x, out_channels, kernel_size, stride, padding, dilation, groups, padding_mode)
    return nn.Conv3d(x.shape[1], out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)(x)


@operator("Convolution", title="ConvTranspose1d", shows=("out_channels", "kernel_size"))
def conv_transpose1d(
    x: Signal,
    *,
    out_channels: Size = 32,
    kernel_size: Size = 2,
    stride: Size = 1,
    padding: Count = 0,
    output_padding: Count = 0,
    groups: Size = 1,
    bias: bool = True,
    dilation: Size = 1,
) -> Tensor:
    """Lay a learned filter at each place of a sequence, weighed by its value: a convolution read backwards.

    Takes N×C×L and gives N×out_channels×L', where L' is (L - 1)·stride - 2·padding + dilation·(kernel_size - 1) +
    output_padding + 1. With a kernel and a stride of 2 it doubles a sequence.

    out_channels: How many channels come out.
    kernel_size: How many places the filter covers.
    stride: How far apart two neighbours are laid; 2 doubles the sequence.
    padding: Places that are cut off at both ends of the result.
    output_padding: Places added at its end, fewer than the stride or the dilation.
    groups: Divides the channels into groups that do not see each other.
    bias: Adds a learned number to each channel; leave it out before a batch norm.
    dilation: Distance between the filter's points.
    """
    _expect_transposed(x, out_channels, kernel_size, stride, padding, output_padding, groups, dilation)
    made = nn.ConvTranspose1d(
        x.shape[1], out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation
    )
    return made(x)


@operator("Convolution", title="ConvTranspose2d", shows=("out_channels", "kernel_size"), common=True)
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
    _expect_transposed(x, out_channels, kernel_size, stride, padding, output_padding, groups, dilation)
    made = nn.ConvTranspose2d(
        x.shape[1], out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation
    )
    return made(x)


@operator("Convolution", title="ConvTranspose3d", shows=("out_channels", "kernel_size"))
def conv_transpose3d(
    x: Volume,
    *,
    out_channels: Size = 32,
    kernel_size: Triple = 2,
    stride: Triple = 1,
    padding: Triples = 0,
    output_padding: Triples = 0,
    groups: Size = 1,
    bias: bool = True,
    dilation: Triple = 1,
) -> Tensor:
    """Lay a learned filter at each point of a volume, weighed by its value: a convolution read backwards.

    Takes N×C×D×H×W and gives N×out_channels×D'×H'×W', each as for an image. With a kernel and a stride of 2 it doubles
    a volume in each direction.

    out_channels: How many channels come out.
    kernel_size: Side of the filter.
    stride: How far apart two neighbours are laid; 2 doubles each side.
    padding: Layers that are cut off around the result.
    output_padding: Layers added at its far sides, fewer than the stride or the dilation.
    groups: Divides the channels into groups that do not see each other.
    bias: Adds a learned number to each channel; leave it out before a batch norm.
    dilation: Distance between the filter's points.
    """
    _expect_transposed(x, out_channels, kernel_size, stride, padding, output_padding, groups, dilation)
    made = nn.ConvTranspose3d(
        x.shape[1], out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation
    )
    return made(x)


@operator("Convolution", shows=("kernel_size",))
def unfold(x: Image, *, kernel_size: Pair = 3, dilation: Pair = 1, padding: Counts = 0, stride: Pair = 1) -> Tensor:
    """Lay the windows of an image side by side, as a convolution sees them: N×(C·window)×places.

    kernel_size: Side of the window.
    dilation: Distance between the points of a window.
    padding: Rows of zeros around the image.
    stride: How far the window moves at each step.
    """
    expect_window(x, kernel_size, padding, dilation)
    return nn.Unfold(kernel_size, dilation, padding, stride)(x)


@operator("Convolution", shows=("output_size", "kernel_size"))
def fold(
    x: Signal,
    *,
    output_size: Pair = 28,
    kernel_size: Pair = 3,
    dilation: Pair = 1,
    padding: Counts = 0,
    stride: Pair = 1,
) -> Tensor:
    """Put windows that lie side by side together to an image; where they overlap they are added up.

    output_size: Height and width of the image.
    kernel_size: Side of the window.
    dilation: Distance between the points of a window.
    padding: Rows that are cut off around the image.
    stride: How far apart two windows lie.
    """
    kernel = sides(kernel_size, 2)
    window = kernel[0] * kernel[1]
    expect(x.shape[1] % window == 0, f"{x.shape[1]} numbers arrive for windows of {window}.", "x", "kernel_size")
    places = 1
    each = zip(sides(output_size, 2), kernel, sides(dilation, 2), sides(padding, 2), sides(stride, 2), strict=True)
    for size, side, gap, border, step in each:
        places *= (size + 2 * border - gap * (side - 1) - 1) // step + 1
    words = f"The image has {places} such windows, and {x.shape[2]} arrive."
    expect(int(x.shape[2]) == places, words, "x", "output_size")
    return nn.Fold(output_size, kernel_size, dilation, padding, stride)(x)


def _expect_conv(
    x: Tensor, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, groups: int, mode: str
) -> None:
    expect_groups(x.shape[1], groups, out_channels)
    if padding == "same":
        expect(stride == 1, 'A padding of "same" needs a stride of 1.', option="stride")
        around = [gap * (side - 1) / 2 for gap, side in zip(sides(dilation, 3), sides(kernel_size, 3), strict=False)]
    else:
        expect_window(x, kernel_size, padding, dilation, what="filter")
        around = list(sides(padding, x.ndim - 2))
    for size, border in zip(x.shape[2:], around, strict=False):
        most = {"reflect": size - 1, "circular": size}.get(mode, border)
        expect(border <= most, f"{size} arrive, too few for a {mode} padding of {border}.", "x", "padding")


def _expect_transposed(
    x: Tensor,
    out_channels: int,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> None:
    expect_groups(x.shape[1], groups, out_channels)
    kinds = (kernel_size, stride, padding, output_padding, dilation)
    each = zip(x.shape[2:], *(sides(kind, x.ndim - 2) for kind in kinds), strict=True)
    for size, kernel, step, border, extra, gap in each:
        expect(
            extra < max(step, gap),
            f"The output_padding ({extra}) must be less than the stride ({step}) or the dilation ({gap}).",
            option="output_padding",
        )
        left = (size - 1) * step - 2 * border + gap * (kernel - 1) + extra + 1
        expect(left > 0, f"The padding ({border}) cuts everything off.", "x", "padding")


@operator("Convolution", title="Convolution by given filters", stem="convolved", shows=("stride", "padding"))
def convolve2d(x: Image, filters: Floats, *, stride: Pair = 1, padding: Counts = 0) -> Tensor:
    """Slide filters that arrive over an image: written by hand, or made by another part of the network.

    One of two dimensions, height × width, goes over each channel by itself. Others are filters × channels × height ×
    width, as a Conv2d has them.

    stride: How far a filter moves at each step.
    padding: Rows and columns of zeros around the image.
    """
    expect(filters.ndim in (2, 4), "Filters have 2 dimensions or 4.", "filters")
    channels = int(x.shape[1])
    if filters.ndim == 4:
        fits = int(filters.shape[1]) == channels
        expect(fits, f"The filters are for {filters.shape[1]} channels, and {channels} arrive.", "filters")
    expect_window(x, (int(filters.shape[-2]), int(filters.shape[-1])), padding, what="filter")
    if filters.ndim == 2:
        weight = filters.expand(channels, 1, filters.shape[0], filters.shape[1])
        return F.conv2d(x, weight, stride=stride, padding=padding, groups=channels)
    return F.conv2d(x, filters, stride=stride, padding=padding)
