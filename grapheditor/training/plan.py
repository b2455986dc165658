"""What a recipe asks for, looked at without data, device or weights: what a training would refuse, all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import torch

from grapheditor.authoring.names import meant
from grapheditor.catalog import catalog
from grapheditor.graph import Fix, Problem
from grapheditor.training.augment import Augmenter
from grapheditor.training.device import choose_device
from grapheditor.training.errors import RecipeError, TrainError
from grapheditor.training.followers import Follower
from grapheditor.training.meters import measured
from grapheditor.training.metrics import METRICS
from grapheditor.training.optimizer import chosen_weights, make_optimizer
from grapheditor.training.room import available, batch_that_fits, shortage
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
    attempt("record", lambda: check_record(program))
    attempt("fields", lambda: check_fields(program))
    attempt("augment", lambda: make_augmenter(program, program.objective_inputs))
    for i, target in enumerate(recipe.targets):
        attempt(f"targets.{i}", partial(Follower, target, program, module))
    for i, objective in enumerate(recipe.objectives):
        attempt(f"objectives.{i}", partial(_check_objective, objective, program, module))
    return found


def crowded(program: Program, device: str, needed: int) -> Problem | None:
    """Return what to tell where a step takes more bytes than a device has, with the batch that fits as its fix."""
    try:
        capacity = available(choose_device(device))
    except TrainError:
        return None
    recipe = program.graph.recipe
    if capacity is None or needed <= capacity:
        return None
    fits = batch_that_fits(program, capacity, recipe.batch, recipe.precision)
    fixes: tuple[Fix, ...] = ()
    if fits is not None:
        parts = -(-recipe.batch * recipe.accumulate // fits)
        title = f"learn from batches of {fits:,}, {parts:,} of them at a step"
        fixes = (Fix(title, {"recipe": replace(recipe, batch=fits, accumulate=parts)}),)
    return Problem("warning", shortage(recipe.batch, needed, capacity, fits), place="batch", fixes=fixes)


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
        raise RecipeError(text + meant(name, known))


def check_record(program: Program) -> None:
    """TrainingError where what is kept while it learns is the output of no node."""
    graph, name = program.graph, program.graph.recipe.record
    if name and name.partition(".")[0] not in graph.nodes:
        text = f"The recipe keeps the output of {name} while it learns, which is no node of the graph."
        raise RecipeError(text + meant(name, list(graph.nodes)))


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
            raise RecipeError(f"{text}{', '.join(known)}.{meant(name, known)}")


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
