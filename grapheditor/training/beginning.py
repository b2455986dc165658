"""What a training begins from: weights of another run or of a file, as far as they find their places in the network."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch.nn.utils import parametrize

from grapheditor.compile.foreign import read_state
from grapheditor.compile.weights import match
from grapheditor.graph import FileError
from grapheditor.runs.folder import CHECKPOINTS
from grapheditor.runs.record import Begun
from grapheditor.training.checkpoint import find_checkpoint, has_checkpoint
from grapheditor.training.errors import RecipeError, RunError
from grapheditor.training.run import load_weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from torch import Tensor, nn

    from grapheditor.compile import Program
    from grapheditor.compile.matched import Match
    from grapheditor.training.checkpoint import Which

ITERATED = ("._u", "._v")
"""What a spectral norm finds by itself from step to step."""
MOST_NAMED = 4
"""Nodes that a sentence names before it counts."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Tensors by name, and where they are from: title says it to people, step how many a run had made."""

    source: Path
    title: str
    step: int
    tensors: Mapping[str, Tensor]


def weights_at(place: Path) -> Weights:
    """Return the weights of a run, the best or else the last, or of a file; RunError says why there are none."""
    if not place.exists():
        raise RunError(f"{place}: is not there, so there are no weights to begin from.")
    if not place.is_dir():
        try:
            return Weights(place, place.name, 0, read_state(place))
        except FileError as error:
            raise RunError(f"{error}.") from error
    folder = place / CHECKPOINTS
    which: Which = "best" if has_checkpoint(folder, "best") else "last"
    tensors = load_weights(place, which)
    found = find_checkpoint(folder, which)
    return Weights(place, f"{place.name}, epoch {found.epoch}", found.step, tensors)


@dataclass(frozen=True, slots=True)
class Carried:
    """What of some weights carries over into a network, and what does not.

    fresh: the paths of the nodes of which a weight is left as it was drawn.
    """

    weights: Weights
    match: Match
    fresh: tuple[str, ...]

    def give(self, module: nn.Module) -> None:
        """Give a module what carries over; all else of it stays."""
        module.load_state_dict(self.match.take(self.weights.tensors), strict=False)

    def begun(self) -> Begun:
        """Return what a run's record keeps of it."""
        weights, found = self.weights, self.match
        return Begun(
            str(weights.source.absolute()), weights.step, digest(weights.tensors), found.tensors, found.numbers
        )

    def __str__(self) -> str:
        tensors, numbers = (_percent(share) for share in (self.match.tensors, self.match.numbers))
        text = f"{tensors} of the tensors and {numbers} of the numbers of {self.weights.title} carry over"
        text += f"; {_named(self.fresh)} fresh." if self.fresh else "; nothing begins fresh."
        return text + (f" Not clear: {self.match.unclear[0]}." if self.match.unclear else "")


def carried(program: Program, place: Path, rename: Sequence[tuple[str, str]] = ()) -> Carried:
    """Find what of a run's or a file's weights carries over into a graph.

    rename: beginnings of names that belong together, theirs and ours.

    RunError where the weights cannot be read, TrainingError where none of them finds a place.
    """
    with torch.device("meta"):
        module = program.module()
    weights = weights_at(place)
    weights = replace(weights, tensors=_parametrised(weights.tensors, module))
    found = match(weights.tensors, program, partial=True, rename=rename)
    learning = {name for name, _ in module.named_parameters()}
    if not learning & found.pieces.keys():
        raise RecipeError(
            f"Nothing of {weights.title} carries over: no layer of the network has the roles and sizes of one of its."
        )
    owners = program.owners
    fresh = dict.fromkeys(owners[name] for name in found.missing if name in learning)
    return Carried(weights, found, tuple(fresh))


def _parametrised(tensors: Mapping[str, Tensor], module: nn.Module) -> dict[str, Tensor]:
    """Return weights in which those that a module makes of others are said by these: a norm is added to what is known.

    module: on the meta device.
    """
    found = dict(tensors)
    for path, layer in module.named_modules():
        if not parametrize.is_parametrized(layer):
            continue
        for name in cast("nn.ModuleDict", layer.parametrizations):
            weight = tensors.get(f"{path}.{name}")
            if weight is None or weight.shape != getattr(layer, name).shape:
                continue
            made = copy.deepcopy(layer).to_empty(device="cpu")
            with torch.no_grad():
                setattr(made, name, weight)
            inside = f"parametrizations.{name}."
            kept = {key: item for key, item in made.state_dict().items() if key.startswith(inside)}
            found |= {f"{path}.{key}": item for key, item in kept.items() if not key.endswith(ITERATED)}
            del found[f"{path}.{name}"]
    return found


def digest(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of weights: of their names, types, sizes and numbers, whatever file they are from."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name].detach().cpu().contiguous()
        found.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        found.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def _percent(share: float) -> str:
    """Return a share in whole per cents, but 100 only where it is all, and 0 where it is nothing."""
    return f"{min(max(round(100 * share), 1), 99) if 0 < share < 1 else round(100 * share)} %"


def _named(nodes: Iterable[str]) -> str:
    names = list(nodes)
    if len(names) > MOST_NAMED:
        return f"{len(names)} nodes begin"
    *most, last = names
    return f"{', '.join(most)} and {last} begin" if most else f"{last} begins"
