"""What flows into the inputs of a graph: which field, in which order, in which batches.

The samples lie on the device as they are stored and are indexed there, batch by batch, where they fit; only the batch
is converted to the type that the input declares. The order is a function of (seed, epoch) alone, so that it can be had
again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from grapheditor.authoring.names import meant
from grapheditor.catalog import catalog
from grapheditor.training.chance import generator
from grapheditor.training.data import room, samples
from grapheditor.training.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torch import Tensor

    from grapheditor.data import Dataset, Field, Part
    from grapheditor.graph import Graph
    from grapheditor.training.compute import Compute
    from grapheditor.training.data import Samples


@dataclass(frozen=True, slots=True)
class Feed:
    """The samples of one part, by input node. unreadable: those that are left out, and why."""

    count: int
    samples: Mapping[str, Samples]
    types: Mapping[str, torch.dtype]
    unreadable: dict[int, str] = field(default_factory=dict)

    def batch(self, chosen: Tensor, compute: Compute, inputs: Sequence[str]) -> dict[str, Tensor]:
        """Return the chosen samples for these inputs, as the module takes them; SampleError names an unreadable one."""
        return {name: compute.input(self.samples[name].select(chosen), self.types[name]) for name in inputs}

    def begin(self, chosen: Tensor, inputs: Sequence[str]) -> None:
        """Say which samples come next, so that those in files can be decoded meanwhile."""
        for name in inputs:
            self.samples[name].begin(chosen)


def make_feed(graph: Graph, dataset: Dataset, part: Part, inputs: Sequence[str], device: torch.device) -> Feed:
    """Bind inputs to the fields of a part; DataError names the input that no field fits."""
    fields = {item.name: item for item in dataset.fields}
    declare = catalog().operators["input"].values
    found: dict[str, Samples] = {}
    types: dict[str, torch.dtype] = {}
    left = room(device)
    for name in inputs:
        chosen = graph.recipe.field(name)
        if chosen not in fields:
            text = f"{name} takes the field {chosen}; {dataset.title} has: {', '.join(fields)}.{meant(chosen, fields)}"
            text += f" The recipe says which it takes (on the command line: --set fields.{name}=FIELD)."
            raise DataError(text, name)
        options = declare(graph.nodes[name].options)
        _check_shape(name, options["shape"], fields[chosen], dataset)
        _check_rows(graph, name, fields[chosen])
        column = part.columns[chosen]
        found[name] = samples(column, device, left, skip=graph.recipe.unreadable == "skip")
        left -= column.nbytes
        types[name] = getattr(torch, str(options["dtype"]))
    return Feed(part.count, found, types)


def _check_rows(graph: Graph, name: str, field: Field) -> None:
    """An embedding right behind an input has a row for each kind of number that the data has."""
    kinds = field.encoding.kinds
    for end in (end for end, start in graph.wires.items() if start.node == name):
        node = graph.nodes[end.node]
        operator = catalog().operators.get(node.operator)
        rows = operator.values(node.options).get("num_embeddings") if operator is not None else None
        if type(rows) is int and rows < kinds:
            text = f"{end.node} has {rows:,} rows, and {field.name} has {kinds:,} kinds of numbers"
            raise DataError(f"{text}: set its num_embeddings to {kinds:,}.", end.node)


def _check_shape(name: str, declared: object, field: Field, dataset: Dataset) -> None:
    """Numbers must agree; a symbol or an expression takes what comes."""
    assert isinstance(declared, tuple)
    sizes = declared[1:]
    fits = len(sizes) == len(field.shape) and all(
        isinstance(size, str) or size == given for size, given in zip(sizes, field.shape, strict=True)
    )
    if not declared or not fits:
        shown = "×".join(map(str, declared)) or "a single number"
        given = "×".join(map(str, ("N", *field.shape)))
        raise DataError(f"{name} is declared as {shown}; {field.name} of {dataset.title} is {given}.", name)


ROUND = 2**40
"""What a sample's number has more each time that an epoch comes by it again; there are never so many samples."""


def order_of(samples: Tensor, seed: int, epoch: int, count: int | None = None) -> Tensor:
    """Return the visits to these samples in the order of an epoch: all of them once, or so many, and again.

    Another round has another order, and its visits other numbers (see :func:`sample_of`), so that what is done to a
    sample at random is another thing each time.
    """
    wanted = len(samples) if count is None else count
    rounds = range(-(-wanted // len(samples)))
    orders = [_shuffled(samples, seed, f"epoch {epoch}" + (f" round {i}" if i else "")) + i * ROUND for i in rounds]
    return torch.cat(orders)[:wanted]


def sample_of(visits: Tensor) -> Tensor:
    """Return the numbers of the samples of visits."""
    return visits % ROUND


def _shuffled(samples: Tensor, seed: int, purpose: str) -> Tensor:
    return samples[torch.randperm(len(samples), generator=generator(seed, purpose))]


def batches_of(samples: Tensor, size: int) -> Iterator[Tensor]:
    """Cut indices into batches; the last may be smaller."""
    for start in range(0, len(samples), size):
        yield samples[start : start + size]
