"""Residual networks. Defaults and counts are those of torchvision; the small ones are those of the paper."""

from typing import Literal

from grapheditor.authoring import INDEX, Drawing, Handle, Size, choice, module, template


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
def EarlyBottleneck(g: Drawing, x: Handle, *, width: Size = 64, stride: Size = 1, project: bool = False) -> Handle:
    """Add to what arrives what a narrow convolution between two of 1×1 makes of it, the first of which has the stride.

    width: Channels of the narrow convolution; four times as many come out.
    stride: How far the first filter moves; 2 halves the image.
    project: Fits what arrives to another size by a convolution.
    """
    y = g.relu(_normed(g, x, width, 1, stride=stride))
    y = g.relu(_normed(g, y, width, 3, padding=1))
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


@module
def EarlyBottleneckStage(g: Drawing, x: Handle, *, width: Size = 64, blocks: Size = 3, stride: Size = 1) -> Handle:
    """Bottleneck blocks of one width; the first fits the shortcut and may halve the image.

    width: Channels of the narrow convolutions.
    blocks: How many there are.
    stride: The stride of the first.
    """
    x = EarlyBottleneck(g, x, width=width, stride=stride, project=True, id="first")
    return EarlyBottleneck(g, x, width=width, repeat=blocks - 1, id="blocks")


def _resnet(
    g: Drawing, stage: object, counts: tuple[int, ...], *, classes: int, channels: int, size: int, width: int
) -> None:
    x = g.input(shape=("N", channels, size, size), id="image")
    x = g.relu(_normed(g, x, width, 7, stride=2, padding=3))
    x = g.max_pool2d(x, kernel_size=3, stride=2, padding=1)
    for i, count in enumerate(counts):
        x = stage(g, x, width=width * 2**i, blocks=count, stride=1 if i == 0 else 2, id=f"stage{i + 1}")  # type: ignore[operator]
    x = g.flatten(g.adaptive_avg_pool2d(x))
    g.output(g.linear(x, out_features=classes), id="scores")


HE = "He et al. 2015"


@template("Vision", title="ResNet-18", source=HE)
def resnet18(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224, width: Size = 64) -> None:
    """Eight residual blocks of two convolutions: layers that learn what to add, so that depth no longer hurts.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; each other has twice as many as the one before.
    """
    _resnet(g, BasicStage, (2, 2, 2, 2), classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-34", source=HE)
def resnet34(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224, width: Size = 64) -> None:
    """Sixteen residual blocks of two convolutions.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; each other has twice as many as the one before.
    """
    _resnet(g, BasicStage, (3, 4, 6, 3), classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-50", source=HE)
def resnet50(
    g: Drawing,
    *,
    classes: Size = 1000,
    channels: Size = 3,
    size: Size = 224,
    width: Size = 64,
    variant: Literal["torchvision", "paper"] = "torchvision",
) -> None:
    """Sixteen bottleneck blocks of three convolutions, with the stride in the middle one.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Narrow channels of the first stage; each other has twice as many as the one before.
    variant: "paper" has the stride in the first convolution of a block, which takes less work.
    """
    stage = EarlyBottleneckStage if variant == "paper" else BottleneckStage
    _resnet(g, stage, (3, 4, 6, 3), classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-101", source=HE)
def resnet101(
    g: Drawing,
    *,
    classes: Size = 1000,
    channels: Size = 3,
    size: Size = 224,
    width: Size = 64,
    variant: Literal["torchvision", "paper"] = "torchvision",
) -> None:
    """Thirty-three bottleneck blocks of three convolutions.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Narrow channels of the first stage; each other has twice as many as the one before.
    variant: "paper" has the stride in the first convolution of a block, which takes less work.
    """
    stage = EarlyBottleneckStage if variant == "paper" else BottleneckStage
    _resnet(g, stage, (3, 4, 23, 3), classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-152", source=HE)
def resnet152(
    g: Drawing,
    *,
    classes: Size = 1000,
    channels: Size = 3,
    size: Size = 224,
    width: Size = 64,
    variant: Literal["torchvision", "paper"] = "torchvision",
) -> None:
    """Fifty bottleneck blocks of three convolutions.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Narrow channels of the first stage; each other has twice as many as the one before.
    variant: "paper" has the stride in the first convolution of a block, which takes less work.
    """
    stage = EarlyBottleneckStage if variant == "paper" else BottleneckStage
    _resnet(g, stage, (3, 8, 36, 3), classes=classes, channels=channels, size=size, width=width)


@module
def PaddedShortcut(g: Drawing, x: Handle, *, width: Size = 32) -> Handle:
    """Leave out every other pixel of what goes past a block, and add channels of zeros: it has no weights.

    width: Channels that come out.
    """
    return g.pad_channels(g.max_pool2d(x, kernel_size=1, stride=2), channels=width)


@module
def PlainBlock(g: Drawing, x: Handle, *, width: Size = 16, halve: bool = False) -> Handle:
    """Add to what arrives what two convolutions make of it.

    width: Channels of both convolutions.
    halve: Halves the image.
    """
    y = g.relu(_normed(g, x, width, 3, stride=choice(halve, 2, 1), padding=1))
    y = _normed(g, y, width, 3, padding=1)
    return g.relu(g.add(y, PaddedShortcut(g, x, width=width, id="shortcut", when=halve)))


def _cifar(g: Drawing, blocks: int, *, classes: int, channels: int, size: int, width: int) -> None:
    x = g.input(shape=("N", channels, size, size), id="image")
    x = g.relu(_normed(g, x, width, 3, padding=1))
    x = PlainBlock(g, x, width=width, halve=False, repeat=blocks, id="stage1")
    for i in (1, 2):
        x = PlainBlock(g, x, width=width * 2**i, halve=INDEX == 0, repeat=blocks, id=f"stage{i + 1}")
    x = g.flatten(g.adaptive_avg_pool2d(x))
    g.output(g.linear(x, out_features=classes), id="scores")


@template("Vision", title="ResNet-20", source=HE)
def resnet20(g: Drawing, *, classes: Size = 10, channels: Size = 3, size: Size = 32, width: Size = 16) -> None:
    """Nine residual blocks for the small images of CIFAR, with shortcuts that have no weights.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; the others have twice and four times as many.
    """
    _cifar(g, 3, classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-32", source=HE)
def resnet32(g: Drawing, *, classes: Size = 10, channels: Size = 3, size: Size = 32, width: Size = 16) -> None:
    """Fifteen residual blocks for the small images of CIFAR.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; the others have twice and four times as many.
    """
    _cifar(g, 5, classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-44", source=HE)
def resnet44(g: Drawing, *, classes: Size = 10, channels: Size = 3, size: Size = 32, width: Size = 16) -> None:
    """Twenty-one residual blocks for the small images of CIFAR.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; the others have twice and four times as many.
    """
    _cifar(g, 7, classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-56", source=HE)
def resnet56(g: Drawing, *, classes: Size = 10, channels: Size = 3, size: Size = 32, width: Size = 16) -> None:
    """Twenty-seven residual blocks for the small images of CIFAR.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; the others have twice and four times as many.
    """
    _cifar(g, 9, classes=classes, channels=channels, size=size, width=width)
