"""Regularisation."""

from grapheditor.authoring import (
    Floats,
    Image,
    Positive,
    Probability,
    Share,
    Signal,
    Tensor,
    Volume,
    expect,
    nn,
    operator,
    torch,
    while_training,
)


@operator("Regularisation", shows=("p",), common=True)
def dropout(x: Floats, *, p: Probability = 0.5) -> Tensor:
    """Silence random values while training and scale the others up (Srivastava et al. 2014).

    p: The share of values that are silenced.
    """
    return nn.Dropout(p)(x)


@operator("Regularisation", title="Dropout1d", shows=("p",))
def dropout1d(x: Signal, *, p: Probability = 0.5) -> Tensor:
    """Silence whole channels of sequences while training, and scale the others up.

    p: The share of channels that are silenced.
    """
    return nn.Dropout1d(p)(x)


@operator("Regularisation", title="Dropout2d", shows=("p",))
def dropout2d(x: Image, *, p: Probability = 0.5) -> Tensor:
    """Silence whole channels of images while training, and scale the others up (Tompson et al. 2015).

    p: The share of channels that are silenced.
    """
    return nn.Dropout2d(p)(x)


@operator("Regularisation", title="Dropout3d", shows=("p",))
def dropout3d(x: Volume, *, p: Probability = 0.5) -> Tensor:
    """Silence whole channels of volumes while training, and scale the others up.

    p: The share of channels that are silenced.
    """
    return nn.Dropout3d(p)(x)


@operator("Regularisation", title="AlphaDropout", shows=("p",))
def alpha_dropout(x: Floats, *, p: Probability = 0.5) -> Tensor:
    """Silence random values while training so that mean and deviation stay, as SELU needs it (Klambauer et al. 2017).

    p: The share of values that are silenced.
    """
    return nn.AlphaDropout(p)(x)


@operator("Regularisation", title="FeatureAlphaDropout", shows=("p",))
def feature_alpha_dropout(x: Floats, *, p: Probability = 0.5) -> Tensor:
    """Silence whole channels while training so that mean and deviation stay, as SELU needs it.

    p: The share of channels that are silenced.
    """
    expect(x.ndim >= 2, "It takes a batch and channels.", "x")
    return nn.FeatureAlphaDropout(p)(x)


@operator("Regularisation", title="Drop path", shows=("p",))
def drop_path(x: Floats, *, p: Share = 0.1) -> Tensor:
    """Leave a branch out for random samples while training, and scale it up for the others (Huang et al. 2016).

    It stands at the end of a branch, before what skips it is added.

    p: The share of samples for which it is left out.
    """
    expect(x.ndim >= 1, "It takes a batch.", "x")
    kept = torch.rand([x.shape[0], *[1] * (x.ndim - 1)], device=x.device) >= p
    return while_training(x * kept / (1 - p), x)


@operator("Regularisation", title="Gaussian noise", stem="noise", shows=("std",))
def gaussian_noise(x: Floats, *, std: Positive = 0.1) -> Tensor:
    """Add normal noise while training.

    std: How far it scatters.
    """
    return while_training(x + std * torch.randn_like(x), x)
