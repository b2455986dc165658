"""A fault again: the batch, weights and random numbers that a failed run kept, through the instrumented source."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from grapheditor.graph.recipe import SETTINGS, Recipe
from grapheditor.runs.record import read_record
from grapheditor.training.again import Fault, Kind, first_fault
from grapheditor.training.compute import Compute
from grapheditor.training.device import available
from grapheditor.training.errors import RunError
from grapheditor.training.failure import FAULT, FAULT_TENSORS, explained
from grapheditor.training.run import recorded_graph
from grapheditor.training.state import load_distinct

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from grapheditor.compile import Program
    from grapheditor.graph import Objective

LARGEST_RECORD = 16 * 2**20
PRECISIONS = SETTINGS[Recipe]["precision"].choices


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
    values, tensors = _read(run)
    program = compile_graph(recorded_graph(run))
    objective = _objective(program, values["objective"], run)
    device = torch.device(record.device if record.device in available() else "cpu")
    recipe = replace(program.graph.recipe, precision=values["precision"], compile=False)
    compute = Compute(program.module(), device, recipe)
    compute.module.train()
    before = Fault(values["node"], values["kind"])
    with explained(program, f"At step {values['step']:,}, once more"):
        try:
            load_distinct(compute.module, _under(tensors, "weights"))
            batch = {name: compute.input(value, value.dtype) for name, value in _under(tensors, "batch").items()}
            fault = first_fault(program, compute, objective, batch, _under(tensors, "random"))
        except (KeyError, ValueError) as error:
            raise RunError(f"{run}: what was kept of the fault is not of its graph: {error}.") from error
    found = (values["message"], before, fault, values["step"], values["epoch"])
    return Replay(*found, tuple(values["samples"]), str(device))


def _objective(program: Program, minimised: str, run: Path) -> Objective:
    for objective in program.graph.recipe.objectives:
        if objective.minimise == minimised:
            return objective
    raise RunError(f"{run}: what was kept of the fault names the objective {minimised[:60]}, which the graph has not.")


def _under(tensors: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}/"): value for name, value in tensors.items() if name.startswith(f"{part}/")}


def _read(run: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    path = run / FAULT
    if not path.is_file():
        raise RunError(f"{run}: kept no fault; it did not fail by a number that is not finite.")
    try:
        if path.stat().st_size > LARGEST_RECORD:
            raise ValueError("it is too large")
        values = json.loads(path.read_text("utf-8"))
        tensors = load((run / FAULT_TENSORS).read_bytes())
    except (OSError, ValueError, RecursionError, SafetensorError) as error:
        raise RunError(f"{path}: what was kept of the fault cannot be read: {error}.") from error
    kinds = {"message": str, "node": str, "kind": str, "objective": str, "step": int, "epoch": int, "samples": list}
    sound = isinstance(values, dict) and all(type(values.get(name)) is kind for name, kind in kinds.items())
    known = sound and values["kind"] in get_args(Kind) and values.get("precision") in PRECISIONS
    if not known or not all(type(i) is int for i in values["samples"]):
        raise RunError(f"{path}: is damaged; it is not what is kept of a fault.")
    return values, tensors
