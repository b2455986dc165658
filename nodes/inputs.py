"""Where tensors enter and leave a graph."""

from grapheditor.authoring import DType, Shape, Tensor, given, operator


@operator("Input and output", role="input", shows=("shape",))
def input(*, shape: Shape = ("N", 1, 28, 28), dtype: DType = "float32") -> Tensor:
    """A tensor that comes from outside: a field of the data in training, an argument of the exported network.

    shape: Its sizes. A name such as N stands for any size; an expression such as 32*h for its multiples.
    dtype: The type of its elements.
    """
    return given(shape, dtype)


@operator("Input and output", role="output")
def output(x: Tensor) -> None:
    """A result of the network. What only losses need is left out of an export."""
