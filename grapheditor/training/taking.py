"""Weights of a file, or of another run, kept as a run that nobody trained: what takes a run's weights takes these."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from grapheditor.compile import compile_graph
from grapheditor.compile.export import distinct
from grapheditor.data import open_data
from grapheditor.errors import TrainError
from grapheditor.runs.folder import CHECKPOINTS, LONGEST_TITLE
from grapheditor.training.beginning import carried
from grapheditor.training.checkpoint import Checkpoint, forget_after, keep_weights, serialise, write_checkpoint
from grapheditor.training.fit import fit_statistics
from grapheditor.training.run import Run
from grapheditor.training.setup import make_setup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from grapheditor.compile import Program
    from grapheditor.data import Dataset
    from grapheditor.graph import Graph
    from grapheditor.training.beginning import Carried


@dataclass(frozen=True, slots=True)
class Taken:
    """The folder of a run that has weights of elsewhere.

    notes: what people are to know, as sentences. whole: whether nothing of the network is fresh.
    """

    folder: Path
    notes: tuple[str, ...]
    whole: bool


def take_weights(
    graph: Graph,
    place: Path,
    parent: Path,
    name: str,
    home: Path | None = None,
    rename: Sequence[tuple[str, str]] = (),
) -> Taken:
    """Keep what carries over of a run's or a file's weights into a graph as a run of it; what does not is drawn.

    parent, name: where the run's folder is made, and what it is called before its number. home: where relative paths
    of the data begin. rename: as :func:`grapheditor.compile.weights.match` has it. Where the data can be opened its
    description is kept, so that new files are prepared alike, and statistics of it that the weights lack are taken.

    CompileError where the graph has errors, RunError where the weights cannot be read or the run cannot be written,
    TrainingError where nothing carries over.
    """
    home = (home or Path()).resolve()
    program = compile_graph(graph)
    found = carried(program, place, rename)
    dataset, why = _opened(graph, home)
    module, lacking = _filled(program, found, home, known=dataset is not None)
    notes = (str(found), *filter(None, (why, lacking)))
    run = Run.make(parent, name, graph, "cpu", home, dataset)
    with ExitStack() as stack:
        stack.callback(run.close)
        title = place.name if place.name.isprintable() else ""
        run.update(begun=found.begun(), name=title[:LONGEST_TITLE], notes=list(notes))
        _keep(run.folder / CHECKPOINTS, module)
        run.end("taken")
    return Taken(run.folder, notes, not found.fresh)


def _opened(graph: Graph, home: Path) -> tuple[Dataset | None, str]:
    """Return the graph's data, or why there is none to be had; a graph need not have any."""
    recipe = graph.recipe
    if recipe.data is None:
        return None, ""
    try:
        return open_data(recipe.data, recipe.source, home), ""
    except TrainError as error:
        return None, f"Its data is not here, so no files can be prepared for it: {error.message}"


def _filled(program: Program, found: Carried, home: Path, *, known: bool) -> tuple[nn.Module, str]:
    """Return a network that has the weights, and what of it is missing. known: whether there is data to look at."""
    torch.manual_seed(program.graph.recipe.seed)
    module, missing = program.module(), {*found.match.missing}
    fits = [fit for fit in program.fits if {fit.mean, fit.std} & missing]
    why = ""
    if fits:
        names = ", ".join(fit.node for fit in fits)
        why = f"The weights have no statistics of the data for {names}, which leaves what arrives as it is."
    if fits and known:
        try:
            plain = program.graph.copy()
            plain.put("recipe", replace(plain.recipe, compile=False, average=0.0))
            setup = make_setup(plain, "cpu", home)
            fit_statistics(setup, lambda: False)
            module, why = setup.compute.module, ""
        except TrainError as error:
            why = f"{why} {error.message}"
    found.give(module)
    return module, why


def _keep(folder: Path, module: nn.Module) -> None:
    """Write the weights as the best ones; nothing can go on from them, for nothing has been done."""
    written = write_checkpoint(folder, {"weights": serialise(distinct(module.state_dict()))}, Checkpoint(0, 0, {}, {}))
    keep_weights(folder, "best", written)
    forget_after(folder, -1)
