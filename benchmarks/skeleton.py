"""The figures of the walking skeleton, printed: ``python benchmarks/skeleton.py``.

- start of the program until its window is painted (wall time; load printed; torch must be absent from that process)
- the digits recipe on the sample: test accuracy after ten epochs for three seeds, seconds, samples a second
- one epoch of ours against a loop written by hand (same network, same batches), in turns, one thread
- the exported ONNX file against the module, at three batch sizes
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

START = """
import gc, os, sys, time
gc.disable()  # as the program does, of which a part is imported here before it
from grapheditor.cli import main
from grapheditor.ui.window import Window
def painted(window):
    print(time.time() - float(os.environ["START"]), "torch" in sys.modules, flush=True)
    os._exit(0)
Window._warm = painted
main([])
"""
"""Ends itself where the program goes on behind its first paint. Byte code is cached, as pip leaves it.

A filter of all events would see the same moment, and have PySide wrap whatever an event goes to: 20 ms.
"""


def main() -> None:
    print(f"load {', '.join(f'{part:.2f}' for part in os.getloadavg())}, {os.cpu_count()} cores")
    window()
    recipe()
    loops()


def window() -> None:
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    settings.setdefault("QT_QPA_PLATFORM", "offscreen")
    times = []
    for _ in range(8):
        done = subprocess.run(
            [sys.executable, "-c", START],
            env={**settings, "START": str(time.time())},
            capture_output=True,
            text=True,
            check=True,
        )
        seconds, torch = done.stdout.split()
        assert torch == "False", "torch is in the window's process"
        times.append(float(seconds))
    times = times[1:]  # the first one fills caches
    print(
        f"window painted after {statistics.median(times):.2f} s (median of {len(times)}, "
        f"from {min(times):.2f} to {max(times):.2f}; at most 0.4), torch absent"
    )


def recipe() -> None:
    from dataclasses import replace

    from grapheditor.catalog import catalog
    from grapheditor.compile import compile_graph
    from grapheditor.compile.export import export
    from grapheditor.training.loop import train
    from grapheditor.training.run import load_weights

    accuracies = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(3):
            graph = catalog().new("mnist-convnet")
            graph.put("recipe", replace(graph.recipe, seed=seed))
            start = time.perf_counter()
            result = train(graph, Path(folder), "digits", device="cpu", send=lambda _: None, stopped=lambda: False)
            accuracies.append(result["metrics"]["test_accuracy"])
            print(
                f"seed {seed}: test accuracy {accuracies[-1]:.4f} after {result['epochs']} epochs, "
                f"{time.perf_counter() - start:.1f} s, {result['samples_per_second']:,.0f} samples/s"
            )
        print(f"mean test accuracy {statistics.mean(accuracies):.4f} (at least 0.96)")
        found = export(compile_graph(graph), Path(folder) / "digits.onnx", load_weights(Path(result["run"])))
        print(
            f"ONNX opset {found['opset']}, {found['nodes']} nodes: largest relative difference "
            f"{found['max_relative_difference']:.1e} at batches of {found['batches']} (at most 1e-04)"
        )


def loops() -> None:
    import torch
    from torch.nn import functional

    from grapheditor.catalog import catalog
    from grapheditor.compile import compile_graph

    torch.set_num_threads(1)
    module = compile_graph(catalog().new("mnist-convnet")).module()
    images, labels = torch.rand(5000, 1, 28, 28), torch.randint(0, 10, (5000,))

    class ByHand(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = torch.nn.Conv2d(1, 32, 5), torch.nn.Conv2d(32, 64, 5)
            self.linear1, self.linear2 = torch.nn.Linear(256, 200), torch.nn.Linear(200, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = functional.relu(functional.max_pool2d(self.conv1(x), 3))
            x = functional.relu(functional.max_pool2d(self.conv2(x), 2))
            return self.linear2(functional.relu(self.linear1(x.flatten(1))))

    hand = ByHand()
    ours = lambda x, y: module.objective(x, y)["loss"]  # noqa: E731
    theirs = lambda x, y: functional.cross_entropy(hand(x), y)  # noqa: E731

    def epoch(network: torch.nn.Module, loss: object) -> float:
        optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
        start = time.process_time()
        for x, y in zip(images.split(100), labels.split(100), strict=True):
            value = loss(x, y)  # type: ignore[operator]
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
        return time.process_time() - start

    ratios = [epoch(module, ours) / epoch(hand, theirs) for _ in range(7)]
    print(f"a step of the built module takes {statistics.median(ratios):.3f} times that of one written by hand")


if __name__ == "__main__":
    main()
