"""The recipe: how the graph learns. Data, which input takes which field, objectives, and the run's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Number = int | float | bool | str


OPTIMIZER = "AdamW"
"""What learns where nothing is said."""


RANGES = {"epochs": (1, 10**6), "batch": (1, 10**6), "seed": (0, 2**32 - 1)}
"""What the whole numbers of a recipe may be."""


@dataclass(frozen=True, slots=True)
class Objective:
    """Minimise one scalar by changing these weights (prefixes of node paths; none means all).

    optimizer: the name of a class of torch.optim; settings: its keyword arguments, ``lr`` among them.
    """

    minimise: str
    weights: tuple[str, ...] = ()
    optimizer: str = OPTIMIZER
    settings: Mapping[str, Number] = field(default_factory=lambda: {"lr": 1e-3})


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the graph learns.

    data: the id of a data source. fields: input node -> field of the source; an input that is not named takes the field
    of its own name. validation: the share of the training samples that is held out to choose the best checkpoint.
    """

    data: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    objectives: tuple[Objective, ...] = ()
    epochs: int = 10
    batch: int = 100
    seed: int = 0
    validation: float = 0.1

    def field(self, node: str) -> str:
        """Return the field that an input takes."""
        return self.fields.get(node, node)
