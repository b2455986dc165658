"""Statistics of the training data, which ``fitted`` operators such as Normalize subtract and divide by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from grapheditor.training.feed import batches_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from grapheditor.compile import Fit
    from grapheditor.training.setup import Setup

SMALLEST_DEVIATION = 1e-8
"""What does not vary is divided by 1, not by nearly nothing."""


def nothing() -> None:
    """Tell nobody."""


def fit_statistics(setup: Setup, stopped: Callable[[], bool], alive: Callable[[], None] = nothing) -> None:
    """Set the two buffers of each fitted operator to mean and population deviation of what arrives at it in training.

    Operators are fitted in the graph's order, each behind those before it. Where it is stopped the buffers
    not yet reached keep 0 and 1. alive: is called after each batch.
    """
    module = setup.compute.module.eval()
    for fit in setup.program.fits:
        if stopped():
            return
        mean, deviation = module.get_buffer(fit.mean), module.get_buffer(fit.std)
        found = _moments(_arrivals(fit, setup, alive), mean)
        with torch.no_grad():
            mean.copy_(found[0])
            deviation.copy_(found[1])


@torch.inference_mode()
def _arrivals(fit: Fit, setup: Setup, alive: Callable[[], None]) -> Iterator[Tensor]:
    for chosen in batches_of(setup.learn.to(setup.compute.device), setup.recipe.batch):
        samples, batch = setup.read(setup.samples, chosen, fit.inputs)
        if not len(samples):
            continue
        (arrived,) = fit.arrives(setup.compute.module, *batch.values())
        yield arrived.to(_exact(arrived)).double()
        alive()


def _exact(tensor: Tensor) -> torch.device:
    """Return the device to add up on: Apple's graphics have no float64."""
    return torch.device("cpu") if tensor.device.type == "mps" else tensor.device


def _moments(arrivals: Iterator[Tensor], buffer: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and deviation over all dimensions in which the buffer, aligned right, has a size of 1.

    Means and sums of squared differences of batches are merged as by Chan, Golub and LeVeque (1979): one
    pass, and no loss of digits where the mean is far from zero.
    """
    mean = torch.zeros(buffer.shape, dtype=torch.float64, device=_exact(buffer))
    squares = torch.zeros_like(mean)
    count = 0
    for values in arrivals:
        aligned = (1,) * (values.ndim - buffer.ndim) + tuple(buffer.shape)
        over = [i for i, size in enumerate(aligned) if size == 1]
        new = values.numel() // buffer.numel()
        here = values.mean(over, keepdim=True)
        spread = (values - here).square().sum(over, keepdim=True)
        apart = here.reshape(buffer.shape) - mean
        squares += spread.reshape(buffer.shape) + apart.square() * (count * new / (count + new))
        mean += apart * (new / (count + new))
        count += new
    deviation = (squares / count).sqrt()
    return mean, torch.where(deviation < SMALLEST_DEVIATION, 1.0, deviation)
