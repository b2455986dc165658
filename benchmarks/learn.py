"""What templates learn by their own recipes, in a table: ``python benchmarks/learn.py``, for a nightly run.

Each is made by ``grapheditor new ID`` and trained by ``grapheditor train ID.graph.json``, in a process of its own. A
figure is measured with fresh weights (the baseline) and with those of the run, and has a bound that it must keep. Where
luck matters there are several seeds, each of which must keep the bounds. Names given as arguments choose templates;
``--seed`` says other seeds and may be given several times. What needs a public data set that is not in the folder of
data sets (GRAPHEDITOR_DATA) is left out, and the table says so. What it all took is printed, and is to stay
below ten minutes on two idle cores. Ends with 1 where a bound is not kept.
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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from reading import neighbours, writing

from grapheditor.catalog import catalog
from grapheditor.training.fit import fit_statistics
from grapheditor.training.run import load_weights
from grapheditor.training.setup import Setup, make_setup

Measured = dict[str, float]


@dataclass(frozen=True)
class Lesson:
    """A template, what is measured of it, and the bounds that its figures must keep after training with every seed."""

    template: str
    measure: Callable[[Setup], Measured]
    least: Measured
    most: Measured
    seeds: Sequence[int] = (0,)


def held_out(setup: Setup) -> Measured:
    """Return the losses and metrics of a thousand samples of the test part, or of the training part without one."""
    feed = setup.test or setup.samples
    return setup.evaluate(feed, torch.arange(min(feed.count, 1_000)), "test", 0)


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


LESSONS = (
    Lesson("gan-gaussians", mixture, {"modes": 8, "within three deviations": 0.85}, {}, seeds=range(5)),
    Lesson("masked-lm", held_out, {}, {"test_bits": 3.3}),
    Lesson("lstm-text", writing, {}, {"test_bits": 2.9}),
    Lesson("char-gpt", writing, {}, {"test_bits": 3.0}),
    Lesson("rnn-names", held_out, {"test_accuracy": 0.65}, {}),
    Lesson("word2vec", neighbours, {}, {"test_loss": 2.8}),
    Lesson("painted-image", held_out, {}, {"test_pixels": 0.15}),
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("templates", nargs="*", help="which templates; all by default")
    parser.add_argument("--seed", type=int, action="append", help="instead of the template's seeds; may be given again")
    given = parser.parse_args(arguments)
    print(f"{'template':<16} {'seed':>4} {'seconds':>8}  figures: before -> after (bound)")
    start, failed = time.perf_counter(), []
    for lesson in LESSONS:
        if given.templates and lesson.template not in given.templates:
            continue
        for seed in given.seed or lesson.seeds:
            text, kept = row(lesson, seed)
            print(f"{lesson.template:<16} {seed:>4} {text}", flush=True)
            failed += [] if kept else [f"{lesson.template} with seed {seed}"]
    print(f"{'total':<21} {time.perf_counter() - start:>8.0f}  ({processor_time():.0f} s of processor time)")
    print(f"{len(failed)} fail: {', '.join(failed)}" if failed else "every bound is kept")
    return 1 if failed else 0


def row(lesson: Lesson, seed: int) -> tuple[str, bool]:
    """Train one and say how it went, and whether its bounds are kept."""
    graph = catalog().new(lesson.template)
    graph.put("recipe", replace(graph.recipe, seed=seed))
    source = catalog().sources[graph.recipe.data or ""]
    if not source.here:
        return f"{'':>8}  left out: `grapheditor data fetch {source.id}` first", True
    setup = make_setup(graph, "cpu")
    fit_statistics(setup, lambda: False)
    before = lesson.measure(setup)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        run = Path(trained(lesson.template, seed, Path(folder))["run"])
        seconds = time.perf_counter() - start
        setup.compute.module.load_state_dict(load_weights(run, "last"))
    after = lesson.measure(setup)
    bounds = {**lesson.least, **lesson.most}
    kept = all(after[name] >= value for name, value in lesson.least.items())
    kept &= all(after[name] <= value for name, value in lesson.most.items())
    figures = (
        f"{name} {before[name]:.3g} -> {after[name]:.3g} ({'at least' if name in lesson.least else 'at most'} {value:g})"
        for name, value in bounds.items()
    )
    return f"{seconds:>8.0f}  {'; '.join(figures)}{'' if kept else ' FAILS'}", kept


def processor_time() -> float:
    """Return the seconds that processors spent on this process and on those that it waited for; those only on POSIX."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def trained(template: str, seed: int, folder: Path) -> dict[str, Any]:
    """Make and train it as people do, and return what ``train --json`` prints."""
    file = str(folder / f"{template}.graph.json")
    command = [sys.executable, "-m", "grapheditor"]
    subprocess.run([*command, "new", template, "-o", file], check=True, capture_output=True)
    done = subprocess.run([*command, "train", file, "--seed", str(seed), "--json"], check=True, capture_output=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    sys.exit(main())
