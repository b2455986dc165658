"""Short trainings that leave nothing behind: which learning rate does, and whether a batch can be learned by heart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from grapheditor.authoring.names import plural
from grapheditor.training.errors import RecipeError
from grapheditor.training.failure import explained
from grapheditor.training.feed import batches_of, order_of
from grapheditor.training.fit import fit_statistics
from grapheditor.training.learner import NotFiniteError
from grapheditor.training.setup import make_setup
from grapheditor.training.state import Progress
from grapheditor.training.stepper import Batch, Stepper

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from grapheditor.graph import Graph
    from grapheditor.training.setup import Setup

SMOOTHING = 0.9
"""Share of the old mean in the moving mean of a loss; its start is corrected as in Adam (Kingma and Ba 2015)."""
DIVERGED = 4.0
"""A smoothed loss that is so many times its best has diverged."""
BEGINNING = 10
"""Steps in which a moving mean says little."""


class Trial:
    """A training without a run: the setup of a graph, and one step after the other."""

    def __init__(self, graph: Graph, device: str, home: Path, *, trust: bool = False, **recipe: Any) -> None:
        """recipe: what is to be different in the graph's. Statistics of the data are taken, as in a training."""
        changed = replace(graph.recipe, **recipe)
        plain = tuple(replace(item, schedules=()) for item in changed.objectives)
        graph.put("recipe", replace(changed, objectives=plain, average=0.0, compile=False))
        self.setup: Setup = make_setup(graph, device, home, trust=trust)
        with explained(self.setup.program, "While taking statistics of the training data", self.setup.capacity):
            fit_statistics(self.setup, lambda: False)
        self.setup.compute.module.train()
        for follower in self.setup.followers:
            follower.begin()
        self.progress = Progress()
        self._stepper = Stepper(self.setup, self.progress)

    def batches(self) -> Iterator[Batch]:
        """Yield the batches of a training, epoch after epoch, without end."""
        setup = self.setup
        for epoch in count(1):
            order = order_of(setup.learn, setup.recipe.seed, epoch).to(setup.compute.device)
            for chosen in batches_of(order, setup.recipe.batch):
                samples, batch = setup.batch(chosen, epoch)
                if len(samples):
                    yield samples, batch

    def step(self, samples: Tensor, batch: dict[str, Tensor]) -> dict[str, float]:
        """Change the weights by a batch, and return all losses and metrics; NotFiniteError where one is no number."""
        done = self._stepper.step(iter([(samples, batch)]))
        assert done is not None, "there is a batch"
        means, _ = done
        self.progress.step += 1
        return {name: float(value) for name, value in means.values.items()}


