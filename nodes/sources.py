"""Sources: tensors that come from nothing, or whose shape alone comes from another one."""

from grapheditor.authoring import (
    F,
    Factor,
    Floats,
    Integers,
    Positive,
    Refusal,
    Shape,
    Size,
    Tensor,
    expect,
    expect_alike,
    expect_dim,
    matrix,
    nn,
    operator,
    torch,
)


@operator("Source", shows=("value", "shape"))
def constant(*, value: Factor = 1.0, shape: Shape = (1,)) -> Tensor:
    """A tensor that holds one number everywhere.

    value: The number.
    shape: Its sizes.
    """
    return nn.Buffer(torch.full(tuple(int(size) for size in shape), value), name="value")


@operator("Source", title="Numbers by hand", stem="numbers", shows=("values",))
def numbers(*, values: str = "1 0 1; 0 1 0; 1 0 1") -> Tensor:
    """A matrix of numbers that one writes; it does not learn.

    values: The rows between semicolons, the numbers of a row between spaces; digits need none: 101; 010; 101.
    """
    try:
        rows = matrix(values)
    except ValueError as error:
        raise Refusal(f"{error}.", option="values") from None
    return nn.Buffer(torch.tensor(rows), name="value")


@operator("Source", shows=("length",))
def arange(*, length: Size = 16, start: Factor = 0.0, step: Factor = 1.0) -> Tensor:
    """Count: start, start + step, and so on.

    length: How many numbers.
    start: The first one.
    step: How far apart two are.
    """
    return nn.Buffer(start + step * torch.arange(length), name="value")


@operator("Source", shows=("start", "end", "steps"))
def linspace(*, start: Factor = 0.0, end: Factor = 1.0, steps: Size = 16) -> Tensor:
    """Numbers at equal distances between two ends.

    start: The first one.
    end: The last one.
    steps: How many.
    """
    return nn.Buffer(torch.linspace(start, end, steps), name="value")


@operator("Source", title="Identity matrix", shows=("n",))
def eye(*, n: Size = 8) -> Tensor:
    """A square matrix with ones on its diagonal and zeros elsewhere.

    n: Its side.
    """
    return nn.Buffer(torch.eye(n), name="value")


@operator("Source")
def zeros_like(x: Tensor) -> Tensor:
    """Zeros in the shape of what arrives: the first state of a memory, say."""
    return torch.zeros_like(x)


@operator("Source")
def ones_like(x: Tensor) -> Tensor:
    """Ones in the shape of what arrives."""
    return torch.ones_like(x)


@operator("Source", shows=("value",))
def full_like(x: Floats, *, value: Factor = 1.0) -> Tensor:
    """A number in the shape of what arrives.

    value: The number.
    """
    return torch.full_like(x, value)


@operator("Source", title="Places", stem="places")
def positions(x: Tensor, *, dim: int = 1) -> Tensor:
    """Number the places of a dimension: 0, 1, 2 and so on, as many as there are in what arrives.

    dim: The dimension.
    """
    expect_dim(x, dim)
    return torch.arange(x.shape[dim], device=x.device)


@operator("Source", title="One-hot", stem="one_hot", shows=("num_classes",))
def one_hot(x: Integers, *, num_classes: Size = 10) -> Tensor:
    """Write each class as a vector with a 1 at its place and zeros elsewhere, which is a new last dimension.

    num_classes: How many classes there are, from 0 on.
    """
    return F.one_hot(x.to(torch.int64), num_classes).to(torch.float32)


@operator("Source", title="Sinusoidal positions", stem="positions", shows=())
def sinusoidal_positions(x: Floats, *, base: Positive = 10000.0) -> Tensor:
    """Add to each place of a sequence waves that tell where it is (Vaswani et al. 2017): batch × place × feature.

    Nothing is learned, and any length is known.

    base: The longest wave has 2π times so many places.
    """
    expect(x.ndim == 3, "It takes batch × place × feature.", "x")
    expect(x.shape[2] % 2 == 0, f"{x.shape[2]} features are not pairs of sine and cosine.", "x")
    expect(base > 0, "A wavelength is above 0.", option="base")
    places = torch.arange(x.shape[1], device=x.device).unsqueeze(1)
    rates = torch.pow(base, -torch.arange(0, x.shape[2], 2, device=x.device) / x.shape[2])
    angles = places * rates
    return x + torch.stack([torch.sin(angles), torch.cos(angles)], -1).flatten(1)


@operator("Source", stem="noise", shows=("low", "high"), random=True)
def random_uniform(like: Tensor, *, low: Factor = 0.0, high: Factor = 1.0) -> Tensor:
    """Draw numbers between two bounds, all alike likely, in the shape of what arrives.

    low: The lowest.
    high: The highest.
    """
    expect(low < high, "The lowest must be below the highest.", option="low")
    return low + (high - low) * torch.rand(like.shape, device=like.device)


@operator("Source", stem="noise", shows=("std",), random=True)
def normal_like(like: Tensor, *, mean: Factor = 0.0, std: Positive = 1.0) -> Tensor:
    """Draw numbers from a normal distribution, in the shape of what arrives.

    mean: Around which they lie.
    std: How far they scatter.
    """
    return mean + std * torch.randn(like.shape, device=like.device)


@operator("Source", title="Random classes", stem="classes", shows=("classes",), random=True)
def random_integers(like: Tensor, *, classes: Size = 10) -> Tensor:
    """Draw a class for each sample that arrives, all alike likely.

    classes: How many there are, from 0 on.
    """
    return torch.randint(0, classes, (like.shape[0],), device=like.device)


@operator("Source", title="Draw by probability", stem="draw", random=True)
def bernoulli(p: Floats) -> Tensor:
    """Draw 1 with the probability that arrives, and 0 otherwise; no gradient flows through the draw."""
    return torch.bernoulli(p)


@operator("Source", title="Reparametrised normal", stem="sample", random=True)
def sample_normal(mean: Floats, log_variance: Floats) -> Tensor:
    """Draw from normal distributions whose means and log variances arrive, so that gradients flow to both.

    It is the middle of a variational autoencoder (Kingma & Welling 2014).
    """
    expect_alike(mean, log_variance, "log_variance", "Means and log variances")
    return mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
