"""Residual networks. Defaults and counts are those of torchvision."""

from typing import Literal

from grapheditor.authoring import Drawing, Handle, Size, module, template


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
RESIDUAL = "Deep Residual Learning for Image Recognition"


@template("Vision", title="ResNet-18", source=HE, paper=RESIDUAL)
def resnet18(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224, width: Size = 64) -> None:
    """Eight residual blocks of two convolutions: layers that learn what to add, so that depth no longer hurts.

    Deep plain networks had become worse with depth, even on what they learned from: it was no overfitting, they could
    not be trained. Here a block only has to learn what is to be added to what arrives, and doing nothing is easy. With
    18 layers that makes no better network yet, 27.9 % of errors on ImageNet with it and without, but one that learns
    faster.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; each other has twice as many as the one before.
    """
    _resnet(g, BasicStage, (2, 2, 2, 2), classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-34", source=HE, paper=RESIDUAL)
def resnet34(g: Drawing, *, classes: Size = 1000, channels: Size = 3, size: Size = 224, width: Size = 64) -> None:
    """Sixteen residual blocks of two convolutions.

    It is the paper's first proof that depth pays again. Without the shortcuts 34 layers are worse than 18, with 28.5 %
    of errors on ImageNet; with them they are better, with 25.0 %. Shortcuts cost neither weights nor work, but where
    the size changes. What goes past a block reaches it as it was, and so does the gradient on its way back.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; each other has twice as many as the one before.
    """
    _resnet(g, BasicStage, (3, 4, 6, 3), classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-50", source=HE, paper=RESIDUAL)
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

    Each block of two convolutions of the 34-layer network became one of three: a narrow one of 3×3 between two of 1×1,
    which narrow and widen. So depth grows while the work stays nearly the same, 3.8 billion multiply-adds instead of
    3.6. Errors on ImageNet went down from 25.0 to 22.9 %. It became the network that others are measured by, and whose
    features many begin from.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Narrow channels of the first stage; each other has twice as many as the one before.
    variant: "paper" has the stride in the first convolution of a block, which takes less work.
    """
    stage = EarlyBottleneckStage if variant == "paper" else BottleneckStage
    _resnet(g, stage, (3, 4, 6, 3), classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-101", source=HE, paper=RESIDUAL)
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

    Its third stage has 23 blocks in the place of 6, and all else is as with 50 layers. That was enough for 21.8 % of
    errors on ImageNet instead of 22.9. In the place of VGG16 inside a detector its features raised the precision on
    COCO by 28 %, with nothing else changed, which won its authors that year's contest.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Narrow channels of the first stage; each other has twice as many as the one before.
    variant: "paper" has the stride in the first convolution of a block, which takes less work.
    """
    stage = EarlyBottleneckStage if variant == "paper" else BottleneckStage
    _resnet(g, stage, (3, 4, 23, 3), classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-152", source=HE, paper=RESIDUAL)
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

    It was the deepest network on ImageNet by far, eight times as deep as VGG19, and takes less work. Alone it has 4.5 %
    of errors among its first five guesses. Six residual networks of different depth together have 3.57 %, which won the
    ImageNet challenge of 2015. Nothing in it is new beside the smaller ones, and that is the point: depth alone made it
    better.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Narrow channels of the first stage; each other has twice as many as the one before.
    variant: "paper" has the stride in the first convolution of a block, which takes less work.
    """
    stage = EarlyBottleneckStage if variant == "paper" else BottleneckStage
    _resnet(g, stage, (3, 8, 36, 3), classes=classes, channels=channels, size=size, width=width)
