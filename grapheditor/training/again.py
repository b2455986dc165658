"""A batch gone through once more after something went wrong, to see at which node it did."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from grapheditor.compile.inside import Inside
from grapheditor.compile.trace import node_now, node_of
from grapheditor.training.chance import random_state, restore_random
from grapheditor.training.optimizer import chosen_weights
from grapheditor.training.room import is_shortage
from grapheditor.training.tally import Means

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grapheditor.compile import Program
    from grapheditor.graph import Objective
    from grapheditor.runs.fault import Kind
    from grapheditor.training.compute import Compute
    from grapheditor.training.learner import Learner
    from grapheditor.training.setup import Setup
    from grapheditor.training.state import Progress


class Attempt:
    """The pass of one batch through the objective of a learner, with what is needed to go through it again."""

    def __init__(
        self, setup: Setup, learner: Learner, samples: Tensor, batch: Mapping[str, Tensor], progress: Progress
    ) -> None:
        """samples: the numbers of the batch's samples."""
        self.setup = setup
        self.learner = learner
        self.samples = samples
        self.batch = batch
        self.epoch, self.step = progress.epoch + 1, progress.step + 1
        self.random = random_state(setup.compute.device)

    def run(self) -> Means:
        """Return all losses and metrics of the batch, by the names they are told under."""
        values, counts = self.setup.observe(self.batch, self.learner.objective.minimise)
        return Means(values, len(self.samples), counts)

    def first_fault(self) -> Fault | None:
        """Go through it again; see :func:`first_fault`."""
        setup, objective = self.setup, self.learner.objective
        return first_fault(setup.program, setup.compute, objective, self.batch, self.random)

    def first_shortage(self) -> str | None:
        """Return the path of the node for which there is not enough memory, on the way forward or back.

        The very module goes through the batch again: the instrumented source keeps every value, which takes more. None
        where there is enough this time, or no node can be told.
        """
        setup, learner = self.setup, self.learner
        program, compute = setup.program, setup.compute
        restore_random(compute.device, self.random)
        method, inputs = program.method(learner.objective.minimise)
        behind = _Behind(program)
        try:
            with compute.cast(), behind:
                values = getattr(compute.module, method)(*(self.batch[name] for name in inputs))
            learner.backward(values[learner.objective.minimise])
        except (RuntimeError, MemoryError) as error:
            return node_of(error, program) or behind.node if is_shortage(error) else None
        return None


class _Behind(TorchFunctionMode):
    """Follows a backward pass: ``node`` is the one that it has come to. Keeps no value alive."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program
        self.node: str | None = None

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Let what is computed say, as soon as the way back comes to it, for which node that was."""
        result = func(*args, **(kwargs or {}))
        steps = [value.grad_fn for value in _tensors(result) if value.grad_fn is not None]
        node = node_now(self.program) if steps else None
        for step in steps:
            step.register_prehook(partial(self._come_to, node))
        return result

    def _come_to(self, node: str | None, _gradients: object) -> None:
        self.node = node or self.node


def _tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _tensors(item)


class Fault(NamedTuple):
    """Where a number is none: the path of a node, and whether it is its value or its gradient."""

    path: str
    kind: Kind

    def __str__(self) -> str:
        return f"the first {self.kind} that is not finite is at {self.path}"


def first_fault(
    program: Program,
    compute: Compute,
    objective: Objective,
    batch: Mapping[str, Tensor],
    random: Mapping[str, Tensor],
) -> Fault | None:
    """Go through a batch with the instrumented source, from these random numbers.

    Return the first node whose value is not finite, or else the first one, seen from the loss, whose gradient is not,
    or a weight's. None where all is finite.
    """
    found: list[Fault] = []

    def look(path: str, value: Tensor) -> None:
        if found or not value.is_floating_point():
            return
        if not bool(value.isfinite().all()):
            found.append(Fault(path, "value"))
        elif value.requires_grad:
            value.register_hook(partial(look_back, path))  # type: ignore[no-untyped-call]

    def look_back(path: str, gradient: Tensor) -> None:
        if not found and not bool(gradient.isfinite().all()):
            found.append(Fault(path, "gradient"))

    restore_random(compute.device, random)
    twin = Inside(program).twin(compute.module, look)
    with compute.cast():
        method, inputs = program.method(objective.minimise)
        values = getattr(twin, method)(*(batch[name] for name in inputs))
    if found:
        return found[0]
    names, weights = zip(*chosen_weights(objective, program, compute.module), strict=True)
    gradients = torch.autograd.grad(values[objective.minimise], weights, allow_unused=True)
    found += [
        Fault(name.rpartition(".")[0] or name, "gradient")
        for name, value in zip(names, gradients, strict=True)
        if value is not None and not bool(value.isfinite().all())
    ]
    return found[0] if found else None
