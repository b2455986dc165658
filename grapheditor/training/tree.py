"""Nested values of a training's state (optimizers, schedules, numbers) as JSON and named tensors, and back.

Nothing is pickled: what is neither a number, a text, a list, a tuple, a mapping nor a tensor is refused. Numbers come
back bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, MutableMapping
from typing import Any

from torch import Tensor

DEEPEST = 50


def pack(value: Any, tensors: MutableMapping[str, Tensor], place: str) -> Any:
    """Return a value as JSON; its tensors are put among ``tensors`` under names that begin with ``place``.

    TypeError where it holds something that cannot be written.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else {"$float": str(value)}
        case Tensor():
            tensors[place] = value
            return {"$tensor": place}
        case tuple():
            return {"$tuple": [pack(item, tensors, f"{place}.{i}") for i, item in enumerate(value)]}
        case list():
            return [pack(item, tensors, f"{place}.{i}") for i, item in enumerate(value)]
        case Mapping():
            packed = [(key, pack(item, tensors, f"{place}.{key}")) for key, item in value.items()]
            if all(isinstance(key, str) and not key.startswith("$") for key, _ in packed):
                return dict(packed)
            return {"$items": [[pack(key, tensors, place), item] for key, item in packed]}
    raise TypeError(f"{place} is a {type(value).__name__}, which cannot be written")


def unpack(value: Any, tensors: Mapping[str, Tensor], depth: int = 0) -> Any:
    """Return what :func:`pack` took; ValueError where the JSON is not what it gives."""
    if depth > DEEPEST:
        raise ValueError("it is nested too deeply")
    if isinstance(value, list):
        return [unpack(item, tensors, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (tag, inner), *_ = value.items()
        match tag, inner:
            case "$float", "inf" | "-inf" | "nan":
                return float(inner)
            case "$tensor", str() if inner in tensors:
                return tensors[inner]
            case "$tuple", list():
                return tuple(unpack(item, tensors, depth + 1) for item in inner)
            case "$items", list():
                return dict(_pair(item, tensors, depth) for item in inner)
        if tag.startswith("$"):
            raise ValueError(f"{tag} is not known here, or what it names is missing")
    return {key: unpack(item, tensors, depth + 1) for key, item in value.items()}


def _pair(value: Any, tensors: Mapping[str, Tensor], depth: int) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("a mapping's entry is a key and a value")
    key, item = (unpack(part, tensors, depth + 1) for part in value)
    return key, item
