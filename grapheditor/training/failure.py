"""What went wrong on the way, as sentences that name the step and, where it is clear, the node."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from traceback import clear_frames
from typing import TYPE_CHECKING

import torch

from grapheditor.compile.explain import explain
from grapheditor.compile.export import distinct
from grapheditor.compile.trace import node_of
from grapheditor.graph.disk import FileError, replace_file
from grapheditor.runs.fault import FAULT_TENSORS, FaultRecord, write_fault
from grapheditor.training.again import Fault
from grapheditor.training.checkpoint import serialise
from grapheditor.training.errors import SampleError, TrainingError
from grapheditor.training.room import advice, batch_that_fits, bytes_asked, is_shortage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from grapheditor.compile import Program
    from grapheditor.training.again import Attempt
    from grapheditor.training.learner import NotFiniteError

SHOWN = 5
"""So many samples are named."""
FAULTS = (RuntimeError, ValueError, IndexError, TypeError, ArithmeticError, AssertionError, MemoryError)
"""What torch raises where a computation cannot be done."""


def nowhere() -> None:
    """Find no node."""


@contextmanager
def explained(
    program: Program, place: str, capacity: int | None = None, search: Callable[[], str | None] = nowhere
) -> Iterator[None]:
    """Raise TrainingError instead of what torch raises; ``place`` says where: ``At step 3``.

    To a sample that cannot be read it adds what can be done.
    capacity: how many bytes a training may take on its device; where they do not do, the error names a batch that fits.
    search: returns the node for which there was not enough memory, where the error itself does not lead to one.
    """
    try:
        yield
    except SampleError as error:
        remedy = "The recipe may leave such samples out (on the command line: --unreadable skip)."
        told = SampleError(error.path, f"{error.what} {remedy}", error.index)
        told.remedy = {"unreadable": "skip"}
        raise told from error
    except FAULTS as error:
        node = node_of(error, program)
        if is_shortage(error):
            asked = bytes_asked(error)
            clear_frames(error.__traceback__)  # they hold what was computed up to there
            node = node or search()
            text, fits = _shortage(program, asked, capacity)
            short, recipe = TrainingError(f"{place}: {text}", node), program.graph.recipe
            if fits:
                parts = -(-recipe.batch // fits)
                short.remedy = {"batch": fits, "accumulate": parts * recipe.accumulate}
            raise short from error
        raise TrainingError(f"{place}: {_sentence(error)}", node) from error


def _shortage(program: Program, asked: int | None, capacity: int | None) -> tuple[str, int | None]:
    """Say for what there was not enough memory; return also a batch that fits, where one is known."""
    from grapheditor.training.memory import size_of  # to foretell memory, errors are explained

    recipe = program.graph.recipe
    what = f"{size_of(asked)} more for a batch of {recipe.batch:,}" if asked else f"a batch of {recipe.batch:,}"
    text = f"There is not enough memory for {what}"
    if capacity is not None and recipe.batch > 1:
        with suppress(MemoryError):
            fits = batch_that_fits(program, capacity, recipe.batch, recipe.precision)
            return f"{text}; {advice(recipe.batch, fits)}", fits
    return f"{text}. A smaller batch needs less.", None


def explain_fault(error: NotFiniteError, attempts: list[Attempt], folder: Path) -> TrainingError:
    """Return the error that tells where a number first was none; the batch is kept in the run's folder."""
    faults = ((attempt, attempt.first_fault()) for attempt in attempts)
    attempt, found = next((item for item in faults if item[1]), (attempts[-1], None))
    fault = found or Fault(attempt.learner.objective.minimise, "value")
    where = f": {found}" if found else ""
    text = f"The {error.what} became {error.word} at step {attempt.step:,}{where}."
    _keep_fault(attempt, folder, text, fault)
    cause = _from_data(attempt, fault.path) or "A smaller learning rate often helps."
    return TrainingError(f"{text} The weights are those before the step. {cause}", fault.path.partition(".")[0])


def _from_data(attempt: Attempt, path: str) -> str:
    """Name the samples that hold numbers which are not finite, where a fault is one of an input's own."""
    arrived = attempt.batch.get(path)
    if arrived is None or not arrived.is_floating_point():
        return ""
    spoilt = attempt.samples[~arrived.isfinite().flatten(1).all(1).to(attempt.samples.device)].tolist()
    if not spoilt:
        return ""
    name = attempt.setup.recipe.field(path)
    numbers = ", ".join(map(str, sorted(set(spoilt))[:SHOWN])) + (", …" if len(set(spoilt)) > SHOWN else "")
    samples = "sample" if len(set(spoilt)) == 1 else "samples"
    return f"The data itself holds such numbers: {name} of the training {samples} {numbers} (counted from 0)."


def _keep_fault(attempt: Attempt, folder: Path, text: str, fault: Fault) -> None:
    """Keep the batch, the weights and the random numbers of a fault, as far as the disk takes them."""
    tensors = {
        **{f"batch/{name}": value for name, value in attempt.batch.items()},
        **{f"weights/{name}": value for name, value in distinct(attempt.setup.compute.module.state_dict()).items()},
        **{f"random/{name}": value for name, value in attempt.random.items()},
    }
    record = FaultRecord(
        text,
        fault.path,
        fault.kind,
        attempt.step,
        attempt.epoch,
        attempt.learner.objective.minimise,
        attempt.setup.recipe.precision,
        tuple(attempt.samples.tolist()),
    )
    with suppress(FileError):
        replace_file(folder / FAULT_TENSORS, serialise(tensors))
        write_fault(folder, record)


def check_weights(module: torch.nn.Module, step: int) -> None:
    """Raise TrainingError where a weight is not finite, so that no such checkpoint is written."""
    for name, weight in module.state_dict().items():
        if weight.is_floating_point() and not bool(weight.isfinite().all()):
            text = f"The weights {name} are no longer finite after step {step:,}."
            raise TrainingError(f"{text} A smaller learning rate often helps.", name.split(".")[0])


def _sentence(error: Exception) -> str:
    text = str(error)
    target = re.search(r"Target (-?\d+) is out of bounds", text)
    if target and target[1].startswith("-"):
        return f"A sample has the label {target[1]}; classes are counted from 0."
    if target:
        return f"A sample has the label {target[1]}, and the scores do not have that many classes."
    if "index out of range in self" in text:
        return "A number arrives at an embedding that has no row for it: give it as many (num_embeddings) as there are."
    return explain(error)
