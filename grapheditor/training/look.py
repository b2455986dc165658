"""Looking inside a training on its way: what its nodes give, what comes back to them, and their weights.

Figures and small pictures, so that they can be sent to another process several times a second.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm
from torch.overrides import TorchFunctionMode

from grapheditor.compile.inside import Inside, Watcher
from grapheditor.errors import DataError, TrainError
from grapheditor.runs.errors import RunError
from grapheditor.training.chance import random_state, restore_random
from grapheditor.training.feed import order_of
from grapheditor.training.overview import overview, units
from grapheditor.training.pictures import activation, weights
from grapheditor.training.taps import Taps, Wire, in_turns
from grapheditor.training.working.calls import At, Call, Witness
from grapheditor.training.working.working import working

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

    from grapheditor.training.setup import Setup

BINS = 32
MOST_NODES = 100
"""Nodes that are looked at in one go, if none is named."""


class Lens:
    """Looks inside one training. The network computes as after training: without dropout, by the running statistics of
    batch norm. Neither weights nor random numbers are touched, so a training that is looked at stays what it is.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._inside: Inside | None = None
        self._before: dict[str, tuple[int, Tensor]] = {}
        """Weights as they were when they were last looked at, and after how many steps that was."""
        self._owned: dict[str, dict[str, Tensor]] | None = None
        """The parameters of each node, by its path."""

    def look(
        self,
        batch: Mapping[str, Tensor],
        step: int,
        nodes: Collection[str] = (),
        *,
        closely: bool = False,
        partly: bool = False,
        wires: Collection[Wire] = (),
    ) -> dict[str, Any]:
        """Return figures of what nodes give for a batch, by path, the first hundred where none is named.

        A node with several outputs gives each under its port (``split1.first``). closely: with pictures of the batch's
        first sample, what comes back to the nodes, their weights, and whom attention attends to. step: how many were
        made. partly: nodes that are not computed are left out; else there is a TrainError. wires: ends of wires; what
        comes back along each alone is told as ``gradient`` under both: ``relu1 > add1``.
        """
        values: dict[str, Tensor] = {}
        attention: dict[str, Tensor] = {}
        known: list[str] = []
        listener, taps = _Listener(), Taps() if wires else None

        def take(path: str, value: Tensor) -> None:
            known.append(path)
            if taps is not None:
                taps.take(path, value)
            heard = listener.take()
            if path in nodes or (not nodes and len(values) < MOST_NODES):
                values[path] = value
                if heard is not None:
                    attention[path] = heard

        learning = closely or taps is not None
        with taps or nullcontext(), listener if learning else nullcontext():
            losses = self.compute(batch, take, learning=learning)
        missing = [node for node in nodes if node not in known]
        if missing and not partly:
            there = ", ".join(list(dict.fromkeys(known))[:30])
            raise TrainError(f"There is no node {missing[0]} that is computed; there is: {there}.", missing[0])
        found = {path: figures(value) for path, value in values.items()}
        if closely:
            samples = len(next(iter(batch.values())))
            back = _gradients(losses, values, self._turns(values))
            for path, value in values.items():
                found[path] |= self._closely(path, value, back.get(path), samples, step)
            for path, heads in attention.items():
                found[path]["attention"] = {"shape": list(heads.shape), "picture": activation(heads)}
        if taps is not None:
            samples, brought = len(next(iter(batch.values()))), {start: taps.value(start) for start, _ in wires}
            turns = self._turns({path: value for path, value in brought.items() if value is not None})
            holder = self._setup.program.holder  # what is inside of a linked copy goes by its original's name
            held = {(start, holder(end)): end for start, end in wires}
            for (start, end), along in taps.gradients(losses, held, turns).items():
                found[f"{start} > {held[start, end]}"] = {"gradient": self._back(along, samples)}
        return found

    def _back(self, found: tuple[Tensor, int], samples: int) -> dict[str, Any]:
        """Return what is shown of a gradient; of several objectives also by which one it comes."""
        gradient, number = found
        objectives = self._setup.recipe.objectives
        whose = {"of": objectives[number].minimise} if len(objectives) > 1 else {}
        return figures(gradient) | {"picture": activation(_first(gradient, samples))} | whose

    def _turns(self, values: Mapping[str, Tensor]) -> dict[str, list[int]]:
        """Return, for each value, which objective's gradient says most of it, and which the next.

        First come those that change a weight which it was computed by, of these those that change weights near it: what
        comes back to a generator from the loss that trains its judge would have the wrong sign.
        """
        setup = self._setup
        count = len(setup.learners)
        if count == 1:
            return {path: [0] for path in values}
        names = {id(weight): name for name, weight in setup.compute.module.named_parameters()}
        bits: dict[int, int] = {}
        owners: list[set[str]] = [set() for _ in range(count)]
        for number, learner in enumerate(setup.learners):
            for weight in learner.weights:
                bits[id(weight)] = bits.get(id(weight), 0) | 1 << number
                owners[number].add(setup.program.owners.get(names.get(id(weight), ""), ""))
        made: dict[Any, int] = {}
        found = {}
        for path, value in values.items():
            by = made_by(value, bits, made)
            near = [max((_common(path, owner) for owner in part), default=0) for part in owners]
            ranks = [(not by >> number & 1, -near[number], number) for number in range(count)]
            found[path] = [number for *_, number in sorted(ranks)]
        return found

    def working(self, batch: Mapping[str, Tensor], path: str, at: At, call: int | None = None) -> dict[str, Any]:
        """Return how a number of a node's value came about, for the first sample of a batch; see :func:`working`.

        at: its place in the value of one sample. call: which of the node's calls gave it, where that is not the value
        itself but something on the way to it.
        """
        witness = Witness(self._setup.compute.module, (path,), len(next(iter(batch.values()))))
        with witness:
            self.compute(batch, witness.take, learning=False)
        if path not in witness.scenes:
            raise TrainError(f"There is no node {path} that is computed.", path)
        scene, value = witness.scenes[path]
        if call is not None:
            value = _result(scene.calls, call)
        place = (0, *at) if scene.has_samples(value) else at
        if len(place) != value.ndim or not all(0 <= one < size for one, size in zip(place, value.shape, strict=True)):
            raise TrainError(f"{path} has no number at {list(at)}; its shape is {list(value.shape)}.", path)
        return {"node": path, "asked": list(at)} | working(scene, value, place)

    def compute(
        self, batch: Mapping[str, Tensor], take: Watcher, *, learning: bool, by_batch: bool = False
    ) -> list[Tensor]:
        """Let the network compute for a batch; return what its objectives minimise.

        take: sees all values. learning: what is computed can be gone through backward. by_batch: batch norm takes the
        statistics of the batch, as it does while it learns; those of the network stay what they are.
        """
        setup = self._setup
        with self._twin(take) as twin, torch.set_grad_enabled(learning):
            for module in twin.modules() if by_batch else ():
                if isinstance(module, _BatchNorm):
                    module.training, module.track_running_stats = True, False
            values = twin.objective(*(batch[name] for name in setup.program.objective_inputs))  # type: ignore[operator]
        return [values[item.minimise] for item in setup.recipe.objectives]

    def values(self, given: Tensor, node: str) -> Tensor:
        """Return what a node gives where the network's only input is given, as after training; KeyError for no node."""
        found: dict[str, Tensor] = {}

        def take(path: str, value: Tensor) -> None:
            if path == node:
                found[path] = value

        with self._twin(take) as twin, torch.no_grad():
            twin(given)
        return found[node]

    @contextmanager
    def _twin(self, take: Watcher) -> Iterator[Module]:
        """Lend the network as after training, watched, at the precision of the run; chance stays what it was."""
        compute = self._setup.compute
        if self._inside is None:
            self._inside = Inside(self._setup.program)
        before = random_state(compute.device)
        try:
            with compute.cast():
                yield self._inside.twin(compute.module, take).eval()
        finally:
            restore_random(compute.device, before)

    def _closely(
        self, path: str, value: Tensor, back: tuple[Tensor, int] | None, samples: int, step: int
    ) -> dict[str, Any]:
        image = path in self._setup.program.objective_inputs
        one = _first(value, samples)
        found: dict[str, Any] = {"picture": activation(one, image=image), "sample": list(one.shape)}
        dead = _dead(value, samples)
        if dead is not None:
            found["dead"] = dead
        if back is not None:
            found["gradient"] = self._back(back, samples)
        own = self._weights_of(path)
        if own:
            found["weights"] = {name: self._weight(f"{path}.{name}", weight, step) for name, weight in own.items()}
        return found

    def _weights_of(self, path: str) -> dict[str, Tensor]:
        """Return the parameters that a node itself has, by name. path: of the node, or of one of its outputs."""
        if self._owned is None:
            there = dict(self._setup.compute.module.named_parameters())
            self._owned = {}
            for name, node in self._setup.program.owners.items():
                if name in there:
                    short = name.removeprefix(node).lstrip("._") or "value"
                    self._owned.setdefault(node, {})[short] = there[name]
        return self._owned.get(path) or self._owned.get(path.rpartition(".")[0]) or {}

    def _weight(self, name: str, weight: Tensor, step: int) -> dict[str, Any]:
        """Return figures and picture of a weight; ``update``: how far a step since the last look went, by its size."""
        now = weight.detach().to("cpu", torch.float32, copy=True)
        then, before = self._before.get(name, (step, now))
        if then != step or name not in self._before:
            self._before[name] = step, now
        found = figures(now) | {"picture": weights(now)}
        if then < step:
            found["update"] = float((now - before).norm() / (step - then) / max(float(before.norm()), 1e-12))
        return found


