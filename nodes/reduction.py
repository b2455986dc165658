"""Reductions: one value of many along a dimension; and what runs along one."""

from typing import Literal, NamedTuple

from grapheditor.authoring import (
    Floats,
    Numbers,
    Positive,
    Probability,
    Size,
    Sizes,
    Tensor,
    expect,
    expect_dim,
    expect_dims,
    operator,
    torch,
)


class Ordered(NamedTuple):
    """Values in an order, and where each of them was."""

    values: Tensor
    indices: Tensor


@operator("Reduction", shows=("dim",), common=True)
def sum_(x: Tensor, *, dim: Sizes = (-1,), keepdim: bool = False) -> Tensor:
    """Add up the values along dimensions.

    dim: The dimensions; -1 is the last.
    keepdim: Keeps them, with size 1.
    """
    dims = expect_dims(x, dim)
    return torch.sum(x, dims, keepdim)


@operator("Reduction", shows=("dim",), common=True)
def mean(x: Floats, *, dim: Sizes = (-1,), keepdim: bool = False) -> Tensor:
    """Take the mean of the values along dimensions.

    dim: The dimensions; -1 is the last.
    keepdim: Keeps them, with size 1.
    """
    dims = expect_dims(x, dim)
    return torch.mean(x, dims, keepdim)


@operator("Reduction", title="Largest value", shows=("dim",))
def max_(x: Tensor, *, dim: Sizes = (-1,), keepdim: bool = False) -> Tensor:
    """Keep the largest value along dimensions.

    dim: The dimensions; -1 is the last.
    keepdim: Keeps them, with size 1.
    """
    dims = expect_dims(x, dim)
    return torch.amax(x, dims, keepdim)


@operator("Reduction", title="Smallest value", shows=("dim",))
def min_(x: Tensor, *, dim: Sizes = (-1,), keepdim: bool = False) -> Tensor:
    """Keep the smallest value along dimensions.

    dim: The dimensions; -1 is the last.
    keepdim: Keeps them, with size 1.
    """
    dims = expect_dims(x, dim)
    return torch.amin(x, dims, keepdim)


@operator("Reduction", title="Log of a sum of exponentials", shows=("dim",))
def logsumexp(x: Floats, *, dim: Sizes = (-1,), keepdim: bool = False) -> Tensor:
    """Take the logarithm of the sum of the exponentials along dimensions, which cannot overflow.

    dim: The dimensions; -1 is the last.
    keepdim: Keeps them, with size 1.
    """
    dims = expect_dims(x, dim)
    return torch.logsumexp(x, dims, keepdim)


@operator("Reduction", title="Standard deviation", shows=("dim",))
def std(x: Floats, *, dim: Sizes = (-1,), correction: Literal["1", "0"] = "1", keepdim: bool = False) -> Tensor:
    """Take the standard deviation along dimensions.

    dim: The dimensions; -1 is the last.
    correction: Subtracted from how many values there are: 1 for a sample of many, 0 where they are all.
    keepdim: Keeps them, with size 1.
    """
    dims = expect_dims(x, dim)
    return torch.std(x, dims, correction=int(correction), keepdim=keepdim)


@operator("Reduction", title="Variance", shows=("dim",))
def var(x: Floats, *, dim: Sizes = (-1,), correction: Literal["1", "0"] = "1", keepdim: bool = False) -> Tensor:
    """Take the variance along dimensions.

    dim: The dimensions; -1 is the last.
    correction: Subtracted from how many values there are: 1 for a sample of many, 0 where they are all.
    keepdim: Keeps them, with size 1.
    """
    dims = expect_dims(x, dim)
    return torch.var(x, dims, correction=int(correction), keepdim=keepdim)


@operator("Reduction", title="Product", shows=("dim",))
def prod(x: Tensor, *, dim: int = -1, keepdim: bool = False) -> Tensor:
    """Multiply the values along a dimension.

    dim: The dimension; -1 is the last.
    keepdim: Keeps it, with size 1.
    """
    expect_dim(x, dim)
    return torch.prod(x, dim, keepdim)


@operator("Reduction", title="Place of the largest", shows=("dim",))
def argmax(x: Numbers, *, dim: int = -1, keepdim: bool = False) -> Tensor:
    """Find where the largest value along a dimension is.

    dim: The dimension; -1 is the last.
    keepdim: Keeps it, with size 1.
    """
    expect_dim(x, dim)
    return torch.argmax(x, dim, keepdim)


