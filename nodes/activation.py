"""Activations: functions of each element."""

from typing import Literal

from grapheditor.authoring import (
    F,
    Factor,
    Floats,
    Image,
    Positive,
    Share,
    Size,
    Tensor,
    expect,
    expect_dim,
    nn,
    operator,
    torch,
    while_training,
)


@operator("Activation", title="ReLU", common=True)
def relu(x: Floats) -> Tensor:
    """Replace negative values by zero."""
    return F.relu(x)


@operator("Activation", title="Tanh", common=True)
def tanh(x: Floats) -> Tensor:
    """Squash each value between -1 and 1 with the hyperbolic tangent."""
    return torch.tanh(x)


@operator("Activation", title="ReLU6")
def relu6(x: Floats) -> Tensor:
    """Replace negative values by zero and values above 6 by 6 (Howard et al. 2017)."""
    return F.relu6(x)


@operator("Activation", common=True)
def sigmoid(x: Floats) -> Tensor:
    """Squash each value between 0 and 1 with the logistic function."""
    return torch.sigmoid(x)


@operator("Activation", title="GELU", common=True)
def gelu(x: Floats, *, approximate: Literal["none", "tanh"] = "none") -> Tensor:
    """Weigh each value by the share of a normal distribution below it (Hendrycks & Gimpel 2016).

    approximate: "tanh" is the formula that GPT-2 uses instead of the exact one.
    """
    return F.gelu(x, approximate=approximate)


@operator("Activation", common=True)
def softmax(x: Floats, *, dim: int = -1) -> Tensor:
    """Turn scores into probabilities that sum to 1 along a dimension.

    Cross entropy takes raw scores and does this itself; put no softmax before it.

    dim: The dimension along which the values sum to 1; -1 is the last.
    """
    expect_dim(x, dim)
    return F.softmax(x, dim)


@operator("Activation")
def softmin(x: Floats, *, dim: int = -1) -> Tensor:
    """Turn costs into probabilities that sum to 1 along a dimension: the smallest gets the most.

    dim: The dimension along which the values sum to 1; -1 is the last.
    """
    expect_dim(x, dim)
    return F.softmin(x, dim)


@operator("Activation", title="Softmax2d")
def softmax2d(x: Image) -> Tensor:
    """Turn the scores at each pixel into probabilities that sum to 1 over the channels."""
    return nn.Softmax2d()(x)


@operator("Activation", title="LogSoftmax")
def log_softmax(x: Floats, *, dim: int = -1) -> Tensor:
    """Turn scores into the logarithms of probabilities, more exactly than a logarithm behind a softmax.

    dim: The dimension along which the probabilities sum to 1; -1 is the last.
    """
    expect_dim(x, dim)
    return F.log_softmax(x, dim)


@operator("Activation", shows=("tau",), random=True)
def gumbel_softmax(x: Floats, *, tau: Positive = 1.0, hard: bool = False, dim: int = -1) -> Tensor:
    """Draw one of several by their scores, softly, so that a gradient flows through the draw (Jang et al. 2017).

    tau: The temperature: near 0 what is drawn is nearly one-hot, far above 1 nearly uniform.
    hard: Gives exactly one-hot vectors; the gradient is that of the soft ones.
    dim: The dimension of those of which one is drawn; -1 is the last.
    """
    expect_dim(x, dim)
    expect(tau > 0, "A temperature is above 0.", option="tau")
    return F.gumbel_softmax(x, tau, hard, dim=dim)


@operator("Activation", title="LogSigmoid")
def log_sigmoid(x: Floats) -> Tensor:
    """Take the logarithm of the logistic function, more exactly than one behind the other."""
    return F.logsigmoid(x)


@operator("Activation", title="Hardsigmoid")
def hardsigmoid(x: Floats) -> Tensor:
    """Squash each value between 0 and 1 by a straight line: 0 below -3, 1 above 3 (Howard et al. 2019)."""
    return F.hardsigmoid(x)


@operator("Activation", title="Hardswish")
def hardswish(x: Floats) -> Tensor:
    """Multiply each value by its hard sigmoid: a SiLU made of straight lines (Howard et al. 2019)."""
    return F.hardswish(x)


@operator("Activation", title="Hardtanh", shows=("min_val", "max_val"))
def hardtanh(x: Floats, *, min_val: Factor = -1.0, max_val: Factor = 1.0) -> Tensor:
    """Cut off values below one bound and above another.

    min_val: The lowest value.
    max_val: The highest value.
    """
    expect(min_val < max_val, "The lowest value must be below the highest.", option="min_val")
    return F.hardtanh(x, min_val, max_val)


@operator("Activation", title="Hardshrink", shows=("lambd",))
def hardshrink(x: Floats, *, lambd: Positive = 0.5) -> Tensor:
    """Replace values near zero by zero, and leave the others as they are.

    lambd: How far from zero a value must be to stay.
    """
    return F.hardshrink(x, lambd)


@operator("Activation", title="Softshrink", shows=("lambd",))
def softshrink(x: Floats, *, lambd: Positive = 0.5) -> Tensor:
    """Move each value towards zero, and replace what would cross it by zero.

    lambd: How far they are moved.
    """
    return F.softshrink(x, lambd)


