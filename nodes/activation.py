"""Activations: functions of each element."""

from typing import Literal

from grapheditor.authoring import F, Floats, Tensor, expect, operator, torch


@operator("Activation", title="ReLU")
def relu(x: Floats) -> Tensor:
    """Replace negative values by zero."""
    return F.relu(x)


@operator("Activation", title="Tanh")
def tanh(x: Floats) -> Tensor:
    """Squash each value between -1 and 1 with the hyperbolic tangent."""
    return torch.tanh(x)


@operator("Activation", title="ReLU6")
def relu6(x: Floats) -> Tensor:
    """Replace negative values by zero and values above 6 by 6 (Howard et al. 2017)."""
    return F.relu6(x)


@operator("Activation")
def sigmoid(x: Floats) -> Tensor:
    """Squash each value between 0 and 1 with the logistic function."""
    return torch.sigmoid(x)


@operator("Activation", title="GELU")
def gelu(x: Floats, *, approximate: Literal["none", "tanh"] = "none") -> Tensor:
    """Weigh each value by the share of a normal distribution below it (Hendrycks & Gimpel 2016).

    approximate: "tanh" is the formula that GPT-2 uses instead of the exact one.
    """
    return F.gelu(x, approximate=approximate)


@operator("Activation")
def softmax(x: Floats, *, dim: int = -1) -> Tensor:
    """Turn scores into probabilities that sum to 1 along a dimension.

    Cross entropy takes raw scores and does this itself; put no softmax before it.

    dim: The dimension along which the values sum to 1; -1 is the last.
    """
    expect(-x.ndim <= dim < x.ndim, f"There is no dimension {dim} in a tensor of {x.ndim} dimensions.", "x", "dim")
    return F.softmax(x, dim)
