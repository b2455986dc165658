"""The recipe: how the graph learns. Data, which input takes which field, objectives, and the run's settings.

The plain settings are declared by their annotations, like an operator's options: the file is checked, the form is made
and the command line is described from them (:data:`SETTINGS`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Literal, get_type_hints

from grapheditor.authoring.options import Count, Limits, Option, option
from grapheditor.graph.body import OptionValue
from grapheditor.graph.reading import Setting

OPTIMIZER = "AdamW"
"""What learns where nothing is said."""

Repeats = Annotated[int, Limits(1, 10**6)]
Seed = Annotated[int, Limits(0, 2**32 - 1)]
Share = Annotated[float, Limits(0.0, 0.9)]
Decay = Annotated[float, Limits(0.0, 0.999999)]
Norm = Annotated[float, Limits(0.0, 1e9)]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the learning rate changes: a class of torch.optim.lr_scheduler and its keyword arguments.

    steps: after so many the next schedule of the objective takes over; 0 means to the end. each: whether it moves on
    with every step or with every epoch.
    """

    name: str
    settings: Mapping[str, Setting] = field(default_factory=dict)
    steps: Count = 0
    each: Literal["step", "epoch"] = "step"


@dataclass(frozen=True, slots=True)
class Objective:
    """Minimise one scalar by changing these weights (prefixes of node paths; none means all).

    optimizer: the name of a class of torch.optim; settings: its keyword arguments, ``lr`` among them. schedules: one
    after the other. every: it makes a step once in so many. clip: the largest norm of all its gradients together; 0
    leaves them as they are.
    """

    minimise: str
    weights: tuple[str, ...] = ()
    optimizer: str = OPTIMIZER
    settings: Mapping[str, Setting] = field(default_factory=lambda: {"lr": 1e-3})
    schedules: tuple[Schedule, ...] = ()
    every: Repeats = 1
    clip: Norm = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """A node whose weights follow those of another one instead of learning, as in BYOL or deep Q-learning.

    of: the node that learns. every: after so many steps it is brought up to date. keep: the share of its old weights
    that stays then; 0 copies.
    """

    node: str
    of: str
    every: Repeats = 1
    keep: Decay = 0.0


@dataclass(frozen=True, slots=True)
class Augmentation:
    """A change at random of what an input gets while training: its id in the catalogue, and its options."""

    name: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the graph learns.

    data: the id of a data source. source: that source's options. inputs: input node -> field of the source; an input
    that is not named takes the field of its own name. augment: input node -> what is done to it at random. metrics:
    what is measured over the whole of a part, besides the graph's own metrics.

    epochs: How often all training samples are seen.
    batch: How many samples make one batch.
    seed: What random numbers start from; the same gives the same.
    validation: Share of the training samples that is held out to choose the best checkpoint.
    accumulate: Batches whose gradients are added up before the weights change.
    epoch_batches: Batches that make an epoch, fewer or more than there are; 0 means all samples once.
    precision: What the network computes in; its weights stay in float32.
    compile: Let torch compile the network before it trains: a start of seconds to minutes, then faster steps.
    deterministic: Use algorithms whose results do not vary on a GPU, even where they are slower.
    average: Share of the old average that stays in a moving average of the weights; 0 keeps none.
    patience: Stop after so many epochs without a better one; 0 never stops.
    monitor: The loss or metric that says which epoch is best; the first objective's loss where it is empty.
    record: The node whose output is kept as a picture while it learns, such as a generator's; none where it is empty.
    record_every: Steps between two of these pictures; in a long run they come to lie farther apart.
    keep: Keep the weights of every so many epochs; 0 keeps only the last and the best.
    unreadable: What to do about a sample that cannot be read.
    """

    data: str | None = None
    source: Mapping[str, OptionValue] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    augment: Mapping[str, tuple[Augmentation, ...]] = field(default_factory=dict)
    objectives: tuple[Objective, ...] = ()
    targets: tuple[Target, ...] = ()
    metrics: tuple[str, ...] = ()
    epochs: Repeats = 10
    batch: Repeats = 100
    seed: Seed = 0
    validation: Share = 0.1
    accumulate: Repeats = 1
    epoch_batches: Annotated[int, Limits(0, 10**6)] = 0
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    compile: bool = False
    deterministic: bool = False
    average: Decay = 0.0
    patience: Count = 0
    monitor: str = ""
    record: str = ""
    record_every: Repeats = 100
    keep: Count = 0
    unreadable: Literal["stop", "skip"] = "stop"

    def field(self, node: str) -> str:
        """Return the field that an input takes."""
        return self.fields.get(node, node)

    def without(self, gone: Callable[[str], bool]) -> Recipe:
        """Return the recipe of a graph from which nodes were removed.

        gone: tells whether the path of a node leads to one of them or into it. Objectives that minimised one, or that
        changed the weights of nothing else, go too: one that names no weights would change all.
        """
        return replace(
            self,
            objectives=tuple(
                replace(item, weights=tuple(path for path in item.weights if not gone(path)))
                for item in self.objectives
                if not gone(item.minimise) and not (item.weights and all(map(gone, item.weights)))
            ),
            fields={name: field for name, field in self.fields.items() if not gone(name)},
            augment={name: steps for name, steps in self.augment.items() if not gone(name)},
            targets=tuple(item for item in self.targets if not (gone(item.node) or gone(item.of))),
            monitor="" if gone(self.monitor) else self.monitor,
            record="" if gone(self.record) else self.record,
        )

    def renamed(self, moved: Callable[[str], str], takes_data: str | None = None) -> Recipe:
        """Return the recipe after nodes got other ids: moved gives the path that a path has now.

        takes_data: the input among them, by its old id. It takes the field of its name unless the recipe says
        otherwise: under another name it must say so.
        """
        fields = {moved(name): field for name, field in self.fields.items()}
        if takes_data is not None and self.data is not None and moved(takes_data) != takes_data:
            new = moved(takes_data)
            fields[new] = self.field(takes_data)
            if fields[new] == new:
                del fields[new]
        return replace(
            self,
            objectives=tuple(
                replace(item, minimise=moved(item.minimise), weights=tuple(map(moved, item.weights)))
                for item in self.objectives
            ),
            fields=fields,
            augment={moved(name): steps for name, steps in self.augment.items()},
            targets=tuple(replace(item, node=moved(item.node), of=moved(item.of)) for item in self.targets),
            monitor=moved(self.monitor),
            record=moved(self.record),
        )


def _settings_of(kind: type[object]) -> dict[str, Option]:
    """Return the fields of one of these records that are plain values, as options."""
    hints = get_type_hints(kind, include_extras=True)
    docs = _docs(kind)
    found = {}
    for item in fields(kind):  # type: ignore[arg-type]
        default = item.default
        if isinstance(default, bool | int | float | str):
            found[item.name] = option(item.name, hints[item.name], default, docs.get(item.name, ""))
    return found


def _docs(kind: type[object]) -> dict[str, str]:
    lines = (line.strip().partition(": ") for line in (kind.__doc__ or "").splitlines())
    return {name: text for name, colon, text in lines if colon and name.isidentifier()}


SETTINGS: Mapping[type[object], Mapping[str, Option]] = {
    kind: _settings_of(kind) for kind in (Schedule, Objective, Target, Augmentation, Recipe)
}
"""The plain settings of each record: ``epochs``, ``batch``, ``precision`` of a recipe ..."""
