"""What went wrong on the way, as sentences that name the step and, where it is clear, the node."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import torch

from grapheditor.compile.explain import explain
from grapheditor.compile.export import distinct
from grapheditor.compile.inside import Inside
from grapheditor.compile.trace import node_of
from grapheditor.graph.disk import FileError, replace_file
from grapheditor.training.chance import random_state, restore_random
from grapheditor.training.checkpoint import serialise
from grapheditor.training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from torch import Tensor

    from grapheditor.compile import Program
    from grapheditor.training.learner import Learner, NotFiniteError
    from grapheditor.training.setup import Setup
    from grapheditor.training.state import Progress

FAULT = "fault.json"
FAULT_TENSORS = "fault.safetensors"
"""In the folder of a run that failed by a number that is none: where, in which batch, and what it takes to see it."""

FAULTS = (RuntimeError, ValueError, IndexError, TypeError, ArithmeticError, AssertionError, MemoryError)
"""What torch raises where a computation cannot be done."""


@contextmanager
def explained(program: Program, place: str) -> Iterator[None]:
    """Raise TrainingError instead of what torch raises; ``place`` says where: ``At step 3``."""
    try:
        yield
    except FAULTS as error:
        raise TrainingError(f"{place}: {_sentence(error)}", node_of(error, program)) from error


class Attempt:
    """The pass of one batch through the objective of a learner, with what is needed to go through it again."""

    def __init__(
        self, setup: Setup, learner: Learner, samples: Tensor, batch: Mapping[str, Tensor], progress: Progress
    ) -> None:
        """samples: the numbers of the batch's samples."""
        self.setup = setup
        self.learner = learner
        self.samples = samples
        self.batch = batch
        self.epoch, self.step = progress.epoch + 1, progress.step + 1
        self.random = random_state(setup.compute.device)

    def run(self) -> dict[str, Tensor]:
        """Return all losses and metrics of the batch, by the names they are told under."""
        return self.setup.measure(self.batch, self.learner.objective.minimise)

    def first_fault(self) -> tuple[str, str] | None:
        """Go through it again with the instrumented source, from the same random numbers.

        Return the first node whose value is not finite, or else the last one, seen from the loss, whose gradient is
        still finite: (its path, "value" or "gradient"). None where all is finite.
        """
        found: list[tuple[str, str]] = []

        def look(path: str, value: Tensor) -> None:
            if found or not value.is_floating_point():
                return
            if not bool(value.isfinite().all()):
                found.append((path, "value"))
            elif value.requires_grad:
                value.register_hook(partial(look_back, path))  # type: ignore[no-untyped-call]

        def look_back(path: str, gradient: Tensor) -> None:
            if not found and not bool(gradient.isfinite().all()):
                found.append((path, "gradient"))

        setup = self.setup
        restore_random(setup.compute.device, self.random)
        twin = Inside(setup.program).twin(setup.compute.module, look)
        with setup.compute.cast():
            method, inputs = setup.program.method(self.learner.objective.minimise)
            values = getattr(twin, method)(*(self.batch[name] for name in inputs))
        if not found:
            torch.autograd.grad(values[self.learner.objective.minimise], self.learner.weights, allow_unused=True)
        return found[0] if found else None


def explain_fault(error: NotFiniteError, attempts: list[Attempt], folder: Path) -> TrainingError:
    """Return the error that tells where a number first was none; the batch is kept in the run's folder."""
    faults = ((attempt, attempt.first_fault()) for attempt in attempts)
    attempt, found = next((item for item in faults if item[1]), (attempts[-1], None))
    path, kind = found or (attempt.learner.objective.minimise, "value")
    where = f": the first {kind} that is not finite is at {path}" if found else ""
    text = f"The {error.what} became {error.word} at step {attempt.step:,}{where}."
    _keep_fault(attempt, folder, {"message": text, "node": path, "kind": kind})
    advice = "The weights are those before the step. A smaller learning rate often helps."
    return TrainingError(f"{text} {advice}", path.partition(".")[0])


def _keep_fault(attempt: Attempt, folder: Path, found: Mapping[str, str]) -> None:
    """Keep the batch, the weights and the random numbers of a fault, as far as the disk takes them."""
    tensors = {
        **{f"batch/{name}": value for name, value in attempt.batch.items()},
        **{f"weights/{name}": value for name, value in distinct(attempt.setup.compute.module.state_dict()).items()},
        **{f"random/{name}": value for name, value in attempt.random.items()},
    }
    record = {
        **found,
        "step": attempt.step,
        "epoch": attempt.epoch,
        "objective": attempt.learner.objective.minimise,
        "samples": attempt.samples.tolist(),
    }
    with suppress(FileError):
        replace_file(folder / FAULT_TENSORS, serialise(tensors))
        replace_file(folder / FAULT, (json.dumps(record, indent=2) + "\n").encode())


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
