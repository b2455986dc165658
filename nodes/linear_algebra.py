"""Linear algebra: products and properties of matrices, in the last two dimensions."""

import re
from typing import NamedTuple

from grapheditor.authoring import Floats, Positive, Tensor, expect, expect_dim, operator, torch


class Decomposed(NamedTuple):
    """The orthogonal and the triangular factor of a matrix."""

    q: Tensor
    r: Tensor


class Singular(NamedTuple):
    """A matrix as two rotations and stretches along axes between them."""

    u: Tensor
    s: Tensor
    vh: Tensor


class Eigen(NamedTuple):
    """The eigenvalues of a symmetric matrix, from the smallest, and their vectors as columns."""

    values: Tensor
    vectors: Tensor


@operator("Linear algebra", title="Matrix product", stem="product")
def matmul(x: Floats, y: Floats) -> Tensor:
    """Multiply matrices in the last two dimensions; those before them are a batch, whose sizes of 1 are stretched."""
    expect(x.ndim >= 1 and y.ndim >= 1, "A product needs at least one dimension.", "x")
    inner = y.shape[-2] if y.ndim > 1 else y.shape[0]
    expect(int(x.shape[-1]) == int(inner), f"Rows of {x.shape[-1]} meet columns of {inner}.", "y")
    return x @ y


@operator("Linear algebra", title="Batch matrix product", stem="product")
def bmm(x: Floats, y: Floats) -> Tensor:
    """Multiply the matrices of two batches, one by one."""
    expect(x.ndim == 3, "A batch of matrices has three dimensions.", "x")
    expect(y.ndim == 3, "A batch of matrices has three dimensions.", "y")
    expect(int(x.shape[0]) == int(y.shape[0]), f"There are {x.shape[0]} matrices, and {y.shape[0]}.", "y")
    expect(int(x.shape[2]) == int(y.shape[1]), f"Rows of {x.shape[2]} meet columns of {y.shape[1]}.", "y")
    return torch.bmm(x, y)


@operator("Linear algebra", title="Einstein sum", shows=("equation",))
def einsum(xs: list[Floats], *, equation: str = "nij,njk->nik") -> Tensor:
    """Multiply tensors and add up along dimensions that are named by letters.

    equation: A letter for each dimension of each tensor, and of the result: what is missing there is added up.
    """
    right = re.fullmatch(r"[a-zA-Z. ]+(,[a-zA-Z. ]+)*(->[a-zA-Z. ]*)?", equation)
    expect(
        right is not None, "It is letters for the dimensions of each tensor, such as nij,njk->nik.", option="equation"
    )
    expect(len(xs) > 0, "Nothing arrives to be multiplied.", "xs")
    count = len(equation.split("->")[0].split(","))
    expect(len(xs) == count, f"The equation is about {count} tensors, and {len(xs)} arrive.", "xs", "equation")
    return torch.einsum(equation, *xs)


@operator("Linear algebra", title="Dot product")
def vecdot(x: Floats, y: Floats, *, dim: int = -1) -> Tensor:
    """Multiply vectors and add up: how far they point the same way.

    dim: The dimension that the vectors lie along.
    """
    expect_dim(x, dim)
    expect_dim(y, dim, port="y")
    expect(int(x.shape[dim]) == int(y.shape[dim]), f"Vectors of {x.shape[dim]} and of {y.shape[dim]}.", "y")
    return (x * y).sum(dim)


@operator("Linear algebra", title="Outer product")
def outer(x: Floats, y: Floats) -> Tensor:
    """Multiply each number of a vector by each of another: the last dimensions become a matrix."""
    expect(x.ndim >= 1, "A vector has a dimension.", "x")
    expect(y.ndim >= 1, "A vector has a dimension.", "y")
    return x.unsqueeze(-1) * y.unsqueeze(-2)


@operator("Linear algebra", title="Cross product")
def cross(x: Floats, y: Floats) -> Tensor:
    """Find the vector at right angles to two others; vectors are the last dimension, of size 3."""
    for port, item in (("x", x), ("y", y)):
        expect(item.ndim >= 1 and item.shape[-1] == 3, "Vectors have three numbers.", port)
    return x.roll(-1, -1) * y.roll(-2, -1) - x.roll(-2, -1) * y.roll(-1, -1)


