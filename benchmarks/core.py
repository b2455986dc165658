"""The figures of the core, printed: ``python benchmarks/core.py``. One thread; ratios in turns within this run.

- a training step of the built module against the same network written by hand: LeNet-5, ResNet-18
- analysis of ResNet-152 (N free) and GPT-3 (N and T free), the engine warmed: with an empty memo, with a full one, after
  one edit; the memory that the analysis of GPT-3 takes
- what must be refused, and how long that takes
- every template: parameters, multiply-adds, lines of its source
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import nn
from torch.nn import functional as F

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.emit import print_module
from grapheditor.compile.program import link
from grapheditor.edit import edits
from grapheditor.graph import FileError, Graph, Head, Node, Output, read_text

KNOWN = catalog()


def main() -> None:
    torch.set_num_threads(1)
    print(
        f"load {', '.join(f'{part:.2f}' for part in os.getloadavg())}, {os.cpu_count()} cores, torch {torch.__version__}"
    )
    analysis()
    steps()
    refusals()
    table()


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def analysis() -> None:
    Inference(KNOWN).analyse(KNOWN.new("lenet-5"))
    for name, edited, option, most in (("resnet152", "stage3", "blocks", 150), ("gpt3", "blocks", "heads", 150)):
        graph = KNOWN.new(name)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        inference = Inference(KNOWN)
        cold = seconds(lambda: inference.analyse(graph))
        known = statistics.median(seconds(lambda: inference.analyse(graph)) for _ in range(9))
        times = []
        for value in (48, 32, 24, 16, 12):
            edits.set_option(graph, KNOWN, [edited], option, value).apply(graph)
            times.append(seconds(lambda: inference.analyse(graph)))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(
            f"{name}: empty memo {cold * 1e3:.0f} ms (at most {most}), full {known * 1e3:.1f} ms, "
            f"one edit {statistics.median(times) * 1e3:.1f} ms (at most 8), {grown:.0f} MB more"
        )


class LeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2, self.conv3 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5), nn.Conv2d(16, 120, 5)
        self.linear1, self.linear2 = nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2)
        x = torch.tanh(self.conv3(x)).flatten(1)
        return self.linear2(torch.tanh(self.linear1(x)))


class Block(nn.Module):
    def __init__(self, arriving: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(arriving, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.down = None
        if stride > 1:
            self.down = nn.Sequential(nn.Conv2d(arriving, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.down is None else self.down(x)))


class ResNet18(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        shapes = (
            (64, 64, 1),
            (64, 64, 1),
            (64, 128, 2),
            (128, 128, 1),
            (128, 256, 2),
            (256, 256, 1),
            (256, 512, 2),
            (512, 512, 1),
        )
        self.blocks = nn.Sequential(*(Block(*shape) for shape in shapes))
        self.fc = nn.Linear(512, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        return self.fc(F.adaptive_avg_pool2d(self.blocks(x), 1).flatten(1))


def steps() -> None:
    """Time one step of both in turns: forward, backward, and an update."""
    for name, hand, shape, rounds in (
        ("lenet-5", LeNet(), (64, 1, 32, 32), 120),
        ("resnet18", ResNet18(), (4, 3, 96, 96), 24),
    ):
        built = compile_graph(KNOWN.new(name)).module()
        image, label = torch.randn(shape), torch.randint(0, 10, shape[:1])
        runs = [_step(module, image, label) for module in (hand, built)]
        times: list[list[float]] = [[], []]
        for i in range(rounds):
            for which in (0, 1) if i % 2 else (1, 0):
                times[which].append(seconds(runs[which]))
        ratio = statistics.median(b / a for a, b in zip(*(part[4:] for part in times), strict=True))
        print(f"{name}: a step of the built module takes {ratio:.3f} times that of one written by hand (at most 1.02)")


def _step(module: nn.Module, image: torch.Tensor, label: torch.Tensor) -> Callable[[], None]:
    optimizer = torch.optim.SGD(module.parameters(), 0.01)

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(module(image), label).backward()
        optimizer.step()

    return step


def _nested(levels: int, copies: int) -> Graph:
    graph, inner = Graph(), "relu"
    for level in range(levels):
        name = f"Level{level}"
        graph.put(f"modules.{name}", Head())
        graph.put(f"modules.{name}.nodes.x", Node("x", "input"))
        graph.put(f"modules.{name}.nodes.many", Node("many", inner, repeat=copies))
        graph.put(f"modules.{name}.wires.many.x", Output("x"))
        graph.put(f"modules.{name}.nodes.out", Node("out", "output"))
        graph.put(f"modules.{name}.wires.out.x", Output("many"))
        inner = name
    graph.put("nodes.x", Node("x", "input", {"shape": ("N", 4)}))
    graph.put("nodes.it", Node("it", inner))
    graph.put("wires.it.x", Output("x"))
    return graph


def refusals() -> None:
    from grapheditor.graph import write_text

    huge = Graph()
    huge.put("nodes.x", Node("x", "input", {"shape": ("N", 10**9)}))
    huge.put("nodes.it", Node("it", "linear", {"out_features": 10**9}))
    huge.put("wires.it.x", Output("x"))
    found = Inference(KNOWN).analyse(huge)
    print(f"Linear(10^9, 10^9): {found.parameters:,} parameters, {len(found.problems)} problems")
    texts = {
        "nesting of 100": write_text(_nested(100, 1)),
        "depth of 100,000": '{"grapheditor": 1, "nodes": ' + "[" * 100_000,
        "15 MB of brackets": '{"grapheditor": 1, "nodes": [' + "[]," * 5_000_000 + "[]]}",
        "a number of 5,000 digits": '{"grapheditor": 1, "recipe": {"epochs": ' + "9" * 5000 + "}}",
        "duplicate keys": '{"grapheditor": 1, "grapheditor": 1}',
        "NaN": '{"grapheditor": NaN}',
        "a lone surrogate": '{"grapheditor": 1, "info": {"title": "\\ud800"}}',
    }
    for what, text in texts.items():
        start = time.perf_counter()
        try:
            read_text(text)
            said = "READ"
        except FileError as error:
            said = str(error)[:90]
        print(f"{what}: {time.perf_counter() - start:.2f} s: {said}")
    start = time.perf_counter()
    found = Inference(KNOWN).analyse(_nested(10, 1000))
    print(f"repeats of 1000^10: {time.perf_counter() - start:.2f} s: {found.problems[0].message[:90]}")


def _rows() -> Iterator[str]:
    inference = Inference(KNOWN)
    for name in KNOWN.templates:
        graph = KNOWN.new(name)
        found = inference.analyse(graph)
        work = sum(map(found.multiply_adds, found.nodes))
        lines = len(print_module(link(graph, KNOWN, found)).text.splitlines()) if found.sound else 0
        yield f"{name:<20} {found.parameters:>18,} {work / 1e9:>12,.3f} G {lines:>5} lines"


def table() -> None:
    print("\n".join(_rows()))


if __name__ == "__main__":
    sys.exit(main())