@dataclass(frozen=True, slots=True)
class RangeTest:
    """The losses of a learning-rate range test (Smith 2017), and what follows from them.

    rates, losses, smoothed: by step. diverged: whether the loss rose beyond bounds before the last rate. steepest: the
    rate at which the smoothed loss fell most. tenth: a tenth of the rate at which it began to rise for good; None where
    it did not.
    """

    objective: str
    rates: Sequence[float]
    losses: Sequence[float]
    smoothed: Sequence[float]
    diverged: bool
    steepest: float | None
    tenth: float | None

    def describe(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def rate_test(
    trial: Trial,
    low: float,
    high: float,
    steps: int,
    told: Callable[[int, str], None] = lambda step, text: None,
) -> RangeTest:
    """Raise the learning rate of all objectives from step to step by the same factor; look at the first one's loss."""
    learner = trial.setup.learners[0]
    if any("lr" not in group for item in trial.setup.learners for group in item.optimizer.param_groups):
        raise RecipeError("The optimizer has no learning rate, so there is none to find.")
    rates, losses, smoothed = [], [], []
    mean, diverged = 0.0, False
    batches = trial.batches()
    for step in range(steps):
        rate = low * (high / low) ** (step / max(1, steps - 1))
        for item in trial.setup.learners:
            item.rates.set_rate(rate)
        try:
            values = trial.step(*next(batches))
        except NotFiniteError:
            diverged = True
            break
        if learner.name not in values:  # its turn comes every so many steps
            continue
        mean = SMOOTHING * mean + (1 - SMOOTHING) * values[learner.name]
        rates.append(rate)
        losses.append(values[learner.name])
        smoothed.append(mean / (1 - SMOOTHING ** len(rates)))
        told(step + 1, f"rate {rate:.2e}  loss {smoothed[-1]:.4g}")
        best = min(smoothed)
        if len(smoothed) > BEGINNING and smoothed[-1] - best > (DIVERGED - 1) * abs(best):
            diverged = True
            break
    return RangeTest(learner.name, rates, losses, smoothed, diverged, *_suggested(rates, smoothed, diverged=diverged))


def _suggested(
    rates: Sequence[float], smoothed: Sequence[float], *, diverged: bool
) -> tuple[float | None, float | None]:
    """Return the rate of the steepest fall per factor of the rate, and a tenth of that at the lowest loss."""
    if len(rates) <= BEGINNING + 2:
        return None, None
    lowest = min(range(len(smoothed)), key=smoothed.__getitem__)
    slopes = {
        i: (smoothed[i + 1] - smoothed[i - 1]) / math.log(rates[i + 1] / rates[i - 1])
        for i in range(BEGINNING, min(lowest + 1, len(rates) - 1))
    }
    at = min(slopes, key=slopes.__getitem__, default=None)
    steepest = rates[at] if at is not None and slopes[at] < 0 else None
    rose = diverged or smoothed[-1] > smoothed[lowest] + 0.1 * abs(smoothed[lowest])
    return steepest, rates[lowest] / 10 if rose else None


class Advice(NamedTuple):
    """What may help: a sentence, and what does it on the command line, where anything does."""

    text: str
    command: str = ""

    @property
    def written(self) -> str:
        """The sentence as the command line says it."""
        return f"{self.text.rstrip('.')} (`{self.command}`)." if self.command else self.text


@dataclass(frozen=True, slots=True)
class Heart:
    """How the attempt to learn a batch by heart went.

    values: losses and metrics of each step. learned: whether it did. advice: what may help.
    """

    batch: int
    values: Mapping[str, Sequence[float]]
    losses: Sequence[str]
    learned: bool
    verdict: str
    advice: tuple[Advice, ...]
    idle: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "batch": self.batch,
            "steps": len(next(iter(self.values.values()), ())),
            "learned": self.learned,
            "verdict": self.verdict,
            "advice": [item.written for item in self.advice],
            "remedies": [item._asdict() for item in self.advice],
            "weights_without_gradient": list(self.idle),
            "values": {name: list(found) for name, found in self.values.items()},
        }


BY_HEART = 0.01
"""A loss that fell to this share of the first one is that of a batch known by heart."""
NEARLY = 0.1
"""The same where all samples are right."""
LEARNS = 0.5
"""A loss that fell to this share is on its way."""
FIND_RATE = "grapheditor find-lr"


def overfit(trial: Trial, steps: int, told: Callable[[int, str], None] = lambda step, text: None) -> Heart:
    """Train on one batch, without dropout, until it is known by heart or so many steps were made.

    The batch is the first one of a training of which anything can be read, before anything is done to it at random.
    """
    setup = trial.setup
    for module in setup.compute.module.modules():
        if isinstance(module, _DropoutNd):
            module.eval()
    order = order_of(setup.learn, setup.recipe.seed, 1).to(setup.compute.device)
    read = (
        setup.read(setup.samples, chosen, setup.program.objective_inputs)
        for chosen in batches_of(order, setup.recipe.batch)
    )
    samples, batch = next(found for found in read if len(found[0]))
    values: dict[str, list[float]] = {}
    losses = [learner.name for learner in setup.learners]
    idle = _without_gradient(trial, batch)
    stopped = ""
    for step in range(steps):
        try:
            for name, value in trial.step(samples, batch).items():
                values.setdefault(name, []).append(value)
        except NotFiniteError as error:
            stopped = f"The {error.what} became {error.word} at step {step + 1:,}."
            break
        told(step + 1, "  ".join(f"{name} {values[name][-1]:.4g}" for name in losses if name in values))
        if _knows(values, losses):
            break
    learned = not stopped and _knows(values, losses)
    verdict, advice = (stopped, [_advice_for_rate(trial)]) if stopped else _verdict(trial, values, losses, idle)
    return Heart(len(samples), values, tuple(losses), learned, verdict, tuple(advice), idle)


