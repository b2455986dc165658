"""The optimizer of an objective: any class of torch.optim, made from a name and settings that are checked."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import torch
from torch.optim import Optimizer

from grapheditor.authoring.names import meant
from grapheditor.training.errors import RecipeError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor, nn

    from grapheditor.compile import Program
    from grapheditor.graph import Body, Graph, Objective

FACTOR = "factor"
"""Where a group of weights keeps what the learning rate is multiplied by for it."""
LEFT_OUT = {
    "LBFGS": "needs several evaluations a step, which this trainer does not make",
    "SparseAdam": "takes sparse gradients alone, and the layers here give dense ones",
}
"""Why an optimizer of torch's cannot be chosen."""


def optimizer_names() -> list[str]:
    """Return the optimizers that a recipe may name."""
    return [
        name
        for name, value in vars(torch.optim).items()
        if inspect.isclass(value) and issubclass(value, Optimizer) and value is not Optimizer and name not in LEFT_OUT
    ]


def make_optimizer(objective: Objective, program: Program, module: nn.Module) -> Optimizer:
    """Return the optimizer of an objective.

    TrainingError where there is no such optimizer or setting, where the optimizer refuses a value, or where
    there are no weights to change.
    """
    name = objective.optimizer
    if name in LEFT_OUT:
        raise RecipeError(f"{name} {LEFT_OUT[name]}.")
    if name not in optimizer_names():
        known = optimizer_names()
        raise RecipeError(f"There is no optimizer {name}; there is: {', '.join(known)}.{meant(name, known)}")
    weights = _groups(chosen_weights(objective, program, module), program)
    made: Optimizer = made_with(getattr(torch.optim, name), weights, objective.settings)
    return made


def _groups(weights: list[tuple[str, nn.Parameter]], program: Program) -> list[Any]:
    """Return weights in groups of one factor each, those without one first; all as they came where none has one."""
    owners = program.owners
    found: dict[float, list[tuple[str, nn.Parameter]]] = {}
    for name, weight in weights:
        found.setdefault(_factor(program.graph, owners.get(name, "")), []).append((name, weight))
    if list(found) == [1.0]:
        return weights
    return [{"params": found[factor], FACTOR: factor} for factor in sorted(found, key=lambda item: (item != 1, item))]


def _factor(graph: Graph, path: str) -> float:
    """Return what the learning rate of a node is multiplied by: its own factor times those of what it is in."""
    factor, body = 1.0, cast("Body | None", graph)
    for part in path.split("."):
        if body is None or part.isdigit():
            continue  # the number of a copy
        node = body.nodes.get(part)
        if node is None:
            break
        factor *= node.learning.rate
        body = graph.modules.get(node.operator)
    return factor


def made_with(kind: Any, first: Any, settings: Mapping[str, Any]) -> Any:
    """Call a class of torch.optim; TrainingError where it has no such setting, or refuses a value."""
    name = kind.__name__
    parameters = inspect.signature(kind).parameters
    known = list(parameters)[1:]
    for setting, value in settings.items():
        if setting not in known:
            text = f"{name} has no setting {setting}; its settings are: {', '.join(known)}.{meant(setting, known)}"
            raise RecipeError(text)
        if isinstance(value, str) and isinstance(parameters[setting].default, int | float):
            raise RecipeError(f"{name}: {setting} must be {parameters[setting].default!r} or the like, not {value!r}.")
    empty = inspect.Parameter.empty
    missing = [item for item in known if parameters[item].default is empty and item not in settings]
    if missing:
        raise RecipeError(f"{name} needs the setting {' and '.join(missing)}.")
    try:
        return kind(first, **settings)
    except (ValueError, TypeError, RuntimeError) as error:
        given = ", ".join(f"{key} {value}" for key, value in settings.items())
        reason = str(error).partition("\n")[0].rstrip(".")
        raise RecipeError(f"{name} does not take its settings ({given}): {reason}.") from error


def chosen_weights(objective: Objective, program: Program, module: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """Return the weights that an objective may change and that are not frozen, with their names."""
    parameters = dict(module.named_parameters())
    if not parameters:
        raise RecipeError("The graph has no weights to learn; add a layer such as Linear or Conv2d.")
    chosen: set[str] = set()
    for prefix in objective.weights:
        found = parameters.keys() & weights_under(program, prefix)
        if not found:
            raise _without_weights(prefix, program)
        chosen |= found
    changed = [
        (name, parameter)
        for name, parameter in parameters.items()
        if parameter.requires_grad and (not objective.weights or name in chosen)
    ]
    if not changed:
        text = "All the weights that the objective may change are frozen, or follow others instead (targets)."
        raise RecipeError(text)
    return changed


def _without_weights(prefix: str, program: Program) -> TrainingError:
    nodes = program.graph.nodes
    first = prefix.partition(".")[0]
    if first in nodes:
        return RecipeError(f"The objective is to change the weights of {prefix}, which has none.", first)
    text = f"The objective is to change the weights of {prefix}, which is not in the graph."
    return RecipeError(text + meant(first, nodes))


def freeze_others(module: nn.Module, learning: Iterable[str]) -> None:
    """Spare the weights that no objective changes their gradients."""
    kept = set(learning)
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(name in kept)


def weights_under(program: Program, path: str) -> set[str]:
    """Return the names of the weights and buffers of a node and what is in it, by its path; or of one weight."""
    holder = program.holder(path)
    return {name for name, node in program.owners.items() if _under(node, holder) or _under(name, holder)}


def _under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def optimizer_state(optimizer: Optimizer) -> dict[str, Any]:
    """Return an optimizer's state by the names of its weights; its numbering depends on their order."""
    found = optimizer.state_dict()
    names = _names(optimizer)
    groups = [{key: value for key, value in group.items() if key != "params"} for group in found["param_groups"]]
    return {"weights": {names[index]: state for index, state in found["state"].items()}, "groups": groups}


def restore_optimizer(optimizer: Optimizer, state: Mapping[str, Any], *, settings: bool = True) -> None:
    """Put back what :func:`optimizer_state` returned.

    settings: rates and the like too; else only what is kept of weights.
    What is kept of a weight, such as its momentum, gets that weight's order of memory again: fused optimizers go
    through both as they lie, without a look at their strides.
    """
    present = optimizer.state_dict()["param_groups"]
    groups = present
    if settings:
        groups = [{**group, "params": here["params"]} for group, here in zip(state["groups"], present, strict=True)]
    numbers = {name: index for index, name in enumerate(_names(optimizer))}
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    found = {
        numbers[name]: {key: _laid_out_as(weights[numbers[name]], value) for key, value in values.items()}
        for name, values in state["weights"].items()
    }
    optimizer.load_state_dict({"state": found, "param_groups": groups})


def _laid_out_as(weight: Tensor, value: Any) -> Any:
    if not isinstance(value, torch.Tensor) or value.shape != weight.shape:
        return value
    return torch.empty_like(weight, dtype=value.dtype, device=value.device, requires_grad=False).copy_(value)


def _names(optimizer: Optimizer) -> list[str]:
    return [name for group in optimizer.param_groups for name in group["param_names"]]
