"""Comparisons: masks, true or false for each element."""

from grapheditor.authoring import Factor, Floats, Mask, Tensor, expect_broadcast, expect_dim, operator, torch


@operator("Comparison")
def equal(x: Tensor, y: Tensor) -> Tensor:
    """Say where two tensors are equal; a dimension of size 1 is stretched to fit."""
    expect_broadcast(x, y)
    return torch.eq(x, y)


@operator("Comparison")
def not_equal(x: Tensor, y: Tensor) -> Tensor:
    """Say where two tensors differ; a dimension of size 1 is stretched to fit."""
    expect_broadcast(x, y)
    return torch.ne(x, y)


@operator("Comparison")
def less(x: Tensor, y: Tensor) -> Tensor:
    """Say where a first tensor is less than a second."""
    expect_broadcast(x, y)
    return torch.lt(x, y)


@operator("Comparison")
def less_equal(x: Tensor, y: Tensor) -> Tensor:
    """Say where a first tensor is not more than a second."""
    expect_broadcast(x, y)
    return torch.le(x, y)


@operator("Comparison")
def greater(x: Tensor, y: Tensor) -> Tensor:
    """Say where a first tensor is more than a second."""
    expect_broadcast(x, y)
    return torch.gt(x, y)


@operator("Comparison")
def greater_equal(x: Tensor, y: Tensor) -> Tensor:
    """Say where a first tensor is not less than a second."""
    expect_broadcast(x, y)
    return torch.ge(x, y)


@operator("Comparison", shows=("value",))
def less_than(x: Tensor, *, value: Factor = 0.0) -> Tensor:
    """Say which values lie below a number.

    value: The number.
    """
    return x < value


@operator("Comparison", shows=("value",))
def greater_than(x: Tensor, *, value: Factor = 0.0) -> Tensor:
    """Say which values lie above a number.

    value: The number.
    """
    return x > value


@operator("Comparison", shows=("value",))
def equal_to(x: Tensor, *, value: Factor = 0.0) -> Tensor:
    """Say which values equal a number: places that are padding, say.

    value: The number.
    """
    return torch.eq(x, value)


@operator("Comparison", title="And")
def logical_and(x: Mask, y: Mask) -> Tensor:
    """Say where both of two masks are true."""
    expect_broadcast(x, y)
    return torch.logical_and(x, y)


@operator("Comparison", title="Or")
def logical_or(x: Mask, y: Mask) -> Tensor:
    """Say where at least one of two masks is true."""
    expect_broadcast(x, y)
    return torch.logical_or(x, y)


@operator("Comparison", title="Exclusive or")
def logical_xor(x: Mask, y: Mask) -> Tensor:
    """Say where just one of two masks is true."""
    expect_broadcast(x, y)
    return torch.logical_xor(x, y)


@operator("Comparison", title="Not", stem="inverse")
def logical_not(x: Mask) -> Tensor:
    """Turn a mask round: true where it was false."""
    return torch.logical_not(x)


@operator("Comparison", title="Is NaN")
def isnan(x: Floats) -> Tensor:
    """Say which values are not a number."""
    return torch.isnan(x)


@operator("Comparison", title="Is finite")
def isfinite(x: Floats) -> Tensor:
    """Say which values are neither infinite nor not a number."""
    return torch.isfinite(x)


@operator("Comparison", shows=("dim",))
def any_(x: Mask, *, dim: int = -1, keepdim: bool = False) -> Tensor:
    """Say whether a mask is true anywhere along a dimension.

    dim: The dimension.
    keepdim: Keeps it, with size 1.
    """
    expect_dim(x, dim)
    return torch.any(x, dim, keepdim)


@operator("Comparison", shows=("dim",))
def all_(x: Mask, *, dim: int = -1, keepdim: bool = False) -> Tensor:
    """Say whether a mask is true everywhere along a dimension.

    dim: The dimension.
    keepdim: Keeps it, with size 1.
    """
    expect_dim(x, dim)
    return torch.all(x, dim, keepdim)


@operator("Comparison")
def where(mask: Mask, x: Tensor, y: Tensor) -> Tensor:
    """Take values of one tensor where a mask is true, and of another where it is not; sizes of 1 are stretched."""
    expect_broadcast(mask, x, "x")
    expect_broadcast(mask, y)
    expect_broadcast(x, y)
    return torch.where(mask, x, y)
