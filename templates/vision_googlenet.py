"""GoogLeNet. Defaults and counts are those of torchvision: batch norm, and filters of 3×3 where the paper has 5×5."""

from collections.abc import Callable
from typing import Literal

from grapheditor.authoring import Drawing, Handle, Size, module, template


@module
def Unit(g: Drawing, x: Handle, *, width: Size = 64, kernel_size: Size = 1) -> Handle:
    """A convolution that keeps the size, a batch norm, ReLU.

    width: Channels that come out.
    kernel_size: Side of the filter, an odd number.
    """
    x = g.conv2d(x, out_channels=width, kernel_size=kernel_size, padding=kernel_size // 2, bias=False)
    return g.relu(g.batch_norm2d(x, eps=1e-3))


@module
def PlainUnit(g: Drawing, x: Handle, *, width: Size = 64, kernel_size: Size = 1) -> Handle:
    """A convolution that keeps the size, and ReLU.

    width: Channels that come out.
    kernel_size: Side of the filter, an odd number.
    """
    return g.relu(g.conv2d(x, out_channels=width, kernel_size=kernel_size, padding=kernel_size // 2))


def _branches(
    g: Drawing, x: Handle, unit: Callable[..., Handle], large: int, widths: tuple[Size, Size, Size, Size, Size, Size]
) -> Handle:
    one, narrow3, three, narrow5, five, pool = widths
    first = unit(g, x, width=one, kernel_size=1, id="branch1")
    second = unit(g, unit(g, x, width=narrow3, kernel_size=1, id="narrow2"), width=three, kernel_size=3, id="branch2")
    third = unit(g, x, width=narrow5, kernel_size=1, id="narrow3")
    third = unit(g, third, width=five, kernel_size=large, id="branch3")
    pooled = g.max_pool2d(x, kernel_size=3, stride=1, padding=1, ceil_mode=True, id="pool")
    fourth = unit(g, pooled, width=pool, kernel_size=1, id="branch4")
    return g.concatenate([first, second, third, fourth])


@module
def Inception(
    g: Drawing,
    x: Handle,
    *,
    one: Size = 64,
    narrow_three: Size = 96,
    three: Size = 128,
    narrow_five: Size = 16,
    five: Size = 32,
    pool: Size = 32,
) -> Handle:
    """Look at an image in four ways side by side: filters of three sizes, and a pooling.

    one: Channels of the 1×1 convolution.
    narrow_three: Channels before the second convolution.
    three: Channels of the second convolution.
    narrow_five: Channels before the third convolution, which is 5×5 in the paper and 3×3 here.
    five: Channels of the third convolution.
    pool: Channels behind the pooling.
    """
    return _branches(g, x, Unit, 3, (one, narrow_three, three, narrow_five, five, pool))


@module
def PlainInception(
    g: Drawing,
    x: Handle,
    *,
    one: Size = 64,
    narrow_three: Size = 96,
    three: Size = 128,
    narrow_five: Size = 16,
    five: Size = 32,
    pool: Size = 32,
) -> Handle:
    """Look at an image in four ways side by side: filters of 1×1, 3×3 and 5×5, and a pooling.

    one: Channels of the 1×1 convolution.
    narrow_three: Channels before the 3×3 convolution.
    three: Channels of the 3×3 convolution.
    narrow_five: Channels before the 5×5 convolution.
    five: Channels of the 5×5 convolution.
    pool: Channels behind the pooling.
    """
    return _branches(g, x, PlainUnit, 5, (one, narrow_three, three, narrow_five, five, pool))


def _scores(g: Drawing, x: Handle, unit: Callable[..., Handle], width: Size, hidden: Size, classes: Size) -> Handle:
    x = unit(g, g.adaptive_avg_pool2d(x, output_size=4), width=width, kernel_size=1, id="unit")
    x = g.dropout(g.relu(g.linear(g.flatten(x), out_features=hidden)), p=0.7)
    return g.linear(x, out_features=classes)


@module
def AuxiliaryHead(g: Drawing, x: Handle, *, width: Size = 128, hidden: Size = 1024, classes: Size = 1000) -> Handle:
    """Guess the classes halfway, so that the gradient has a short way to the first layers.

    width: Channels of its convolution.
    hidden: Width of its hidden layer.
    classes: How many classes there are to tell apart.
    """
    return _scores(g, x, Unit, width, hidden, classes)


@module
def PlainAuxiliaryHead(
    g: Drawing, x: Handle, *, width: Size = 128, hidden: Size = 1024, classes: Size = 1000
) -> Handle:
    """Guess the classes halfway, so that the gradient has a short way to the first layers.

    width: Channels of its convolution.
    hidden: Width of its hidden layer.
    classes: How many classes there are to tell apart.
    """
    return _scores(g, x, PlainUnit, width, hidden, classes)


CELLS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
"""The channels of each inception, table 1 of the paper: 1×1, before 3×3, 3×3, before 5×5, 5×5, behind the pooling."""
WIDTHS = ("one", "narrow_three", "three", "narrow_five", "five", "pool")


def _halve(g: Drawing, x: Handle, kernel_size: int = 3) -> Handle:
    return g.max_pool2d(x, kernel_size=kernel_size, stride=2, ceil_mode=True)


@template("Vision", title="GoogLeNet", source="Szegedy et al. 2014", paper="Going Deeper with Convolutions")
def googlenet(
    g: Drawing,
    *,
    classes: Size = 1000,
    channels: Size = 3,
    size: Size = 224,
    width: Size = 64,
    auxiliary: bool = False,
    variant: Literal["torchvision", "paper"] = "torchvision",
) -> None:
    """Nine inceptions, each of which looks in four ways at once: deep, and much smaller than AlexNet.

    It won the ImageNet challenge of 2014, with 6.67 % of errors among the first five guesses and a ninth of AlexNet's
    weights (a twelfth, as the paper counts them). Filters of several sizes look at the same image side by side, so
    none has to be chosen. Convolutions of 1×1 narrow what arrives before the large filters, which is what makes it
    cheap. A mean over the image stands for the wide linear layers, and two heads halfway give the first layers a
    gradient of their own.

    With its auxiliary heads it gives three sets of scores, of which only the first are used behind training; the paper
    adds the losses of the other two with a weight of 0.3.

    classes: How many classes there are to tell apart.
    channels: Channels of the image.
    size: Side of the image.
    width: Channels of the first convolution; all others are in proportion to it.
    auxiliary: Adds two heads that guess the classes halfway, for training.
    variant: "paper" has no batch norm, damps the first layers instead, and has filters of 5×5.
    """
    paper = variant == "paper"
    unit, inception, head = (
        (PlainUnit, PlainInception, PlainAuxiliaryHead) if paper else (Unit, Inception, AuxiliaryHead)
    )

    def scaled(usual: int) -> int:
        return max(1, usual * width // 64)

    x = _stem(g, g.input(shape=("N", channels, size, size), id="image"), unit, scaled, paper)
    guesses: list[Handle] = []
    for name, widths in CELLS.items():
        x = inception(g, x, **dict(zip(WIDTHS, map(scaled, widths), strict=True)), id=f"inception{name}")
        if auxiliary and name in ("4a", "4d"):
            given = {"width": scaled(128), "hidden": scaled(1024), "classes": classes}
            guesses.append(head(g, x, **given, id=f"auxiliary{len(guesses) + 1}"))
        if name in ("3b", "4e"):
            x = _halve(g, x, 3 if paper or name == "3b" else 2)
    x = g.dropout(g.flatten(g.adaptive_avg_pool2d(x)), p=0.4 if paper else 0.2)
    g.output(g.linear(x, out_features=classes), id="scores")
    for i, guess in enumerate(guesses):
        g.output(guess, id=f"scores{i + 2}")


def _stem(g: Drawing, x: Handle, unit: Callable[..., Handle], scaled: Callable[[int], int], paper: bool) -> Handle:
    x = g.conv2d(x, out_channels=scaled(64), kernel_size=7, stride=2, padding=3, bias=paper)
    x = _halve(g, g.relu(x if paper else g.batch_norm2d(x, eps=1e-3)))
    x = g.local_response_norm(x, alpha=1e-4) if paper else x
    x = unit(g, x, width=scaled(64), kernel_size=1, id="unit1")
    x = unit(g, x, width=scaled(192), kernel_size=3, id="unit2")
    return _halve(g, g.local_response_norm(x, alpha=1e-4) if paper else x)
