"""The figures of the core, printed: ``python benchmarks/core.py``. One thread; ratios in turns within this run.

- a training step of the built module against the same network written by hand: LeNet-5, ResNet-18, two layers of LSTM, four blocks of GPT
- analysis of ResNet-152 (N free; with repeats and flat) and GPT-3 (N and T free), the engine warmed: with an empty memo, with a full one, after
  one edit; the memory that the analysis of GPT-3 takes
- memory of training and inference, foretold and measured: VGG16, ResNet-50, a small GPT, two layers of LSTM
- what must be refused, and how long that takes
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import by_hand
import torch
from allocation import memory
from flat import flat
from torch import nn
from torch.nn import functional as F

from grapheditor.authoring import Drawing, template
from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.summary import sized
from grapheditor.edit import edits
from grapheditor.edit.sketch import sketch
from grapheditor.graph import Graph, Head, Node, Output, write_text
from templates.language_transformer_gpt import draw_gpt

KNOWN = catalog()


def main() -> None:
    torch.set_num_threads(1)
    print(
        f"load {', '.join(f'{part:.2f}' for part in os.getloadavg())}, {os.cpu_count()} cores, torch {torch.__version__}"
    )
    analysis()
    steps()
    language = sketch(KNOWN, lstm, {})
    memory(
        ("2-layer LSTM, 32 places", sized(language, {"T": 32}), 64),
        ("2-layer LSTM, 256 places", sized(language, {"T": 256}), 1),
    )
    refusals()


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def analysis() -> None:
    Inference(KNOWN).analyse(KNOWN.new("lenet-5"))
    resnet, gpt = KNOWN.new("resnet152"), KNOWN.new("gpt3")
    for name, graph, edited, option, values, most in (
        ("resnet152", resnet, "stage3", "blocks", (48, 32, 24, 16, 12), 8),
        ("resnet152 flat", flat(KNOWN, resnet), "stage3_blocks_20_bn2", "eps", (1e-4, 1e-3, 2e-3, 3e-3, 4e-3), 20),
        ("gpt3", gpt, "blocks", "heads", (48, 32, 24, 16, 12), 8),
    ):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        inference = Inference(KNOWN)
        cold = seconds(lambda: inference.analyse(graph))
        known = statistics.median(seconds(lambda: inference.analyse(graph)) for _ in range(9))
        times = []
        for value in values:
            edits.set_option(graph, KNOWN, [edited], option, value).apply(graph)
            times.append(seconds(lambda: inference.analyse(graph)))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(
            f"{name}: {len(graph.nodes)} nodes, empty memo {cold * 1e3:.0f} ms (at most 150), full {known * 1e3:.1f} ms, "
            f"one edit {statistics.median(times) * 1e3:.1f} ms (at most {most}), {grown:.0f} MB more"
        )


def steps() -> None:
    """Time one step of both in turns: forward, backward, and an update."""
    image = torch.randn(64, 1, 32, 32), torch.randint(0, 10, (64,))
    large = torch.randn(4, 3, 96, 96), torch.randint(0, 10, (4,))
    text = torch.randint(0, 200, (8, 64)), torch.randint(0, 200, (8, 64))
    for name, hand, graph, (given, wanted), rounds in (
        ("LeNet-5", by_hand.LeNet(), KNOWN.new("lenet-5"), image, 120),
        ("ResNet-18", by_hand.ResNet18(), KNOWN.new("resnet18"), large, 24),
        ("2-layer LSTM", by_hand.LanguageLSTM(200, 128), sketch(KNOWN, lstm, {}), text, 60),
        ("4-block GPT", by_hand.GPT(200, 64, 128, 4, 4), sketch(KNOWN, gpt, {}), text, 60),
    ):
        built = compile_graph(graph).module()
        if sum(item.numel() for item in hand.parameters()) != sum(item.numel() for item in built.parameters()):
            sys.exit(f"{name}: the two networks are not the same")
        runs = [_step(module, given, wanted) for module in (hand, built)]
        times: list[list[float]] = [[], []]
        for i in range(rounds):
            for which in (0, 1) if i % 2 else (1, 0):
                times[which].append(seconds(runs[which]))
        ratio = statistics.median(b / a for a, b in zip(*(part[4:] for part in times), strict=True))
        print(f"{name}: a step of the built module takes {ratio:.3f} times that of one written by hand (at most 1.02)")


@template("Sequences and language", title="LSTM")
def lstm(g: Drawing) -> None:
    """Two layers of LSTM that guess the next token."""
    tokens = g.input(shape=("N", "T"), dtype="int64", id="tokens")
    x = g.embedding(tokens, num_embeddings=200, embedding_dim=128)
    g.output(g.linear(g.lstm(x, hidden_size=128, num_layers=2), out_features=200), id="scores")


@template("Sequences and language", title="GPT")
def gpt(g: Drawing) -> None:
    """Four blocks."""
    g.output(draw_gpt(g, 200, 64, 128, 4, 4), id="scores")


def _step(module: nn.Module, given: torch.Tensor, wanted: torch.Tensor) -> Callable[[], None]:
    optimizer = torch.optim.SGD(module.parameters(), 0.01)

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(module(given).flatten(0, -2), wanted.flatten()).backward()
        optimizer.step()

    return step


def _nested(levels: int, copies: int) -> Graph:
    graph, inner = Graph(), "linear"
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


BETWEEN = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stderr=subprocess.STDOUT)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process between: what a child of a large one is said to have used is at least what that one has."""


def refusals() -> None:
    """Check hostile files in processes of their own, as a person would: seconds, memory and the sentence."""
    huge = Graph()
    huge.put("nodes.x", Node("x", "input", {"shape": ("N", 10**9)}))
    huge.put("nodes.it", Node("it", "linear", {"out_features": 10**9}))
    huge.put("wires.it.x", Output("x"))
    cyclic = _nested(2, 1)
    cyclic.put("modules.Level0.nodes.many", Node("many", "Level1"))
    texts = {
        "Linear(10^9, 10^9)": write_text(huge),
        "nesting of 100": write_text(_nested(100, 1)),
        "repeats of 1000^10": write_text(_nested(10, 1000)),
        "cyclic modules": write_text(cyclic),
        "depth of 100,000": '{"grapheditor": 1, "nodes": ' + "[" * 100_000,
        "15 MB of brackets": '{"grapheditor": 1, "nodes": [' + "[]," * 5_000_000 + "[]]}",
        "a number of 5,000 digits": '{"grapheditor": 1, "recipe": {"epochs": ' + "9" * 5000 + "}}",
        "duplicate keys": '{"grapheditor": 1, "grapheditor": 1}',
        "NaN": '{"grapheditor": NaN}',
        "a lone surrogate": '{"grapheditor": 1, "info": {"title": "\\ud800"}}',
        "a file of 1 GB": '{"grapheditor": 1, "info": {"title": "',
    }
    print("refusals: at most 2 s and 512 MB each, the start of Python and torch included")
    with tempfile.TemporaryDirectory() as folder:
        for what, text in texts.items():
            path = Path(folder) / "it.graph.json"
            path.write_text(text, encoding="utf-8")
            if what.endswith("GB"):
                os.truncate(path, 2**30)
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", BETWEEN, sys.executable, "-m", "grapheditor", "check", path.name],
                cwd=folder,
                capture_output=True,
                text=True,
                check=True,
            )
            said, *_, used = done.stdout.strip().splitlines()
            print(f"{what}: {time.perf_counter() - start:.1f} s, {int(used) / 1024:.0f} MB: {said[:110]}")


if __name__ == "__main__":
    sys.exit(main())