@operator("Linear algebra", title="Kronecker product")
def kron(x: Floats, y: Floats) -> Tensor:
    """Put a whole second tensor in the place of each number of a first, multiplied by it."""
    return torch.kron(x, y)


@operator("Linear algebra", title="Gram matrix", stem="gram")
def gram_matrix(x: Floats) -> Tensor:
    """Compare each channel with each other: sums of products over all places, divided by how many numbers there are.

    It tells the style of an image apart from what is in it (Gatys et al. 2016).
    """
    expect(x.ndim >= 3, "It takes batch × channels × places.", "x")
    flat = x.flatten(2)
    return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


@operator("Linear algebra")
def trace(x: Floats) -> Tensor:
    """Add up the diagonal of square matrices."""
    _expect_square(x)
    return torch.diagonal(x, 0, -2, -1).sum(-1)


@operator("Linear algebra", title="Determinant")
def det(x: Floats) -> Tensor:
    """Find by what square matrices multiply a volume."""
    _expect_square(x)
    return torch.linalg.det(x)


@operator("Linear algebra", title="Inverse", onnx=False)
def inv(x: Floats, *, damping: Positive = 0.0) -> Tensor:
    """Find the matrices that undo square ones.

    damping: Added to the diagonal, so that nearly singular ones can be undone too.
    """
    _expect_square(x)
    return torch.linalg.inv(x + damping * torch.eye(x.shape[-1], device=x.device)) if damping else torch.linalg.inv(x)


@operator("Linear algebra", title="Pseudo-inverse", onnx=False)
def pinv(x: Floats) -> Tensor:
    """Find the matrices that undo others as well as can be: the least squares."""
    expect(x.ndim >= 2, "A matrix has two dimensions.", "x")
    return torch.linalg.pinv(x)


@operator("Linear algebra", onnx=False)
def solve(a: Floats, b: Floats) -> Tensor:
    """Solve systems of linear equations: find x with a·x = b, for the columns of b."""
    _expect_square(a, "a")
    expect(b.ndim == a.ndim, "There must be as many dimensions as the matrices have.", "b")
    expect(int(a.shape[-1]) == int(b.shape[-2]), f"There are {a.shape[-1]} equations and {b.shape[-2]} results.", "b")
    return torch.linalg.solve(a, b)


@operator("Linear algebra", title="Cholesky factor", onnx=False)
def cholesky(x: Floats) -> Tensor:
    """Find the lower triangle whose product with its own transpose a positive definite matrix is."""
    _expect_square(x)
    return torch.linalg.cholesky(x)


@operator("Linear algebra", title="QR decomposition", onnx=False)
def qr(x: Floats) -> Decomposed:
    """Take matrices apart into orthogonal columns and an upper triangle."""
    expect(x.ndim >= 2, "A matrix has two dimensions.", "x")
    return Decomposed(*torch.linalg.qr(x))


@operator("Linear algebra", title="Singular values", onnx=False)
def svd(x: Floats) -> Singular:
    """Take matrices apart into a rotation, stretches along axes and another rotation."""
    expect(x.ndim >= 2, "A matrix has two dimensions.", "x")
    return Singular(*torch.linalg.svd(x, full_matrices=False))


@operator("Linear algebra", title="Eigenvalues", onnx=False)
def eigh(x: Floats) -> Eigen:
    """Find eigenvalues and eigenvectors of symmetric matrices; only their lower triangles are looked at."""
    _expect_square(x)
    return Eigen(*torch.linalg.eigh(x))


@operator("Linear algebra", title="Matrix exponential", onnx=False)
def matrix_exp(x: Floats) -> Tensor:
    """Raise e to the power of square matrices: where a linear flow leads in a unit of time."""
    _expect_square(x)
    return torch.linalg.matrix_exp(x)


def _expect_square(x: Tensor, port: str = "x") -> None:
    square = x.ndim >= 2 and int(x.shape[-1]) == int(x.shape[-2])
    expect(square, "The last two dimensions must be a square matrix.", port)
