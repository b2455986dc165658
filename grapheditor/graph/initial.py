"""How weights are drawn before they learn: what torch.nn.init has, each declared once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from grapheditor.authoring.operator import read_options
from grapheditor.authoring.options import Factor, Limits, Option, Positive, Probability

Groups = Annotated[int, Limits(1, 1_000_000)]
Fan = Literal["fan_in", "fan_out"]
Nonlinearity = Literal[
    "leaky_relu", "relu", "tanh", "sigmoid", "selu", "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
    "conv_transpose2d", "conv_transpose3d",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Initial:
    """How one weight is drawn: a function of torch.nn.init without its last underscore, and its keyword arguments."""

    name: str
    settings: Mapping[str, int | float | bool | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Initializer:
    """A function of torch.nn.init: its name without the last underscore, help, and arguments."""

    name: str
    doc: str
    options: tuple[Option, ...]

    def option(self, name: str) -> Option | None:
        """Return an argument by its name."""
        return next((item for item in self.options if item.name == name), None)


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


def _declared(*functions: Callable[..., None]) -> Mapping[str, Initializer]:
    found = {}
    for function in functions:
        options, doc = read_options(function)
        found[function.__name__] = Initializer(function.__name__, doc, options)
    return found


INITIALIZERS = _declared(
    kaiming_normal, kaiming_uniform, xavier_normal, xavier_uniform, orthogonal, normal, trunc_normal, uniform, zeros,
    ones, constant, dirac, eye, sparse,
)  # fmt: skip
"""By name, what is used most first."""
