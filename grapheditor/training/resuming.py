"""A run that is taken up again: what it goes on from, and what people are to be told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor.authoring.names import plural
from grapheditor.runs.folder import CHECKPOINTS
from grapheditor.runs.lease import Lease
from grapheditor.runs.record import read_record
from grapheditor.training.checkpoint import forget_after, whole_checkpoints
from grapheditor.training.circumstances import differences
from grapheditor.training.errors import RunError
from grapheditor.training.keeper import Keeper
from grapheditor.training.run import Run, recorded_graph
from grapheditor.training.setup import Setup, make_setup
from grapheditor.training.state import Progress, restore_state

if TYPE_CHECKING:
    from grapheditor.graph import Recipe


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A run as its newest whole checkpoint has it. notes: what people are to be told before it goes on."""

    setup: Setup
    run: Run
    keeper: Keeper
    progress: Progress
    notes: tuple[str, ...]


def take_up(folder: Path, lease: Lease, device: str | None, changes: Mapping[str, Any]) -> TakenUp:
    """Return a run to go on with; nobody else makes it meanwhile. RunError where there is nothing to go on from.

    lease: that of the run. device: by default that of before. changes: settings of the recipe that are others now.
    """
    before = read_record(folder)
    graph = recorded_graph(folder)
    graph.put("recipe", replace(graph.recipe, **changes))
    setup = make_setup(graph, device or before.device, Path(before.home))
    place = str(setup.compute.device)
    notes = differences(folder, before, graph, setup.dataset, place)
    damaged: list[str] = []
    for found in whole_checkpoints(folder / CHECKPOINTS):
        if not isinstance(found, RunError):
            break
        damaged.append(found.message)
    else:
        rest = f" The newest: {damaged[0]}" if damaged else ""
        raise RunError(f"{folder}: there is no checkpoint to go on from.{rest}")
    notes += [f"{text} The checkpoint before it is used." for text in damaged]
    progress = restore_state(setup, *found)
    if before.state == "finished":
        _refuse_finished(folder, progress, setup.recipe)
    forget_after(folder / CHECKPOINTS, progress.step)
    run = Run.reopen(folder, lease, progress.step, graph, place, setup.dataset)
    keeper = Keeper(folder / CHECKPOINTS, found[0])
    notes += [note for learner in setup.learners if (note := learner.rates.note)]
    return TakenUp(setup, run, keeper, progress, tuple(notes))


def _refuse_finished(folder: Path, progress: Progress, recipe: Recipe) -> None:
    """Raise RunError where nothing is left to do; it names the setting that gives more."""
    if progress.epoch >= recipe.epochs:
        done = plural(progress.epoch, "epoch")
        text = f"{folder}: has finished its {done}; say how many there are to be to go on"
        raise RunError(f"{text}, such as --epochs {2 * progress.epoch}.")
    if progress.out_of_patience(recipe.patience):
        waited = plural(progress.waited, "epoch")
        text = f"{folder}: has ended after {waited} without a better one; have it wait longer to go on"
        raise RunError(f"{text}, such as --patience {2 * progress.waited}.")