class Onlooker:
    """Answers who asks what is seen inside a training: of the samples that come first in it, the same at every step."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._lens = Lens(setup)
        self._held: tuple[str, int, Lens] | None = None
        """For whom the network is held as it was, after which step, and what looks into that."""
        self._seen: dict[str, tuple[tuple[int, int], dict[str, Tensor]]] = {}
        """The samples of what was seen last, by what was asked."""

    def answer(self, step: int, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is seen after so many steps.

        nodes: paths. samples: how many. first: the place of the first one in the order of the first epoch. closely,
        partly and wires (pairs of paths): see :meth:`Lens.look`. number: ``node``, ``at`` and perhaps ``call``, see
        :meth:`Lens.working`, which then is in the answer. overview: of how many samples figures of all nodes are
        wanted, as :func:`grapheditor.training.overview.overview` has them; nodes that are not named are then not looked
        at. held: a name under which the network is looked into as it was when that name was given first, so that
        several looks are about one; without it that copy is let go.

        The answer has the figures by node, the step, how many samples there are to choose from, and how many seconds it
        took, which the training stood still.
        """
        begun = time.perf_counter()
        setup = self._setup
        nodes, count = arguments.get("nodes", []), arguments.get("samples", setup.recipe.batch)
        first, wide = arguments.get("first", 0), arguments.get("overview", 0)
        if not isinstance(nodes, list) or type(count) is not int or not 0 < count <= setup.recipe.batch:
            raise RunError("To look inside give nodes, a list of paths, and samples, a number up to that of a batch.")
        if type(first) is not int or not 0 <= first < len(setup.learn):
            raise RunError(f"The first sample to look at is a number from 0 to {len(setup.learn) - 1:,}.")
        if type(wide) is not int or not 0 <= wide <= setup.recipe.batch:
            raise RunError("An overview is of so many samples as a batch has at most.")
        lens, step = self._held_for(arguments.get("held"), step)
        answer: dict[str, Any] = {"step": step, "nodes": {}, "of": len(setup.learn)}
        batch = self._batch("nodes", count, first)
        if nodes or not wide:
            paths = [str(node) for node in nodes]
            closely, partly = arguments.get("closely") is True, arguments.get("partly") is True
            wires = _wires(arguments.get("wires", []))
            answer["nodes"] = lens.look(batch, step, paths, closely=closely, partly=partly, wires=wires)
        if isinstance(arguments.get("number"), dict):
            answer["working"] = self._work(lens, batch, arguments["number"])
        if wide:
            answer["overview"] = overview(lens, setup, self._batch("overview", wide, 0))
        return answer | {"seconds": time.perf_counter() - begun}

    def _held_for(self, name: object, step: int) -> tuple[Lens, int]:
        """Return what looks into the network, as it is or as it was for somebody, and after which step that is."""
        if not isinstance(name, str) or not name:
            self._held = None
            return self._lens, step
        if self._held is None or self._held[0] != name:
            setup = copy(self._setup)
            setup.compute = copy(setup.compute)
            setup.compute.module = deepcopy(setup.compute.module)
            self._held = name, step, Lens(setup)
        return self._held[2], self._held[1]

    def _batch(self, what: str, count: int, first: int) -> dict[str, Tensor]:
        """Return samples by their place in the order of the first epoch; those of the last look are kept."""
        seen = self._seen.get(what)
        if seen is None or seen[0] != (count, first):
            seen = self._seen[what] = (count, first), first_samples(self._setup, first, count)
        return seen[1]

    def _work(self, lens: Lens, batch: Mapping[str, Tensor], number: Mapping[str, Any]) -> dict[str, Any]:
        """Return how a number came about, or why that cannot be said."""
        at, call = number.get("at"), number.get("call")
        if (
            not isinstance(at, list)
            or not all(type(place) is int for place in at)
            or type(call) not in (int, type(None))
        ):
            raise RunError("A number is asked for by its node and its place, a list of whole numbers.")
        try:
            return lens.working(batch, str(number.get("node")), tuple(at), call)
        except TrainError as error:
            return {"node": number.get("node"), "asked": at, "problem": error.message}


