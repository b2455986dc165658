"""SharpMask: which pixels belong to the object in the middle of an image."""

from grapheditor.authoring import Drawing, Handle, Size, module, template


def _normed(g: Drawing, x: Handle, width: object, kernel: object = 3, **options: object) -> Handle:
    """Draw a convolution without a bias and the batch norm behind it."""
    return g.batch_norm2d(g.conv2d(x, out_channels=width, kernel_size=kernel, bias=False, **options))


@module
def Shortcut(g: Drawing, x: Handle, *, width: Size = 256, stride: Size = 1) -> Handle:
    """Fit what goes past a block to the size of what comes out of it.

    width: Channels that come out.
    stride: How far the filter moves.
    """
    return _normed(g, x, width, 1, stride=stride)


@module
def Bottleneck(g: Drawing, x: Handle, *, width: Size = 64, stride: Size = 1, project: bool = False) -> Handle:
    """Add to what arrives what a narrow convolution between two of 1×1 makes of it.

    width: Channels of the narrow convolution; four times as many come out.
    stride: How far the narrow filter moves; 2 halves the image.
    project: Fits what arrives to another size by a convolution.
    """
    y = g.relu(_normed(g, x, width, 1))
    y = g.relu(_normed(g, y, width, 3, stride=stride, padding=1))
    y = _normed(g, y, 4 * width, 1)
    return g.relu(g.add(y, Shortcut(g, x, width=4 * width, stride=stride, id="shortcut", when=project)))


@module
def Stage(g: Drawing, x: Handle, *, width: Size = 64, blocks: Size = 3, stride: Size = 1) -> Handle:
    """Bottleneck blocks of one width; the first may halve the image.

    width: Channels of the narrow convolutions.
    blocks: How many there are.
    stride: The stride of the first.
    """
    x = Bottleneck(g, x, width=width, stride=stride, project=True, id="first")
    return Bottleneck(g, x, width=width, repeat=blocks - 1, id="blocks")


@module
def Refine(g: Drawing, mask: Handle, features: Handle, *, skip: Size = 32, width: Size = 16) -> Handle:
    """Lay a mask beside what an earlier layer saw, look at both, and double it.

    skip: To how many channels the features are narrowed first, so that they do not drown the mask.
    width: Channels that come out.
    """
    seen = g.relu(g.conv2d(features, out_channels=skip, kernel_size=3, padding=1, id="narrow"))
    both = g.concatenate([mask, seen])
    x = g.relu(g.conv2d(both, out_channels=width, kernel_size=3, padding=1, id="refine"))
    return g.upsample(x, mode="bilinear")


@template(
    "Vision",
    title="SharpMask",
    source="Pinheiro, Lin, Collobert & Dollár 2016",
    paper="Learning to Refine Object Segments",
)
def sharpmask(g: Drawing, *, channels: Size = 3, size: Size = 160, width: Size = 64, mask: Size = 32) -> None:
    """A mask of the object in the middle of an image, made sharp by earlier layers.

    DeepMask, before it, drew its masks from the last layers alone, which know what there is and no longer exactly
    where. Here the coarse mask goes back up: four times it is laid beside the features of an earlier layer, refined and
    doubled, until it is as large as the image. Narrow layers on the way up keep that cheap. It raised the average
    recall of DeepMask's proposals by 10 to 20 %, and with a leaner trunk it was 50 % faster, below 0.8 s an image.

    The trunk is a ResNet-50 up to a sixteenth of the image, as in the paper. The second head, which says how likely
    there is an object in the middle, is not here.

    channels: Channels of the image.
    size: Side of the image, a multiple of 16.
    width: Narrow channels of the trunk's first stage; each other has twice as many as the one before.
    mask: Channels of the coarse mask, a multiple of 16; each refinement has half as many as the one before.
    """
    if size % 16 or mask % 16:
        raise ValueError("size and mask must be multiples of 16")
    x = g.input(shape=("N", channels, size, size), id="image")
    half = g.relu(_normed(g, x, width, 7, stride=2, padding=3))
    quarter = g.max_pool2d(half, kernel_size=3, stride=2, padding=1)
    quarter = Stage(g, quarter, width=width, blocks=3, stride=1, id="stage1")
    eighth = Stage(g, quarter, width=2 * width, blocks=4, stride=2, id="stage2")
    last = Stage(g, eighth, width=4 * width, blocks=6, stride=2, id="stage3")
    x = g.relu(g.conv2d(last, out_channels=2 * width, kernel_size=1, id="narrow"))
    x = g.linear(g.flatten(x), out_features=8 * width, id="whole")
    side = size // 16
    x = g.linear(x, out_features=mask * side * side, id="coarse")
    x = g.unflatten(x, unflattened_size=(mask, side, side), id="mask1")
    for i, features in enumerate((last, eighth, quarter, half), 1):
        x = Refine(g, x, features, skip=mask, width=mask // 2, id=f"refine{i}")
        mask //= 2
    g.output(g.conv2d(x, out_channels=1, kernel_size=3, padding=1, id="pixels"), id="mask")
