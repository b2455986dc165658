"""Metrics: how good what the network says is, in a number that people read."""

from grapheditor.authoring import (
    F,
    Factor,
    Floats,
    Integers,
    Size,
    Tensor,
    expect,
    expect_alike,
    expect_classes,
    operator,
    torch,
)


@operator("Metric", role="metric", common=True)
def accuracy(x: Floats, target: Integers, *, ignore_index: int = -100) -> Tensor:
    """Share of samples whose highest score is at the true class, between 0 and 1.

    ignore_index: Targets of this number are left out, as cross-entropy leaves them out.
    """
    expect_classes(x, target)
    return _share(x.argmax(1) == target, target, ignore_index)


@operator("Metric", role="metric", shows=("k",))
def top_k_accuracy(x: Floats, target: Integers, *, k: Size = 5, ignore_index: int = -100) -> Tensor:
    """Share of samples whose true class is among those with the highest scores, between 0 and 1.

    k: How many of the highest count.
    ignore_index: Targets of this number are left out, as cross-entropy leaves them out.
    """
    expect_classes(x, target)
    expect(k <= x.shape[1], f"There are {x.shape[1]} classes, fewer than {k}.", "x", "k")
    _, found = torch.topk(x, k, 1)
    return _share((found == target.unsqueeze(1)).any(1), target, ignore_index)


def _share(right: Tensor, target: Tensor, ignored: int) -> Tensor:
    counted = target.ne(ignored)
    if ignored >= 0:  # of another number there is no class that could be right
        right = torch.logical_and(right, counted)
    return right.sum() / counted.sum()


@operator("Metric", role="metric")
def binary_accuracy(x: Floats, target: Floats, *, threshold: Factor = 0.0) -> Tensor:
    """Share of numbers that lie on the true side of a bound, yes (1) or no (0).

    threshold: The bound: 0 for raw scores, 0.5 for probabilities.
    """
    expect_alike(x, target)
    return torch.eq(x > threshold, target > 0.5).to(torch.float32).mean()


@operator("Metric", role="metric")
def mean_absolute_error(x: Floats, target: Floats) -> Tensor:
    """Mean of the sizes of the differences between what the network says and what is true."""
    expect_alike(x, target)
    return (x - target).abs().mean()


@operator("Metric", role="metric", title="Root of the mean squared error")
def root_mean_squared_error(x: Floats, target: Floats) -> Tensor:
    """Root of the mean of the squared differences, in the unit of what is true."""
    expect_alike(x, target)
    return torch.sqrt(F.mse_loss(x, target))


@operator("Metric", role="metric", title="Intersection over union")
def intersection_over_union(x: Floats, target: Floats, *, threshold: Factor = 0.5) -> Tensor:
    """Share of what is in either of two masks that is in both, between 0 and 1.

    threshold: Above it a value belongs to its mask.
    """
    expect_alike(x, target)
    first, second = x > threshold, target > 0.5
    both, either = torch.logical_and(first, second), torch.logical_or(first, second)
    return both.sum() / either.sum().clamp(min=1)