def _knows(values: Mapping[str, Sequence[float]], losses: Sequence[str]) -> bool:
    """Tell whether the batch is known by heart: by the losses, or by an accuracy of 1 that they bear out."""
    right = [found[-1] >= 1.0 for name, found in values.items() if name.endswith("accuracy")]
    most = NEARLY if right and all(right) else BY_HEART
    return all(_share(values.get(name, ())) <= most for name in losses)


def _share(values: Sequence[float]) -> float:
    """Return the mean of the last losses as a share of the first."""
    if not values:
        return math.inf
    last = values[-min(3, len(values)) :]
    return (sum(last) / len(last)) / values[0] if values[0] > 0 else math.inf


def _best_share(values: Sequence[float]) -> float:
    """Return the same of those three losses in a row that are least together: what was reached on the way."""
    return (
        min(_share([values[0], *values[max(1, i - 2) : i + 1]]) for i in range(1, len(values))) if values[1:] else 1.0
    )


def _without_gradient(trial: Trial, batch: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Return the weights that learn and whose gradient is nothing, or zero throughout, at the first step."""
    setup, found = trial.setup, set[str]()
    names = {id(weight): name for name, weight in setup.compute.module.named_parameters()}
    for learner in setup.learners:
        with explained(setup.program, "Before the first step", setup.capacity):
            learner.backward(setup.measure(batch, learner.objective.minimise)[learner.name])
        found |= {names[id(w)] for w in learner.weights if w.grad is None or not bool(w.grad.any())}
        for weight in learner.weights:
            weight.grad = None
    return tuple(name for name in names.values() if name in found)


def _advice_for_rate(trial: Trial) -> Advice:
    rates = sorted({learner.rates.rate for learner in trial.setup.learners})
    shown = ", ".join(f"{rate:g}" for rate in rates)
    return Advice(f"The learning rate ({shown}) may be too large: a rising one shows which does.", FIND_RATE)


def _verdict(
    trial: Trial, values: Mapping[str, Sequence[float]], losses: Sequence[str], idle: Sequence[str]
) -> tuple[str, list[Advice]]:
    """Return what came of it, and what may help."""
    first, last = values[losses[0]][0], values[losses[0]][-1]
    way = f"the {losses[0]} went from {first:.4g} to {last:.4g} in {plural(len(values[losses[0]]), 'step')}"
    best = max(_best_share(values[name]) for name in losses)
    swings = max(_share(values[name]) for name in losses) > 1.5 * best
    if _knows(values, losses):
        return f"It learned the batch by heart: {way}.", []
    advice = [_idle_advice(idle)] if idle else []
    if first <= 0:
        text = "The loss began at zero or below it, so how far it fell says nothing; look at the curve."
        advice.append(Advice(text))
    if last > 1.05 * abs(first):
        return f"It does not learn, the loss rises: {way}.", [*advice, _advice_for_rate(trial)]
    if best <= LEARNS:
        rate = _advice_for_rate(trial)
        more = Advice("More steps or a larger learning rate may do.", "--steps")
        advice.append(rate._replace(text=f"The loss swings. {rate.text}") if swings else more)
        advice += _random_advice(trial.setup.compute.module)
        return f"It is on its way, and does not know the batch by heart: {way}.", advice
    advice += [
        Advice("Look whether samples and labels belong together.", "grapheditor data preview"),
        Advice("Look whether the inputs are of the size of 1: Normalize takes mean and deviation from the data."),
        Advice("The learning rate may be too small or too large: a rising one shows which does.", FIND_RATE),
        *_random_advice(trial.setup.compute.module),
    ]
    slowly = last < (1 + LEARNS) / 2 * first
    verdict = "It learns slowly, the loss falls little" if slowly else "It does not learn, the loss does not fall"
    return f"{verdict}: {way}.", advice


def _idle_advice(idle: Sequence[str]) -> Advice:
    more = f" and {len(idle) - 5:,} more" if len(idle) > 5 else ""
    return Advice(f"No gradient reaches {', '.join(idle[:5])}{more}: look at what lies between there and the loss.")


def _random_advice(module: nn.Module) -> list[Advice]:
    random = any(getattr(item, "dropout", 0.0) for item in module.modules())
    text = "Dropout inside recurrent or attention layers stays on; it hinders learning by heart."
    return [Advice(text)] if random else []
