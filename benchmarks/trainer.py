"""The figures of the trainer, printed: ``python benchmarks/trainer.py [speed] [kills] [accuracy]``; all without a word.

speed     epochs of ours against a loop written by hand: the same network, initial weights, order and batches, in turns
          within one run, the loop in a process of its own (by_loop.py), one thread; processor's time and wall time. Ours
          is all of it: checkpoints, metrics, checks. Short epochs (--batches) flatter the loop: their images take less
          than 32 MiB, and the first of them that is freed teaches the C library to keep what it gave for activations.
          A loop over the whole set asks the system anew for every large tensor, a third of its time; --kept spares it.
          On a GPU, where there is one, against the same loop at the same precision and compiled alike.
kills     50 SIGKILLs at random moments, see kills.py
accuracy  mnist-convnet on full MNIST: SGD 0.1, batches of 100, 10 epochs, no validation split; the test set is measured
          once, after the last epoch, and decides nothing

Full MNIST is taken from GRAPHEDITOR_DATA, or ../shared/data; without it speed takes the sample and accuracy is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from subprocess import PIPE
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("GRAPHEDITOR_DATA", str(Path(__file__).resolve().parents[2] / "shared" / "data"))

import torch
from by_loop import ByHand
from kills import EDGE as AT_AN_EDGE
from kills import TWICE, WITHIN, WRITING, kills
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from grapheditor.catalog import catalog
from grapheditor.engine.messages import Epoch, Started, Steps
from grapheditor.graph import Graph
from grapheditor.training.feed import order_of
from grapheditor.training.loop import train
from grapheditor.training.memory import measure
from grapheditor.training.setup import Setup, make_setup

RATE = 0.01
"""Of the epochs in turns. At 0.1 the first steps are chaotic: float32 and float64 part by 1e-2 before the 50th."""
SEEDS = 5
HEAP = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 34), "MALLOC_TOP_PAD_": str(1 << 26)}
"""The environment of a process that keeps its heap."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help="speed, kills, accuracy; all of them by default")
    parser.add_argument("--turns", type=int, default=3, help="epochs that are timed")
    parser.add_argument("--batches", type=int, default=0, help="batches of an epoch that is timed; 0 means all")
    parser.add_argument("--kept", action="store_true", help="the loop by hand keeps its heap, as ours does")
    parser.add_argument("--kills", type=int, default=50, help="how many")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="trainings whose accuracy is averaged")
    parser.add_argument("--precisions", nargs="*", default=["float32", "bfloat16"], help="of the accuracy")
    given = parser.parse_args()
    wanted = given.parts or ["speed", "kills", "accuracy"]
    if unknown := set(wanted) - {"speed", "kills", "accuracy"}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there is: speed, kills, accuracy")
    torch.set_num_threads(1)
    print(
        f"load {', '.join(f'{part:.2f}' for part in os.getloadavg())}, {os.cpu_count()} cores, torch {torch.__version__}"
    )
    if "speed" in wanted:
        speed(given.turns, given.batches, HEAP if given.kept else {})
    if "kills" in wanted:
        occurred = kills(given.kills)
        if missing := {WITHIN, WRITING, AT_AN_EDGE, TWICE} - occurred.keys():
            sys.exit(f"no death was of this kind: {', '.join(sorted(missing))}")
    if "accuracy" in wanted:
        accuracy(given.seeds, given.precisions)


def convnet(**recipe: Any) -> Graph:
    """Return mnist-convnet for full MNIST, or its sample, without a validation split, with this recipe."""
    graph = catalog().new("mnist-convnet")
    graph.put("recipe", replace(graph.recipe, data=digits(), validation=0.0, **recipe))
    return graph


def digits() -> str:
    """Return the data source: full MNIST where it is there, and its sample otherwise."""
    return "mnist" if (Path(os.environ["GRAPHEDITOR_DATA"]) / "mnist").is_dir() else "digits"


def rated(graph: Graph, rate: float) -> Graph:
    """Return a graph whose objectives learn at this rate."""
    objectives = tuple(replace(item, settings={**item.settings, "lr": rate}) for item in graph.recipe.objectives)
    graph.put("recipe", replace(graph.recipe, objectives=objectives))
    return graph


