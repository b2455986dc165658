"""fault.json: what a run that failed by a number that is not finite has kept of that: where, and in which batch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from grapheditor.graph.disk import replace_file
from grapheditor.graph.recipe import SETTINGS, Recipe
from grapheditor.runs.errors import RunError
from grapheditor.runs.kept import read_object

if TYPE_CHECKING:
    from pathlib import Path

FAULT = "fault.json"
FAULT_TENSORS = "fault.safetensors"
"""In a run's folder; the second has the batch, the weights and the random numbers."""
LARGEST_RECORD = 16 * 2**20
Kind = Literal["value", "gradient"]


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """Where a number was none: the path of the node, and whether that was its value or its gradient.

    message: all of it in a sentence. samples: the numbers of the batch's samples in the part that was learned from.
    """

    message: str
    node: str
    kind: Kind
    step: int
    epoch: int
    objective: str
    precision: Literal["float32", "bfloat16", "float16"]
    samples: tuple[int, ...]


def write_fault(run: Path, fault: FaultRecord) -> None:
    """Write a fault into a run's folder; FileError where the disk does not take it."""
    replace_file(run / FAULT, (json.dumps(asdict(fault), indent=2) + "\n").encode())


def read_fault(run: Path) -> FaultRecord | None:
    """Return what a run has kept of a fault, None where it has none; RunError where that cannot be read."""
    path = run / FAULT
    if not path.is_file():
        return None
    values = read_object(path, LARGEST_RECORD)
    if not _sound(values):
        raise RunError(f"{path}: is damaged; it is not what is kept of a fault.")
    return FaultRecord(**{name: values[name] for name in KINDS} | {"samples": tuple(values["samples"])})


KINDS: dict[str, type] = {
    "message": str, "node": str, "kind": str, "step": int, "epoch": int, "objective": str, "precision": str,
    "samples": list,
}  # fmt: skip


def _sound(values: dict[str, Any]) -> bool:
    if any(type(values.get(name)) is not kind for name, kind in KINDS.items()):
        return False
    known = values["kind"] in get_args(Kind) and values["precision"] in SETTINGS[Recipe]["precision"].choices
    return known and all(type(number) is int for number in values["samples"])
