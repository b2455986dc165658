"""Normalisation."""

from grapheditor.authoring import (
    F,
    Factor,
    Floats,
    Image,
    Positive,
    Probability,
    Size,
    Tensor,
    expect,
    nn,
    operator,
    torch,
)


@operator("Normalisation", fitted=("mean", "std"))
def normalize(x: Floats) -> Tensor:
    """Subtract the mean of each channel and divide by its deviation, both taken from the training data.

    The two are buffers: 0 and 1 until a training sets them, then saved with the weights, so that an exported network
    takes the raw values of a camera or a table.
    """
    expect(x.ndim >= 2, "Normalisation needs a batch and at least one feature.", "x")
    sizes = [x.shape[1], *[1] * (x.ndim - 2)]
    mean = nn.Buffer(torch.zeros(*sizes), name="mean")
    std = nn.Buffer(torch.ones(*sizes), name="std")
    return (x - mean) / std


@operator("Normalisation", title="BatchNorm2d", stem="bn", shows=("eps", "momentum"))
def batch_norm2d(
    x: Image,
    *,
    eps: Positive = 1e-5,
    momentum: Probability = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
) -> Tensor:
    """Centre and scale each channel by the statistics of the batch (Ioffe & Szegedy 2015).

    eps: Added to the variance, so that it is never divided by zero.
    momentum: How fast the running statistics, used after training, follow the batches.
    affine: Learns a scale and a shift for each channel.
    track_running_stats: Keeps running statistics; without them the batch's own are used always.
    """
    return nn.BatchNorm2d(x.shape[1], eps, momentum, affine, track_running_stats)(x)


@operator("Normalisation", title="LayerNorm", stem="norm", shows=())
def layer_norm(x: Floats, *, eps: Positive = 1e-5, elementwise_affine: bool = True, bias: bool = True) -> Tensor:
    """Centre and scale the last dimension of each sample by its own statistics (Ba, Kiros & Hinton 2016).

    eps: Added to the variance, so that it is never divided by zero.
    elementwise_affine: Learns a scale, and a shift, for each feature.
    bias: Learns the shift.
    """
    expect(x.ndim >= 1, "Layer norm needs at least one dimension.", "x")
    return nn.LayerNorm(x.shape[-1], eps, elementwise_affine, bias)(x)


@operator("Normalisation", title="LocalResponseNorm", stem="lrn", shows=("size",))
def local_response_norm(
    x: Image, *, size: Size = 5, alpha: Positive = 1e-4, beta: Factor = 0.75, k: Positive = 1.0
) -> Tensor:
    """Damp each value by the squares of its neighbours in other channels (Krizhevsky, Sutskever & Hinton 2012).

    Each value is divided by (k + alpha · mean of squares over size channels)^beta; the paper takes the sum of the
    squares, and k is 2 there.

    size: How many neighbouring channels count, its own among them.
    alpha: The weight of the squares.
    beta: The power that is divided by.
    k: Added to the squares, so that it is never divided by zero.
    """
    return F.local_response_norm(x, size, alpha, beta, k)
