"""How learning rates change: classes of torch.optim.lr_scheduler, one after the other."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from torch.optim import lr_scheduler

from grapheditor.authoring.names import meant
from grapheditor.training.errors import TrainingError
from grapheditor.training.optimizer import made_with

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
    """The learning rate of one optimizer as its schedules have it."""

    def __init__(
        self, objective: Objective, optimizer: Optimizer, steps: int, epochs: int, highest: bool = False
    ) -> None:
        """Make the schedules; TrainingError where one is not known or refuses its settings.

        steps, epochs: how long the training is, for schedules that do not say so themselves. highest: whether the
        number that a plateau waits for is better when it is higher; what its settings say goes before.
        """
        self._optimizer = optimizer
        self._each = _check(objective)
        left = steps if self._each == "step" else epochs
        made: list[Any] = []
        ends: list[int] = []
        for schedule in objective.schedules:
            length = schedule.steps or max(1, left - sum(ends))
            made.append(_make(schedule, optimizer, length, highest))
            ends.append(length)
        milestones = [sum(ends[: i + 1]) for i in range(len(ends) - 1)]
        self._scheduler: Any = (
            lr_scheduler.SequentialLR(optimizer, made, milestones) if len(made) > 1 else made[0] if made else None
        )

    @property
    def rate(self) -> float:
        """The learning rate now."""
        return float(self._optimizer.param_groups[0].get("lr", 0.0))

    def stepped(self) -> None:
        """Take note of a step."""
        if self._scheduler is not None and self._each == "step":
            self._scheduler.step()

    def epoch_ended(self, reached: float | None) -> None:
        """Take note of the end of an epoch, and of the number that was reached; None where it was not measured."""
        if self._scheduler is None or self._each != "epoch":
            return
        if isinstance(self._scheduler, lr_scheduler.ReduceLROnPlateau):
            if reached is not None:
                self._scheduler.step(reached)
        else:
            self._scheduler.step()

    def state(self) -> dict[str, Any]:
        """Return what a resumed training needs to go on."""
        return dict(self._scheduler.state_dict()) if self._scheduler is not None else {}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what :meth:`state` returned."""
        if self._scheduler is not None:
            self._scheduler.load_state_dict(state)


def _check(objective: Objective) -> str:
    for schedule in objective.schedules:
        if schedule.name not in schedule_names():
            known = schedule_names()
            text = f"There is no schedule {schedule.name}; there is: {', '.join(known)}.{meant(schedule.name, known)}"
            raise TrainingError(text)
        if schedule.name == PLATEAU and (len(objective.schedules) > 1 or schedule.each != "epoch"):
            raise TrainingError(f"{PLATEAU} looks at what an epoch reached: it stands alone, and moves each epoch.")
    kinds = {schedule.each for schedule in objective.schedules}
    if len(kinds) > 1:
        raise TrainingError("Schedules that follow one another move all with the steps or all with the epochs.")
    return kinds.pop() if kinds else "step"


def _make(schedule: Schedule, optimizer: Optimizer, length: int, highest: bool) -> Any:
    kind = getattr(lr_scheduler, schedule.name)
    known = inspect.signature(kind).parameters
    given = {key: list(value) if isinstance(value, tuple) else value for key, value in schedule.settings.items()}
    if schedule.name != "OneCycleLR" or "epochs" not in given:
        given = {name: length for name in LENGTHS if name in known} | given
    if schedule.name == PLATEAU and highest:
        given = {"mode": "max"} | given
    return made_with(kind, optimizer, given)
