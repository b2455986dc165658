"""Where tensors enter and leave a graph."""

from grapheditor.authoring import DType, Positive, Shape, Tensor, given, nn, operator, torch


@operator("Input and output", role="input", shows=("shape",), common=True)
def input(*, shape: Shape = ("N", 1, 28, 28), dtype: DType = "float32") -> Tensor:
    """A tensor that comes from outside: a field of the data in training, an argument of the exported network.

    shape: Its sizes. A name such as N stands for any size; an expression such as 32*h for its multiples.
    dtype: The type of its elements.
    """
    return given(shape, dtype)


@operator("Input and output", role="output", common=True)
def output(x: Tensor) -> None:
    """A result of the network. What only losses need is left out of an export."""


@operator("Input and output", shows=("shape",))
def parameter(*, shape: Shape = (1, 3, 32, 32), std: Positive = 0.01) -> Tensor:
    """A tensor that learns and depends on nothing: an image that is painted by its gradient, a prompt, a query.

    shape: Its sizes.
    std: Standard deviation of the normal numbers that it begins with; 0 begins with zeros.
    """
    value = torch.randn(*shape) * std if std else torch.zeros(*shape)
    return nn.Parameter(value, name="weight")
