"""Vision: the networks that learned to see. Defaults and counts are those of torchvision."""

from grapheditor.authoring import Drawing, Handle, Size, module, template


def image(g: Drawing, channels: int, size: int) -> Handle:
    """Draw the input of a network for square images."""
    return g.input(shape=("N", channels, size, size), id="image")


@template("Vision", title="AlexNet", source="Krizhevsky, Sutskever & Hinton 2012")
def alexnet(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224) -> None:
    """Five convolutions and three linear layers: the network that began the deep decade.

    It is the one-column version of Krizhevsky 2014, as torchvision has it.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    """
    x = image(g, channels, size)
    x = g.relu(g.conv2d(x, out_channels=64, kernel_size=11, stride=4, padding=2))
    x = g.max_pool2d(x, kernel_size=3, stride=2)
    x = g.relu(g.conv2d(x, out_channels=192, kernel_size=5, padding=2))
    x = g.max_pool2d(x, kernel_size=3, stride=2)
    for width in (384, 256, 256):
        x = g.relu(g.conv2d(x, out_channels=width, kernel_size=3, padding=1))
    x = g.adaptive_avg_pool2d(g.max_pool2d(x, kernel_size=3, stride=2), output_size=6)
    x = g.flatten(x)
    for _ in range(2):
        x = g.relu(g.linear(g.dropout(x), out_features=4096))
    g.output(g.linear(x, out_features=classes), id="scores")


def _vgg(g: Drawing, widths: tuple[tuple[int, int], ...], classes: int, channels: int, size: int, normed: bool) -> None:
    x = image(g, channels, size)
    for width, count in widths:
        for _ in range(count):
            x = g.conv2d(x, out_channels=width, kernel_size=3, padding=1)
            x = g.relu(g.batch_norm2d(x) if normed else x)
        x = g.max_pool2d(x)
    x = g.flatten(g.adaptive_avg_pool2d(x, output_size=7))
    for _ in range(2):
        x = g.dropout(g.relu(g.linear(x, out_features=4096)))
    g.output(g.linear(x, out_features=classes), id="scores")


VGG = "Simonyan & Zisserman 2014"


@template("Vision", title="VGG11", source=VGG)
def vgg11(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224, batch_norm: bool = False) -> None:
    """Eight convolutions of 3×3 and three linear layers: depth from small filters alone.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    batch_norm: Puts a batch norm behind each convolution.
    """
    _vgg(g, ((64, 1), (128, 1), (256, 2), (512, 2), (512, 2)), classes, channels, size, batch_norm)


@template("Vision", title="VGG13", source=VGG)
def vgg13(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224, batch_norm: bool = False) -> None:
    """Ten convolutions of 3×3, two before each pooling, and three linear layers.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    batch_norm: Puts a batch norm behind each convolution.
    """
    _vgg(g, ((64, 2), (128, 2), (256, 2), (512, 2), (512, 2)), classes, channels, size, batch_norm)


@template("Vision", title="VGG16", source=VGG)
def vgg16(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224, batch_norm: bool = False) -> None:
    """Thirteen convolutions of 3×3 and three linear layers, the most used of its family.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    batch_norm: Puts a batch norm behind each convolution.
    """
    _vgg(g, ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), classes, channels, size, batch_norm)


@template("Vision", title="VGG19", source=VGG)
def vgg19(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224, batch_norm: bool = False) -> None:
    """Sixteen convolutions of 3×3 and three linear layers, the deepest of its family.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    batch_norm: Puts a batch norm behind each convolution.
    """
    _vgg(g, ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)), classes, channels, size, batch_norm)


def _normed(g: Drawing, x: Handle, width: object, kernel: object = 3, **options: object) -> Handle:
    """Draw a convolution without a bias and the batch norm behind it."""
    return g.batch_norm2d(g.conv2d(x, out_channels=width, kernel_size=kernel, bias=False, **options))


@module
def Shortcut(g: Drawing, x: Handle, *, width: Size = 64, stride: Size = 1) -> Handle:
    """Fit what goes past a block to the size of what comes out of it.

    width: Channels that come out.
    stride: How far the filter moves.
    """
    return _normed(g, x, width, 1, stride=stride)


@module
def BasicBlock(g: Drawing, x: Handle, *, width: Size = 64, stride: Size = 1, project: bool = False) -> Handle:
    """Add to what arrives what two convolutions make of it.

    width: Channels of both convolutions.
    stride: How far the first filter moves; 2 halves the image.
    project: Fits what arrives to another size by a convolution.
    """
    y = g.relu(_normed(g, x, width, 3, stride=stride, padding=1))
    y = _normed(g, y, width, 3, padding=1)
    return g.relu(g.add(y, Shortcut(g, x, width=width, stride=stride, id="shortcut", when=project)))


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
def BasicStage(g: Drawing, x: Handle, *, width: Size = 64, blocks: Size = 2, stride: Size = 1) -> Handle:
    """Residual blocks of one width; the first may halve the image.

    width: Channels of each block.
    blocks: How many there are.
    stride: The stride of the first.
    """
    x = BasicBlock(g, x, width=width, stride=stride, project=stride > 1, id="first")
    return BasicBlock(g, x, width=width, repeat=blocks - 1, id="blocks")


@module
def BottleneckStage(g: Drawing, x: Handle, *, width: Size = 64, blocks: Size = 3, stride: Size = 1) -> Handle:
    """Bottleneck blocks of one width; the first fits the shortcut and may halve the image.

    width: Channels of the narrow convolutions.
    blocks: How many there are.
    stride: The stride of the first.
    """
    x = Bottleneck(g, x, width=width, stride=stride, project=True, id="first")
    return Bottleneck(g, x, width=width, repeat=blocks - 1, id="blocks")


