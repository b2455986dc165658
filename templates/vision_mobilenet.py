"""Networks for telephones. Defaults and counts are those of torchvision."""

from grapheditor.authoring import Drawing, Handle, Positive, Size, module, template


def _normed(g: Drawing, x: Handle, width: object, kernel: object = 3, **options: object) -> Handle:
    """Draw a convolution without a bias and the batch norm behind it."""
    return g.batch_norm2d(g.conv2d(x, out_channels=width, kernel_size=kernel, bias=False, **options))


@module
def InvertedResidual(
    g: Drawing, x: Handle, *, narrow: Size = 16, width: Size = 24, expansion: Size = 6, stride: Size = 1
) -> Handle:
    """Widen, filter each channel by itself, narrow again; add what arrived where the sizes agree.

    narrow: Channels that arrive.
    width: Channels that come out.
    expansion: How many times wider it is in between.
    stride: How far the filter moves; 2 halves the image.
    """
    wide = expansion * narrow
    y = g.relu6(_normed(g, x, wide, 1))
    y = g.relu6(_normed(g, y, wide, 3, stride=stride, padding=1, groups=wide))
    return _normed(g, y, width, 1)


@module
def InvertedBlock(g: Drawing, x: Handle, *, width: Size = 24, expansion: Size = 6) -> Handle:
    """An inverted residual of one width, added to what arrives.

    width: Channels that arrive and come out.
    expansion: How many times wider it is in between.
    """
    return g.add(x, InvertedResidual(g, x, narrow=width, width=width, expansion=expansion, stride=1, id="residual"))


def _rounded(channels: float) -> int:
    """Return the multiple of 8 next to a number of channels, not less than nine tenths of it."""
    near = max(8, int(channels + 4) // 8 * 8)
    return near if near >= 0.9 * channels else near + 8


@template(
    "Vision",
    title="MobileNet v2",
    source="Sandler et al. 2018",
    paper="MobileNetV2: Inverted Residuals and Linear Bottlenecks",
)
def mobilenet_v2(
    g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224, width: Positive = 1.0
) -> None:
    """Narrow layers with wide filters of single channels between them: a network for telephones.

    A filter that sees one channel only, and a 1×1 convolution that mixes them, do the work of a full one for about a
    ninth of the price, as in the first MobileNet. New is that residual blocks are turned inside out: narrow where they
    are added, six times as wide inside. No ReLU follows the narrow layers, since it would lose what few channels cannot
    say twice. It reaches 72 % on ImageNet with 300 million multiply-adds, a thirteenth of ResNet-50's.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: The share of the usual channels in each layer, rounded to multiples of 8.
    """
    first, narrow = _rounded(32 * width), _rounded(16 * width)
    x = g.input(shape=("N", channels, size, size), id="image")
    x = g.relu6(_normed(g, x, first, 3, stride=2, padding=1))
    y = g.relu6(_normed(g, x, first, 3, padding=1, groups=first))
    y = _normed(g, y, narrow, 1)
    x = g.add(x, y) if first == narrow else y
    for usual, count, stride in ((24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1)):
        wide = _rounded(usual * width)
        alike = stride == 1 and wide == narrow  # only of a very narrow network
        if not alike:
            x = InvertedResidual(g, x, narrow=narrow, width=wide, expansion=6, stride=stride)
        if count > 1 or alike:
            x = InvertedBlock(g, x, width=wide, expansion=6, repeat=count if alike else count - 1)
        narrow = wide
    x = g.relu6(_normed(g, x, _rounded(1280 * max(1.0, width)), 1))
    x = g.dropout(g.flatten(g.adaptive_avg_pool2d(x)), p=0.2)
    g.output(g.linear(x, out_features=classes), id="scores")
