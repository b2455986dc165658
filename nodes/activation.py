"""Activations: functions of each element."""

from grapheditor.authoring import F, Floats, Tensor, expect, operator, torch


@operator("Activation", title="ReLU")
def relu(x: Floats) -> Tensor:
    """Replace negative values by zero."""
    return F.relu(x)


@operator("Activation", title="Tanh")
def tanh(x: Floats) -> Tensor:
    """Squash each value between -1 and 1 with the hyperbolic tangent."""
    return torch.tanh(x)


@operator("Activation")
def softmax(x: Floats, *, dim: int = -1) -> Tensor:
    """Turn scores into probabilities that sum to 1 along a dimension.

    Cross entropy takes raw scores and does this itself; put no softmax before it.

    dim: The dimension along which the values sum to 1; -1 is the last.
    """
    expect(-x.ndim <= dim < x.ndim, f"There is no dimension {dim} in a tensor of {x.ndim} dimensions.", "x", "dim")
    return F.softmax(x, dim)
