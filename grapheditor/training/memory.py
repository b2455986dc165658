"""How much memory a network takes: its step is made as in training, on tensors that have sizes and no numbers.

Bytes are those of the tensors that live at one time, and of what an LSTM's kernel takes besides. What the process needs
more (Python, torch itself, scratch space of other kernels) is not among them.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from grapheditor.compile.inside import Inside
from grapheditor.graph import Objective
from grapheditor.graph.arithmetic import evaluate, parse
from grapheditor.training.errors import TrainingError
from grapheditor.training.failure import explained
from grapheditor.training.optimizer import chosen_weights, freeze_others, make_optimizer
from grapheditor.training.scratch import Scratch

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from grapheditor.compile import Analysis, Program
    from grapheditor.graph import Recipe

Precision = Literal["float32", "bfloat16", "float16"]
"""What the network computes in; weights, gradients and the optimizer stay in float32."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a network takes for a batch, in bytes.

    weights: parameters and buffers. gradients: one for each parameter that is trained. optimizer: what the optimizers
    keep between two steps. kept: what a forward pass keeps for the way back, weights and inputs not counted. training:
    the most that lives at one time in a step of training, the optimizers' share included. inference: the same of a
    forward pass that keeps nothing. nodes: what is kept by each node's doing, by path; a tensor counts where it is kept
    first. Of several objectives, which learn one after another, gradients and kept are those of the one with the most.
    """

    batch: int
    optimizer_name: str
    weights: int
    gradients: int
    optimizer: int
    kept: int
    training: int
    inference: int
    nodes: Mapping[str, int]

    def describe(self) -> dict[str, Any]:
        """Return the figures as the command line prints them."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "nodes"}

    def __str__(self) -> str:
        samples = "one sample" if self.batch == 1 else f"{self.batch:,} samples"
        parts = {"weights": self.weights, "gradients": self.gradients, self.optimizer_name: self.optimizer}
        shown = ", ".join(f"{name} {size_of(part)}" for name, part in parts.items())
        return (
            f"Memory for {samples}: training {size_of(self.training)} at its peak ({shown}, "
            f"{size_of(self.kept)} kept for the way back), inference {size_of(self.inference)}."
        )


def size_of(count: int) -> str:
    """Write a number of bytes for people: ``3.0 GB``."""
    for unit, power in (("TB", 12), ("GB", 9), ("MB", 6), ("kB", 3)):
        if count >= 10**power:
            return f"{count / 10**power:.3g} {unit}"
    return f"{count} bytes"


def measure(program: Program, batch: int = 1, *, precision: Precision = "float32") -> Memory:
    """Return what a sound graph takes with a batch of samples, trained by its objectives one after another.

    Without one AdamW minimises the sum of the results. Symbols other than the batch have the first sizes that
    inference tried. Nothing is allocated: GPT-3 can be asked.

    TrainingError where a step cannot be made: batch norm refuses a single number of each channel, for one.
    """
    objectives = program.graph.recipe.objectives or (Objective(""),)
    step = _Step(program, batch, objectives, precision)
    with explained(program, f"With a batch of {batch:,}"), FakeTensorMode():
        weights, inference = step.infer()
        gradients, optimizer, training = step.train()
        kept, nodes = max((step.keep(objective) for objective in objectives), key=lambda found: found[0])
    name = " and ".join(dict.fromkeys(objective.optimizer for objective in objectives))
    return Memory(batch, name, weights, gradients, optimizer, kept, training, inference, nodes)


