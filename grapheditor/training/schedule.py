"""How learning rates change: classes of torch.optim.lr_scheduler, one after the other."""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any

from torch.optim import lr_scheduler

from grapheditor.authoring.names import meant
from grapheditor.training.errors import RecipeError
from grapheditor.training.optimizer import FACTOR, made_with

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from grapheditor.graph.recipe import Objective, Schedule

TAKE_FUNCTIONS = ("LambdaLR", "MultiplicativeLR")
COMBINE = ("SequentialLR", "ChainedScheduler")
LENGTHS = ("total_steps", "total_iters", "T_max")
"""Settings that say how long a schedule goes; where they are not given it goes on to its end."""
PLATEAU = "ReduceLROnPlateau"


def schedule_names() -> list[str]:
    """Return the schedules that a recipe may name."""
    return [
        name
        for name, value in vars(lr_scheduler).items()
        if inspect.isclass(value)
        and issubclass(value, lr_scheduler.LRScheduler)
        and not name.startswith("_")
        and name not in ("LRScheduler", *TAKE_FUNCTIONS, *COMBINE)
    ]


class Rates:
    """The learning rate of one optimizer as its schedules have it.

    note: what people are to be told where a training was taken up and has another length than before.
    """

    def __init__(
        self, objective: Objective, optimizer: Optimizer, steps: int, epochs: int, highest: bool = False
    ) -> None:
        """Make the schedules; TrainingError where one is not known or refuses its settings.

        steps, epochs: how long the training is, for schedules that do not say so themselves. highest: whether the
        number that a plateau waits for is better when it is higher; what its settings say goes before.
        """
        self.note = ""
        self._optimizer = optimizer
        self._schedules, self._highest = objective.schedules, highest
        self._each = _check(objective)
        self._settings = [{**group} for group in optimizer.param_groups]
        self._build(steps if self._each == "step" else epochs)

    def _build(self, total: int) -> None:
        """Make the schedules of a training of so many steps, or epochs, with the optimizer's settings as they came."""
        self._total = total
        made: list[Any] = []
        ends: list[int] = []
        self._lengths: list[int] = []
        for group, settings in zip(self._optimizer.param_groups, self._settings, strict=True):
            group.clear()
            group.update(settings)
        for schedule in self._schedules:
            length = schedule.steps or max(1, total - sum(ends))
            found, depends = _make(schedule, self._optimizer, length, self._highest)
            made.append(found)
            ends.append(length)
            self._lengths.append(length if depends or schedule is not self._schedules[-1] else 0)
        milestones = [sum(ends[: i + 1]) for i in range(len(ends) - 1)]
        self._scheduler: Any = (
            lr_scheduler.SequentialLR(self._optimizer, made, milestones) if len(made) > 1 else made[0] if made else None
        )
        if "lr" in self._first:
            self.set_rate(float(self._first["lr"]))

    @property
    def rate(self) -> float:
        """The learning rate now, of weights whose node has no factor of its own."""
        return float(self._first.get("lr", 0.0)) / float(self._first.get(FACTOR, 1.0))

    @property
    def _first(self) -> dict[str, Any]:
        found: dict[str, Any] = self._optimizer.param_groups[0]
        return found

    def set_rate(self, rate: float) -> None:
        """Learn at another rate from here on; each group of weights at it times its factor."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group.get(FACTOR, 1.0)

    def _move(self, *reached: float) -> None:
        """Have the schedule move on as if there were no factors: it says one rate, which they multiply."""
        rate = self.rate
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._scheduler.step(*reached)
        self.set_rate(float(self._first["lr"]))

    def stepped(self) -> None:
        """Take note of a step."""
        if self._scheduler is not None and self._each == "step":
            self._move()

    def epoch_ended(self, reached: float | None) -> None:
        """Take note of the end of an epoch, and of the number that was reached; None where it was not measured."""
        if self._scheduler is None or self._each != "epoch":
            return
        if isinstance(self._scheduler, lr_scheduler.ReduceLROnPlateau):
            if reached is not None:
                self._move(reached)
        else:
            self._move()

    def state(self) -> dict[str, Any]:
        """Return what a resumed training needs to go on."""
        if self._scheduler is None:
            return {}
        return {"scheduler": dict(self._scheduler.state_dict()), "lengths": self._lengths}

    def restore(self, state: dict[str, Any], left: int) -> bool:
        """Put back what :meth:`state` returned; return whether what the optimizer had then holds.

        It does not where the training has another length than before and a schedule goes on to its end: the rates from
        here on are those of a training that had, from its beginning, the steps that were made and those that are left.
        The optimizer has to be a fresh one. left: how many steps of its own are left.
        """
        if self._scheduler is None:
            return True
        kept = state.get("scheduler", state)  # before there were lengths it stood alone
        if state.get("lengths", self._lengths) == self._lengths:
            self._scheduler.load_state_dict(kept)
            return True
        done = kept["last_epoch"]
        if self._each == "step":
            self._build(max(1, done + left))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that nothing is learned meanwhile
            for _ in range(min(done, self._total)):
                self._move()
        names = " and ".join(dict.fromkeys(schedule.name for schedule in self._schedules))
        before = ", ".join(f"{rate:.3g}" for rate in kept["_last_lr"])
        self.note = (
            f"The training has another length now, and {names} goes on to its end: from here the learning rate is "
            f"{self.rate:.3g}, where it was {before}."
        )
        return False


def _check(objective: Objective) -> str:
    for schedule in objective.schedules:
        if schedule.name not in schedule_names():
            known = schedule_names()
            text = f"There is no schedule {schedule.name}; there is: {', '.join(known)}.{meant(schedule.name, known)}"
            raise RecipeError(text)
        if schedule.name == PLATEAU and (len(objective.schedules) > 1 or schedule.each != "epoch"):
            raise RecipeError(f"{PLATEAU} looks at what an epoch reached: it stands alone, and moves each epoch.")
    kinds = {schedule.each for schedule in objective.schedules}
    if len(kinds) > 1:
        raise RecipeError("Schedules that follow one another move all with the steps or all with the epochs.")
    return kinds.pop() if kinds else "step"


def _make(schedule: Schedule, optimizer: Optimizer, length: int, highest: bool) -> tuple[Any, bool]:
    """Return a schedule, and whether it depends on a length that its settings do not say."""
    kind = getattr(lr_scheduler, schedule.name)
    known = inspect.signature(kind).parameters
    given = {key: list(value) if isinstance(value, tuple) else value for key, value in schedule.settings.items()}
    unsaid = [name for name in LENGTHS if name in known and name not in given]
    if schedule.name == "OneCycleLR" and "epochs" in given:
        unsaid = []
    if schedule.name == PLATEAU and highest:
        given = {"mode": "max"} | given
    return made_with(kind, optimizer, dict.fromkeys(unsaid, length) | given), bool(unsaid)
