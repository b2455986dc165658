"""A call that works place by place as a line of text: ``({0} − {1}) / {2}``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.utils import _pytree as pytree

from grapheditor.training.working.calls import At, Call, Scene, any_numbers, double, is_floating, traced

INFIX = {"add": "+", "sub": "−", "mul": "·", "div": "/", "true_divide": "/", "pow": "^", "multiply": "·"}


@dataclass(frozen=True, slots=True)
class Formula:
    """A line of text, and the numbers in it, which stand there in braces by their places."""

    text: str
    sources: list[dict[str, Any]]
    simple: bool = False
    """Whether it needs no brackets."""


def formula(scene: Scene, call: Call, result: int, at: At, depth: int = 4) -> Formula | None:
    """Return a call that works place by place as a line of text, with the numbers that arrive; None for others.

    Numbers in the text stand in braces by the place of their source: ``({0} − {1}) / {2}``.
    """
    taken = [tensor for tensor in call.takes() if is_floating(tensor)]
    value = call.results[result]
    if not taken:
        return None
    aligned = [_aligned(tensor, value, at) for tensor in taken]
    if any(place is None for place in aligned) or not _is_local(call, result, taken, aligned, at):
        return None
    texts: list[Formula] = []
    sources: list[dict[str, Any]] = []
    for tensor, place in zip(taken, aligned, strict=True):
        assert place is not None
        tensor, place = traced(scene, tensor, place)
        made = scene.made.get(id(tensor))
        inner = None
        if made is not None and depth:
            inner = formula(scene, scene.calls[made[0]], made[1], place, depth - 1)
        if inner is None:
            source = scene.source(tensor) | {"at": scene.place(tensor, place), "value": float(tensor.detach()[place])}
            inner = Formula("{0}", [source], simple=True)
        texts.append(inner)
        sources += inner.sources
    return Formula(_written(call, texts), sources, simple=call.name not in INFIX)


def _written(call: Call, texts: Sequence[Formula]) -> str:
    """Write a call: its tensors as they are written, its numbers as they are."""
    left, first, parts = iter(texts), 0, []
    for leaf in pytree.tree_leaves(call.arguments):
        if is_floating(leaf):
            inner = next(left)
            text = inner.text
            for number in reversed(range(len(inner.sources))):
                text = text.replace(f"{{{number}}}", f"{{{number + first}}}")
            first += len(inner.sources)
            parts.append(text if inner.simple or call.name not in INFIX else f"({text})")
        elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
            parts.append(f"{leaf:g}".replace("-", "−"))
    if call.name in INFIX and len(parts) == 2:
        reverse = getattr(call.function, "__name__", "").startswith("__r")
        return f" {INFIX[call.name]} ".join(reversed(parts) if reverse else parts)
    return f"{call.name}({', '.join(parts)})"


def _aligned(tensor: Tensor, value: Tensor, at: At) -> At | None:
    """Return the place of a tensor that meets a place of a result, by the rules of broadcasting."""
    if tensor.ndim > value.ndim:
        return None
    behind = at[len(at) - tensor.ndim :]
    sizes = value.shape[value.ndim - tensor.ndim :]
    if any(mine not in (1, size) for mine, size in zip(tensor.shape, sizes, strict=True)):
        return None
    return tuple(0 if mine == 1 else place for mine, place in zip(tensor.shape, behind, strict=True))


def _is_local(call: Call, result: int, taken: Sequence[Tensor], aligned: Sequence[At | None], at: At) -> bool:
    """Tell whether a number stays what it is when all numbers at other places change."""
    others = []
    for tensor, place in zip(taken, aligned, strict=True):
        assert place is not None
        other = any_numbers(tensor)
        other[place] = tensor.detach()[place].double()
        others.append(other)
    now = call.number(result, [double(tensor) for tensor in taken], at)
    return now is not None and call.number(result, others, at) == now
