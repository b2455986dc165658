"""The optimizer of an objective: any class of torch.optim, made from a name and settings that are checked."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import torch
from torch.optim import Optimizer

from grapheditor.training.errors import TrainingError

if TYPE_CHECKING:
    from torch import nn

    from grapheditor.graph import Objective

SEVERAL_EVALUATIONS = ("LBFGS",)
"""These call the network several times a step, and none of the losses would be the step's."""


def optimizer_names() -> list[str]:
    """Return the optimizers that a recipe may name."""
    return [
        name
        for name, value in vars(torch.optim).items()
        if inspect.isclass(value)
        and issubclass(value, Optimizer)
        and value is not Optimizer
        and name not in SEVERAL_EVALUATIONS
    ]


def make_optimizer(objective: Objective, module: nn.Module) -> Optimizer:
    """Return the optimizer of an objective, and freeze the weights that it may not change.

    TrainingError where there is no such optimizer or setting, where the optimizer refuses a value, or where
    there are no weights to change.
    """
    name = objective.optimizer
    if name in SEVERAL_EVALUATIONS:
        raise TrainingError(f"{name} needs several evaluations a step, which this trainer does not make.")
    if name not in optimizer_names():
        raise TrainingError(f"There is no optimizer {name}; there is: {', '.join(optimizer_names())}.")
    kind = getattr(torch.optim, name)
    known = [item for item in inspect.signature(kind).parameters if item != "params"]
    for setting in objective.settings:
        if setting not in known:
            raise TrainingError(f"{name} has no setting {setting}; its settings are: {', '.join(known)}.")
    weights = _chosen_weights(objective, module)
    try:
        made: Optimizer = kind(weights, **objective.settings)
    except (ValueError, TypeError, RuntimeError) as error:
        given = ", ".join(f"{key} {value}" for key, value in objective.settings.items())
        reason = str(error).partition("\n")[0].rstrip(".")
        raise TrainingError(f"{name} does not take its settings ({given}): {reason}.") from error
    return made


def _chosen_weights(objective: Objective, module: nn.Module) -> list[tuple[str, nn.Parameter]]:
    parameters = dict(module.named_parameters())
    if not parameters:
        raise TrainingError("The graph has no weights to learn; add a layer such as Linear or Conv2d.")
    for prefix in objective.weights:
        if not any(_under(name, prefix) for name in parameters):
            raise TrainingError(f"The objective is to change the weights of {prefix}, which has none.", prefix)
    for name, parameter in parameters.items():
        parameter.requires_grad_(not objective.weights or any(_under(name, prefix) for prefix in objective.weights))
    return [(name, parameter) for name, parameter in parameters.items() if parameter.requires_grad]


def _under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")
