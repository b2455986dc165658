"""What went wrong on the way, as sentences that name the step and, where it is clear, the node."""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from grapheditor.compile.explain import explain
from grapheditor.compile.trace import node_of
from grapheditor.training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grapheditor.compile import Program

FAULTS = (RuntimeError, ValueError, IndexError, TypeError, ArithmeticError, AssertionError, MemoryError)
"""What torch raises where a computation cannot be done."""


@contextmanager
def explained(program: Program, place: str) -> Iterator[None]:
    """Raise TrainingError instead of what torch raises; ``place`` says where: ``At step 3``."""
    try:
        yield
    except FAULTS as error:
        raise TrainingError(f"{place}: {_sentence(error)}", node_of(error, program)) from error


def check_finite(values: Mapping[str, list[float]], first: int, nodes: Mapping[str, str]) -> None:
    """Raise TrainingError for the first number that is none; ``first`` steps were before these."""
    worst = [(at, name) for name, numbers in values.items() for at, it in enumerate(numbers) if not math.isfinite(it)]
    if worst:
        at, name = min(worst)
        what = "not a number" if math.isnan(values[name][at]) else "infinite"
        raise TrainingError(
            f"The {name} became {what} at step {first + at + 1:,}. A smaller learning rate often helps.",
            nodes.get(name),
        )


def check_weights(module: torch.nn.Module, step: int) -> None:
    """Raise TrainingError where a weight is not finite, so that no such checkpoint is written."""
    for name, weight in module.state_dict().items():
        if weight.is_floating_point() and not bool(weight.isfinite().all()):
            text = f"The weights {name} are no longer finite after step {step:,}."
            raise TrainingError(f"{text} A smaller learning rate often helps.", name.split(".")[0])


def _sentence(error: Exception) -> str:
    text = str(error)
    target = re.search(r"Target (\d+) is out of bounds", text)
    if target:
        return f"A sample has the label {target[1]}, and the scores do not have that many classes."
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in text:
        return "There is not enough memory for the weights and a batch. A smaller batch needs less."
    return explain(error)
