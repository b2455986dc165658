"""What the bits of a result depend on besides the network: machine, versions, settings, data; what of it changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch

import grapheditor
from grapheditor.graph.recipe_schema import encode
from grapheditor.runs import record
from grapheditor.runs.folder import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from grapheditor.data import Dataset
    from grapheditor.graph import Graph
    from grapheditor.runs.record import Record

NO_MATTER = ("epochs", "keep", "patience")
"""Settings of a recipe that do not change what a step does."""


def environment(device: str) -> dict[str, Any]:
    """Return where and with what this process computes."""
    versions = {"grapheditor": grapheditor.__version__, "torch": torch.__version__}
    return {
        **record.environment(versions),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else device,
    }


def differences(folder: Path, before: Record, graph: Graph, dataset: Dataset, device: str) -> list[str]:
    """Say why a run cannot go on bit for bit: another machine, graph, recipe or data, other versions.

    graph: what it goes on with, changed settings included. dataset: what there is to learn from now.
    """
    then, now = _flat(before.environment), _flat(environment(device))
    found = [
        f"{name} was {then.get(name)}, is {now.get(name)}" for name in now | then if then.get(name) != now.get(name)
    ]
    if before.graph and before.graph != graph.fingerprint():
        found.append("the graph is changed")
    if before.recipe:
        old, new = before.recipe, encode(graph.recipe)
        matter = [name for name in new | old if name not in NO_MATTER]
        found += [f"{name} is changed" for name in matter if old.get(name) != new.get(name)]
    found += _of_data(folder, dataset)
    return [f"The run goes on approximately, not bit for bit: {'; '.join(found)}."] if found else []


def _of_data(folder: Path, dataset: Dataset) -> list[str]:
    """Compare the data with the description that the run has kept; its files by their digests."""
    try:
        then: Any = json.loads((folder / DATA).read_text("utf-8"))
        files: dict[str, str] = dict(then["digests"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return [f"what it learned from is not known, for its {DATA} cannot be read"]
    now = _as_json(dataset.describe())
    changed = [name for name in now["digests"] | files if files.get(name) != now["digests"].get(name)]
    if changed:
        more = f" and {len(changed) - 3:,} more" if len(changed) > 3 else ""
        return [f"the data is changed ({', '.join(changed[:3])}{more})"]
    same = all(then.get(name) == now[name] for name in now if name != "statistics")
    return [] if same else ["the data is changed"]


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they come back from a file, which knows no tuples."""
    found: dict[str, Any] = json.loads(json.dumps(values))
    return found


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found.update(value if isinstance(value, dict) else {name: value})
    return found
