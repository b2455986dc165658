"""How weights learn: how they are drawn before, what they are made of, whether they change, and how fast.

What torch.nn.init and torch.nn.utils.parametrizations have is declared here, each function once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from grapheditor.authoring.operator import read_options
from grapheditor.authoring.options import Factor, Limits, Option, Positive, Probability

Groups = Annotated[int, Limits(1, 1_000_000)]
Steps = Annotated[int, Limits(1, 100)]
Axis = Annotated[int, Limits(0, 4)]
Fan = Literal["fan_in", "fan_out"]
Nonlinearity = Literal[
    "leaky_relu", "relu", "tanh", "sigmoid", "selu", "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
    "conv_transpose2d", "conv_transpose3d",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A function of torch by its name, and its keyword arguments: how a weight is drawn, or what makes it."""

    name: str
    settings: Mapping[str, int | float | bool | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Learning:
    """How a node's weights learn, by their names (``weight``); all others are as torch has them.

    initial: how weights are drawn. parametrized: of what weights are made instead of learning themselves. frozen:
    nothing in the node learns, and it acts as it does after training. rate: what the learning rate is multiplied by.
    """

    initial: Mapping[str, Way] = field(default_factory=dict)
    parametrized: Mapping[str, Way] = field(default_factory=dict)
    frozen: bool = False
    rate: float = 1.0


AS_USUAL = Learning()


@dataclass(frozen=True, slots=True)
class Declared:
    """A function of torch that a way may name: its name, help, and arguments."""

    name: str
    doc: str
    options: tuple[Option, ...]

    def option(self, name: str) -> Option | None:
        """Return an argument by its name."""
        return next((item for item in self.options if item.name == name), None)


# Drawing, by torch.nn.init; without the last underscore


def uniform(*, a: Factor = 0.0, b: Factor = 1.0) -> None:
    """Numbers from a to b, all alike.

    a: The least.
    b: The greatest.
    """


def normal(*, mean: Factor = 0.0, std: Positive = 1.0) -> None:
    """Numbers around a mean, as a bell is shaped.

    mean: What they lie around.
    std: Their deviation.
    """


def trunc_normal(*, mean: Factor = 0.0, std: Positive = 1.0, a: Factor = -2.0, b: Factor = 2.0) -> None:
    """Normal numbers, drawn again where they lie outside of two bounds.

    mean: What they lie around.
    std: Their deviation.
    a: The least.
    b: The greatest.
    """


def constant(*, val: Factor = 0.0) -> None:
    """One number everywhere.

    val: The number.
    """


def ones() -> None:
    """One everywhere."""


def zeros() -> None:
    """Zero everywhere: a branch that begins with it gives nothing at first."""


def eye() -> None:
    """The identity: of two dimensions."""


def dirac(*, groups: Groups = 1) -> None:
    """The identity of a convolution: what arrives goes on.

    groups: Among how many groups the channels are divided.
    """


def xavier_uniform(*, gain: Positive = 1.0) -> None:
    """Uniform, so wide that signals and gradients keep their size (Glorot & Bengio 2010).

    gain: What the width is multiplied by.
    """


def xavier_normal(*, gain: Positive = 1.0) -> None:
    """Normal, so wide that signals and gradients keep their size (Glorot & Bengio 2010).

    gain: What the deviation is multiplied by.
    """


def kaiming_uniform(*, a: Positive = 0.0, mode: Fan = "fan_in", nonlinearity: Nonlinearity = "leaky_relu") -> None:
    """Uniform, so wide that signals keep their size through rectifiers (He et al. 2015).

    a: The slope of the rectifier below zero.
    mode: Whether signals keep their size on their way, or gradients on theirs back.
    nonlinearity: What follows.
    """


def kaiming_normal(*, a: Positive = 0.0, mode: Fan = "fan_in", nonlinearity: Nonlinearity = "leaky_relu") -> None:
    """Normal, so wide that signals keep their size through rectifiers (He et al. 2015).

    a: The slope of the rectifier below zero.
    mode: Whether signals keep their size on their way, or gradients on theirs back.
    nonlinearity: What follows.
    """


def orthogonal(*, gain: Positive = 1.0) -> None:
    """A rotation: lengths stay as they are (Saxe, McClelland & Ganguli 2013).

    gain: What it is multiplied by.
    """


def sparse(*, sparsity: Probability = 0.9, std: Positive = 0.01) -> None:
    """Mostly zeros in each column, the rest normal (Martens 2010).

    sparsity: The share of zeros.
    std: The deviation of the rest.
    """


# What makes weights, by torch.nn.utils.parametrizations


def weight_norm(*, dim: Axis = 0) -> None:
    """A direction, and a length for each output that learns by itself (Salimans & Kingma 2016).

    dim: Along which dimension each has a length of its own.
    """


def spectral_norm(*, n_power_iterations: Steps = 1) -> None:
    """Divided by its largest singular value, so that it stretches nothing (Miyato et al. 2018).

    n_power_iterations: By so many steps the value is brought nearer, each time in training.
    """


def orthogonal_parametrization() -> None:
    """A rotation at each step, of the last two dimensions: lengths stay as they are (Lezcano-Casado 2019)."""


def _declared(*functions: Callable[..., None]) -> Mapping[str, Declared]:
    found = {}
    for function in functions:
        options, doc = read_options(function)
        name = function.__name__.removesuffix("_parametrization")  # two functions of torch have one name
        found[name] = Declared(name, doc, options)
    return found


INITIALIZERS = _declared(
    kaiming_normal, kaiming_uniform, xavier_normal, xavier_uniform, orthogonal, normal, trunc_normal, uniform, zeros,
    ones, constant, dirac, eye, sparse,
)  # fmt: skip
"""By name, what is used most first."""
PARAMETRIZATIONS = _declared(weight_norm, spectral_norm, orthogonal_parametrization)