@operator("Reduction", title="Place of the smallest", shows=("dim",))
def argmin(x: Numbers, *, dim: int = -1, keepdim: bool = False) -> Tensor:
    """Find where the smallest value along a dimension is.

    dim: The dimension; -1 is the last.
    keepdim: Keeps it, with size 1.
    """
    expect_dim(x, dim)
    return torch.argmin(x, dim, keepdim)


@operator("Reduction", shows=("dim",), onnx=False)
def median(x: Floats, *, dim: int = -1, keepdim: bool = False) -> Tensor:
    """Take the value in the middle along a dimension, the lower of two.

    dim: The dimension; -1 is the last.
    keepdim: Keeps it, with size 1.
    """
    expect_dim(x, dim)
    found, _ = torch.median(x, dim, keepdim)
    return found


@operator("Reduction", title="Norm", shows=("p", "dim"))
def norm(x: Floats, *, p: Positive = 2.0, dim: Sizes = (-1,), keepdim: bool = False) -> Tensor:
    """Take the length of vectors along dimensions.

    p: The power of the norm: 2 is the usual length, 1 the sum of the sizes.
    dim: The dimensions; -1 is the last.
    keepdim: Keeps them, with size 1.
    """
    dims = expect_dims(x, dim)
    return torch.linalg.vector_norm(x, p, dims, keepdim)


@operator("Reduction", shows=("dim",))
def count_nonzero(x: Tensor, *, dim: Sizes = (-1,)) -> Tensor:
    """Count the values along dimensions that are not zero.

    dim: The dimensions; -1 is the last.
    """
    dims = expect_dims(x, dim)
    return torch.count_nonzero(x, dims)


@operator("Reduction", title="Running sum", shows=("dim",))
def cumsum(x: Tensor, *, dim: int = -1) -> Tensor:
    """Add up the values along a dimension, and give the sum at each place.

    dim: The dimension; -1 is the last.
    """
    expect_dim(x, dim)
    return torch.cumsum(x, dim)


@operator("Reduction", title="Running product", shows=("dim",), onnx=False)
def cumprod(x: Tensor, *, dim: int = -1) -> Tensor:
    """Multiply the values along a dimension, and give the product at each place.

    dim: The dimension; -1 is the last.
    """
    expect_dim(x, dim)
    return torch.cumprod(x, dim)


@operator("Reduction", title="Running maximum", shows=("dim",), onnx=False)
def cummax(x: Floats, *, dim: int = -1) -> Ordered:
    """Give at each place along a dimension the largest value so far, and where it was.

    dim: The dimension; -1 is the last.
    """
    expect_dim(x, dim)
    return Ordered(*torch.cummax(x, dim))


@operator("Reduction", shows=("dim",))
def sort(x: Tensor, *, dim: int = -1, descending: bool = False) -> Ordered:
    """Put the values along a dimension into their order, and tell where each of them was.

    dim: The dimension; -1 is the last.
    descending: The largest first.
    """
    expect_dim(x, dim)
    return Ordered(*torch.sort(x, dim, descending))


@operator("Reduction", title="Top k", shows=("k",))
def topk(x: Numbers, *, k: Size = 5, dim: int = -1, largest: bool = True) -> Ordered:
    """Keep the largest values along a dimension, in their order, and tell where each of them was.

    k: How many.
    dim: The dimension; -1 is the last.
    largest: Takes the largest ones; without it the smallest.
    """
    expect_dim(x, dim)
    expect(k <= x.shape[dim], f"There are {x.shape[dim]} values, fewer than {k}.", "x", "k")
    return Ordered(*torch.topk(x, k, dim, largest))


@operator("Reduction", shows=("q", "dim"))
def quantile(x: Floats, *, q: Probability = 0.5, dim: int = -1, keepdim: bool = False) -> Tensor:
    """Find the value below which a share of the values along a dimension lies.

    q: The share, between 0 and 1; 0.5 is the median.
    dim: The dimension; -1 is the last.
    keepdim: Keeps it, with size 1.
    """
    expect_dim(x, dim)
    return torch.quantile(x, q, dim, keepdim)