def _wires(given: object) -> list[Wire]:
    pairs = [pair for pair in given if isinstance(pair, list) and len(pair) == 2] if isinstance(given, list) else []
    if not isinstance(given, list) or len(pairs) < len(given):
        raise RunError("Wires are a list of pairs: from where, to where.")
    return [(str(start), str(end)) for start, end in pairs]


def _result(calls: list[Call], number: int) -> Tensor:
    if not 0 <= number < len(calls):
        raise TrainError(f"There is no call {number}; the node makes {len(calls)}.")
    return calls[number].results[0]


def first_samples(setup: Setup, first: int, count: int) -> dict[str, Tensor]:
    """Return samples by their place in the order of the first epoch, as they are seen in it."""
    visits = order_of(setup.learn, setup.recipe.seed, 1)[first : first + count]
    samples, batch = setup.batch(visits.to(setup.compute.device), 1)
    if not len(samples):
        raise DataError("None of these samples can be read.")
    return batch


class _Listener(TorchFunctionMode):
    """Hears what attention is computed, and keeps whom the first sample of it attends to, until that is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._heard: Tensor | None = None

    def take(self) -> Tensor | None:
        """Return the weights of the attention that was computed since the last time, (heads, queries, keys)."""
        heard, self._heard = self._heard, None
        return heard

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, arguments: tuple[Any, ...] = (), named: Any = None
    ) -> Any:
        named = named or {}
        if function is functional.scaled_dot_product_attention:
            with torch.no_grad():
                self._heard = _attention(*arguments, **named)
        return function(*arguments, **named)


def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor | None:
    """Return what each query of the first sample takes of each key, as torch's documentation of the function has it."""
    query, key = query[0].float(), key[0].float()
    if query.ndim != 3 or enable_gqa:
        return None
    scores = query @ key.transpose(-2, -1) * (scale or 1 / math.sqrt(query.shape[-1]))
    if is_causal:
        scores = scores.masked_fill(torch.ones_like(scores, dtype=torch.bool).triu(1), -math.inf)
    if attn_mask is not None:
        mask = attn_mask[0] if attn_mask.ndim == 4 else attn_mask
        scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
    return scores.softmax(-1)


