"""Vision: networks that are one chain of layers. Defaults and counts are those of torchvision where it has them."""

from typing import Literal

from grapheditor.authoring import Drawing, Handle, Size, template


def _head(g: Drawing, x: Handle, hidden: int, classes: int, before: bool) -> None:
    """Draw two wide linear layers, with dropout before or behind each, and the scores."""
    for _ in range(2):
        x = g.relu(g.linear(g.dropout(x) if before else x, out_features=hidden))
        x = x if before else g.dropout(x)
    g.output(g.linear(x, out_features=classes), id="scores")


@template(
    "Vision",
    title="AlexNet",
    source="Krizhevsky, Sutskever & Hinton 2012",
    paper="ImageNet Classification with Deep Convolutional Neural Networks",
)
def alexnet(
    g: Drawing,
    *,
    classes: Size = 1000,
    channels: Size = 3,
    size: Size = 224,
    hidden: Size = 4096,
    variant: Literal["torchvision", "paper", "ungrouped"] = "torchvision",
) -> None:
    """Five convolutions and three linear layers: the network that began the deep decade.

    It won the ImageNet challenge of 2012 with 15.3 % of errors among the first five guesses, where the second had 26.2
    %. That took the plan of LeNet-5, a thousand times its weights, and more than a million photographs. Two graphics
    cards of 3 GB trained it for five to six days, which is why the paper's has two halves. ReLU made it learn several
    times as fast as tanh would have, and dropout kept its two wide layers from learning the photographs by heart.

    By default it is the one-column version of Krizhevsky 2014, as torchvision has it.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    hidden: Width of the two hidden linear layers.
    variant: "paper" divides three convolutions into two groups, as on the two cards of 2012, and damps the first two;
      "ungrouped" is the same without groups.
    """
    x = g.input(shape=("N", channels, size, size), id="image")
    if variant != "torchvision":
        _alexnet_2012(g, x, 2 if variant == "paper" else 1, hidden, classes)
        return
    x = g.relu(g.conv2d(x, out_channels=64, kernel_size=11, stride=4, padding=2))
    x = g.max_pool2d(x, kernel_size=3, stride=2)
    x = g.relu(g.conv2d(x, out_channels=192, kernel_size=5, padding=2))
    x = g.max_pool2d(x, kernel_size=3, stride=2)
    for width in (384, 256, 256):
        x = g.relu(g.conv2d(x, out_channels=width, kernel_size=3, padding=1))
    x = g.adaptive_avg_pool2d(g.max_pool2d(x, kernel_size=3, stride=2), output_size=6)
    _head(g, g.flatten(x), hidden, classes, before=True)


def _alexnet_2012(g: Drawing, x: Handle, groups: int, hidden: int, classes: int) -> None:
    x = g.relu(g.conv2d(x, out_channels=96, kernel_size=11, stride=4, padding=2))
    x = g.max_pool2d(g.local_response_norm(x, alpha=5e-4, k=2.0), kernel_size=3, stride=2)
    x = g.relu(g.conv2d(x, out_channels=256, kernel_size=5, padding=2, groups=groups))
    x = g.max_pool2d(g.local_response_norm(x, alpha=5e-4, k=2.0), kernel_size=3, stride=2)
    for width, parts in ((384, 1), (384, groups), (256, groups)):
        x = g.relu(g.conv2d(x, out_channels=width, kernel_size=3, padding=1, groups=parts))
    x = g.adaptive_avg_pool2d(g.max_pool2d(x, kernel_size=3, stride=2), output_size=6)
    _head(g, g.flatten(x), hidden, classes, before=False)


def _vgg(
    g: Drawing,
    counts: tuple[int, ...],
    *,
    classes: int,
    channels: int,
    size: int,
    batch_norm: bool,
    width: int,
    hidden: int,
) -> None:
    x = g.input(shape=("N", channels, size, size), id="image")
    for count, times in zip(counts, (1, 2, 4, 8, 8), strict=True):
        for _ in range(count):
            x = g.conv2d(x, out_channels=times * width, kernel_size=3, padding=1)
            x = g.relu(g.batch_norm2d(x) if batch_norm else x)
        x = g.max_pool2d(x)
    x = g.flatten(g.adaptive_avg_pool2d(x, output_size=7))
    _head(g, x, hidden, classes, before=False)


VGG = "Simonyan & Zisserman 2014"
VERY_DEEP = "Very Deep Convolutional Networks for Large-Scale Image Recognition"


@template("Vision", title="VGG11", source=VGG, paper=VERY_DEEP)
def vgg11(
    g: Drawing,
    *,
    classes: Size = 1000,
    channels: Size = 3,
    size: Size = 224,
    batch_norm: bool = False,
    width: Size = 64,
    hidden: Size = 4096,
) -> None:
    """Eight convolutions of 3×3 and three linear layers: depth from small filters alone.

    Nothing but depth was varied: all filters are 3×3, and the image is halved only by poolings, behind which there are
    twice as many channels. Two such filters see 5×5 pixels and three 7×7, with fewer weights than one large filter and
    more ReLUs between. This one, A in the paper, is shallow enough to learn from random weights; deeper ones began with
    its layers.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    batch_norm: Puts a batch norm behind each convolution.
    width: Channels of the first convolution; the others have 2, 4 and 8 times as many.
    hidden: Width of the two hidden linear layers.
    """
    _vgg(
        g,
        (1, 1, 2, 2, 2),
        classes=classes,
        channels=channels,
        size=size,
        batch_norm=batch_norm,
        width=width,
        hidden=hidden,
    )


