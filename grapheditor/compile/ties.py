"""Weights that are one on one side and two on the other, as an embedding and the head that shares it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from grapheditor.compile.layers import Layer, surplus


def once_here(
    theirs: Sequence[Layer], own: Sequence[Layer], source: Mapping[str, torch.Tensor]
) -> tuple[list[Layer], dict[str, str]]:
    """Leave out of a state dict what it has twice and the network once; return the rest, and of what each is a copy."""
    spare = surplus(theirs, own)
    kept: list[Layer] = []
    second: dict[str, str] = {}
    for layer in sorted(theirs, key=lambda layer: "embedding" not in layer.words):
        _, name, shape = layer.tensors[0]
        if spare[layer.kind] > 0 and len(layer.tensors) == 1 and len(shape) > 1 and not source[name].is_meta:
            same = (item.tensors[0][1] for item in kept if item.kind == layer.kind)
            other = next((item for item in same if torch.equal(source[item], source[name])), None)
            if other is not None:
                spare[layer.kind] -= 1
                second[name] = other
                continue
        kept.append(layer)
    return [layer for layer in theirs if layer in kept], second


def once_there(theirs: Sequence[Layer], own: Sequence[Layer], module: nn.Module) -> tuple[list[Layer], dict[str, str]]:
    """Leave out of a network the heads that a state dict shares with their embedding; return the rest and whose."""
    lacking = surplus(own, theirs)
    tables = {layer.kind: layer for layer in own if isinstance(_part(module, layer), nn.Embedding)}
    kept: list[Layer] = []
    shared: dict[str, str] = {}
    for layer in own:
        table = tables.get(layer.kind)
        if table is not None and lacking[layer.kind] > 0 and isinstance(_part(module, layer), nn.Linear):
            lacking[layer.kind] -= 1
            shared[layer.tensors[0][1]] = table.tensors[0][1]
        else:
            kept.append(layer)
    return kept, shared


def _part(module: nn.Module, layer: Layer) -> nn.Module | None:
    return dict(module.named_modules()).get(layer.owner)
