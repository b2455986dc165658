"""Dense layers."""

from grapheditor.authoring import Floats, Integers, Size, Tensor, expect, nn, operator, torch


@operator("Dense", shows=("out_features",))
def linear(x: Floats, *, out_features: Size = 128, bias: bool = True) -> Tensor:
    """Multiply the last dimension by a learned matrix.

    out_features: The size of the last dimension of the result.
    bias: Adds a learned number to each feature.
    """
    expect(x.ndim >= 1, "A linear layer needs at least one dimension.", "x")
    return nn.Linear(x.shape[-1], out_features, bias)(x)


@operator("Dense", shows=("num_embeddings", "embedding_dim"))
def embedding(x: Integers, *, num_embeddings: Size = 1000, embedding_dim: Size = 64) -> Tensor:
    """Replace each whole number by a learned vector, which becomes a new last dimension.

    num_embeddings: How many different numbers there are, from 0 on.
    embedding_dim: The length of the vectors.
    """
    return nn.Embedding(num_embeddings, embedding_dim)(x)


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
