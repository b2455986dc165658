"""A fault again: the batch, weights and random numbers that a failed run kept, through the instrumented source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError

from grapheditor.compile.foreign import tensors_in
from grapheditor.runs.fault import FAULT_TENSORS, FaultRecord, read_fault
from grapheditor.runs.record import read_record
from grapheditor.training.again import Fault, first_fault
from grapheditor.training.compute import Compute
from grapheditor.training.device import available
from grapheditor.training.errors import RunError
from grapheditor.training.failure import explained
from grapheditor.training.run import recorded_graph
from grapheditor.training.state import load_distinct

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from grapheditor.compile import Program
    from grapheditor.graph import Objective


@dataclass(frozen=True, slots=True)
class Replay:
    """What a run said of its fault, and what is found now.

    message, before: what was found then. fault: the same now; None where all numbers are finite. samples: the numbers
    of the batch's samples in the part that was learned from. device: where it was computed now.
    """

    message: str
    before: Fault
    fault: Fault | None
    step: int
    epoch: int
    samples: tuple[int, ...]
    device: str

    @property
    def same(self) -> bool:
        """Whether the same node is found."""
        return self.fault == self.before

    def describe(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "message": self.message,
            "node": self.before.path,
            "kind": self.before.kind,
            "found": {"node": self.fault.path, "kind": self.fault.kind} if self.fault else None,
            "same": self.same,
            "step": self.step,
            "epoch": self.epoch,
            "samples": list(self.samples),
            "device": self.device,
        }


def replay(run: Path) -> Replay:
    """Go through the batch again at which a run failed; RunError where it kept none, or it is damaged."""
    from grapheditor.compile import compile_graph

    record = read_record(run)
    kept, tensors = _read(run)
    program = compile_graph(recorded_graph(run))
    objective = _objective(program, kept.objective, run)
    device = torch.device(record.device if record.device in available() else "cpu")
    recipe = replace(program.graph.recipe, precision=kept.precision, compile=False)
    compute = Compute(program.module(), device, recipe)
    compute.module.train()
    before = Fault(kept.node, kept.kind)
    with explained(program, f"At step {kept.step:,}, once more"):
        try:
            load_distinct(compute.module, _under(tensors, "weights"))
            batch = {name: compute.input(value, value.dtype) for name, value in _under(tensors, "batch").items()}
            fault = first_fault(program, compute, objective, batch, _under(tensors, "random"))
        except (KeyError, ValueError) as error:
            raise RunError(f"{run}: what was kept of the fault is not of its graph: {error}.") from error
    found = (kept.message, before, fault, kept.step, kept.epoch)
    return Replay(*found, kept.samples, str(device))


def _objective(program: Program, minimised: str, run: Path) -> Objective:
    for objective in program.graph.recipe.objectives:
        if objective.minimise == minimised:
            return objective
    raise RunError(f"{run}: what was kept of the fault names the objective {minimised[:60]}, which the graph has not.")


def _under(tensors: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}/"): value for name, value in tensors.items() if name.startswith(f"{part}/")}


def _read(run: Path) -> tuple[FaultRecord, dict[str, Tensor]]:
    found = read_fault(run)
    if found is None:
        raise RunError(f"{run}: kept no fault; it did not fail by a number that is not finite.")
    path = run / FAULT_TENSORS
    try:
        return found, tensors_in(path.read_bytes())
    except (OSError, ValueError, SafetensorError) as error:
        raise RunError(f"{path}: what was kept of the fault cannot be read: {error}.") from error
