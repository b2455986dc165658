"""Operators that change how values are laid out, not the values."""

from grapheditor.authoring import Tensor, expect, operator


@operator("Shape")
def flatten(x: Tensor, *, start_dim: int = 1, end_dim: int = -1) -> Tensor:
    """Make one dimension of several; by default of all but the batch.

    start_dim: The first dimension that is taken in.
    end_dim: The last dimension that is taken in; -1 is the last of the tensor.
    """
    first, last = (dim + x.ndim if dim < 0 else dim for dim in (start_dim, end_dim))
    expect(
        0 <= first <= last < x.ndim,
        f"Dimensions {start_dim} to {end_dim} are not a range in a tensor of {x.ndim} dimensions.",
        "x",
        "start_dim",
    )
    return x.flatten(start_dim, end_dim)
