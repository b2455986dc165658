"""What a recipe asks for, looked at without data, device or weights: what a training would refuse, all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import torch

from grapheditor.authoring.names import meant
from grapheditor.catalog import catalog
from grapheditor.graph import Problem
from grapheditor.training.augment import Augmenter
from grapheditor.training.errors import TrainError, TrainingError
from grapheditor.training.followers import Follower
from grapheditor.training.meters import measured
from grapheditor.training.metrics import METRICS
from grapheditor.training.optimizer import chosen_weights, make_optimizer
from grapheditor.training.schedule import Rates

if TYPE_CHECKING:
    from torch import nn

    from grapheditor.compile import Program
    from grapheditor.graph.recipe import Objective

SHORT = 100
"""Steps that schedules are made for here; how many there will be only the data tells."""


def refused(program: Program) -> list[Problem]:
    """Return the refusals of a training as problems of the graph; none where there is nothing to be trained."""
    if not program.graph.recipe.objectives:
        return []
    return [Problem("error", error.message, error.node, place=error.place) for error in refusals(program)]


def refusals(program: Program) -> list[TrainError]:
    """Return every reason for which a training would refuse the recipe of a graph, as far as no data tells them."""
    found: list[TrainError] = []

    def attempt(place: str, make: Callable[[], object]) -> None:
        try:
            with _at(place):
                make()
        except TrainError as error:
            found.append(error)

    recipe = program.graph.recipe
    with torch.device("meta"):
        module = program.module()
    attempt("metrics", lambda: measured(program))
    if not found:
        attempt("monitor", lambda: check_monitor(program))
    attempt("fields", lambda: check_fields(program))
    attempt("augment", lambda: make_augmenter(program, program.objective_inputs))
    for i, target in enumerate(recipe.targets):
        attempt(f"targets.{i}", partial(Follower, target, program, module))
    for i, objective in enumerate(recipe.objectives):
        attempt(f"objectives.{i}", partial(_check_objective, objective, program, module))
    return found


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Add to what is refused where in the recipe that is."""
    try:
        yield
    except TrainError as error:
        error.place = f"{place}.{error.place}" if error.place else place
        raise


def check_monitor(program: Program) -> None:
    """TrainingError where what says which epoch is best is no loss or metric."""
    name = program.graph.recipe.monitor
    known = [*_roles(program), *(item.name for item in measured(program))]
    if name and name not in known:
        text = f"The recipe looks at {name} for the best epoch, which is no loss or metric of the graph."
        if name in METRICS:
            text = f"The recipe looks at {name} for the best epoch, and does not measure it: name it among its metrics."
        raise TrainingError(text + meant(name, known))


def highest_wanted(program: Program) -> bool:
    """Tell whether what says which epoch is best is better when it is higher: metrics of the graph are, losses are not,
    of the recipe's metrics their declarations say.
    """
    name = program.graph.recipe.monitor
    return _roles(program).get(name) == "metric" or any(
        item.name == name and item.metric.higher for item in measured(program)
    )


def _roles(program: Program) -> dict[str, str]:
    graph = program.graph
    kinds = {node: catalog().of(graph, record) for node, record in graph.nodes.items()}
    return {node: kind.role for node, kind in kinds.items() if kind is not None and kind.role in ("loss", "metric")}


def check_fields(program: Program) -> None:
    """TrainingError where the recipe names a field for what is no input."""
    graph = program.graph
    known = [name for name, node in graph.nodes.items() if node.operator == "input"]
    for name in graph.recipe.fields:
        if name not in known:
            text = f"The recipe says which field {name} takes, and the graph has no such input; it has: "
            raise TrainingError(f"{text}{', '.join(known)}.{meant(name, known)}")


def make_augmenter(program: Program, inputs: Iterable[str]) -> Augmenter:
    """Return what the recipe does to these inputs at random; TrainingError where it does not suit them."""
    dimensions = {name: len(program.input_shape(name)) for name in inputs}
    whole = {name for name in dimensions if not getattr(torch, program.input_type(name)).is_floating_point}
    return Augmenter(program.graph.recipe, dimensions, whole)


def _check_objective(objective: Objective, program: Program, module: nn.Module) -> None:
    """TrainingError where there are no such weights, optimizer, schedules or settings."""
    with _at("weights"):
        chosen_weights(objective, program, module)
    with _at("optimizer"):
        optimizer = make_optimizer(objective, program, module)
    with _at("schedules"):
        Rates(objective, optimizer, SHORT, program.graph.recipe.epochs)
