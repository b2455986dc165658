"""U-Net: a class for each pixel."""

from grapheditor.authoring import Drawing, Handle, Size, choice, module, template


@module
def DoubleConvolution(g: Drawing, x: Handle, *, width: Size = 64, padded: bool = False) -> Handle:
    """Two convolutions of 3×3 with ReLU.

    width: Channels of both.
    padded: Keeps the size; without it each convolution takes a pixel from every side.
    """
    padding = choice(padded, 1, 0)
    x = g.relu(g.conv2d(x, out_channels=width, kernel_size=3, padding=padding))
    return g.relu(g.conv2d(x, out_channels=width, kernel_size=3, padding=padding))


@module
def Up(g: Drawing, x: Handle, skip: Handle, *, width: Size = 64, padded: bool = False) -> Handle:
    """Double the image, put beside it the middle of what it was on the way down, and look at both.

    width: Channels that come out.
    padded: Keeps the size in the convolutions.
    """
    x = g.conv_transpose2d(x, out_channels=width, kernel_size=2, stride=2)
    both = g.concatenate([g.center_crop(skip, x), x])
    return DoubleConvolution(g, both, width=width, padded=padded, id="convolutions")


@template("Vision", title="U-Net", source="Ronneberger, Fischer & Brox 2015")
def unet(
    g: Drawing,
    *,
    classes: Size = 2,
    channels: Size = 1,
    size: Size = 572,
    width: Size = 64,
    depth: Size = 4,
    padded: bool = False,
) -> None:
    """Down to what is in the image, up again to where it is: a class for each pixel, learned from few images.

    Its convolutions are valid ones, as in the paper: the mask is smaller than the image, 388 of 572 pixels.

    classes: How many classes a pixel can have.
    channels: Channels of the image.
    size: Side of the image; 188 is the smallest without padding at a depth of 4.
    width: Channels of the first convolutions; each level below has twice as many.
    depth: How often the image is halved.
    padded: Pads the convolutions; the mask is as large as the image where its side is a multiple of 2 to the depth.
    """
    x = g.input(shape=("N", channels, size, size), id="image")
    skips = []
    for i in range(depth):
        x = DoubleConvolution(g, x, width=width * 2**i, padded=padded, id=f"down{i + 1}")
        skips.append(x)
        x = g.max_pool2d(x)
    x = DoubleConvolution(g, x, width=width * 2**depth, padded=padded, id="bottom")
    for i in reversed(range(depth)):
        x = Up(g, x, skips[i], width=width * 2**i, padded=padded, id=f"up{i + 1}")
    g.output(g.conv2d(x, out_channels=classes, kernel_size=1), id="scores")
