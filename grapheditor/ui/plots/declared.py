"""Which charts there are: they follow from what runs have measured, and from what they minimise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from grapheditor.runs.following import Sight
from grapheditor.runs.metrics import SECONDS
from grapheditor.runs.reader import is_share
from grapheditor.ui.telling import begun
from grapheditor.ui.texts import mark, tr

Unit = Literal["", "share", "bytes", "rate"]
BATCH = mark("batch")
PARTS = (mark("train"), mark("validation"), mark("test"))
FAMILIES: tuple[tuple[str, str, Unit], ...] = (
    ("learning_rate", mark("Learning rate"), ""),
    ("gradient_norm", mark("Gradient norm"), ""),
    ("samples_per_second", mark("Samples per second"), "rate"),
    ("memory", mark("Memory"), "bytes"),
)
"""What is measured of steps and is neither loss nor metric, by the beginning of its name."""


@dataclass(frozen=True, slots=True)
class Part:
    """One curve of a chart. name: goes through :func:`tr`. series: its name among those of steps or of epochs."""

    name: str
    series: str
    of_epochs: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """One chart. key: by which it is known. unit: of its values; a share is written as per cent. first: how early."""

    key: str
    title: str
    unit: Unit
    parts: tuple[Part, ...]
    first: int

    @property
    def shown(self) -> str:
        """Its title in the person's language, with the unit where the figures do not say it."""
        title = tr(self.title)
        return tr("{title}, %", title=title) if self.unit == "share" else title


LOSS, METRIC, OTHER = range(3)


def declared(sights: Iterable[Sight]) -> tuple[Plot, ...]:
    """Return the charts of what runs have measured: losses first, then metrics, then how the training goes."""
    steps: dict[str, None] = {}
    epochs: dict[str, None] = {}
    losses: set[str] = set()
    for sight in sights:
        steps |= dict.fromkeys(name for name, curve in sight.steps.items() if len(curve.steps) and name != SECONDS)
        epochs |= dict.fromkeys(name for name, curve in sight.epochs.items() if len(curve.steps))
        losses |= minimised(sight.record.recipe)
    families = {name: next((item for item in FAMILIES if _is_of(name, item[0])), None) for name in steps}
    measured = [name for name in steps if families[name] is None]
    measured += [bare for name in epochs for part in PARTS if (bare := _of_part(name, part))]
    found = [_measured(name, steps, epochs, losses) for name in dict.fromkeys(measured)]
    for family in FAMILIES:
        names = [name for name in steps if families[name] is family]
        if names:
            key, title, unit = family
            parts = tuple(Part(name.removeprefix(key).strip("_") or title, name) for name in names)
            found.append(Plot(key, title, unit, parts, OTHER))
    return tuple(sorted(found, key=lambda plot: plot.first))


def at_first(plots: Sequence[Plot]) -> set[str]:
    """Return which charts are seen where nobody has chosen any: the first two of losses and metrics."""
    return {plot.key for plot in [plot for plot in plots if plot.first != OTHER][:2]}


def minimised(recipe: dict[str, object]) -> set[str]:
    """Return the names of the losses that a recipe minimises, as its run writes them."""
    objectives = recipe.get("objectives")
    items = objectives if isinstance(objectives, list) else []
    nodes = [item.get("minimise") for item in items if isinstance(item, dict)]
    return {"loss"} if len(nodes) < 2 else {node for node in nodes if isinstance(node, str)}


def _measured(name: str, steps: Iterable[str], epochs: Iterable[str], losses: set[str]) -> Plot:
    parts = [Part(BATCH, name)] if name in steps else []
    parts += [Part(part, f"{part}_{name}", of_epochs=True) for part in PARTS if f"{part}_{name}" in epochs]
    is_loss = name in losses or "loss" in name
    return Plot(name, begun(name.replace("_", " ")), "share" if is_share(name) else "", tuple(parts), not is_loss)


def _is_of(name: str, family: str) -> bool:
    return name == family or name.startswith(f"{family}_")


def _of_part(name: str, part: str) -> str:
    return name.removeprefix(f"{part}_") if name.startswith(f"{part}_") else ""
