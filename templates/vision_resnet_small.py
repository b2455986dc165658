"""Residual networks for small images, as the paper has them for CIFAR."""

from grapheditor.authoring import INDEX, Drawing, Handle, Size, choice, module, template

HE = "He et al. 2015"
RESIDUAL = "Deep Residual Learning for Image Recognition"


def _normed(g: Drawing, x: Handle, width: object, kernel: object = 3, **options: object) -> Handle:
    """Draw a convolution without a bias and the batch norm behind it."""
    return g.batch_norm2d(g.conv2d(x, out_channels=width, kernel_size=kernel, bias=False, **options))


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
    """Draw one of the small networks, with the paper's recipe: some 64,000 steps, and a tenth held out."""
    x = g.normalize(g.input(shape=("N", channels, size, size), id="image"), id="normalize")
    x = g.relu(_normed(g, x, width, 3, padding=1))
    x = PlainBlock(g, x, width=width, halve=False, repeat=blocks, id="stage1")
    for i in (1, 2):
        x = PlainBlock(g, x, width=width * 2**i, halve=INDEX == 0, repeat=blocks, id=f"stage{i + 1}")
    x = g.flatten(g.adaptive_avg_pool2d(x))
    scores = g.linear(x, out_features=classes)
    g.output(scores, id="scores")
    label = g.input(shape=("N",), dtype="int64", id="label")
    g.accuracy(scores, label, id="accuracy")
    suits = {(3, 32): "cifar-10", (1, 28): "fashion-mnist"} if classes >= 10 else {}
    moved = [{"name": "random_crop", "options": {"padding": 4}}, {"name": "horizontal_flip"}]
    g.train(
        g.cross_entropy(scores, label, id="loss"),
        data=suits.get((channels, size)),
        augment={"image": moved},
        optimizer="SGD",
        settings={"lr": 0.1, "momentum": 0.9, "weight_decay": 1e-4},
        schedules=[{"name": "MultiStepLR", "settings": {"milestones": (32_000, 48_000)}}],
        epochs=182,
        batch=128,
    )


@template("Vision", title="ResNet-20", source=HE, paper=RESIDUAL)
def resnet20(g: Drawing, *, classes: Size = 10, channels: Size = 3, size: Size = 32, width: Size = 16) -> None:
    """Nine residual blocks for the small images of CIFAR, with shortcuts that have no weights.

    It is the smallest of a row that the paper made to look at depth alone: three stages of 16, 32 and 64 channels, with
    3, 5, 7 or 9 blocks each. Where the image is halved, the shortcut leaves out pixels and adds channels of zeros, so
    networks with and without shortcuts have the very same weights. With 270,000 of them it missed 8.75 % of CIFAR-10.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; the others have twice and four times as many.
    """
    _cifar(g, 3, classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-32", source=HE, paper=RESIDUAL)
def resnet32(g: Drawing, *, classes: Size = 10, channels: Size = 3, size: Size = 32, width: Size = 16) -> None:
    """Fifteen residual blocks for the small images of CIFAR.

    It has five blocks in each of the three stages, and is else the network of 20 layers. Plain networks of the same row
    get worse from 20 layers on, and in learning as well as in the test. With shortcuts this one missed 7.51 % of
    CIFAR-10, where 20 layers miss 8.75 %.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; the others have twice and four times as many.
    """
    _cifar(g, 5, classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-44", source=HE, paper=RESIDUAL)
def resnet44(g: Drawing, *, classes: Size = 10, channels: Size = 3, size: Size = 32, width: Size = 16) -> None:
    """Twenty-one residual blocks for the small images of CIFAR.

    It has seven blocks in each of the three stages, and is else the network of 20 layers. The paper found that what its
    blocks add is small, and the smaller the more blocks there are: each changes what arrives a little. It missed 7.17 %
    of CIFAR-10.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; the others have twice and four times as many.
    """
    _cifar(g, 7, classes=classes, channels=channels, size=size, width=width)


@template("Vision", title="ResNet-56", source=HE, paper=RESIDUAL)
def resnet56(g: Drawing, *, classes: Size = 10, channels: Size = 3, size: Size = 32, width: Size = 16) -> None:
    """Twenty-seven residual blocks for the small images of CIFAR.

    A plain network of 56 layers is the paper's first picture: it has more errors than one of 20, in the test and in
    what it learned from. With shortcuts and the same weights 56 layers are the better ones, and missed 6.97 % of
    CIFAR-10. The row goes on to 110 layers with 6.43 %, and to 1,202, which could be trained as well and were no better
    any more.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first stage; the others have twice and four times as many.
    """
    _cifar(g, 9, classes=classes, channels=channels, size=size, width=width)
