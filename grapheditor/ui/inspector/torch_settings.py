"""What torch's optimizers and schedules can be told, as options: the window's process does not load torch.

A test compares this with the signatures of the installed torch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grapheditor.authoring import Option
from grapheditor.ui.texts import mark, tr


@dataclass(frozen=True, slots=True)
class Numbers(Option):
    """Several numbers with commas between. length: how many; 0 where there may be any number of them."""

    length: int = 0

    def check(self, value: Any) -> Any:
        """Return the numbers as a tuple; ValueError with a sentence where they are none, or not as many."""
        plain = isinstance(value, tuple | list) and all(
            isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item) for item in value
        )
        if not plain or (self.length and len(value) != self.length) or not value:
            told = {"name": self.name, "n": self.length, "value": value}
            some = tr("{name} must be {n} numbers with commas between, not {value!r}", **told)
            raise ValueError(
                some if self.length else tr("{name} must be numbers with commas between, not {value!r}", **told)
            )
        return tuple(value)

    def parse(self, text: str) -> Any:
        """Read numbers as a person types them: ``0.9, 0.999``."""
        try:
            return self.check(tuple(map(_number, filter(None, text.replace(";", ",").split(",")))))
        except ValueError as error:
            raise error if self.name in str(error) else self._none(text) from None

    def show(self, value: Any) -> str:
        """Write the numbers as :meth:`parse` reads them."""
        return ", ".join(f"{item:g}" for item in value) if isinstance(value, tuple | list) else str(value)

    def _none(self, text: str) -> ValueError:
        told = {"name": self.name, "value": text}
        return ValueError(tr("{name} must be numbers with commas between, not {value!r}", **told))


def _number(text: str) -> int | float:
    text = text.strip()
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _real(name: str, default: float, doc: str, low: float | None = 0.0, high: float | None = None) -> Option:
    return Option(name, "number", float(default), low, high, doc=doc)


def _whole(name: str, default: int, doc: str, low: int = 0) -> Option:
    return Option(name, "integer", default, low, 2**31, doc=doc)


def _switch(name: str, default: bool, doc: str) -> Option:
    return Option(name, "boolean", default, doc=doc)


def _pair(name: str, default: tuple[float, float], doc: str) -> Numbers:
    return Numbers(name, "text", default, doc=doc, length=2)  # type: ignore[arg-type]


def _rate(default: float) -> Option:
    return _real("lr", default, mark("How large the steps are."))


def _decay(default: float = 0.0) -> Option:
    return _real("weight_decay", default, mark("How strongly weights are pulled towards zero."))


def _eps(default: float = 1e-8) -> Option:
    return _real("eps", default, mark("Added where something is divided by, so that it is never by nothing."))


BETAS = _pair("betas", (0.9, 0.999), mark("How much of the past the means of gradients and of their squares keep."))
AMSGRAD = _switch("amsgrad", False, mark("Never forget the largest of the squares' means."))
DECOUPLED = _switch(
    "decoupled_weight_decay", False, mark("Pull weights towards zero beside the gradient, as AdamW does.")
)
MAXIMIZE = _switch("maximize", False, mark("Raise the loss instead of lowering it."))
MOMENTUM = _real("momentum", 0.0, mark("How much of the last step is kept in the next."), 0.0, 1.0)
NESTEROV = mark("Take the gradient where the momentum leads.")

OPTIMIZERS: Mapping[str, tuple[Option, ...]] = {
    "SGD": (
        _rate(1e-3), MOMENTUM, _decay(), _switch("nesterov", False, NESTEROV),
        _real("dampening", 0.0, mark("How much of a new gradient the momentum leaves out.")), MAXIMIZE,
    ),
    "AdamW": (_rate(1e-3), _decay(0.01), BETAS, _eps(), AMSGRAD, MAXIMIZE),
    "Adam": (_rate(1e-3), _decay(), BETAS, _eps(), AMSGRAD, DECOUPLED, MAXIMIZE),
    "RMSprop": (
        _rate(0.01), MOMENTUM, _decay(),
        _real("alpha", 0.99, mark("How much of the past the mean of squares keeps."), 0.0, 1.0),
        _eps(), _switch("centered", False, mark("Divide by the deviation, not by the mean of squares.")), MAXIMIZE,
    ),
    "Adagrad": (
        _rate(0.01), _decay(), _real("lr_decay", 0.0, mark("How fast the rate falls with the steps.")),
        _real("initial_accumulator_value", 0.0, mark("What the sum of squares begins with.")), _eps(1e-10), MAXIMIZE,
    ),
    "NAdam": (
        _rate(0.002), _decay(), BETAS, _real("momentum_decay", 0.004, mark("How fast the momentum settles.")), _eps(),
        DECOUPLED, MAXIMIZE,
    ),
    "RAdam": (_rate(1e-3), _decay(), BETAS, _eps(), DECOUPLED, MAXIMIZE),
    "Adamax": (_rate(0.002), _decay(), BETAS, _eps(), MAXIMIZE),
    "Adadelta": (
        _rate(1.0), _decay(), _real("rho", 0.9, mark("How much of the past the mean of squares keeps."), 0.0, 1.0),
        _eps(1e-6), MAXIMIZE,
    ),
    "Rprop": (
        _rate(0.01), _pair("etas", (0.5, 1.2), mark("What a step is multiplied by where the sign turned, and else.")),
        _pair("step_sizes", (1e-6, 50), mark("The smallest and the largest step.")), MAXIMIZE,
    ),
    "ASGD": (
        _rate(0.01), _decay(), _real("lambd", 1e-4, mark("How fast older weights fade.")),
        _real("alpha", 0.75, mark("The power with which the rate falls.")),
        _real("t0", 1e6, mark("After how many steps averaging begins.")), MAXIMIZE,
    ),
    "Muon": (
        _rate(1e-3), _decay(0.1), _real("momentum", 0.95, MOMENTUM.doc, 0.0, 1.0),
        _switch("nesterov", True, NESTEROV), _eps(1e-7),
        _whole("ns_steps", 5, mark("How many steps bring a momentum's matrix near to an orthogonal one."), 1),
        Numbers(
            "ns_coefficients", "text", (3.4445, -4.775, 2.0315),  # type: ignore[arg-type]
            doc=mark("The polynomial of those steps."), length=3,
        ),
    ),
    "Adafactor": (
        _rate(0.01), _decay(), _real("beta2_decay", -0.8, mark("The power with which the past fades."), None),
        _real("d", 1.0, mark("The largest change of all weights together.")), MAXIMIZE,
    ),
}  # fmt: skip
"""The plain settings of each optimizer of torch.optim, those that are set most often first."""

SCHEDULES: Mapping[str, tuple[Option, ...]] = {
    "CosineAnnealingLR": (
        _whole("T_max", 0, mark("How long the fall takes; 0 goes on to the end.")),
        _real("eta_min", 0.0, mark("The rate at the end.")),
    ),
    "LinearLR": (
        _real("start_factor", 1 / 3, mark("What the rate begins with, as a share of it."), 0.0, 1.0),
        _real("end_factor", 1.0, mark("What it ends with, as a share of it."), 0.0, 1.0),
        _whole("total_iters", 0, mark("How long that takes; 0 goes on to the end.")),
    ),
    "StepLR": (
        _whole("step_size", 10, mark("How long the rate stays before it falls."), 1),
        _real("gamma", 0.1, mark("What it is multiplied by.")),
    ),
    "MultiStepLR": (
        Numbers("milestones", "text", (10, 20), doc=mark("When the rate falls.")),
        _real("gamma", 0.1, mark("What it is multiplied by.")),
    ),
    "ExponentialLR": (_real("gamma", 0.95, mark("What the rate is multiplied by each time.")),),
    "ConstantLR": (
        _real("factor", 1 / 3, mark("The share of the rate that holds."), 0.0, 1.0),
        _whole("total_iters", 0, mark("How long it holds; 0 goes on to the end.")),
    ),
    "PolynomialLR": (
        _whole("total_iters", 0, mark("How long the fall takes; 0 goes on to the end.")),
        _real("power", 1.0, mark("The power with which it falls.")),
    ),
    "CosineAnnealingWarmRestarts": (
        _whole("T_0", 10, mark("How long the first fall takes."), 1),
        _whole("T_mult", 1, mark("How many times longer each next one takes."), 1),
        _real("eta_min", 0.0, mark("The rate at the end of each.")),
    ),
    "OneCycleLR": (
        _real("max_lr", 0.01, mark("The rate at the top.")),
        _whole("total_steps", 0, mark("How long the cycle takes; 0 goes on to the end.")),
        _real("pct_start", 0.3, mark("The share of it in which the rate rises."), 0.0, 1.0),
        Option("anneal_strategy", "choice", "cos", choices=("cos", "linear"), doc=mark("The form of rise and fall.")),
        _switch("cycle_momentum", True, mark("Let the momentum go the other way.")),
        _real("base_momentum", 0.85, mark("The momentum at the top."), 0.0, 1.0),
        _real("max_momentum", 0.95, mark("The momentum at both ends."), 0.0, 1.0),
        _real("div_factor", 25.0, mark("How many times smaller the rate is at first.")),
        _real("final_div_factor", 1e4, mark("How many times smaller than at first it is at last.")),
        _switch("three_phase", False, mark("Fall as long as it rose, then fall further.")),
    ),
    "CyclicLR": (
        _real("base_lr", 1e-4, mark("The lowest rate.")),
        _real("max_lr", 0.01, mark("The highest rate.")),
        _whole("step_size_up", 2000, mark("How long a rise takes."), 1),
        Option(
            "mode", "choice", "triangular", choices=("triangular", "triangular2", "exp_range"), doc=mark("Its form.")
        ),
        _real("gamma", 1.0, mark("What the height is multiplied by each time, in exp_range.")),
        Option("scale_mode", "choice", "cycle", choices=("cycle", "iterations"), doc=mark("What that counts.")),
        _switch("cycle_momentum", True, mark("Let the momentum go the other way; its optimizer must have one.")),
        _real("base_momentum", 0.8, mark("The lowest momentum."), 0.0, 1.0),
        _real("max_momentum", 0.9, mark("The highest momentum."), 0.0, 1.0),
    ),
    "ReduceLROnPlateau": (
        Option("mode", "choice", "min", choices=("min", "max"), doc=mark("Whether the loss is to fall or to rise.")),
        _real("factor", 0.1, mark("What the rate is multiplied by."), 0.0, 1.0),
        _whole("patience", 10, mark("After how many epochs without a better one.")),
        _real("threshold", 1e-4, mark("What counts as better.")),
        Option(
            "threshold_mode",
            "choice",
            "rel",
            choices=("rel", "abs"),
            doc=mark("Whether that is a share or a distance."),
        ),
        _whole("cooldown", 0, mark("How many epochs it rests after a fall.")),
        _real("min_lr", 0.0, mark("The lowest rate.")),
        _real("eps", 1e-8, mark("A fall smaller than this is left out.")),
    ),
}
"""The plain settings of each schedule of torch.optim.lr_scheduler."""

REQUIRED = {
    "StepLR": ("step_size",),
    "MultiStepLR": ("milestones",),
    "ExponentialLR": ("gamma",),
    "CosineAnnealingWarmRestarts": ("T_0",),
    "OneCycleLR": ("max_lr",),
    "CyclicLR": ("base_lr", "max_lr"),
}
"""Settings for which torch has no default: they are always written down."""
UNSET = ("T_max", "total_iters", "total_steps")
"""Settings whose 0 means that they are not given: the schedule then goes on to the end of the training."""


def required(name: str) -> dict[str, Any]:
    """Return the settings that a schedule cannot do without, with values to begin with."""
    return {option.name: option.default for option in SCHEDULES[name] if option.name in REQUIRED.get(name, ())}