@template("Vision", title="VGG13", source=VGG, paper=VERY_DEEP)
def vgg13(
    g: Drawing,
    *,
    classes: Size = 1000,
    channels: Size = 3,
    size: Size = 224,
    batch_norm: bool = False,
    width: Size = 64,
    hidden: Size = 4096,
) -> None:
    """Ten convolutions of 3×3, two before each pooling, and three linear layers.

    It is B in the paper's row of networks that differ in depth alone. A pair of 3×3 filters sees 5×5 pixels, takes 18
    weights for each pair of channels where one filter of 5×5 takes 25, and has a ReLU more between. In the paper a
    network with one filter of 5×5 in the place of each pair had an error 7 points higher.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    batch_norm: Puts a batch norm behind each convolution.
    width: Channels of the first convolution; the others have 2, 4 and 8 times as many.
    hidden: Width of the two hidden linear layers.
    """
    _vgg(
        g,
        (2, 2, 2, 2, 2),
        classes=classes,
        channels=channels,
        size=size,
        batch_norm=batch_norm,
        width=width,
        hidden=hidden,
    )


@template("Vision", title="VGG16", source=VGG, paper=VERY_DEEP)
def vgg16(
    g: Drawing,
    *,
    classes: Size = 1000,
    channels: Size = 3,
    size: Size = 224,
    batch_norm: bool = False,
    width: Size = 64,
    hidden: Size = 4096,
) -> None:
    """Thirteen convolutions of 3×3 and three linear layers, the most used of its family.

    Three 3×3 filters in a row see 7×7 pixels, with 27 weights for each pair of channels instead of 49, and three ReLUs
    instead of one. With depth from that alone its authors came second in telling classes apart in the ImageNet
    challenge of 2014, and first in saying where things are. Its features serve other tasks well, and have been taken
    for many. Nine tenths of its weights are in the linear layers, most of them in the first.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    batch_norm: Puts a batch norm behind each convolution.
    width: Channels of the first convolution; the others have 2, 4 and 8 times as many.
    hidden: Width of the two hidden linear layers.
    """
    _vgg(
        g,
        (2, 2, 3, 3, 3),
        classes=classes,
        channels=channels,
        size=size,
        batch_norm=batch_norm,
        width=width,
        hidden=hidden,
    )


@template("Vision", title="VGG19", source=VGG, paper=VERY_DEEP)
def vgg19(
    g: Drawing,
    *,
    classes: Size = 1000,
    channels: Size = 3,
    size: Size = 224,
    batch_norm: bool = False,
    width: Size = 64,
    hidden: Size = 4096,
) -> None:
    """Sixteen convolutions of 3×3 and three linear layers, the deepest of its family.

    With it the row of networks that differ in depth alone came to an end: 19 layers with weights were hardly better
    than 16. Deeper plain networks learned worse, not better, which a year later led to residual ones. Its features are
    what images are compared by where a style is transferred from one to another (Gatys et al. 2015).

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    batch_norm: Puts a batch norm behind each convolution.
    width: Channels of the first convolution; the others have 2, 4 and 8 times as many.
    hidden: Width of the two hidden linear layers.
    """
    _vgg(
        g,
        (2, 2, 4, 4, 4),
        classes=classes,
        channels=channels,
        size=size,
        batch_norm=batch_norm,
        width=width,
        hidden=hidden,
    )


@template("Vision", title="PilotNet", source="Bojarski et al. 2016", paper="End to End Learning for Self-Driving Cars")
def pilotnet(g: Drawing, *, channels: Size = 3, height: Size = 66, width: Size = 200) -> None:
    """Five convolutions and four linear layers that steer a car by the picture of its camera.

    Nobody told it what a lane or the edge of a road is: it learned from pictures and from the angle at which a human
    held the wheel. Some 72 hours of driving were enough to follow roads with and without markings. Two more cameras,
    left and right of the middle one, showed it how things look off the way, with an angle that leads back. In 1989
    ALVINN had gone from pixels to steering as well, with one hidden layer.

    channels: Channels of the picture, YUV in the paper.
    height: Height of the picture.
    width: Width of the picture.
    """
    x = g.input(shape=("N", channels, height, width), id="image")
    for filters in (24, 36, 48):
        x = g.relu(g.conv2d(x, out_channels=filters, kernel_size=5, stride=2))
    for _ in range(2):
        x = g.relu(g.conv2d(x, out_channels=64, kernel_size=3))
    x = g.flatten(x)
    for features in (100, 50, 10):
        x = g.relu(g.linear(x, out_features=features))
    g.output(g.linear(x, out_features=1), id="steering")