def _resnet(g: Drawing, stage: object, counts: tuple[int, ...], classes: int, channels: int, size: int) -> None:
    x = g.relu(_normed(g, image(g, channels, size), 64, 7, stride=2, padding=3))
    x = g.max_pool2d(x, kernel_size=3, stride=2, padding=1)
    for i, count in enumerate(counts):
        x = stage(g, x, width=64 * 2**i, blocks=count, stride=1 if i == 0 else 2, id=f"stage{i + 1}")  # type: ignore[operator]
    x = g.flatten(g.adaptive_avg_pool2d(x))
    g.output(g.linear(x, out_features=classes), id="scores")


HE = "He et al. 2015"


@template("Vision", title="ResNet-18", source=HE)
def resnet18(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224) -> None:
    """Eight residual blocks of two convolutions: layers that learn what to add, so that depth no longer hurts.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    """
    _resnet(g, BasicStage, (2, 2, 2, 2), classes, channels, size)


@template("Vision", title="ResNet-34", source=HE)
def resnet34(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224) -> None:
    """Sixteen residual blocks of two convolutions.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    """
    _resnet(g, BasicStage, (3, 4, 6, 3), classes, channels, size)


@template("Vision", title="ResNet-50", source=HE)
def resnet50(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224) -> None:
    """Sixteen bottleneck blocks of three convolutions, with the stride in the middle one.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    """
    _resnet(g, BottleneckStage, (3, 4, 6, 3), classes, channels, size)


@template("Vision", title="ResNet-101", source=HE)
def resnet101(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224) -> None:
    """Thirty-three bottleneck blocks of three convolutions.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    """
    _resnet(g, BottleneckStage, (3, 4, 23, 3), classes, channels, size)


@template("Vision", title="ResNet-152", source=HE)
def resnet152(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224) -> None:
    """Fifty bottleneck blocks of three convolutions.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    """
    _resnet(g, BottleneckStage, (3, 8, 36, 3), classes, channels, size)


@module
def DenseLayer(g: Drawing, x: Handle, *, growth: Size = 32) -> Handle:
    """Put beside what arrives the channels that two convolutions make of it.

    growth: How many channels are added.
    """
    y = g.relu(g.batch_norm2d(x))
    y = g.relu(g.batch_norm2d(g.conv2d(y, out_channels=4 * growth, kernel_size=1, bias=False)))
    return g.concatenate([x, g.conv2d(y, out_channels=growth, kernel_size=3, padding=1, bias=False)])


@module
def Transition(g: Drawing, x: Handle, *, width: Size = 128) -> Handle:
    """Halve image and channels between two dense blocks.

    width: Channels that come out.
    """
    x = g.relu(g.batch_norm2d(x))
    return g.avg_pool2d(g.conv2d(x, out_channels=width, kernel_size=1, bias=False))


@template("Vision", title="DenseNet-121", source="Huang et al. 2016")
def densenet121(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224) -> None:
    """Four blocks in which each layer sees all the ones before it.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    """
    x = g.relu(_normed(g, image(g, channels, size), 64, 7, stride=2, padding=3))
    x = g.max_pool2d(x, kernel_size=3, stride=2, padding=1)
    width = 64
    for i, count in enumerate((6, 12, 24, 16)):
        x = DenseLayer(g, x, growth=32, repeat=count, id=f"block{i + 1}")
        width += 32 * count
        if i < 3:
            width //= 2
            x = Transition(g, x, width=width, id=f"transition{i + 1}")
    x = g.flatten(g.adaptive_avg_pool2d(g.relu(g.batch_norm2d(x))))
    g.output(g.linear(x, out_features=classes), id="scores")


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


@template("Vision", title="MobileNet v2", source="Sandler et al. 2018")
def mobilenet_v2(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224) -> None:
    """Narrow layers with wide filters of single channels between them: a network for telephones.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    """
    x = g.relu6(_normed(g, image(g, channels, size), 32, 3, stride=2, padding=1))
    x = g.relu6(_normed(g, x, 32, 3, padding=1, groups=32))
    x = _normed(g, x, 16, 1)
    narrow = 16
    for width, count, stride in ((24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1)):
        x = InvertedResidual(g, x, narrow=narrow, width=width, expansion=6, stride=stride)
        if count > 1:
            x = InvertedBlock(g, x, width=width, expansion=6, repeat=count - 1)
        narrow = width
    x = g.relu6(_normed(g, x, 1280, 1))
    x = g.dropout(g.flatten(g.adaptive_avg_pool2d(x)), p=0.2)
    g.output(g.linear(x, out_features=classes), id="scores")


@template("Vision", title="PilotNet", source="Bojarski et al. 2016")
def pilotnet(g: Drawing, *, channels: Size = 3) -> None:
    """Five convolutions and four linear layers that steer a car by the picture of its camera.

    channels: Channels of the picture, YUV in the paper.
    """
    x = g.input(shape=("N", channels, 66, 200), id="image")
    for width in (24, 36, 48):
        x = g.relu(g.conv2d(x, out_channels=width, kernel_size=5, stride=2))
    for _ in range(2):
        x = g.relu(g.conv2d(x, out_channels=64, kernel_size=3))
    x = g.flatten(x)
    for width in (100, 50, 10):
        x = g.relu(g.linear(x, out_features=width))
    g.output(g.linear(x, out_features=1), id="steering")
