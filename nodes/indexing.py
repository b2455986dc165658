"""Operators that look up where something is."""

from grapheditor.authoring import Factor, Mask, Tensor, operator, torch


@operator("Indexing", counted=True)
def nonzero(x: Tensor) -> Tensor:
    """Find the places of all elements that are not zero: one row for each, with its index in every dimension.

    How many there are depends on the values, so that the number of rows is known only when the network runs.
    """
    return torch.nonzero(x)


@operator("Indexing", stem="fill", shows=("value",))
def masked_fill(x: Tensor, mask: Mask, *, value: Factor = 0.0) -> Tensor:
    """Put a value wherever a mask is true; the mask's dimensions of size 1 are stretched to fit.

    Targets of -100 are left out of cross-entropy: fill them in where nothing is to be guessed.

    value: What is put there.
    """
    return torch.where(mask, torch.full_like(x, value), x)


@operator("Indexing", stem="inverse")
def logical_not(x: Mask) -> Tensor:
    """Turn a mask round: true where it was false."""
    return torch.logical_not(x)
