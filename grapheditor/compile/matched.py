"""What was found of weights from elsewhere: where each comes from, what is left over, what is unclear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from grapheditor.graph.file import replace_file

State = Mapping[str, torch.Tensor]


class MatchError(ValueError):
    """A tensor has no partner; ``name`` is its name."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.message = message
        self.name = name


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a weight of the network comes from: whole tensors or rows of them, one below the other.

    rows: of each tensor from which row to which, or None for all of it. shape: what the weight looks like.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[int, int] | None, ...]
    shape: tuple[int, ...]

    def of(self, source: State) -> torch.Tensor:
        """Return the weight."""
        taken = [
            source[name] if rows is None else source[name][slice(*rows)]
            for name, rows in zip(self.names, self.rows, strict=True)
        ]
        return (taken[0] if len(taken) == 1 else torch.cat(taken)).reshape(self.shape)

    def __str__(self) -> str:
        shown = (
            name if rows is None else f"{name}[{rows[0]}:{rows[1]}]"
            for name, rows in zip(self.names, self.rows, strict=True)
        )
        return " + ".join(shown)


@dataclass(frozen=True, slots=True)
class Unclear:
    """Layers of the network, and those of the state dict of which nothing says who belongs to whom."""

    places: tuple[str, ...]
    candidates: tuple[str, ...]

    def __str__(self) -> str:
        return f"{_listed(self.places)} could each take any of {_listed(self.candidates)}"


@dataclass(frozen=True, slots=True)
class Match:
    """Which tensor of a state dict each weight of a network takes.

    pieces: of the network's weights those with a partner, and where they come from. unused: what of the state dict has
    none. missing: what of the network has none. tensors, numbers: which share of the state dict's carries over.
    unclear: where another assignment is as good, and would be another network. notes: sentences on what was done.
    """

    pieces: Mapping[str, Piece]
    unused: tuple[str, ...]
    missing: tuple[str, ...]
    tensors: float
    numbers: float
    unclear: tuple[Unclear, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> Mapping[str, str]:
        """The network's weights with a partner, and what that is called in the state dict."""
        return {own: str(piece) for own, piece in self.pieces.items()}

    def take(self, source: State) -> dict[str, torch.Tensor]:
        """Return the tensors under the network's names, for ``module.load_state_dict(..., strict=False)``."""
        return {own: piece.of(source) for own, piece in self.pieces.items()}

    def write(self, path: Path, source: State) -> None:
        """Write the tensors as safetensors, each by itself; FileError where that cannot be."""
        replace_file(path, save({name: value.contiguous().clone() for name, value in self.take(source).items()}))

    def describe(self) -> dict[str, Any]:
        """Return it as ``--json`` prints it."""
        return {
            "tensors": self.tensors,
            "numbers": self.numbers,
            "names": dict(self.names),
            "unclear": [{"places": item.places, "candidates": item.candidates} for item in self.unclear],
            "unused": self.unused,
            "missing": self.missing,
            "notes": self.notes,
        }

    def report(self) -> str:
        """Return it for people, a finding a line."""
        lines = [f"{own} <- {there}" for own, there in self.names.items()]
        lines += self.notes
        lines += [f"unclear: {item}; --rename THEIRS=OURS settles it." for item in self.unclear]
        lines += [f"left over in the file: {name}" for name in self.unused]
        lines += [f"left as it is in the network: {name}" for name in self.missing]
        text = f"{self.tensors:.0%} of the tensors and {self.numbers:.1%} of the numbers carry over."
        return "\n".join([*lines, text])

    def __str__(self) -> str:
        text = f"{self.tensors:.0%} of the tensors and {self.numbers:.1%} of the numbers carry over"
        if self.missing:
            text += f"; {len(self.missing)} of the network's stay as they are"
        if self.unclear:
            more = len(self.unclear) - 1
            others = f", and {more} more group{'s' if more > 1 else ''} like that" if more else ""
            text += f"; unclear: {self.unclear[0]}{others}"
        return text


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
