"""Operators that draw random numbers, in training and after it."""

from grapheditor.authoring import Probability, Shape, Tensor, operator, torch


@operator("Input and output", stem="noise", shows=("size",), random=True)
def random_normal(like: Tensor, *, size: Shape = (64,)) -> Tensor:
    """Draw numbers from the normal distribution, for as many samples as arrive: what a generator begins with.

    What arrives says only how many samples there are.

    size: The sizes of a sample.
    """
    return torch.randn(like.shape[0], *size, device=like.device)


@operator("Indexing", stem="mask", shows=("p",), random=True)
def random_mask(x: Tensor, *, p: Probability = 0.15) -> Tensor:
    """Choose elements at random: true for each that is chosen, in the shape of what arrives.

    p: The share that is chosen.
    """
    return torch.rand(x.shape, device=x.device) < p
