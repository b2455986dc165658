"""The layers of a state dict: tensors that belong together, and weights that hold several layers or stand for two."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from grapheditor.compile.words import parts, words

COUNTER = "num_batches_tracked"
"""A batch norm's count of batches: older state dicts lack it, and nothing is computed from it in the usual setting."""
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """Tensors that belong together: of each its role, such as weight or running_mean, its name and its sizes.

    owner: what their names have in common. words: what its name says it is for. bare: it is a parameter without a
    layer of its own, whose leading dimensions of 1 are a matter of taste. marks: of each pair that the caller gave,
    whether it is meant. part: which part of the tensors it is, and of how many, along their first dimension.
    """

    owner: str
    tensors: tuple[tuple[str, str, Shape], ...]
    words: frozenset[str] = frozenset()
    bare: bool = False
    marks: tuple[bool, ...] = ()
    part: tuple[int, int] = (0, 1)

    @property
    def kind(self) -> Hashable:
        """What layers have in common that can be partners: roles and sizes."""
        return self.marks, tuple(
            sorted((role, self._sizes(shape)) for role, _, shape in self.tensors if role != COUNTER)
        )

    @property
    def family(self) -> Hashable:
        """What it is whatever its sizes: its roles, and how many dimensions each has."""
        return tuple(sorted((role, len(self._sizes(shape))) for role, _, shape in self.tensors if role != COUNTER))

    @property
    def sizes(self) -> Mapping[str, Shape]:
        """Return the sizes of its tensors by name, without a count of batches."""
        return {name: shape for role, name, shape in self.tensors if role != COUNTER}

    @property
    def first(self) -> tuple[str, str]:
        """Return the name of its first tensor, and how a sentence names it."""
        _, name, shape = self.tensors[0]
        return name, f"{name} ({'×'.join(map(str, shape)) or 'a single number'})"

    @property
    def names(self) -> tuple[str, ...]:
        """Return by what names it can be meant."""
        return self.label, *(name for _, name, _ in self.tensors)

    @property
    def label(self) -> str:
        """Return its name, with the part that it is."""
        return self.owner if self.part[1] == 1 else f"{self.owner}[{self.part[0] + 1}/{self.part[1]}]"

    def rows(self, shape: Shape) -> tuple[int, int]:
        """Return from which row to which it takes of a tensor whose part has this shape."""
        return self.part[0] * shape[0], (self.part[0] + 1) * shape[0]

    def split(self, count: int) -> list[Layer]:
        """Return the layers that are stacked in this one, in the order of their rows; none where that cannot be."""
        if any(not shape or shape[0] % count for _, _, shape in self.tensors) or self.part[1] > 1:
            return []
        pieces = tuple((role, name, (shape[0] // count, *shape[1:])) for role, name, shape in self.tensors)
        told = parts(self.owner, count)
        common = self.words - set(told)
        return [
            replace(self, tensors=pieces, words=common | set(told[i : i + 1]), part=(i, count)) for i in range(count)
        ]

    def _sizes(self, shape: Shape) -> Shape:
        while self.bare and len(shape) > 1 and shape[0] == 1:
            shape = shape[1:]
        return shape


def layers(shapes: Mapping[str, Shape]) -> list[Layer]:
    """Group tensors by their owners, in their order; a tensor of an owner that holds layers is a layer of its own.

    A single tensor has no role: positions are learned by an embedding's weight here and by a bare parameter there.
    Bare parameters that are called ``x_weight`` and ``x_bias`` are one layer.
    """
    owners = [name.rpartition(".")[0] for name in shapes]
    holders = {""} if any(owners) else set()
    for owner in owners:
        pieces = owner.split(".")
        holders |= {".".join(pieces[:i]) for i in range(1, len(pieces))}
    groups: dict[str, list[tuple[str, str, Shape]]] = {}
    bare: set[str] = set()
    for (name, shape), owner in zip(shapes.items(), owners, strict=True):
        key, role = owner, name.rpartition(".")[2]
        if owner in holders:
            stem, underscore, last = name.rpartition("_")
            key, role = (stem, last) if underscore and last in ("weight", "bias") else (name, role)
            bare.add(key)
        groups.setdefault(key, []).append((role, name, shape))
    return [
        Layer(
            key,
            tuple(group) if len(group) > 1 else (("", group[0][1], group[0][2]),),
            words(key),
            key in bare and len(group) == 1,
        )
        for key, group in groups.items()
    ]


def untied(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return a state dict without the tensors that are others under a second name."""
    found: dict[str, torch.Tensor] = {}
    seen: set[tuple[int, torch.Size]] = set()
    for name, value in state.items():
        place = (value.data_ptr() or id(value), value.shape)  # on the meta device no tensor has an address
        if place not in seen:
            found[name] = value
        seen.add(place)
    return found


def surplus(some: Iterable[Layer], others: Iterable[Layer]) -> Counter[Hashable]:
    """Return how many layers of each kind there are more than among the others; kinds with none are left out."""
    return Counter(layer.kind for layer in some) - Counter(layer.kind for layer in others)


def unfused(some: Sequence[Layer], others: Sequence[Layer]) -> list[list[Layer]]:
    """Return for each layer what it is: itself, or the layers stacked in it where the others have these and not it."""
    spare, wanted = surplus(some, others), surplus(others, some)
    found = []
    for layer in some:
        made = [layer]
        told = [count for count in (3, 2) if parts(layer.owner, count)]
        for count in (told or (3, 2)) if spare[layer.kind] else ():
            split = layer.split(count)
            if split and wanted[split[0].kind] >= count:
                wanted[split[0].kind] -= count
                spare[layer.kind] -= 1
                made = split
                break
        found.append(made)
    return found


def in_order_of_definition(names: Sequence[str]) -> bool:
    """Whether names stand as a module lists them: what has one owner together, and lists from their first on.

    A file may have sorted or shuffled them; names that are in alphabetical order tell nothing of their definition.
    """
    if list(names) == sorted(names):
        return False
    left: set[str] = set()
    last: dict[str, int] = {}
    before: list[str] = []
    for name in names:
        pieces = name.split(".")
        prefixes = [".".join(pieces[:i]) for i in range(1, len(pieces))]
        left |= set(before) - set(prefixes)
        if left & set(prefixes):
            return False
        before = prefixes
        for i, piece in enumerate(pieces[:-1]):
            if re.fullmatch(r"\d{1,9}", piece):
                owner = ".".join(pieces[:i])
                if int(piece) < last.get(owner, 0):
                    return False
                last[owner] = int(piece)
    return True
