"""Operators that look up where something is."""

from grapheditor.authoring import Tensor, operator, torch


@operator("Indexing", counted=True)
def nonzero(x: Tensor) -> Tensor:
    """Find the places of all elements that are not zero: one row for each, with its index in every dimension.

    How many there are depends on the values, so that the number of rows is known only when the network runs.
    """
    return torch.nonzero(x)
