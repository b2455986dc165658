"""Elementary functions of each element."""

from grapheditor.authoring import Floats, Tensor, operator, torch


@operator("Combine", title="Exponential")
def exp(x: Floats) -> Tensor:
    """Raise e to the power of each value."""
    return torch.exp(x)


@operator("Combine", title="Logarithm")
def log(x: Floats) -> Tensor:
    """Take the natural logarithm of each value; those below zero have none."""
    return torch.log(x)


@operator("Combine", title="Square root")
def sqrt(x: Floats) -> Tensor:
    """Take the square root of each value; those below zero have none, and at zero its slope is infinite."""
    return torch.sqrt(x)
