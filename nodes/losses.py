"""Losses and metrics: one number from what the network says and what is true."""

from grapheditor.authoring import F, Floats, Integers, Probability, Tensor, expect, operator


def _expect_classes(x: Tensor, target: Tensor) -> None:
    expect(x.ndim >= 2, "Scores are shaped N×classes; what arrives has fewer dimensions.", "x")
    wanted = (int(x.shape[0]), *map(int, x.shape[2:]))
    shown = "×".join(map(str, wanted[1:]))
    expect(
        tuple(map(int, target.shape)) == wanted,
        f"The target must hold one class for each sample{f' and place ({shown})' if shown else ''}.",
        "target",
    )


@operator("Loss", role="loss", stem="loss")
def cross_entropy(x: Floats, target: Integers, *, label_smoothing: Probability = 0.0) -> Tensor:
    """Mean of -log of the probability that the scores give to the true class.

    It takes raw scores and applies the softmax itself.

    label_smoothing: The share of certainty that is spread over all classes.
    """
    _expect_classes(x, target)
    return F.cross_entropy(x, target, label_smoothing=label_smoothing)


@operator("Metric", role="metric")
def accuracy(x: Floats, target: Integers) -> Tensor:
    """Share of samples whose highest score is at the true class, between 0 and 1."""
    _expect_classes(x, target)
    return (x.argmax(1) == target).float().mean()
