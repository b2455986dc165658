"""How one number of a tensor came about: the numbers it came from, and the arithmetic between them.

What is told follows from the calls of torch that a node makes, and holds for any operator. Few of them are known by
name; of all others it is found out by trying the call with other numbers: whether it only moves what it takes, works
place by place, or is a sum of products.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from grapheditor.training.working.calls import (
    At,
    Call,
    Scene,
    any_numbers,
    double,
    is_floating,
    traced,
    unravelled,
)
from grapheditor.training.working.formula import formula
from grapheditor.training.working.windows import LARGEST, bound, window

MOST_TERMS = 12
"""So many terms of a sum are told one by one, the weightiest of all; the others as their sum."""
MOST_WIDE = 11
"""A patch that is told as a table has so many rows and columns at most."""
ROUNDING = 1e-4
"""What is so small in comparison to a sum's terms was lost in computing it."""
MOST_LEADS = 64
"""So many sums of patches are told, or scores of attention."""
NORMS = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm")
SOFTMAX = ("softmax", "log_softmax")
PRODUCTS = ("linear", "matmul", "bmm", "mm", "sum", "mean")
"""Sums of products that need not be tried; so are convolutions and means over windows."""
ATTENTION = "scaled_dot_product_attention"


def working(scene: Scene, value: Tensor, at: At) -> dict[str, Any]:
    """Return how the number at a place of a node's value came about.

    form: ``given`` (nothing computes it), ``moved`` (it is the number at another place), ``places`` (a formula of the
    numbers at the same place), ``products`` (a sum of numbers times factors), ``largest``, ``softmax``, ``norm`` or
    ``follows`` (anything else: how it follows the numbers it depends on, by their derivatives).
    """
    found: dict[str, Any] = {"at": scene.place(value, at), "value": float(value.detach()[at])}
    found["calls"] = [call.name for call in scene.calls if call.name != "get"] if id(value) in scene.made else []
    tensor, at = traced(scene, value, at)
    made = scene.made.get(id(tensor))
    if made is None:
        here = scene.source(tensor) | {"at": scene.place(tensor, at)}
        known = tensor is not value or scene.values.get(id(value), scene.path) != scene.path or scene.is_weight(value)
        return found | ({"form": "moved", "sources": [here]} if known else {"form": "given", "sources": []})
    return found | _Working(scene, scene.calls[made[0]], made[1], at).tell()


