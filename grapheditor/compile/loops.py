"""Loops over places as one operator of torch's, which its exporter keeps as a loop of any length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy

import torch
from torch import Tensor, nn

from grapheditor.compile.emit import print_module
from grapheditor.compile.facts import NodeInfo
from grapheditor.compile.program import Program, execute
from grapheditor.compile.text import SCAN
from grapheditor.graph import Body

NOTHING = -1
"""Where a loop carries nothing, torch's operator must have something to carry."""


def places(body: Body, nodes: Mapping[str, NodeInfo]) -> Iterator[tuple[str, int | str]]:
    """Yield the nodes that run place by place, also those inside modules, and how many places: a number or a text."""
    for name, info in nodes.items():
        node = body.nodes[name]
        for port in node.scan[:1]:
            start = body.inputs(name, port)[0]
            yield name, nodes[start.node].outputs[start.port].shape[1]
        for instance in info.instances:
            if instance.inside is not None:
                yield from places(body.modules[node.operator], instance.inside.nodes)


def with_loops(program: Program, module: nn.Module) -> nn.Module:
    """Return a module with the weights of another one, the very same tensors, whose loops are torch's operator."""
    printed = print_module(program.linking, whole=True)
    classes = execute(printed.text, f"{printed.name} whole", {SCAN: scan})
    del classes["__name__"]  # torch would import a module of that name
    plain = program.kind.__module__

    def twin(module: nn.Module) -> nn.Module:
        made = copy(module)
        made._modules = {name: inner and twin(inner) for name, inner in module._modules.items()}
        if type(module).__module__ == plain:
            made.__class__ = classes[type(module).__name__]
        return made

    return twin(module)


def scan(
    layer: nn.Module, arguments: tuple[Tensor, ...], carried: tuple[tuple[int, int], ...], scanned: tuple[int, ...]
) -> Tensor | tuple[Tensor, ...]:
    """Run a layer for each place (dimension 1) of some arguments, as a printed loop does.

    carried: which result of a place is which argument of the next. What is carried leaves as the last place gave it;
    any other result is stacked, N×T×....
    """
    from torch._higher_order_ops.scan import scan as operator  # it wants all that arrives and leaves to be distinct

    into = dict(carried)
    state = {result: arguments[argument].clone() for result, argument in carried} or {NOTHING: torch.zeros(())}

    def step(state: dict[int, Tensor], ones: dict[int, Tensor]) -> tuple[dict[int, Tensor], dict[int, Tensor]]:
        given = dict(enumerate(arguments)) | ones | {into[i]: value for i, value in state.items() if i in into}
        made = layer(*(given[i] for i in range(len(arguments))))
        results = dict(enumerate(made if isinstance(made, tuple) else (made,)))
        fresh = {i: value.clone() for i, value in results.items()}
        kept = {i: fresh[i] if i in into else value.clone() for i, value in state.items()}
        return kept, {i: value for i, value in fresh.items() if i not in into}

    last, stacked = operator(step, state, {i: arguments[i] for i in scanned}, dim=1)
    results = tuple((last | stacked)[i] for i in range(len(into) + len(stacked)))
    return results if len(results) > 1 else results[0]
