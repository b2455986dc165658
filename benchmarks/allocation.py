"""Foretold and measured memory: what a step and a forward pass take, against what torch's allocator counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch.profiler import ProfilerActivity, profile

from grapheditor.catalog import catalog
from grapheditor.compile import Program, compile_graph
from grapheditor.graph import Graph
from grapheditor.training.memory import Memory, measure

CASES = (("vgg16", 8, 0), ("resnet50", 8, 0), ("gpt2", 4, 4))
"""Template, batch, and how many blocks are kept (0: all)."""


def memory(*others: tuple[str, Graph, int]) -> None:
    """Print both for VGG16, ResNet-50, a GPT of four blocks, and others with their batches, trained by AdamW."""
    cases = []
    for name, batch, blocks in CASES:
        graph = catalog().new(name)
        if blocks:
            graph.put("nodes.blocks", replace(graph.nodes["blocks"], repeat=blocks))
        cases.append((name, graph, batch))
    for name, graph, batch in (*cases, *others):
        program = compile_graph(graph)
        foretold = measure(program, batch)
        training, inference = _measured(program, batch, foretold)
        print(
            f"{name}, batch {batch}: training {foretold.training / 1e6:,.0f} MB foretold, {training / 1e6:,.0f} measured "
            f"({foretold.training / training:.3f}); inference {foretold.inference / 1e6:,.0f} MB, "
            f"{inference / 1e6:,.0f} ({foretold.inference / inference:.3f}); from 0.9 to 1.1 is asked"
        )


def _measured(program: Program, batch: int, foretold: Memory) -> tuple[int, int]:
    module = program.module()
    point = program.analysis.at(batch)
    (name,) = program.inputs
    sizes = [point[size] if isinstance(size, str) else size for size in program.input_shape(name)]
    given = torch.randint(0, 9, sizes) if program.input_type(name) == "int64" else torch.randn(sizes)
    optimizer = torch.optim.AdamW(module.parameters())

    def step() -> None:
        module(given).sum().backward()
        optimizer.step()
        optimizer.zero_grad()

    def infer() -> None:
        with torch.no_grad():
            module(given)

    step()
    there = foretold.weights + given.nbytes
    training = there + foretold.optimizer + _peak(step)
    module.eval()
    return training, there + _peak(infer)


def _peak(work: Callable[[], None]) -> int:
    """Return the most bytes that torch's allocator has given out at one time while something is done."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        work()
    events = [item for item in seen.profiler.kineto_results.events() if item.name() == "[memory]"]
    total = peak = 0
    for item in sorted(events, key=lambda event: event.start_ns()):
        total += item.nbytes()
        peak = max(peak, total)
    return peak
