"""What templates learn by their own recipes, in a table: ``python benchmarks/learn.py``, for a nightly run.

Each is made by ``grapheditor new ID`` and trained by ``grapheditor train ID.graph.json``, in a process of its own, some
with other data and fewer epochs than their recipe has. A figure is measured with fresh weights and with those of the
run, and has a bound that it must keep; beside it stands what an answer reaches that is always the same. Where luck
matters there are several seeds, each of which must keep the bounds. Names given as arguments choose templates;
``--seed`` says other seeds and may be given several times; ``--keep`` writes what was measured to docs/learned.json,
which the page of the gallery is made from. What needs a public data set that is not in the folder of data sets
(GRAPHEDITOR_DATA) is left out, and the table says so. What it all took is printed. Ends with 1 where a bound is not kept.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from reading import neighbours, writing

from grapheditor.catalog import catalog
from grapheditor.graph import read
from grapheditor.runs.folder import GRAPH
from grapheditor.training.fit import fit_statistics
from grapheditor.training.run import load_weights
from grapheditor.training.setup import Setup, make_setup

Measured = dict[str, float]
LEARNED = Path(__file__).resolve().parents[1] / "docs" / "learned.json"


@dataclass(frozen=True)
class Lesson:
    """A template, what is measured of it, and the bounds that its figures must keep after training with every seed.

    options: the template's, as ``new`` takes them. data: other data than the recipe's. training: what else ``train`` is
    told.
    """

    template: str
    measure: Callable[[Setup], Measured]
    least: Measured
    most: Measured
    seeds: Sequence[int] = (0,)
    options: Sequence[str] = ()
    data: str = ""
    training: Sequence[str] = ()


def held_out(setup: Setup, most: int = 1_000) -> Measured:
    """Return the losses and metrics of so many samples of the test part, or of the training part without one."""
    feed = setup.test or setup.samples
    return setup.evaluate(feed, torch.arange(min(feed.count, most)), "test", 0)


def all_held_out(setup: Setup) -> Measured:
    """Return the losses and metrics of the whole test part, or of the whole training part without one."""
    return held_out(setup, sys.maxsize)


def constant(setup: Setup, most: int = 2_000) -> Measured:
    """Return what an answer reaches that is always the same: the commonest class, and how common each of them is.

    Counted in the training part; nothing where a network is asked for something else than classes.
    """
    asked = next((name for name in ("label", "mask", "next", "tokens") if name in setup.samples.samples), None)
    if asked is None:
        return {}
    known, told = (
        feed.samples[asked].select(torch.arange(min(feed.count, most))).flatten().long()
        for feed in (setup.samples, setup.test or setup.samples)
    )
    shares = torch.bincount(known, minlength=int(told.max()) + 1) / len(known)
    bits = -shares[told].clamp(min=1 / len(known)).log2()
    return {"test_accuracy": float((told == shares.argmax()).float().mean()), "test_bits": float(bits.mean())}


def mixture(setup: Setup) -> Measured:
    """Return how many of the Gaussians have at least 5 % of what is made, and the share within three deviations."""
    options: dict[str, Any] = dict(catalog().sources["gaussian-mixture"].check(setup.recipe.source))
    count, width = 10_000, int(setup.program.input_shape("noise")[1])
    with torch.inference_mode():
        made = setup.compute.module.eval()(torch.randn(count, width, generator=torch.Generator().manual_seed(0)))
    angles = 2 * math.pi * torch.arange(options["components"]) / options["components"]
    centres = options["radius"] * torch.stack([angles.cos(), angles.sin()], 1)
    away, nearest = torch.cdist(made, centres).min(1)
    near = away <= 3 * options["deviation"]
    share = torch.bincount(nearest[near], minlength=len(centres)) / count
    return {"modes": int((share >= 0.05).sum()), "within three deviations": float(near.float().mean())}


def one_cycle(rate: float, optimizer: str = "Adam") -> tuple[str, ...]:
    """Return what is told for a rate that rises to a height and falls to nothing, in as many steps as there are."""
    schedule = [{"name": "OneCycleLR", "settings": {"max_lr": rate}}]
    settings = {"lr": rate} | ({"momentum": 0.9, "weight_decay": 5e-4, "nesterov": True} if optimizer == "SGD" else {})
    values = {"optimizer": optimizer, "settings": settings, "schedules": schedule}
    return tuple(f"--set=objectives.0.{name}={json.dumps(value)}" for name, value in values.items())


LESSONS = (
    Lesson("perceptron", all_held_out, {"test_accuracy": 0.98}, {}),
    Lesson("t-c", all_held_out, {"test_accuracy": 1.0}, {}, seeds=range(3)),
    Lesson("logistic-regression", all_held_out, {"test_accuracy": 0.92}, {}, data="mnist"),
    Lesson(
        "lenet-5",
        all_held_out,
        {"test_accuracy": 0.988},
        {},
        options=("size=28", "padding=2"),
        data="mnist",
        training=("--validation", "0"),
    ),
    Lesson(
        "mnist-convnet",
        all_held_out,
        {"test_accuracy": 0.989},
        {},
        data="mnist",
        training=("--epochs", "2", "--validation", "0", *one_cycle(0.003)),
    ),
    Lesson(
        "resnet20",
        all_held_out,
        {"test_accuracy": 0.9},
        {},
        options=("channels=1", "size=28"),
        training=(
            *("--epochs", "2", "--batch", "64", "--validation", "0", "--set=augment={}"),
            *one_cycle(0.1, "SGD"),
        ),
    ),
    Lesson(
        "unet",
        all_held_out,
        {"test_accuracy": 0.92, "test_iou": 0.45},
        {},
        options=("classes=4", "channels=3", "size=32", "width=16", "depth=2", "padded=true"),
    ),
    Lesson("gan-gaussians", mixture, {"modes": 8, "within three deviations": 0.85}, {}, seeds=range(5)),
    Lesson("masked-lm", held_out, {}, {"test_bits": 3.3}),
    Lesson("lstm-text", writing, {}, {"test_bits": 2.9}),
    Lesson("char-gpt", writing, {}, {"test_bits": 3.0}),
    Lesson("rnn-names", held_out, {"test_accuracy": 0.65}, {}),
    Lesson("cooccurrence", all_held_out, {}, {"test_loss": 0.12}),
    Lesson("word2vec", neighbours, {}, {"test_loss": 2.8}),
    Lesson("painted-image", held_out, {}, {"test_pixels": 0.15}),
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("templates", nargs="*", help="which templates; all by default")
    parser.add_argument("--seed", type=int, action="append", help="instead of the template's seeds; may be given again")
    parser.add_argument("--keep", action="store_true", help="write what was measured to docs/learned.json")
    given = parser.parse_args(arguments)
    kept_figures: dict[str, list[dict[str, Any]]] = {}
    print(f"{'template':<19} {'seed':>4} {'seconds':>8}  figures: before -> after (bound)")
    start, failed = time.perf_counter(), []
    for lesson in LESSONS:
        if given.templates and lesson.template not in given.templates:
            continue
        for seed in given.seed or lesson.seeds:
            found = learned(lesson, seed)
            print(f"{lesson.template:<19} {seed:>4} {found}", flush=True)
            failed += [] if found.kept else [f"{lesson.template} with seed {seed}"]
            kept_figures.setdefault(lesson.template, []).extend([found.record(seed)] if found.after else [])
    if given.keep:
        keep(kept_figures)
    print(f"{'total':<24} {time.perf_counter() - start:>8.0f}  ({processor_time():.0f} s of processor time)")
    print(f"{len(failed)} fail: {', '.join(failed)}" if failed else "every bound is kept")
    return 1 if failed else 0


def keep(figures: dict[str, list[dict[str, Any]]]) -> None:
    """Write what was measured beside what was measured of other templates before."""
    known = json.loads(LEARNED.read_text(encoding="utf-8")) if LEARNED.exists() else {}
    known |= {name: rows for name, rows in figures.items() if rows}
    LEARNED.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")


@dataclass
class Learned:
    """What became of one training: seconds, and its figures before and after; nothing where its data is not here.

    data: the id of the source that it learned from.
    """

    lesson: Lesson
    data: str
    seconds: float = 0.0
    constant: Measured = field(default_factory=dict)
    before: Measured = field(default_factory=dict)
    after: Measured = field(default_factory=dict)
    lacks: str = ""

    @property
    def kept(self) -> bool:
        """Whether all bounds are kept, as far as there was something to measure."""
        least, most, after = self.lesson.least, self.lesson.most, self.after
        return not after or (
            all(after[name] >= value for name, value in least.items())
            and all(after[name] <= value for name, value in most.items())
        )

    def record(self, seed: int) -> dict[str, Any]:
        """Return what is kept of it: by figure what it was, what it is, and its bound."""
        bounds = {**self.lesson.least, **self.lesson.most}
        columns = {"constant": self.constant, "before": self.before, "after": self.after, "bound": bounds}
        shown = {
            name: {title: float(f"{column[name]:.4g}") for title, column in columns.items() if name in column}
            for name in bounds
        }
        told = {"options": list(self.lesson.options), "training": list(self.lesson.training)}
        return {"seed": seed, "seconds": round(self.seconds), "data": self.data, **told, "figures": shown}

    def _always(self, name: str) -> str:
        return f"; always the same answer {self.constant[name]:.3g}" if name in self.constant else ""

    def __str__(self) -> str:
        if self.lacks:
            return f"{'':>8}  left out: `grapheditor data fetch {self.lacks}` first"
        least = self.lesson.least
        figures = (
            f"{name} {self.before[name]:.3g} -> {self.after[name]:.4g} "
            f"({'at least' if name in least else 'at most'} {value:g}{self._always(name)})"
            for name, value in {**least, **self.lesson.most}.items()
        )
        return f"{self.seconds:>8.0f}  {'; '.join(figures)}{'' if self.kept else ' FAILS'}"


def learned(lesson: Lesson, seed: int) -> Learned:
    """Train one, and measure it before and after."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        file = new(lesson, Path(folder))
        source = catalog().sources[lesson.data or read(file).recipe.data or ""]
        if not source.here:
            return Learned(lesson, source.id, lacks=source.id)
        run = Path(trained(lesson, seed, file)["run"])
        seconds = time.perf_counter() - start
        setup = make_setup(read(run / GRAPH), "cpu")
        fit_statistics(setup, lambda: False)
        before = lesson.measure(setup)
        setup.compute.module.load_state_dict(load_weights(run, "last"))
        return Learned(lesson, source.id, seconds, constant(setup), before, lesson.measure(setup))


def processor_time() -> float:
    """Return the seconds that processors spent on this process and on those that it waited for; those only on POSIX."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def new(lesson: Lesson, folder: Path) -> Path:
    """Make its graph as people do, and return the file."""
    file = folder / f"{lesson.template}.graph.json"
    done("new", lesson.template, "-o", str(file), *(word for option in lesson.options for word in ("-p", option)))
    return file


def trained(lesson: Lesson, seed: int, file: Path) -> dict[str, Any]:
    """Train it as people do, and return what ``train --json`` prints."""
    data = ("--data", lesson.data) if lesson.data else ()
    result: dict[str, Any] = json.loads(
        done("train", str(file), "--seed", str(seed), *data, *lesson.training, "--json")
    )
    return result


def done(*words: str) -> bytes:
    """Run the program as people do, and return what it prints."""
    command = [sys.executable, "-m", "grapheditor", *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    sys.exit(main())
