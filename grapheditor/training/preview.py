"""Samples as they reach a network that learns: in an epoch's order, augmented, of the types that inputs declare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from grapheditor.compile import CompileError, compile_graph
from grapheditor.data import open_data
from grapheditor.data.encoding import Category, Image, Mask
from grapheditor.data.figures import statistics
from grapheditor.data.splitting import classes_of, split_indices
from grapheditor.errors import SampleError
from grapheditor.training.errors import TrainError
from grapheditor.training.feed import make_feed, order_of, sample_of
from grapheditor.training.pictures import activation
from grapheditor.training.plan import make_augmenter

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from grapheditor.data import Dataset
    from grapheditor.graph import Graph
    from grapheditor.training.pictures import Picture

SIDE = 96
"""Pixels of pictures' sides, at most."""
BRIGHTEST = 255.0
"""Of pictures' bytes."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A sample. number: its place in the training part. words: its fields that are no pictures, in words; classes by
    their names. pictures: by input, or by field where nothing is augmented.
    """

    number: int
    words: Mapping[str, str]
    pictures: Mapping[str, Picture]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a training would see. balance: samples of each class, by field. parts: samples by part.

    why_raw: why the samples are shown as the data has them, and not as they reach the network; empty where they do.
    """

    samples: tuple[Seen, ...]
    balance: Mapping[str, Mapping[str, int]]
    parts: Mapping[str, int]
    why_raw: str


def preview(graph: Graph, home: Path, count: int, epoch: int = 1) -> Preview:
    """Return the first samples of an epoch, as the graph's inputs get them.

    home: where relative paths of the data begin. A graph that cannot be computed, or whose inputs do not fit, has its
    data shown as it is. Raises DataError where there is no data, or it cannot be read.
    """
    recipe = graph.recipe
    dataset = open_data(recipe.data, recipe.source, home)
    learn, _held = split_indices(
        dataset.train, 0.0 if "validation" in dataset.parts else recipe.validation, recipe.seed,
        classes_of(dataset), purpose="validation",
    )  # fmt: skip
    visits = order_of(torch.from_numpy(learn), recipe.seed, epoch, min(count, len(learn)))
    why, inputs = "", {}
    try:
        inputs = _inputs(graph, dataset, visits, epoch)
    except (CompileError, TrainError) as error:
        why = error.message
    try:
        known = statistics(dataset)
    except SampleError:
        known = {}
    ends = {item.name: _ends(item.encoding, known.get(item.name, {})) for item in dataset.fields}
    return Preview(
        tuple(
            _seen(dataset, graph, inputs, ends, place, int(number)) for place, number in enumerate(sample_of(visits))
        ),
        {name: found["balance"] for name, found in known.items() if "balance" in found},
        {name: part.count for name, part in dataset.parts.items()},
        why,
    )


def _inputs(graph: Graph, dataset: Dataset, visits: Tensor, epoch: int) -> dict[str, Tensor]:
    """Return a batch as the objectives take it, by input."""
    program = compile_graph(graph)
    names = program.objective_inputs or program.inputs
    augment = make_augmenter(program, names)
    feed = make_feed(graph, dataset, dataset.train, names, torch.device("cpu"))
    chosen = sample_of(visits)
    batch = {name: feed.samples[name].select(chosen).to(feed.types[name]) for name in names}
    return augment(batch, visits, epoch)


def _ends(encoding: Any, known: Mapping[str, Any]) -> tuple[float, float]:
    """Return what is black and what is white in all pictures of a field, so that a brighter sample looks brighter."""
    if isinstance(encoding, Mask):
        return 0.0, float(max(len(encoding.names) - 1, 1))
    return 0.0, float(known.get("max") or BRIGHTEST)


def _seen(
    dataset: Dataset,
    graph: Graph,
    inputs: Mapping[str, Tensor],
    ends: Mapping[str, tuple[float, float]],
    place: int,
    number: int,
) -> Seen:
    """Return a sample: images as the inputs get them, all else in words."""
    words: dict[str, str] = {}
    pictures: dict[str, Picture] = {}
    takers = {name: graph.recipe.field(name) for name in inputs}
    for item in dataset.fields:
        sample = dataset.train.columns[item.name].take(torch.tensor([number]).numpy())[0]
        if isinstance(item.encoding, Image | Mask):
            taken = [name for name, field in takers.items() if field == item.name]
            for name in taken:
                pictures[name] = _picture(inputs[name][place], ends[item.name])
            if not taken:
                pictures[item.name] = _picture(torch.from_numpy(sample), ends[item.name])
        else:
            words[item.name] = _words(item.encoding, sample)
    return Seen(number, words, pictures)


def _words(encoding: Any, sample: Any) -> str:
    return str(encoding.decode(sample)) if isinstance(encoding, Category) else str(encoding.words(sample))


def _picture(value: Tensor, ends: tuple[float, float]) -> Picture:
    return activation(value if value.ndim > 2 else value[None], image=True, side=SIDE, ends=ends)
