"""Operators that look up where something is, and what stands there."""

from grapheditor.authoring import (
    Factor,
    Floats,
    Integers,
    Mask,
    Size,
    Tensor,
    expect,
    expect_alike,
    expect_broadcast,
    expect_dim,
    operator,
    torch,
)


@operator("Indexing", counted=True)
def nonzero(x: Tensor) -> Tensor:
    """Find the places of all elements that are not zero: one row for each, with its index in every dimension.

    How many there are depends on the values, so that the number of rows is known only when the network runs.
    """
    return torch.nonzero(x)


@operator("Indexing", counted=True, onnx=False)
def masked_select(x: Tensor, mask: Mask) -> Tensor:
    """Take the elements where a mask is true, one behind the other.

    How many there are depends on the values, so that the length is known only when the network runs.
    """
    expect_broadcast(x, mask, "mask")
    return torch.masked_select(x, mask)


@operator("Indexing", stem="fill", shows=("value",))
def masked_fill(x: Tensor, mask: Mask, *, value: Factor = 0.0) -> Tensor:
    """Put a value wherever a mask is true; the mask's dimensions of size 1 are stretched to fit.

    Targets of -100 are left out of cross-entropy: fill them in where nothing is to be guessed.

    value: What is put there.
    """
    return torch.where(mask, torch.full_like(x, value), x)


@operator("Indexing", shows=("dim",))
def index_select(x: Tensor, index: Integers, *, dim: int = 1) -> Tensor:
    """Take the places of a dimension that a list of numbers names, in its order.

    dim: The dimension.
    """
    expect_dim(x, dim)
    expect(index.ndim == 1, "The numbers are a list, of one dimension.", "index")
    return torch.index_select(x, dim, index)


@operator("Indexing", shows=("dim",))
def gather(x: Tensor, index: Integers, *, dim: int = 1) -> Tensor:
    """Take along a dimension, for each place of the index, the value that it names there.

    The index has the shape of the result; but for the dimension it is no larger than what arrives.

    dim: The dimension.
    """
    expect_dim(x, dim)
    expect(index.ndim == x.ndim, f"The index needs {x.ndim} dimensions, as what it looks into.", "index")
    for i in range(x.ndim):
        fits = i == dim % x.ndim or int(index.shape[i]) <= int(x.shape[i])
        expect(fits, f"In dimension {i} the index has {index.shape[i]}, and {x.shape[i]} arrive.", "index")
    return torch.gather(x, dim, index.to(torch.int64))


@operator("Indexing", title="Value of a class", stem="chosen")
def pick(x: Tensor, index: Integers) -> Tensor:
    """Take from each row the value at a place of its own: of actions the one taken, of classes the true one."""
    expect(x.ndim == 2, "Rows are batch × values.", "x")
    expect(index.ndim == 1 and int(index.shape[0]) == int(x.shape[0]), "There is one place for each row.", "index")
    return torch.gather(x, 1, index.to(torch.int64).unsqueeze(1)).squeeze(1)


@operator("Indexing", shows=("dim",))
def scatter(x: Tensor, index: Integers, source: Tensor, *, dim: int = 1) -> Tensor:
    """Put values along a dimension at the places that an index names; where two fall together, one of them stays.

    dim: The dimension.
    """
    _expect_scatter(x, index, source, dim)
    return torch.scatter(x, dim, index.to(torch.int64), source)


@operator("Indexing", shows=("dim",))
def scatter_add(x: Tensor, index: Integers, source: Tensor, *, dim: int = 1) -> Tensor:
    """Add values along a dimension at the places that an index names: messages to the nodes of a graph.

    dim: The dimension.
    """
    _expect_scatter(x, index, source, dim)
    return torch.scatter_add(x, dim, index.to(torch.int64), source)


@operator("Indexing", stem="buckets", shows=("buckets",))
def bucketize(x: Floats, *, low: Factor = -1.0, high: Factor = 1.0, buckets: Size = 10) -> Tensor:
    """Number the bucket that each value falls into; those beyond the ends fall into the first or the last one.

    low: Where the first bucket begins.
    high: Where the last bucket ends.
    buckets: How many there are, all alike wide.
    """
    expect(low < high, "The first bucket must begin below the end of the last.", option="low")
    return torch.clamp(torch.floor((x - low) * (buckets / (high - low))), 0, buckets - 1).to(torch.int64)


@operator("Indexing", title="Mask by lengths", stem="mask", shows=("longest",))
def length_mask(lengths: Integers, *, longest: Size = 32) -> Tensor:
    """Say of each place of sequences whether it belongs to one: true for as many as its length says.

    longest: How many places there are.
    """
    expect(lengths.ndim == 1, "Lengths are one number for each sequence.", "lengths")
    return torch.arange(longest, device=lengths.device) < lengths.unsqueeze(1)


@operator("Indexing", stem="mask")
def causal_mask(x: Tensor) -> Tensor:
    """Say which places each place of a sequence may see: itself and those before it, as a square of place × place."""
    expect(x.ndim >= 2, "A sequence is batch × place, and may have more.", "x")
    places = torch.arange(x.shape[1], device=x.device)
    return places.unsqueeze(1) >= places


@operator("Indexing", stem="mask", shows=("window",))
def window_mask(x: Tensor, *, window: Size = 128) -> Tensor:
    """Say which places each place of a sequence may see: itself and some before it, as a square of place × place.

    window: How many, itself among them (Beltagy et al. 2020).
    """
    expect(x.ndim >= 2, "A sequence is batch × place, and may have more.", "x")
    places = torch.arange(x.shape[1], device=x.device)
    gaps = places.unsqueeze(1) - places
    return (gaps >= 0) & (gaps < window)


def _expect_scatter(x: Tensor, index: Tensor, source: Tensor, dim: int) -> None:
    expect_dim(x, dim)
    for port, item in (("index", index), ("source", source)):
        expect(item.ndim == x.ndim, f"It needs {x.ndim} dimensions, as what it is put into.", port)
    expect_alike(index, source, "source", "Values and their places")
    for i in range(x.ndim):
        fits = i == dim % x.ndim or int(index.shape[i]) <= int(x.shape[i])
        expect(fits, f"In dimension {i} the index has {index.shape[i]}, and {x.shape[i]} arrive.", "index")