class _Working:
    """The arithmetic of one number that a call gave."""

    def __init__(self, scene: Scene, call: Call, result: int, at: At) -> None:
        self.scene, self.call, self.result, self.at = scene, call, result, at
        self.taken = [tensor for tensor in call.takes() if is_floating(tensor)]
        self.numbers = [double(tensor) for tensor in self.taken]
        self.value = float(call.results[result].detach()[at])

    def tell(self) -> dict[str, Any]:
        """Return its form and what belongs to that; see :func:`working`."""
        known: dict[str, Callable[[], dict[str, Any] | None]] = {ATTENTION: self._attention}
        known |= dict.fromkeys(LARGEST, self._largest)
        known |= dict.fromkeys(NORMS, self._norm)
        known |= dict.fromkeys(SOFTMAX, self._softmax) | {"cross_entropy": self._surprise}
        ways = (known.get(self.call.name), self._places, self._products, self._follows)
        told = next((found for way in ways if way is not None and (found := way()) is not None), None)
        return {"function": self.call.name, **(told or {"form": "given", "sources": []})}

    # Forms

    def _places(self) -> dict[str, Any] | None:
        """A formula of the numbers at the same place."""
        found = formula(self.scene, self.call, self.result, self.at)
        return {"form": "places", "formula": found.text, "sources": found.sources} if found is not None else None

    def _products(self) -> dict[str, Any] | None:
        """A sum of products: of numbers that were computed, by what does not depend on them."""
        for number, tensor in self._computed_first():
            factors = self._factors(number)
            if factors is None:
                continue
            mask = self._reach(number, factors)
            terms = self._terms(tensor, self.numbers[number], factors, mask)
            products = self.numbers[number] * factors
            rest, scale = self.value - float(products.sum()), float(products.abs().sum())
            return {"form": "products", **terms, "rest": rest if abs(rest) > ROUNDING * scale else 0.0}
        return None

    def _largest(self) -> dict[str, Any] | None:
        """The largest number of a window, or along a dimension."""
        tensor, numbers = self.taken[0], self.numbers[0]
        result = self.call.results[self.result].shape
        mask = window(self.call.name, self.call.arguments, self.call.named, result, self.at)
        if mask is None:
            return None
        best = unravelled(int(numbers.masked_fill(~mask, -math.inf).argmax()), tensor.shape)
        return {"form": "largest", "best": self.scene.place(tensor, best), **self._terms(tensor, numbers, None, mask)}

    def _softmax(self, place: At | None = None) -> dict[str, Any] | None:
        """The share of a power of e in the sum of all powers of e along a dimension, or the logarithm of that."""
        tensor, numbers = self.taken[0], self.numbers[0]
        slope = self._slope(0, [torch.zeros_like(numbers)])
        if slope is None:
            return None
        mask, place = slope != 0, self.at if place is None else place
        most = numbers[mask].max()
        powers = (numbers - most).exp()
        return {
            "form": "softmax", "own": float(numbers[place]), "most": float(most), "power": float(powers[place]),
            "whole": float(powers[mask].sum()), "logarithm": self.call.name == "log_softmax", "negative": False,
            "place": self.scene.place(tensor, place), **self._terms(tensor, numbers, None, mask),
        }  # fmt: skip

    def _surprise(self) -> dict[str, Any] | None:
        """The cross-entropy of one sample: minus the logarithm of its class's share."""
        named = bound(self.call.function, self.call.arguments, self.call.named)
        target = named.get("target")
        plain = named.get("weight") is None and not named.get("label_smoothing")
        if not plain or not isinstance(target, Tensor) or target.shape != (1,) or target.is_floating_point():
            return None
        if int(target) == named.get("ignore_index"):
            return None
        found = self._softmax((0, int(target)))
        return found and {**found, "logarithm": True, "negative": True}

    def _norm(self) -> dict[str, Any] | None:
        """What arrives at the place, less a mean, by a deviation, scaled and shifted."""
        named = bound(self.call.function, self.call.arguments, self.call.named)
        tensor, numbers = self.taken[0], self.numbers[0]
        slope = self._slope(0, [any_numbers(tensor), *self.numbers[1:]])
        if slope is None or not named:
            return None
        mask = slope != 0
        if named.get("running_mean") is not None and not named.get("training", named.get("use_input_stats")):
            mean, variance = (float(named[name][self.at[1]]) for name in ("running_mean", "running_var"))
        else:
            part = numbers[mask]
            mean = 0.0 if self.call.name == "rms_norm" else float(part.mean())
            variance = float((part - mean).square().mean())
        channels = self.call.name in ("batch_norm", "group_norm", "instance_norm")
        told: dict[str, Any] = {"form": "norm", "own": float(numbers[self.at]), "mean": mean, "variance": variance}
        told["eps"] = named.get("eps") or (torch.finfo(tensor.dtype).eps if self.call.name == "rms_norm" else 0.0)
        for name in ("weight", "bias"):
            weight = named.get(name)
            if isinstance(weight, Tensor):
                told[name] = float(
                    weight.detach()[self.at[1]] if channels else weight.detach()[self.at[len(self.at) - weight.ndim :]]
                )
        return told | self._terms(tensor, numbers, None, mask)

    def _attention(self) -> dict[str, Any] | None:
        """A mean of values, weighted by how well the query fits each key."""
        if len(self.taken) < 3:
            return None
        values, factors = self.numbers[2], self._factors(2)
        if factors is None:
            return None
        query, key = self.taken[0], self.taken[1]
        keys = key[self.at[:-2]] if key.shape[:-2] == query.shape[:-2] else None
        told = {"form": "products", **self._terms(self.taken[2], values, factors, factors != 0), "rest": 0.0}
        if keys is not None:
            scale = self.call.named.get("scale") or 1 / math.sqrt(query.shape[-1])
            told["scores"] = [
                float(score) for score in (keys.double() @ query[self.at[:-1]].double() * scale)[:MOST_LEADS]
            ]
            told["query"] = self.scene.source(query) | {"at": self.scene.place(query, (*self.at[:-1], 0))}
        return told

    def _follows(self) -> dict[str, Any] | None:
        """The numbers that it follows most, with the derivative by each."""
        for number, tensor in self._computed_first():
            slope = self._slope(number)
            if slope is not None and bool((slope != 0).any()):
                terms = self._terms(tensor, self.numbers[number], slope, slope != 0)
                return {"form": "follows", **terms}
        return None

    # What they are made of

    def _computed_first(self) -> Iterator[tuple[int, Tensor]]:
        """Go through the tensors that it took, those first that are no weights."""
        order = sorted(range(len(self.taken)), key=lambda number: self.scene.is_weight(self.taken[number]))
        return ((number, self.taken[number]) for number in order)

    def _slope(self, number: int, others: Sequence[Tensor] | None = None) -> Tensor | None:
        """Return the derivative by one of the tensors, place by place; in single precision, which is faster."""
        numbers = [each.float() for each in (self.numbers if others is None else others)]
        numbers[number] = numbers[number].clone().requires_grad_()
        with torch.enable_grad():
            try:
                found = self.call.again(self.result, numbers)[self.at]
                (slope,) = torch.autograd.grad(found, numbers[number], allow_unused=True)
            except (RuntimeError, IndexError):
                return None
        return slope.double() if slope is not None else None

    def _factors(self, number: int) -> Tensor | None:
        """Return what each number of a tensor is multiplied by; None where it is no sum of products."""
        name = self.call.name
        if name not in PRODUCTS and not name.startswith(("conv", "avg_pool", "adaptive_avg_pool")):
            return self._slope(number) if self._is_sum(number) else None
        return self._slope(number)

    def _is_sum(self, number: int) -> bool:
        """Tell whether the number is a sum of those of a tensor, each by a factor that does not depend on them."""
        own, slope = self.numbers[number], self._slope(number)
        if slope is None or not bool((slope != 0).any()):
            return False
        other = any_numbers(self.taken[number])
        tried = [own * 0, own, -own, 2 * own, other]
        there = [
            self.call.number(self.result, [*self.numbers[:number], each, *self.numbers[number + 1 :]], self.at)
            for each in tried
        ]
        offset = there[0]
        if offset is None:
            return False
        scale = abs(offset) + float((own * slope).abs().sum()) + float((other * slope).abs().sum()) + 1e-30
        return all(
            value is not None and abs(value - offset - float((each * slope).sum())) <= ROUNDING * scale
            for each, value in zip(tried, there, strict=True)
        )

    def _reach(self, number: int, factors: Tensor) -> Tensor:
        """Return where the numbers are that take part, also with a factor that happens to be 0."""
        ones = [each if place == number else torch.ones_like(each) for place, each in enumerate(self.numbers)]
        slope = self._slope(number, ones)
        return (slope != 0) | (factors != 0) if slope is not None else factors != 0

    def _terms(self, tensor: Tensor, numbers: Tensor, factors: Tensor | None, mask: Tensor) -> dict[str, Any]:
        """Return the source, the box in which its numbers lie, the weightiest of them, and a patch where that is small.

        Numbers, factors and mask have the shape of the tensor.
        """
        places = mask.nonzero()
        weights = (numbers * factors if factors is not None else numbers)[mask]
        heavy = weights.abs().argsort(descending=True)[:MOST_TERMS].sort().values if len(places) else places[:0, 0]
        terms = []
        for which in heavy.tolist():
            at = tuple(places[which].tolist())
            term = {"at": self.scene.place(tensor, at), "value": float(numbers[at])}
            terms.append(term if factors is None else term | {"factor": float(factors[at])})
        low, high = (tuple(part.tolist()) for part in (places.amin(0), places.amax(0)))
        source = self.scene.source(tensor) | {
            "low": self.scene.place(tensor, low), "high": self.scene.place(tensor, high), "count": len(places),
        }  # fmt: skip
        told: dict[str, Any] = {"sources": [source], "terms": terms}
        told["others"] = float(weights.sum() - weights[heavy].sum())
        box = tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))
        told |= _patch(numbers[box], factors[box] if factors is not None else None, low, self.scene, tensor)
        return told


def _patch(numbers: Tensor, factors: Tensor | None, low: At, scene: Scene, tensor: Tensor) -> dict[str, Any]:
    """Return the last two dimensions of a box as tables, where they are small; of many the weightiest."""
    if (
        numbers.ndim < 2
        or not all(1 <= side <= MOST_WIDE for side in numbers.shape[-2:])
        or numbers[..., :, :].numel() < 2
    ):
        return {}
    lead = tuple(numbers.shape[:-2])
    products = (numbers * factors if factors is not None else numbers).sum((-2, -1)).flatten()
    best = int(products.abs().argmax()) if factors is not None else 0
    first = unravelled(best, lead)
    patch: dict[str, Any] = {
        "at": scene.place(tensor, tuple(a + b for a, b in zip(low, (*first, 0, 0), strict=True))),
        "values": numbers[first].tolist(),
    }
    if factors is not None:
        patch["factors"] = factors[first].tolist()
    if len(products) > 1 and factors is not None:
        patch["sums"] = products[:MOST_LEADS].tolist()
    return {"patch": patch}
