"""Normalisation."""

from grapheditor.authoring import (
    F,
    Factor,
    Floats,
    Image,
    Positive,
    Probability,
    Signal,
    Size,
    Tensor,
    Volume,
    expect,
    expect_dim,
    expect_groups,
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


@operator("Normalisation", title="BatchNorm1d", stem="bn", shows=("eps", "momentum"))
def batch_norm1d(
    x: Floats,
    *,
    eps: Positive = 1e-5,
    momentum: Probability = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
) -> Tensor:
    """Centre and scale each feature, or each channel of a sequence, by the statistics of the batch.

    eps: Added to the variance, so that it is never divided by zero.
    momentum: How fast the running statistics, used after training, follow the batches.
    affine: Learns a scale and a shift for each feature.
    track_running_stats: Keeps running statistics; without them the batch's own are used always.
    """
    expect(x.ndim in (2, 3), "BatchNorm1d takes batch × feature, or batch × channels × length.", "x")
    return nn.BatchNorm1d(x.shape[1], eps, momentum, affine, track_running_stats)(x)


@operator("Normalisation", title="BatchNorm2d", stem="bn", shows=("eps", "momentum"), common=True)
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


@operator("Normalisation", title="BatchNorm3d", stem="bn", shows=("eps", "momentum"))
def batch_norm3d(
    x: Volume,
    *,
    eps: Positive = 1e-5,
    momentum: Probability = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
) -> Tensor:
    """Centre and scale each channel of a volume by the statistics of the batch.

    eps: Added to the variance, so that it is never divided by zero.
    momentum: How fast the running statistics, used after training, follow the batches.
    affine: Learns a scale and a shift for each channel.
    track_running_stats: Keeps running statistics; without them the batch's own are used always.
    """
    return nn.BatchNorm3d(x.shape[1], eps, momentum, affine, track_running_stats)(x)


@operator("Normalisation", title="LayerNorm", stem="norm", shows=(), common=True)
def layer_norm(
    x: Floats, *, dims: Size = 1, eps: Positive = 1e-5, elementwise_affine: bool = True, bias: bool = True
) -> Tensor:
    """Centre and scale the last dimension of each sample by its own statistics (Ba, Kiros & Hinton 2016).

    dims: How many of the last dimensions are scaled together: 3 for all of an image.
    eps: Added to the variance, so that it is never divided by zero.
    elementwise_affine: Learns a scale, and a shift, for each feature.
    bias: Learns the shift.
    """
    expect(x.ndim >= dims, f"There are {x.ndim} dimensions.", "x", "dims")
    return nn.LayerNorm(x.shape[-1] if dims == 1 else x.shape[-dims:], eps, elementwise_affine, bias)(x)


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


@operator("Normalisation", title="InstanceNorm1d", stem="norm", shows=("eps",))
def instance_norm1d(
    x: Signal,
    *,
    eps: Positive = 1e-5,
    momentum: Probability = 0.1,
    affine: bool = False,
    track_running_stats: bool = False,
) -> Tensor:
    """Centre and scale each channel of each sequence by its own statistics.

    eps: Added to the variance, so that it is never divided by zero.
    momentum: How fast running statistics follow, where they are kept.
    affine: Learns a scale and a shift for each channel.
    track_running_stats: Keeps running statistics and uses them after training.
    """
    expect(x.shape[2] > 1, "One value a channel has no deviation.", "x")
    return nn.InstanceNorm1d(x.shape[1], eps, momentum, affine, track_running_stats)(x)


@operator("Normalisation", title="InstanceNorm2d", stem="norm", shows=("eps",))
def instance_norm2d(
    x: Image,
    *,
    eps: Positive = 1e-5,
    momentum: Probability = 0.1,
    affine: bool = False,
    track_running_stats: bool = False,
) -> Tensor:
    """Centre and scale each channel of each image by its own statistics (Ulyanov et al. 2016).

    eps: Added to the variance, so that it is never divided by zero.
    momentum: How fast running statistics follow, where they are kept.
    affine: Learns a scale and a shift for each channel.
    track_running_stats: Keeps running statistics and uses them after training.
    """
    expect(x.shape[2] * x.shape[3] > 1, "One value a channel has no deviation.", "x")
    return nn.InstanceNorm2d(x.shape[1], eps, momentum, affine, track_running_stats)(x)


@operator("Normalisation", title="InstanceNorm3d", stem="norm", shows=("eps",))
def instance_norm3d(
    x: Volume,
    *,
    eps: Positive = 1e-5,
    momentum: Probability = 0.1,
    affine: bool = False,
    track_running_stats: bool = False,
) -> Tensor:
    """Centre and scale each channel of each volume by its own statistics.

    eps: Added to the variance, so that it is never divided by zero.
    momentum: How fast running statistics follow, where they are kept.
    affine: Learns a scale and a shift for each channel.
    track_running_stats: Keeps running statistics and uses them after training.
    """
    expect(x.shape[2] * x.shape[3] * x.shape[4] > 1, "One value a channel has no deviation.", "x")
    return nn.InstanceNorm3d(x.shape[1], eps, momentum, affine, track_running_stats)(x)


@operator("Normalisation", title="GroupNorm", stem="norm", shows=("num_groups",), common=True)
def group_norm(x: Floats, *, num_groups: Size = 8, eps: Positive = 1e-5, affine: bool = True) -> Tensor:
    """Centre and scale groups of channels of each sample by their own statistics (Wu & He 2018).

    It does not depend on how large the batch is. One group is a layer norm over channels, one channel a group an
    instance norm.

    num_groups: Into how many groups the channels are divided.
    eps: Added to the variance, so that it is never divided by zero.
    affine: Learns a scale and a shift for each channel.
    """
    expect(x.ndim >= 2, "Group norm needs a batch and channels.", "x")
    expect_groups(x.shape[1], num_groups, option="num_groups")
    return nn.GroupNorm(num_groups, x.shape[1], eps, affine)(x)


@operator("Normalisation", title="RMSNorm", stem="norm", shows=())
def rms_norm(x: Floats, *, eps: Positive = 1e-6, elementwise_affine: bool = True) -> Tensor:
    """Divide the last dimension of each sample by the root of the mean of its squares (Zhang & Sennrich 2019).

    eps: Added to the mean, so that it is never divided by zero.
    elementwise_affine: Learns a scale for each feature.
    """
    expect(x.ndim >= 1, "RMS norm needs at least one dimension.", "x")
    return nn.RMSNorm(x.shape[-1], eps, elementwise_affine)(x)


@operator("Normalisation", stem="unit")
def unit_norm(x: Floats, *, p: Positive = 2.0, dim: int = 1, eps: Positive = 1e-12) -> Tensor:
    """Divide vectors by their length, so that all have length 1.

    p: The power of the norm that is their length; 2 is the usual one.
    dim: The dimension that the vectors lie along.
    eps: The least that is divided by.
    """
    expect_dim(x, dim)
    expect(p > 0, "The power of a norm is above 0.", option="p")
    return F.normalize(x, p, dim, eps)


@operator("Normalisation", stem="norm")
def pixel_norm(x: Image, *, eps: Positive = 1e-8) -> Tensor:
    """Divide the channels of each pixel by the root of the mean of their squares (Karras et al. 2018).

    eps: Added to the mean, so that it is never divided by zero.
    """
    return x * torch.rsqrt((x * x).mean(1, keepdim=True) + eps)


@operator("Normalisation", stem="norm")
def adaptive_instance_norm(x: Image, scale: Floats, shift: Floats, *, eps: Positive = 1e-5) -> Tensor:
    """Centre and scale each channel of each image, then give it a scale and shift that arrive (Huang & Belongie 2017).

    Both are shaped batch × channels: what a style network says.

    eps: Added to the variance, so that it is never divided by zero.
    """
    expect(x.shape[2] * x.shape[3] > 1, "One value a channel has no deviation.", "x")
    for port, given in (("scale", scale), ("shift", shift)):
        expect(given.ndim == 2, "It is shaped batch × channels.", port)
        expect(int(given.shape[1]) == int(x.shape[1]), f"The image has {x.shape[1]} channels.", port)
    scales, shifts = (given[:, :, None, None] for given in (scale, shift))
    return F.instance_norm(x, eps=eps) * scales + shifts


@operator("Normalisation")
def standardize(x: Floats, *, dim: int = -1, eps: Positive = 1e-5) -> Tensor:
    """Subtract the mean along a dimension and divide by the deviation, without anything learned.

    dim: The dimension.
    eps: Added to the variance, so that it is never divided by zero.
    """
    expect_dim(x, dim)
    centred = x - x.mean(dim, keepdim=True)
    return centred * torch.rsqrt((centred * centred).mean(dim, keepdim=True) + eps)