@dataclass(slots=True)
class _Step:
    """One pass of a network or another, with fresh weights."""

    program: Program
    batch: int
    objectives: tuple[Objective, ...]
    precision: Precision

    def infer(self) -> tuple[int, int]:
        """Return the bytes of the weights, and the peak of a forward pass."""
        module, watch = self._module().eval(), Watch()
        inputs = self._inputs(self.program.inputs)
        weights = watch.hold(*module.parameters(), *module.buffers())
        watch.hold(*inputs)
        with watch, Scratch(), torch.no_grad(), self._cast():
            module(*inputs)
        return weights, watch.peak

    def keep(self, objective: Objective) -> tuple[int, dict[str, int]]:
        """Return what an objective's forward pass keeps for the way back, all of it and by node."""
        module = self._module()
        batch = self._batch()
        kept = _Kept(module, list(batch.values()))
        twin = Inside(self.program).twin(module, kept.node_done)
        hooks = torch.autograd.graph.saved_tensors_hooks(kept.pack, lambda item: item)
        with hooks, Scratch(), self._cast():
            self._forward(twin, objective, batch)
        return sum(kept.nodes.values()) + kept.waiting, kept.nodes

    def train(self) -> tuple[int, int, int]:
        """Return the bytes of gradients and of the optimizers, and the peak of the second step, when both are there."""
        module, watch = self._module(), Watch()
        batch = self._batch()
        turns = self._turns(module)
        watch.hold(*module.parameters(), *module.buffers(), *batch.values())
        with watch, Scratch():
            for _ in range(2):
                watch.peak = watch.live
                for objective, optimizer, weights in turns:
                    with self._cast():
                        loss = self._forward(module, objective, batch)
                    if optimizer is not None and loss.requires_grad:
                        torch.autograd.backward(loss, inputs=weights)
                        optimizer.step()
                        optimizer.zero_grad()
                    del loss
        gradients = max(sum(weight.nbytes for weight in weights) for _, _, weights in turns)
        states = (state for _, optimizer, _ in turns if optimizer is not None for state in optimizer.state.values())
        kept = sum(item.nbytes for state in states for item in state.values() if isinstance(item, Tensor))
        return gradients, kept, watch.peak

    def _turns(self, module: nn.Module) -> list[tuple[Objective, Optimizer | None, list[nn.Parameter]]]:
        """Return who learns in a step, one after another: an objective, its optimizer and its weights."""
        if next(module.parameters(), None) is None:
            return [(objective, None, []) for objective in self.objectives]
        chosen = [dict(chosen_weights(objective, self.program, module)) for objective in self.objectives]
        optimizers = [make_optimizer(objective, self.program, module) for objective in self.objectives]
        freeze_others(module, {name for weights in chosen for name in weights})
        weights = [list(item.values()) for item in chosen]
        return list(zip(self.objectives, optimizers, weights, strict=True))

    def _module(self) -> nn.Module:
        module = self.program.module()
        module.train()
        return module

    def _batch(self) -> dict[str, Tensor]:
        """Return a batch as the objectives take it, by input."""
        told = any(objective.minimise for objective in self.objectives)
        names = self.program.objective_inputs if told else self.program.inputs
        return dict(zip(names, self._inputs(names), strict=True))

    def _inputs(self, names: tuple[str, ...]) -> list[Tensor]:
        point = self.program.analysis.at(self.batch)
        made = []
        for name in names:
            sizes = [
                evaluate(parse(size), point) if isinstance(size, str) else size
                for size in self.program.input_shape(name)
            ]
            made.append(torch.zeros(sizes, dtype=getattr(torch, self.program.input_type(name))))
        return made

    def _forward(self, module: nn.Module, objective: Objective, batch: Mapping[str, Tensor]) -> Tensor:
        if objective.minimise:
            method, inputs = self.program.method(objective.minimise)
            loss: Tensor = getattr(module, method)(*(batch[name] for name in inputs))[objective.minimise]
            return loss
        results = module(*batch.values())
        found = results if isinstance(results, tuple) else (results,)
        floating = [item.float().sum() for item in found if item.is_floating_point()]
        return torch.stack(floating).sum() if floating else torch.zeros(())

    def _cast(self) -> AbstractContextManager[Any]:
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast("cpu", getattr(torch, self.precision))


class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of the tensors that live, by their storages, and the most of them that lived at one time."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live = 0
        self.peak = 0
        self._sizes: dict[int, int] = {}

    def hold(self, *tensors: Tensor) -> int:
        """Count tensors that are there already; return how many bytes are new."""
        before = self.live
        for tensor in tensors:
            storage = tensor.untyped_storage()
            key = storage._cdata
            if key not in self._sizes:
                self._sizes[key] = storage.nbytes()
                self.live += self._sizes[key]
                weakref.finalize(storage, self._free, key)
        self.peak = max(self.peak, self.live)
        return self.live - before

    def _free(self, key: int) -> None:
        self.live -= self._sizes.pop(key)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Count what a call gives."""
        result = func(*args, **(kwargs or {}))
        several = result if isinstance(result, tuple | list) else (result,)
        self.hold(*(item for item in several if isinstance(item, Tensor)))
        return result


class _Kept:
    """What autograd keeps, by the node whose computation made it keep it."""

    def __init__(self, module: nn.Module, inputs: list[Tensor]) -> None:
        self.inputs = inputs
        self.nodes: dict[str, int] = {}
        self.waiting = 0
        known = [*module.parameters(), *module.buffers(), *inputs]
        self._seen = {item.untyped_storage()._cdata: item.untyped_storage() for item in known}

    def pack(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in self._seen:
            self._seen[storage._cdata] = storage
            self.waiting += storage.nbytes()
        return tensor

    def node_done(self, path: str, _value: Tensor) -> None:
        if self.waiting:
            self.nodes[path] = self.nodes.get(path, 0) + self.waiting
            self.waiting = 0


def planned_flops(recipe: Recipe, analysis: Analysis, samples: int) -> int:
    """Return the floating point operations of a whole planned training.

    Two for each multiply-add of convolutions and matrix products on the way forward, twice that on the way back
    (Kaplan et al. 2020), for each of the training samples in each epoch.
    """
    learn = samples - min(round(samples * recipe.validation), samples - 1)
    forward = sum(map(analysis.multiply_adds, analysis.nodes))
    return 6 * forward * learn * recipe.epochs


def smallest(program: Program) -> Memory:
    """Return what the network takes with one sample, or with two where it cannot be trained with one."""
    try:
        return measure(program, 1)
    except TrainingError:
        return measure(program, 2)
