"""Dense layers."""

from typing import Literal

from grapheditor.authoring import (
    Count,
    F,
    Factor,
    Floats,
    Integers,
    Positive,
    Size,
    Tensor,
    expect,
    nn,
    operator,
    torch,
)

Nothing = Literal["none"]
"""No number, as torch's None."""


@operator("Dense", shows=("out_features",), common=True)
def linear(x: Floats, *, out_features: Size = 128, bias: bool = True) -> Tensor:
    """Multiply the last dimension by a learned matrix.

    out_features: The size of the last dimension of the result.
    bias: Adds a learned number to each feature.
    """
    expect(x.ndim >= 1, "A linear layer needs at least one dimension.", "x")
    return nn.Linear(x.shape[-1], out_features, bias)(x)


@operator("Dense", shows=("num_embeddings", "embedding_dim"), common=True)
def embedding(
    x: Integers, *, num_embeddings: Size = 1000, embedding_dim: Size = 64, padding_idx: Count | Nothing = "none"
) -> Tensor:
    """Replace each whole number by a learned vector, which becomes a new last dimension.

    num_embeddings: How many different numbers there are, from 0 on.
    embedding_dim: The length of the vectors.
    padding_idx: The number that fills texts up; its vector begins with zeros and learns nothing.
    """
    return nn.Embedding(num_embeddings, embedding_dim, padding_idx=_filler(padding_idx, num_embeddings))(x)


def _filler(padding_idx: int | str, count: int) -> int | None:
    if isinstance(padding_idx, str):
        return None
    expect(padding_idx < count, f"There are {count} numbers, from 0 on.", option="padding_idx")
    return padding_idx


@operator("Dense", stem="positions", shows=("length",))
def position_embedding(x: Floats, *, length: Size = 1024) -> Tensor:
    """Add a learned vector for each place of a sequence, batch × place × feature (Gehring et al. 2017).

    length: The longest sequence that it knows places for.
    """
    expect(x.ndim == 3, "Positions are added to batch × place × feature.", "x")
    expect(x.shape[1] <= length, f"The sequence has {x.shape[1]} places, and {length} are known.", "x", "length")
    table = nn.Parameter(torch.zeros(length, x.shape[2]), name="weight")
    return x + table[: x.shape[1]]


@operator("Dense", stem="token")
def class_token(x: Floats) -> Tensor:
    """Put a learned vector before a sequence, batch × place × feature; it gathers the others (Devlin et al. 2018)."""
    expect(x.ndim == 3, "A token is put before batch × place × feature.", "x")
    token = nn.Parameter(torch.zeros(1, 1, x.shape[2]), name="weight")
    return torch.cat([token.expand(x.shape[0], -1, -1), x], 1)


@operator("Dense")
def identity(x: Tensor) -> Tensor:
    """Pass values on as they are: a place to name, to watch, or to put something else later."""
    return nn.Identity()(x)


@operator("Dense", shows=("out_features",))
def bilinear(x: Floats, y: Floats, *, out_features: Size = 128, bias: bool = True) -> Tensor:
    """Weigh each product of a feature of one tensor and a feature of another by a learned number, and add up.

    out_features: The size of the last dimension of the result.
    bias: Adds a learned number to each feature.
    """
    expect(x.ndim >= 1 and x.ndim == y.ndim, "Both need as many dimensions.", "y")
    alike = [int(size) for size in x.shape[:-1]] == [int(size) for size in y.shape[:-1]]
    expect(alike, "All dimensions but the last must agree.", "y")
    return nn.Bilinear(x.shape[-1], y.shape[-1], out_features, bias)(x, y)


@operator("Dense", title="EmbeddingBag", stem="bag", shows=("num_embeddings", "embedding_dim", "mode"))
def embedding_bag(
    x: Integers,
    *,
    num_embeddings: Size = 1000,
    embedding_dim: Size = 64,
    mode: Literal["mean", "sum", "max"] = "mean",
    padding_idx: Count | Nothing = "none",
) -> Tensor:
    """Replace each of several whole numbers by a learned vector, and take the mean of these: batch × numbers.

    num_embeddings: How many different numbers there are, from 0 on.
    embedding_dim: The length of the vectors.
    mode: What is made of the vectors of a sample: their mean, their sum, or the largest of each feature.
    padding_idx: The number that fills samples up: it is left out, and its vector learns nothing.
    """
    expect(x.ndim == 2, "It takes batch × numbers.", "x")
    padding = _filler(padding_idx, num_embeddings)
    return nn.EmbeddingBag(num_embeddings, embedding_dim, mode=mode, padding_idx=padding)(x)


@operator("Dense", title="Low-rank linear", stem="adapter", shows=("out_features", "rank"))
def low_rank_linear(x: Floats, *, out_features: Size = 128, rank: Size = 8, alpha: Positive = 16.0) -> Tensor:
    """Multiply the last dimension by a learned matrix of low rank, which begins with zeros (Hu et al. 2022).

    Added to a frozen layer it adapts a pretrained network by few numbers.

    out_features: The size of the last dimension of the result.
    rank: How many directions it knows.
    alpha: By alpha / rank its result is scaled.
    """
    expect(x.ndim >= 1, "It needs at least one dimension.", "x")
    down = nn.Parameter(torch.randn(rank, x.shape[-1]) / rank, name="down")
    up = nn.Parameter(torch.zeros(out_features, rank), name="up")
    return F.linear(F.linear(x, down), up) * (alpha / rank)


@operator("Dense", stem="scaled", shows=())
def layer_scale(x: Floats, *, init: Factor = 1e-4) -> Tensor:
    """Multiply each feature by a learned number that begins small, so that deep networks begin calm (Touvron 2021).

    init: What they begin with.
    """
    expect(x.ndim >= 1, "It needs at least one dimension.", "x")
    return x * nn.Parameter(torch.full((x.shape[-1],), init), name="weight")