class Script:
    """The loop as one would write it, in a process of its own, as one would run it: in float32, uncompiled.

    In ours it would find the heap as our training left it.
    """

    def __init__(self, setup: Setup, environment: dict[str, str]) -> None:
        """setup: one of the same graph; data, order and initial weights are taken from it. environment: added to ours."""
        self.setup, self.device = setup, setup.compute.device
        self.losses: list[Tensor] = []
        self._folder = tempfile.TemporaryDirectory()
        everything = torch.arange(setup.samples.count)
        images, labels = (setup.samples.samples[name].select(everything) for name in ("image", "label"))
        weights = {name: item.contiguous() for name, item in setup.compute.module.state_dict().items()}
        weights = {name: item for name, item in weights.items() if name in ByHand().state_dict()}
        save_file({"images": images, "labels": labels, **weights}, f"{self._folder.name}/tensors.safetensors")
        settings = (str(setup.recipe.batch), str(setup.recipe.objectives[0].settings["lr"]))
        script = Path(__file__).with_name("by_loop.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script), self._folder.name, *settings],
            stdin=PIPE,
            stdout=PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def epoch(self, number: int) -> tuple[float, float]:
        """Train an epoch; return the seconds of processor and of wall."""
        order = order_of(self.setup.learn, self.setup.recipe.seed, number)[: self.setup.steps * self.setup.recipe.batch]
        path = f"{self._folder.name}/order.safetensors"
        save_file({"order": order}, path)
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        processor, wall, losses = json.loads(self._process.stdout.readline())
        self.losses += map(torch.tensor, losses)
        return processor, wall


class Loop:
    """The same on a GPU, in this process, with the precision and the compiler of what it is compared with."""

    def __init__(self, setup: Setup) -> None:
        """setup: one of the same graph; data, order and initial weights are taken from it."""
        self.setup, self.device = setup, setup.compute.device
        self.batch = setup.recipe.batch
        everything = torch.arange(setup.samples.count, device=self.device)
        images, self.labels = (setup.samples.samples[name].select(everything) for name in ("image", "label"))
        pixels = images.float()
        self.images = (pixels - pixels.mean()) / pixels.std(correction=0)
        network = ByHand().to(self.device)
        weights = setup.compute.module.state_dict()
        network.load_state_dict({name: weights[name].contiguous() for name in network.state_dict()})
        self.optimizer = torch.optim.SGD(network.parameters(), lr=setup.recipe.objectives[0].settings["lr"])
        self.network: Any = torch.compile(network) if setup.recipe.compile else network
        self.precision = setup.recipe.precision
        self.losses: list[Tensor] = []

    def epoch(self, number: int) -> tuple[float, float]:
        """Train an epoch; return the seconds of processor and of wall."""
        order = order_of(self.setup.learn, self.setup.recipe.seed, number).to(self.device)
        order = order[: self.setup.steps * self.batch]
        images, labels = self.images[order], self.labels[order]
        finish(self.device)
        spent, begun = time.thread_time(), time.perf_counter()
        for x, y in zip(images.split(self.batch), labels.split(self.batch), strict=True):
            half = self.precision != "float32"
            with torch.autocast(self.device.type, getattr(torch, self.precision) if half else None, enabled=half):
                loss = F.cross_entropy(self.network(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.losses.append(loss.detach())
        finish(self.device)
        return time.thread_time() - spent, time.perf_counter() - begun


def finish(device: torch.device) -> None:
    """Wait until a device has done its work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@dataclass(slots=True)
class Race:
    """A training of ours and a loop by hand, an epoch each in turns: the loop's runs as soon as ours has told of one.

    What threads of ours do meanwhile counts as ours. The first turn warms both up, and compiles.
    """

    graph: Graph
    device: str
    environment: dict[str, str]
    loop: Script | Loop = field(init=False)
    losses: list[float | None] = field(default_factory=list)
    means: list[float] = field(default_factory=list)
    turns: list[tuple[float, float, float, float]] = field(default_factory=list)
    mark: tuple[float, float] = (0.0, 0.0)

    def run(self) -> None:
        setup = make_setup(self.graph, self.device)
        self.loop = Script(setup, self.environment) if self.device == "cpu" else Loop(setup)
        with tempfile.TemporaryDirectory() as name:
            train(self.graph, Path(name), "race", device=self.device, send=self.send, stopped=lambda: False)

    def send(self, message: Any) -> None:
        if isinstance(message, Steps):
            self.losses += message.values["loss"]
        elif isinstance(message, Epoch):
            finish(self.loop.device)
            ours = time.process_time() - self.mark[0], time.perf_counter() - self.mark[1]
            theirs = self.loop.epoch(message.epoch)
            self.means.append(message.metrics["train_loss"])
            self.turns += [(*ours, *theirs)] if message.epoch > 1 else []
        if isinstance(message, Started | Epoch):
            self.mark = time.process_time(), time.perf_counter()

    def tell(self, title: str, least: float) -> None:
        steps = self.loop.setup.steps
        ours, _, theirs, _ = (statistics.median(column) * 1e3 / steps for column in zip(*self.turns, strict=True))
        processor = statistics.median(hand / own for own, _, hand, _ in self.turns)
        wall = statistics.median(hand / own for _, own, _, hand in self.turns)
        first, means = self._differences(steps)
        print(
            f"{title}: {processor:.2f} times as fast, {wall:.2f} by the wall (at least {least}); a step takes "
            f"{ours:.1f} ms of processor, by hand {theirs:.1f}; the first 50 losses differ by {first:.0e}, the means of "
            f"epochs by {means:.0e} (float32: at most 1e-04, 1e-02)"
        )

    def _differences(self, steps: int) -> tuple[float, float]:
        """Return by how much the first losses, and the means of epochs, differ at most."""
        hand = torch.stack(self.loop.losses).tolist()
        first = max(abs(one - (other or 0.0)) for one, other in zip(hand[:50], self.losses[:50], strict=True))
        epochs = [statistics.mean(hand[at : at + steps]) for at in range(0, len(hand), steps)]
        return first, max(abs(one - other) for one, other in zip(epochs, self.means, strict=True))


def speed(turns: int, batches: int, environment: dict[str, str]) -> None:
    graphics = torch.cuda.is_available()
    if not graphics:
        print("no GPU here: the comparison on one is left out")
    for device in ("cpu", "cuda") if graphics else ("cpu",):
        for precision, compiled, least in (
            ("float32", False, 1.45),
            ("float32", True, 1.8),
            ("bfloat16", False, 3.0),
            ("bfloat16", True, 3.0),
        ):
            title = f"{device} {precision}{' compiled' if compiled else ''}"
            if device == "cpu" and precision == "bfloat16" and not torch.cpu._is_avx512_bf16_supported():
                print(f"{title}: this processor has no instructions for it, left out")
                continue
            recipe = {"epochs": turns + 1, "epoch_batches": batches, "precision": precision, "compile": compiled}
            race = Race(rated(convnet(**recipe), RATE), device, environment)
            if device == "cuda":
                torch.cuda.reset_peak_memory_stats()
            race.run()
            race.tell(title, least if device == "cpu" else 1.0)
            if device == "cuda":
                peak(race)


def peak(race: Race) -> None:
    """Print a GPU's peak memory against what is foretold: the network's, and the data of ours and of the loop."""
    setup = race.loop.setup
    foretold = measure(setup.program, setup.recipe.batch).training
    data = sum(column.nbytes for column in setup.dataset.parts["train"].columns.values())
    known = foretold + 2 * data + race.loop.images.nbytes + race.loop.labels.nbytes
    taken = torch.cuda.max_memory_allocated()
    print(f"  peak memory {taken / 1e6:.0f} MB, {known / 1e6:.0f} foretold ({known / taken:.3f}; from 0.9 to 1.1)")


def accuracy(seeds: int, precisions: list[str]) -> None:
    if digits() != "mnist":
        print("full MNIST is not here: accuracy is left out")
        return
    means = {}
    for precision in precisions:
        reached = []
        for seed in range(seeds):
            begun = time.perf_counter()
            with tempfile.TemporaryDirectory() as name:
                graph = rated(convnet(seed=seed, precision=precision, epochs=10), 0.1)
                result = train(graph, Path(name), "digits", send=lambda _: None, stopped=lambda: False)
            reached.append(result["metrics"]["test_accuracy"])
            spent = time.perf_counter() - begun
            print(f"{precision}, seed {seed}: {reached[-1]:.4f} of the test set right, {spent:.0f} s", flush=True)
        means[precision] = statistics.mean(reached)
        print(f"{precision}: mean of {seeds} seeds {means[precision]:.4f} (float32: at least 0.989)")
    if len(means) > 1:
        apart = max(means.values()) - min(means.values())
        print(f"the means differ by {100 * apart:.2f} points (at most 0.1)")


if __name__ == "__main__":
    main()