@operator("Activation", title="Tanhshrink")
def tanhshrink(x: Floats) -> Tensor:
    """Subtract from each value its hyperbolic tangent."""
    return F.tanhshrink(x)


@operator("Activation", title="Softsign")
def softsign(x: Floats) -> Tensor:
    """Squash each value between -1 and 1 by dividing it by 1 plus its size, more slowly than tanh does."""
    return F.softsign(x)


@operator("Activation", title="Softplus")
def softplus(x: Floats, *, beta: Positive = 1.0, threshold: Positive = 20.0) -> Tensor:
    """Replace negative values by nearly zero along a smooth curve: log(1 + exp(beta·x)) / beta.

    beta: How sharp the bend is.
    threshold: Above it, times beta, the value itself is taken, which is the same and cannot overflow.
    """
    expect(beta > 0, "How sharp the bend is must be above 0.", option="beta")
    return F.softplus(x, beta, threshold)


@operator("Activation", title="LeakyReLU", shows=("negative_slope",))
def leaky_relu(x: Floats, *, negative_slope: Factor = 0.01) -> Tensor:
    """Make negative values small instead of zero, so that a gradient is left (Maas et al. 2013).

    negative_slope: What negative values are multiplied by.
    """
    return F.leaky_relu(x, negative_slope)


@operator("Activation", title="PReLU")
def prelu(x: Floats, *, num_parameters: Size = 1, init: Factor = 0.25) -> Tensor:
    """Multiply negative values by a learned number (He et al. 2015).

    num_parameters: 1 for one number, or as many as there are channels for one each.
    init: What they begin with.
    """
    channels = x.shape[1] if x.ndim >= 2 else 1
    words = f"One number is learned, or one for each of the {channels} channels."
    expect(num_parameters in (1, channels), words, "x", "num_parameters")
    return nn.PReLU(num_parameters, init)(x)


@operator("Activation", title="RReLU", shows=("lower", "upper"))
def rrelu(x: Floats, *, lower: Share = 1 / 8, upper: Share = 1 / 3) -> Tensor:
    """Multiply negative values by a random number in training, and by the mean of its bounds after it (Xu et al. 2015).

    lower: The smallest that is drawn.
    upper: The largest that is drawn.
    """
    expect(lower <= upper, "The smallest cannot be above the largest.", option="lower")
    return while_training(F.rrelu(x, lower, upper, True), F.leaky_relu(x, (lower + upper) / 2))


@operator("Activation", title="ELU", shows=("alpha",))
def elu(x: Floats, *, alpha: Factor = 1.0) -> Tensor:
    """Let negative values approach a bound along an exponential curve (Clevert et al. 2016).

    alpha: How far below zero the bound lies.
    """
    return F.elu(x, alpha)


@operator("Activation", title="SELU")
def selu(x: Floats) -> Tensor:
    """An ELU scaled so that mean and deviation stay 0 and 1 through many layers (Klambauer et al. 2017)."""
    return F.selu(x)


@operator("Activation", title="CELU", shows=("alpha",))
def celu(x: Floats, *, alpha: Positive = 1.0) -> Tensor:
    """An ELU whose slope has no step at zero for any bound (Barron 2017).

    alpha: How far below zero the bound lies.
    """
    expect(alpha > 0, "The bound must be above 0.", option="alpha")
    return F.celu(x, alpha)


@operator("Activation", title="SiLU", common=True)
def silu(x: Floats) -> Tensor:
    """Multiply each value by its sigmoid, also called swish (Elfwing et al. 2018)."""
    return F.silu(x)


@operator("Activation", title="Mish")
def mish(x: Floats) -> Tensor:
    """Multiply each value by the tanh of its softplus (Misra 2019)."""
    return F.mish(x)


@operator("Activation", title="GLU")
def glu(x: Floats, *, dim: int = -1) -> Tensor:
    """Multiply the first half of a dimension by the sigmoid of the second: a gate for each value (Dauphin et al. 2017).

    dim: The dimension that is halved; -1 is the last.
    """
    expect_dim(x, dim)
    expect(x.shape[dim] % 2 == 0, f"{x.shape[dim]} values have no halves.", "x", "dim")
    return F.glu(x, dim)


@operator("Activation", title="Threshold", shows=("threshold", "value"))
def threshold(x: Floats, *, threshold: Factor = 0.0, value: Factor = 0.0) -> Tensor:
    """Replace values that are not above a bound by a number.

    threshold: The bound.
    value: The number.
    """
    return F.threshold(x, threshold, value)


@operator("Activation", title="Step")
def heaviside(x: Floats) -> Tensor:
    """Give 1 for values above zero and 0 for all others: a threshold unit. It has no slope to learn by."""
    return (x > 0).to(x.dtype)


@operator("Activation")
def straight_through(x: Floats) -> Tensor:
    """Round to 0 or 1 at one half, and let the gradient pass as if nothing had been rounded (Bengio et al. 2013)."""
    return x + ((x > 0.5).to(x.dtype) - x).detach()


@operator("Activation", shows=("factor",))
def gradient_reversal(x: Floats, *, factor: Positive = 1.0) -> Tensor:
    """Pass values on, and turn their gradient round: what is before it learns the opposite (Ganin & Lempitsky 2015).

    factor: What the gradient is multiplied by, besides being turned round.
    """
    return x.detach() - factor * (x - x.detach())
