"""Regularisation."""

from grapheditor.authoring import Floats, Probability, Tensor, nn, operator


@operator("Regularisation", shows=("p",))
def dropout(x: Floats, *, p: Probability = 0.5) -> Tensor:
    """Silence random values while training and scale the others up (Srivastava et al. 2014).

    p: The share of values that are silenced.
    """
    return nn.Dropout(p)(x)