def _gradients(
    losses: list[Tensor], values: Mapping[str, Tensor], turns: Mapping[str, Sequence[int]]
) -> dict[str, tuple[Tensor, int]]:
    """Return the gradient of the first objective that each value leads to, and which that is; none where there is none.

    turns: in which order objectives are asked.
    """
    found: dict[str, tuple[Tensor, int]] = {}
    for number, asked in in_turns(turns, len(losses)):
        open_ = {path: values[path] for path in asked if path not in found and values[path].requires_grad}
        if open_ and losses[number].requires_grad:
            back = torch.autograd.grad(losses[number], list(open_.values()), retain_graph=True, allow_unused=True)
            found |= {path: (part, number) for path, part in zip(open_, back, strict=True) if part is not None}
    return found


def made_by(value: Tensor, bits: Mapping[int, int], known: dict[Any, int]) -> int:
    """Return the bits of all weights, by their identity, that a value was computed by.

    known: what was found before, by the steps of the computation.
    """
    root = value.grad_fn
    if root is None:
        return bits.get(id(value), 0)
    waiting = [root]
    while waiting:
        step = waiting[-1]
        if step in known:
            waiting.pop()
            continue
        above = [item for item, _ in step.next_functions if item is not None]
        left = [item for item in above if item not in known]
        if left:
            waiting += left
            continue
        found = bits.get(id(getattr(step, "variable", None)), 0)
        for item in above:
            found |= known[item]
        known[waiting.pop()] = found
    return known[root]


