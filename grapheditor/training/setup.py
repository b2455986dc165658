"""What a training is made of: the compiled graph, its module on a device, its data, and who changes which weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from grapheditor.compile import compile_graph
from grapheditor.data import Dataset, open_data
from grapheditor.data.splitting import classes_of, split_indices
from grapheditor.errors import SampleError
from grapheditor.training.beginning import carried
from grapheditor.training.chance import generator
from grapheditor.training.compute import Compute
from grapheditor.training.device import choose_device
from grapheditor.training.errors import DataError, RecipeError, TrainingError
from grapheditor.training.failure import explained
from grapheditor.training.feed import Feed, batches_of, make_feed, sample_of
from grapheditor.training.followers import Average, Follower
from grapheditor.training.heap import keep_memory
from grapheditor.training.learner import Learner, learning_weights
from grapheditor.training.meters import Measured, Meter, Observer, check_kept, loss_meters, measured
from grapheditor.training.optimizer import freeze_others
from grapheditor.training.plan import check_fields, check_monitor, check_record, highest_wanted, make_augmenter
from grapheditor.training.room import AMPLE, available, foretell, warning
from grapheditor.training.tally import Means, Tally

if TYPE_CHECKING:
    from torch import Tensor

    from grapheditor.compile import Program
    from grapheditor.graph import Graph, Recipe
    from grapheditor.runs.record import Begun
    from grapheditor.training.augment import Augmenter

IDLE_PATIENCE = "Nothing is held out for validation, so no epoch is worse than another: patience stops nothing."
IDLE_METRICS = "Nothing is held out for validation: the recipe's metrics are measured on the test part alone."
LONGEST_EPOCH = 10**8
"""Samples whose order is drawn at once."""


@dataclass(slots=True)
class Setup:
    """All that a training needs, fresh.

    capacity: how many bytes it may take besides its samples, where that is known. notes: what people are to be told
    before it begins. begun: what its weights begin from, where they are not fresh.
    """

    program: Program
    compute: Compute
    dataset: Dataset
    samples: Feed
    validation: Feed
    test: Feed | None
    learners: list[Learner]
    followers: list[Follower]
    average: Average | None
    augment: Augmenter
    learn: Tensor
    held: Tensor
    names: dict[str, str] = field(init=False)
    measured: tuple[Measured, ...] = field(init=False)
    capacity: int | None = None
    notes: tuple[str, ...] = ()
    begun: Begun | None = None
    _observer: Observer = field(init=False)

    def __post_init__(self) -> None:
        self.names = _names(self.program)
        self.measured = measured(self.program)
        self._observer = Observer(self.program, self.names)

    @property
    def recipe(self) -> Recipe:
        """The recipe."""
        return self.program.graph.recipe

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Why samples were left out, of all parts."""
        feeds = {id(feed): feed for feed in (self.samples, self.validation, self.test) if feed is not None}
        return tuple(text for feed in feeds.values() for text in feed.unreadable.values())

    @property
    def steps(self) -> int:
        """How many steps an epoch has."""
        return steps_of(self.recipe, len(self.learn))

    @property
    def monitor(self) -> str:
        """What the number that says which epoch is best is told under, behind ``validation_``."""
        name = self.recipe.monitor or self.recipe.objectives[0].minimise
        return self.names.get(name, name)

    def batch(self, visits: Tensor, epoch: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Return training samples as the objectives take them, augmented, and their numbers.

        visits: as :func:`order_of` has them. Where the recipe says so samples that cannot be read are left out, and
        kept in mind; else SampleError is raised.
        """
        chosen, batch = self.read(self.samples, sample_of(visits), self.program.objective_inputs)
        if len(chosen) < len(visits):
            visits = visits[torch.isin(sample_of(visits), chosen)]
        return chosen, self.augment(batch, visits, epoch) if len(chosen) else {}

    def read(self, feed: Feed, chosen: Tensor, inputs: tuple[str, ...]) -> tuple[Tensor, dict[str, Tensor]]:
        """Return samples for these inputs, and their numbers; see :meth:`batch` for those that cannot be read.

        Where none of these can be there are no samples; DataError where none of all can.
        """
        while True:
            if feed.unreadable:
                chosen = chosen[~torch.isin(chosen, torch.tensor(list(feed.unreadable), device=chosen.device))]
                if not len(chosen):
                    self._check_readable()
                    return chosen, {}
            try:
                return chosen, feed.batch(chosen, self.compute, inputs)
            except SampleError as error:
                if self.recipe.unreadable == "stop" or error.index is None:
                    raise
                feed.unreadable[error.index] = error.message

    def _check_readable(self) -> None:
        """DataError where no sample that is to be learned can be read."""
        known, asked = self.samples.unreadable, set(self.learn.tolist())
        if asked <= known.keys():
            raise DataError(f"No sample can be read. The first: {known[min(asked)]}")

    def observe(
        self, batch: Mapping[str, Tensor], loss: str | None = None, meters: Sequence[Meter] = ()
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return all losses and metrics of a batch, by the names they are told under, and what they are means over.

        loss: only what learning needs that minimises this node. The second are how many targets counted, for those that
        are means over targets; all others are means over samples.
        """
        return self._observer(self.compute, batch, loss, meters)

    def measure(self, batch: Mapping[str, Tensor], loss: str | None = None) -> dict[str, Tensor]:
        """Return the first of what :meth:`observe` returns."""
        return self.observe(batch, loss)[0]

    def evaluate(
        self,
        feed: Feed,
        samples: Tensor,
        prefix: str,
        step: int,
        meters: Sequence[Meter] = (),
        alive: Callable[[], None] = lambda: None,
    ) -> dict[str, float]:
        """Return losses and metrics over samples; by the averaged weights where there are any.

        What is a mean is one over all samples, or over all targets that count. TrainingError where what is minimised,
        or decides which epoch is best, is not finite; all else is told as it is.

        meters: who looks at what arrives, too. alive: is called behind each batch.
        """
        recipe, inputs, tally = self.recipe, self.program.objective_inputs, Tally()
        own = loss_meters(self.measured)
        self.compute.module.eval()
        averaged = self.average.in_place() if self.average else nullcontext()
        place = f"While measuring {prefix} after step {step:,}"
        devices = [self.compute.device] if self.compute.device.type == "cuda" else []
        with averaged, torch.no_grad(), torch.random.fork_rng(devices), explained(self.program, place, self.capacity):
            torch.manual_seed(generator(recipe.seed, f"{prefix} after step {step}").initial_seed())
            parts = list(batches_of(samples.to(self.compute.device), recipe.batch))
            for part, following in zip_longest(parts, parts[1:]):
                chosen, batch = self.read(feed, part, inputs)
                if following is not None:
                    feed.begin(following, inputs)
                if len(chosen):
                    values, counts = self.observe(batch, meters=[*own, *meters])
                    tally.add(Means(values, len(chosen), counts))
                    alive()
            tally.fetch()
        means = tally.means(prefix)
        for node in dict.fromkeys([*(objective.minimise for objective in recipe.objectives), recipe.monitor]):
            name = f"{prefix}_{self.names.get(node, node)}"
            if not math.isfinite(means.get(name, 0.0)):
                raise TrainingError(f"The {name} is no longer finite after step {step:,}.", node)
        return means | {f"{prefix}_{name}": value for meter in own for name, value in meter.values()}


def make_setup(
    graph: Graph, device: str, home: Path = Path(), *, trust: bool = False, begin: Path | None = None
) -> Setup:
    """Make all that a training needs.

    home: where the relative paths of a graph's data begin. trust: whether Python of the user's own may be run. begin:
    the folder of a run, or a file, whose weights it begins from as far as they carry over.

    Raises CompileError where the graph has errors, DeviceError, DataError or TrainingError where it cannot be trained.
    """
    place = choose_device(device)
    recipe = graph.recipe
    program = compile_graph(graph)
    if not recipe.objectives:
        raise RecipeError("The graph has no objective: add a loss, and say in the recipe to minimise it.")
    check_monitor(program)
    check_record(program)
    check_fields(program)
    if recipe.epoch_batches * recipe.batch > LONGEST_EPOCH:
        raise RecipeError(f"An epoch has at most {LONGEST_EPOCH:,} samples: make epoch_batches smaller.")
    dataset = open_data(recipe.data, recipe.source, home, trust=trust)
    fitted = (name for fit in program.fits for name in fit.inputs)
    inputs = tuple(dict.fromkeys([*program.objective_inputs, *fitted]))
    augment = make_augmenter(program, inputs)
    torch.manual_seed(recipe.seed)
    torch.use_deterministic_algorithms(recipe.deterministic, warn_only=True)
    where = f"On {place}, before the first step"
    with explained(program, where):
        feeds = {name: make_feed(graph, dataset, part, inputs, place) for name, part in dataset.parts.items()}
    capacity = available(place)
    needed = foretell(program, capacity)
    if place.type == "cpu" and (needed or 0) < AMPLE * (capacity or math.inf):
        keep_memory()
    with explained(program, where, capacity):
        learn, held = _split(dataset, recipe)
        compute = Compute(program.module(), place, recipe)
        found = carried(program, begin) if begin is not None else None
        if found is not None:
            found.give(compute.module)
        followers = [Follower(target, program, compute.module) for target in recipe.targets]
        learners = _learners(program, compute, steps_of(recipe, len(learn)) * recipe.epochs)
        freeze_others(compute.module, learning_weights(learners, compute.module))
        average = Average(compute.module, recipe.average) if recipe.average else None
    validation = feeds.get("validation", feeds["train"])
    rest = (learners, followers, average, augment, learn, held)
    made = Setup(program, compute, dataset, feeds["train"], validation, feeds.get("test"), *rest)
    told = warning(program, needed, capacity)
    parts = {"validation": len(held), "test": made.test.count if made.test else 0}
    check_kept(made.measured, program, max(parts.values()))
    idle = IDLE_PATIENCE if recipe.patience and not len(held) else ""
    unseen = IDLE_METRICS if recipe.metrics and not len(held) else ""
    carries = "" if found is None else str(found)
    made.begun = found.begun() if found is not None else None
    made.capacity, made.notes = capacity, tuple(filter(None, (carries, told, idle, unseen)))
    return made


def _split(dataset: Dataset, recipe: Recipe) -> tuple[Tensor, Tensor]:
    """Return the numbers of the samples to learn from, and of those to validate with: of the part for that, if any."""
    if "validation" in dataset.parts:
        return torch.arange(dataset.train.count), torch.arange(dataset.parts["validation"].count)
    classes = classes_of(dataset)
    learn, held = split_indices(dataset.train, recipe.validation, recipe.seed, classes, purpose="validation")
    return torch.from_numpy(learn), torch.from_numpy(held)


def steps_of(recipe: Recipe, samples: int) -> int:
    """Return how many steps an epoch has."""
    return math.ceil((recipe.epoch_batches or math.ceil(samples / recipe.batch)) / recipe.accumulate)


def _learners(program: Program, compute: Compute, steps: int) -> list[Learner]:
    recipe = program.graph.recipe
    names = _names(program)
    highest = highest_wanted(program)
    return [
        Learner(item, names[item.minimise], program, compute, max(1, steps // item.every), recipe.epochs, highest)
        for item in recipe.objectives
    ]


def _names(program: Program) -> dict[str, str]:
    """Return what each node's value is called: the only loss that is minimised is the loss."""
    objectives = program.graph.recipe.objectives
    only = objectives[0].minimise if len(objectives) == 1 else None
    return {
        node: "loss" if node == only else "other_loss" if node == "loss" and only else node
        for node in program.graph.nodes
    }
