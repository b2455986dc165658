"""Dense layers."""

from grapheditor.authoring import Floats, Size, Tensor, expect, nn, operator


@operator("Dense", shows=("out_features",))
def linear(x: Floats, *, out_features: Size = 128, bias: bool = True) -> Tensor:
    """Multiply the last dimension by a learned matrix.

    out_features: The size of the last dimension of the result.
    bias: Adds a learned number to each feature.
    """
    expect(x.ndim >= 1, "A linear layer needs at least one dimension.", "x")
    return nn.Linear(x.shape[-1], out_features, bias)(x)
