"""Distances: how far vectors lie from each other."""

from grapheditor.authoring import (
    F,
    Floats,
    Positive,
    Tensor,
    expect,
    expect_alike,
    expect_dim,
    operator,
    torch,
)


@operator("Reduction", title="Cosine similarity", stem="cosine", shows=("dim",))
def cosine_similarity(x: Floats, y: Floats, *, dim: int = 1, eps: Positive = 1e-8) -> Tensor:
    """Say how far vectors point the same way: 1 where they do, 0 at right angles, -1 where they point apart.

    dim: The dimension that the vectors lie along.
    eps: The least that is divided by.
    """
    expect_dim(x, dim)
    expect_alike(x, y, "y", "Both")
    return F.cosine_similarity(x, y, dim, eps)


@operator("Reduction", stem="distance", shows=("p",))
def pairwise_distance(
    x: Floats, y: Floats, *, p: Positive = 2.0, eps: Positive = 1e-6, keepdim: bool = False
) -> Tensor:
    """Measure the distances between the vectors of two batches, one by one.

    p: The power of the norm.
    eps: Added to each difference, so that there is a slope at zero.
    keepdim: Keeps the dimension of the vectors, with size 1.
    """
    expect_alike(x, y, "y", "Both")
    expect(x.ndim >= 1, "A vector has a dimension.", "x")
    return F.pairwise_distance(x, y, p, eps, keepdim)


@operator("Reduction", title="All distances", stem="distances", shows=("p",), onnx=False)
def cdist(x: Floats, y: Floats, *, p: Positive = 2.0) -> Tensor:
    """Measure the distance of each vector of one list to each of another: batch × places × other places.

    p: The power of the norm.
    """
    for port, item in (("x", x), ("y", y)):
        expect(item.ndim == 3, "Lists of vectors are batch × place × feature.", port)
    expect(int(x.shape[2]) == int(y.shape[2]), f"Vectors of {x.shape[2]} and of {y.shape[2]}.", "y")
    return torch.cdist(x, y, p)
