"""The loop: a graph learns by its recipe, in a run folder of its own, and tells how it goes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from grapheditor.compile import compile_graph
from grapheditor.compile.export import distinct
from grapheditor.engine.messages import Epoch, Started, Steps
from grapheditor.training.data import find_source, load
from grapheditor.training.device import choose_device
from grapheditor.training.errors import RunError, TrainError, TrainingError
from grapheditor.training.failure import check_finite, check_weights, explained
from grapheditor.training.feed import batches_of, make_feed, order_of, split
from grapheditor.training.fit import fit_statistics
from grapheditor.training.optimizer import make_optimizer
from grapheditor.training.run import Run
from grapheditor.training.tally import Pace, Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor, nn
    from torch.optim import Optimizer

    from grapheditor.compile import Program
    from grapheditor.engine.messages import Message
    from grapheditor.graph import Graph, Objective
    from grapheditor.training.checkpoint import Checkpoint
    from grapheditor.training.feed import Feed

INTERVAL = 0.1
"""Seconds between two messages about steps."""


def train(
    graph: Graph,
    folder: Path,
    name: str,
    *,
    device: str = "cpu",
    send: Callable[[Message], None],
    stopped: Callable[[], bool],
) -> dict[str, Any]:
    """Train a graph by its recipe in a new run folder, and return what ``grapheditor train --json`` prints.

    folder, name: where the run's folder is made, and what it is called before its number.
    send: takes Started, Steps and Epoch as they come.
    stopped: asked every step; once it is true a checkpoint is written and the training ends.

    Raises CompileError where the graph has errors, DeviceError, DataError or TrainingError before anything is
    written where it cannot be trained, and RunError or TrainingError where it fails on its way.
    """
    place = choose_device(device)
    program = compile_graph(graph)
    objective = _objective(graph)
    data = load(find_source(graph.recipe.data))
    fitted = (name for fit in program.fits for name in fit.inputs)
    inputs = tuple(dict.fromkeys([*program.objective_inputs, *fitted]))
    with explained(program, f"On {place}, before the first step"):
        samples = make_feed(graph, data.source, data.train, inputs, place)
        test = make_feed(graph, data.source, data.test, inputs, place) if data.test else None
        torch.manual_seed(graph.recipe.seed)
        module = program.module().to(place)
    optimizer = make_optimizer(objective, module)
    run = Run.make(folder, name, graph, str(place))
    return _recorded(_Training(program, objective, module, optimizer, samples, test, run, place, send, stopped))


def _objective(graph: Graph) -> Objective:
    """Return the one objective of a sound graph; TrainingError where it has none, or several."""
    objectives = graph.recipe.objectives
    if not objectives:
        raise TrainingError("The graph has no objective: add a loss, and say in the recipe to minimise it.")
    if len(objectives) > 1:
        raise TrainingError(f"The graph has {len(objectives)} objectives; this version trains graphs with one.")
    return objectives[0]


def _recorded(training: _Training) -> dict[str, Any]:
    """Run a training; however it ends, its run says so."""
    try:
        return training.run_all()
    except BaseException as error:
        known = isinstance(error, TrainError)
        try:
            training.run.end("failed", error=str(error) if known else f"It ended by {type(error).__name__}.")
        except RunError as second:
            error.add_note(second.message)
        raise


@dataclass(slots=True)
class _Training:
    """One training on its way."""

    program: Program
    objective: Objective
    module: nn.Module
    optimizer: Optimizer
    samples: Feed
    test: Feed | None
    run: Run
    device: torch.device
    send: Callable[[Message], None]
    stopped: Callable[[], bool]
    step: int = 0
    best: float = math.inf
    saved: Checkpoint | None = None
    pace: Pace = field(default_factory=Pace)
    learn: Tensor = field(init=False)
    held: Tensor = field(init=False)
    names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        recipe = self.program.graph.recipe
        self.learn, self.held = split(self.samples.count, recipe.validation, recipe.seed)
        self.names = {
            node: "loss" if node == self.objective.minimise else "other_loss" if node == "loss" else node
            for node in self.program.graph.nodes
        }

    def run_all(self) -> dict[str, Any]:
        """Train all epochs, or until it is stopped."""
        recipe = self.program.graph.recipe
        self.send(Started(str(self.run.folder), recipe.epochs, math.ceil(len(self.learn) / recipe.batch)))
        with explained(self.program, "While taking statistics of the training data"):
            learn = self.learn.to(self.device)
            fit_statistics(self.program, self.module, self.samples, learn, recipe.batch, self.stopped)
        for epoch in range(1, recipe.epochs + 1):
            tally, complete = self._train_epoch(epoch)
            if not complete:
                return self._end("stopped", epoch - 1, self._stop(tally, epoch - 1))
            metrics = tally.means("train") | self._validate()
            self._save(epoch, metrics)
            self.run.append({"epoch": epoch, "step": self.step, "metrics": metrics})
            self.send(Epoch(epoch, self.step, metrics))
        return self._end("finished", recipe.epochs, metrics | self._test(recipe.epochs))

    def _train_epoch(self, epoch: int) -> tuple[Tally, bool]:
        """Make the steps of an epoch; return their losses and whether none was left out."""
        recipe = self.program.graph.recipe
        order = order_of(self.learn, recipe.seed, epoch).to(self.device)
        tally, waiting = Tally(), 0
        self.module.train()
        self.pace.go_on()
        complete = True
        for chosen in batches_of(order, recipe.batch):
            if self.stopped():
                complete = False
                break
            tally.add(self._train_step(chosen), len(chosen))
            waiting += len(chosen)
            self.step += 1
            if self.pace.since() >= INTERVAL:
                self._report(tally, waiting)
                waiting = 0
        self._report(tally, waiting)
        return tally, complete

    def _train_step(self, chosen: Tensor) -> dict[str, Tensor]:
        with explained(self.program, f"At step {self.step + 1:,}"):
            values = self._measure(self.samples, chosen)
            loss = values["loss"]
            if not loss.requires_grad:
                text = "No weight that may change leads to the loss, so there is nothing to learn."
                raise TrainingError(text, self.objective.minimise)
            torch.autograd.backward(loss)
            self.optimizer.step()
            self.optimizer.zero_grad()
        return values

    def _measure(self, feed: Feed, chosen: Tensor) -> dict[str, Tensor]:
        batch = feed.batch(self.program.objective_inputs, chosen)
        compute: Any = self.module.objective
        values: dict[str, Tensor] = compute(*batch)
        return {self.names[node]: value for node, value in values.items()}

    def _report(self, tally: Tally, samples: int) -> None:
        """Fetch and tell the numbers of the last steps; a number that is none ends the training."""
        values = tally.fetch()
        if not values:
            return
        self.pace.add(samples)
        first = self.step - len(values["loss"])
        check_finite(values, first, {name: node for node, name in self.names.items()})
        self.run.append({"step": first, "values": values})
        left = self.program.graph.recipe.epochs * len(self.learn) - self.pace.samples
        self.send(Steps(first, values, self.pace.recent, left / self.pace.recent))

    def _evaluate(self, feed: Feed, samples: Tensor, prefix: str) -> dict[str, float]:
        tally = Tally()
        self.module.eval()
        with torch.inference_mode(), explained(self.program, f"While measuring {prefix} after step {self.step:,}"):
            for chosen in batches_of(samples.to(self.device), self.program.graph.recipe.batch):
                tally.add(self._measure(feed, chosen), len(chosen))
            tally.fetch()
        means = tally.means(prefix)
        for name, value in means.items():
            if not math.isfinite(value):
                raise TrainingError(f"The {name} is no longer finite after step {self.step:,}.")
        return means

    def _validate(self) -> dict[str, float]:
        return self._evaluate(self.samples, self.held, "validation")

    def _test(self, epoch: int) -> dict[str, float]:
        """Measure the test set, once and after everything is decided."""
        if self.test is None:
            return {}
        metrics = self._evaluate(self.test, torch.arange(self.test.count), "test")
        assert self.saved is not None
        self.run.amend(self.saved, metrics)
        self.run.append({"epoch": epoch, "step": self.step, "metrics": metrics})
        return metrics

    def _save(self, epoch: int, metrics: dict[str, float]) -> None:
        """Write a checkpoint; without validation the last is the best."""
        check_weights(self.module, self.step)
        loss = metrics.get("validation_loss", -math.inf)
        better = loss < self.best or not len(self.held)
        self.best = min(self.best, loss)
        self.saved = self.run.save(distinct(self.module.state_dict()), epoch, self.step, metrics, best=better)

    def _stop(self, tally: Tally, epoch: int) -> dict[str, float]:
        """Keep what an epoch that was broken off has learned; return the last checkpoint's metrics."""
        if self.saved is None or self.saved.step != self.step:
            self._save(epoch, tally.means("train") | self._validate())
        assert self.saved is not None
        return self.saved.metrics

    def _end(self, state: str, epochs: int, metrics: dict[str, float]) -> dict[str, Any]:
        result = {
            "run": str(self.run.folder),
            "epochs": epochs,
            "steps": self.step,
            "metrics": metrics,
            "samples_per_second": self.pace.mean,
        }
        self.run.end(state, result)
        return result
