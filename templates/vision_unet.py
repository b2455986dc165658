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


@template(
    "Vision",
    title="U-Net",
    source="Ronneberger, Fischer & Brox 2015",
    paper="U-Net: Convolutional Networks for Biomedical Image Segmentation",
)
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

    On the way up each level sees beside what comes from below what its level saw on the way down: what is there, and
    where. The way up is as wide as the way down, so context reaches the full resolution. With 30 images, bent at random
    so that they seem many, it was the best at membranes of nerve cells, and it won the cell tracking challenge of 2015
    by a large margin. A whole image goes through at once, where earlier networks looked at a patch around every pixel.

    Its convolutions are valid ones, as in the paper: the mask is smaller than the image, 388 of 572 pixels.
    Padded, and with the four classes of the generated shapes, it brings a recipe for these.

    classes: How many classes a pixel can have.
    channels: Channels of the image.
    size: Side of the image; 188 is the smallest without padding at a depth of 4.
    width: Channels of the first convolutions; each level below has twice as many.
    depth: How often the image is halved.
    padded: Pads the convolutions; the mask is as large as the image where its side is a multiple of 2 to the depth.
    """
    x = g.input(shape=("N", channels, size, size), id="image")
    learns = padded and size % 2**depth == 0 and classes >= 4 and channels in (1, 3) and 16 <= size <= 1024
    x = g.normalize(x, id="normalize") if learns else x
    skips = []
    for i in range(depth):
        x = DoubleConvolution(g, x, width=width * 2**i, padded=padded, id=f"down{i + 1}")
        skips.append(x)
        x = g.max_pool2d(x)
    x = DoubleConvolution(g, x, width=width * 2**depth, padded=padded, id="bottom")
    for i in reversed(range(depth)):
        x = Up(g, x, skips[i], width=width * 2**i, padded=padded, id=f"up{i + 1}")
    x = g.conv2d(x, out_channels=classes, kernel_size=1)
    g.output(x, id="scores")
    if not learns:
        return
    mask = g.input(shape=("N", size, size), dtype="int64", id="mask")
    g.accuracy(x, mask, id="accuracy")
    g.train(
        g.cross_entropy(x, mask, id="loss"),
        data="shapes",
        source={"size": size, "samples": 2_000, "colours": "grey" if channels == 1 else "colour"},
        metrics=("iou",),
        optimizer="Adam",
        settings={"lr": 3e-3},
        schedules=[{"name": "OneCycleLR", "settings": {"max_lr": 3e-3}}],
        epochs=8,
        batch=20,
    )
