"""Operators that join several tensors."""

from grapheditor.authoring import Tensor, expect, operator, torch


@operator("Combine", common=True)
def add(x: Tensor, y: Tensor) -> Tensor:
    """Add two tensors element by element; a dimension of size 1 is stretched to fit."""
    return x + y


@operator("Combine")
def subtract(x: Tensor, y: Tensor) -> Tensor:
    """Subtract a second tensor from a first, element by element; a dimension of size 1 is stretched to fit."""
    return x - y


@operator("Combine", common=True)
def multiply(x: Tensor, y: Tensor) -> Tensor:
    """Multiply two tensors element by element; a dimension of size 1 is stretched to fit."""
    return x * y


@operator("Combine", stem="cat", shows=("dim",), common=True)
def concatenate(xs: list[Tensor], *, dim: int = 1) -> Tensor:
    """Put any number of tensors side by side along a dimension.

    dim: The dimension that grows; all others must agree.
    """
    expect(len(xs) > 0, "Nothing arrives to be concatenated.", "xs")
    rank = xs[0].ndim
    expect(all(x.ndim == rank for x in xs), "The tensors differ in their number of dimensions.", "xs")
    expect(-rank <= dim < rank, f"There is no dimension {dim} in tensors of {rank} dimensions.", "xs", "dim")
    for i in range(rank):
        sizes = [x.shape[i] for x in xs]
        agree = i == dim % rank or len({int(size) for size in sizes}) == 1
        expect(agree, f"The sizes in dimension {i} differ: {', '.join(map(str, sizes))}.", "xs")
    return torch.cat(xs, dim)


@operator("Combine")
def detach(x: Tensor) -> Tensor:
    """Pass values on and let no gradient back: what is before it learns nothing from what is behind it."""
    return x.detach()
