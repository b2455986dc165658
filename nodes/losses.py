"""Losses and metrics: one number from what the network says and what is true."""

import math

from grapheditor.authoring import F, Floats, Integers, Probability, Tensor, expect, operator

IGNORED = -100
"""The class of targets that count for nothing; the ignore_index of F.cross_entropy."""


def _expect_classes(x: Tensor, target: Tensor) -> None:
    expect(x.ndim >= 2, "Scores are shaped N×classes; what arrives has fewer dimensions.", "x")
    wanted = (int(x.shape[0]), *map(int, x.shape[2:]))
    shown = "×".join(map(str, wanted[1:]))
    expect(
        tuple(map(int, target.shape)) == wanted,
        f"The target must hold one class for each sample{f' and place ({shown})' if shown else ''}.",
        "target",
    )


def _expect_alike(x: Tensor, target: Tensor) -> None:
    shapes = [tuple(map(int, item.shape)) for item in (x, target)]
    shown = " and ".join("×".join(map(str, shape)) or "a number" for shape in shapes)
    expect(shapes[0] == shapes[1], f"What is said and what is true must have one shape; here are {shown}.", "target")


@operator("Loss", role="loss", stem="loss")
def cross_entropy(x: Floats, target: Integers, *, label_smoothing: Probability = 0.0) -> Tensor:
    """Mean of -log of the probability that the scores give to the true class.

    It takes raw scores and applies the softmax itself.

    label_smoothing: The share of certainty that is spread over all classes.
    """
    _expect_classes(x, target)
    return F.cross_entropy(x, target, label_smoothing=label_smoothing)


@operator("Loss", role="loss", stem="loss")
def mse_loss(x: Floats, target: Floats) -> Tensor:
    """Mean of the squared differences between what the network says and what is true."""
    _expect_alike(x, target)
    return F.mse_loss(x, target)


@operator("Loss", role="loss", stem="loss")
def l1_loss(x: Floats, target: Floats) -> Tensor:
    """Mean of the absolute differences between what the network says and what is true."""
    _expect_alike(x, target)
    return F.l1_loss(x, target)


@operator("Loss", role="loss", stem="loss", shows=("real",))
def logistic_loss(x: Floats, *, real: bool = True) -> Tensor:
    """Mean of -log of the probability that scores give to one answer, the same for all: real, or made up.

    A discriminator minimises it as real for the data and as not real for what a generator made; the generator minimises
    it as real for what it made (Goodfellow et al. 2014).

    real: What the scores are to say.
    """
    return F.softplus(-x).mean() if real else F.softplus(x).mean()


@operator("Loss", role="loss")
def bits(x: Floats) -> Tensor:
    """Say a cross-entropy in bits: what one more token costs whoever writes down the text with the help of the network.

    Two to their power is the perplexity.
    """
    return x.mean() / math.log(2)


@operator("Loss", role="loss", stem="loss", title="Sum of losses")
def total_loss(xs: list[Tensor]) -> Tensor:
    """Add up losses, so that one objective minimises them all."""
    expect(len(xs) > 0, "Nothing arrives to be added up.", "xs")
    total = xs[0]
    for x in xs[1:]:
        total = total + x
    return total


@operator("Metric", role="metric")
def accuracy(x: Floats, target: Integers) -> Tensor:
    """Share of samples whose highest score is at the true class, between 0 and 1.

    Targets of -100 are left out, as cross-entropy leaves them out.
    """
    _expect_classes(x, target)
    return (x.argmax(1) == target).sum() / target.ne(IGNORED).sum()