def _common(one: str, other: str) -> int:
    """Return how many parts two paths begin alike by."""
    return next(
        (i for i, (a, b) in enumerate(zip(one.split("."), other.split("."), strict=False)) if a != b),
        min(one.count("."), other.count(".")) + 1,
    )


def _first(value: Tensor, samples: int) -> Tensor:
    """Return the part of the first sample; all of what has no samples, such as a parameter or a loss."""
    return value[0] if value.ndim and len(value) == samples else value


def _dead(value: Tensor, samples: int) -> float | None:
    """Return the share of units (channels, or features) that are 0 for all samples; None where there are no units."""
    dims = units(value, samples)
    return float((value.detach() == 0).all(dim=dims).double().mean()) if dims is not None else None


def figures(value: Tensor) -> dict[str, Any]:
    """Return shape, type, extremes, mean, deviation, norm, share of zeros, numbers that are none, and a histogram."""
    numbers = value.detach().double().flatten() if value.device.type != "mps" else value.detach().float().flatten()
    sound = numbers.isfinite()
    finite = numbers if bool(sound.all()) else numbers[sound]
    shown: dict[str, Any] = {"shape": list(value.shape), "dtype": str(value.dtype).removeprefix("torch.")}
    shown["not_finite"] = len(numbers) - len(finite)
    if not len(finite):
        return shown
    low, high = float(finite.min()), float(finite.max())
    counts = torch.histc(finite.cpu(), BINS, low, high) if high > low else torch.tensor([float(len(finite))])
    return {
        **shown,
        "min": low,
        "max": high,
        "mean": float(finite.mean()),
        "std": float(finite.std(correction=0)),
        "norm": float(finite.norm()),
        "zeros": float((finite == 0).double().mean()),
        "histogram": [int(count) for count in counts.tolist()],
    }
